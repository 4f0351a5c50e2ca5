//! Merging values three ways.

use std::collections::BTreeSet;

use ocm::{Label, Reference};
use serde_json::{Map, Value};

use crate::edit::Edit;
use registry::labels::REGISTRY;
use registry::value::same_value;

/// Both sides changed one thing, and differently; or it cannot be written by an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conflict;

/// What becomes of something that both sides may have changed.
pub(super) fn merge<T: PartialEq + Clone>(base: &T, ours: &T, theirs: &T) -> Result<T, Conflict> {
    if ours == theirs || theirs == base {
        Ok(ours.clone())
    } else if ours == base {
        Ok(theirs.clone())
    } else {
        Err(Conflict)
    }
}

/// Merges JSON; of objects each member by itself.
fn value(
    base: Option<&Value>,
    ours: Option<&Value>,
    theirs: Option<&Value>,
) -> Result<Option<Value>, Conflict> {
    let same = |one: Option<&Value>, other: Option<&Value>| match (one, other) {
        (Some(one), Some(other)) => same_value(one, other),
        (None, None) => true,
        _ => false,
    };
    if same(ours, theirs) || same(theirs, base) {
        return Ok(ours.cloned());
    }
    if same(ours, base) {
        return Ok(theirs.cloned());
    }
    let (Some(Value::Object(ours)), Some(Value::Object(theirs))) = (ours, theirs) else {
        return Err(Conflict);
    };
    let base = base.and_then(Value::as_object);
    let mut merged = Map::new();
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let before = base.and_then(|base| base.get(key));
        if let Some(member) = value(before, ours.get(key), theirs.get(key))? {
            merged.insert(key.clone(), member);
        }
    }
    Ok(Some(Value::Object(merged)))
}

/// Merges the label of the registry: its tombstones are a set.
fn registry_label(
    base: Option<&Value>,
    ours: &Value,
    theirs: &Value,
) -> Result<Option<Value>, Conflict> {
    let empty = Vec::new();
    let stones = |label: Option<&Value>| -> Vec<Value> {
        let list = label.and_then(|label| label.get("removed"));
        list.and_then(Value::as_array).unwrap_or(&empty).clone()
    };
    let without = |label: &Value| {
        let mut label = label.clone();
        if let Some(members) = label.as_object_mut() {
            members.remove("removed");
        }
        label
    };
    let (base_stones, our_stones, their_stones) =
        (stones(base), stones(Some(ours)), stones(Some(theirs)));
    let identity = |stone: &Value| (stone["component"].clone(), stone["version"].clone());
    let find = |list: &[Value], stone: &Value| {
        let found = list.iter().find(|other| identity(other) == identity(stone));
        found.cloned()
    };
    let mut merged: Vec<Value> = Vec::new();
    let mut new: Vec<Value> = Vec::new();
    for stone in base_stones.iter().chain(&our_stones).chain(&their_stones) {
        if find(&merged, stone).or_else(|| find(&new, stone)).is_some() {
            continue;
        }
        let before = find(&base_stones, stone);
        let (ours, theirs) = (find(&our_stones, stone), find(&their_stones, stone));
        let list = if before.is_some() {
            &mut merged
        } else {
            &mut new
        };
        list.extend(value(before.as_ref(), ours.as_ref(), theirs.as_ref())?);
    }
    // The same order, whoever is merged into whom.
    new.sort_by_key(ToString::to_string);
    merged.extend(new);
    let before = base.map(without);
    let rest = value(
        before.as_ref(),
        Some(&without(ours)),
        Some(&without(theirs)),
    )?;
    let mut label = rest.ok_or(Conflict)?;
    if !merged.is_empty() {
        let members = label.as_object_mut().ok_or(Conflict)?;
        members.insert("removed".to_owned(), Value::Array(merged));
    }
    Ok(Some(label))
}

/// What has to be done about our labels, so that theirs are merged in.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Those to be set.
    pub(super) set: Vec<Label>,
    /// Names of those that go.
    pub(super) gone: Vec<String>,
    /// Names of those in conflict.
    pub(super) conflicts: Vec<String>,
}

impl Labels {
    /// The edits of the labels of an entry, or of the registry.
    pub(super) fn edits(self, index: Option<usize>) -> impl Iterator<Item = Edit> {
        let set = self.set.into_iter();
        let set = set.map(move |label| Edit::Label { index, label });
        let gone = self.gone.into_iter();
        set.chain(gone.map(move |name| Edit::RemoveLabel { index, name }))
    }
}

/// Merges labels by name.
pub(super) fn labels(base: &[Label], ours: &[Label], theirs: &[Label]) -> Labels {
    let all = ours.iter().chain(theirs).chain(base);
    let names: BTreeSet<&str> = all.map(|label| label.name.as_str()).collect();
    let mut labels = Labels::default();
    for name in names {
        let find = |labels: &[Label]| ocm::descriptor::find_label(labels, name).cloned();
        let (base, ours, theirs) = (find(base), find(ours), find(theirs));
        match label(base.as_ref(), ours.as_ref(), theirs.as_ref()) {
            Ok(merged) if merged == ours => {}
            Ok(Some(merged)) => labels.set.push(merged),
            Ok(None) => labels.gone.push(name.to_owned()),
            Err(Conflict) => labels.conflicts.push(name.to_owned()),
        }
    }
    labels
}

fn label(
    base: Option<&Label>,
    ours: Option<&Label>,
    theirs: Option<&Label>,
) -> Result<Option<Label>, Conflict> {
    if let Ok(merged) = merge(&base, &ours, &theirs) {
        return Ok(merged.cloned());
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return Err(Conflict);
    };
    let before = base.map(|label| &label.value);
    let value = if ours.name == REGISTRY {
        registry_label(before, &ours.value, &theirs.value)?
    } else {
        value(before, Some(&ours.value), Some(&theirs.value))?
    };
    let base_signing = base.is_none_or(|label| label.signing);
    if ours.rest != theirs.rest {
        return Err(Conflict);
    }
    Ok(Some(Label {
        name: ours.name.clone(),
        value: value.ok_or(Conflict)?,
        signing: merge(&base_signing, &ours.signing, &theirs.signing)?,
        rest: ours.rest.clone(),
    }))
}

/// An entry that both sides have, as it is to be, and what is to be done about our labels.
pub(super) fn entry(
    base: Option<&Reference>,
    ours: &Reference,
    theirs: &Reference,
) -> Result<(Reference, Labels), Conflict> {
    let (Some(base), false) = (base, ours == theirs) else {
        return if ours == theirs {
            Ok((ours.clone(), Labels::default()))
        } else {
            Err(Conflict)
        };
    };
    let labels = labels(base.labels(), ours.labels(), theirs.labels());
    if !labels.conflicts.is_empty() {
        return Err(Conflict);
    }
    let mut merged = ours.clone();
    merged.version = merge(&base.version, &ours.version, &theirs.version)?;
    merged.digest = merge(&base.digest, &ours.digest, &theirs.digest)?;
    let component = merge(
        &base.component_name,
        &ours.component_name,
        &theirs.component_name,
    )?;
    let identity = merge(
        &base.extra_identity,
        &ours.extra_identity,
        &theirs.extra_identity,
    )?;
    // There are no edits for these.
    let writable = component == ours.component_name
        && identity == ours.extra_identity
        && (!merged.digest.is_unset() || ours.digest.is_unset());
    if !writable {
        return Err(Conflict);
    }
    Ok((merged, labels))
}
