//! Tombstones: which versions were removed from a registry, and why.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::precedence::{Precedence, precedence, same_version};

/// A plugin version, or all versions of a plugin, that were removed and must not be added again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tombstone {
    /// Name of the entry that was removed.
    #[serde(default)]
    pub name: String,
    /// Component of the plugin.
    pub component: String,
    /// The version that was removed; `None` for all versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A text for people.
    #[serde(default)]
    pub reason: String,
}

/// The identity of a tombstone: the component, and the version by semver. Name and
/// reason are not part of it.
pub type Identity = (String, Option<Precedence>);

impl Tombstone {
    /// See [`Identity`].
    pub fn identity(&self) -> Identity {
        (
            self.component.clone(),
            self.version.as_deref().map(precedence),
        )
    }

    /// Returns whether it is for this version of its component.
    pub fn covers(&self, version: &str) -> bool {
        self.version
            .as_ref()
            .is_none_or(|removed| same_version(removed, version))
    }

    /// What was removed: `COMPONENT:VERSION`, or `COMPONENT` for all versions.
    pub fn subject(&self) -> String {
        match &self.version {
            Some(version) => format!("{}:{version}", self.component),
            None => self.component.clone(),
        }
    }
}

/// The tombstones of a registry, by component and version.
pub struct Tombstones(HashMap<String, HashMap<Option<Precedence>, Tombstone>>);

impl Tombstones {
    /// Collects tombstones; of several for one version, the first counts.
    pub fn new(removed: Vec<Tombstone>) -> Self {
        let mut tombstones: HashMap<_, HashMap<_, _>> = HashMap::new();
        for tombstone in removed {
            let (component, version) = tombstone.identity();
            let of_component = tombstones.entry(component).or_default();
            of_component.entry(version).or_insert(tombstone);
        }
        Self(tombstones)
    }

    /// The tombstone of a version: its own, or that of all versions.
    pub fn of(&self, component: &str, version: &str) -> Option<&Tombstone> {
        let of_component = self.0.get(component)?;
        of_component
            .get(&Some(precedence(version)))
            .or_else(|| of_component.get(&None))
    }
}
