//! The constructor of a registry that is already published.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use futures_util::stream::{self, StreamExt};
use oci::Reporter;
use ocm::{Descriptor, Label, Lookup, PinComparison, Reference, Version};
use serde_json::{Value, json};

use crate::change::{ChangeError, JOBS, read};
use crate::edit::{self, Edit, Entry, Surroundings, scalar};
use crate::root;
use registry::diff::{Content, diff};
use registry::labels::{ENTRY, PLUGIN_INFO};
use registry::plugin::Plugin;
use registry::precedence::{Precedence, precedence};

/// Writes the constructor of a published registry: its entries, re-pinned and re-labelled from the
/// plugins' own components, and sorted. `called` is the reference the registry was read from;
/// `name` is its new component name, if it gets another one, and then it starts at v0.1.0. What
/// could not be imported unchanged is reported.
///
/// # Errors
/// A plugin was not found, cannot be read, or is not a plugin.
pub(super) async fn import(
    registry: &Descriptor,
    called: &str,
    name: Option<&str>,
    lookup: &Lookup,
    reporter: &dyn Reporter,
) -> Result<String, ChangeError> {
    let old = &registry.component;
    let own_name = name.unwrap_or(&old.name);
    let plugins = plugins(old.references(), lookup).await?;
    let mut entries: Vec<(Version, Entry)> = Vec::new();
    let mut bound: HashMap<&str, &str> = HashMap::new();
    let mut there: HashMap<(&str, Precedence), Version> = HashMap::new();
    for (reference, plugin) in old.references().iter().zip(plugins) {
        let (name, component) = (&reference.name, &reference.component_name);
        let spelled = format!("{name}@{}", reference.version);
        let owner = *bound.entry(name).or_insert(component);
        if owner != component {
            return Err(ChangeError::Bound {
                name: name.clone(),
                bound: owner.to_owned(),
                component: component.clone(),
            });
        }
        let version = Version::parse(&plugin.version).map_err(|_| ChangeError::NoVersionText {
            component: component.clone(),
            version: plugin.version.clone(),
        })?;
        match there.entry((name, precedence(&plugin.version))) {
            Slot::Occupied(slot) => {
                let other = slot.get();
                reporter.note(&format!(
                    "{spelled} is left out: {name}@{other} is the same version"
                ));
                continue;
            }
            Slot::Vacant(slot) => _ = slot.insert(version.clone()),
        }
        if let PinComparison::Differs(pin) = plugin.digest.compare_with(&reference.digest) {
            reporter.note(&format!(
                "{spelled} was pinned to {pin}, but its component is {} now",
                plugin.digest
            ));
        }
        entries.push((version, entry(reference, plugin)));
    }
    entries.sort_by(|(left, one), (right, other)| {
        one.name
            .cmp(&other.name)
            .then_with(|| left.precedence(right))
    });
    if !old.resources().is_empty() || !old.sources().is_empty() {
        reporter.note(&"resources and sources of the registry are not imported");
    }
    let version = if own_name == old.name {
        old.version.clone()
    } else {
        "v0.1.0".to_owned()
    };
    let text = head(registry, called, own_name, &version);
    let text = with_content(text, own_name, old.labels(), entries)?;
    let edited = ocm::constructor::parse(&text)?;
    let registry_now = root::registry(&edited)?;
    if own_name != old.name {
        return Ok(text);
    }
    let change = diff(
        &Content::of_descriptor(registry),
        &crate::content::of_constructor(registry_now),
        None,
    );
    let current = &registry_now.version.value;
    let raised = change.class.raise(current, Some(current));
    Ok(edit::apply(
        &text,
        own_name,
        &[Edit::Version(raised.to_string())],
    )?)
}

/// Reads all plugins, in the order of the entries.
async fn plugins(entries: &[Reference], lookup: &Lookup) -> Result<Vec<Plugin>, ChangeError> {
    let mut looked = stream::iter(entries)
        .map(|entry| read(&entry.component_name, &entry.version, lookup))
        .buffered(JOBS);
    let mut plugins = Vec::with_capacity(entries.len());
    while let Some(plugin) = looked.next().await {
        plugins.push(plugin?);
    }
    Ok(plugins)
}

/// An entry with the facts of its plugin, and the labels that others added.
fn entry(reference: &Reference, plugin: Plugin) -> Entry {
    let mut labels = plugin.entry_labels(reference.labels());
    let others = reference
        .labels()
        .iter()
        .filter(|label| !matches!(label.name.as_str(), PLUGIN_INFO | ENTRY));
    labels.extend(others.cloned().map(signed));
    Entry {
        name: reference.name.clone(),
        version: plugin.version,
        component: plugin.component,
        digest: plugin.digest.to_pin(),
        labels,
    }
}

fn signed(label: Label) -> Label {
    Label {
        signing: true,
        ..label
    }
}

fn head(registry: &Descriptor, called: &str, name: &str, version: &str) -> String {
    let provider = json!(registry.component.provider);
    let provider = provider.as_str().unwrap_or_default();
    // A provider with labels is a JSON document, and JSON is YAML.
    let provider = match serde_json::from_str::<Value>(provider) {
        Ok(document) if document.is_object() => document.to_string(),
        _ => format!("{{ name: {} }}", scalar(provider, Surroundings::Flow)),
    };
    // Text on one line cannot end the comment.
    let called: String = called
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    format!(
        "\
# The plugin registry {name}, imported from {called}
# Entries are added by `plugyard add COMPONENT`, reviewed, and published by `plugyard publish`.
name: {name}
version: {}
provider: {provider}
componentReferences: []
",
        scalar(version, Surroundings::Block)
    )
}

fn with_content(
    mut text: String,
    name: &str,
    labels: &[Label],
    entries: Vec<(Version, Entry)>,
) -> Result<String, ChangeError> {
    let labels = labels.iter().cloned().map(signed);
    for label in labels {
        text = edit::apply(&text, name, &[Edit::Label { index: None, label }])?;
    }
    let mut inserts = entries.into_iter().map(|(_, entry)| Edit::Insert(entry));
    // The first defines the layout of the list; the others are inserted together.
    if let Some(first) = inserts.next() {
        text = edit::apply(&text, name, &[first])?;
    }
    let inserts: Vec<Edit> = inserts.collect();
    Ok(edit::apply(&text, name, &inserts)?)
}
