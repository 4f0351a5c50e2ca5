//! All that the rules look at, read before any of them is asked.

use std::collections::HashMap;

use ocm::constructor::{ComponentConstructor, Constructor, ReferenceConstructor, Spanned, values};
use ocm::yaml::Span;
use ocm::{ElementDigest, Label, Reference, RepositorySpec, Version};

use super::Trouble;
use super::baseline::{Baseline, Published};
use super::facts::{Facts, PluginFacts};
use super::rule::{Judge, Subject};
use crate::policy::Policy;
use registry::EntryId;
use registry::diff::Content;
use registry::labels::{self, EntryLabel};

/// What there is to judge.
pub(super) struct Context<'a> {
    pub(super) constructor: &'a Constructor,
    pub(super) registry: &'a ComponentConstructor,
    /// As it would be published.
    pub(super) content: Result<Content, Trouble>,
    pub(super) labels: Vec<Label>,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) baseline: Baseline,
    /// Why no plugin was read, where it is not known which have changed.
    pub(super) unread: Option<Trouble>,
    pub(super) policy: &'a Policy,
    /// Where the registry is published.
    pub(super) repository: &'a RepositorySpec,
}

/// An entry of the registry.
pub(super) struct Entry<'a> {
    pub(super) reference: &'a ReferenceConstructor,
    pub(super) labels: Vec<Label>,
    /// What the label `plugyard/entry` says, or why it is not understood.
    pub(super) details: Result<EntryLabel, String>,
    /// Whether it is the newest version of its plugin.
    pub(super) newest: bool,
    /// What its component says, where that was read.
    pub(super) facts: Facts,
}

impl<'a> Entry<'a> {
    pub(super) fn new(reference: &'a ReferenceConstructor) -> Self {
        let labels = values(&reference.labels);
        let details = EntryLabel::strict(&labels).map_err(|invalid| invalid.to_string());
        Self {
            reference,
            labels,
            details,
            newest: false,
            facts: Facts::NotRead,
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

    /// Says whether the latest published version has it with the same pin and labels.
    pub(super) fn is_unchanged(&self, published: &Reference) -> bool {
        let unset = ElementDigest::default();
        let digest = self.reference.digest.as_ref();
        published.component_name == self.component()
            && published.version == self.version().as_str()
            && published.extra_identity == self.reference.extra_identity
            && published.digest == *digest.map_or(&unset, |digest| &digest.value)
            && published.labels() == self.labels
    }

    /// The platforms that its label for the official CLI names.
    pub(super) fn platforms(&self) -> Option<Vec<String>> {
        labels::platforms(&self.labels)
    }

    /// Where a label stands; the name of the entry if there is none.
    pub(super) fn label_span(&self, name: &str) -> Span {
        label_span(&self.reference.labels, name).unwrap_or(self.reference.name.span)
    }
}

/// Where the first label of a name stands.
pub(super) fn label_span(labels: &[Spanned<Label>], name: &str) -> Option<Span> {
    labels
        .iter()
        .find(|label| label.value.name == name)
        .map(|label| label.span)
}

/// Marks the newest version of each plugin.
pub(super) fn mark_newest(entries: &mut [Entry<'_>]) {
    let mut newest: HashMap<&str, usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let best = newest.entry(entry.name()).or_insert(index);
        let versions = [entries[*best].version(), entry.version()];
        if std::ptr::eq(
            ocm::version::latest(versions).unwrap_or(versions[0]),
            versions[1],
        ) {
            *best = index;
        }
    }
    let newest: Vec<usize> = newest.into_values().collect();
    for index in newest {
        entries[index].newest = true;
    }
}

impl Context<'_> {
    /// Where things about the registry as a whole are shown.
    pub(super) fn span(&self) -> Span {
        self.registry.name.span
    }

    /// The latest published version. Where that could not be read, the rule is undecided.
    pub(super) fn published(&self, judge: &mut Judge<'_>) -> Option<&Published> {
        match &self.baseline {
            Baseline::None => None,
            Baseline::Known(published) => Some(published),
            Baseline::Unknown(trouble) => {
                judge.unknown(Subject::Registry, self.span(), trouble);
                None
            }
        }
    }

    /// Asks about every plugin that was read. Those that could not be read leave the rule
    /// undecided; those that are not there are the business of one rule.
    pub(super) fn each_plugin(
        &self,
        judge: &mut Judge<'_>,
        mut ask: impl FnMut(&Entry<'_>, &PluginFacts, &mut Judge<'_>),
    ) {
        if let Some(trouble) = &self.unread {
            judge.unknown(Subject::Registry, self.span(), trouble);
        }
        for entry in &self.entries {
            match &entry.facts {
                Facts::NotRead | Facts::Absent(_) => {}
                Facts::Unreadable(trouble) => {
                    judge.unknown(entry, entry.reference.component.span, trouble);
                }
                Facts::Read(plugin) => ask(entry, plugin, judge),
            }
        }
    }
}
