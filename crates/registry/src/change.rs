//! Changes of a registry by its keeper: adding plugins, pinning them anew.
//!
//! Facts are always read from the plugin's own component. A change is a new text of the
//! constructor; nothing is written here.

use std::future::ready;

use futures_util::stream::{self, StreamExt};
use ocm::constructor::{ComponentConstructor, Constructor, ConstructorError, values};
use ocm::{Descriptor, Label, Lookup, LookupError, Repository, RepositoryError, Version};
use serde::Serialize;

use crate::edit::{self, Edit, EditError, Entry};
use crate::labels;
use crate::plugin::{NoPlugin, Plugin};
use crate::publish::{self, CONCURRENCY};
use crate::root::{self, SeveralRoots};
use crate::version_class::VersionClass;

/// A change that was worked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Version of the registry in the constructor before.
    pub from: String,
    /// Version of the registry in the constructor after.
    pub to: String,
    /// What the change calls for.
    pub class: VersionClass,
    /// The entries that change.
    pub changes: Vec<ChangedEntry>,
    /// The new text of the constructor.
    #[serde(skip)]
    pub text: String,
}

/// An entry that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedEntry {
    /// Name of the entry.
    pub name: String,
    /// Component of the plugin.
    pub component: String,
    /// Version before; absent for a new entry.
    pub old: Option<String>,
    /// Version after.
    pub new: String,
    /// Component digest it is pinned to, as `sha256:HEX`.
    pub digest: String,
}

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

impl ChangeError {
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
            Self::NoEntry { .. } => return None,
            Self::Edit(error) => return error.hint(),
            Self::Result(_) => "please report it; nothing was written",
        };
        Some(text.to_owned())
    }
}

/// A plugin that is to be added.
#[derive(Clone, Debug)]
pub struct Addition<'a> {
    /// Its component.
    pub component: &'a str,
    /// The version; the latest if absent.
    pub version: Option<&'a Version>,
    /// Name of the entry; the last segment of the component if absent.
    pub name: Option<&'a str>,
}

