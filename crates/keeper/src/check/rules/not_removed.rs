//! A removed version is not listed again by accident.

use crate::check::cause::Cause;
use crate::check::context::{Context, label_span};
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::labels::{REGISTRY, RegistryLabel};
use registry::tombstone::Tombstones;

pub(super) static RULE: Rule = Rule {
    id: "not-removed",
    summary: "a removed version is not listed again by accident",
    reason: "A version is removed for a reason, such as a security hole. Neither a merge nor a scan may bring it back.",
    fix: "remove the entry; to list the version again on purpose, delete its tombstone in the label `plugyard/registry`",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let removed = match RegistryLabel::strict(&context.labels) {
        Ok(label) => label.removed,
        Err(reason) => {
            let span = label_span(&context.registry.labels, REGISTRY).unwrap_or(context.span());
            let message = format!("the label `{REGISTRY}` is not valid: {reason}");
            let help = "fix the label; until then, the removed versions are not known".to_owned();
            judge.unknown(Subject::Registry, span, &Cause::new(&message, Some(help)));
            return;
        }
    };
    let tombstones = Tombstones::new(removed);
    for entry in &context.entries {
        if let Some(tombstone) = tombstones.of(entry.component(), entry.version().as_str()) {
            let message = format!(
                "{} was removed from this registry: {}",
                entry.component_version(),
                tombstone.reason
            );
            judge.fail(entry, entry.reference.version.span, message, None);
        }
    }
}
