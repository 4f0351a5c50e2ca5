//! Random histories of a registry and the expected merge of two; shares no code with the merge.
#![expect(
    clippy::format_push_string,
    reason = "a model for tests need not be fast"
)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::random::Random;

/// Name of an entry and the minor number of its version: `("helm", 2)` is `helm` 1.2.0.
type Key = (String, u64);

/// The content of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The hex digit that the whole digest repeats.
    pub pin: char,
    /// The reason, if the entry is yanked.
    pub yanked: Option<String>,
    /// The `team` label, which no change touches.
    pub team: String,
}

/// The content of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Major, minor and patch number of the registry.
    pub version: [u64; 3],
    /// The listed entries.
    pub entries: BTreeMap<Key, Entry>,
    /// The tombstones, with their reasons.
    pub removed: BTreeMap<Key, String>,
    /// The `description` label of the registry.
    pub description: String,
}

const NAMES: [&str; 6] = ["alpha", "beta", "gamma", "helm", "zeta", "zz"];
const TEXTS: [&str; 4] = ["broken", "größer", "it's: \"odd\" # x", "no"];

impl Model {
    /// Returns a registry of at most six entries, which both sides start from.
    pub fn random(random: &mut Random) -> Self {
        let mut model = Self {
            version: [1, 2, 0],
            entries: BTreeMap::new(),
            removed: BTreeMap::new(),
            description: "Plugins".to_owned(),
        };
        for _ in 0..random.below(7) {
            let key = (
                random.pick(&NAMES).to_owned(),
                u64::try_from(random.below(4)).unwrap(),
            );
            model.entries.insert(key, entry(random));
        }
        model
    }

    /// Returns one side: up to five changes, and the version raised as they require.
    #[must_use]
    pub fn changed(&self, random: &mut Random) -> Self {
        let mut side = self.clone();
        for _ in 0..random.below(6) {
            side.change(random);
        }
        let [major, minor, patch] = self.version;
        side.version = match self.class(&side) {
            0 => self.version,
            1 => [major, minor, patch + 1],
            2 => [major, minor + 1, 0],
            _ => [major + 1, 0, 0],
        };
        side
    }

    fn change(&mut self, random: &mut Random) {
        let keys: Vec<Key> = self.entries.keys().cloned().collect();
        let text = random.pick(&TEXTS).to_owned();
        match random.below(6) {
            0 | 1 => {
                let name = random.pick(&NAMES).to_owned();
                let key = (name, u64::try_from(4 + random.below(3)).unwrap());
                if !self.removed.contains_key(&key) && !self.entries.contains_key(&key) {
                    self.entries.insert(key, entry(random));
                }
            }
            2 => self.description = text,
            _ if keys.is_empty() => {}
            3 => {
                let key = keys[random.below(keys.len())].clone();
                self.entries.remove(&key);
                self.removed.insert(key, text);
            }
            4 => {
                self.entries
                    .get_mut(&keys[random.below(keys.len())])
                    .unwrap()
                    .yanked = Some(text);
            }
            _ => {
                self.entries
                    .get_mut(&keys[random.below(keys.len())])
                    .unwrap()
                    .pin = random.pick(&PINS);
            }
        }
    }

    fn names(&self) -> BTreeSet<&String> {
        self.entries.keys().map(|(name, _)| name).collect()
    }

    /// 0 for no change, 3 for a major one.
    fn class(&self, after: &Self) -> u8 {
        let unversioned = Self {
            version: self.version,
            ..after.clone()
        };
        if *self == unversioned {
            0
        } else if !self.names().is_subset(&after.names()) {
            3
        } else if !after.names().is_subset(&self.names()) {
            2
        } else {
            1
        }
    }

    /// Returns the merge of both sides, or `None` on a conflict.
    pub fn merged(base: &Self, one: &Self, other: &Self) -> Option<Self> {
        let mut entries = BTreeMap::new();
        let keys = base.entries.keys().chain(one.entries.keys());
        let keys: BTreeSet<&Key> = keys.chain(other.entries.keys()).collect();
        for key in keys {
            let of = |model: &Self| model.entries.get(key).cloned();
            let entry = match (of(base), of(one), of(other)) {
                (Some(base), Some(one), Some(other)) => Some(Entry {
                    pin: three(&base.pin, &one.pin, &other.pin)?,
                    yanked: three(&base.yanked, &one.yanked, &other.yanked)?,
                    team: base.team,
                }),
                (base, one, other) => three(&base, &one, &other)?,
            };
            entries.extend(entry.map(|entry| (key.clone(), entry)));
        }
        let mut removed = base.removed.clone();
        let stones: BTreeSet<&Key> = one.removed.keys().chain(other.removed.keys()).collect();
        for key in stones {
            let of = |model: &Self| model.removed.get(key).cloned();
            let stone = three(&of(base), &of(one), &of(other))?;
            removed.extend(stone.map(|reason| (key.clone(), reason)));
        }
        // Entries that one side added and the other one removed with a tombstone.
        let barred = |key: &Key| removed.contains_key(key) && !base.removed.contains_key(key);
        if entries.keys().any(barred) {
            return None;
        }
        let mut merged = Self {
            version: one.version.max(other.version),
            entries,
            removed,
            description: three(&base.description, &one.description, &other.description)?,
        };
        let covered = one.class(&merged) == 0 || other.class(&merged) == 0;
        if !covered {
            let [major, minor, patch] = merged.version;
            merged.version = match base.class(one).min(base.class(other)) {
                0 => merged.version,
                1 => [major, minor, patch + 1],
                2 => [major, minor + 1, 0],
                _ => [major + 1, 0, 0],
            };
        }
        Some(merged)
    }

