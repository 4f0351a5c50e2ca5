//! The label `plugyard/registry`: what a registry states about itself.

use ocm::Label;
use ocm::descriptor::find_label;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{InvalidLabel, REGISTRY, SCHEMA, members};
use crate::three_way::{Conflict, merge_values};
use crate::tombstone::{Identity, Tombstone};

/// The value of the label `plugyard/registry`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryLabel {
    /// Repositories where plugins of the registry are, as they are written; see
    /// [`crate::locations`].
    pub sources: Vec<String>,
    /// What was removed, in the order of the label.
    pub removed: Vec<Tombstone>,
}

impl RegistryLabel {
    /// Reads the label of a registry; what is not understood counts as absent.
    pub fn of(labels: &[Label]) -> Self {
        Self::with_problems(labels).0
    }

    /// Reads the label of a registry as far as possible, and reports the rest.
    pub fn with_problems(labels: &[Label]) -> (Self, Vec<InvalidLabel>) {
        let (mut read, mut problems) = (Self::default(), Vec::new());
        let Some(label) = find_label(labels, REGISTRY) else {
            return (read, problems);
        };
        let Some(members) = label.value.as_object() else {
            return (read, vec![InvalidLabel::NotAnObject]);
        };
        match members.get("sources").map(Value::as_array) {
            None => {}
            Some(None) => problems.push(InvalidLabel::Sources),
            Some(Some(list)) => {
                for item in list {
                    match item.as_str().filter(|text| !text.is_empty()) {
                        Some(text) => read.sources.push(text.to_owned()),
                        None => problems.push(InvalidLabel::Sources),
                    }
                }
            }
        }
        for item in items(members, "removed") {
            match Tombstone::deserialize(item) {
                Ok(tombstone) => read.removed.push(tombstone),
                Err(error) => problems.push(InvalidLabel::Removed(error.to_string())),
            }
        }
        (read, problems)
    }

    /// Reads the label of a registry, where what is not understood must not count as absent.
    ///
    /// # Errors
    /// The value has another schema, an unknown key, or a member of the wrong type.
    pub fn strict(labels: &[Label]) -> Result<Self, InvalidLabel> {
        let Some(label) = find_label(labels, REGISTRY) else {
            return Ok(Self::default());
        };
        let members = members(&label.value, &["sources", "removed"])?;
        if members.get("removed").is_some_and(|list| !list.is_array()) {
            let reason = "expected a list".to_owned();
            return Err(InvalidLabel::Removed(reason));
        }
        let (read, problems) = Self::with_problems(labels);
        problems.into_iter().next().map_or(Ok(read), Err)
    }

    /// Creates the label of a registry with further tombstones, each replacing an earlier one
    /// for the same version. The other members of the label are kept.
    ///
    /// # Errors
    /// The value is not an object, or its `removed` is not a list.
    pub fn with_tombstones(labels: &[Label], added: &[Tombstone]) -> Result<Label, InvalidLabel> {
        let mut members = match find_label(labels, REGISTRY) {
            Some(label) => label
                .value
                .as_object()
                .ok_or(InvalidLabel::NotAnObject)?
                .clone(),
            None => Map::new(),
        };
        let list = members.entry("removed").or_insert_with(|| json!([]));
        let list = list
            .as_array_mut()
            .ok_or_else(|| InvalidLabel::Removed("expected a list".to_owned()))?;
        let replaced: Vec<Identity> = added.iter().map(Tombstone::identity).collect();
        list.retain(|old| match Tombstone::deserialize(old) {
            Ok(old) => !replaced.contains(&old.identity()),
            Err(_) => true,
        });
        list.extend(added.iter().map(|tombstone| json!(tombstone)));
        members.entry("schema").or_insert_with(|| SCHEMA.into());
        Ok(Label::signed(REGISTRY, Value::Object(members)))
    }

    /// The content of a value apart from tombstones; `None` if there is nothing else.
    pub(crate) fn without_tombstones(value: &Value) -> Option<Value> {
        let mut value = value.clone();
        if let Some(members) = value.as_object_mut() {
            members.remove("removed");
            if members.keys().all(|key| key == "schema") {
                return None;
            }
        }
        Some(value)
    }

    /// Merges two changes of a value: tombstones are a set, every other member is merged by
    /// itself.
    ///
    /// # Errors
    /// Both sides changed the same tombstone or member, each in its own way.
    pub fn merge(base: Option<&Value>, ours: &Value, theirs: &Value) -> Result<Value, Conflict> {
        let removed = merge_tombstones(base, ours, theirs)?;
        let rest = |value: &Value| {
            let mut value = value.clone();
            if let Some(members) = value.as_object_mut() {
                members.remove("removed");
            }
            value
        };
        let before = base.map(rest);
        let merged = merge_values(before.as_ref(), Some(&rest(ours)), Some(&rest(theirs)))?;
        let mut merged = merged.ok_or(Conflict)?;
        if !removed.is_empty() {
            let members = merged.as_object_mut().ok_or(Conflict)?;
            members.insert("removed".to_owned(), Value::Array(removed));
        }
        Ok(merged)
    }
}

/// The items of a member that is a list.
fn items<'a>(members: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    let list = members.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The identity of a tombstone, even of an unreadable one.
#[derive(PartialEq)]
enum Key<'a> {
    Read(Identity),
    Unread(&'a Value),
}

fn key(tombstone: &Value) -> Key<'_> {
    match Tombstone::deserialize(tombstone) {
        Ok(tombstone) => Key::Read(tombstone.identity()),
        Err(_) => Key::Unread(tombstone),
    }
}

/// Merges tombstones: first those that the base has, in its order, then the added ones.
fn merge_tombstones(
    base: Option<&Value>,
    ours: &Value,
    theirs: &Value,
) -> Result<Vec<Value>, Conflict> {
    let keyed = |value: Option<&'_ Value>| -> Vec<Value> {
        let members = value.and_then(Value::as_object);
        members.map_or_else(Vec::new, |members| items(members, "removed").to_vec())
    };
    let (base, ours, theirs) = (keyed(base), keyed(Some(ours)), keyed(Some(theirs)));
    let find = |list: &[Value], wanted: &Value| {
        let wanted = key(wanted);
        list.iter().find(|other| key(other) == wanted).cloned()
    };
    let (mut merged, mut added) = (Vec::new(), Vec::new());
    for tombstone in base.iter().chain(&ours).chain(&theirs) {
        if find(&merged, tombstone).is_some() || find(&added, tombstone).is_some() {
            continue;
        }
        let before = find(&base, tombstone);
        let (ours, theirs) = (find(&ours, tombstone), find(&theirs, tombstone));
        let list = if before.is_some() {
            &mut merged
        } else {
            &mut added
        };
        list.extend(merge_values(
            before.as_ref(),
            ours.as_ref(),
            theirs.as_ref(),
        )?);
    }
    // The same order, whichever side is merged into the other.
    added.sort_by_key(ToString::to_string);
    merged.extend(added);
    Ok(merged)
}
