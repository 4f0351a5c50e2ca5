//! The constructor has no ignored keys or labels.

use ocm::constructor::DOLLAR;

use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Parsed, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "nothing-ignored",
    summary: "the constructor has no ignored keys or labels",
    reason: "Ignored keys and labels look as if they had been reviewed and published.",
    fix: "remove it, or correct its spelling",
    severity: Severity::Warning,
    is_about_entries: false,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Parsed<'_>, judge: &mut Judge<'_>) {
    let Ok(constructor) = &parsed.constructor else {
        return;
    };
    for warning in &constructor.warnings {
        if warning.message != DOLLAR {
            let (message, help) = (warning.message.clone(), warning.help.clone());
            judge.fail(Subject::Registry, warning.span, message, help);
        }
    }
}
