//! A valid registry with a valid change, and ways to break it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::yard::{DEMO, Outcome, REGISTRY, Template, Yard};

/// The file that is checked.
pub(crate) const FILE: &str = "component-constructor.yaml";
/// The other plugin of the registry.
pub(crate) const OTHER: &str = "acme.org/plugins/other";

/// A plugin for two platforms that claims one type of input.
pub(crate) fn plugin(yard: &Yard, repository: &str, component: &str, version: &str, claims: &str) {
    let capabilities = json!({"capabilities": [
        {"type": "inputRepository", "supportedInputTypes": [{"type": claims}]},
    ]});
    plugin_with(yard, repository, component, version, &capabilities);
}

/// A plugin with these capabilities.
pub(crate) fn plugin_with(
    yard: &Yard,
    repository: &str,
    component: &str,
    version: &str,
    capabilities: &Value,
) {
    yard.write("capabilities.json", capabilities.to_string());
    yard.write(
        "program",
        format!("#!/bin/sh\n# {component} {version} {capabilities}\n"),
    );
    yard.done(&format!(
        "plugin publish --name {component} --version {version} --description Demo \
         --capabilities capabilities.json -r {repository} linux/amd64=program darwin/arm64=program"
    ));
}

/// A published registry with `demo` 1.0.0 and `other` 2.0.0, and a constructor that adds `demo`
/// 1.1.0 to it.
pub(crate) fn good() -> Yard {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    Yard::shared(&TEMPLATE, || good_in("./transport-archive"))
}

/// The same in another repository.
pub(crate) fn good_in(repository: &str) -> Yard {
    let yard = Yard::new();
    plugin(&yard, repository, DEMO, "1.0.0", "demo/v1");
    plugin(&yard, repository, DEMO, "1.1.0", "demo/v1");
    plugin(&yard, repository, OTHER, "2.0.0", "other/v1");
    yard.done(&format!("init --name {REGISTRY} -r {repository}"));
    yard.done(&format!("add {DEMO}:1.0.0 {OTHER}"));
    yard.done("publish --first");
    yard.done(&format!("add {DEMO}:1.1.0"));
    yard
}

/// Changes the constructor; the replaced text must exist.
#[track_caller]
pub(crate) fn replace(yard: &Yard, from: &str, to: &str) {
    let text = yard.read(FILE);
    assert!(text.contains(from), "no `{from}` in\n{text}");
    yard.write(FILE, text.replacen(from, to, 1));
}

/// Changes the last of several equal texts.
#[track_caller]
pub(crate) fn replace_last(yard: &Yard, from: &str, to: &str) {
    let text = yard.read(FILE);
    let at = text.rfind(from).unwrap();
    yard.write(
        FILE,
        format!("{}{to}{}", &text[..at], &text[at + from.len()..]),
    );
}

/// The text of an entry.
pub(crate) fn entry_text(yard: &Yard, name: &str, version: &str) -> String {
    let text = yard.read(FILE);
    let head = format!("  - name: {name}\n    version: {version}\n");
    let start = text.find(&head).unwrap();
    let rest = &text[start + 4..];
    let end = rest
        .find("\n  - name: ")
        .map_or(text.len(), |at| start + 5 + at);
    let entry = text[start..end].trim_end();
    format!("{entry}\n")
}

/// Removes an entry.
pub(crate) fn cut(yard: &Yard, name: &str, version: &str) -> String {
    let entry = entry_text(yard, name, version);
    let text = format!("{}\n", yard.read(FILE).trim_end());
    yard.write(FILE, text.replacen(&entry, "", 1));
    entry
}

/// Appends an entry.
pub(crate) fn append(yard: &Yard, entry: &str) {
    yard.write(FILE, format!("{}\n{entry}", yard.read(FILE).trim_end()));
}

/// Adds a label to the registry.
pub(crate) fn label(yard: &Yard, label: &str) {
    replace(yard, "labels:\n", &format!("labels:\n  - {label}\n"));
}

/// Adds lines to plugyard.yaml.
pub(crate) fn policy(yard: &Yard, lines: &str) {
    yard.write(
        "plugyard.yaml",
        format!("{}{lines}\n", yard.read("plugyard.yaml")),
    );
}

/// The findings of a run, whatever its exit code.
#[track_caller]
pub(crate) fn findings(outcome: &Outcome) -> Vec<Value> {
    let document: Value = match serde_json::from_slice(&outcome.stdout) {
        Ok(document) => document,
        Err(error) => panic!("{error}: {}\n{}", outcome.text(), outcome.stderr),
    };
    document["findings"].as_array().unwrap().clone()
}

/// The rules of the findings that have a status.
pub(crate) fn rules(findings: &[Value], status: &str) -> BTreeSet<String> {
    let rule = |finding: &Value| finding["rule"].as_str().unwrap().to_owned();
    let of_status = findings
        .iter()
        .filter(|finding| finding["status"] == status);
    of_status.map(rule).collect()
}
