//! The official CLI knows every capability of every plugin.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::capabilities;
use registry::labels::ENTRY;

pub(super) static RULE: Rule = Rule {
    id: "capabilities-known",
    summary: "the official CLI knows every capability of every plugin",
    reason: "It refuses to start with a plugin that claims a capability it does not know.",
    fix: "publish a new version of the plugin with capabilities that the official CLI knows",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for entry in &context.entries {
        let span = entry.label_span(ENTRY);
        let details = match &entry.details {
            Ok(details) => details,
            Err(reason) => {
                judge.unknown(entry, span, &entry.invalid_details(reason));
                continue;
            }
        };
        for capability in &details.capabilities {
            if !capabilities::is_known(&capability.kind) {
                let message = format!(
                    "{} has the capability `{}`, which the official CLI does not know",
                    entry.spelled(),
                    capability.kind
                );
                judge.fail(entry, span, message, None);
            }
        }
    }
}
