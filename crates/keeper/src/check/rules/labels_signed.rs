//! Every label is covered by the signature.

use ocm::Label;
use ocm::constructor::Spanned;

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "labels-signed",
    summary: "every label is covered by the signature",
    reason: "A label without `signing: true` can be changed without changing the digest of the registry, and therefore under a valid signature.",
    fix: "add `signing: true` to the label",
    severity: Severity::Note,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut report = |subject: Subject<'_>, whose: &str, labels: &[Spanned<Label>]| {
        for label in labels.iter().filter(|label| !label.value.signing) {
            let message = format!(
                "the label `{}` of {whose} has no `signing: true`",
                label.value.name
            );
            judge.fail(subject, label.span, message, None);
        }
    };
    report(Subject::Registry, "the registry", &context.registry.labels);
    for entry in &context.entries {
        report(entry.into(), &entry.spelled(), &entry.reference.labels);
    }
}
