//! Storing a component version: content first, the tag last.

use oci::{Content, Digest, Staged, StoreError, Writer, media_type};

use super::{Prepared, Repository, RepositoryError};

/// What a publication did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The version is new.
    Published,
    /// The version was there already, with the same content.
    Unchanged,
    /// Nothing was written, because nothing should be.
    Planned,
}

/// Why a component version was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The place failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading it failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// Content is not there although it was just written.
    #[error("{place}: {digest} was written, but is not there")]
    Lost {
        /// Where.
        place: String,
        /// The content.
        digest: Digest,
    },
    /// Somebody else moved the tag meanwhile.
    #[error("{place}: {component}:{version} was published by somebody else at the same time")]
    Raced {
        /// Where.
        place: String,
        /// The component.
        component: String,
        /// The version.
        version: String,
    },
}

impl PublishError {
    /// The way out.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Repository(error) => error.hint(),
            Self::Lost { .. } => Some("repeat the command".to_owned()),
            Self::Raced { .. } => {
                Some("let one job publish at a time, then repeat the command".to_owned())
            }
        }
    }
}

impl Repository {
    /// Publishes a component version under a tag that does not exist yet.
    ///
    /// Order: local blobs, descriptor and config, the manifest by its digest; then all of them
    /// are confirmed, the tag is looked at once more, and set; then it is read back. Whatever
    /// happens, readers see the tag on a complete component version or not at all.
    ///
    /// # Errors
    /// Something could not be written, or somebody else published that version meanwhile.
    pub async fn publish(
        &self,
        writer: &mut Writer<'_>,
        prepared: &Prepared,
        blobs: Vec<Staged>,
    ) -> Result<(), PublishError> {
        let repository = self.repository(&prepared.component);
        for blob in blobs {
            writer.push(&repository, blob).await?;
        }
        let mut content = prepared.layers.clone();
        for bytes in [&prepared.descriptor, &prepared.config] {
            let staged = writer.stage(&Content::Bytes(bytes.clone())).await?;
            content.push(oci::Descriptor::new("", staged.digest, staged.size));
            writer.push(&repository, staged).await?;
        }
        let manifest = writer
            .push_manifest(&repository, media_type::OCI_MANIFEST, &prepared.manifest)
            .await?;
        content.push(manifest.clone());
        for blob in &content {
            if !self.store.has(&repository, blob).await? {
                return Err(PublishError::Lost {
                    place: self.spec.to_string(),
                    digest: blob.digest,
                });
            }
        }
        let tag = prepared.tag();
        let raced = || PublishError::Raced {
            place: self.spec.to_string(),
            component: prepared.component.clone(),
            version: prepared.version.clone(),
        };
        if self.store.resolve(&repository, &tag).await?.is_some() {
            return Err(raced());
        }
        writer.tag(&repository, &tag, &manifest).await?;
        let tagged = self.store.resolve(&repository, &tag).await?;
        if tagged.map(|tagged| tagged.digest) != Some(manifest.digest) {
            return Err(raced());
        }
        Ok(())
    }
}
