//! The constructor contains no `$`.

use ocm::constructor::DOLLAR;

use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Parsed, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "no-dollar",
    summary: "the constructor contains no `$`",
    reason: "The official CLI replaces `$NAME` in a constructor with the value of an environment variable, usually with nothing. What is published would not be what was reviewed.",
    fix: "write it in words; if the text comes from the plugin, fix it there and publish a new version",
    severity: Severity::Error,
    is_about_entries: false,
    judge: Judging::Text(judge),
};

fn judge(parsed: &Parsed<'_>, judge: &mut Judge<'_>) {
    let Ok(constructor) = &parsed.constructor else {
        return;
    };
    for warning in &constructor.warnings {
        if warning.message == DOLLAR {
            judge.fail(Subject::Registry, warning.span, DOLLAR, None);
        }
    }
}
