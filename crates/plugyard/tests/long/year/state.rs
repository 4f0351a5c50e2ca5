//! The expected content of the registry: plain data, computed from the contract and not by the
//! code under test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::yard::REGISTRY;
use crate::year::release::Release;
use crate::year::version::Version;

/// A plugin version of the registry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) component: String,
    digest: String,
    description: String,
    platforms: Vec<&'static str>,
    capabilities: Value,
    /// `{reason, use}`, or null.
    pub(crate) yanked: Value,
    pub(crate) moving: bool,
}

impl Entry {
    pub(crate) fn of(release: &Release) -> Self {
        Self {
            component: release.component.clone(),
            digest: release.digest(),
            description: release.description.clone(),
            platforms: release.platforms(),
            capabilities: release.capabilities(),
            yanked: Value::Null,
            moving: is_moving(&release.version),
        }
    }

    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    fn reference(&self, name: &str, version: &Version) -> Value {
        let mut own = json!({"capabilities": self.capabilities, "schema": 1});
        if self.moving {
            own["moving"] = json!(true);
        }
        if !self.yanked.is_null() {
            own["yanked"] = self.yanked.clone();
        }
        let info = json!({"description": self.description, "platforms": self.platforms});
        json!({
            "name": name,
            "version": version.to_string(),
            "componentName": self.component,
            "digest": {
                "hashAlgorithm": "SHA-256",
                "normalisationAlgorithm": "jsonNormalisation/v4alpha1",
                "value": self.digest,
            },
            "labels": [
                {"name": "ocm.software/pluginInfo", "value": info, "signing": true},
                {"name": "plugyard/entry", "value": own, "signing": true},
            ],
        })
    }

    fn row(&self, name: &str, version: &Version, registry: &str) -> Value {
        json!({
            "name": name,
            "version": version.to_string(),
            "platforms": self.platforms,
            "description": self.description,
            "registry": registry,
            "component": self.component,
            "digest": format!("sha256:{}", self.digest),
            "capabilities": self.capabilities,
            "yanked": self.yanked,
            "moving": self.moving,
            "ambiguous": false,
        })
    }
}

/// The mutable versions in the registry's plugyard.yaml.
pub(crate) fn is_moving(version: &Version) -> bool {
    version.to_string() == "0.0.0-main"
}

/// Removed versions, which must not be added again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) name: String,
    pub(crate) component: String,
    /// Absent for all versions.
    pub(crate) version: Option<Version>,
    pub(crate) reason: String,
}

impl Tombstone {
    pub(crate) fn covers(&self, component: &str, version: &Version) -> bool {
        let all = self.version.is_none();
        self.component == component && (all || self.version.as_ref() == Some(version))
    }

    fn json(&self) -> Value {
        let mut json = json!({
            "name": self.name, "component": self.component, "reason": self.reason,
        });
        if let Some(version) = &self.version {
            json["version"] = json!(version.to_string());
        }
        json
    }
}

/// How far a change raises the version of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Patch,
    Minor,
    Major,
}

impl Class {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// The version after a change of this class.
    pub(crate) fn after(self, version: &Version) -> Version {
        version.raised(match self {
            Self::Major => 0,
            Self::Minor => 1,
            Self::Patch => 2,
        })
    }
}

/// A version of the registry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) version: Version,
    pub(crate) entries: BTreeMap<(String, Version), Entry>,
    pub(crate) tombstones: Vec<Tombstone>,
}

/// A version of an entry, and the entry.
pub(crate) type Versioned<'a> = (&'a Version, &'a Entry);

impl State {
    pub(crate) fn new() -> Self {
        Self {
            version: Version::new("v0.1.0"),
            entries: BTreeMap::new(),
            tombstones: Vec::new(),
        }
    }

