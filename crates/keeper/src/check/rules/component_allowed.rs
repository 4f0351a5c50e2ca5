//! The component of every entry is one that plugyard.yaml allows.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "component-allowed",
    summary: "the component of every entry is one that plugyard.yaml allows",
    reason: "The keepers decide whose plugins the registry offers.",
    fix: "take the entry out, or add a pattern for its component to `allow` in plugyard.yaml",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for entry in &context.entries {
        if !context.policy.allows(entry.component()) {
            let message = format!("plugyard.yaml does not allow {}", entry.component());
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    }
}
