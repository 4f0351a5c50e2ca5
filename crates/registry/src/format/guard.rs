//! What must stay the same.

use ocm::constructor::{self, Constructor, ReferenceConstructor, values};
use ocm::{Label, Provider, Reference};
use serde_json::{Map, Value};

use crate::edit::Source;

/// What a constructor says, whatever its spelling, and its comments.
#[derive(PartialEq)]
pub(super) struct Content {
    components: Vec<Component>,
    json: Value,
    comments: Vec<String>,
}

#[derive(PartialEq)]
struct Component {
    name: String,
    version: String,
    provider: Provider,
    labels: Vec<Label>,
    references: Vec<Reference>,
}

impl Content {
    pub(super) fn of(constructor: &Constructor, source: &Source) -> Self {
        let components = constructor.components.iter().map(|component| {
            let references = component.references.iter();
            Component {
                name: component.name.value.clone(),
                version: component.version.value.to_string(),
                provider: component.provider.value.clone(),
                labels: values(&component.labels),
                references: references.map(ReferenceConstructor::to_reference).collect(),
            }
        });
        let json = source.document.root.to_json().unwrap_or_default();
        let mut comments: Vec<String> = source.comments().map(str::to_owned).collect();
        comments.sort();
        Self {
            components: components.collect(),
            json: official(json),
            comments,
        }
    }

    /// Says what differs in a text that ought to have the same content.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        let unreadable = |error| format!("the outcome could not be read: {error}");
        let constructor = constructor::parse(text).map_err(unreadable)?;
        let source = Source {
            text,
            document: constructor.document.clone(),
        };
        let other = Self::of(&constructor, &source);
        if self.comments != other.comments {
            return Err("a comment would be lost".to_owned());
        }
        if *self != other {
            return Err("the outcome would say something else".to_owned());
        }
        Ok(())
    }
}

/// Brings JSON into the official spelling.
fn official(mut root: Value) -> Value {
    let list = root.get_mut("components").and_then(Value::as_array_mut);
    if let Some(components) = list {
        components.iter_mut().for_each(official_component);
    } else {
        official_component(&mut root);
    }
    root
}

fn official_component(component: &mut Value) {
    let Some(component) = component.as_object_mut() else {
        return;
    };
    if let Some(provider @ Value::String(_)) = component.get_mut("provider") {
        let name = provider.take();
        *provider = serde_json::json!({ "name": name });
    }
    rename(component, "references", "componentReferences");
    let references = component.get_mut("componentReferences");
    for reference in references
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(reference) = reference.as_object_mut() {
            rename(reference, "component", "componentName");
        }
    }
}

fn rename(object: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = object.remove(from) {
        object.insert(to.to_owned(), value);
    }
}
