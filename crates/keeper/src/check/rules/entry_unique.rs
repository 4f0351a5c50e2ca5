//! The registry lists every version of a plugin once.

use std::collections::HashMap;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::precedence::precedence;

pub(super) static RULE: Rule = Rule {
    id: "entry-unique",
    summary: "the registry lists every version of a plugin once",
    reason: "The official CLI identifies entries by name and version, ignoring a leading `v`, build metadata and the extra identity; of two equal entries it shows one at random.",
    fix: "remove one of the entries",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut seen = HashMap::new();
    for entry in &context.entries {
        let key = (entry.name(), precedence(entry.version().as_str()));
        if let Some(first) = seen.insert(key, entry.version()) {
            let message = format!(
                "`{}` is listed as {first} and as {}, which are the same version; `extraIdentity` does not make them different",
                entry.name(),
                entry.version()
            );
            judge.fail(entry, entry.reference.version.span, message, None);
        }
    }
}
