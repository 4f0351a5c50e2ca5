//! The effect of an edit on the content, computed without the text.
//!
//! It is compared with the parsed result of an edit, and shares no code with the splices.

use ocm::{ElementDigest, Label};
use serde_json::{Map, Value, json};

use super::{Edit, Entry};

/// Applies an edit to the content. If it does not fit, the result is `None` and the content is
/// not usable any more.
///
/// `index` is where an entry is inserted.
pub(super) fn edit(
    root: &mut Value,
    component: &str,
    edit: &Edit,
    index: Option<usize>,
) -> Option<()> {
    let target = if root.get("components").is_some() {
        let components = root.get_mut("components")?.as_array_mut()?;
        let mut candidates = components.iter_mut();
        candidates.find(|candidate| candidate["name"] == component)?
    } else {
        root
    };
    let target = target.as_object_mut()?;
    match edit {
        Edit::Version(version) => {
            target.insert("version".to_owned(), json!(version));
        }
        Edit::Insert(entry) => {
            let (key, entries) = references(target)?;
            let entry = new_entry(entry, key, entries);
            entries.insert(index?, entry);
        }
        Edit::Repin {
            index,
            digest,
            labels,
            version,
        } => {
            let entry = references(target)?.1.get_mut(*index)?.as_object_mut()?;
            if let Some(version) = version {
                entry.insert("version".to_owned(), json!(version));
            }
            set_digest(entry, digest)?;
            if let Some(labels) = labels.as_ref().filter(|labels| !labels.is_empty()) {
                set_labels(entry, labels)?;
            }
        }
        Edit::Label { index, label } => {
            let labelled = match index {
                Some(index) => references(target)?.1.get_mut(*index)?.as_object_mut()?,
                None => target,
            };
            set_labels(labelled, std::slice::from_ref(label))?;
        }
        Edit::RemoveLabel { index, name } => {
            let labelled = match index {
                Some(index) => references(target)?.1.get_mut(*index)?.as_object_mut()?,
                None => target,
            };
            if let Some(list) = labelled.get_mut("labels").and_then(Value::as_array_mut)
                && let Some(at) = list.iter().position(|label| label["name"] == name.as_str())
            {
                list.remove(at);
            }
        }
        Edit::Remove { index } => {
            let list = references(target)?.1;
            (*index < list.len()).then(|| list.remove(*index))?;
        }
    }
    Some(())
}

/// The list of references and its key; created if there is none.
fn references(component: &mut Map<String, Value>) -> Option<(&'static str, &mut Vec<Value>)> {
    let old = component.contains_key("references");
    let key = if old {
        "references"
    } else {
        "componentReferences"
    };
    let list = component.entry(key).or_insert_with(|| json!([]));
    if list.is_null() {
        *list = json!([]);
    }
    Some((key, list.as_array_mut()?))
}

fn new_entry(entry: &Entry, key: &str, entries: &[Value]) -> Value {
    let old = |entry: &Value| entry.get("component").is_some();
    let component = if key == "references" && !entries.is_empty() && entries.iter().all(old) {
        "component"
    } else {
        "componentName"
    };
    let mut members = Map::new();
    members.insert("name".to_owned(), json!(entry.name));
    members.insert("version".to_owned(), json!(entry.version));
    members.insert(component.to_owned(), json!(entry.component));
    if !entry.digest.is_unset() {
        members.insert("digest".to_owned(), json!(entry.digest));
    }
    if !entry.labels.is_empty() {
        members.insert("labels".to_owned(), json!(entry.labels));
    }
    Value::Object(members)
}

fn set_digest(entry: &mut Map<String, Value>, digest: &ElementDigest) -> Option<()> {
    let old = entry.entry("digest").or_insert(Value::Null);
    if old.is_null() {
        *old = json!({});
    }
    let old = old.as_object_mut()?;
    for (key, value) in json!(digest).as_object()? {
        old.insert(key.clone(), value.clone());
    }
    Some(())
}

fn set_labels(entry: &mut Map<String, Value>, labels: &[Label]) -> Option<()> {
    let list = entry.entry("labels").or_insert(Value::Null);
    if list.is_null() {
        *list = json!([]);
    }
    let list = list.as_array_mut()?;
    let before = list.len();
    for label in labels {
        let found = list[..before]
            .iter_mut()
            .find(|old| old["name"] == label.name.as_str());
        let Some(old) = found else {
            list.push(json!(label));
            continue;
        };
        let old = old.as_object_mut()?;
        old.insert("value".to_owned(), label.value.clone());
        if label.signing || old.get("signing") == Some(&Value::Bool(true)) {
            old.insert("signing".to_owned(), json!(label.signing));
        }
    }
    Some(())
}
