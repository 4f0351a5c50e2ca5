//! Every entry has a label `ocm.software/pluginInfo` that the official CLI accepts.

use ocm::descriptor::find_label;
use serde_json::Value;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::check::spelling::misspelt;
use crate::severity::Severity;
use registry::labels::PLUGIN_INFO;

pub(super) static RULE: Rule = Rule {
    id: "plugin-info-valid",
    summary: "every entry has a label `ocm.software/pluginInfo` that the official CLI accepts",
    reason: "One entry with an unknown key in this label, or two entries without the label, and `ocm plugin registry list` shows nothing of the whole registry.",
    fix: "`plugyard update NAME --repin` writes it from the component",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

/// Keys that the official CLI decodes; it refuses all others.
const KEYS: [&str; 6] = [
    "name",
    "version",
    "platforms",
    "description",
    "registry",
    "component",
];

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for entry in &context.entries {
        let name = entry.spelled();
        let message = match find_label(&entry.labels, PLUGIN_INFO) {
            None if misspelt(&entry.labels, PLUGIN_INFO).is_some() => continue,
            None => format!("{name} has no label `{PLUGIN_INFO}`"),
            Some(label) => match defect(&label.value) {
                None => continue,
                Some(defect) => format!(
                    "the official CLI refuses the label `{PLUGIN_INFO}` of {name}: {defect}"
                ),
            },
        };
        judge.fail(entry, entry.label_span(PLUGIN_INFO), message, None);
    }
}

/// Why the official CLI refuses a value; `None` if it accepts it.
fn defect(value: &Value) -> Option<String> {
    let Some(members) = value.as_object() else {
        return Some("its value is not an object".to_owned());
    };
    for (key, value) in members {
        if !KEYS.contains(&key.as_str()) {
            return Some(format!("it has the unknown key `{key}`"));
        }
        let (fits, expected) = if key == "platforms" {
            let texts = |list: &Vec<Value>| list.iter().all(Value::is_string);
            (value.as_array().is_some_and(texts), "a list of texts")
        } else {
            (value.is_string(), "text")
        };
        if !fits && !value.is_null() {
            return Some(format!("`{key}` is not {expected}"));
        }
    }
    None
}
