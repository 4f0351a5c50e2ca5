//! Every version of a plugin stands in the registry once.

use std::collections::HashMap;

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};
use registry::precedence::precedence;

pub(super) static RULE: Rule = Rule {
    id: "entry-unique",
    summary: "every version of a plugin stands in the registry once",
    reason: "The official CLI lists entries by name and version, where a leading `v` and build metadata do not count; of two it shows one at random, whatever else tells them apart.",
    fix: "leave one of them",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut seen = HashMap::new();
    for entry in &context.entries {
        let key = (entry.name(), precedence(entry.version().as_str()));
        if let Some(first) = seen.insert(key, entry.version()) {
            let message = format!(
                "`{}` is here in {first} and {}, and `extraIdentity` does not tell entries apart",
                entry.name(),
                entry.version()
            );
            judge.fail(entry, entry.reference.version.span, message, None);
        }
    }
}
