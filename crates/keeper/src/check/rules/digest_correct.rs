//! The digest of every entry is that of its component.

use ocm::ComponentDigest;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "digest-correct",
    summary: "the digest of every entry is that of its component",
    reason: "With a wrong digest the registry cannot be published, or the entry is not what was reviewed.",
    fix: "find out why the component changed; `plugyard update NAME --repin` pins its current content",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_component(judge, |entry, component, judge| {
        let Some(digest) = &entry.reference.digest else {
            return;
        };
        match ComponentDigest::from_pin(&digest.value) {
            Some(pinned) if pinned != component.digest => {
                let message = format!(
                    "the digest of {} is wrong: {} is {}",
                    entry.spelled(),
                    entry.component_version(),
                    component.digest
                );
                let help = format!(
                    "if this is the right component, `plugyard update {} --repin` pins it",
                    entry.name()
                );
                judge.fail(entry, digest.span, message, Some(help));
            }
            _ => {}
        }
    });
}
