//! A name belongs to one component for good.

use std::collections::HashMap;

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "name-bound",
    summary: "a name belongs to one component for good",
    reason: "Whoever has a plugin by name would get the program of somebody else with the next version.",
    fix: "give the other component another name; to hand a name over, take out all entries of it first and publish that",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let mut bound: HashMap<&str, (&str, &str)> = HashMap::new();
    if let Some(published) = context.published(judge) {
        for entry in &published.content.entries {
            let place = published.name.as_str();
            bound
                .entry(&entry.name)
                .or_insert((&entry.component_name, place));
        }
    }
    for entry in &context.entries {
        let (owner, place) = *bound
            .entry(entry.name())
            .or_insert((entry.component(), "this constructor"));
        if owner != entry.component() {
            let message = format!(
                "the name `{}` belongs to {owner} in {place}, and this is {}",
                entry.name(),
                entry.component()
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    }
}
