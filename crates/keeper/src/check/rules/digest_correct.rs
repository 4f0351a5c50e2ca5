//! Every digest is that of the component.

use ocm::ComponentDigest;

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "digest-correct",
    summary: "every digest is that of the component",
    reason: "A digest that is wrong makes the registry unpublishable, or the entry something else than what was reviewed.",
    fix: "find out why the component changed; `plugyard update NAME --repin` pins what is there now",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, plugin, judge| {
        let Some(digest) = &entry.reference.digest else {
            return;
        };
        match ComponentDigest::from_pin(&digest.value) {
            Some(pinned) if pinned != plugin.digest => {
                let message = format!(
                    "the digest of {} is wrong: {}:{} is {}",
                    entry.spelled(),
                    entry.component(),
                    entry.version(),
                    plugin.digest
                );
                judge.fail(entry, digest.span, message, Some(help(entry.name())));
            }
            _ => {}
        }
    });
}

fn help(name: &str) -> String {
    format!("if the plugin is the right one, `plugyard update {name} --repin` pins it anew")
}
