//! The digests of every plugin cover its resources.

use ocm::coverage::{Uncovered, covered};

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::plugin;

pub(super) static RULE: Rule = Rule {
    id: "resource-digests-cover",
    summary: "the digests of every plugin cover its resources",
    reason: "The digest of an entry covers the descriptor of the plugin. The bytes of a program are covered only if its digest is SHA-256 of `genericBlobDigest/v1` and that of its local blob, or that of the OCI artifact that its access names by digest.",
    fix: "publish the plugin again, as a new version, with `plugyard plugin publish` or `ocm add cv`",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, component, judge| {
        for resource in component.descriptor.component.resources() {
            let Err(reason) = covered(resource) else {
                continue;
            };
            // Nothing runs these, so their author may leave them out on purpose.
            let is_program = resource.kind == plugin::RESOURCE_TYPE;
            if !is_program && matches!(reason, Uncovered::Excluded | Uncovered::Elsewhere(_)) {
                continue;
            }
            let message = format!(
                "the resource `{}` of {}: {reason}",
                resource.name,
                entry.component_version()
            );
            judge.fail(entry, entry.reference.component.span, message, None);
        }
    });
}
