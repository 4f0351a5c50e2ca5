//! Why a constructor is not changed.

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
    #[error("`{name}`, the last part of {component}, cannot be the name of an entry")]
    Name {
        /// The component.
        component: String,
        /// Its last segment.
        name: String,
    },
    /// The name that was asked for cannot name an entry.
    #[error("`{0}` cannot be the name of an entry")]
    InvalidName(String),
    /// The version is in the registry already.
    #[error("entry `{name}` is there already in version {version}")]
    There {
        /// Name of the entry.
        name: String,
        /// Version as it stands there.
        version: Version,
    },
    /// The version was taken out before.
    #[error("{component}:{version} was taken out of this registry: {reason}")]
    Removed {
        /// Component of the plugin.
        component: String,
        /// Version.
        version: Version,
        /// The reason that was given.
        reason: String,
    },
    /// The name belongs to another component.
    #[error("the name `{name}` belongs to {bound}, and cannot be given to {component}")]
    Bound {
        /// Name of the entry.
        name: String,
        /// The component it belongs to.
        bound: String,
        /// The component that was to be added.
        component: String,
    },
    /// There is no entry of that name.
    #[error("there is no entry `{name}` in the constructor{}", did_you_mean(.nearest.as_deref()))]
    NoEntry {
        /// The name.
        name: String,
        /// An entry that may be meant.
        nearest: Option<String>,
        /// The names of all entries, each once.
        known: Vec<String>,
    },
    /// There is no such version of the entry.
    #[error("there is no entry `{name}@{version}` in the constructor, but {}", .versions.join(", "))]
    NoVersion {
        /// The name.
        name: String,
        /// The version that was asked for.
        version: Version,
        /// The versions that are there.
        versions: Vec<String>,
    },
    /// What shall be used instead is what shall not be used.
    #[error("`{0}` cannot be used instead of itself")]
    InsteadOfItself(String),
    /// The label of the registry that holds the tombstones is not understood.
    #[error(
        "the label `{}` of the registry cannot take a tombstone: it is not an object with a list `removed`",
        labels::REGISTRY
    )]
    Tombstones,
    /// The version of a component cannot stand in a constructor.
    #[error("{component}: `{version}` is not a version")]
    NoVersionText {
        /// The component.
        component: String,
        /// What it calls its version.
        version: String,
    },
    /// The plugin was not found or not read.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A component cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The component is no plugin.
    #[error(transparent)]
    NoPlugin(#[from] NoPlugin),
    /// The content of an input cannot be had.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The text cannot be edited safely.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The text after the change is no constructor.
    #[error("the constructor would be wrong after the change: {0}")]
    Result(#[from] ConstructorError),
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest
        .map(|nearest| format!("; did you mean `{nearest}`?"))
        .unwrap_or_default()
}

/// Most names that are listed in a hint.
const NAMES: usize = 8;

/// The way out where a name is unknown.
fn known_names(known: &[String]) -> String {
    let list = known[..known.len().min(NAMES)].join(", ");
    let add = "`plugyard add COMPONENT` adds one";
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

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Roots(_) => {
                "let one component refer to the others, or keep them in files of their own"
            }
            Self::Name { .. } | Self::InvalidName(_) => {
                "give a name with --name: two or more of a-z, 0-9, with - _ + inside"
            }
            Self::There { name, .. } => {
                return Some(format!("`plugyard update {name} --repin` pins it anew"));
            }
            Self::Removed { .. } => {
                "if it shall come back, take it out of `removed` in the label plugyard/registry, by a reviewed change"
            }
            Self::Bound { .. } => "give another name with --name",
            Self::Lookup(error) => return error.hint(),
            Self::Repository(error) => return error.hint(),
            Self::NoPlugin(error) => error.hint(),
            Self::Input(error) => error.hint(),
            Self::NoEntry { known, .. } => return Some(known_names(known)),
            Self::NoVersion { .. } => "name one of these versions, or none to mean all of them",
            Self::NoVersionText { .. } => {
                "its author has to publish it in a version such as 1.2.3 or v1.2.3-rc.1"
            }
            Self::InsteadOfItself(_) => "name another entry with --use, or leave it out",
            Self::Tombstones => "mend it by hand: `{ schema: 1, removed: [] }`",
            Self::Edit(error) => return error.hint(),
            Self::Result(_) => "please report it; nothing was written",
        };
        Some(text.to_owned())
    }
}
