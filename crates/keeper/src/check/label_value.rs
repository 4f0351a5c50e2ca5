//! Labels of our own, read to the letter: what is not understood must not be taken for absent.

use serde_json::{Map, Value};

use registry::labels::{EntryLabel, Removed};

/// What the label `plugyard/registry` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RegistryLabel {
    pub(super) removed: Vec<Removed>,
}

/// Reads the value of a label `plugyard/entry`, or says what is wrong with it.
pub(super) fn entry(value: &Value) -> Result<EntryLabel, String> {
    members(value, &["schema", "capabilities", "moving", "yanked"])?;
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}

/// Reads the value of a label `plugyard/registry`, or says what is wrong with it.
pub(super) fn registry(value: &Value) -> Result<RegistryLabel, String> {
    let members = members(value, &["schema", "sources", "removed"])?;
    if let Some(sources) = members.get("sources") {
        let texts = sources.as_array().is_some_and(|list| {
            list.iter()
                .all(|place| place.as_str().is_some_and(|text| !text.is_empty()))
        });
        if !texts {
            return Err("`sources` is not a list of repositories".to_owned());
        }
    }
    let removed = match members.get("removed") {
        Some(list) => serde_json::from_value(list.clone())
            .map_err(|error| format!("`removed` is not understood: {error}"))?,
        None => Vec::new(),
    };
    Ok(RegistryLabel { removed })
}

fn members<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let members = value.as_object().ok_or("it is not an object")?;
    match members.get("schema") {
        Some(schema) if *schema == 1 => {}
        Some(other) => return Err(format!("its schema is {other}, and only 1 is known")),
        None => return Err("it has no `schema: 1`".to_owned()),
    }
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("it has the unknown key `{key}`")),
        None => Ok(members),
    }
}
