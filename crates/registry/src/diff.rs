//! What differs between two versions of a registry, by meaning, and what it calls for.

mod content;
mod metadata;
mod plugin;
mod title;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ocm::Reference;
use serde::Serialize;

use crate::labels::{RegistryLabel, Yanked};
use crate::offer::{Candidate, newest, newest_of};
use crate::precedence::{Precedence, precedence};
use crate::tombstone::{Tombstone, Tombstones};
use crate::version_class::VersionClass;

pub use self::content::Content;

/// What differs between two versions of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// What the change calls for.
    pub class: VersionClass,
    /// Why it calls for that.
    pub reasons: Vec<String>,
    /// What changed, as the title of a pull request: one line of at most 250 characters.
    pub title: String,
    /// What changed, by name, then version; the registry itself comes last.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// Name of the entry; absent where it is about the registry itself.
    pub name: Option<String>,
    /// Component of the plugin, or of the registry.
    pub component: String,
    /// Version before.
    pub old: Option<String>,
    /// Version after.
    pub new: Option<String>,
    /// Platforms that came.
    pub platforms_gained: Vec<String>,
    /// Platforms that went.
    pub platforms_lost: Vec<String>,
    /// More about it, for people.
    #[serde(skip)]
    pub details: Details,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A version came.
    Added,
    /// A version went.
    Removed,
    /// A newer version replaces the newest, or a version has another pin.
    Updated,
    /// A version was marked as not to be used.
    Yanked,
    /// Something else that is said of a version or of the registry.
    Metadata,
}

/// More about a difference, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Platforms after the change, or of what went.
    pub platforms: Vec<String>,
    /// Capabilities that came, such as `inputRepository git/v1`.
    pub capabilities_gained: Vec<String>,
    /// Capabilities that went.
    pub capabilities_lost: Vec<String>,
    /// Why the version should not be used.
    pub yanked: Option<Yanked>,
    /// Why it went, from its tombstone.
    pub reason: Option<String>,
    /// What else changed, in words.
    pub notes: Vec<String>,
}

impl Diff {
    /// Returns whether nothing changed but maybe the version of the registry.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns whether the version that was published before the old one may make less of it: only a
    /// loss that has its tombstone can be a rollback.
    pub fn may_be_rollback(&self, new: &Content) -> bool {
        self.class == VersionClass::Major && !RegistryLabel::of(&new.labels).removed.is_empty()
    }
}

/// Compares two versions of a registry. `before` is the version that was published before `old`,
/// if it is known: what `old` has and `before` lacks may be taken out again.
///
/// Costs time in proportion to the number of entries.
pub fn diff(old: &Content, new: &Content, before: Option<&Content>) -> Diff {
    let mut work = Work {
        tombstones: Tombstones::new(RegistryLabel::of(&new.labels).removed),
        before: before.map(|before| before.entries.iter().map(identity).collect()),
        changes: Vec::new(),
        reasons: BTreeMap::new(),
    };
    let (old_entries, new_entries) = (old.by_name(), new.by_name());
    let names: BTreeSet<&str> = old_entries
        .keys()
        .chain(new_entries.keys())
        .copied()
        .collect();
    for name in names {
        let before = old_entries.get(name).map_or(&[][..], Vec::as_slice);
        let after = new_entries.get(name).map_or(&[][..], Vec::as_slice);
        work.name(name, before, after);
    }
    metadata::registry(&mut work, old, new);
    let class = work
        .reasons
        .keys()
        .next_back()
        .copied()
        .unwrap_or(VersionClass::None);
    Diff {
        class,
        reasons: work.reasons.remove(&class).unwrap_or_default(),
        title: title::title(old, new, &work.changes),
        changes: work.changes,
    }
}

/// A comparison that is going on.
struct Work<'a> {
    tombstones: Tombstones,
    /// What the version before the old one had, if it is known.
    before: Option<HashSet<(&'a str, Precedence)>>,
    changes: Vec<Change>,
    reasons: BTreeMap<VersionClass, Vec<String>>,
}

