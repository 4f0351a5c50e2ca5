//! Names and versions are such that `ocm transfer` takes them.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    id: "transferable-names",
    summary: "names and versions are such that `ocm transfer` takes them",
    reason: "The official `transfer` refuses `+` in versions, and `_` and `+` in the names of components and resources. Such a plugin cannot get into a closed network, nor can the registry that has it.",
    fix: "publish the plugin under another name or version",
    severity: Severity::Warning,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let registry = context.registry;
    if has(&registry.name.value, "_+") {
        let message = format!("the component {} has `_` in its name", registry.name.value);
        judge.fail(Subject::Registry, registry.name.span, message, None);
    }
    if has(registry.version.value.as_str(), "+") {
        let message = format!("the version {} has a `+`", registry.version.value);
        judge.fail(Subject::Registry, registry.version.span, message, None);
    }
    for entry in &context.entries {
        let reference = entry.reference;
        if has(entry.name(), "_+") {
            let message = format!("the name `{}` has `_` or `+`", entry.name());
            judge.fail(entry, reference.name.span, message, None);
        }
        if has(entry.component(), "_+") {
            let message = format!("the component {} has `_` in its name", entry.component());
            judge.fail(entry, reference.component.span, message, None);
        }
        if has(entry.version().as_str(), "+") {
            let message = format!("the version {} has a `+`", entry.version());
            judge.fail(entry, reference.version.span, message, None);
        }
    }
    context.each_plugin(judge, |entry, plugin, judge| {
        let mut resources = plugin.descriptor.component.resources().iter();
        if let Some(resource) = resources.find(|resource| has(&resource.name, "_+")) {
            let message = format!(
                "the resource `{}` of {}:{} has `_` or `+` in its name",
                resource.name,
                entry.component(),
                entry.version()
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    });
}

fn has(text: &str, characters: &str) -> bool {
    text.contains(|character| characters.contains(character))
}
