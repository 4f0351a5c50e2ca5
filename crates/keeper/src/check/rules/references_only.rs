//! The registry has references only.

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "references-only",
    summary: "the registry has references only, no resources or sources of its own",
    reason: "No command reads resources or sources of a registry, but they are published with it.",
    fix: "remove it, unless somebody reads it",
    severity: Severity::Note,
    is_about_entries: false,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let registry = context.registry;
    let resources = registry.resources.iter();
    let sources = registry.sources.iter();
    let resources = resources.map(|resource| ("resource", &resource.name));
    for (kind, name) in resources.chain(sources.map(|source| ("source", &source.name))) {
        let message = format!("the registry publishes the {kind} `{}`", name.value);
        judge.fail(Subject::Registry, name.span, message, None);
    }
}
