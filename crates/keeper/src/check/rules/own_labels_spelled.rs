//! No label is a misspelling of one that Plugyard reads.

use ocm::Label;
use ocm::constructor::Spanned;

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::check::spelling::intended;
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "own-labels-spelled",
    summary: "no label is a misspelling of one that Plugyard reads",
    reason: "A misspelt label counts as absent: a removed version could be listed again, and a yanked one would look fine.",
    fix: "rename the label",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut report = |subject: Subject<'_>, whose: &str, labels: &[Spanned<Label>]| {
        for label in labels {
            let name = &label.value.name;
            let Some(intended) = intended(name) else {
                continue;
            };
            let message = format!("the label `{name}` of {whose} is not read");
            let exists = labels.iter().any(|other| other.value.name == intended);
            let help = if exists {
                format!("move what it says to the label `{intended}`, then delete it")
            } else {
                format!("rename it to `{intended}`")
            };
            judge.fail(subject, label.span, message, Some(help));
        }
    };
    report(Subject::Registry, "the registry", &context.registry.labels);
    for entry in &context.entries {
        report(entry.into(), &entry.spelled(), &entry.reference.labels);
    }
}
