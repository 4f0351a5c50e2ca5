//! Everything that stands in the constructor counts.

use ocm::constructor::{Constructor, ConstructorError, DOLLAR};

use crate::check::Severity;
use crate::check::rule::{Judge, Judging, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    id: "nothing-ignored",
    summary: "everything that stands in the constructor counts",
    reason: "Keys and labels that nobody reads look as if they had been reviewed and published.",
    fix: "take it out, or spell it as it is meant",
    severity: Severity::Warning,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Result<Constructor, ConstructorError>, judge: &mut Judge<'_>) {
    let Ok(constructor) = parsed else {
        return;
    };
    for warning in &constructor.warnings {
        if warning.message != DOLLAR {
            judge.fail(
                Subject::Registry,
                warning.span,
                warning.message.clone(),
                warning.help.clone(),
            );
        }
    }
}
