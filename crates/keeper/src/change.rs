//! Changes to a registry by its keeper.
//!
//! Facts are always read from the plugin's own component. A change is a new text of the
//! constructor; no file is written here.

mod add;
mod bump;
mod error;
mod release;
mod unpublished;
mod update;
mod withdraw;

use std::collections::BTreeSet;
use std::path::Path;

use ocm::constructor::{ComponentConstructor, Constructor, ReferenceConstructor, values};
use ocm::{
    ComponentName, ComponentVersionId, Descriptor, Label, Lookup, Repository, RepositoryError,
};
use serde::Serialize;

use crate::edit::{self, Edit};
use crate::policy::Policy;
use crate::root;
use registry::diff::diff;
use registry::labels::{EntryLabel, RegistryLabel};
use registry::plugin::Plugin;
use registry::pre_release;
use registry::tombstone::Tombstone;
use registry::version_class::VersionClass;

pub use self::add::Addition;
pub use self::error::ChangeError;
pub use self::release::{Release, pauses};
pub use self::unpublished::{UnpublishedChanges, latest_version};
pub use self::update::{JOBS, Update};

/// A registry with everything needed to change it.
#[derive(Clone, Copy, Debug)]
pub struct Keeper<'a> {
    /// Text of the constructor.
    pub text: &'a str,
    /// The directory that paths of its inputs are relative to.
    pub folder: &'a Path,
    /// The constructor, parsed from `text`.
    pub constructor: &'a Constructor,
    /// The policy of the registry (plugyard.yaml).
    pub policy: &'a Policy,
    /// Where its plugins are looked up.
    pub lookup: &'a Lookup,
    /// Where it is published; absent if that archive does not exist yet.
    pub published: Option<&'a Repository>,
}

/// A change, computed but not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Version of the registry in the constructor before.
    pub from: String,
    /// Version of the registry in the constructor after.
    pub to: String,
    /// How far the change must raise the version of the registry.
    pub class: VersionClass,
    /// Why the version must be raised that far.
    pub reasons: Vec<String>,
    /// The entries that are added, updated, re-pinned or yanked.
    pub changes: Vec<ChangedEntry>,
    /// Plugins that could not be read, by name. All others are in `changes`.
    pub failed: Vec<FailedPlugin>,
    /// Entries that are removed, as `NAME@VERSION`: by `remove`, or by `keep` of plugyard.yaml.
    #[serde(skip)]
    pub pruned: Vec<String>,
    /// Versions that were found but not added.
    #[serde(skip)]
    pub held_back: Vec<HeldBack>,
    /// The new text of the constructor.
    #[serde(skip)]
    pub text: String,
}

/// An entry that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedEntry {
    /// Name of the entry.
    pub name: String,
    /// Component of the plugin.
    pub component: String,
    /// Version before; absent for a new entry.
    pub old: Option<String>,
    /// Version after.
    pub new: String,
    /// Component digest it is pinned to, as `sha256:HEX`.
    pub digest: String,
}

/// A plugin that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedPlugin {
    /// Name of the entry.
    pub name: String,
    /// Why, as one line.
    pub message: String,
    /// How to fix it, where that is known.
    #[serde(skip)]
    pub hint: Option<String>,
}

/// A version that was found but not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// Name of the entry.
    pub name: String,
    /// The version.
    pub version: String,
    /// What held it back.
    pub limit: Limit,
}

/// Why a version was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `keep` of plugyard.yaml would remove it at once.
    Keep,
    /// It differs in a higher number of the version than [`Update::only`] allows.
    Only,
}

/// What determines how far the version of the registry is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    /// These edits alone, counted from the latest version that is listed. Costs one request.
    Edits,
    /// All changes since the latest published version. Costs three or five requests.
    SincePublished,
}

