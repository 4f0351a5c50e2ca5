//! The constructor is spelled as the official tools read it.

use ocm::constructor::{Constructor, ConstructorError};

use crate::check::Severity;
use crate::check::rule::{Judge, Judging, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    id: "official-spelling",
    summary: "the constructor is spelled as the official tools read it",
    reason: "Plugyard also reads the spelling of the first sketch (`references`, `component`, `provider` as text); `ocm add cv` refuses it.",
    fix: "`plugyard fmt` rewrites it",
    severity: Severity::Warning,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Result<Constructor, ConstructorError>, judge: &mut Judge<'_>) {
    let Ok(constructor) = parsed else {
        return;
    };
    for spelling in &constructor.sketch_spellings {
        let message = spelling.message.clone();
        judge.fail(Subject::Registry, spelling.span, message, None);
    }
}
