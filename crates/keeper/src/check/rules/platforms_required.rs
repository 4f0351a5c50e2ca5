//! The newest version of every plugin has the platforms that plugyard.yaml requires.

use crate::check::cause::Cause;
use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::labels::PLUGIN_INFO;

pub(super) static RULE: Rule = Rule {
    id: "platforms-required",
    summary: "the newest version of every plugin has the platforms that plugyard.yaml requires",
    reason: "The keepers decide where the plugins of the registry must run.",
    fix: "publish a new version of the plugin that has the platform, or delete the platform from `platforms` in plugyard.yaml",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    if context.policy.platforms.is_empty() {
        return;
    }
    for entry in context.entries.iter().filter(|entry| entry.newest) {
        let span = entry.label_span(PLUGIN_INFO);
        let Some(platforms) = entry.platforms() else {
            let message = format!("no label lists the platforms of {}", entry.spelled());
            let help = format!("`plugyard update {} --repin` writes it", entry.name());
            judge.unknown(entry, span, &Cause::new(&message, Some(help)));
            continue;
        };
        let required = context.policy.platforms.iter().map(ToString::to_string);
        let missing: Vec<String> = required
            .filter(|platform| !platforms.contains(platform))
            .collect();
        if !missing.is_empty() {
            let message = format!(
                "{} has no program for {}, which plugyard.yaml requires",
                entry.spelled(),
                missing.join(", ")
            );
            judge.fail(entry, span, message, None);
        }
    }
}
