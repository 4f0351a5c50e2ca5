//! The version that a change of the registry calls for.

use std::collections::{HashMap, HashSet};

use ocm::descriptor::find_label;
use ocm::{Descriptor, Label, Reference, Version};
use serde_json::Value;

use crate::labels::{self, Removed};
use crate::version_class::VersionClass;

/// What a change calls for, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Required {
    pub(super) class: VersionClass,
    /// The reasons for this class, not those for lower ones.
    pub(super) reasons: Vec<String>,
}

impl Required {
    fn add(&mut self, class: VersionClass, reason: String) {
        if class > self.class {
            self.class = class;
            self.reasons.clear();
        }
        if class == self.class {
            self.reasons.push(reason);
        }
    }
}

/// What counts of a version when two are compared by semver; the text of what is no version.
pub(super) type Precedence = Result<([u64; 3], String), String>;

/// See [`Precedence`].
pub(super) fn precedence(text: &str) -> Precedence {
    match Version::parse(text) {
        Ok(version) => Ok((version.numbers(), version.pre_release().to_owned())),
        Err(_) => Err(text.to_owned()),
    }
}

/// Versions that were taken out with a tombstone, by component; for all versions: nothing.
pub(super) struct Tombstones(HashMap<String, HashMap<Option<Precedence>, Removed>>);

impl Tombstones {
    pub(super) fn new(removed: Vec<Removed>) -> Self {
        let mut tombstones: HashMap<_, HashMap<_, _>> = HashMap::new();
        for tombstone in removed {
            let of_component = tombstones.entry(tombstone.component.clone()).or_default();
            let version = tombstone.version.as_deref().map(precedence);
            of_component.entry(version).or_insert(tombstone);
        }
        Self(tombstones)
    }

    pub(super) fn of(&self, component: &str, version: &str) -> Option<&Removed> {
        let of_component = self.0.get(component)?;
        of_component
            .get(&Some(precedence(version)))
            .or_else(|| of_component.get(&None))
    }
}

/// Compares two versions of a registry by meaning. `before` is the one that was published before
/// `old`: taking out with a tombstone what `old` has and `before` lacks is a patch.
pub(super) fn required(
    old: &Descriptor,
    new: &Descriptor,
    before: Option<&Descriptor>,
) -> Required {
    let mut required = Required {
        class: VersionClass::None,
        reasons: Vec::new(),
    };
    let tombstones = Tombstones::new(labels::removed(new.component.labels()));
    let had: Option<HashSet<_>> =
        before.map(|before| before.component.references().iter().map(key).collect());
    let rolled_back = |gone: &Reference| {
        tombstones.of(&gone.component_name, &gone.version).is_some()
            && had.as_ref().is_some_and(|had| !had.contains(&key(gone)))
    };
    let (old_newest, new_newest) = (newest(old), newest(new));
    let mut gone = HashSet::new();
    for entry in old.component.references() {
        if !new_newest.contains_key(entry.name.as_str())
            && !rolled_back(entry)
            && gone.insert(entry.name.as_str())
        {
            let reason = format!("plugin `{}` has gone", entry.name);
            required.add(VersionClass::Major, reason);
        }
    }
    for (name, latest) in &old_newest {
        let now = new_newest.get(name);
        let lost = now.map_or(Vec::new(), |now| lost_platforms(latest, now));
        if !lost.is_empty() && !rolled_back(latest) {
            let reason = format!("plugin `{name}` loses {}", lost.join(", "));
            required.add(VersionClass::Major, reason);
        }
    }
    for name in new_newest.keys() {
        if !old_newest.contains_key(name) {
            required.add(VersionClass::Minor, format!("plugin `{name}` is new"));
        }
    }
    if required.class == VersionClass::None && !same(old, new) {
        required.add(VersionClass::Patch, "its content changes".to_owned());
    }
    required.reasons.sort();
    required
}

fn key(entry: &Reference) -> (&str, Precedence) {
    (&entry.name, precedence(&entry.version))
}

/// The newest version of each name.
pub(super) fn newest(descriptor: &Descriptor) -> HashMap<&str, &Reference> {
    let mut newest: HashMap<&str, (&Reference, Option<Version>)> = HashMap::new();
    for entry in descriptor.component.references() {
        let version = Version::parse(&entry.version).ok();
        match newest.get_mut(entry.name.as_str()) {
            Some(best) if is_newer(version.as_ref(), best.1.as_ref()) => *best = (entry, version),
            Some(_) => {}
            None => {
                newest.insert(&entry.name, (entry, version));
            }
        }
    }
    let entries = newest.into_iter();
    entries.map(|(name, (entry, _))| (name, entry)).collect()
}

/// Text that is no version is older than any version.
fn is_newer(version: Option<&Version>, best: Option<&Version>) -> bool {
    match (version, best) {
        (Some(version), Some(best)) => ocm::version::latest([best, version])
            .is_some_and(|latest| std::ptr::eq(latest, version)),
        (version, _) => version.is_some(),
    }
}

/// The platforms that an entry's label for the official CLI names.
pub(super) fn platforms(labels: &[Label]) -> Option<Vec<&str>> {
    let list = find_label(labels, labels::PLUGIN_INFO)?
        .value
        .get("platforms")?
        .as_array()?;
    list.iter().map(Value::as_str).collect()
}

fn lost_platforms<'a>(old: &'a Reference, new: &Reference) -> Vec<&'a str> {
    let (Some(before), Some(now)) = (platforms(old.labels()), platforms(new.labels())) else {
        return Vec::new();
    };
    let lost = before
        .into_iter()
        .filter(|platform| !now.contains(platform));
    lost.collect()
}

/// Says whether both are the same but for the version.
fn same(old: &Descriptor, new: &Descriptor) -> bool {
    let mut renamed = new.clone();
    renamed.component.version.clone_from(&old.component.version);
    old.same_content(&renamed)
}
