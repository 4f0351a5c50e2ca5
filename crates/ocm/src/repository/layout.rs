//! The layout of a component version as an OCI manifest.
//!
//! The bytes are those of the official writer, including misspellings in its annotations; only the
//! creator differs.

use std::collections::BTreeMap;

use oci::{Descriptor as Blob, Digest, Manifest, Platform, go_json};
use serde::{Deserialize, Serialize};

use crate::descriptor::{Access, Descriptor, MediaType};
use crate::identity::{self, Identity};
use crate::version;

/// The creator named in the manifest.
pub const CREATOR: &str = "Plugyard";

const ARTIFACT_TYPE: &str = "application/vnd.ocm.software.component-descriptor.v2";
const CONFIG: &str = "application/vnd.ocm.software.component.config.v1+json";
const CONFIGS_OF_OLD: [&str; 2] = [
    "application/vnd.gardener.cloud.cnudie.component.config.v1+json",
    "application/vnd.oci.gardener.cloud.cnudie.component-descriptor-metadata.config.v2+json",
];

/// Sizes in bytes of the local blobs of a component version.
pub type LocalBlobs = BTreeMap<Digest, u64>;

/// The config blob, which names the descriptor layer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config {
    pub(super) component_descriptor_layer: Blob,
}

/// Returns whether a config has the media type of component versions.
pub(super) fn is_config(media_type: &str) -> bool {
    media_type == CONFIG || CONFIGS_OF_OLD.contains(&media_type)
}

/// A component version with all its bytes, ready to be stored.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Name of the component.
    pub component: String,
    /// Version.
    pub version: String,
    /// The descriptor layer.
    pub descriptor: Vec<u8>,
    /// The config blob.
    pub config: Vec<u8>,
    /// The manifest.
    pub manifest: Vec<u8>,
    /// Digests and sizes of the local blobs, as the manifest lists them.
    pub layers: Vec<Blob>,
}

impl Prepared {
    /// Lays out a component version. `blobs` contains the size of every local blob that the
    /// descriptor refers to.
    ///
    /// # Errors
    /// The descriptor refers to a local blob that is not in `blobs`; the error is its reference.
    pub fn new(descriptor: &Descriptor, blobs: &LocalBlobs, creator: &str) -> Result<Self, String> {
        let bytes = descriptor.to_json();
        let layer = Blob::of(MediaType::WRITTEN, &bytes);
        let config = go_json::to_vec(&Config {
            component_descriptor_layer: layer.clone(),
        });
        let mut layers = vec![layer];
        let component = &descriptor.component;
        for resource in component.resources() {
            let identity =
                identity::identity(&resource.name, &resource.version, &resource.extra_identity);
            layers.extend(local_layer(
                resource.access.as_ref(),
                &identity,
                "resource",
                blobs,
            )?);
        }
        for source in component.sources() {
            let identity =
                identity::identity(&source.name, &source.version, &source.extra_identity);
            layers.extend(local_layer(
                source.access.as_ref(),
                &identity,
                "source",
                blobs,
            )?);
        }
        let mut manifest = Manifest::new(ARTIFACT_TYPE, Blob::of(CONFIG, &config), layers);
        manifest.annotations = annotations(&component.name, &component.version, creator);
        Ok(Self {
            component: component.name.clone(),
            version: component.version.clone(),
            descriptor: bytes,
            config,
            manifest: manifest.to_bytes(),
            layers: manifest.layers.split_off(1),
        })
    }

    /// Its tag.
    pub fn tag(&self) -> String {
        version::tag(&self.version)
    }

    /// Digest of the manifest.
    pub fn manifest_digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }
}

fn local_layer(
    access: Option<&Access>,
    identity: &Identity,
    kind: &str,
    blobs: &LocalBlobs,
) -> Result<Option<Blob>, String> {
    let Some((reference, media_type)) = access.and_then(Access::as_local_blob) else {
        return Ok(None);
    };
    let digest: Digest = reference.parse().map_err(|_| reference.to_owned())?;
    let size = *blobs.get(&digest).ok_or_else(|| reference.to_owned())?;
    let mut layer = Blob::new(media_type, digest, size);
    layer.annotations.insert(
        "software.ocm.artifact".to_owned(),
        artifact_annotation(identity, kind),
    );
    layer.platform = platform(identity);
    Ok(Some(layer))
}

/// A JSON list in a string: the artifact of the descriptor that a layer belongs to.
fn artifact_annotation(identity: &Identity, kind: &str) -> String {
    #[derive(Serialize)]
    struct Artifact<'a> {
        identity: &'a Identity,
        kind: &'a str,
    }
    let bytes = go_json::to_vec(&[Artifact { identity, kind }]);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn platform(identity: &Identity) -> Option<Platform> {
    let attribute = |key: &str| identity.get(key).cloned();
    let keys = ["architecture", "os", "variant", "os.features", "os.version"];
    keys.iter().find(|key| identity.contains_key(**key))?;
    Some(Platform {
        architecture: attribute("architecture").unwrap_or_default(),
        os: attribute("os").unwrap_or_default(),
        os_version: attribute("os.version").unwrap_or_default(),
        os_features: attribute("os.features")
            .map(|features| features.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
        variant: attribute("variant").unwrap_or_default(),
        rest: serde_json::Map::new(),
    })
}

fn annotations(component: &str, version: &str, creator: &str) -> BTreeMap<String, String> {
    const IMAGE: &str = "org.opencontainers.image";
    let description = format!(
        "This is an OCM OCI Artifact Manifest that contains the component descriptor for the component {component}.\n\
         It is used to store the component descriptor in an OCI registry and can be referrenced by the official OCM Binding Library."
    );
    [
        (format!("{IMAGE}.authors"), creator.to_owned()),
        (format!("{IMAGE}.description"), description),
        (format!("{IMAGE}.documentation"), "https://ocm.software".to_owned()),
        (
            format!("{IMAGE}.source"),
            "https://github.com/open-component-model/open-component-model".to_owned(),
        ),
        (
            format!("{IMAGE}.title"),
            format!("OCM Component Descriptor OCI Artifact Manifest for {component} in version {version}"),
        ),
        (format!("{IMAGE}.url"), "https://ocm.software".to_owned()),
        (format!("{IMAGE}.version"), version.to_owned()),
        (
            "software.ocm.componentversion".to_owned(),
            format!("{component}:{version}"),
        ),
        ("software.ocm.creator".to_owned(), creator.to_owned()),
    ]
    .into()
}
