//! The versions that move are those that plugyard.yaml lists.

use super::capabilities_known::not_understood;
use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};
use registry::labels::ENTRY;

pub(super) static RULE: Rule = Rule {
    id: "moving-versions",
    summary: "the versions that move are those that plugyard.yaml lists",
    reason: "A version that may change under its users must be agreed upon, and must be marked for them.",
    fix: "list it under `moving` in plugyard.yaml, or take it out there; then `plugyard update NAME --repin`",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for entry in &context.entries {
        let span = entry.label_span(ENTRY);
        let marked = match &entry.details {
            Ok(details) => details.moving,
            Err(reason) => {
                judge.unknown(entry, span, &not_understood(entry, reason));
                continue;
            }
        };
        let version = entry.version().as_str();
        let listed = context
            .policy
            .is_moving(entry.name(), entry.component(), version);
        let name = entry.spelled();
        if marked && !listed {
            let message = format!("{name} is marked as moving, and plugyard.yaml does not list it");
            judge.fail(entry, span, message, None);
        } else if listed && !marked {
            let message = format!("{name} moves, as plugyard.yaml says, and is not marked so");
            judge.fail(entry, span, message, None);
        }
    }
}
