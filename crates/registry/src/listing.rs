//! The rows of a registry's plugins.
//!
//! Only what a row shows is decoded, without copying, because a registry may have tens of
//! thousands of entries.

mod decode;
mod selection;

use std::borrow::Cow;
use std::fmt;

use ocm::{RepositoryError, version};
use serde::{Serialize, Serializer};

use self::decode::{ListedReference, PluginInfo};
use crate::EntryId;
use crate::capabilities::Capability;
use crate::labels::{EntryLabel, PLUGIN_INFO, Yanked};
use crate::offer::Withheld;

pub(crate) use self::decode::Listed;
pub use self::decode::{ENTRY_LIMIT, Text};
pub use self::selection::Selection;

/// Maximum number of platforms and capabilities of all entries together.
pub const FACT_LIMIT: usize = 4_000_000;

/// One plugin version of a registry; the members of the official list come first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row<'a> {
    /// Name of the entry.
    pub name: Cow<'a, str>,
    /// Version, as it is written.
    pub version: Cow<'a, str>,
    /// Platforms; `None` if the entry does not list any.
    pub platforms: Option<Vec<Cow<'a, str>>>,
    /// A text for people; empty if there is none.
    pub description: Cow<'a, str>,
    /// The registry, as the user named it, with its version.
    pub registry: &'a str,
    /// Component of the plugin.
    pub component: Cow<'a, str>,
    /// Component digest that the entry is pinned to.
    pub digest: Option<Pin<'a>>,
    /// What the plugin can do.
    pub capabilities: Vec<Capability<Text<'a>>>,
    /// Set where the version must not be used any more.
    pub yanked: Option<Yanked>,
    /// Whether the version is mutable.
    pub moving: bool,
    /// Whether another registry of the set binds the name to another component.
    pub ambiguous: bool,
}

/// The hex digits of a component digest, written as `sha256:HEX`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin<'a>(Cow<'a, str>);

impl Serialize for Pin<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("sha256:{}", self.0))
    }
}

/// Rows, and what users should know about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing<'a> {
    /// By name, then semver, then registry.
    pub rows: Vec<Row<'a>>,
    /// In the order in which they were found.
    pub notices: Vec<Notice>,
}

/// Something odd that does not keep an entry from being listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The entry has no label for the official CLI.
    NoPluginInfo {
        /// The registry.
        registry: String,
        /// The entry.
        entry: EntryId,
    },
    /// The label for the official CLI has a key that the official CLI refuses.
    UnknownKey {
        /// The registry.
        registry: String,
        /// The entry.
        entry: EntryId,
        /// The key.
        key: String,
    },
    /// The highest version of a plugin is yanked, and a lower one is listed.
    Withheld {
        /// The registry.
        registry: String,
        /// The versions.
        withheld: Withheld,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPluginInfo { registry, entry } => write!(
                f,
                "{registry}: entry `{entry}` has no label `{PLUGIN_INFO}`, so its platforms are unknown"
            ),
            Self::UnknownKey {
                registry,
                entry,
                key,
            } => write!(
                f,
                "{registry}: entry `{entry}`: its label `{PLUGIN_INFO}` has the unknown key `{key}`, which the official CLI refuses"
            ),
            Self::Withheld { registry, withheld } => write!(f, "{registry}: {withheld}"),
        }
    }
}

/// Why a registry cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// The registry's descriptor is invalid.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The label for the official CLI cannot be read.
    #[error("{registry}: entry `{entry}`: its label `{PLUGIN_INFO}` cannot be read: {reason}")]
    Label {
        /// The registry.
        registry: String,
        /// The entry.
        entry: EntryId,
        /// What is wrong with the label.
        reason: String,
    },
    /// Two entries of one name and version.
    #[error("{registry}: entry `{entry}` is duplicated")]
    Duplicate {
        /// The registry.
        registry: String,
        /// The entry.
        entry: EntryId,
    },
    /// The registry is too large to be listed.
    #[error("{registry}: its entries have more than {FACT_LIMIT} platforms and capabilities")]
    TooLarge {
        /// The registry.
        registry: String,
    },
}

impl ListingError {
    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(error) => error.hint(),
            Self::Label { .. } => Some(
                "the registry's keepers can fix it with `plugyard update NAME --repin` and publish a new version; an earlier version may still be readable".to_owned(),
            ),
            Self::Duplicate { .. } => Some(
                "the registry's keepers must remove one of the two entries and publish a new version; an earlier version may still be readable".to_owned(),
            ),
            Self::TooLarge { .. } => None,
        }
    }
}

/// Makes the rows of a registry called `registry`, by name, then semver.
pub(crate) fn rows<'a>(registry: &'a str, listed: Listed<'a>) -> Result<Listing<'a>, ListingError> {
    let mut listing = Listing {
        rows: Vec::with_capacity(listed.references.len()),
        notices: Vec::new(),
    };
    let mut facts = 0;
    for reference in listed.references {
        let row = row(registry, reference, &mut listing.notices)?;
        let served = row
            .capabilities
            .iter()
            .map(|capability| 1 + capability.types.len());
        facts += row.platforms.as_ref().map_or(0, Vec::len) + served.sum::<usize>();
        if facts > FACT_LIMIT {
            let registry = registry.to_owned();
            return Err(ListingError::TooLarge { registry });
        }
        listing.rows.push(row);
    }
    listing.rows.sort_by(|left, right| {
        let by_name = left.name.cmp(&right.name);
        by_name.then_with(|| version::compare(&left.version, &right.version))
    });
    for pair in listing.rows.windows(2) {
        if pair[0].name == pair[1].name
            && pair[0].version == pair[1].version
            && pair[0].platforms == pair[1].platforms
        {
            return Err(ListingError::Duplicate {
                registry: registry.to_owned(),
                entry: EntryId::new(&*pair[0].name, &pair[0].version),
            });
        }
    }
    Ok(listing)
}

fn row<'a>(
    registry: &'a str,
    reference: ListedReference<'a>,
    notices: &mut Vec<Notice>,
) -> Result<Row<'a>, ListingError> {
    let entry = || EntryId::new(&*reference.name, &reference.version);
    let mut info = PluginInfo::default();
    if let Some(json) = reference.labels.plugin_info {
        info = PluginInfo::parse(json).map_err(|reason| ListingError::Label {
            registry: registry.to_owned(),
            entry: entry(),
            reason,
        })?;
        for key in std::mem::take(&mut info.unknown) {
            notices.push(Notice::UnknownKey {
                registry: registry.to_owned(),
                entry: entry(),
                key,
            });
        }
    } else {
        notices.push(Notice::NoPluginInfo {
            registry: registry.to_owned(),
            entry: entry(),
        });
    }
    let own = reference.labels.entry.map(EntryLabel::parse);
    let own = own.unwrap_or_default();
    let digest = reference
        .digest
        .filter(|digest| digest.hash_algorithm == "SHA-256" && !digest.value.is_empty())
        .map(|digest| Pin(digest.value));
    Ok(Row {
        name: reference.name,
        version: reference.version,
        platforms: info.platforms,
        description: info.description,
        registry,
        component: reference.component_name,
        digest,
        capabilities: own.capabilities,
        yanked: own.yanked,
        moving: own.moving,
        ambiguous: false,
    })
}
