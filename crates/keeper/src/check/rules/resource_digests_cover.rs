//! The digests of every plugin cover its resources.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "resource-digests-cover",
    summary: "the digests of every plugin cover its resources",
    reason: "The digest of an entry covers the descriptor of the plugin. The bytes of the programs are covered only if the descriptor has their digests.",
    fix: "publish the plugin again, as a new version, with `plugyard plugin publish` or `ocm add cv`",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, component, judge| {
        for resource in component.descriptor.component.resources() {
            let has_content = resource
                .access
                .as_ref()
                .is_some_and(|access| !matches!(access.kind(), "none" | "None" | "none/v1"));
            let pinned = resource
                .digest
                .as_ref()
                .is_some_and(|digest| !digest.is_unset());
            if has_content && !pinned {
                let message = format!(
                    "the resource `{}` of {} has no digest",
                    resource.name,
                    entry.component_version()
                );
                judge.fail(entry, entry.reference.component.span, message, None);
            }
        }
    });
}
