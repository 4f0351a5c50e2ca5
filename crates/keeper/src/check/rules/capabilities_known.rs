//! The official CLI knows the capabilities of every plugin.

use crate::check::context::{Context, Entry};
use crate::check::rule::{Judge, Judging, Rule};
use crate::check::{Severity, Trouble};
use registry::capabilities;
use registry::labels::ENTRY;

pub(super) static RULE: Rule = Rule {
    id: "capabilities-known",
    summary: "the official CLI knows the capabilities of every plugin",
    reason: "It refuses to start with a plugin that claims a capability it does not know.",
    fix: "publish the plugin with capabilities that the official CLI knows; it may be one for another version of it",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for entry in &context.entries {
        let span = entry.label_span(ENTRY);
        match &entry.details {
            Err(reason) => judge.unknown(entry, span, &not_understood(entry, reason)),
            Ok(details) => {
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
    }
}

/// Why the capabilities of an entry are not known.
pub(super) fn not_understood(entry: &Entry<'_>, reason: &str) -> Trouble {
    let name = entry.spelled();
    let help = format!(
        "`plugyard update {} --repin` writes the label anew",
        entry.name()
    );
    let message = format!("the label `{ENTRY}` of {name} is not understood: {reason}");
    Trouble::new(&message, Some(help))
}
