//! Every reference has a complete digest of the right algorithm.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule, Subject};
use crate::publish::unpinned;

pub(super) static RULE: Rule = Rule {
    id: "digest-present",
    summary: "every reference has a complete digest of the right algorithm",
    reason: "Without a digest nobody can say whether what an entry refers to is still what was reviewed. Only SHA-256 of `jsonNormalisation/v4alpha1` is what the official CLI computes.",
    fix: "`plugyard update NAME --repin` computes it from the component of the plugin",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for component in &context.constructor.components {
        for reference in &component.references {
            if let Some(finding) = unpinned(reference) {
                let name = &reference.name.value;
                let subject = Subject::Entry(name, Some(&reference.version.value));
                judge.fail(subject, finding.span, finding.message, finding.help);
            }
        }
    }
}
