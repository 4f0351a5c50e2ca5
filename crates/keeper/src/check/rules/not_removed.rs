//! What was taken out of the registry does not come back by accident.

use crate::check::context::{Context, label_span};
use crate::check::rule::{Judge, Judging, Rule, Subject};
use crate::check::{Severity, Trouble};
use registry::labels::{REGISTRY, RegistryLabel};
use registry::tombstone::Tombstones;

pub(super) static RULE: Rule = Rule {
    id: "not-removed",
    summary: "what was taken out of the registry does not come back by accident",
    reason: "A version is taken out for a reason, such as a security hole. A merge or a scan must not bring it back.",
    fix: "take the entry out again; if it shall come back, take its tombstone out of the label `plugyard/registry`",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let removed = match RegistryLabel::strict(&context.labels) {
        Ok(label) => label.removed,
        Err(reason) => {
            let span = label_span(&context.registry.labels, REGISTRY).unwrap_or(context.span());
            let message = format!("the label `{REGISTRY}` is not understood: {reason}");
            let help = "mend the label; what was taken out is not known until then".to_owned();
            judge.unknown(Subject::Registry, span, &Trouble::new(&message, Some(help)));
            return;
        }
    };
    let tombstones = Tombstones::new(removed);
    for entry in &context.entries {
        if let Some(tombstone) = tombstones.of(entry.component(), entry.version().as_str()) {
            let message = format!(
                "{}:{} was taken out of this registry: {}",
                entry.component(),
                entry.version(),
                tombstone.reason
            );
            judge.fail(entry, entry.reference.version.span, message, None);
        }
    }
}
