//! A name belongs to one component forever.

use std::collections::HashMap;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "name-bound",
    summary: "a name belongs to one component forever",
    reason: "Users of this name would be upgraded to someone else's program.",
    fix: "give the other component another name; to hand over a name, first remove all its entries and publish that",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut bound: HashMap<&str, (&str, &str)> = HashMap::new();
    if let Some(published) = context.published(judge) {
        for entry in &published.content.entries {
            bound
                .entry(&entry.name)
                .or_insert((&entry.component_name, &published.name));
        }
    }
    for entry in &context.entries {
        let (owner, origin) = *bound
            .entry(entry.name())
            .or_insert((entry.component(), "this constructor"));
        if owner != entry.component() {
            let message = format!(
                "the name `{}` belongs to {owner} in {origin}, so it cannot be used for {}",
                entry.name(),
                entry.component()
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    }
}
