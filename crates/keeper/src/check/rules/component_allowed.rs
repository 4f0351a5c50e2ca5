//! `allow` of plugyard.yaml permits the component of every entry.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "component-allowed",
    summary: "`allow` of plugyard.yaml permits the component of every entry",
    reason: "The keepers decide whose plugins the registry offers.",
    fix: "remove the entry, or add a pattern for its component to `allow` in plugyard.yaml",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for entry in &context.entries {
        if !context.policy.allows(entry.component()) {
            let message = format!(
                "`allow` of plugyard.yaml does not permit {}",
                entry.component()
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    }
}
