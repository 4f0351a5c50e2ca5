//! The sorted place of an entry, and what its place is in the text.

use std::cmp::Ordering;

use ocm::Version;
use ocm::yaml::Node;

use super::locate::member;
use super::{Edit, Entry};

/// The entries as they are when an edit's turn comes, and where they stand in the text.
pub(super) struct Entries<'a> {
    slots: Vec<Slot<'a>>,
    /// How many there are in the text.
    count: usize,
}

struct Slot<'a> {
    name: &'a str,
    version: &'a str,
    /// Its index in the text; nothing if it is inserted by an edit.
    index: Option<usize>,
}

/// Where an edit takes place.
pub(super) struct Turn {
    /// Index in the list when the edit's turn comes.
    pub(super) index: usize,
    /// Index in the text; for an insertion that of the entry before which it goes.
    pub(super) in_text: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn of(items: &'a [Node]) -> Self {
        let slots = items.iter().enumerate().map(|(index, item)| Slot {
            name: member(item, &["name"]),
            version: member(item, &["version"]),
            index: Some(index),
        });
        Self {
            slots: slots.collect(),
            count: items.len(),
        }
    }

    /// Finds the place of an insertion before the first entry that sorts after it, and counts it
    /// in.
    ///
    /// # Errors
    /// Its version is there: the index in the text of that entry, if it has one.
    pub(super) fn insert(&mut self, entry: &'a Entry) -> Result<Turn, Option<usize>> {
        let mut place = self.slots.len();
        for (index, slot) in self.slots.iter().enumerate() {
            let by_name = slot.name.cmp(&entry.name);
            match by_name.then_with(|| compare(slot.version, &entry.version)) {
                Ordering::Equal => return Err(slot.index),
                Ordering::Greater => place = place.min(index),
                Ordering::Less => {}
            }
        }
        let behind = self.slots[place..].iter().find_map(|slot| slot.index);
        let turn = Turn {
            index: place,
            in_text: behind.unwrap_or(self.count),
        };
        let slot = Slot {
            name: &entry.name,
            version: &entry.version,
            index: None,
        };
        self.slots.insert(place, slot);
        Ok(turn)
    }

    /// Finds the entry that an edit is about, and counts it out if it goes.
    ///
    /// Nothing if it is not in the text: there are fewer, or it is an inserted one.
    pub(super) fn turn(&mut self, index: usize, edit: &Edit) -> Option<Turn> {
        let in_text = self.slots.get(index)?.index?;
        if matches!(edit, Edit::Remove { .. }) {
            self.slots.remove(index);
        }
        Some(Turn { index, in_text })
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// By semver; text that is no version sorts as text.
fn compare(one: &str, other: &str) -> Ordering {
    match (one.parse::<Version>(), other.parse::<Version>()) {
        (Ok(one), Ok(other)) => one.precedence(&other),
        _ => one.cmp(other),
    }
}
