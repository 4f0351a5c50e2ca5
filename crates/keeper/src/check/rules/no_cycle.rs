//! No plugin refers, directly or indirectly, to the registry or to itself.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "no-cycle",
    summary: "no plugin refers, directly or indirectly, to the registry or to itself",
    reason: "Following the references of a cycle never ends; the official CLI crashes.",
    fix: "publish the plugin without the reference",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, component, judge| {
        let span = entry.reference.component.span;
        match &component.cycle {
            Ok(None) => {}
            Ok(Some(path)) => {
                judge.fail(
                    entry,
                    span,
                    format!("the references form a cycle: {path}"),
                    None,
                );
            }
            Err(cause) => judge.unknown(entry, span, cause),
        }
    });
}
