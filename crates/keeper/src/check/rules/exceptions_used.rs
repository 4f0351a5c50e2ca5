//! Every exception of plugyard.yaml applies to a finding.

use crate::check::component::ComponentState;
use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "exceptions-used",
    summary: "every exception of plugyard.yaml applies to a finding",
    reason: "An exception that applies to nothing would accept a later finding that nobody has seen. One whose entries were not read may still be needed, and is not reported.",
    fix: "delete the exception from plugyard.yaml",
    severity: Severity::Note,
    is_about_entries: false,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for (index, exception) in context.policy.exceptions.iter().enumerate() {
        if judge.is_used(index) || judge.is_off(&exception.rule) {
            continue;
        }
        let mut covered = context
            .references()
            .filter(|entry| exception.covers(&exception.rule, entry.name(), Some(entry.version())));
        if covered.any(|entry| !matches!(entry.component, ComponentState::Read(_))) {
            continue;
        }
        let version = exception.version.as_ref();
        let version = version.map_or_else(String::new, |version| format!("@{version}"));
        let message = format!(
            "the exception for `{}` at {}{version} applies to nothing",
            exception.rule,
            exception.entry.as_str()
        );
        judge.fail(Subject::Registry, context.span(), message, None);
    }
}
