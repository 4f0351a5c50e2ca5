//! The upstream pipeline's own test cases, and cases that it does not test.

use serde_json::Value;

use crate::upstream::{CONSTRUCTOR, HELM, contents, published};
use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard};

#[test]
fn case_1_a_new_registry_begins_with_one_entry() {
    let yard = Yard::new();
    yard.plugin(HELM, "1.0.0");
    yard.done(&format!("init --name {REGISTRY}"));
    yard.done(&format!("add {HELM}"));
    // Nothing is published, so no higher version is required.
    let expected = ("v0.1.0".to_owned(), vec!["helminput@1.0.0".to_owned()]);
    assert_eq!(contents(&yard), expected);
    yard.done("publish --first");
}

/// Version and entries before, what is added, the version after, and the number of entries.
const ADDITIONS: [(&str, &[&str], &str, &str, usize); 4] = [
    (
        "v0.2.0",
        &["plugin1@1.0.0", "plugin2@2.0.0"],
        "3.0.0",
        "v0.3.0",
        3,
    ),
    (
        "v0.3.0",
        &["helminput@3.0.8", "helminput@3.1.0", "plugin2@2.0.0"],
        "3.2.0",
        "v0.3.1",
        4,
    ),
    ("v0.4.0", &["helminput@1.0.0"], "2.0.0", "v0.4.1", 2),
    ("v0.6.0", &["helminput@1.0.0"], "2.0.0", "v0.6.1", 2),
];

#[test]
fn cases_2_3_4_and_6_a_version_is_added() {
    for (version, before, added, expected, number) in ADDITIONS {
        let yard = published(version, before);
        yard.plugin(HELM, added);
        yard.done(&format!("add {HELM}:{added}"));
        let (now, list) = contents(&yard);
        assert_eq!((now.as_str(), list.len()), (expected, number), "{before:?}");
        assert!(list.contains(&format!("helminput@{added}")));
        let text = yard.read(CONSTRUCTOR);
        assert!(text.starts_with(&format!("name: {REGISTRY}\n")), "{text}");
    }
}

#[test]
fn case_5_an_existing_version_is_refused() {
    let yard = published("v0.4.0", &["helminput@1.0.0"]);
    let outcome = yard.writes_nothing(&format!("add {HELM}:1.0.0"));
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains("the registry already has helminput@1.0.0"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn case_7_a_mutable_version_is_listed_once() {
    let yard = published("v0.7.0", &["helminput@v0.0.0-main"]);
    yard.write(
        "plugyard.yaml",
        "moving:\n  - { name: helminput, version: v0.0.0-main }\n",
    );
    let outcome = yard.writes_nothing(&format!("add {HELM}:v0.0.0-main"));
    assert_eq!(outcome.code, Some(1));
    let said = &outcome.stderr;
    let expected = "error: the registry already has helminput@v0.0.0-main\n";
    assert!(said.starts_with(expected), "{said}");
    assert!(said.contains("--repin"), "{said}");
    yard.done("update helminput --repin");
    assert_eq!(contents(&yard).1, ["helminput@v0.0.0-main"]);
}

#[test]
fn another_spelling_is_not_a_new_version() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin(HELM, "v1.0.0");
    let outcome = yard.writes_nothing(&format!("add {HELM}:v1.0.0"));
    assert_eq!(outcome.code, Some(1));
    let expected = "error: the registry already has helminput@1.0.0\n";
    assert!(outcome.stderr.starts_with(expected), "{}", outcome.stderr);
    yard.writes_nothing("update");
}

#[test]
fn a_name_cannot_be_taken_over_and_no_version_is_blocked() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin("evil.org/plugins/helminput", "2.0.0");
    yard.plugin("evil.org/plugins/helminput", "1.1.0");
    for version in ["1.1.0", "2.0.0"] {
        let line = format!("add evil.org/plugins/helminput:{version}");
        let outcome = yard.writes_nothing(&line);
        assert_eq!(outcome.code, Some(1), "{line}");
        assert!(outcome.stderr.contains(HELM), "{}", outcome.stderr);
    }
    // The other component's content in that version does not interfere.
    yard.plugin(HELM, "1.1.0");
    yard.done("update");
    assert_eq!(contents(&yard).1, ["helminput@1.0.0", "helminput@1.1.0"]);
    let text = yard.read(CONSTRUCTOR);
    assert!(!text.contains("evil.org"), "{text}");
}

#[test]
fn a_component_under_a_second_name_is_a_new_plugin() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.done("update --repin");
    yard.done("publish");
    yard.done(&format!("add {HELM} --name helm"));
    let (version, entries) = contents(&yard);
    assert_eq!(version, "v0.3.0");
    assert_eq!(entries, ["helm@1.0.0", "helminput@1.0.0"]);
    // Two plugins with the same capability: reported to the reviewer.
    let outcome = yard.run("check -o json");
    let report: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let rules: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["rule"])
        .collect();
    assert!(rules.contains(&&"capability-unique".into()), "{rules:?}");
}

#[test]
fn an_older_version_is_added_after_a_newer_one_if_named() {
    let yard = published("v0.2.0", &["helminput@1.1.0"]);
    yard.plugin(HELM, "1.0.0");
    yard.writes_nothing("update");
    yard.done(&format!("add {HELM}:1.0.0"));
    let (version, entries) = contents(&yard);
    assert_eq!(version, "v0.2.1");
    assert_eq!(entries, ["helminput@1.0.0", "helminput@1.1.0"]);
}

#[test]
fn invalid_names_versions_and_components_are_refused() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    for (line, code, message) in [
        (
            "add acme.org/plugins/helminput --name Bad.Name",
            1,
            "`Bad.Name` is not a valid entry name",
        ),
        (
            "add acme.org/plugins/helminput:latest",
            2,
            "`latest` is not a version",
        ),
        ("add x", 2, "`x` is not a component name"),
    ] {
        let outcome = yard.writes_nothing(line);
        assert_eq!(outcome.code, Some(code), "{line}: {}", outcome.stderr);
        let first = outcome.stderr.lines().next().unwrap();
        assert!(first.contains(message), "{line}: {first}");
    }
}

#[test]
fn a_variable_in_a_label_is_text() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    let line = "labels: [{ name: description, value: 'lives in $HOME', signing: true }]\n";
    let text = yard
        .read(CONSTRUCTOR)
        .replace("componentReferences", &format!("{line}componentReferences"));
    yard.constructor(text.replace("v0.2.0", "v0.2.1"));
    let outcome = yard.done("publish");
    assert!(outcome.stderr.contains('$'), "{}", outcome.stderr);
    let descriptor = yard.done(&format!("component get {PUBLISHED} -o json"));
    let labels = &descriptor.json()["component"]["labels"];
    assert_eq!(labels[0]["value"], "lives in $HOME");
}

#[test]
fn foreign_labels_and_digests_of_entries_are_kept() {
    let yard = published("v0.2.0", &["demo@1.0.0", "helminput@1.0.0"]);
    let text = yard.read(CONSTRUCTOR).replace(
        "componentName: acme.org/plugins/demo\n",
        "componentName: acme.org/plugins/demo\n    labels: [{ name: acme.org/team, value: one }]\n",
    );
    yard.constructor(&text);
    yard.plugin(HELM, "1.1.0");
    yard.done("update");
    let after = yard.read(CONSTRUCTOR);
    assert_eq!(contents(&yard).1.len(), 3);
    let start = text.find("  - name: demo").unwrap();
    let end = text.find("  - name: helminput").unwrap();
    assert!(after.contains(&text[start..end]), "{DEMO}: {after}");
}
