//! Everything the rules look at.

use std::collections::HashMap;

use ocm::constructor::{ComponentConstructor, Constructor, ReferenceConstructor, Spanned, values};
use ocm::yaml::Span;
use ocm::{ElementDigest, Label, Reference, RepositorySpec, Version};

use super::baseline::{Baseline, Published};
use super::cause::Cause;
use super::component::{ComponentState, PluginComponent};
use super::judge::{Judge, Subject};
use crate::policy::Policy;
use registry::EntryId;
use registry::diff::Content;
use registry::labels::{self, EntryLabel, InvalidLabel};
use registry::offer::{Candidate, Offer, PreReleases};
use registry::precedence::same_version;

/// A constructor, and everything that was read for it.
pub(super) struct Context<'a> {
    pub(super) constructor: &'a Constructor,
    pub(super) registry: &'a ComponentConstructor,
    /// The registry as it would be published.
    pub(super) content: Result<Content, Cause>,
    pub(super) labels: Vec<Label>,
    pub(super) entries: Vec<Entry<'a>>,
    /// The components that the constructor makes besides the registry.
    pub(super) further: Vec<FurtherComponent<'a>>,
    pub(super) baseline: Baseline,
    /// Set if no component was read, because it is not known which entries have changed.
    pub(super) unread: Option<Cause>,
    /// The policy that judges.
    pub(super) policy: &'a Policy,
    /// The change's own policy, if the one of another revision judges.
    pub(super) own_policy: &'a Policy,
    /// Name of the base revision, and the name of the registry there.
    pub(super) base_registry: Option<(&'a str, String)>,
    /// Where the registry is published.
    pub(super) repository: &'a RepositorySpec,
}

/// A component that the constructor makes besides the registry.
pub(super) struct FurtherComponent<'a> {
    pub(super) component: &'a ComponentConstructor,
    pub(super) references: Vec<Entry<'a>>,
    /// What is published of it where the registry is published.
    pub(super) published: Result<PublishedState, Cause>,
}

/// What is published of a component.
#[derive(Debug)]
pub(super) struct PublishedState {
    pub(super) latest: Option<Version>,
    /// Whether its version is published with the same content; `None` if it is not published.
    pub(super) is_same: Option<bool>,
}

/// An entry of the registry, or a reference of a further component.
pub(super) struct Entry<'a> {
    pub(super) reference: &'a ReferenceConstructor,
    pub(super) labels: Vec<Label>,
    /// The label `plugyard/entry`, or why it is not valid.
    pub(super) details: Result<EntryLabel, InvalidLabel>,
    /// Whether it is the newest version of its plugin.
    pub(super) newest: bool,
    pub(super) component: ComponentState,
}

impl<'a> Entry<'a> {
    pub(super) fn new(reference: &'a ReferenceConstructor) -> Self {
        let labels = values(&reference.labels);
        let details = EntryLabel::strict(&labels);
        Self {
            reference,
            labels,
            details,
            newest: false,
            component: ComponentState::NotRead,
        }
    }

    pub(super) fn name(&self) -> &'a str {
        &self.reference.name.value
    }

    pub(super) fn version(&self) -> &'a Version {
        &self.reference.version.value
    }

    pub(super) fn component(&self) -> &'a str {
        &self.reference.component.value
    }

    /// `NAME@VERSION`
    pub(super) fn spelled(&self) -> String {
        EntryId::new(self.name(), self.version()).to_string()
    }

    /// `COMPONENT:VERSION`
    pub(super) fn component_version(&self) -> String {
        format!("{}:{}", self.component(), self.version())
    }

    /// Returns whether a published entry has the same pin and labels.
    pub(super) fn is_unchanged(&self, published: &Reference) -> bool {
        let unset = ElementDigest::default();
        let digest = self.reference.digest.as_ref();
        published.component_name == self.component()
            && published.version == self.version().as_str()
            && published.extra_identity == self.reference.extra_identity
            && published.digest == *digest.map_or(&unset, |digest| &digest.value)
            && published.labels() == self.labels
    }

    /// The platforms in its label `ocm.software/pluginInfo`; `None` if that has no list of them.
    pub(super) fn platforms(&self) -> Option<Vec<String>> {
        labels::platforms(&self.labels)
    }

    /// Position of a label, or of the entry's name if it has no such label.
    pub(super) fn label_span(&self, name: &str) -> Span {
        label_span(&self.reference.labels, name).unwrap_or(self.reference.name.span)
    }

    /// Why rules that need the label `plugyard/entry` are undecided.
    pub(super) fn invalid_details(&self, reason: &InvalidLabel) -> Cause {
        let message = format!(
            "the label `{}` of {} is not valid: {reason}",
            labels::ENTRY,
            self.spelled()
        );
        let help = format!(
            "fix the label; without a label, `plugyard update {} --repin` writes a new one",
            self.name()
        );
        Cause::new(&message, Some(help))
    }
}