    /// Returns the constructor, with a comment about each entry. `flow` writes each entry in one
    /// line.
    pub fn text(&self, flow: bool) -> String {
        let [major, minor, patch] = self.version;
        let mut text = format!(
            "# kept by hand\nname: acme.org/registry\nversion: v{major}.{minor}.{patch} # raised\nprovider: {{ name: acme.org }}\nlabels:\n  - name: description\n    value: {}\n    signing: true\n",
            quoted(&self.description)
        );
        if !self.removed.is_empty() {
            let stones = self.removed.iter().map(|((name, version), reason)| {
                format!(
                    "{{ component: acme.org/plugins/{name}, name: {name}, reason: {}, version: 1.{version}.0 }}",
                    quoted(reason)
                )
            });
            let stones: Vec<String> = stones.collect();
            text.push_str(&format!(
                "  - name: plugyard/registry\n    value: {{ removed: [{}], schema: 1 }}\n    signing: true\n",
                stones.join(", ")
            ));
        }
        if self.entries.is_empty() {
            return text + "componentReferences: []\n";
        }
        text.push_str("componentReferences:\n");
        for ((name, version), entry) in &self.entries {
            let pin = entry.pin.to_string().repeat(64);
            let yanked = entry.yanked.as_ref().map(|reason| {
                let value = format!("{{ schema: 1, yanked: {{ reason: {} }} }}", quoted(reason));
                format!("{{ name: plugyard/entry, value: {value}, signing: true }}")
            });
            let team = format!("{{ name: team, value: {} }}", quoted(&entry.team));
            text.push_str(&format!("  # about {name}@1.{version}.0\n"));
            if flow {
                let labels: Vec<String> = [Some(team), yanked].into_iter().flatten().collect();
                text.push_str(&format!(
                    "  - {{ name: {name}, version: 1.{version}.0, componentName: acme.org/plugins/{name}, digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {pin} }}, labels: [{}] }}\n",
                    labels.join(", ")
                ));
                continue;
            }
            text.push_str(&format!(
                "  - name: {name}\n    version: 1.{version}.0\n    componentName: acme.org/plugins/{name}\n    digest:\n      hashAlgorithm: SHA-256\n      normalisationAlgorithm: jsonNormalisation/v4alpha1\n      value: {pin}\n    labels:\n      - {team}\n"
            ));
            if let Some(yanked) = yanked {
                text.push_str(&format!("      - {yanked}\n"));
            }
        }
        text
    }

    /// Reads back a constructor that `text` wrote, from the value its YAML means.
    pub fn from_tree(tree: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let label = |of: &Value, name: &str| {
            let found = list(&of["labels"])
                .into_iter()
                .find(|label| label["name"] == name);
            found
                .map(|label| label["value"].clone())
                .unwrap_or_default()
        };
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let key = |of: &Value| {
            let version = word(&of["version"]);
            let number = version.split('.').nth(1).unwrap().parse().unwrap();
            (word(&of["name"]), number)
        };
        let entries = list(&tree["componentReferences"]).into_iter().map(|entry| {
            let yanked = label(&entry, "plugyard/entry")["yanked"]["reason"].clone();
            let read = Entry {
                pin: word(&entry["digest"]["value"]).chars().next().unwrap(),
                yanked: yanked.as_str().map(str::to_owned),
                team: word(&label(&entry, "team")),
            };
            (key(&entry), read)
        });
        let stones = list(&label(tree, "plugyard/registry")["removed"]);
        let version = word(&tree["version"]);
        let numbers: Vec<u64> = version[1..]
            .split('.')
            .map(|number| number.parse().unwrap())
            .collect();
        Self {
            version: numbers.try_into().unwrap(),
            entries: entries.collect(),
            removed: stones
                .iter()
                .map(|stone| (key(stone), word(&stone["reason"])))
                .collect(),
            description: word(&label(tree, "description")),
        }
    }
}

const PINS: [char; 3] = ['a', 'b', 'c'];

fn entry(random: &mut Random) -> Entry {
    Entry {
        pin: random.pick(&PINS),
        yanked: None,
        team: random.pick(&TEXTS).to_owned(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn three<T: PartialEq + Clone>(base: &T, one: &T, other: &T) -> Option<T> {
    if one == other || other == base {
        Some(one.clone())
    } else if one == base {
        Some(other.clone())
    } else {
        None
    }
}