/// Works out the addition of plugins to the registry of `constructor`, whose text is `text`.
/// `published` is where the registry is published. Where no version is named, the highest stable
/// one is taken, else the highest pre-release; with `pre`, the highest of all.
///
/// # Errors
/// See [`ChangeError`]; then nothing is to be changed.
pub async fn add(
    text: &str,
    constructor: &Constructor,
    additions: &[Addition<'_>],
    pre: bool,
    lookup: &Lookup,
    published: Option<&Repository>,
) -> Result<Change, ChangeError> {
    let registry = root::registry(constructor)?;
    let mut class = VersionClass::None;
    let mut edits = Vec::new();
    let mut changes: Vec<ChangedEntry> = Vec::new();
    for addition in additions {
        let name = entry_name(addition)?;
        let version = match addition.version {
            Some(version) => version.clone(),
            None => latest(addition.component, pre, lookup).await?,
        };
        check_free(registry, &name, addition.component, &version)?;
        for added in changes.iter().filter(|added| added.name == name) {
            if added.component != addition.component {
                return Err(ChangeError::Bound {
                    name,
                    bound: added.component.clone(),
                    component: addition.component.to_owned(),
                });
            }
            if Version::parse(&added.new).is_ok_and(|other| other.same_as(&version)) {
                return Err(ChangeError::There { name, version });
            }
        }
        let plugin = read(addition.component, version.as_str(), lookup).await?;
        let known = registry
            .references
            .iter()
            .any(|entry| entry.name.value == name);
        class = class.max(if known {
            VersionClass::Patch
        } else {
            VersionClass::Minor
        });
        changes.push(ChangedEntry {
            name: name.clone(),
            component: plugin.component.clone(),
            old: None,
            new: plugin.version.clone(),
            digest: plugin.digest.to_string(),
        });
        edits.push(Edit::Insert(Entry {
            name,
            labels: plugin.entry_labels(&[]),
            digest: plugin.digest.to_pin(),
            component: plugin.component,
            version: plugin.version,
        }));
    }
    finish(text, registry, edits, changes, class, published).await
}

/// Works out pins and labels of entries anew, all versions of each name.
///
/// # Errors
/// See [`ChangeError`]; then nothing is to be changed.
pub async fn repin(
    text: &str,
    constructor: &Constructor,
    names: &[String],
    lookup: &Lookup,
    published: Option<&Repository>,
) -> Result<Change, ChangeError> {
    let registry = root::registry(constructor)?;
    for name in names {
        let known: Vec<&str> = registry
            .references
            .iter()
            .map(|entry| entry.name.value.as_str())
            .collect();
        if !known.contains(&name.as_str()) {
            return Err(ChangeError::NoEntry {
                name: name.clone(),
                nearest: ocm::name::nearest(name, &known).map(str::to_owned),
            });
        }
    }
    let mut edits = Vec::new();
    let mut changes = Vec::new();
    let entries = registry.references.iter().enumerate();
    let mut plugins = stream::iter(entries)
        .filter(|(_, entry)| ready(names.contains(&entry.name.value)))
        .map(async |(index, entry)| {
            let version = entry.version.value.to_string();
            let plugin = read(&entry.component.value, &version, lookup).await;
            (index, entry, version, plugin)
        })
        .buffered(CONCURRENCY);
    while let Some((index, entry, version, plugin)) = plugins.next().await {
        let plugin = plugin?;
        let before: Vec<Label> = values(&entry.labels);
        let labels = plugin.entry_labels(&before);
        let pin = plugin.digest.to_pin();
        let labelled = labels.iter().all(|label| before.contains(label));
        if labelled
            && entry
                .digest
                .as_ref()
                .is_some_and(|digest| digest.value == pin)
        {
            continue;
        }
        changes.push(ChangedEntry {
            name: entry.name.value.clone(),
            component: plugin.component.clone(),
            old: Some(version.clone()),
            new: version,
            digest: plugin.digest.to_string(),
        });
        edits.push(Edit::Repin {
            index,
            digest: pin,
            labels: Some(labels),
            version: None,
        });
    }
    let class = if edits.is_empty() {
        VersionClass::None
    } else {
        VersionClass::Patch
    };
    finish(text, registry, edits, changes, class, published).await
}

async fn finish(
    text: &str,
    registry: &ComponentConstructor,
    mut edits: Vec<Edit>,
    changes: Vec<ChangedEntry>,
    class: VersionClass,
    published: Option<&Repository>,
) -> Result<Change, ChangeError> {
    let name = &registry.name.value;
    let current = &registry.version.value;
    let latest = match published {
        Some(repository) => publish::latest(repository, name).await?,
        None => None,
    };
    let to = class.raise(current, latest.as_ref());
    if to != *current {
        edits.push(Edit::Version(to.to_string()));
    }
    let text = if edits.is_empty() {
        text.to_owned()
    } else {
        let text = edit::apply(text, name, &edits)?;
        ocm::constructor::parse(&text)?;
        text
    };
    Ok(Change {
        from: current.to_string(),
        to: to.to_string(),
        class,
        changes,
        text,
    })
}

fn entry_name(addition: &Addition<'_>) -> Result<String, ChangeError> {
    let (name, given) = match addition.name {
        Some(name) => (name, true),
        None => (
            addition.component.rsplit('/').next().unwrap_or_default(),
            false,
        ),
    };
    if ocm::name::is_element_name(name) {
        return Ok(name.to_owned());
    }
    Err(if given {
        ChangeError::InvalidName(name.to_owned())
    } else {
        ChangeError::Name {
            component: addition.component.to_owned(),
            name: name.to_owned(),
        }
    })
}

/// Checks that nothing speaks against an entry of this name and version.
fn check_free(
    registry: &ComponentConstructor,
    name: &str,
    component: &str,
    version: &Version,
) -> Result<(), ChangeError> {
    for entry in registry
        .references
        .iter()
        .filter(|entry| entry.name.value == name)
    {
        if entry.component.value != component {
            return Err(ChangeError::Bound {
                name: name.to_owned(),
                bound: entry.component.value.clone(),
                component: component.to_owned(),
            });
        }
        if entry.version.value.same_as(version) {
            return Err(ChangeError::There {
                name: name.to_owned(),
                version: entry.version.value.clone(),
            });
        }
    }
    let own: Vec<Label> = values(&registry.labels);
    for removed in labels::removed(&own) {
        let same_version = match &removed.version {
            Some(text) => Version::parse(text).is_ok_and(|removed| removed.same_as(version)),
            None => true,
        };
        if removed.component == component && same_version {
            return Err(ChangeError::Removed {
                component: component.to_owned(),
                version: version.clone(),
                reason: removed.reason,
            });
        }
    }
    Ok(())
}

async fn latest(component: &str, pre: bool, lookup: &Lookup) -> Result<Version, ChangeError> {
    let versions = lookup.versions(component).await?;
    let latest = if pre {
        versions.iter().max_by(|left, right| {
            left.precedence(right)
                .then_with(|| right.as_str().cmp(left.as_str()))
        })
    } else {
        ocm::version::latest(&versions)
    };
    // The look-up has found some.
    latest.cloned().ok_or_else(|| {
        ChangeError::Lookup(LookupError::NotFound {
            what: component.to_owned(),
            places: Vec::new(),
        })
    })
}

async fn read(component: &str, version: &str, lookup: &Lookup) -> Result<Plugin, ChangeError> {
    let (_, found) = lookup.find(component, version, false).await?;
    let descriptor: Descriptor = found.descriptor()?;
    Ok(Plugin::of(&descriptor)?)
}
