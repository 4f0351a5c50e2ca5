//! The changes of a registry since its latest published version.

use ocm::{ComponentVersionId, Descriptor, Repository, Version};

use super::{ChangeError, component_name};
use registry::diff::{Content, Diff, diff};
use registry::pre_release;
use registry::version_class::VersionClass;

/// The changes of a registry since its latest published version.
#[derive(Clone, Debug)]
pub struct UnpublishedChanges {
    /// The latest published version.
    pub version: Version,
    /// Its content.
    pub old: Content,
    /// What differs from it.
    pub diff: Diff,
    /// All versions that are published.
    versions: Vec<Version>,
}

impl UnpublishedChanges {
    /// Compares with the latest published version; nothing if none is published. The version
    /// before it is only read where it may turn a loss into a rollback.
    ///
    /// # Errors
    /// A version that is listed cannot be read.
    pub async fn of(repository: &Repository, new: &Content) -> Result<Option<Self>, ChangeError> {
        let mut versions = repository.versions(&component_name(&new.name)?).await?;
        Self::latest(repository, &mut versions, new).await
    }

    /// Compares with the latest of these versions; those that are listed but absent are removed.
    pub(super) async fn latest(
        repository: &Repository,
        versions: &mut Vec<Version>,
        new: &Content,
    ) -> Result<Option<Self>, ChangeError> {
        let Some((latest, old)) = latest_version(repository, &new.name, versions).await? else {
            return Ok(None);
        };
        Self::since(repository, versions, &latest, old, new)
            .await
            .map(Some)
    }

    /// Compares with a version whose content is known; `versions` are all that are published.
    ///
    /// # Errors
    /// The version before it cannot be read.
    pub async fn since(
        repository: &Repository,
        versions: &[Version],
        version: &Version,
        old: Content,
        new: &Content,
    ) -> Result<Self, ChangeError> {
        let mut difference = diff(&old, new, None);
        if difference.may_be_rollback(new) {
            let is_earlier = |other: &&Version| other.precedence(version).is_lt();
            let mut earlier = versions.iter().filter(is_earlier).cloned().collect();
            let before = latest_version(repository, &old.name, &mut earlier).await?;
            if let Some((_, before)) = before {
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

    /// Raises a version of the registry to what a class calls for. A pre-release is raised above
    /// the published ones of its release, unless this very content is published under it.
    ///
    /// # Errors
    /// A version that is listed cannot be read.
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
            let found = {
                let id = ComponentVersionId::new(component_name(&new.name)?, published.clone());
                repository.get(&id, None).await?
            };
            let same = |old: Descriptor| diff(&Content::of_descriptor(&old), new, None).is_empty();
            let found = found.map(|found| found.descriptor()).transpose()?;
            if found.is_none_or(same) {
                return Ok(raised);
            }
        }
        Ok(pre_release::next(published))
    }
}

/// Reads the latest of these versions of a registry; nothing where there are none. Versions that
/// are listed but absent are removed from them.
///
/// # Errors
/// It cannot be read, or none of them is there.
pub async fn latest_version(
    repository: &Repository,
    name: &str,
    versions: &mut Vec<Version>,
) -> Result<Option<(Version, Content)>, ChangeError> {
    let component = component_name(name)?;
    let latest = repository.latest_of(&component, versions);
    let Some((version, found)) = latest.await? else {
        return Ok(None);
    };
    let content = Content::of_descriptor(&found.descriptor()?);
    Ok(Some((version, content)))
}
