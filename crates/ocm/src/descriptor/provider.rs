//! The provider of a component.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::Label;

/// The provider of a component.
///
/// A descriptor stores it as text: the plain name, or a JSON document if there are labels. A
/// constructor stores it as an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    text: String,
}

/// The JSON document in a provider's text.
#[derive(Serialize)]
struct Document<'a> {
    name: &'a str,
    labels: Vec<Short<'a>>,
}

/// A label of the provider, with the members that the official writer keeps.
#[derive(Serialize)]
struct Short<'a> {
    name: &'a str,
    value: &'a Value,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    signing: bool,
}

impl Provider {
    /// Creates a provider without labels.
    pub fn named(name: &str) -> Self {
        Self {
            text: name.to_owned(),
        }
    }

    /// Creates a provider as the official writer spells it: a JSON document if there are labels.
    pub fn with_labels(name: &str, labels: &[Label]) -> Self {
        if labels.is_empty() {
            return Self::named(name);
        }
        let labels = labels.iter().map(|label| Short {
            name: &label.name,
            value: &label.value,
            signing: label.signing,
        });
        let document = Document {
            name,
            labels: labels.collect(),
        };
        let bytes = oci::go_json::to_vec(&document);
        Self {
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// The text in the descriptor.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name without labels.
    pub fn name(&self) -> String {
        match self.document() {
            Some(document) => document
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            None => self.text.clone(),
        }
    }

    /// The JSON document, if the text is one.
    pub fn document(&self) -> Option<Map<String, Value>> {
        if !self.text.trim_start().starts_with('{') {
            return None;
        }
        serde_json::from_str(&self.text).ok()
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self { text }),
            Value::Object(mut object) => {
                // The object form of constructors and of the original sketch.
                let name = object.remove("name");
                let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
                let labels = object
                    .remove("labels")
                    .unwrap_or_else(|| Value::Array(Vec::new()));
                let labels: Vec<Label> =
                    serde_json::from_value(labels).map_err(serde::de::Error::custom)?;
                Ok(Self::with_labels(name, &labels))
            }
            other => Err(serde::de::Error::custom(format!(
                "provider is {other}, expected a name"
            ))),
        }
    }
}
