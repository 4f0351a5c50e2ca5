//! Each type of a capability is claimed by one plugin only.

use std::collections::HashMap;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::labels::ENTRY;

pub(super) static RULE: Rule = Rule {
    id: "capability-unique",
    summary: "each type of a capability is claimed by one plugin only",
    reason: "Two plugins that claim the same type cannot be installed together: the official CLI refuses to start with both. Only the newest version of each plugin counts, and not if all its versions are yanked.",
    fix: "say in their descriptions that they exclude each other, or remove one of them",
    severity: Severity::Warning,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut claims: HashMap<(&str, &str), &str> = HashMap::new();
    for entry in context.entries.iter().filter(|entry| entry.newest) {
        let span = entry.label_span(ENTRY);
        let details = match &entry.details {
            Ok(details) if details.yanked.is_some() => continue,
            Ok(details) => details,
            Err(reason) => {
                judge.unknown(entry, span, &entry.invalid_details(reason));
                continue;
            }
        };
        for capability in &details.capabilities {
            for kind in &capability.types {
                let first = *claims
                    .entry((&capability.kind, kind))
                    .or_insert(entry.name());
                if first != entry.name() {
                    let message = format!(
                        "`{first}` and `{}` both claim the type `{kind}` of {}",
                        entry.name(),
                        capability.kind
                    );
                    judge.fail(entry, span, message, None);
                }
            }
        }
    }
}
