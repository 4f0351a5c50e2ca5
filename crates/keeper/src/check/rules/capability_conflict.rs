//! No two plugins claim the same type of a capability.

use std::collections::HashMap;

use super::capabilities_known::not_understood;
use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};
use registry::labels::ENTRY;

pub(super) static RULE: Rule = Rule {
    id: "capability-conflict",
    summary: "no two plugins claim the same type of a capability",
    reason: "They cannot be installed together: the official CLI refuses to start with both. The newest version of each plugin is looked at, unless it is withdrawn.",
    fix: "say in the descriptions that it is one or the other, or leave one of them out",
    severity: Severity::Warning,
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
                judge.unknown(entry, span, &not_understood(entry, reason));
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
                        "`{}` and `{first}` both claim `{kind}` of {}",
                        entry.name(),
                        capability.kind
                    );
                    judge.fail(entry, span, message, None);
                }
            }
        }
    }
}
