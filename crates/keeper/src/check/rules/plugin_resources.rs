//! Every plugin has programs that the official CLI can download.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};
use registry::plugin;

pub(super) static RULE: Rule = Rule {
    id: "plugin-resources",
    summary: "every plugin has programs that the official CLI can download",
    reason: "It looks for resources of type `ocmPlugin` with `os` and `architecture` in their extra identity and the version of the component. Where their names differ, it takes the wrong file.",
    fix: "publish it with `plugyard plugin publish`, which gives every program its platform",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, facts, judge| {
        let span = entry.reference.component.span;
        if let Err(error) = &facts.plugin {
            judge.fail(entry, span, error.to_string(), None);
            return;
        }
        let component = &facts.descriptor.component;
        for program in plugin::programs(&facts.descriptor) {
            if program.version != component.version {
                let message = format!(
                    "the program `{}` of {}:{} has version {}, and nobody finds it by that of the component",
                    program.name, component.name, component.version, program.version
                );
                judge.fail(entry, span, message, None);
                return;
            }
        }
    });
}
