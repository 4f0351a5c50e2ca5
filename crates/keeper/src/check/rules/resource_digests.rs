//! Every resource of a plugin has a digest.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "resource-digests",
    summary: "every resource of a plugin has a digest",
    reason: "The digest of an entry covers the descriptor of the plugin; the bytes of the programs are covered only if the descriptor has their digests.",
    fix: "publish the plugin again, as a new version, with `plugyard plugin publish` or `ocm add cv`",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, plugin, judge| {
        for resource in plugin.descriptor.component.resources() {
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
                    "the resource `{}` of {}:{} has no digest",
                    resource.name,
                    entry.component(),
                    entry.version()
                );
                judge.fail(entry, entry.reference.component.span, message, None);
            }
        }
    });
}
