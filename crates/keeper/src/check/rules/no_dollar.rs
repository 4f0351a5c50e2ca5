//! There is no `$` in the constructor.

use ocm::constructor::{Constructor, ConstructorError, DOLLAR};

use crate::check::Severity;
use crate::check::rule::{Judge, Judging, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    id: "no-dollar",
    summary: "there is no `$` in the constructor",
    reason: "The official CLI replaces `$NAME` in a constructor by what the environment of whoever runs it has, mostly by nothing. What was reviewed would not be what is published.",
    fix: "write it in words; in the description of a plugin, mend it there and publish a new version",
    severity: Severity::Error,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Result<Constructor, ConstructorError>, judge: &mut Judge<'_>) {
    let Ok(constructor) = parsed else {
        return;
    };
    for warning in &constructor.warnings {
        if warning.message == DOLLAR {
            judge.fail(Subject::Registry, warning.span, DOLLAR, None);
        }
    }
}
