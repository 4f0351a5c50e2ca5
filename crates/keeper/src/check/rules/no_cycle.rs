//! No plugin refers back to the registry or to itself.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "no-cycle",
    summary: "no plugin refers back to the registry or to itself",
    reason: "Whoever follows the references of a circle never comes to an end; the official CLI crashes.",
    fix: "publish the plugin without the reference",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, plugin, judge| {
        let span = entry.reference.component.span;
        match &plugin.circle {
            Ok(None) => {}
            Ok(Some(circle)) => {
                let message = format!("the references go in a circle: {circle}");
                judge.fail(entry, span, message, None);
            }
            Err(trouble) => judge.unknown(entry, span, trouble),
        }
    });
}
