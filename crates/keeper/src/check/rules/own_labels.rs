//! The labels `plugyard/registry` and `plugyard/entry` are understood.

use crate::check::Severity;
use crate::check::context::{Context, label_span};
use crate::check::rule::{Judge, Judging, Rule, Subject};
use registry::labels::{ENTRY, REGISTRY, RegistryLabel};

pub(super) static RULE: Rule = Rule {
    id: "own-labels",
    summary: "the labels `plugyard/registry` and `plugyard/entry` are understood",
    reason: "They say what was taken out and what is withdrawn. One that is not understood would count as absent.",
    fix: "mend the label; `plugyard update NAME --repin` writes that of an entry anew",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    if let Err(reason) = RegistryLabel::strict(&context.labels) {
        let span = label_span(&context.registry.labels, REGISTRY).unwrap_or(context.span());
        let message = format!("the label `{REGISTRY}` is not understood: {reason}");
        judge.fail(Subject::Registry, span, message, None);
    }
    for entry in &context.entries {
        if let Err(reason) = &entry.details {
            let name = entry.spelled();
            let message = format!("the label `{ENTRY}` of {name} is not understood: {reason}");
            judge.fail(entry, entry.label_span(ENTRY), message, None);
        }
    }
}
