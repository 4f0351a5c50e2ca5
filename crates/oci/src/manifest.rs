//! Manifests, indexes and descriptors of the OCI image specification, version 1.1.
//!
//! Only the members that this project uses are fields. All others are kept when a manifest is read
//! and written. Fields are in the order in which the official tools write them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::{go_json, media_type};

/// Maximum size in bytes of a manifest or an index.
pub const MANIFEST_LIMIT: u64 = 4 << 20;

/// Annotations of a manifest or a descriptor; sorted, because their bytes are hashed.
pub type Annotations = BTreeMap<String, String>;

/// Refers to content by media type, digest and size (image specification, `descriptor.md`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type of the content.
    pub media_type: String,
    /// Digest of the content.
    pub digest: Digest,
    /// Length of the content in bytes.
    pub size: u64,
    /// Other URLs of the content; they are never used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// The content itself, base64-encoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The operating system and architecture that the content is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Type of the artifact when the content is a manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Descriptor {
    /// Describes content by media type, digest and size, with nothing else set.
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            urls: Vec::new(),
            annotations: Annotations::new(),
            data: None,
            platform: None,
            artifact_type: None,
            rest: Map::new(),
        }
    }

    /// Describes `bytes`.
    pub fn of(media_type: impl Into<String>, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }
}

/// Platform of a descriptor; `architecture` and `os` are written even when empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Platform {
    /// Architecture in Go's spelling (`amd64`).
    #[serde(default)]
    pub architecture: String,
    /// Operating system in Go's spelling (`linux`).
    #[serde(default)]
    pub os: String,
    /// Version of the operating system.
    #[serde(
        default,
        rename = "os.version",
        skip_serializing_if = "String::is_empty"
    )]
    pub os_version: String,
    /// Features of the operating system.
    #[serde(default, rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// Variant of the architecture (`v7`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// An image manifest (image specification, `manifest.md`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// Media type of the manifest itself; older writers omit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Type of the artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration blob.
    pub config: Descriptor,
    /// The layers, in order.
    #[serde(default)]
    pub layers: Vec<Descriptor>,
    /// The manifest this one refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Manifest {
    /// Builds an OCI manifest of `config` and `layers`.
    pub fn new(artifact_type: &str, config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_type::OCI_MANIFEST.to_owned()),
            artifact_type: Some(artifact_type.to_owned()),
            config,
            layers,
            subject: None,
            annotations: Annotations::new(),
            rest: Map::new(),
        }
    }

    /// The bytes whose digest identifies this manifest.
    pub fn to_bytes(&self) -> Vec<u8> {
        go_json::to_vec(self)
    }
}

/// An image index (image specification, `image-index.md`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// Media type of the index itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Type of the artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The manifests, in order.
    pub manifests: Vec<Descriptor>,
    /// The manifest this one refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// All other members.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Index {
    /// The bytes whose digest identifies this index.
    pub fn to_bytes(&self) -> Vec<u8> {
        go_json::to_vec(self)
    }
}
