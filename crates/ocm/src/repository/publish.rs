//! Storing a component version: content first, the tag last.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use oci::{Content, Staged, StoreError, Writer, media_type};

use super::{Prepared, Repository, RepositoryError};

/// Number of blobs that are sent concurrently.
const UPLOADS: usize = 4;
/// Number of blobs that are checked concurrently.
const LOOKS: usize = 16;

/// The result of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The version is new.
    Published,
    /// The version already existed with the same content.
    Unchanged,
    /// Nothing was written because this was a dry run.
    Planned,
}

/// Why a component version was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading content to publish failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// Content does not exist although it was just written.
    #[error("{repository}: {what} was written, but is not there")]
    Lost {
        /// The repository.
        repository: String,
        /// The digest of the content, or the component version.
        what: String,
    },
    /// Another writer moved the tag in the meantime.
    #[error("{repository}: {component}:{version} was published by somebody else at the same time")]
    Raced {
        /// The repository.
        repository: String,
        /// The component.
        component: String,
        /// The version.
        version: String,
    },
}

impl PublishError {
    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Repository(error) => error.hint(),
            Self::Lost { .. } => Some(
                "repeat the command; if it stays so, the registry, or what stands before it, does not keep what it says it takes"
                    .to_owned(),
            ),
            Self::Raced { .. } => {
                Some("let one job publish at a time, then repeat the command".to_owned())
            }
        }
    }
}

impl Repository {
    /// Publishes a component version under a tag that does not exist yet.
    ///
    /// Order: local blobs, descriptor and config, the manifest by its digest; then all of them are
    /// confirmed, the tag is read once more and set, and then read back. At any time, readers see
    /// either no tag or a tag with a complete component version.
    ///
    /// # Errors
    /// Something could not be written, or another writer published that version in the meantime.
    pub async fn publish(
        &self,
        writer: &mut Writer<'_>,
        prepared: &Prepared,
        blobs: Vec<Staged>,
    ) -> Result<(), PublishError> {
        let repository = self.repository(&prepared.component);
        let mut content = prepared.layers.clone();
        // The smaller one first: the response shows how to send the other one.
        for bytes in [&prepared.config, &prepared.descriptor] {
            let staged = writer.stage(&Content::Bytes(bytes.clone())).await?;
            content.push(oci::Descriptor::new("", staged.digest, staged.size));
            writer.push(&repository, staged).await?;
        }
        let shared = &*writer;
        stream::iter(blobs)
            .map(|blob| shared.push(&repository, blob))
            .buffer_unordered(UPLOADS)
            .try_collect::<()>()
            .await?;
        let manifest = writer
            .push_manifest(&repository, media_type::OCI_MANIFEST, &prepared.manifest)
            .await?;
        content.push(manifest.clone());
        self.confirm(&repository, content).await?;
        let tag = prepared.tag();
        let raced = || PublishError::Raced {
            repository: self.spec.to_string(),
            component: prepared.component.clone(),
            version: prepared.version.clone(),
        };
        if let Some((found, _)) = self.store.fetch(&repository, &tag).await? {
            // Another writer published the same content first.
            if found.digest == manifest.digest {
                return Ok(());
            }
            return Err(raced());
        }
        writer.tag(&repository, &tag, &manifest).await?;
        let tagged = self.store.resolve(&repository, &tag).await?;
        if tagged.is_some_and(|tagged| tagged.digest == manifest.digest) {
            return Ok(());
        }
        // It may be stored under another name only, or not at all.
        match self.store.fetch(&repository, &tag).await? {
            Some((found, _)) if found.digest == manifest.digest => Ok(()),
            Some(_) => Err(raced()),
            None => Err(PublishError::Lost {
                repository: self.spec.to_string(),
                what: format!("{}:{}", prepared.component, prepared.version),
            }),
        }
    }

    /// Confirms that content exists before something points to it.
    async fn confirm(
        &self,
        repository: &str,
        content: Vec<oci::Descriptor>,
    ) -> Result<(), PublishError> {
        let mut looks = stream::iter(content)
            .map(async |blob| (self.store.has(repository, &blob).await, blob.digest))
            .buffer_unordered(LOOKS);
        while let Some((there, digest)) = looks.next().await {
            if !there? {
                return Err(PublishError::Lost {
                    repository: self.spec.to_string(),
                    what: digest.to_string(),
                });
            }
        }
        Ok(())
    }
}
