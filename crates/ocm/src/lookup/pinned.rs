//! Looking up what a reference is pinned to.

use super::{Lookup, LookupError};
use crate::component_version_id::InvalidComponentVersionId;
use crate::descriptor::{Descriptor, Reference};
use crate::normal_form::{ComponentDigest, PinComparison};
use crate::repository::{ComponentVersion, Repository, RepositoryError};

/// A component version that was found, with its descriptor and component digest.
#[derive(Debug)]
pub struct Found<'a> {
    /// Where it was found.
    pub repository: &'a Repository,
    /// What its tag points at.
    pub version: ComponentVersion,
    /// Its descriptor.
    pub descriptor: Descriptor,
    /// The digest of the descriptor.
    pub digest: ComponentDigest,
}

/// Why there is nothing that was compared with the pin of a reference.
#[derive(Debug, thiserror::Error)]
pub enum PinnedError<'a> {
    /// The content is not what the reference is pinned to, so it must not be used.
    #[error("{} is {}, and is pinned to {pinned}", .found.version.id, .found.digest)]
    Differs {
        /// The digest in the reference.
        pinned: ComponentDigest,
        /// What was found, to report on it.
        found: Box<Found<'a>>,
    },
    /// The reference has no digest.
    #[error("{} has no digest; it is {}", .0.version.id, .0.digest)]
    Unpinned(Box<Found<'a>>),
    /// The reference has a digest that is incomplete or of another algorithm.
    #[error("{} has no digest that can be compared; it is {}", .0.version.id, .0.digest)]
    Unusable(Box<Found<'a>>),
    /// The reference does not name a component version.
    #[error(transparent)]
    Invalid(#[from] InvalidComponentVersionId),
    /// It was not found, or not everything could be read.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// It was found, and its descriptor is not one, or is that of another component version.
    #[error(transparent)]
    Descriptor(#[from] RepositoryError),
}

impl PinnedError<'_> {
    /// What the user can do about it, where there is something.
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
    /// Finds what a reference names and compares it with the digest that the reference is pinned
    /// to. See [`Lookup::find`] for where it is looked for.
    ///
    /// # Errors
    /// It differs, was not found, could not be read, or the reference has no digest.
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
