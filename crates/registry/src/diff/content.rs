//! The content of a registry version, wherever it was read from.

use std::collections::BTreeMap;

use ocm::{Component, Descriptor, Label, Reference};
use serde::Serialize;
use serde_json::{Value, json};

use crate::value::same_value;

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
    /// Its own resources.
    pub(super) resources: Vec<Artifact>,
    /// Its own sources.
    pub(super) sources: Vec<Artifact>,
    /// What else there is, by the names it has in a descriptor.
    pub(super) rest: BTreeMap<String, Value>,
}

/// A resource or a source of the registry itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Artifact {
    version: String,
    /// Its metadata apart from version and content.
    members: Value,
    /// Where its content is, and its digest; nothing, if a constructor has it as an input.
    content: Option<Value>,
}

impl Content {
    /// The content of a registry of which nothing is published yet.
    pub fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: String::new(),
            entries: Vec::new(),
            labels: Vec::new(),
            resources: Vec::new(),
            sources: Vec::new(),
            rest: BTreeMap::new(),
        }
    }

    /// Returns whether this represents a registry without a published version.
    pub fn is_nothing(&self) -> bool {
        self.version.is_empty()
    }

    /// The content of a published registry. Signatures are not part of it.
    pub fn of_descriptor(descriptor: &Descriptor) -> Self {
        let mut content = Self::of(descriptor.component.clone());
        let (rest, meta) = (&descriptor.rest, &descriptor.meta.rest);
        for (name, value) in rest {
            content.rest.insert(name.clone(), value.clone());
        }
        if !meta.is_empty() {
            content.rest.insert("meta".to_owned(), json!(meta));
        }
        content
    }

    /// The content of a registry from a component that is not published yet.
    pub fn of_component(component: Component) -> Self {
        Self::of(component)
    }

    /// Clears the content of the resources and sources for which `resources` and `sources` are
    /// `true`, in the order of the component: unknown content equals any other.
    #[must_use]
    pub fn without_content(
        mut self,
        resources: impl IntoIterator<Item = bool>,
        sources: impl IntoIterator<Item = bool>,
    ) -> Self {
        let forget = |artifacts: &mut [Artifact], unknown: &mut dyn Iterator<Item = bool>| {
            for (artifact, is_unknown) in artifacts.iter_mut().zip(unknown) {
                if is_unknown {
                    artifact.content = None;
                }
            }
        };
        forget(&mut self.resources, &mut resources.into_iter());
        forget(&mut self.sources, &mut sources.into_iter());
        self
    }

    fn of(component: Component) -> Self {
        let mut rest: BTreeMap<String, Value> = component.rest.into_iter().collect();
        rest.insert("provider".to_owned(), json!(component.provider));
        if let Some(time) = component.creation_time {
            rest.insert("creationTime".to_owned(), Value::String(time));
        }
        let contexts = component.repository_contexts.unwrap_or_default();
        if !contexts.is_empty() {
            rest.insert("repositoryContexts".to_owned(), Value::Array(contexts));
        }
        Self {
            name: component.name,
            version: component.version,
            entries: component.references.unwrap_or_default(),
            labels: component.labels.unwrap_or_default(),
            resources: artifacts(component.resources.as_deref()),
            sources: artifacts(component.sources.as_deref()),
            rest,
        }
    }

    /// The entries by name, in their order.
    pub fn by_name(&self) -> BTreeMap<&str, Vec<&Reference>> {
        let mut by_name: BTreeMap<&str, Vec<&Reference>> = BTreeMap::new();
        for entry in &self.entries {
            by_name.entry(&entry.name).or_default().push(entry);
        }
        by_name
    }
}

impl Artifact {
    /// Returns whether both are equal. A version that is that of the registry, which is the default,
    /// changes with it.
    fn is_same(&self, version: &str, other: &Self, other_version: &str) -> bool {
        let same_version = self.version == other.version
            || self.version == version && other.version == other_version;
        let same_content = match (&self.content, &other.content) {
            (Some(one), Some(other)) => same_value(one, other),
            _ => true,
        };
        same_version && same_content && same_value(&self.members, &other.members)
    }
}

/// Returns whether the resources or sources of two registries are the same, each with the version of
/// its registry.
pub(super) fn same_artifacts(
    (old, old_version): (&[Artifact], &str),
    (new, new_version): (&[Artifact], &str),
) -> bool {
    let mut pairs = old.iter().zip(new);
    old.len() == new.len() && pairs.all(|(old, new)| old.is_same(old_version, new, new_version))
}

/// Returns whether two things differ to the official reader.
pub(super) fn differ<T: PartialEq + Serialize + ?Sized>(old: &T, new: &T) -> bool {
    old != new && !same_value(&json!(old), &json!(new))
}

fn artifacts<T: Serialize>(list: Option<&[T]>) -> Vec<Artifact> {
    let list = list.unwrap_or_default().iter();
    list.map(|artifact| {
        let mut members = json!(artifact);
        let mut take = |name: &str| {
            let object = members.as_object_mut();
            object.and_then(|object| object.remove(name))
        };
        let version = take("version").and_then(|version| version.as_str().map(str::to_owned));
        // The official constructor drops `srcRefs` for inputs.
        let content = json!([take("access"), take("digest"), take("srcRefs")]);
        Artifact {
            version: version.unwrap_or_default(),
            members,
            content: Some(content),
        }
    })
    .collect()
}
