//! The labels of every entry match its component.

use ocm::descriptor::find_label;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::check::spelling::misspelt;
use crate::severity::Severity;
use registry::labels::{ENTRY, PLUGIN_INFO};

pub(super) static RULE: Rule = Rule {
    id: "labels-computed",
    summary: "the labels of every entry match its component",
    reason: "Description, platforms and capabilities are facts of the plugin, not of whoever proposes it.",
    fix: "`plugyard update NAME --repin` computes them again",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, component, judge| {
        let Ok(plugin) = &component.plugin else {
            return;
        };
        let computed = plugin.entry_labels(&entry.labels);
        for name in [PLUGIN_INFO, ENTRY] {
            let actual = find_label(&entry.labels, name).map(|label| &label.value);
            let expected = find_label(&computed, name).map(|label| &label.value);
            // The rule `labels-signed` reports what is not signed.
            if actual == expected {
                continue;
            }
            let spelled = entry.spelled();
            let message = match (actual, expected) {
                (_, None) => format!("{spelled} needs no label `{name}`"),
                (None, Some(value)) => format!(
                    "{spelled} has no label `{name}`; {} gives {}",
                    entry.component_version(),
                    shortened(&value.to_string())
                ),
                (Some(_), Some(value)) => format!(
                    "the label `{name}` of {spelled} does not match {}, which gives {}",
                    entry.component_version(),
                    shortened(&value.to_string())
                ),
            };
            // A new label would lose what the misspelt one says, such as a yank.
            let help = match misspelt(&entry.labels, name) {
                Some(label) if actual.is_none() => format!("rename the label `{label}`"),
                _ => format!(
                    "`plugyard update {} --repin` computes it again",
                    entry.name()
                ),
            };
            judge.fail(entry, entry.label_span(name), message, Some(help));
        }
    });
}

/// At most 200 characters of a value.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
