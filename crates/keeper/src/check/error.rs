//! Why a constructor cannot be checked at all.

use ocm::{RepositorySpec, Version};

use crate::root::SeveralRoots;

/// Why a constructor cannot be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It is not clear which component is the registry.
    #[error(transparent)]
    Roots(#[from] SeveralRoots),
    /// The version to compare with does not exist.
    #[error("{repository}: {} does not exist", spelled(component, version.as_ref()))]
    NoBaseline {
        /// Name of the registry.
        component: String,
        /// `None` if no version was named.
        version: Option<Version>,
        /// Where it was looked for.
        repository: RepositorySpec,
    },
}

fn spelled(component: &str, version: Option<&Version>) -> String {
    match version {
        Some(version) => format!("{component}:{version}"),
        None => component.to_owned(),
    }
}

impl CheckError {
    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Roots(_) => {
                "let one component refer to the others, or move them to separate constructors"
            }
            Self::NoBaseline { .. } => {
                "check the spelling; without --against, the latest published version is compared"
            }
        };
        Some(hint.to_owned())
    }
}
