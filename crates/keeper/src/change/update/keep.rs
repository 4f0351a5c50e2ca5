//! Inserting new versions, and removing those that `keep` no longer retains.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::iter;

use ocm::constructor::{ComponentConstructor, ReferenceConstructor, values};
use ocm::{Label, Version};

use super::super::Keeper;
use super::{is_stale, without_label};
use crate::edit::{Edit, Entry};
use crate::pruning::Retention;
use registry::labels::EntryLabel;
use registry::plugin::Plugin;

/// The edits that insert new versions.
pub(super) struct Plan {
    pub(super) edits: Vec<Edit>,
    /// The entries that are removed, as `NAME@VERSION`.
    pub(super) pruned: Vec<String>,
}

/// An entry in the list as it will be.
struct Slot {
    name: String,
    version: Version,
    /// Its index in the constructor; absent for a new one.
    index: Option<usize>,
    goes: bool,
}

impl Plan {
    /// Plans for `newer`, sorted by name, and for `edits` of entries by their index.
    pub(super) fn new(
        keeper: &Keeper<'_>,
        registry: &ComponentConstructor,
        newer: Vec<(String, Plugin)>,
        mut edits: BTreeMap<usize, Vec<Edit>>,
    ) -> Self {
        let mut slots: Vec<Slot> = registry.references.iter().enumerate().map(slot).collect();
        let mut inserted = Vec::new();
        let mut rest = newer.into_iter().peekable();
        while let Some((name, first)) = rest.next() {
            let mut plugins = vec![first];
            while let Some((_, more)) = rest.next_if(|(other, _)| *other == name) {
                plugins.push(more);
            }
            let goes = too_many(keeper, registry, &name, &plugins);
            for slot in &mut slots {
                slot.goes |= slot.index.is_some_and(|index| goes.contains(&index));
            }
            if let [plugin] = plugins.as_slice()
                && let Some((index, in_place)) = in_place(keeper, registry, &name, plugin, &goes)
            {
                edits.insert(index, in_place);
                if let Some(slot) = slots.iter_mut().find(|slot| slot.index == Some(index)) {
                    slot.goes = false;
                }
                continue;
            }
            for plugin in plugins {
                let entry = Entry {
                    labels: keeper.entry_labels(&name, &plugin, &[]),
                    name: name.clone(),
                    digest: plugin.digest.to_pin(),
                    component: plugin.component,
                    version: plugin.version,
                };
                insert(&mut slots, &entry);
                inserted.push(Edit::Insert(entry));
            }
        }
        let gone = slots.iter().enumerate().filter(|(_, slot)| slot.goes);
        let indices: Vec<usize> = gone.map(|(index, _)| index).collect();
        let removals = indices.iter().rev().map(|&index| Edit::Remove { index });
        let kept: Vec<Edit> = edits
            .into_iter()
            .filter(|(index, _)| {
                !slots
                    .iter()
                    .any(|slot| slot.goes && slot.index == Some(*index))
            })
            .flat_map(|(_, edits)| edits)
            .collect();
        Self {
            pruned: pruned(registry, &slots, &kept),
            edits: kept.into_iter().chain(inserted).chain(removals).collect(),
        }
    }
}

fn slot((index, entry): (usize, &ReferenceConstructor)) -> Slot {
    Slot {
        name: entry.name.value.clone(),
        version: entry.version.value.clone(),
        index: Some(index),
        goes: false,
    }
}

/// The removed entries, in the order of the constructor, including those that become another
/// version.
fn pruned(registry: &ComponentConstructor, slots: &[Slot], edits: &[Edit]) -> Vec<String> {
    let mut gone: Vec<usize> = slots
        .iter()
        .filter(|slot| slot.goes)
        .filter_map(|slot| slot.index)
        .collect();
    gone.extend(edits.iter().filter_map(|edit| match edit {
        Edit::Repin {
            index,
            version: Some(_),
            ..
        } => Some(*index),
        _ => None,
    }));
    gone.sort_unstable();
    let entries = gone.into_iter().map(|index| &registry.references[index]);
    entries
        .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
        .collect()
}

