//! Every reference has a complete digest of the right algorithm.

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::publish::unpinned;
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "digest-present",
    summary: "every reference has a complete digest of the right algorithm",
    reason: "Without a digest, nothing shows whether an entry still refers to what was reviewed. The official CLI computes SHA-256 of `jsonNormalisation/v4alpha1` and nothing else.",
    fix: "`plugyard update NAME --repin` computes the digest from the component",
    severity: Severity::Error,
    is_about_entries: true,
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
