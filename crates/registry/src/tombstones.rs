//! Which versions were taken out of a registry.

use std::collections::HashMap;

use crate::labels::Removed;
use crate::precedence::{Precedence, precedence, same_version};

/// Versions that were taken out with a tombstone, by component; for all versions: nothing.
pub struct Tombstones(HashMap<String, HashMap<Option<Precedence>, Removed>>);

impl Tombstones {
    /// Collects tombstones; of several for one version, the first counts.
    pub fn new(removed: Vec<Removed>) -> Self {
        let mut tombstones: HashMap<_, HashMap<_, _>> = HashMap::new();
        for tombstone in removed {
            let of_component = tombstones.entry(tombstone.component.clone()).or_default();
            let version = tombstone.version.as_deref().map(precedence);
            of_component.entry(version).or_insert(tombstone);
        }
        Self(tombstones)
    }

    /// The tombstone of a version: its own, or that of all versions.
    pub fn of(&self, component: &str, version: &str) -> Option<&Removed> {
        let of_component = self.0.get(component)?;
        of_component
            .get(&Some(precedence(version)))
            .or_else(|| of_component.get(&None))
    }
}

impl Removed {
    /// Says whether it is about this version of its component.
    pub fn covers(&self, version: &str) -> bool {
        self.version
            .as_ref()
            .is_none_or(|removed| same_version(removed, version))
    }
}
