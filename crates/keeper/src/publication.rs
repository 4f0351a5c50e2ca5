//! What all publications have in common: the comparison with what is published under the version
//! already, and the result.

use oci::{Content, Digest, Staged, Writer};
use ocm::repository::{Outcome, Prepared, PublishError};
use ocm::{
    ComponentDigest, ComponentVersionId, Descriptor, Repository, RepositoryError, RepositorySpec,
};
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

/// The version is published already, with other content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{repository}: {component}:{version} is already published with different content (published: {published}, this: {ours})"
)]
pub struct VersionTaken {
    /// Where.
    pub repository: String,
    /// Name of the component.
    pub component: String,
    /// The version.
    pub version: String,
    /// Component digest of the published content.
    pub published: ComponentDigest,
    /// Component digest of what was to be published.
    pub ours: ComponentDigest,
}

/// What is published under a version.
#[derive(Debug)]
pub(crate) struct Existing {
    manifest: Digest,
    descriptor: Descriptor,
}

impl Existing {
    /// Reads a version; nothing if it is not published.
    pub(crate) async fn find(
        repository: &Repository,
        id: &ComponentVersionId,
    ) -> Result<Option<Self>, RepositoryError> {
        let found = repository.get(id, None).await?;
        let existing = found.map(|found| {
            Ok(Self {
                manifest: found.root.digest,
                descriptor: found.descriptor()?,
            })
        });
        existing.transpose()
    }

    /// Compares it with what is to be published.
    ///
    /// # Errors
    /// The content differs, and a published version is never changed.
    pub(crate) fn compare(
        &self,
        spec: &RepositorySpec,
        ours: &Descriptor,
    ) -> Result<Publication, VersionTaken> {
        let digest = ComponentDigest::of(ours);
        if self.descriptor.same_content(ours) {
            return Ok(Publication::new(
                spec,
                &self.descriptor,
                &digest,
                self.manifest,
                Outcome::Unchanged,
            ));
        }
        Err(VersionTaken {
            repository: spec.to_string(),
            component: ours.component.name.clone(),
            version: ours.component.version.clone(),
            published: ComponentDigest::of(&self.descriptor),
            ours: digest,
        })
    }
}

/// A component version that is laid out, and may be published.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) descriptor: Descriptor,
    pub(crate) digest: ComponentDigest,
    pub(crate) prepared: Prepared,
}

impl Ready {
    pub(crate) fn new(descriptor: Descriptor, prepared: Prepared) -> Self {
        Self {
            digest: ComponentDigest::of(&descriptor),
            descriptor,
            prepared,
        }
    }

    /// The result if nothing is published under its version.
    pub(crate) fn publication(&self, spec: &RepositorySpec, outcome: Outcome) -> Publication {
        let manifest = self.prepared.manifest_digest();
        Publication::new(spec, &self.descriptor, &self.digest, manifest, outcome)
    }

    /// Publishes it with its blobs, which were staged.
    pub(crate) async fn publish(
        &self,
        repository: &Repository,
        writer: &mut Writer<'_>,
        staged: Vec<Staged>,
    ) -> Result<Publication, PublishError> {
        repository.publish(writer, &self.prepared, staged).await?;
        Ok(self.publication(repository.spec(), Outcome::Published))
    }
}

/// Hands contents to a writer, which reads each of them once.
pub(crate) async fn stage<'a>(
    writer: &mut Writer<'_>,
    contents: impl Iterator<Item = &'a Content>,
) -> Result<Vec<Staged>, PublishError> {
    let mut staged = Vec::new();
    for content in contents {
        staged.push(writer.stage(content).await?);
    }
    Ok(staged)
}
