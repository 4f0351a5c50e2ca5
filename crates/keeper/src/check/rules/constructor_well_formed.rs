//! The constructor can be read, its names and versions are valid, and nothing stands in it twice.

use ocm::constructor::{Constructor, ConstructorError};

use crate::check::Severity;
use crate::check::rule::{Judge, Judging, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    id: "constructor-well-formed",
    summary: "the constructor can be read, its names and versions are valid, and nothing stands in it twice",
    reason: "What cannot be read cannot be published. This rule cannot be switched off: without it nothing else is looked at.",
    fix: "mend the place that is shown",
    severity: Severity::Error,
    judge: Judging::Text(judge),
};

/// Says what is wrong with the text.
fn judge(parsed: &Result<Constructor, ConstructorError>, judge: &mut Judge<'_>) {
    let Err(error) = parsed else {
        return;
    };
    for finding in &error.diagnostics {
        judge.fail(
            Subject::Registry,
            finding.span,
            finding.message.clone(),
            finding.help.clone(),
        );
    }
}