    /// The entries of a name, the lowest version first.
    pub(crate) fn of(&self, name: &str) -> Vec<Versioned<'_>> {
        let entries = self.entries.iter().filter(|((other, _), _)| other == name);
        entries
            .map(|((_, version), entry)| (version, entry))
            .collect()
    }

    /// The names, each once.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.entries.keys().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        names
    }

    pub(crate) fn entry(&mut self, name: &str, version: &Version) -> &mut Entry {
        let key = (name.to_owned(), version.clone());
        self.entries.get_mut(&key).unwrap()
    }

    /// The class of a change from `old` to this; `before` was published before `old`.
    pub(crate) fn class_since(&self, old: &Self, before: Option<&Self>) -> Class {
        let mut class = Class::Patch;
        for name in old.names() {
            // An entry that only the latest version added and that has a tombstone counts as never listed.
            let was_there = |(version, entry): &Versioned<'_>| {
                let key = (name.to_owned(), (*version).clone());
                let gone = !self.entries.contains_key(&key);
                let spoken = self.is_removed(&entry.component, version);
                let lacked = before.is_some_and(|before| !before.entries.contains_key(&key));
                !(gone && spoken && lacked)
            };
            let had: Vec<_> = old.of(name).into_iter().filter(was_there).collect();
            let Some(had) = newest(&had) else { continue };
            let loses = match newest(&self.of(name)) {
                None => true,
                Some(has) => had
                    .1
                    .platforms
                    .iter()
                    .any(|old| !has.1.platforms.contains(old)),
            };
            if loses {
                return Class::Major;
            }
        }
        let old = old.names();
        if self.names().iter().any(|name| !old.contains(name)) {
            class = Class::Minor;
        }
        class
    }

    pub(crate) fn is_removed(&self, component: &str, version: &Version) -> bool {
        let mut tombstones = self.tombstones.iter();
        tombstones.any(|tombstone| tombstone.covers(component, version))
    }

    /// The rows of `list --all`.
    pub(crate) fn rows(&self, repository: &str) -> Vec<Value> {
        let registry = format!("{repository}//{REGISTRY}:{}", self.version);
        let entries = self.entries.iter();
        entries
            .map(|((name, version), entry)| entry.row(name, version, &registry))
            .collect()
    }

    /// The rows of `list`: for each name a version that is not withdrawn, stable if possible, then the
    /// highest.
    pub(crate) fn newest_rows(&self, repository: &str, pre: bool) -> Vec<Value> {
        let registry = format!("{repository}//{REGISTRY}:{}", self.version);
        let row = |name: &str| {
            let rank = |(version, entry): &Versioned<'_>| {
                (
                    entry.yanked.is_null(),
                    pre || !version.is_pre(),
                    (*version).clone(),
                )
            };
            let (version, entry) = self.of(name).into_iter().max_by_key(rank).unwrap();
            entry.row(name, version, &registry)
        };
        self.names().into_iter().map(row).collect()
    }

    /// The labels of the registry itself.
    pub(crate) fn labels(&self) -> Value {
        let mut labels = json!([
            {"name": "category", "value": "plugin-registry", "signing": true},
            {"name": "description", "value": "Plugin registry of acme.org", "signing": true},
        ]);
        if !self.tombstones.is_empty() {
            let removed: Vec<Value> = self.tombstones.iter().map(Tombstone::json).collect();
            let value = json!({"removed": removed, "schema": 1});
            let label = json!({"name": "plugyard/registry", "value": value, "signing": true});
            labels.as_array_mut().unwrap().push(label);
        }
        labels
    }

    /// The descriptor of this version.
    pub(crate) fn descriptor(&self) -> Value {
        let entries = self.entries.iter();
        let references: Vec<Value> = entries
            .map(|((name, version), entry)| entry.reference(name, version))
            .collect();
        json!({
            "meta": {"schemaVersion": "v2"},
            "component": {
                "name": REGISTRY,
                "version": self.version.to_string(),
                "provider": "acme.org",
                "labels": self.labels(),
                "repositoryContexts": null,
                "resources": null,
                "sources": null,
                "componentReferences": references,
            },
        })
    }

    /// The component digest of this version, as `sha256:HEX`.
    pub(crate) fn digest(&self) -> String {
        let normal_form = testkit::normal_form::v4alpha1(&self.descriptor());
        format!("sha256:{}", testkit::sha256(normal_form.as_bytes()))
    }
}

/// The highest stable version, else the highest of all.
pub(crate) fn newest<'a>(entries: &[Versioned<'a>]) -> Option<Versioned<'a>> {
    let rank = |(version, _): &Versioned<'a>| (!version.is_pre(), (*version).clone());
    entries.iter().copied().max_by_key(rank)
}
