//! `artifact-index.json`: which repositories and tags an archive has.
//!
//! Format: OCM specification, "Common Transport Format". The official reader refuses unknown
//! members, so Plugyard adds none.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::{go_json, media_type};

/// Name of the file in the archive.
pub(super) const FILE: &str = "artifact-index.json";

/// The list of artifacts of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactIndex {
    schema_version: u32,
    artifacts: Option<Vec<Artifact>>,
}

/// One artifact: a manifest in a repository, possibly with a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Artifact {
    /// The repository.
    pub repository: String,
    /// The tag; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// Digest of the manifest, as written in the file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// Media type of the manifest; older writers omit it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub media_type: String,
}

impl Default for ArtifactIndex {
    fn default() -> Self {
        Self {
            schema_version: 1,
            artifacts: Some(Vec::new()),
        }
    }
}

impl ArtifactIndex {
    /// Parses the file's content. An empty file is an empty index.
    ///
    /// # Errors
    /// Anything that is not version 1 of the format.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let index: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("not an artifact index: {error}"))?;
        if index.schema_version != 1 {
            return Err(format!(
                "an artifact index of version {}, but only version 1 is supported",
                index.schema_version
            ));
        }
        Ok(index)
    }

    /// Returns the file's content.
    pub fn to_bytes(&self) -> Vec<u8> {
        go_json::to_vec(self)
    }

    /// The artifacts in their order.
    pub fn artifacts(&self) -> &[Artifact] {
        self.artifacts.as_deref().unwrap_or_default()
    }

    /// Adds an artifact as the official writer does.
    ///
    /// If the tag belongs to another artifact, it is removed from that artifact, which stays in the
    /// index without a tag. An untagged entry with the same digest receives the tag; otherwise an
    /// entry is appended.
    pub fn add(&mut self, new: Artifact) {
        let artifacts = self.artifacts.get_or_insert_default();
        let mut received = false;
        for old in artifacts
            .iter_mut()
            .filter(|old| old.repository == new.repository)
        {
            if old.tag == new.tag && old.digest == new.digest {
                return;
            }
            if new.tag.is_empty() {
                continue;
            }
            if old.tag == new.tag {
                old.tag.clear();
            } else if old.tag.is_empty() && old.digest == new.digest {
                old.tag.clone_from(&new.tag);
                received = true;
            }
        }
        if !received {
            artifacts.push(new);
        }
    }
}

impl Artifact {
    /// The media type, with the default of the format.
    pub fn media_type(&self) -> &str {
        if self.media_type.is_empty() {
            media_type::OCI_MANIFEST
        } else {
            &self.media_type
        }
    }
}

/// An artifact index that is searched by tag.
#[derive(Debug)]
pub(super) struct Indexed {
    pub(super) index: ArtifactIndex,
    /// The first artifact of each repository and tag. Built by the first look-up, so that
    /// looking up many tags takes linear time.
    positions: OnceLock<HashMap<(String, String), usize>>,
}

impl Indexed {
    pub(super) fn new(index: ArtifactIndex) -> Self {
        Self {
            index,
            positions: OnceLock::new(),
        }
    }

    /// Finds what a tag points to.
    pub(super) fn find(&self, repository: &str, tag: &str) -> Option<&Artifact> {
        let artifacts = self.index.artifacts();
        let positions = self.positions.get_or_init(|| {
            let mut positions = HashMap::with_capacity(artifacts.len());
            for (position, artifact) in artifacts.iter().enumerate() {
                let key = (artifact.repository.clone(), artifact.tag.clone());
                positions.entry(key).or_insert(position);
            }
            positions
        });
        let position = *positions.get(&(repository.to_owned(), tag.to_owned()))?;
        artifacts.get(position)
    }
}
