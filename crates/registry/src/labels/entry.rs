//! The label `plugyard/entry`: what a registry says of one plugin version.

use std::fmt;

use ocm::Label;
use ocm::descriptor::find_label;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{ENTRY, InvalidLabel, SCHEMA, label, members};
use crate::capabilities::Capability;

/// The value of the label `plugyard/entry`. Texts are of type `T`, so that a reader of many
/// entries can borrow them; see [`EntryLabel::parse`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub struct EntryLabel<T = String> {
    /// What the plugin can do, as its own component says.
    #[serde(default = "Vec::new")]
    pub capabilities: Vec<Capability<T>>,
    /// Whether the version is mutable: published again with other content on purpose.
    #[serde(default)]
    pub moving: bool,
    /// Set where the version must not be used any more.
    #[serde(default)]
    pub yanked: Option<Yanked>,
}

/// Why a version must not be used any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yanked {
    /// A text for people.
    pub reason: String,
    /// The entry to use instead, as `NAME` or `NAME@VERSION`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

impl fmt::Display for Yanked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match &self.instead {
            Some(instead) => write!(f, " (use {instead})"),
            None => Ok(()),
        }
    }
}

impl<T> Default for EntryLabel<T> {
    fn default() -> Self {
        Self {
            capabilities: Vec::new(),
            moving: false,
            yanked: None,
        }
    }
}

impl<'a, T: Deserialize<'a>> EntryLabel<T> {
    /// Reads the JSON of a value; one that is not understood counts as absent, so that one bad
    /// label does not hide an entry.
    pub fn parse(json: &'a str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

impl EntryLabel {
    /// Reads the label of an entry; one that is not understood counts as absent. The gate uses
    /// [`EntryLabel::strict`] instead.
    pub fn of(labels: &[Label]) -> Self {
        find_label(labels, ENTRY)
            .and_then(|label| Self::deserialize(&label.value).ok())
            .unwrap_or_default()
    }

    /// Reads the label of an entry, where what is not understood must not count as absent.
    ///
    /// # Errors
    /// The value has another schema, an unknown key, or a member of the wrong type.
    pub fn strict(labels: &[Label]) -> Result<Self, InvalidLabel> {
        let Some(label) = find_label(labels, ENTRY) else {
            return Ok(Self::default());
        };
        members(&label.value, &["capabilities", "moving", "yanked"])?;
        Self::deserialize(&label.value).map_err(|error| InvalidLabel::Member(error.to_string()))
    }

    /// Makes the label; `None` if it would say nothing.
    pub fn label(&self) -> Option<Label> {
        let mut members = Map::new();
        if !self.capabilities.is_empty() {
            members.insert("capabilities".into(), json!(self.capabilities));
        }
        if self.moving {
            members.insert("moving".into(), true.into());
        }
        if let Some(yanked) = &self.yanked {
            members.insert("yanked".into(), json!(yanked));
        }
        label(ENTRY, members)
    }

    /// Makes the label of an entry that is yanked. The other members of the label are kept; a
    /// value that is not an object is replaced.
    pub fn with_yanked(labels: &[Label], yanked: &Yanked) -> Label {
        let before = find_label(labels, ENTRY).and_then(|label| label.value.as_object());
        let mut members = before.cloned().unwrap_or_default();
        members.insert("yanked".into(), json!(yanked));
        members.entry("schema").or_insert_with(|| SCHEMA.into());
        Label::signed(ENTRY, Value::Object(members))
    }
}
