//! Every further component of the constructor is one that an entry refers to.

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "further-components-listed",
    summary: "every further component of the constructor is one that an entry refers to",
    reason: "`plugyard publish` publishes every component of the constructor. A component that is not an entry would not be judged as one, and another version of the registry itself would reach all users.",
    fix: "add an entry for the component, or move it to another constructor",
    severity: Severity::Error,
    is_about_entries: false,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for further in &context.further {
        let (name, version) = (&further.component.name, &further.component.version);
        if name.value == context.registry.name.value {
            let message = format!(
                "the constructor makes {}:{} besides {}: both are versions of the registry",
                name.value, version.value, context.registry.version.value
            );
            let help = "remove it from the constructor".to_owned();
            judge.fail(Subject::Registry, name.span, message, Some(help));
            continue;
        }
        let is_listed = context.entries.iter().any(|entry| {
            name.value == entry.component() && entry.version().as_str() == version.value.as_str()
        });
        if !is_listed {
            let message = format!(
                "the constructor makes {}:{}, but no entry refers to it",
                name.value, version.value
            );
            judge.fail(Subject::Registry, name.span, message, None);
        }
    }
}