/// Inserts an entry where the edit will.
fn insert(slots: &mut Vec<Slot>, entry: &Entry) {
    let Ok(version) = Version::parse(&entry.version) else {
        return;
    };
    let position = slots.iter().position(|slot| {
        let by_name = slot.name.cmp(&entry.name);
        by_name.then_with(|| slot.version.precedence(&version)) == Ordering::Greater
    });
    let new = Slot {
        name: entry.name.clone(),
        version,
        index: None,
        goes: false,
    };
    slots.insert(position.unwrap_or(slots.len()), new);
}

/// The entries of a name that `keep` does not retain once new ones are added: see [`Retention`].
/// Mutable versions are always retained, and yanked ones do not count.
fn too_many(
    keeper: &Keeper<'_>,
    registry: &ComponentConstructor,
    name: &str,
    new: &[Plugin],
) -> HashSet<usize> {
    let Some(keep) = keeper.policy.keep else {
        return HashSet::new();
    };
    let entries = registry.references.iter().enumerate();
    let fixed: Vec<(usize, &Version, bool)> = entries
        .filter(|(_, entry)| entry.name.value == name && !keeper.is_mutable_entry(entry))
        .map(|(index, entry)| {
            let labels: Vec<Label> = values(&entry.labels);
            let yanked = EntryLabel::of(&labels).yanked.is_some();
            (index, &entry.version.value, yanked)
        })
        .collect();
    let new: Vec<Version> = new
        .iter()
        .filter_map(|plugin| Version::parse(&plugin.version).ok())
        .collect();
    let counted = fixed.iter().filter(|(_, _, yanked)| !yanked);
    let counted = counted.map(|(_, version, _)| *version).chain(&new);
    let retention = Retention::of(keep, counted.collect());
    let gone = fixed
        .iter()
        .filter(|(_, version, yanked)| !retention.keeps(version, *yanked));
    gone.map(|(index, _, _)| *index).collect()
}

/// Turns the last entry to be removed into the new one, so that its comments and the labels of
/// others are kept:
///
/// ```yaml
/// - { name: demo, version: 1.0.0 } # ours
/// - { name: demo, version: 1.1.0 } # ours
/// ```
///
/// Only if no retained entry sorts between the two, and if nothing in the entry is true of the old
/// version alone.
fn in_place(
    keeper: &Keeper<'_>,
    registry: &ComponentConstructor,
    name: &str,
    plugin: &Plugin,
    goes: &HashSet<usize>,
) -> Option<(usize, Vec<Edit>)> {
    let version = Version::parse(&plugin.version).ok()?;
    let entries = || {
        let all = registry.references.iter().enumerate();
        all.filter(|(_, entry)| entry.name.value == name)
    };
    let (index, last) = entries()
        .filter(|(index, _)| goes.contains(index))
        .max_by(|(_, one), (_, other)| one.version.value.precedence(&other.version.value))?;
    let older = last.version.value.precedence(&version).is_lt();
    let sorted = entries().all(|(other, entry)| {
        let own = &entry.version.value;
        goes.contains(&other) || (own.precedence(&version).is_gt() == (other > index))
    });
    let before: Vec<Label> = values(&last.labels);
    let facts = EntryLabel::of(&before);
    let labels = keeper.entry_labels(name, plugin, &[]);
    let fits =
        older && sorted && facts.yanked.is_none() && last.component.value == plugin.component;
    fits.then(|| {
        let without = is_stale(&before, &labels).then(|| without_label(index));
        let repin = Edit::Repin {
            index,
            digest: plugin.digest.to_pin(),
            labels: Some(labels),
            version: Some(plugin.version.clone()),
        };
        (index, iter::once(repin).chain(without).collect())
    })
}
