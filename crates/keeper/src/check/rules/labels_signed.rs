//! Every label is signed.

use ocm::Label;
use ocm::constructor::Spanned;

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    id: "labels-signed",
    summary: "every label is signed",
    reason: "A label that is not `signing: true` can be changed without changing the digest of the registry, under a valid signature.",
    fix: "add `signing: true` to the label",
    severity: Severity::Note,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut look = |subject: Subject<'_>, whose: &str, labels: &[Spanned<Label>]| {
        for label in labels.iter().filter(|label| !label.value.signing) {
            let message = format!("the label `{}` of {whose} is not signed", label.value.name);
            judge.fail(subject, label.span, message, None);
        }
    };
    look(Subject::Registry, "the registry", &context.registry.labels);
    for entry in &context.entries {
        look(entry.into(), &entry.spelled(), &entry.reference.labels);
    }
}
