//! Every entry has a label `ocm.software/pluginInfo` that the official CLI takes.

use ocm::descriptor::find_label;
use serde_json::Value;

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};
use registry::labels::PLUGIN_INFO;

pub(super) static RULE: Rule = Rule {
    id: "plugin-info",
    summary: "every entry has a label `ocm.software/pluginInfo` that the official CLI takes",
    reason: "One entry with an unknown key in it, or two entries without it, and `ocm plugin registry list` shows nothing of the whole registry.",
    fix: "`plugyard update NAME --repin` writes it from the component of the plugin",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

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
        let reason = match find_label(&entry.labels, PLUGIN_INFO) {
            None => Some("it has none".to_owned()),
            Some(label) => wrong(&label.value),
        };
        if let Some(reason) = reason {
            let message = format!(
                "the label `{PLUGIN_INFO}` of {} is not as the official CLI wants it: {reason}",
                entry.spelled()
            );
            judge.fail(entry, entry.label_span(PLUGIN_INFO), message, None);
        }
    }
}

/// What the official CLI has against a value.
fn wrong(value: &Value) -> Option<String> {
    let Some(members) = value.as_object() else {
        return Some("its value is not an object".to_owned());
    };
    for (key, value) in members {
        if !KEYS.contains(&key.as_str()) {
            return Some(format!("it has the unknown key `{key}`"));
        }
        let fits = if key == "platforms" {
            let texts = |list: &Vec<Value>| list.iter().all(Value::is_string);
            value.is_null() || value.as_array().is_some_and(texts)
        } else {
            value.is_null() || value.is_string()
        };
        if !fits {
            return Some(format!("`{key}` is of the wrong kind"));
        }
    }
    None
}
