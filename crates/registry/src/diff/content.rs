//! What a registry version says, wherever it was read from.

use std::collections::BTreeMap;

use ocm::constructor::{ComponentConstructor, values};
use ocm::{Descriptor, Label, Reference, Version};
use serde_json::{Value, json};

/// The content of a registry version, from its descriptor or its constructor.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Component name of the registry.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its entries.
    pub entries: Vec<Reference>,
    /// Its labels.
    pub labels: Vec<Label>,
    /// What else there is, in a form that descriptor and constructor share.
    pub rest: BTreeMap<&'static str, Value>,
}

impl Content {
    /// The content of a registry of which nothing is published yet.
    pub fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: String::new(),
            entries: Vec::new(),
            labels: Vec::new(),
            rest: BTreeMap::new(),
        }
    }

    /// Says whether this stands for a registry of which nothing is published yet.
    pub fn is_nothing(&self) -> bool {
        self.version.is_empty()
    }

    /// The content of a published registry.
    pub fn of_descriptor(descriptor: &Descriptor) -> Self {
        let component = &descriptor.component;
        let artifacts = |kind: &str, name: &str, version: &str| json!([kind, name, version]);
        let resources = component.resources().iter();
        let sources = component.sources().iter();
        Self {
            name: component.name.clone(),
            version: component.version.clone(),
            entries: component.references().to_vec(),
            labels: component.labels().to_vec(),
            rest: rest(
                json!(component.provider),
                component.creation_time.as_deref(),
                resources
                    .map(|resource| artifacts(&resource.kind, &resource.name, &resource.version)),
                sources.map(|source| artifacts(&source.kind, &source.name, &source.version)),
            ),
        }
    }

    /// The content of a registry as its constructor says it. Of resources and sources only type,
    /// name and version are known.
    pub fn of_constructor(component: &ComponentConstructor) -> Self {
        let references = component.references.iter();
        let resources = component.resources.iter().map(|resource| {
            json!([
                resource.kind.value,
                resource.name.value,
                resource.version.as_str()
            ])
        });
        let sources = component.sources.iter().map(|source| {
            json!([
                source.kind.value,
                source.name.value,
                source.version.as_str()
            ])
        });
        let time = component
            .creation_time
            .as_ref()
            .map(|time| time.value.as_str());
        Self {
            name: component.name.value.clone(),
            version: component.version.value.to_string(),
            entries: references.map(|entry| entry.to_reference()).collect(),
            labels: values(&component.labels),
            rest: rest(json!(component.provider.value), time, resources, sources),
        }
    }

    /// The entries by name, in their order.
    pub(super) fn by_name(&self) -> BTreeMap<&str, Vec<&Reference>> {
        let mut by_name: BTreeMap<&str, Vec<&Reference>> = BTreeMap::new();
        for entry in &self.entries {
            by_name.entry(&entry.name).or_default().push(entry);
        }
        by_name
    }
}

fn rest(
    provider: Value,
    time: Option<&str>,
    resources: impl Iterator<Item = Value>,
    sources: impl Iterator<Item = Value>,
) -> BTreeMap<&'static str, Value> {
    let mut rest = BTreeMap::from([("provider", provider)]);
    if let Some(time) = time {
        rest.insert("creationTime", json!(time));
    }
    let lists = [
        ("resources", resources.collect::<Vec<_>>()),
        ("sources", sources.collect()),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            rest.insert(name, Value::Array(list));
        }
    }
    rest
}

/// Says whether two texts are the same version to semver; texts that are none, if equal.
pub(crate) fn same_version(one: &str, other: &str) -> bool {
    match (Version::parse(one), Version::parse(other)) {
        (Ok(one), Ok(other)) => one.same_as(&other),
        _ => one == other,
    }
}

/// The newest entry: of the highest stable version, else of the highest pre-release.
pub(crate) fn newest<'a>(entries: &[&'a Reference]) -> Option<&'a Reference> {
    let versions: Vec<Version> = entries
        .iter()
        .filter_map(|entry| Version::parse(&entry.version).ok())
        .collect();
    match ocm::version::latest(&versions) {
        Some(latest) => entries
            .iter()
            .copied()
            .find(|entry| entry.version == latest.as_str()),
        None => entries.last().copied(),
    }
}
