//! The component of every entry exists.

use crate::check::component::ComponentState;
use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "component-exists",
    summary: "the component of every entry exists",
    reason: "An entry whose component cannot be fetched is useless.",
    fix: "publish the component first, or add the repository that has it to `sources` in plugyard.yaml",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_component(judge, |_, _, _| {});
    for entry in context.references() {
        if let ComponentState::Absent(cause) = &entry.component {
            let span = entry.reference.component.span;
            judge.fail(entry, span, cause.message.clone(), cause.help.clone());
        }
    }
}
