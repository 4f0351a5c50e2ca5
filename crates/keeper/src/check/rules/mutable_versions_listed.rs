//! Exactly the versions listed under `moving` of plugyard.yaml are marked as mutable.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::labels::ENTRY;

pub(super) static RULE: Rule = Rule {
    id: "mutable-versions-listed",
    summary: "exactly the versions listed under `moving` of plugyard.yaml are marked as mutable",
    reason: "The keepers must agree to a version whose content may change, and users must be able to see it.",
    fix: "list the version under `moving` in plugyard.yaml or remove it there, then run `plugyard update NAME --repin`",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for entry in &context.entries {
        let span = entry.label_span(ENTRY);
        let marked = match &entry.details {
            Ok(details) => details.moving,
            Err(reason) => {
                judge.unknown(entry, span, &entry.invalid_details(reason));
                continue;
            }
        };
        let version = entry.version().as_str();
        // The list is part of the change: `content-kept` decides whose list counts for a digest.
        let listed = context
            .own_policy
            .is_mutable(entry.name(), entry.component(), version);
        let name = entry.spelled();
        if marked && !listed {
            let message = format!(
                "{name} is marked as mutable, but `moving` of plugyard.yaml does not list it"
            );
            judge.fail(entry, span, message, None);
        } else if listed && !marked {
            let message = format!(
                "`moving` of plugyard.yaml lists {name}, but the entry is not marked as mutable"
            );
            judge.fail(entry, span, message, None);
        }
    }
}
