//! What differs about the registry itself.

use std::collections::{BTreeSet, HashMap, HashSet};

use ocm::Label;
use serde_json::Value;

use super::content::{differ, same_artifacts};
use super::plugin::label_names;
use super::{Change, Content, Details, Kind, Work};
use crate::labels::{REGISTRY, RegistryLabel};
use crate::tombstone::Tombstone;
use crate::value::{canonical, same_value};
use crate::version_class::VersionClass;

/// Adds one change for all that differs about the registry itself.
pub(super) fn registry(work: &mut Work<'_>, old: &Content, new: &Content) {
    if old.is_nothing() {
        return;
    }
    let mut notes = Vec::new();
    if old.name != new.name {
        notes.push(format!("its name: it was {}", old.name));
    }
    let members = old.rest.keys().chain(new.rest.keys());
    let members: BTreeSet<_> = members.collect();
    for member in members {
        let (before, after) = (old.rest.get(member), new.rest.get(member));
        let same = match (before, after) {
            (Some(before), Some(after)) => same_value(before, after),
            _ => before == after,
        };
        if !same {
            notes.push(format!("its {member}"));
        }
    }
    let (was, is) = (old.version.as_str(), new.version.as_str());
    for (name, before, after) in [
        ("resources", &old.resources, &new.resources),
        ("sources", &old.sources, &new.sources),
    ] {
        if !same_artifacts((before, was), (after, is)) {
            notes.push(format!("its {name}"));
        }
    }
    for name in label_names(&old.labels, &new.labels) {
        if facts(&old.labels, name) != facts(&new.labels, name) {
            notes.push(format!("its label `{name}`"));
        }
    }
    notes.extend(tombstones(work, old, new));
    if notes.is_empty() && is_reordered(old, new) {
        notes.push("the order of its entries".to_owned());
    }
    if notes.is_empty() && work.reasons.is_empty() {
        notes.extend(written_otherwise(old, new));
    }
    if notes.is_empty() {
        return;
    }
    let text = format!("about the registry itself: {}", notes.join(", "));
    work.because(VersionClass::Patch, text);
    work.changes.push(Change {
        kind: Kind::Metadata,
        name: None,
        component: new.name.clone(),
        old: None,
        new: None,
        platforms_gained: Vec::new(),
        platforms_lost: Vec::new(),
        details: Details {
            notes,
            ..Details::default()
        },
    });
}

/// The content of a label apart from tombstones; `None` if there is nothing else.
fn facts(labels: &[Label], name: &str) -> Option<(Value, bool)> {
    let label = ocm::descriptor::find_label(labels, name)?;
    let value = if name == REGISTRY {
        canonical(&RegistryLabel::without_tombstones(&label.value)?)
    } else {
        canonical(&label.value)
    };
    Some((value, label.signing))
}

/// Tombstones that were added or dropped without the entry they are of.
fn tombstones(work: &Work<'_>, old: &Content, new: &Content) -> Vec<String> {
    let before = RegistryLabel::of(&old.labels).removed;
    let after = RegistryLabel::of(&new.labels).removed;
    let mut removed: HashMap<&str, Vec<&str>> = HashMap::new();
    for change in &work.changes {
        if let (Kind::Removed, Some(version)) = (change.kind, &change.old) {
            removed.entry(&change.component).or_default().push(version);
        }
    }
    let mut notes = Vec::new();
    let known: HashSet<&Tombstone> = before.iter().collect();
    for tombstone in after.iter().filter(|tombstone| !known.contains(tombstone)) {
        let versions = removed.get(tombstone.component.as_str());
        let mut versions = versions.into_iter().flatten();
        if !versions.any(|version| tombstone.covers(version)) {
            notes.push(format!("tombstone of {}", tombstone.subject()));
        }
    }
    let kept: HashSet<_> = after.iter().map(Tombstone::identity).collect();
    for tombstone in &before {
        if !kept.contains(&tombstone.identity()) {
            notes.push(format!("tombstone of {} dropped", tombstone.subject()));
        }
    }
    notes
}

/// Differences that have no meaning but affect the digest, such as the order of
/// labels.
fn written_otherwise(old: &Content, new: &Content) -> Option<String> {
    let what = if differ(&old.labels, &new.labels) {
        "labels"
    } else if differ(&old.entries, &new.entries) {
        "entries"
    } else {
        return None;
    };
    Some(format!("only the formatting of its {what} changed"))
}

/// Returns whether the entries that are on both sides have a different order.
fn is_reordered(old: &Content, new: &Content) -> bool {
    let identities = |content: &Content| -> Vec<(String, String)> {
        let entries = content.entries.iter();
        entries
            .map(|entry| (entry.name.clone(), entry.version.clone()))
            .collect()
    };
    let (mut before, mut after) = (identities(old), identities(new));
    let known: HashSet<_> = after.iter().cloned().collect();
    before.retain(|identity| known.contains(identity));
    let known: HashSet<_> = before.iter().cloned().collect();
    after.retain(|identity| known.contains(identity));
    before != after
}
