//! The labels that a registry and its plugins carry.
//!
//! `ocm.software/pluginInfo` is read by the official CLI, which accepts no further key in it.
//! Everything richer is in labels of our own. All are signed.

use ocm::Label;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::capabilities::Capability;

/// Label of an entry: description and platforms, for the official CLI.
pub const PLUGIN_INFO: &str = "ocm.software/pluginInfo";
/// Label of an entry: everything else that is known of it.
pub const ENTRY: &str = "plugyard/entry";
/// Label of a registry.
pub const REGISTRY: &str = "plugyard/registry";
/// Label of a plugin component.
pub const PLUGIN: &str = "plugyard/plugin";
/// Label of a plugin component: what kind of plugin it is.
pub const CATEGORY: &str = "category";
/// Label of a plugin component or a registry: a text for people.
pub const DESCRIPTION: &str = "description";

const SCHEMA: u32 = 1;

/// Makes the label that the official CLI lists an entry by.
pub fn plugin_info(description: &str, platforms: &[String]) -> Label {
    let value = json!({ "description": description, "platforms": platforms });
    Label::signed(PLUGIN_INFO, value)
}

/// What the label `plugyard/entry` holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct EntryLabel {
    /// What the plugin can do.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// Whether the version is published again with other content on purpose.
    #[serde(default)]
    pub moving: bool,
    /// Set where the version should not be used any more.
    #[serde(default)]
    pub yanked: Option<Yanked>,
}

/// Why a version should not be used any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yanked {
    /// For people.
    pub reason: String,
    /// What to use instead.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

impl EntryLabel {
    /// Makes the label; nothing where there is nothing to say.
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
        versioned(ENTRY, members)
    }

    /// Reads the label of an entry; one that is not understood counts as absent.
    pub fn of(labels: &[Label]) -> Self {
        ocm::descriptor::find_label(labels, ENTRY)
            .and_then(|label| serde_json::from_value(label.value.clone()).ok())
            .unwrap_or_default()
    }
}

/// Makes the label of a plugin component.
pub fn plugin(capabilities: &[Capability]) -> Option<Label> {
    let mut members = Map::new();
    if !capabilities.is_empty() {
        members.insert("capabilities".into(), json!(capabilities));
    }
    versioned(PLUGIN, members)
}

/// Places where the plugins of a registry live, from its label.
pub fn sources(labels: &[Label]) -> Vec<String> {
    let list = ocm::descriptor::find_label(labels, REGISTRY)
        .and_then(|label| label.value.get("sources"))
        .and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Plugins that were taken out of a registry, from its label: name, component, version, reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Removed {
    /// Name of the entry.
    #[serde(default)]
    pub name: String,
    /// Component of the plugin.
    pub component: String,
    /// Version; every one, if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// For people.
    #[serde(default)]
    pub reason: String,
}

impl Removed {
    /// Component and version as people write them.
    pub fn spelled(&self) -> String {
        match &self.version {
            Some(version) => format!("{}:{version}", self.component),
            None => self.component.clone(),
        }
    }
}

/// The plugins that were taken out of a registry.
pub fn removed(labels: &[Label]) -> Vec<Removed> {
    let list = ocm::descriptor::find_label(labels, REGISTRY)
        .and_then(|label| label.value.get("removed"))
        .and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|value| serde_json::from_value(value.clone()).ok())
        .collect()
}

/// The platforms that an entry's label for the official CLI gives; nothing if it does not say.
pub fn platforms(labels: &[Label]) -> Option<Vec<String>> {
    let label = ocm::descriptor::find_label(labels, PLUGIN_INFO)?;
    let list = label.value.get("platforms")?.as_array()?;
    let texts = list.iter().filter_map(Value::as_str);
    Some(texts.map(str::to_owned).collect())
}

/// The description that an entry's label for the official CLI gives.
pub fn entry_description(labels: &[Label]) -> Option<&str> {
    let label = ocm::descriptor::find_label(labels, PLUGIN_INFO)?;
    label.value.get("description")?.as_str()
}

/// Makes the label of a registry with further tombstones; those of the same versions go. What
/// else the label holds stays. Nothing if the label that is there is no object, or its list of
/// tombstones no list.
pub fn with_removed(labels: &[Label], stones: &[Removed]) -> Option<Label> {
    let before = ocm::descriptor::find_label(labels, REGISTRY);
    let mut members = match before {
        Some(label) => label.value.as_object()?.clone(),
        None => Map::new(),
    };
    let list = members.entry("removed").or_insert_with(|| json!([]));
    let list = list.as_array_mut()?;
    list.retain(|old| {
        let same = |stone: &Removed| {
            old["component"] == stone.component
                && old.get("version")
                    == stone
                        .version
                        .as_ref()
                        .map(|version| json!(version))
                        .as_ref()
        };
        !stones.iter().any(same)
    });
    list.extend(stones.iter().map(|stone| json!(stone)));
    members.entry("schema").or_insert_with(|| SCHEMA.into());
    Some(Label::signed(REGISTRY, Value::Object(members)))
}

/// Makes the label of an entry that is yanked. What else the label holds stays; one that is no
/// object counts as absent.
pub fn with_yanked(labels: &[Label], yanked: &Yanked) -> Label {
    let before = ocm::descriptor::find_label(labels, ENTRY);
    let mut members = before
        .and_then(|label| label.value.as_object().cloned())
        .unwrap_or_default();
    members.insert("yanked".into(), json!(yanked));
    members.entry("schema").or_insert_with(|| SCHEMA.into());
    Label::signed(ENTRY, Value::Object(members))
}

/// A label of our own: the schema number inside, and no label where nothing is left to say.
fn versioned(name: &str, mut members: Map<String, Value>) -> Option<Label> {
    if members.is_empty() {
        return None;
    }
    members.insert("schema".into(), SCHEMA.into());
    Some(Label::signed(name, Value::Object(members)))
}
