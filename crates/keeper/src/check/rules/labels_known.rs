//! Every label is one that a known tool reads.

use ocm::Label;
use ocm::constructor::Spanned;

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::check::spelling::intended;
use crate::severity::Severity;
use registry::labels::{CATEGORY, DESCRIPTION, ENTRY, PLUGIN_INFO, REGISTRY};

pub(super) static RULE: Rule = Rule {
    id: "labels-known",
    summary: "every label is one that a known tool reads",
    reason: "Neither Plugyard nor the official CLI reads other labels, but they are published with the registry.",
    fix: "remove the label, unless somebody reads it",
    severity: Severity::Note,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

/// Labels of a registry. The sketch of the official registry has `registry`.
const OF_REGISTRY: [&str; 4] = [CATEGORY, DESCRIPTION, REGISTRY, "registry"];
const OF_ENTRY: [&str; 2] = [PLUGIN_INFO, ENTRY];

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut report =
        |subject: Subject<'_>, whose: &str, labels: &[Spanned<Label>], known: &[&str]| {
            for label in labels {
                let name = label.value.name.as_str();
                // The rule `own-labels-spelled` reports misspellings.
                if known.contains(&name) || intended(name).is_some() {
                    continue;
                }
                let message = format!("no known tool reads the label `{name}` of {whose}");
                judge.fail(subject, label.span, message, None);
            }
        };
    let labels = &context.registry.labels;
    report(Subject::Registry, "the registry", labels, &OF_REGISTRY);
    for entry in &context.entries {
        let labels = &entry.reference.labels;
        report(entry.into(), &entry.spelled(), labels, &OF_ENTRY);
    }
}
