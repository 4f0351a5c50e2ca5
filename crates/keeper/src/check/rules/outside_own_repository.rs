//! Plugins live in the repository of the registry.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "outside-own-repository",
    summary: "plugins live in the repository of the registry",
    reason: "The official CLI looks for the plugins of a registry where the registry is. For those elsewhere its users need a resolver in their configuration.",
    fix: "copy the component there, for instance with `ocm transfer cv`, or tell users which resolver they need",
    severity: Severity::Warning,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, plugin, judge| {
        if let Some(place) = &plugin.place
            && place != context.repository
        {
            let message = format!(
                "{}:{} lives in {place}, and the registry in {}",
                entry.component(),
                entry.version(),
                context.repository
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    });
}
