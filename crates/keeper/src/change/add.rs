//! Adding plugins to a registry.

use futures_util::stream::{self, StreamExt};
use ocm::constructor::ComponentConstructor;
use ocm::{Lookup, LookupError, Version};

use super::{Change, ChangeError, ChangedEntry, Count, Keeper, component_name, read, tombstones};
use crate::edit::{Edit, Entry};
use crate::publish::CONCURRENCY;
use registry::plugin::Plugin;

/// A plugin to add.
#[derive(Clone, Debug)]
pub struct Addition<'a> {
    /// Its component.
    pub component: &'a str,
    /// The version; the latest if absent.
    pub version: Option<&'a Version>,
    /// Name of the entry; the last segment of the component if absent.
    pub name: Option<&'a str>,
}

impl Keeper<'_> {
    /// Adds plugins. Where no version is named, the highest stable one is used, or else the
    /// highest pre-release; with `pre`, the highest of all.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn add(&self, additions: &[Addition<'_>], pre: bool) -> Result<Change, ChangeError> {
        let registry = self.registry()?;
        let mut chosen = stream::iter(additions)
            .map(async |addition| match addition.version {
                Some(version) => Ok((version.clone(), None)),
                None => latest(addition.component, pre, self.lookup).await,
            })
            .buffered(CONCURRENCY);
        let mut wanted: Vec<Wanted<'_>> = Vec::new();
        for addition in additions {
            let name = entry_name(addition)?;
            let Some(chosen) = chosen.next().await else {
                break;
            };
            let (version, plugin) = chosen?;
            check_free(registry, &name, addition.component, &version)?;
            check_other(&wanted, &name, addition.component, &version)?;
            wanted.push(Wanted {
                name,
                component: addition.component,
                version,
                plugin,
            });
        }
        let mut read_all = stream::iter(wanted)
            .map(async |wanted| {
                let plugin = match wanted.plugin {
                    Some(plugin) => Ok(plugin),
                    None => read(wanted.component, wanted.version.as_str(), self.lookup).await,
                };
                (wanted.name, plugin)
            })
            .buffered(CONCURRENCY);
        let mut plugins = Vec::new();
        while let Some((name, plugin)) = read_all.next().await {
            plugins.push((name, plugin?));
        }
        self.insert(plugins).await
    }

    /// Inserts plugins that were read, each under the name of its entry.
    pub(super) async fn insert(
        &self,
        plugins: Vec<(String, Plugin)>,
    ) -> Result<Change, ChangeError> {
        let mut edits = Vec::new();
        let mut changes: Vec<ChangedEntry> = Vec::new();
        for (name, plugin) in plugins {
            changes.push(ChangedEntry {
                name: name.clone(),
                component: plugin.component.clone(),
                old: None,
                new: plugin.version.clone(),
                digest: plugin.digest.to_string(),
            });
            edits.push(Edit::Insert(Entry {
                labels: self.entry_labels(&name, &plugin, &[]),
                name,
                digest: plugin.digest.to_pin(),
                component: plugin.component,
                version: plugin.version,
            }));
        }
        self.finish(&edits, changes, Count::Edits).await
    }
}

/// A version to add.
struct Wanted<'a> {
    name: String,
    component: &'a str,
    version: Version,
    /// The facts, if they were read to find the latest version.
    plugin: Option<Plugin>,
}

/// Checks that no other addition conflicts with an entry of this name and version.
fn check_other(
    wanted: &[Wanted<'_>],
    name: &str,
    component: &str,
    version: &Version,
) -> Result<(), ChangeError> {
    for other in wanted.iter().filter(|other| other.name == name) {
        if other.component != component {
            return Err(ChangeError::Bound {
                name: name.to_owned(),
                bound: other.component.to_owned(),
                component: component.to_owned(),
            });
        }
        if other.version.same_as(version) {
            return Err(ChangeError::AlreadyThere {
                name: name.to_owned(),
                version: version.clone(),
            });
        }
    }
    Ok(())
}

pub(super) fn entry_name(addition: &Addition<'_>) -> Result<String, ChangeError> {
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

/// Checks that the registry has no conflicting entry and no tombstone for this name and version.
pub(super) fn check_free(
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
                bound: entry.component.value.to_string(),
                component: component.to_owned(),
            });
        }
        if entry.version.value.same_as(version) {
            return Err(ChangeError::AlreadyThere {
                name: name.to_owned(),
                version: entry.version.value.clone(),
            });
        }
    }
    let mut stones = tombstones(registry, component).into_iter();
    match stones.find(|stone| stone.covers(version.as_str())) {
        Some(removed) => Err(ChangeError::Removed {
            component: component.to_owned(),
            version: version.clone(),
            reason: removed.reason,
        }),
        None => Ok(()),
    }
}

/// Reads the latest version of a plugin. Versions that are listed but absent are skipped.
async fn latest(
    component: &str,
    pre: bool,
    lookup: &Lookup,
) -> Result<(Version, Option<Plugin>), ChangeError> {
    let mut versions = lookup.versions(&component_name(component)?).await?;
    loop {
        let latest = if pre {
            versions.iter().max_by(|left, right| {
                left.precedence(right)
                    .then_with(|| right.as_str().cmp(left.as_str()))
            })
        } else {
            ocm::version::latest(&versions)
        };
        let Some(latest) = latest.cloned() else {
            return Err(ChangeError::Lookup(LookupError::NotFound {
                what: format!("any of the listed versions of {component}"),
                repositories: lookup.repositories().map(ToString::to_string).collect(),
            }));
        };
        match read(component, latest.as_str(), lookup).await {
            Err(error) if error.is_absence() => versions.retain(|version| *version != latest),
            outcome => return Ok((latest, Some(outcome?))),
        }
    }
}
