//! Three-way merge of a value: a part that only one side changed is taken from that side.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::value::same_value;

/// Both sides changed the same value, each in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict;

/// Merges two changes of one value.
///
/// # Errors
/// Both sides changed it, and differently.
pub fn merge<T: PartialEq + Clone>(base: &T, ours: &T, theirs: &T) -> Result<T, Conflict> {
    if ours == theirs || theirs == base {
        Ok(ours.clone())
    } else if ours == base {
        Ok(theirs.clone())
    } else {
        Err(Conflict)
    }
}

/// Merges two changes of a JSON value, compared as the official reader does; the members of an
/// object are merged one by one. An absent value is `None`.
///
/// # Errors
/// Both sides changed the same part, and differently.
pub fn merge_values(
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
        if let Some(member) = merge_values(before, ours.get(key), theirs.get(key))? {
            merged.insert(key.clone(), member);
        }
    }
    Ok(Some(Value::Object(merged)))
}
