//! Looking up the component version that a reference is pinned to.

use super::{Lookup, LookupError};
use crate::component_version_id::InvalidComponentVersionId;
use crate::descriptor::{Descriptor, Reference};
use crate::normal_form::{ComponentDigest, PinComparison};
use crate::repository::{ComponentVersion, Repository, RepositoryError};

/// A component version that was found, with its descriptor and component digest.
#[derive(Debug)]
pub struct Found<'a> {
    /// The repository that contains it.
    pub repository: &'a Repository,
    /// What its tag points to.
    pub version: ComponentVersion,
    /// Its descriptor.
    pub descriptor: Descriptor,
    /// The component digest of the descriptor.
    pub digest: ComponentDigest,
}

/// Why no component version could be compared with the pin of a reference.
#[derive(Debug, thiserror::Error)]
pub enum PinnedError<'a> {
    /// The component version does not have the pinned digest, so it must not be used.
    #[error("{} is {}, and is pinned to {pinned}", .found.version.id, .found.digest)]
    Differs {
        /// The digest in the reference.
        pinned: ComponentDigest,
        /// The component version that was found, for reports.
        found: Box<Found<'a>>,
    },
    /// The reference has no digest.
    #[error("{} has no digest; it is {}", .0.version.id, .0.digest)]
    Unpinned(Box<Found<'a>>),
    /// The digest in the reference is incomplete or of another algorithm.
    #[error("{} has no digest that can be compared; it is {}", .0.version.id, .0.digest)]
    Unusable(Box<Found<'a>>),
    /// The reference does not name a valid component version.
    #[error(transparent)]
    Invalid(#[from] InvalidComponentVersionId),
    /// It was not found, or a repository could not be read.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// It was found, but its descriptor is invalid or belongs to another component version.
    #[error(transparent)]
    Descriptor(#[from] RepositoryError),
}

impl PinnedError<'_> {
    /// How the user can fix it, if known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Differs { .. } => Some(
                "the component version was changed after it was pinned: do not use it before you have checked why"
                    .to_owned(),
            ),
            Self::Unpinned(_) | Self::Unusable(_) | Self::Invalid(_) => None,
            Self::Lookup(error) => error.hint(),
            Self::Descriptor(error) => error.hint(),
        }
    }
}

impl Lookup {
    /// Finds the component version that a reference names, and compares it with the pinned digest.
    /// See [`Lookup::find`] for the repositories.
    ///
    /// # Errors
    /// It differs, was not found or could not be read, or the reference has no digest.
    pub async fn pinned(&self, reference: &Reference) -> Result<Found<'_>, PinnedError<'_>> {
        let id = reference.target()?;
        // Only a digest that will be compared makes every location safe.
        let comparable = ComponentDigest::from_pin(&reference.digest).is_some();
        let (repository, version) = self.find(&id, comparable).await?;
        let descriptor = version.descriptor()?;
        let digest = ComponentDigest::of(&descriptor);
        let comparison = digest.compare_with(&reference.digest);
        let found = Found {
            repository,
            version,
            descriptor,
            digest,
        };
        match comparison {
            PinComparison::Equal => Ok(found),
            PinComparison::Differs(pinned) => {
                let found = Box::new(found);
                Err(PinnedError::Differs { pinned, found })
            }
            PinComparison::NotComparable if reference.digest.is_unset() => {
                Err(PinnedError::Unpinned(Box::new(found)))
            }
            PinComparison::NotComparable => Err(PinnedError::Unusable(Box::new(found))),
        }
    }
}
