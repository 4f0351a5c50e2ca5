//! Resolving a reference to a component version.

use oci::{Digest, Http};

use crate::component_name::ComponentName;
use crate::component_ref::{ComponentRef, RepositorySpec};
use crate::component_version_id::ComponentVersionId;
use crate::repository::{ComponentVersion, Repository, RepositoryError};
use crate::version::{self, Version};

/// A reference, resolved to one component version.
#[derive(Debug)]
pub struct Resolved {
    /// The repository, open for reading.
    pub repository: Repository,
    /// The version, as its tag spells it.
    pub version: Version,
    /// The component version that was read.
    pub found: ComponentVersion,
}

/// Why a reference could not be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The repository failed, or contains something other than a component version.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The component has no version in the repository.
    #[error("{repository}: no version of {component} is published")]
    NotPublished {
        /// The repository.
        repository: RepositorySpec,
        /// Name of the component.
        component: ComponentName,
    },
    /// The repository does not have the given version.
    #[error("{repository}: {id} does not exist")]
    NoVersion {
        /// The repository.
        repository: RepositorySpec,
        /// The requested version.
        id: ComponentVersionId,
        /// The latest version in the repository; `None` if there is none.
        latest: Option<Version>,
    },
}

impl ResolveError {
    /// How to fix it, if known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(error) => error.hint(),
            Self::NotPublished { .. } => {
                Some("check the spelling of the component and the repository".to_owned())
            }
            Self::NoVersion { latest, .. } => Some(match latest {
                Some(latest) => format!("the latest version is {latest}"),
                None => "no version of this component is published there".to_owned(),
            }),
        }
    }
}

impl Resolved {
    /// Reads the version that a reference names; without one, the version that it is pinned to,
    /// else the latest one (see [`version::latest`]).
    ///
    /// Costs two requests for a given version, one more for the latest one. With a pin but without
    /// a version, it costs one request per version until one has the pinned digest.
    ///
    /// # Errors
    /// There is no such version, it cannot be read, or its manifest is not the pinned one.
    pub async fn open(reference: &ComponentRef, http: &Http) -> Result<Self, ResolveError> {
        let repository = Repository::open(&reference.repository, http)?;
        let component = &reference.component;
        let unpublished = |repository: &Repository| ResolveError::NotPublished {
            repository: repository.spec().clone(),
            component: component.clone(),
        };
        let version = match (&reference.version, reference.digest) {
            (Some(version), _) => version.clone(),
            (None, Some(pin)) => {
                let versions = repository.versions(component).await?;
                match pinned(&repository, component, pin, &versions).await? {
                    Some(version) => version,
                    // Reading it returns the error that says what it is instead.
                    None => version::latest(&versions)
                        .cloned()
                        .ok_or_else(|| unpublished(&repository))?,
                }
            }
            (None, None) => {
                let mut versions = repository.versions(component).await?;
                let latest = repository.latest_of(component, &mut versions).await?;
                let (version, found) = latest.ok_or_else(|| unpublished(&repository))?;
                return Ok(Self {
                    repository,
                    version,
                    found,
                });
            }
        };
        let id = ComponentVersionId::new(component.clone(), version.clone());
        if let Some(found) = repository.get(&id, reference.digest).await? {
            return Ok(Self {
                repository,
                version,
                found,
            });
        }
        let versions = repository.versions(component).await?;
        Err(ResolveError::NoVersion {
            repository: reference.repository.clone(),
            id,
            latest: version::latest(&versions).cloned(),
        })
    }
}

/// Finds the version that a pin belongs to among these.
async fn pinned(
    repository: &Repository,
    component: &ComponentName,
    pin: Digest,
    versions: &[Version],
) -> Result<Option<Version>, RepositoryError> {
    for version in versions {
        let id = ComponentVersionId::new(component.clone(), version.clone());
        let found = repository.resolve(&id).await?;
        if found.is_some_and(|found| found.digest == pin) {
            return Ok(Some(version.clone()));
        }
    }
    Ok(None)
}
