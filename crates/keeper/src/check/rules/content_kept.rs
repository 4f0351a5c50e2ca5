//! A published version keeps its digest.

use std::collections::HashMap;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "content-kept",
    summary: "a published version keeps its digest",
    reason: "The same version with other content is either a mutable version, which plugyard.yaml should list, or was published again over the existing one, which should be investigated.",
    fix: "ask the author of the plugin why it changed; if it changes on purpose, list the version under `moving` in plugyard.yaml",
    severity: Severity::Warning,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let Some(published) = context.published(judge) else {
        return;
    };
    let before: HashMap<_, _> = published
        .content
        .entries
        .iter()
        .map(|entry| ((entry.name.as_str(), entry.version.as_str()), entry))
        .collect();
    for entry in &context.entries {
        let version = entry.version().as_str();
        let (Some(digest), Some(before)) = (
            &entry.reference.digest,
            before.get(&(entry.name(), version)),
        ) else {
            continue;
        };
        let same = before.component_name != entry.component()
            || before.digest.is_unset()
            || before.digest == digest.value;
        if same || context.may_change(entry.name(), entry.component(), version) {
            continue;
        }
        let message = format!(
            "the digest of {} differs from the one in {}: its content changed under the same version",
            entry.spelled(),
            published.name
        );
        judge.fail(entry, digest.span, message, None);
    }
}
