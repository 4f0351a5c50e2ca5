//! Why a registry is not published, and how to fix it.

use ocm::construct::InputError;
use ocm::repository::PublishError;
use ocm::{ComponentDigest, Diagnostic, LookupError, RepositoryError, count};

use crate::publication::VersionTaken;
use crate::root::SeveralRoots;

/// Why a registry was not published.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not clear which component is the registry.
    #[error(transparent)]
    Roots(#[from] SeveralRoots),
    /// Entries without a digest, or with a wrong one.
    #[error("{} of the constructor cannot be published", count(.0.len(), "entry"))]
    Entries(Vec<Diagnostic>),
    /// An entry could not be looked up.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// An input cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// An input's digest differs from the one in the constructor.
    #[error("resource `{name}` has digest {actual}, but the constructor says {given}")]
    InputDigest {
        /// The resource.
        name: String,
        /// The digest of its content.
        actual: String,
        /// The digest in the constructor.
        given: String,
    },
    /// A resource refers to a local blob that is not an input.
    #[error("{component} refers to the local blob {reference}, which is not one of its inputs")]
    LocalBlob {
        /// Name of the component.
        component: String,
        /// The reference.
        reference: String,
    },
    /// No version is published yet, and a first one was not asked for.
    #[error("{repository}: no version of {component} is published yet")]
    First {
        /// Where.
        repository: String,
        /// The registry.
        component: String,
    },
    /// The latest published version is not the expected one.
    #[error(
        "{repository}: the latest published version of {component} is {found}, but {expected} was expected"
    )]
    Expectation {
        /// Where.
        repository: String,
        /// The registry.
        component: String,
        /// The digest that was expected.
        expected: ComponentDigest,
        /// The latest published version and its digest.
        found: String,
    },
    /// The version is already published with different content.
    #[error(transparent)]
    Taken(#[from] VersionTaken),
    /// The repository cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The repository cannot be written to.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl Refusal {
    /// How to fix it, where that is known.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Roots(_) => {
                "make one component refer to the others, or keep each registry in its own file"
            }
            Self::Entries(_) => return None,
            Self::Lookup(error) => return error.hint(),
            Self::Input(error) => error.hint(),
            Self::InputDigest { .. } => "remove the digest, or fix the path of the input",
            Self::LocalBlob { .. } => "provide the content as an `input`",
            Self::First { .. } => {
                "check the name and the repository; use --first to publish the first version"
            }
            Self::Expectation { .. } => {
                "another version was published in the meantime: review what changed, then publish again"
            }
            Self::Taken { .. } => {
                "published versions are never changed: raise `version` in the constructor, for instance with `plugyard bump`"
            }
            Self::Repository(error) => return error.hint(),
            Self::Publish(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}
