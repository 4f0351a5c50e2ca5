//! The constructor can be read, and its names and versions are valid and unique.

use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Parsed, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "constructor-well-formed",
    summary: "the constructor can be read, and its names and versions are valid and unique",
    reason: "What cannot be read cannot be published. This rule cannot be switched off: without it, no other rule can be checked.",
    fix: "fix the error at this location",
    severity: Severity::Error,
    is_about_entries: false,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Parsed<'_>, judge: &mut Judge<'_>) {
    let Err(error) = &parsed.constructor else {
        return;
    };
    for finding in &error.diagnostics {
        let (message, help) = (finding.message.clone(), finding.help.clone());
        judge.fail(Subject::Registry, finding.span, message, help);
    }
}
