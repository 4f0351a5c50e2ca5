//! The component of every entry exists.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::facts::Facts;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "component-exists",
    summary: "the component of every entry exists",
    reason: "An entry for something that nobody can get helps nobody.",
    fix: "publish the component first, or name the place where it is under `sources` in plugyard.yaml",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |_, _, _| {});
    for entry in &context.entries {
        if let Facts::Absent(trouble) = &entry.facts {
            let span = entry.reference.component.span;
            judge.fail(entry, span, trouble.message.clone(), trouble.help.clone());
        }
    }
}
