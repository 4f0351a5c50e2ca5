//! `jsonNormalisation/v4alpha1`, written as a list of removals from a JSON value.
//!
//! The tested implementation collects what is kept; this one removes the rest. They agree only
//! if both understand the format.

use serde_json::{Map, Value, json};

use crate::canonical::canonical;

/// Returns the normal form of a descriptor in its JSON form.
pub fn v4alpha1(descriptor: &Value) -> String {
    let mut component = descriptor["component"].clone();
    // Members that are not in the schema are lost when the official tools read a descriptor.
    retain(
        &mut component,
        &[
            "name",
            "version",
            "creationTime",
            "labels",
            "provider",
            "resources",
            "sources",
            "componentReferences",
        ],
    );
    for list in ["resources", "sources", "componentReferences"] {
        if component[list].is_null() {
            component[list] = json!([]);
        }
    }
    component["provider"] = provider(component["provider"].as_str().unwrap());
    signed_labels(&mut component);
    for resource in items(&mut component["resources"]) {
        if matches!(resource["access"]["type"].as_str(), Some("none" | "None")) {
            remove(resource, "digest");
        }
        retain(
            resource,
            &[
                "name",
                "version",
                "type",
                "relation",
                "extraIdentity",
                "labels",
                "digest",
            ],
        );
        element(resource);
        signed_labels(resource);
    }
    for source in items(&mut component["sources"]) {
        retain(
            source,
            &["name", "version", "type", "extraIdentity", "labels"],
        );
        element(source);
        signed_labels(source);
    }
    for reference in items(&mut component["componentReferences"]) {
        retain(
            reference,
            &[
                "name",
                "version",
                "componentName",
                "extraIdentity",
                "labels",
                "digest",
            ],
        );
        element(reference);
        if reference["digest"].is_null() {
            reference["digest"] =
                json!({"hashAlgorithm": "", "normalisationAlgorithm": "", "value": ""});
        }
        // The official rule for labels of references never applies: all of them are kept.
        labels(reference, |_| true);
    }
    let mut whole = json!({"component": component});
    without_nulls(&mut whole);
    canonical(&whole)
}

fn provider(text: &str) -> Value {
    if text == "null" {
        return json!({});
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut document @ Value::Object(_)) => {
            retain(&mut document, &["name", "labels"]);
            signed_labels(&mut document);
            document
        }
        _ => json!({"name": text}),
    }
}

/// An extra identity without attributes is dropped.
fn element(value: &mut Value) {
    if value["extraIdentity"]
        .as_object()
        .is_some_and(Map::is_empty)
    {
        remove(value, "extraIdentity");
    }
}

fn signed_labels(value: &mut Value) {
    labels(value, |label| label["signing"] == true);
}

fn labels(value: &mut Value, stays: impl Fn(&Value) -> bool) {
    let Some(Value::Array(labels)) = value.get_mut("labels") else {
        return;
    };
    labels.retain(&stays);
    for label in labels.iter_mut() {
        retain(label, &["name", "value", "signing"]);
        if label["signing"] != true {
            remove(label, "signing");
        }
    }
    if labels.is_empty() {
        remove(value, "labels");
    }
}

fn items(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_array_mut().unwrap().iter_mut()
}

fn retain(value: &mut Value, members: &[&str]) {
    value
        .as_object_mut()
        .unwrap()
        .retain(|name, _| members.contains(&name.as_str()));
}

fn remove(value: &mut Value, member: &str) {
    value.as_object_mut().unwrap().remove(member);
}

/// Removes null members at every depth; null elements of lists are kept.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        _ => {}
    }
}
