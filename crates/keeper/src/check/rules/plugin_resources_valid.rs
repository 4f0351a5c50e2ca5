//! The official CLI can download the programs of every plugin.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::plugin;

pub(super) static RULE: Rule = Rule {
    id: "plugin-resources-valid",
    summary: "the official CLI can download the programs of every plugin",
    reason: "It looks for resources of type `ocmPlugin` that have `os` and `architecture` in their extra identity and the version of the component. If their names differ, it downloads the wrong file.",
    fix: "publish the plugin with `plugyard plugin publish`, which gives every program its platform",
    severity: Severity::Error,
    is_about_entries: true,
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
                    "the program `{}` of {} has version {}, so it cannot be found under the component's version",
                    program.name,
                    entry.component_version(),
                    program.version
                );
                judge.fail(entry, span, message, None);
                return;
            }
        }
    });
}
