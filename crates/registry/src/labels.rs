//! The labels that a registry, its entries and its plugins carry.
//!
//! `ocm.software/pluginInfo` is read by the official CLI, which refuses any further key in it.
//! Everything else is in our own labels. All of them are signed, so that nobody can change one
//! under a valid signature. [`EntryLabel`] and [`RegistryLabel`] are the only readers and writers
//! of theirs.

mod entry;
mod registry;

use ocm::Label;
use ocm::descriptor::find_label;
use serde_json::{Map, Value, json};

use crate::capabilities::Capability;

pub use self::entry::{EntryLabel, Yanked};
pub use self::registry::RegistryLabel;

/// Label of an entry: description and platforms, for the official CLI.
pub const PLUGIN_INFO: &str = "ocm.software/pluginInfo";
/// Label of an entry; see [`EntryLabel`].
pub const ENTRY: &str = "plugyard/entry";
/// Label of a registry; see [`RegistryLabel`].
pub const REGISTRY: &str = "plugyard/registry";
/// Label of a plugin component: its capabilities.
pub const PLUGIN: &str = "plugyard/plugin";
/// Label of a plugin component: what kind of plugin it is, for instance `input`.
pub const CATEGORY: &str = "category";
/// Label of a plugin component or a registry: a text for people.
pub const DESCRIPTION: &str = "description";

/// The `schema` of each of our own labels. It is raised only if old readers would do harm;
/// further members do not raise it.
const SCHEMA: u32 = 1;

/// A problem with the value of one of our own labels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLabel {
    /// The value is a list, a text or another scalar.
    #[error("it is not an object")]
    NotAnObject,
    /// No `schema`.
    #[error("it has no `schema: 1`")]
    NoSchema,
    /// A `schema` of a later format.
    #[error("its schema is {0}, and only 1 is supported")]
    Schema(Value),
    /// A key that this version does not know.
    #[error("it has the unknown key `{0}`")]
    UnknownKey(String),
    /// A member of another type than it must have, or an incomplete one.
    #[error("{0}")]
    Member(String),
    /// `sources` is not a list, or this item of it is not the text of a repository.
    #[error("`sources` is not a list of repositories")]
    Sources,
    /// `removed` is not a list of tombstones.
    #[error("`removed` is not a list of tombstones: {0}")]
    Removed(String),
}

/// Creates the label by which the official CLI lists an entry.
pub fn plugin_info(description: &str, platforms: &[String]) -> Label {
    let value = json!({ "description": description, "platforms": platforms });
    Label::signed(PLUGIN_INFO, value)
}

/// The platforms in an entry's label for the official CLI; `None` if it lists none.
pub fn platforms(labels: &[Label]) -> Option<Vec<String>> {
    let list = find_label(labels, PLUGIN_INFO)?.value.get("platforms")?;
    let texts = list.as_array()?.iter().filter_map(Value::as_str);
    Some(texts.map(str::to_owned).collect())
}

/// The description in an entry's label for the official CLI.
pub fn entry_description(labels: &[Label]) -> Option<&str> {
    let label = find_label(labels, PLUGIN_INFO)?;
    label.value.get("description")?.as_str()
}

/// Creates the label of a plugin component; `None` without capabilities.
pub fn plugin(capabilities: &[Capability]) -> Option<Label> {
    let mut members = Map::new();
    if !capabilities.is_empty() {
        members.insert("capabilities".into(), json!(capabilities));
    }
    label(PLUGIN, members)
}

/// Creates one of our own labels with its schema number; `None` without members.
fn label(name: &str, mut members: Map<String, Value>) -> Option<Label> {
    if members.is_empty() {
        return None;
    }
    members.insert("schema".into(), SCHEMA.into());
    Some(Label::signed(name, Value::Object(members)))
}

/// The members of a label's value, if it has our schema and no other keys than these.
fn members<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, InvalidLabel> {
    let members = value.as_object().ok_or(InvalidLabel::NotAnObject)?;
    match members.get("schema") {
        Some(schema) if *schema == SCHEMA => {}
        Some(other) => return Err(InvalidLabel::Schema(other.clone())),
        None => return Err(InvalidLabel::NoSchema),
    }
    let unknown = |key: &&String| *key != "schema" && !known.contains(&key.as_str());
    match members.keys().find(unknown) {
        Some(key) => Err(InvalidLabel::UnknownKey(key.clone())),
        None => Ok(members),
    }
}
