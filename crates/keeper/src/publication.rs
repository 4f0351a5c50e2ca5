//! What a publication has to tell.

use oci::Digest;
use ocm::repository::Outcome;
use ocm::{ComponentDigest, Descriptor, RepositorySpec};
use serde::Serialize;

/// What was published, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// Where it is: `REPO//COMPONENT:VERSION@sha256:HEX`.
    pub reference: String,
    /// Component digest, as `sha256:HEX`.
    pub component_digest: String,
    /// Digest of the manifest, as `sha256:HEX`.
    pub manifest_digest: String,
    /// What was done.
    pub status: Outcome,
}

impl Publication {
    /// Describes a publication.
    pub fn new(
        spec: &RepositorySpec,
        descriptor: &Descriptor,
        digest: &ComponentDigest,
        manifest: Digest,
        outcome: Outcome,
    ) -> Self {
        let component = &descriptor.component;
        Self {
            reference: format!(
                "{spec}//{}:{}@{manifest}",
                component.name, component.version
            ),
            component_digest: digest.to_string(),
            manifest_digest: manifest.to_string(),
            status: outcome,
        }
    }
}
