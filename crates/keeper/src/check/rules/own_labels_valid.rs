//! The labels `plugyard/registry` and `plugyard/entry` are valid.

use crate::check::context::{Context, label_span};
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::labels::{ENTRY, REGISTRY, RegistryLabel};

pub(super) static RULE: Rule = Rule {
    id: "own-labels-valid",
    summary: "the labels `plugyard/registry` and `plugyard/entry` are valid",
    reason: "They record what was removed and what is yanked. An invalid label would count as absent.",
    fix: "fix the label at this location",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    if let Err(reason) = RegistryLabel::strict(&context.labels) {
        let span = label_span(&context.registry.labels, REGISTRY).unwrap_or(context.span());
        let message = format!("the label `{REGISTRY}` is not valid: {reason}");
        judge.fail(Subject::Registry, span, message, None);
    }
    for entry in &context.entries {
        if let Err(reason) = &entry.details {
            let name = entry.spelled();
            let message = format!("the label `{ENTRY}` of {name} is not valid: {reason}");
            judge.fail(entry, entry.label_span(ENTRY), message, None);
        }
    }
}