impl Keeper<'_> {
    fn registry(&self) -> Result<&ComponentConstructor, ChangeError> {
        Ok(root::registry(self.constructor)?)
    }

    /// Applies edits, and raises the version of the registry as far as they require.
    async fn finish(
        &self,
        edits: &[Edit],
        changes: Vec<ChangedEntry>,
        count: Count,
    ) -> Result<Change, ChangeError> {
        let registry = self.registry()?;
        let name = &registry.name.value;
        let current = &registry.version.value;
        let mut change = Change {
            from: current.to_string(),
            to: current.to_string(),
            class: VersionClass::None,
            reasons: Vec::new(),
            changes,
            failed: Vec::new(),
            pruned: Vec::new(),
            held_back: Vec::new(),
            text: self.text.to_owned(),
        };
        if edits.is_empty() {
            return Ok(change);
        }
        change.text = edit::apply(self.text, name, edits)?;
        let edited = ocm::constructor::parse(&change.text)?;
        let new = crate::content::of_constructor(root::registry(&edited)?);
        let mut difference = diff(&crate::content::of_constructor(registry), &new, None);
        let mut versions = Vec::new();
        let is_changed = !difference.is_empty();
        if let Some(repository) = self.published {
            versions = repository.versions(name).await?;
            if count == Count::SincePublished
                && let Some(since) =
                    UnpublishedChanges::latest(repository, &mut versions, &new).await?
            {
                difference = since.diff;
            }
        }
        change.class = difference.class;
        change.reasons = difference.reasons;
        let latest = ocm::version::latest(&versions);
        let mut to = change.class.raise(current, latest);
        if is_changed && let Some(published) = pre_release::in_the_way(&to, &versions) {
            to = pre_release::next(published);
        }
        if to != *current {
            change.text = edit::apply(&change.text, name, &[Edit::Version(to.to_string())])?;
            change.to = to.to_string();
        }
        Ok(change)
    }

    /// The labels of an entry for a plugin. Labels of other names are kept, as are the marks for
    /// yanked and mutable versions.
    fn entry_labels(&self, name: &str, plugin: &Plugin, before: &[Label]) -> Vec<Label> {
        if !self
            .policy
            .is_mutable(name, &plugin.component, &plugin.version)
        {
            return plugin.entry_labels(before);
        }
        let moving = EntryLabel {
            moving: true,
            ..EntryLabel::of(before)
        };
        plugin.entry_labels(moving.label().as_slice())
    }
}

/// The entries of a name, each with its index.
fn entries_of<'a>(
    registry: &'a ComponentConstructor,
    name: &str,
) -> Result<Vec<(usize, &'a ReferenceConstructor)>, ChangeError> {
    let entries = registry.references.iter().enumerate();
    let found: Vec<_> = entries
        .filter(|(_, entry)| entry.name.value == name)
        .collect();
    if found.is_empty() {
        let known = registry
            .references
            .iter()
            .map(|entry| entry.name.value.as_str());
        let known: BTreeSet<&str> = known.collect();
        let known: Vec<&str> = known.into_iter().collect();
        return Err(ChangeError::NoEntry {
            name: name.to_owned(),
            nearest: ocm::name::nearest(name, &known).map(str::to_owned),
            known: known.into_iter().map(str::to_owned).collect(),
        });
    }
    Ok(found)
}

/// The tombstones of a component.
fn tombstones(registry: &ComponentConstructor, component: &str) -> Vec<Tombstone> {
    let labels: Vec<Label> = values(&registry.labels);
    let mut tombstones = RegistryLabel::of(&labels).removed;
    tombstones.retain(|tombstone| tombstone.component == component);
    tombstones
}

pub(crate) fn component_name(component: &str) -> Result<ComponentName, RepositoryError> {
    Ok(ComponentName::parse(component)?)
}

/// Reads the facts of a plugin from its component.
pub(crate) async fn read(
    component: &str,
    version: &str,
    lookup: &Lookup,
) -> Result<Plugin, ChangeError> {
    let id = ComponentVersionId::parse(component, version).map_err(RepositoryError::from)?;
    let (_, found) = lookup.find(&id, false).await?;
    let descriptor: Descriptor = found.descriptor()?;
    Ok(Plugin::of(&descriptor)?)
}
