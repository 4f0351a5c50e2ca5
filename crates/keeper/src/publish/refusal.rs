//! Why a registry is not published, and the way out.

use ocm::construct::InputError;
use ocm::repository::PublishError;
use ocm::{ComponentDigest, Diagnostic, LookupError, RepositoryError};

use crate::root::SeveralRoots;

/// Why a registry was not published.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not clear which component is the registry.
    #[error(transparent)]
    Roots(#[from] SeveralRoots),
    /// Entries are not pinned, or to something else.
    #[error("{} of the constructor cannot be published", entries(.0.len()))]
    Entries(Vec<Diagnostic>),
    /// An entry could not be looked up.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The content of an input cannot be had.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The content of an input has another digest than the constructor gives.
    #[error("resource `{name}` has digest {actual}, and the constructor says {given}")]
    InputDigest {
        /// The resource.
        name: String,
        /// The digest of its content.
        actual: String,
        /// The digest in the constructor.
        given: String,
    },
    /// A resource refers to a blob that is nowhere.
    #[error("{component} refers to the local blob {reference}, which is not one of its inputs")]
    LocalBlob {
        /// The component.
        component: String,
        /// The reference.
        reference: String,
    },
    /// No version is published yet, and nobody said that this is right.
    #[error("{place}: no version of {component} is published yet")]
    First {
        /// Where.
        place: String,
        /// The registry.
        component: String,
    },
    /// The latest published version is not the expected one.
    #[error(
        "{place}: the latest published version of {component} is {found}, and {expected} was expected"
    )]
    Expectation {
        /// Where.
        place: String,
        /// The registry.
        component: String,
        /// The digest that was expected.
        expected: ComponentDigest,
        /// What is there.
        found: String,
    },
    /// The version is published already, with other content.
    #[error(
        "{place}: {component}:{version} is published already, with other content ({published}, and this is {ours})"
    )]
    Taken {
        /// Where.
        place: String,
        /// The component.
        component: String,
        /// The version.
        version: String,
        /// Component digest of what is there.
        published: ComponentDigest,
        /// Component digest of what the constructor says.
        ours: ComponentDigest,
    },
    /// The place cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The place cannot be written to.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

fn entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        _ => format!("{count} entries"),
    }
}

impl Refusal {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Roots(_) => {
                "let one component refer to the others, or keep them in files of their own"
            }
            Self::Entries(_) => return None,
            Self::Lookup(error) => return error.hint(),
            Self::Input(error) => error.hint(),
            Self::InputDigest { .. } => "take the digest out, or give the right file",
            Self::LocalBlob { .. } => "give the content as an `input`",
            Self::First { .. } => {
                "check the name and the place; if this is to be the very first version, say so with --first"
            }
            Self::Expectation { .. } => {
                "somebody else published meanwhile: look at what they changed, then publish again"
            }
            Self::Taken { .. } => {
                "a published version never changes: raise `version` in the constructor"
            }
            Self::Repository(error) => return error.hint(),
            Self::Publish(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}
