//! `plugyard component hash`

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use oci::{Http, file};
use ocm::{ComponentRef, Descriptor, Resolved};

use crate::args::Hash;
use crate::output;
use crate::report::Failure;

pub(crate) async fn run(arguments: Hash, http: &Http) -> Result<ExitCode, Failure> {
    let descriptor = descriptor(&arguments.what, http).await?;
    let normal_form = arguments.algorithm.normal_form(&descriptor);
    if arguments.normal_form {
        output::bytes(&normal_form)?;
    } else {
        let name = arguments.function.name().to_lowercase().replace('-', "");
        let digest = arguments.function.hash(&normal_form);
        output::text(&format!("{name}:{digest}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An existing file takes precedence over a reference.
async fn descriptor(what: &str, http: &Http) -> Result<Descriptor, Failure> {
    if what == "-" {
        return read("standard input", std::io::stdin().lock());
    }
    if Path::new(what).is_file() {
        let file = file::open(Path::new(what))
            .map_err(|error| Failure::unreadable(&error, "check the permissions of the file"))?;
        return read(what, file);
    }
    let reference: ComponentRef =
        what.parse()
            .map_err(|error: ocm::component_ref::InvalidRef| {
                let message = format!("`{what}` is neither a file nor a reference: {error}");
                Failure::new(message, Some(error.hint().to_owned()))
            })?;
    let resolved = Resolved::open(&reference, http).await?;
    Ok(resolved.found.descriptor()?)
}

fn read(name: &str, reader: impl Read) -> Result<Descriptor, Failure> {
    let limit = ocm::descriptor::LIMIT;
    let Some(bytes) = file::read_all(reader, limit)? else {
        let message = format!("{name} is larger than the limit of {limit} bytes");
        return Err(Failure::new(message, None));
    };
    Descriptor::parse(&bytes).map_err(|error| {
        Failure::new(
            format_args!("{name}: {error}"),
            Some("`plugyard component get REF` prints a descriptor".to_owned()),
        )
    })
}
