//! What differs between two entries.

use std::collections::BTreeSet;

use ocm::{ComponentDigest, Label, Reference};

use super::content::differ;
use super::{Change, Details, Kind};
use crate::labels::{self, ENTRY, EntryLabel, PLUGIN_INFO};
use crate::value::same_value;

fn change(kind: Kind, entry: &Reference, old: Option<&str>, new: Option<&str>) -> Change {
    Change {
        kind,
        name: Some(entry.name.clone()),
        component: entry.component_name.clone(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        platforms_gained: Vec::new(),
        platforms_lost: Vec::new(),
        details: Details {
            platforms: labels::platforms(entry.labels()).unwrap_or_default(),
            ..Details::default()
        },
    }
}

pub(super) fn added(entry: &Reference) -> Change {
    let mut change = change(Kind::Added, entry, None, Some(&entry.version));
    change.details.capabilities_gained = capabilities(entry).into_iter().collect();
    change.details.yanked = EntryLabel::of(entry.labels()).yanked;
    change
}

pub(super) fn removed(entry: &Reference, reason: Option<String>) -> Change {
    let mut change = change(Kind::Removed, entry, Some(&entry.version), None);
    change.details.reason = reason;
    change
}

/// An entry was replaced by another.
pub(super) fn updated(old: &Reference, new: &Reference) -> Change {
    let mut change = change(Kind::Updated, new, Some(&old.version), Some(&new.version));
    (change.platforms_gained, change.platforms_lost) = platforms(old, new);
    let (before, after) = (capabilities(old), capabilities(new));
    change.details.capabilities_gained = after.difference(&before).cloned().collect();
    change.details.capabilities_lost = before.difference(&after).cloned().collect();
    if old.component_name != new.component_name {
        let note = format!("component changed from {}", old.component_name);
        change.details.notes.push(note);
    }
    change
}

/// What changed about a version that stayed.
pub(super) fn same_version(old: &Reference, new: &Reference) -> Vec<Change> {
    let mut changes = Vec::new();
    let (before, after) = (EntryLabel::of(old.labels()), EntryLabel::of(new.labels()));
    if old.version != new.version
        || old.component_name != new.component_name
        || old.digest != new.digest
    {
        let mut change = updated(old, new);
        if old.digest != new.digest {
            let note = match (
                ComponentDigest::from_pin(&old.digest),
                ComponentDigest::from_pin(&new.digest),
            ) {
                (None, Some(_)) => "pinned",
                (_, None) => "no longer has a usable pin",
                (Some(_), Some(_)) => "pinned to other content",
            };
            change.details.notes.push(note.to_owned());
        }
        changes.push(change);
    }
    if after.yanked.is_some() && before.yanked != after.yanked {
        let version = Some(new.version.as_str());
        let mut change = change(Kind::Yanked, new, version, version);
        change.details.yanked.clone_from(&after.yanked);
        changes.push(change);
    }
    let mut notes = notes(old, new);
    if before.yanked.is_some() && after.yanked.is_none() {
        notes.push("no longer yanked".to_owned());
    }
    if before.moving != after.moving {
        let note = if after.moving {
            "moving"
        } else {
            "no longer moving"
        };
        notes.push(note.to_owned());
    }
    // A new pin brings new facts, and its own change lists the platforms.
    let repinned = changes
        .first()
        .is_some_and(|change| change.kind == Kind::Updated);
    let (gained, lost) = platforms(old, new);
    let (had, has) = (capabilities(old), capabilities(new));
    let is_explained = !changes.is_empty() || !notes.is_empty() || had != has;
    if !is_explained && gained.is_empty() && lost.is_empty() && differ(old, new) {
        notes.push("only formatting changed".to_owned());
    }
    if !notes.is_empty() || !repinned && (had != has || !gained.is_empty() || !lost.is_empty()) {
        let version = Some(new.version.as_str());
        let mut change = change(Kind::Metadata, new, version, version);
        change.details.notes = notes;
        if !repinned {
            (change.platforms_gained, change.platforms_lost) = (gained, lost);
            change.details.capabilities_gained = has.difference(&had).cloned().collect();
            change.details.capabilities_lost = had.difference(&has).cloned().collect();
        }
        changes.push(change);
    }
    changes
}

/// The labels and other members that differ, apart from platforms, capabilities and yanking.
fn notes(old: &Reference, new: &Reference) -> Vec<String> {
    let mut notes = Vec::new();
    if labels::entry_description(old.labels()) != labels::entry_description(new.labels()) {
        notes.push("description changed".to_owned());
    }
    if old.extra_identity != new.extra_identity {
        notes.push("identity changed".to_owned());
    }
    for name in label_names(old.labels(), new.labels()) {
        let find = |labels| ocm::descriptor::find_label(labels, name);
        let (before, after) = (find(old.labels()), find(new.labels()));
        let told_elsewhere = matches!(name, PLUGIN_INFO | ENTRY);
        match (before, after) {
            (Some(before), Some(after)) => {
                if before.signing != after.signing {
                    let word = if after.signing { "signed" } else { "unsigned" };
                    notes.push(format!("label `{name}` is {word}"));
                }
                if !told_elsewhere && !same_value(&before.value, &after.value) {
                    notes.push(format!("label `{name}` changed"));
                }
            }
            (None, Some(_)) if name == PLUGIN_INFO || !told_elsewhere => {
                notes.push(format!("label `{name}` is new"));
            }
            (Some(_), None) if name == PLUGIN_INFO || !told_elsewhere => {
                notes.push(format!("label `{name}` is removed"));
            }
            _ => {}
        }
    }
    notes
}

/// Names of labels in either list, sorted.
pub(super) fn label_names<'a>(old: &'a [Label], new: &'a [Label]) -> BTreeSet<&'a str> {
    let both = old.iter().chain(new);
    both.map(|label| label.name.as_str()).collect()
}

/// Added and removed platforms. If an entry does not state its platforms, no difference is known.
pub(super) fn platforms(old: &Reference, new: &Reference) -> (Vec<String>, Vec<String>) {
    let of = |entry: &Reference| labels::platforms(entry.labels());
    let (Some(old), Some(new)) = (of(old), of(new)) else {
        return (Vec::new(), Vec::new());
    };
    let missing_in = |list: &[String], other: &[String]| {
        let unique: BTreeSet<&String> = list.iter().filter(|item| !other.contains(item)).collect();
        unique.into_iter().cloned().collect()
    };
    (missing_in(&new, &old), missing_in(&old, &new))
}

/// Capabilities, one for each type that is served.
fn capabilities(entry: &Reference) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for capability in EntryLabel::of(entry.labels()).capabilities {
        if capability.types.is_empty() {
            all.insert(capability.kind.clone());
        }
        for served in &capability.types {
            all.insert(format!("{} {served}", capability.kind));
        }
    }
    all
}

/// A change of a version that is on both sides, in words.
pub(super) fn words(change: &Change) -> String {
    let mut words = change.details.notes.clone();
    if change.kind == Kind::Yanked {
        words.push("yanked".to_owned());
    }
    let lists = [
        ("new platforms", &change.platforms_gained),
        ("removed platforms", &change.platforms_lost),
        ("new capabilities", &change.details.capabilities_gained),
        ("removed capabilities", &change.details.capabilities_lost),
    ];
    for (word, list) in lists {
        if !list.is_empty() {
            words.push(format!("{word} {}", list.join(", ")));
        }
    }
    if words.is_empty() {
        words.push("only formatting changed".to_owned());
    }
    words.join(", ")
}
