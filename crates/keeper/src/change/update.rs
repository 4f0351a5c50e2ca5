//! Updating the plugins of a registry.

mod candidates;
mod keep;

use std::collections::{BTreeMap, HashSet};

use futures_util::stream::{self, StreamExt};
use ocm::constructor::{ComponentConstructor, ReferenceConstructor, values};
use ocm::version::Part;
use ocm::{Label, Version};

use self::candidates::Newest;
use self::keep::Plan;
use super::{
    Change, ChangeError, ChangedEntry, Count, FailedPlugin, HeldBack, Keeper, Limit,
    component_name, entries_of, read, tombstones,
};
use crate::edit::Edit;
use registry::labels::{ENTRY, EntryLabel};
use registry::plugin::Plugin;

/// Default number of plugins that are checked concurrently.
pub const JOBS: usize = 32;

/// If this many plugins cannot be read before any can, it is not the plugins that are broken but
/// the way to them, and an update ends with the error instead of waiting for all others.
const UNREADABLE: usize = 8;

/// Which plugins to update, and how far.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// Names of plugins; empty for all.
    pub names: &'a [String],
    /// The highest number of the version that may change; absent for no limit. What it holds back
    /// is in the result.
    pub only: Option<Part>,
    /// Whether pre-releases are included.
    pub pre: bool,
    /// Whether to recompute the digests and labels of existing entries instead of looking for newer
    /// versions.
    pub repin: bool,
    /// Number of plugins that are checked concurrently.
    pub jobs: usize,
}

/// Something to check.
pub(super) enum Task<'a> {
    /// A plugin: are there newer versions?
    Scan(&'a [(usize, &'a ReferenceConstructor)]),
    /// An entry: are its digest and labels still right?
    Repin(usize, &'a ReferenceConstructor),
}

/// What was found.
pub(super) enum Found {
    /// A version to add, and the newest one before it.
    Newer {
        name: String,
        old: String,
        plugin: Plugin,
    },
    /// An entry whose digest or labels change.
    Other {
        index: usize,
        plugin: Plugin,
        labels: Vec<Label>,
        /// Whether the entry has a label `plugyard/entry` that would be empty now.
        is_stale: bool,
    },
    /// A version above the limit of the update.
    HeldBack(HeldBack),
}

impl Task<'_> {
    /// Name of the entry.
    fn name(&self) -> &str {
        match self {
            Self::Scan(entries) => entries.first().map_or("", |(_, entry)| &entry.name.value),
            Self::Repin(_, entry) => &entry.name.value,
        }
    }
}

