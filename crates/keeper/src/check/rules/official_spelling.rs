//! The official tools can read the constructor.

use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Parsed, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "official-spelling",
    summary: "the official tools can read the constructor",
    reason: "Plugyard also reads the spelling of the original sketch (`references`, `component`, `provider` as text); `ocm add cv` refuses it.",
    fix: "run `plugyard fmt`",
    severity: Severity::Warning,
    is_about_entries: false,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Parsed<'_>, judge: &mut Judge<'_>) {
    let Ok(constructor) = &parsed.constructor else {
        return;
    };
    for spelling in &constructor.sketch_spellings {
        let message = spelling.message.clone();
        judge.fail(Subject::Registry, spelling.span, message, None);
    }
}
