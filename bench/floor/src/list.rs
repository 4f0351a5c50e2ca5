//! The floor of `plugyard list --all -o json`: index, manifest, descriptor, rows.
//!
//! Manifest and descriptor are checked against their digests, as everything read must be. The
//! rows keep the order of the descriptor, which is sorted in the benchmark's inputs. An OCI
//! registry needs two requests, and one more to find the latest version.

use std::borrow::Cow;
use std::error::Error;
use std::io::{self, BufWriter, Write};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::http::Connection;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const PLUGIN_INFO: &str = "ocm.software/pluginInfo";
const ENTRY: &str = "plugyard/entry";

#[derive(Deserialize)]
pub(crate) struct Index<'a> {
    #[serde(borrow)]
    pub(crate) artifacts: Vec<Artifact<'a>>,
}

#[derive(Deserialize)]
pub(crate) struct Artifact<'a> {
    pub(crate) repository: &'a str,
    #[serde(default)]
    pub(crate) tag: &'a str,
    pub(crate) digest: &'a str,
}

#[derive(Deserialize)]
struct Manifest<'a> {
    #[serde(borrow)]
    layers: Vec<Layer<'a>>,
}

#[derive(Deserialize)]
struct Layer<'a> {
    digest: &'a str,
}

#[derive(Deserialize)]
struct Tags<'a> {
    #[serde(borrow)]
    tags: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Descriptor<'a> {
    #[serde(borrow)]
    component: Component<'a>,
}

#[derive(Deserialize)]
struct Component<'a> {
    name: &'a str,
    version: &'a str,
    #[serde(borrow, rename = "componentReferences")]
    references: Vec<Reference<'a>>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    name: &'a str,
    version: &'a str,
    #[serde(rename = "componentName")]
    component: &'a str,
    #[serde(borrow)]
    digest: ElementDigest<'a>,
    #[serde(borrow)]
    labels: Vec<Label<'a>>,
}

#[derive(Deserialize)]
struct ElementDigest<'a> {
    value: &'a str,
}

#[derive(Deserialize)]
struct Label<'a> {
    name: &'a str,
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Default, Deserialize)]
struct PluginInfo<'a> {
    #[serde(borrow)]
    platforms: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
}

/// Text that is borrowed if it has no escapes; serde would copy a `Cow` inside a list.
#[derive(Deserialize, Serialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Default, Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    capabilities: Option<&'a RawValue>,
    #[serde(borrow)]
    yanked: Option<&'a RawValue>,
    #[serde(default)]
    moving: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    version: &'a str,
    platforms: Option<Vec<Text<'a>>>,
    description: Cow<'a, str>,
    registry: &'a str,
    component: &'a str,
    digest: String,
    capabilities: Option<&'a RawValue>,
    yanked: Option<&'a RawValue>,
    moving: bool,
}

pub(crate) fn run(ctf: &str, component: &str, version: &str) -> Result<(), Box<dyn Error>> {
    let index = std::fs::read(format!("{ctf}/artifact-index.json"))?;
    let index: Index = serde_json::from_slice(&index)?;
    let artifact = index
        .artifacts
        .iter()
        .find(|artifact| {
            artifact.tag == version
                && artifact.repository.strip_prefix("component-descriptors/") == Some(component)
        })
        .ok_or("not found")?;
    let manifest = blob(ctf, artifact.digest)?;
    let descriptor = blob(ctf, first_layer(&manifest)?)?;
    print(&descriptor, ctf, component, version)
}

/// Like `run`, from the repository `REPOSITORY` of a registry. For the version `latest`, the tag with
/// the highest numbers is used.
pub(crate) fn over_http(
    host: &str,
    repository: &str,
    component: &str,
    version: &str,
) -> Result<(), Box<dyn Error>> {
    let mut connection = Connection::open(host)?;
    let path = format!("/v2/{repository}/component-descriptors/{component}");
    let version = match version {
        "latest" => latest(&connection.get(&format!("{path}/tags/list"), "*/*")?)?,
        named => named.to_owned(),
    };
    let manifest = connection.get(&format!("{path}/manifests/{version}"), MANIFEST)?;
    // A tag does not identify the content, so there is nothing to compare with. It is hashed
    // nevertheless, as a reader must do to know what it read.
    let _ = Sha256::digest(&manifest);
    let digest = first_layer(&manifest)?;
    let descriptor = connection.get(&format!("{path}/blobs/{digest}"), "*/*")?;
    check(&descriptor, digest)?;
    let registry = format!("http://{host}/{repository}");
    print(&descriptor, &registry, component, &version)
}

fn latest(tags: &[u8]) -> Result<String, Box<dyn Error>> {
    let tags: Tags = serde_json::from_slice(tags)?;
    let numbers = |tag: &&str| -> Vec<u64> {
        let tag = tag.trim_start_matches('v');
        tag.split('.').map_while(|part| part.parse().ok()).collect()
    };
    let latest = tags.tags.iter().copied().max_by_key(numbers);
    Ok(latest.ok_or("no tags")?.to_owned())
}

fn first_layer(manifest: &[u8]) -> Result<&str, Box<dyn Error>> {
    let manifest: Manifest = serde_json::from_slice(manifest)?;
    let layer = manifest.layers.first().ok_or("no descriptor")?;
    Ok(layer.digest)
}

/// Prints the rows of a descriptor.
fn print(
    descriptor: &[u8],
    repository: &str,
    component: &str,
    version: &str,
) -> Result<(), Box<dyn Error>> {
    let descriptor: Descriptor = serde_json::from_slice(descriptor)?;
    if (descriptor.component.name, descriptor.component.version) != (component, version) {
        return Err("the descriptor is that of another component".into());
    }
    let registry = format!("{repository}//{component}:{version}");
    let rows: Vec<Row> = descriptor
        .component
        .references
        .iter()
        .map(|reference| row(reference, &registry))
        .collect::<Result<_, _>>()?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &rows)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

fn row<'a>(reference: &Reference<'a>, registry: &'a str) -> Result<Row<'a>, serde_json::Error> {
    let mut info = PluginInfo::default();
    let mut entry = Entry::default();
    for label in &reference.labels {
        match label.name {
            PLUGIN_INFO => info = serde_json::from_str(label.value.get())?,
            ENTRY => entry = serde_json::from_str(label.value.get())?,
            _ => {}
        }
    }
    Ok(Row {
        name: reference.name,
        version: reference.version,
        platforms: info.platforms,
        description: info.description,
        registry,
        component: reference.component,
        digest: format!("sha256:{}", reference.digest.value),
        capabilities: entry.capabilities,
        yanked: entry.yanked,
        moving: entry.moving,
    })
}

/// Reads a blob and checks that it has its digest.
fn blob(ctf: &str, digest: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let expected = digest.strip_prefix("sha256:").ok_or("not SHA-256")?;
    let bytes = std::fs::read(format!("{ctf}/blobs/sha256.{expected}"))?;
    check(&bytes, digest)?;
    Ok(bytes)
}

fn check(bytes: &[u8], digest: &str) -> Result<(), Box<dyn Error>> {
    if digest.strip_prefix("sha256:") != Some(&crate::hex(&Sha256::digest(bytes))) {
        return Err("the content does not match the digest".into());
    }
    Ok(())
}
