//! The sorted position of an entry in the list, and its position in the text.

use std::cmp::Ordering;

use ocm::Version;
use ocm::yaml::Node;

use super::locate::member;
use super::{Edit, Entry};

/// The list of entries as earlier edits leave it, with their positions in the text.
pub(super) struct Entries<'a> {
    slots: Vec<Slot<'a>>,
    /// Number of entries in the text.
    count: usize,
}

struct Slot<'a> {
    name: &'a str,
    version: &'a str,
    /// Its index in the text; absent if it is inserted by an edit.
    index: Option<usize>,
}

/// Where an edit applies.
pub(super) struct Position {
    /// Index in the list that the earlier edits leave.
    pub(super) index: usize,
    /// Index in the text; for an insertion, that of the entry after it.
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

    /// Finds the position for an entry, before the first that sorts after it, and adds it to the
    /// list.
    ///
    /// # Errors
    /// The list already has this version: the index of that entry in the text, if it is there.
    pub(super) fn insert(&mut self, entry: &'a Entry) -> Result<Position, Option<usize>> {
        let mut at = self.slots.len();
        for (index, slot) in self.slots.iter().enumerate() {
            let by_name = slot.name.cmp(&entry.name);
            match by_name.then_with(|| compare(slot.version, &entry.version)) {
                Ordering::Equal => return Err(slot.index),
                Ordering::Greater => at = at.min(index),
                Ordering::Less => {}
            }
        }
        let behind = self.slots[at..].iter().find_map(|slot| slot.index);
        let position = Position {
            index: at,
            in_text: behind.unwrap_or(self.count),
        };
        let slot = Slot {
            name: &entry.name,
            version: &entry.version,
            index: None,
        };
        self.slots.insert(at, slot);
        Ok(position)
    }

    /// Finds the entry that an edit is about, and removes it from the list if the edit does.
    ///
    /// Nothing if it is not in the text: the list is shorter, or the entry was inserted.
    pub(super) fn position(&mut self, index: usize, edit: &Edit) -> Option<Position> {
        let in_text = self.slots.get(index)?.index?;
        if matches!(edit, Edit::Remove { .. }) {
            self.slots.remove(index);
        }
        Some(Position { index, in_text })
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// By semver; text that is not a version is compared as text.
fn compare(one: &str, other: &str) -> Ordering {
    match (one.parse::<Version>(), other.parse::<Version>()) {
        (Ok(one), Ok(other)) => one.precedence(&other),
        _ => one.cmp(other),
    }
}
