//! Why a constructor is not changed, and how to fix it.

use ocm::construct::InputError;
use ocm::constructor::ConstructorError;
use ocm::{LookupError, RepositoryError, Version};

use crate::edit::EditError;
use crate::root::SeveralRoots;
use registry::labels;
use registry::plugin::NoPlugin;

/// Why a constructor was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It is not clear which component is the registry.
    #[error(transparent)]
    Roots(#[from] SeveralRoots),
    /// The last segment of a component cannot name an entry.
    #[error("`{name}`, the last segment of {component}, is not a valid entry name")]
    Name {
        /// The component.
        component: String,
        /// Its last segment.
        name: String,
    },
    /// The name that was asked for cannot name an entry.
    #[error("`{0}` is not a valid entry name")]
    InvalidName(String),
    /// The version is in the registry already.
    #[error("the registry already has {name}@{version}")]
    AlreadyThere {
        /// Name of the entry.
        name: String,
        /// The version, as the registry spells it.
        version: Version,
    },
    /// The version was removed from the registry.
    #[error("{component}:{version} was removed from this registry: {reason}")]
    Removed {
        /// Component of the plugin.
        component: String,
        /// Version.
        version: Version,
        /// The reason that was given.
        reason: String,
    },
    /// The name belongs to another component.
    #[error("the name `{name}` belongs to {bound} and cannot be used for {component}")]
    Bound {
        /// Name of the entry.
        name: String,
        /// The component it belongs to.
        bound: String,
        /// The component that was to be added.
        component: String,
    },
    /// There is no entry of that name.
    #[error("the constructor has no entry `{name}`{}", ocm::name::also_did_you_mean(.nearest.as_deref()))]
    NoEntry {
        /// The name.
        name: String,
        /// An entry that may be meant.
        nearest: Option<String>,
        /// The names of all entries, each once.
        known: Vec<String>,
    },
    /// There is no such version of the entry.
    #[error("the constructor has no entry {name}@{version}, only {}", .versions.join(", "))]
    NoVersion {
        /// The name.
        name: String,
        /// The version that was asked for.
        version: Version,
        /// The versions that are there.
        versions: Vec<String>,
    },
    /// The entry to use instead is yanked by the same change.
    #[error("`{0}` cannot be its own replacement")]
    InsteadOfItself(String),
    /// The label of the registry that holds the tombstones is not understood.
    #[error(
        "the label `{}` of the registry cannot take a tombstone: it is not an object with a list `removed`",
        labels::REGISTRY
    )]
    Tombstones,
    /// The version of a component is not a semantic version.
    #[error("{component}: `{version}` is not a semantic version")]
    NoVersionText {
        /// The component.
        component: String,
        /// What it calls its version.
        version: String,
    },
    /// The plugin was not found or cannot be read.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A component cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The component is not a plugin.
    #[error(transparent)]
    NoPlugin(#[from] NoPlugin),
    /// An input cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The text cannot be edited safely.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The changed text is not a valid constructor.
    #[error("the change would make the constructor invalid: {0}")]
    Result(#[from] ConstructorError),
}

/// Maximum number of names listed in a hint.
const NAMES: usize = 8;

/// The hint where a name is unknown.
fn known_names(known: &[String]) -> String {
    let list = known[..known.len().min(NAMES)].join(", ");
    let add = "add one with `plugyard add COMPONENT`";
    match known.len().saturating_sub(NAMES) {
        0 if known.is_empty() => format!("it has no entries yet; {add}"),
        0 => format!("it has {list}; {add}"),
        more => format!("it has {list} and {more} more; {add}"),
    }
}

impl ChangeError {
    /// Whether something was looked for and does not exist. What could not be read may exist.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Lookup(LookupError::NotFound { .. }))
    }

    /// How to fix it, where that is known.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Roots(_) => {
                "make one component refer to the others, or keep each registry in its own file"
            }
            Self::Name { .. } | Self::InvalidName(_) => {
                "choose a name with --name: two or more of a-z and 0-9, with - _ + between them"
            }
            Self::AlreadyThere { name, .. } => {
                return Some(format!(
                    "to update its digest and labels, run `plugyard update {name} --repin`"
                ));
            }
            Self::Removed { .. } => {
                "to add it again, delete its item in `removed` of the label plugyard/registry, in a reviewed change"
            }
            Self::Bound { .. } => "choose another entry name",
            Self::Lookup(error) => return error.hint(),
            Self::Repository(error) => return error.hint(),
            Self::NoPlugin(error) => error.hint(),
            Self::Input(error) => error.hint(),
            Self::NoEntry { known, .. } => return Some(known_names(known)),
            Self::NoVersion { .. } => {
                "name one of these versions, or leave out the version to mean all of them"
            }
            Self::NoVersionText { .. } => {
                "its author must publish it with a version such as 1.2.3 or v1.2.3-rc.1"
            }
            Self::InsteadOfItself(_) => "name another entry with --use, or leave out --use",
            Self::Tombstones => "fix its value by hand: `{ schema: 1, removed: [] }`",
            Self::Edit(error) => return error.hint(),
            Self::Result(_) => "this is a bug, please report it; nothing was written",
        };
        Some(text.to_owned())
    }
}