impl Work<'_> {
    fn because(&mut self, class: VersionClass, reason: String) {
        self.reasons.entry(class).or_default().push(reason);
    }

    /// Compares the versions of one name.
    fn name(&mut self, name: &str, old: &[&Reference], new: &[&Reference]) {
        let (had, has) = (by_version(old), by_version(new));
        let came: Vec<_> = new
            .iter()
            .filter(|entry| !had.contains_key(&precedence(&entry.version)))
            .collect();
        let gone: Vec<_> = old
            .iter()
            .filter(|entry| !has.contains_key(&precedence(&entry.version)))
            .collect();
        let (old_newest, new_newest) = (newest_before(old, &has), newest(new));
        let mut replaced = None;
        if let (Some(before), Some(after)) = (old_newest, new_newest)
            && came.iter().any(|entry| entry.version == after.version)
        {
            replaced = Some(before.version.as_str());
            self.changes.push(plugin::updated(before, after));
            let text = format!(
                "`{name}` is updated from {} to {}",
                before.version, after.version
            );
            self.because(VersionClass::Patch, text);
        }
        for entry in came {
            let is_update = replaced.is_some()
                && new_newest.is_some_and(|newest| newest.version == entry.version);
            if is_update {
                continue;
            }
            self.changes.push(plugin::added(entry));
            if old.is_empty() {
                continue;
            }
            let text = format!(
                "`{name}` {} is added alongside existing versions",
                entry.version
            );
            self.because(VersionClass::Patch, text);
        }
        for entry in &gone {
            let tombstone = self.tombstone(entry);
            if replaced == Some(entry.version.as_str()) && tombstone.is_none() {
                continue;
            }
            let reason = tombstone.map(|stone| stone.reason.clone());
            self.changes.push(plugin::removed(entry, reason));
            if !new.is_empty() {
                let text = format!(
                    "`{name}` {} is removed; other versions remain",
                    entry.version
                );
                self.because(VersionClass::Patch, text);
            }
        }
        self.same_versions(name, &had, new);
        self.class_of_name(name, old, (new, &has), &gone);
    }

    /// Compares what is said of the versions that are on both sides.
    fn same_versions(&mut self, name: &str, old: &ByVersion<'_>, new: &[&Reference]) {
        for after in new {
            let of_version = old.get(&precedence(&after.version));
            let of_version = of_version.map_or(&[][..], Vec::as_slice);
            let same = |before: &&&Reference| before.extra_identity == after.extra_identity;
            if let Some(before) = of_version.iter().find(same).or(of_version.first()) {
                for change in plugin::same_version(before, after) {
                    let text = format!("`{name}` {}: {}", after.version, plugin::words(&change));
                    self.because(VersionClass::Patch, text);
                    self.changes.push(change);
                }
            }
        }
    }

    /// Works out what the fate of a name calls for beyond a patch.
    fn class_of_name(
        &mut self,
        name: &str,
        old: &[&Reference],
        (new, has): (&[&Reference], &ByVersion<'_>),
        gone: &[&&Reference],
    ) {
        if old.is_empty() {
            self.because(VersionClass::Minor, format!("plugin `{name}` is new"));
            return;
        }
        let rolled_back: Vec<&str> = gone
            .iter()
            .filter(|entry| self.is_rollback(entry))
            .map(|entry| entry.version.as_str())
            .collect();
        for version in &rolled_back {
            let text = format!(
                "`{name}` {version} is rolled back: the previous release did not contain it"
            );
            self.because(VersionClass::Patch, text);
        }
        let stayed: Vec<&Reference> = old
            .iter()
            .copied()
            .filter(|entry| !rolled_back.contains(&entry.version.as_str()))
            .collect();
        let Some(before) = newest_before(&stayed, has) else {
            return;
        };
        let Some(after) = newest(new) else {
            self.because(VersionClass::Major, format!("plugin `{name}` is removed"));
            return;
        };
        if before.component_name != after.component_name {
            let text = format!(
                "`{name}` is bound to {} instead of {}",
                after.component_name, before.component_name
            );
            self.because(VersionClass::Major, text);
        }
        let (_, lost) = plugin::platforms(before, after);
        if !lost.is_empty() {
            let text = format!(
                "the newest version of `{name}` no longer has {}",
                lost.join(", ")
            );
            self.because(VersionClass::Major, text);
        }
    }

    /// The tombstone of an entry.
    fn tombstone(&self, entry: &Reference) -> Option<&Tombstone> {
        self.tombstones.of(&entry.component_name, &entry.version)
    }

    /// Returns whether an entry that went was in the latest version only, and has its tombstone.
    fn is_rollback(&self, entry: &Reference) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| !before.contains(&identity(entry)))
            && self.tombstone(entry).is_some()
    }
}

/// Entries of one name by version.
type ByVersion<'a> = HashMap<Precedence, Vec<&'a Reference>>;

fn by_version<'a>(entries: &[&'a Reference]) -> ByVersion<'a> {
    let mut by_version = ByVersion::new();
    for entry in entries {
        let of_version = by_version.entry(precedence(&entry.version)).or_default();
        of_version.push(entry);
    }
    by_version
}

/// The newest of the old entries. What the new registry says of a version counts, so that a yank,
/// or lifting one, replaces nothing: it is a patch, whatever becomes newest.
fn newest_before<'a>(old: &[&'a Reference], new: &ByVersion<'_>) -> Option<&'a Reference> {
    newest_of(old, |entry| {
        let after = new.get(&precedence(&entry.version));
        let after = after.and_then(|entries| entries.first());
        let labels = after.map_or(entry.labels(), |after| after.labels());
        Candidate::new(&entry.version, labels)
    })
}

/// What makes two entries the same one.
fn identity(entry: &Reference) -> (&str, Precedence) {
    (&entry.name, precedence(&entry.version))
}
