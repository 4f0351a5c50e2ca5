//! Fetches one blob to a file, checked and on the disk: `save REGISTRY REPOSITORY DIGEST SIZE FILE`.

use std::error::Error;
use std::path::Path;

use oci::{Descriptor, Http, Remote};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [registry, repository, digest, size, file] = arguments.as_slice() else {
        return Err("usage: save REGISTRY REPOSITORY DIGEST SIZE FILE".into());
    };
    let blob = Descriptor::new("application/octet-stream", digest.parse()?, size.parse()?);
    let remote = Remote::new(&Http::default(), registry)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if runtime.block_on(remote.save(repository, &blob, Path::new(file)))? {
        return Ok(());
    }
    Err(format!("{registry}/{repository} has no {digest}").into())
}
