//! `allow` of plugyard.yaml permits every component.

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "component-allowed",
    summary: "`allow` of plugyard.yaml permits every component that the constructor refers to or makes",
    reason: "The keepers decide whose plugins the registry offers.",
    fix: "remove the entry, or add a pattern for its component to `allow` in plugyard.yaml",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for further in &context.further {
        let name = &further.component.name;
        if !context.policy.allows(&name.value) {
            let message = format!("`allow` of plugyard.yaml does not permit {}", name.value);
            judge.fail(Subject::Registry, name.span, message, None);
        }
    }
    for entry in context.references() {
        if !context.policy.allows(entry.component()) {
            let message = format!(
                "`allow` of plugyard.yaml does not permit {}",
                entry.component()
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    }
}