impl Keeper<'_> {
    /// Looks for newer versions of plugins, or recomputes digests and labels. Mutable versions are
    /// always re-pinned. Costs one request for each plugin without a newer version, and memory for
    /// the tags of as many plugins as are checked concurrently.
    ///
    /// # Errors
    /// See [`ChangeError`]. A plugin that cannot be read is in [`Change::failed`], and all others
    /// are updated, unless no plugin can be read.
    pub async fn update(&self, update: &Update<'_>) -> Result<Change, ChangeError> {
        let registry = self.registry()?;
        for name in update.names {
            entries_of(registry, name)?;
        }
        let plugins = self.plugins(registry, update.names);
        let mut tasks = Vec::new();
        for entries in plugins.values() {
            if !update.repin {
                tasks.push(Task::Scan(entries));
            }
            let repinned = entries
                .iter()
                .filter(|(_, entry)| update.repin || self.is_mutable_entry(entry));
            tasks.extend(repinned.map(|&(index, entry)| Task::Repin(index, entry)));
        }
        let mut checked = stream::iter(tasks)
            .map(async |task| {
                let name = task.name().to_owned();
                (name, self.run_task(registry, update, task).await)
            })
            .buffer_unordered(update.jobs.max(1));
        let (mut found, mut failed) = (Vec::new(), BTreeMap::new());
        let (mut held_back, mut readable) = (Vec::new(), false);
        while let Some((name, outcome)) = checked.next().await {
            match outcome {
                Ok(more) => {
                    readable = true;
                    for one in more {
                        match one {
                            Found::HeldBack(version) => held_back.push(version),
                            one => found.push(one),
                        }
                    }
                }
                Err(error) if !readable && failed.len() + 1 == UNREADABLE => return Err(error),
                Err(error) => _ = failed.entry(name).or_insert(error),
            }
        }
        held_back.sort_by(|one, other| one.name.cmp(&other.name));
        let mut change = self.apply_found(registry, found).await?;
        change.held_back = held_back;
        let failed = failed.into_iter().map(|(name, error)| FailedPlugin {
            name,
            message: error.to_string(),
            hint: error.hint(),
        });
        change.failed = failed.collect();
        Ok(change)
    }

    /// The entries by name, without those whose component is in the constructor itself.
    fn plugins<'a>(
        &self,
        registry: &'a ComponentConstructor,
        names: &[String],
    ) -> BTreeMap<&'a str, Vec<(usize, &'a ReferenceConstructor)>> {
        let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
        let components = self.constructor.components.iter();
        let own: HashSet<&str> = components
            .map(|component| component.name.value.as_str())
            .collect();
        let mut plugins: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (index, entry) in registry.references.iter().enumerate() {
            let name = entry.name.value.as_str();
            let is_wanted = wanted.is_empty() || wanted.contains(name);
            if is_wanted && !own.contains(entry.component.value.as_str()) {
                plugins.entry(name).or_default().push((index, entry));
            }
        }
        plugins
    }

    pub(super) fn is_mutable_entry(&self, entry: &ReferenceConstructor) -> bool {
        let labels: Vec<Label> = values(&entry.labels);
        let (name, component) = (&entry.name.value, &entry.component.value);
        EntryLabel::of(&labels).moving
            || self
                .policy
                .is_mutable(name, component, entry.version.value.as_str())
    }

    async fn run_task(
        &self,
        registry: &ComponentConstructor,
        update: &Update<'_>,
        task: Task<'_>,
    ) -> Result<Vec<Found>, ChangeError> {
        match task {
            Task::Scan(entries) => self.scan(registry, update, entries).await,
            Task::Repin(index, entry) => self.repinned(index, entry).await,
        }
    }

    /// Recomputes the digest and labels of an entry; nothing if both are unchanged.
    pub(super) async fn repinned(
        &self,
        index: usize,
        entry: &ReferenceConstructor,
    ) -> Result<Vec<Found>, ChangeError> {
        let version = entry.version.value.to_string();
        let plugin = read(&entry.component.value, &version, self.lookup).await?;
        let before: Vec<Label> = values(&entry.labels);
        let labels = self.entry_labels(&entry.name.value, &plugin, &before);
        let pinned = entry.digest.as_ref();
        let same_pin = pinned.is_some_and(|pin| pin.value == plugin.digest.to_pin());
        let is_stale = is_stale(&before, &labels);
        if same_pin && !is_stale && labels.iter().all(|label| before.contains(label)) {
            return Ok(Vec::new());
        }
        Ok(vec![Found::Other {
            index,
            plugin,
            labels,
            is_stale,
        }])
    }

    /// Looks for newer versions of one plugin.
    async fn scan(
        &self,
        registry: &ComponentConstructor,
        update: &Update<'_>,
        entries: &[(usize, &ReferenceConstructor)],
    ) -> Result<Vec<Found>, ChangeError> {
        let newest = Newest::of(entries, |entry| self.is_mutable_entry(entry));
        let Some(entry) = newest.entry() else {
            return Ok(Vec::new());
        };
        let (name, component) = (&entry.name.value, &entry.component.value);
        let newer = |old: String, plugin: Plugin| Found::Newer {
            name: name.clone(),
            old,
            plugin,
        };
        let mut versions = self.lookup.versions(&component_name(component)?).await?;
        let stones = tombstones(registry, component);
        // A yanked version is not the newest one, and must not be proposed again.
        let listed = |version: &Version| {
            let mut entries = entries.iter();
            entries.any(|(_, entry)| entry.version.value.same_as(version))
        };
        versions.retain(|version| {
            !listed(version) && !stones.iter().any(|stone| stone.covers(version.as_str()))
        });
        // Versions that are listed but absent are skipped.
        'choice: loop {
            let mut found = Vec::new();
            let candidates = newest.candidates(&versions, update.only, update.pre);
            let limit = update.only.is_some();
            let unlimited = limit.then(|| newest.candidates(&versions, None, update.pre));
            for (_, version) in unlimited.into_iter().flatten() {
                if !candidates
                    .iter()
                    .any(|(_, candidate)| *candidate == version)
                {
                    found.push(Found::HeldBack(HeldBack {
                        name: name.clone(),
                        version: version.to_string(),
                        limit: Limit::Only,
                    }));
                }
            }
            for (old, version) in candidates {
                match read(component, version.as_str(), self.lookup).await {
                    Err(error) if error.is_absence() => {
                        versions.retain(|other| *other != version);
                        continue 'choice;
                    }
                    outcome => found.push(newer(old, outcome?)),
                }
            }
            return Ok(found);
        }
    }

    /// Turns what was found, in any order, into edits.
    pub(super) async fn apply_found(
        &self,
        registry: &ComponentConstructor,
        found: Vec<Found>,
    ) -> Result<Change, ChangeError> {
        let (mut newer, mut edits) = (Vec::new(), BTreeMap::new());
        let mut changes = Vec::new();
        for found in found {
            match found {
                Found::Other {
                    index,
                    plugin,
                    labels,
                    is_stale,
                } => {
                    let name = &registry.references[index].name.value;
                    let old = plugin.version.clone();
                    changes.push(changed(name, old, &plugin));
                    let repin = Edit::Repin {
                        index,
                        digest: plugin.digest.to_pin(),
                        labels: Some(labels),
                        version: None,
                    };
                    let mut of_entry = vec![repin];
                    of_entry.extend(is_stale.then(|| without_label(index)));
                    edits.insert(index, of_entry);
                }
                Found::HeldBack(_) => {}
                Found::Newer { name, old, plugin } => {
                    changes.push(changed(&name, old, &plugin));
                    newer.push((name, plugin));
                }
            }
        }
        changes.sort_by(|one, other| {
            let version = |entry: &ChangedEntry| Version::parse(&entry.new).ok();
            one.name
                .cmp(&other.name)
                .then_with(|| match (version(one), version(other)) {
                    (Some(one), Some(other)) => one.precedence(&other),
                    _ => one.new.cmp(&other.new),
                })
        });
        newer.sort_by(|(one, _), (other, _)| one.cmp(other));
        let plan = Plan::new(self, registry, newer, edits);
        let mut change = self.finish(&plan.edits, changes, Count::Edits).await?;
        change.pruned = plan.pruned;
        Ok(change)
    }
}

/// Whether an entry has a label `plugyard/entry` that would be empty now.
fn is_stale(before: &[Label], labels: &[Label]) -> bool {
    let has = |labels| ocm::descriptor::find_label(labels, ENTRY).is_some();
    has(before) && !has(labels)
}

/// Removes the label that [`is_stale`] is about.
fn without_label(index: usize) -> Edit {
    Edit::RemoveLabel {
        index: Some(index),
        name: ENTRY.to_owned(),
    }
}

fn changed(name: &str, old: String, plugin: &Plugin) -> ChangedEntry {
    ChangedEntry {
        name: name.to_owned(),
        component: plugin.component.clone(),
        old: Some(old),
        new: plugin.version.clone(),
        digest: plugin.digest.to_string(),
    }
}
