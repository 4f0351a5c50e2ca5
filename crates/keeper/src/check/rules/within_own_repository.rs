//! Plugins are in the same repository as the registry.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "within-own-repository",
    summary: "plugins are in the same repository as the registry",
    reason: "The official CLI looks for the plugins of a registry where the registry is. For plugins elsewhere, its users need a resolver in their configuration.",
    fix: "copy the component there, for example with `ocm transfer cv`, or tell users which resolver they need",
    severity: Severity::Warning,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, component, judge| {
        if let Some(location) = &component.location
            && location != context.repository
        {
            let message = format!(
                "{} is in {location}, but the registry is in {}",
                entry.component_version(),
                context.repository
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    });
}
