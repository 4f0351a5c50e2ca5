//! The registry keeps its name.

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "registry-name-kept",
    summary: "the registry keeps its name",
    reason: "Under another name nothing is published yet, so there would be nothing to compare the change with, and users of the old name would get no further versions. Checked with `--base`.",
    fix: "restore the name; to publish under another name, start a new registry with `plugyard init`",
    severity: Severity::Error,
    is_about_entries: false,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let name = &context.registry.name;
    if let Some((revision, before)) = &context.base_registry
        && name.value != *before
    {
        let message = format!(
            "the registry is {before} in {revision}, and {} here",
            name.value
        );
        judge.fail(Subject::Registry, name.span, message, None);
    }
}
