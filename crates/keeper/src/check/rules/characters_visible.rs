//! The constructor contains no invisible or bidirectional characters.

use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Parsed, Rule};
use crate::hidden;
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "characters-visible",
    summary: "the constructor contains no invisible or bidirectional characters",
    reason: "With them, a review shows another text than the one that is published. In values, an escape such as `\\u200b` in double quotes shows what is there.",
    fix: hidden::FIX,
    severity: Severity::Error,
    is_about_entries: false,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Parsed<'_>, judge: &mut Judge<'_>) {
    for found in hidden::characters(parsed.text) {
        judge.fail(Subject::Registry, found.span, found.message, found.help);
    }
}
