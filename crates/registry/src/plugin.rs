//! A plugin as its component describes it: the facts that an entry repeats.

use ocm::descriptor::find_label;
use ocm::{ComponentDigest, Descriptor, Label, Resource};

use crate::capabilities::Capability;
use crate::labels::{self, EntryLabel};
use crate::platform::Platform;

/// Type of the resources that are plugin programs.
pub const RESOURCE_TYPE: &str = "ocmPlugin";

/// The facts of a plugin, from its component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Name of the component.
    pub component: String,
    /// Version.
    pub version: String,
    /// Component digest.
    pub digest: ComponentDigest,
    /// Description for people; empty if there is none.
    pub description: String,
    /// What kind of plugin it is.
    pub category: Option<String>,
    /// Platforms it has programs for, sorted.
    pub platforms: Vec<String>,
    /// What it can do.
    pub capabilities: Vec<Capability>,
}

/// A component is not a plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{component}:{version} is not a plugin: {reason}")]
pub struct NoPlugin {
    /// Name of the component.
    pub component: String,
    /// Version.
    pub version: String,
    /// What is missing.
    pub reason: String,
}

impl NoPlugin {
    /// How to fix it.
    pub fn hint(&self) -> &'static str {
        "publish it with `plugyard plugin publish`, which gives every program its platform"
    }
}

impl Plugin {
    /// Reads the facts from a plugin's descriptor.
    ///
    /// # Errors
    /// It has no program, or one without a platform, or two for one platform, or programs of
    /// several names, of which the official CLI would use the wrong one.
    pub fn of(descriptor: &Descriptor) -> Result<Self, NoPlugin> {
        let component = &descriptor.component;
        let wrong = |reason: String| NoPlugin {
            component: component.name.clone(),
            version: component.version.clone(),
            reason,
        };
        let programs: Vec<&Resource> = programs(descriptor).collect();
        let Some(first) = programs.first() else {
            return Err(wrong(format!("it has no resource of type {RESOURCE_TYPE}")));
        };
        let mut platforms = Vec::new();
        for program in &programs {
            if program.name != first.name {
                let (one, other) = (&first.name, &program.name);
                return Err(wrong(format!(
                    "its programs have the names `{one}` and `{other}`, and must have one"
                )));
            }
            let platform = platform(program).ok_or_else(|| {
                let name = &program.name;
                wrong(format!(
                    "its resource `{name}` lacks `os` or `architecture`"
                ))
            })?;
            let platform = platform.to_string();
            if platforms.contains(&platform) {
                return Err(wrong(format!("it has two programs for {platform}")));
            }
            platforms.push(platform);
        }
        platforms.sort();
        let text = |name| {
            find_label(component.labels(), name)
                .and_then(|label| label.value.as_str())
                .map(str::to_owned)
        };
        let capabilities = find_label(component.labels(), labels::PLUGIN)
            .and_then(|label| label.value.get("capabilities"))
            .and_then(|list| serde_json::from_value(list.clone()).ok());
        Ok(Self {
            component: component.name.clone(),
            version: component.version.clone(),
            digest: ComponentDigest::of(descriptor),
            description: text(labels::DESCRIPTION).unwrap_or_default(),
            category: text(labels::CATEGORY),
            platforms,
            capabilities: capabilities.unwrap_or_default(),
        })
    }

    /// The labels of an entry for it. `moving` and `yanked` are kept from `before`, the labels
    /// the entry has.
    pub fn entry_labels(&self, before: &[Label]) -> Vec<Label> {
        let entry = EntryLabel {
            capabilities: self.capabilities.clone(),
            ..EntryLabel::of(before)
        };
        let mut labels = vec![labels::plugin_info(&self.description, &self.platforms)];
        labels.extend(entry.label());
        labels
    }
}

/// The resources of a component that are plugin programs.
pub fn programs(descriptor: &Descriptor) -> impl Iterator<Item = &Resource> {
    descriptor
        .component
        .resources()
        .iter()
        .filter(|resource| resource.kind == RESOURCE_TYPE)
}

/// The platform of a program, if it has both attributes.
pub fn platform(program: &Resource) -> Option<Platform> {
    let attribute = |key: &str| program.extra_identity.get(key).cloned();
    Some(Platform {
        os: attribute("os")?,
        architecture: attribute("architecture")?,
    })
}
