//! The labels of an entry say what the component of the plugin says.

use ocm::descriptor::find_label;

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};
use registry::labels::{ENTRY, PLUGIN_INFO};

pub(super) static RULE: Rule = Rule {
    id: "labels-computed",
    summary: "the labels of an entry say what the component of the plugin says",
    reason: "Description, platforms and capabilities are facts of the plugin, not of whoever proposes it.",
    fix: "`plugyard update NAME --repin` computes them anew",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    context.each_plugin(judge, |entry, facts, judge| {
        let Ok(plugin) = &facts.plugin else {
            return;
        };
        let computed = plugin.entry_labels(&entry.labels);
        for name in [PLUGIN_INFO, ENTRY] {
            let (is, should) = (find_label(&entry.labels, name), find_label(&computed, name));
            // Whether it is signed is the business of another rule.
            if is.map(|label| &label.value) == should.map(|label| &label.value) {
                continue;
            }
            let message = match should {
                Some(label) => format!(
                    "the label `{name}` of {} is not as computed from {}:{}: {}",
                    entry.spelled(),
                    entry.component(),
                    entry.version(),
                    shortened(&label.value.to_string())
                ),
                None => format!(
                    "there is nothing to say in the label `{name}` of {}",
                    entry.spelled()
                ),
            };
            let help = format!(
                "`plugyard update {} --repin` computes it anew",
                entry.name()
            );
            judge.fail(entry, entry.label_span(name), message, Some(help));
        }
    });
}

/// Enough of a value to see what is meant.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