impl<'a> From<&'a Entry<'_>> for Subject<'a> {
    fn from(entry: &'a Entry<'_>) -> Self {
        Self::Entry(entry.name(), Some(entry.version()))
    }
}

/// Position of the first label with a name.
pub(super) fn label_span(labels: &[Spanned<Label>], name: &str) -> Option<Span> {
    labels
        .iter()
        .find(|label| label.value.name == name)
        .map(|label| label.span)
}

/// Marks the newest version of each plugin; a label that is not understood counts as absent.
pub(super) fn mark_newest(entries: &mut [Entry<'_>]) {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        by_name.entry(entry.name()).or_default().push(index);
    }
    let newest = by_name.into_values().filter_map(|indices| {
        let candidate = |index: usize| {
            let entry = &entries[index];
            let label = entry.details.as_ref().ok();
            Candidate {
                version: entry.version().as_str(),
                yanked: label.is_some_and(|label| label.yanked.is_some()),
                moving: label.is_some_and(|label| label.moving),
            }
        };
        let offer = Offer::choose(indices, candidate, PreReleases::AfterStable);
        offer.map(|offer| offer.newest)
    });
    let newest: Vec<usize> = newest.collect();
    for index in newest {
        entries[index].newest = true;
    }
}

impl Context<'_> {
    /// Position of findings about the registry as a whole.
    pub(super) fn span(&self) -> Span {
        self.registry.name.span
    }

    /// The version to compare with. If it could not be read, the rule is reported as undecided.
    pub(super) fn published(&self, judge: &mut Judge<'_>) -> Option<&Published> {
        match &self.baseline {
            Baseline::None => None,
            Baseline::Known(published) => Some(published),
            Baseline::Unknown(cause) => {
                judge.unknown(Subject::Registry, self.span(), cause);
                None
            }
        }
    }

    /// All references of the constructor: the entries, then those of further components.
    pub(super) fn references(&self) -> impl Iterator<Item = &Entry<'_>> {
        let further = self.further.iter();
        self.entries
            .iter()
            .chain(further.flat_map(|component| &component.references))
    }

    /// Returns whether the content of a published entry may change. A version that is not published
    /// yet may be listed under `moving` by the change itself.
    pub(super) fn may_change(&self, name: &str, component: &str, version: &str) -> bool {
        self.policy.is_mutable(name, component, version)
            || self.own_policy.is_mutable(name, component, version)
                && !self.is_published(name, version)
    }

    fn is_published(&self, name: &str, version: &str) -> bool {
        match &self.baseline {
            Baseline::None => false,
            Baseline::Unknown(_) => true,
            Baseline::Known(published) => {
                let mut entries = published.content.entries.iter();
                entries.any(|entry| entry.name == name && same_version(&entry.version, version))
            }
        }
    }

    /// Calls `ask` for every component of an entry that was read. For those that could not be read, the rule
    /// is reported as undecided; absent ones are left to the rule `component-exists`.
    pub(super) fn each_plugin(
        &self,
        judge: &mut Judge<'_>,
        mut ask: impl FnMut(&Entry<'_>, &PluginComponent, &mut Judge<'_>),
    ) {
        self.ask(self.entries.iter(), judge, &mut ask);
    }

    /// The same for every component that any reference of the constructor refers to.
    pub(super) fn each_component(
        &self,
        judge: &mut Judge<'_>,
        mut ask: impl FnMut(&Entry<'_>, &PluginComponent, &mut Judge<'_>),
    ) {
        self.ask(self.references(), judge, &mut ask);
    }

    fn ask<'e>(
        &self,
        references: impl Iterator<Item = &'e Entry<'e>>,
        judge: &mut Judge<'_>,
        ask: &mut dyn FnMut(&Entry<'_>, &PluginComponent, &mut Judge<'_>),
    ) {
        if let Some(cause) = &self.unread {
            judge.unknown(Subject::Registry, self.span(), cause);
        }
        for entry in references {
            match &entry.component {
                ComponentState::NotRead | ComponentState::Absent(_) => {}
                ComponentState::Unreadable(cause) => {
                    judge.unknown(entry, entry.reference.component.span, cause);
                }
                ComponentState::Read(component) => ask(entry, component, judge),
            }
        }
    }
}
