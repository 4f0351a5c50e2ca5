//! What goes wrong in the script that updates the official registry, as far as edits go: its own
//! test cases, and its defects by name.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[path = "commands/yard.rs"]
mod yard;

use yard::{Yard, entry, registry};

const CONSTRUCTOR: &str = "component-constructor.yaml";
const HELM: &str = "acme.org/plugins/helminput";

/// The registry's version, and its entries.
fn told(yard: &Yard) -> (String, Vec<String>) {
    let constructor = ocm::constructor::parse(&yard.read(CONSTRUCTOR)).unwrap();
    let registry = &constructor.components[0];
    let entries = registry.references.iter();
    (
        registry.version.value.to_string(),
        entries
            .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
            .collect(),
    )
}

/// A registry published in this version, with these entries.
fn published(version: &str, entries: &[&str]) -> Yard {
    let yard = Yard::new();
    let entries: Vec<String> = entries
        .iter()
        .map(|text| {
            let (name, version) = text.split_once('@').unwrap();
            let component = format!("acme.org/plugins/{name}");
            let digest = yard.plugin(&component, version);
            entry(name, version, &component, &digest)
        })
        .collect();
    yard.constructor(registry(version, &entries));
    yard.done("publish --first");
    yard
}

#[test]
fn its_own_test_cases() {
    for (version, before, added, expected, entries) in [
        (
            "v0.2.0",
            &["plugin1@1.0.0", "plugin2@2.0.0"][..],
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
    ] {
        let yard = published(version, before);
        yard.plugin(HELM, added);
        yard.done(&format!("add {HELM}:{added}"));
        let (now, list) = told(&yard);
        assert_eq!(
            (now.as_str(), list.len()),
            (expected, entries),
            "{before:?}"
        );
        assert!(list.contains(&format!("helminput@{added}")));
    }
    // The same version again.
    let yard = published("v0.4.0", &["helminput@1.0.0"]);
    let outcome = yard.writes_nothing(&format!("add {HELM}:1.0.0"));
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains("`helminput` is there already in version 1.0.0"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn version_arithmetic_has_no_nan() {
    for (current, existing, new) in [
        ("v0.0.1", "v0.0.2", "v0.1.0"),
        ("0.0.1", "0.0.2", "0.1.0"),
        ("1.9.9", "1.9.10", "1.10.0"),
        ("v1.2.3", "v1.2.4", "v1.3.0"),
        ("\"1.2\"", "1.2.1", "1.3.0"),
        ("v1", "v1.0.1", "v1.1.0"),
        // Of a pre-release the scripts made a release, or NaN; here it stays one.
        ("1.2.3-rc.4", "1.2.3-rc.5", "1.2.3-rc.5"),
        ("1.2.3-alpha", "1.2.3-alpha.1", "1.2.3-alpha.1"),
        ("1.2.3-alpha.1", "1.2.3-alpha.2", "1.2.3-alpha.2"),
        ("0.0.0-main", "0.0.0-main.1", "0.0.0-main.1"),
        ("v1.2.3-v4", "v1.2.3-v4.1", "v1.2.3-v4.1"),
    ] {
        let yard = published(current, &["helminput@1.0.0"]);
        yard.plugin(HELM, "1.1.0");
        yard.done("update");
        assert_eq!(told(&yard).0, existing, "{current}, an existing plugin");
        yard.plugin("acme.org/plugins/other", "1.0.0");
        yard.done("add acme.org/plugins/other");
        assert_eq!(told(&yard).0, new, "{current}, a new plugin");
    }
}

#[test]
fn defect_1_a_failure_is_not_a_new_registry() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin(HELM, "1.1.0");
    yard.write("transport-archive/artifact-index.json", "{");
    for line in ["update", "bump", "remove helminput --reason x", "diff"] {
        assert_eq!(yard.writes_nothing(line).code, Some(1), "{line}");
    }
}

#[test]
fn defect_3_the_prefix_of_the_version_stays() {
    let yard = published("v0.0.1", &["helminput@1.0.0"]);
    for (version, expected) in [("1.1.0", "v0.0.2"), ("1.2.0", "v0.0.3")] {
        yard.plugin(HELM, version);
        yard.done("update");
        yard.done("publish");
        assert_eq!(told(&yard).0, expected);
    }
}

#[test]
fn defects_5_and_6_a_moving_version_is_replaced_and_pinned_anew() {
    let yard = published("v0.7.0", &["helminput@v0.0.0-main"]);
    let moving = "moving:\n  - { name: helminput, version: v0.0.0-main }\n";
    yard.write("plugyard.yaml", moving);
    yard.done("update");
    yard.done("publish");
    // The plugin moves on, in a place that allows it; the registry stays.
    yard.publish_plugin("./moved", HELM, "v0.0.0-main", "Moved on");
    yard.write("plugyard.yaml", format!("repository: ./moved\n{moving}"));
    let outcome = yard.done("update -o json").json();
    assert_eq!(outcome["changes"][0]["new"], "v0.0.0-main");
    assert_eq!(told(&yard).1, ["helminput@v0.0.0-main"], "one, and not two");
    yard.done("publish --first");
}

#[test]
fn defect_12_a_bad_release_can_be_yanked_or_taken_out() {
    let yard = published("v0.2.0", &["helminput@1.0.0", "helminput@1.1.0"]);
    yard.done("update --repin");
    yard.done("yank helminput@1.1.0 --reason broken --use helminput@1.0.0");
    yard.done("publish");
    yard.done("remove helminput@1.1.0 --reason broken");
    yard.done("publish");
    assert_eq!(told(&yard).1, ["helminput@1.0.0"]);
}

#[test]
fn defect_18_pre_releases_are_not_proposed() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin(HELM, "2.0.0-rc.1");
    yard.writes_nothing("update");
    yard.done("update --pre");
    assert_eq!(told(&yard).1, ["helminput@1.0.0", "helminput@2.0.0-rc.1"]);
}

#[test]
fn defect_19_entries_have_an_order_of_their_own() {
    let yard = published("v0.2.0", &["alpha@1.0.0", "helminput@9.0.0", "zeta@1.0.0"]);
    yard.plugin(HELM, "10.0.0");
    yard.done("update");
    assert_eq!(
        told(&yard).1,
        [
            "alpha@1.0.0",
            "helminput@9.0.0",
            "helminput@10.0.0",
            "zeta@1.0.0"
        ]
    );
}

#[test]
fn defect_22_a_dry_run_shows_what_would_change() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin(HELM, "1.1.0");
    let shown = yard.writes_nothing("update --dry-run -o json").json();
    assert_eq!(shown["changes"][0]["new"], "1.1.0");
    assert_eq!(shown["to"], "v0.2.1");
}

#[test]
fn a_name_is_not_taken_over_and_a_spelling_is_no_new_version() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin("evil.org/plugins/helminput", "2.0.0");
    yard.plugin(HELM, "v1.0.0");
    for line in [
        "add evil.org/plugins/helminput:2.0.0".to_owned(),
        format!("add {HELM}:v1.0.0"),
    ] {
        assert_eq!(yard.writes_nothing(&line).code, Some(1), "{line}");
    }
    yard.writes_nothing("update");
}
