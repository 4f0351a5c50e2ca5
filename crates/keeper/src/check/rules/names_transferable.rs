//! `ocm transfer` accepts all names and versions.

use crate::check::context::Context;
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "names-transferable",
    summary: "`ocm transfer` accepts all names and versions",
    reason: "The official `transfer` refuses `+` in versions, and `_` and `+` in the names of components and resources. Such a plugin cannot be carried into a closed network, nor can a registry that lists it.",
    fix: "publish the plugin under another name or version",
    severity: Severity::Warning,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let registry = context.registry;
    if has(&registry.name.value, "_+") {
        let message = format!("the component name {} contains `_`", registry.name.value);
        judge.fail(Subject::Registry, registry.name.span, message, None);
    }
    if has(registry.version.value.as_str(), "+") {
        let message = format!("the version {} contains `+`", registry.version.value);
        judge.fail(Subject::Registry, registry.version.span, message, None);
    }
    for entry in &context.entries {
        let reference = entry.reference;
        if has(entry.name(), "_+") {
            let message = format!("the name `{}` contains `_` or `+`", entry.name());
            judge.fail(entry, reference.name.span, message, None);
        }
        if has(entry.component(), "_+") {
            let message = format!("the component name {} contains `_`", entry.component());
            judge.fail(entry, reference.component.span, message, None);
        }
        if has(entry.version().as_str(), "+") {
            let message = format!("the version {} contains `+`", entry.version());
            judge.fail(entry, reference.version.span, message, None);
        }
    }
    context.each_plugin(judge, |entry, component, judge| {
        let mut resources = component.descriptor.component.resources().iter();
        if let Some(resource) = resources.find(|resource| has(&resource.name, "_+")) {
            let message = format!(
                "the name of the resource `{}` of {} contains `_` or `+`",
                resource.name,
                entry.component_version()
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    });
}

fn has(text: &str, characters: &str) -> bool {
    text.contains(|character| characters.contains(character))
}
