//! What changed since a registry was published last.

use ocm::{LookupError, Repository, Version};

use super::ChangeError;
use crate::diff::{Content, Diff, diff};
use crate::pre_release;
use crate::version_class::VersionClass;

/// What changed since a registry was published last.
#[derive(Clone, Debug)]
pub struct Since {
    /// The latest published version.
    pub version: Version,
    /// Its content.
    pub old: Content,
    /// What differs.
    pub diff: Diff,
    /// All versions that are published.
    versions: Vec<Version>,
}

impl Since {
    /// Compares with the latest published version; nothing if none is published. The version
    /// before it is only read where it may turn a loss into a rollback.
    ///
    /// # Errors
    /// A version that is there cannot be read.
    pub async fn published(
        repository: &Repository,
        new: &Content,
    ) -> Result<Option<Self>, ChangeError> {
        let versions = repository.versions(&new.name).await?;
        let Some(latest) = ocm::version::latest(&versions) else {
            return Ok(None);
        };
        let old = registry_version(repository, &new.name, latest).await?;
        Self::version(repository, &versions, latest, old, new)
            .await
            .map(Some)
    }

    /// Compares with a version whose content is known; `versions` are all that are published.
    ///
    /// # Errors
    /// The version before it cannot be read.
    pub async fn version(
        repository: &Repository,
        versions: &[Version],
        version: &Version,
        old: Content,
        new: &Content,
    ) -> Result<Self, ChangeError> {
        let mut difference = diff(&old, new, None);
        if difference.may_be_rollback(new) {
            let earlier = versions
                .iter()
                .filter(|other| other.precedence(version).is_lt());
            if let Some(earlier) = ocm::version::latest(earlier) {
                let before = registry_version(repository, &old.name, earlier).await?;
                difference = diff(&old, new, Some(&before));
            }
        }
        Ok(Self {
            version: version.clone(),
            old,
            diff: difference,
            versions: versions.to_vec(),
        })
    }

    /// Raises a version of the registry to what a class calls for. A pre-release goes behind the
    /// published ones of its release, unless that very one is published as it is.
    ///
    /// # Errors
    /// A version that is there cannot be read.
    pub(super) async fn raise(
        &self,
        class: VersionClass,
        current: &Version,
        repository: &Repository,
        new: &Content,
    ) -> Result<Version, ChangeError> {
        let raised = class.raise(current, Some(&self.version));
        let Some(published) = pre_release::in_the_way(&raised, &self.versions) else {
            return Ok(raised);
        };
        if published.same_as(&self.version) {
            return Ok(raised);
        }
        if published.same_as(&raised) {
            let old = registry_version(repository, &new.name, published).await?;
            if diff(&old, new, None).is_empty() {
                return Ok(raised);
            }
        }
        Ok(pre_release::next(published))
    }
}

/// Reads the content of a published version of a registry.
///
/// # Errors
/// It cannot be read, or it is not there.
pub async fn registry_version(
    repository: &Repository,
    name: &str,
    version: &Version,
) -> Result<Content, ChangeError> {
    let found = repository.get(name, version.as_str(), None).await?;
    let descriptor = found.map(|found| found.descriptor()).transpose()?;
    match descriptor {
        Some(descriptor) => Ok(Content::of_descriptor(&descriptor)),
        None => Err(ChangeError::Lookup(LookupError::NotFound {
            what: format!("{name}:{version}"),
            places: vec![repository.spec().to_string()],
        })),
    }
}
