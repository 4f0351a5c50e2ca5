//! Defects of the official pipeline, by their numbers there, that the gate detects.

use serde_json::json;
use testkit::Registry;
use testkit::registry::{Answer, Fault};

use crate::check::registry::{
    append, cut, entry_text, findings, good, good_in, plugin, plugin_with, replace, rules,
};
use crate::yard::{DEMO, REGISTRY, Yard};

const ARCHIVE: &str = "./transport-archive";

#[track_caller]
fn failed(yard: &Yard) -> Vec<String> {
    rules(&findings(&yard.run("check -o json")), "fail")
        .into_iter()
        .collect()
}

#[test]
fn defect_1_a_failure_does_not_make_the_registry_new() {
    let registry = Registry::start();
    let yard = good_in(&format!("{}/acme", registry.url()));
    // This would be valid for a new registry: one entry, and the first version.
    cut(&yard, "other", "2.0.0");
    cut(&yard, "demo", "1.0.0");
    replace(&yard, "version: v0.1.1", "version: v0.0.1");
    registry.fail(
        "GET",
        &format!("{REGISTRY}/tags"),
        1,
        99,
        Fault::Answer(Answer::status(404)),
    );
    let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.2", "check -o json");
    assert_eq!(outcome.code, Some(1));
    assert!(rules(&findings(&outcome), "unknown").contains("nothing-lost"));
}

#[test]
fn defect_2_other_content_under_a_published_version_is_found() {
    let yard = good();
    replace(&yard, "version: v0.1.1", "version: v0.1.0");
    assert_eq!(failed(&yard), ["registry-version"]);
}

#[test]
fn defect_3_a_changed_version_prefix_is_found() {
    let yard = good();
    replace(&yard, "version: v0.1.1", "version: 0.1.1");
    assert_eq!(failed(&yard), ["registry-version"]);
}

#[test]
fn defect_4_invalid_versions_are_found() {
    for version in ["1.2.NaN", "4.undefined.NaN", "latest"] {
        let yard = good();
        replace(&yard, "version: v0.1.1", &format!("version: {version}"));
        assert_eq!(failed(&yard), ["constructor-well-formed"], "{version}");
    }
}

#[test]
fn defect_5_a_duplicate_mutable_version_is_found() {
    let yard = good();
    let entry = entry_text(&yard, "demo", "1.1.0");
    append(&yard, &entry);
    assert_eq!(failed(&yard), ["constructor-well-formed"]);
}

#[test]
fn defect_6_an_outdated_digest_does_not_block_later_changes() {
    // A published entry whose plugin has changed does not block a change of another entry.
    let yard = good();
    crate::check::registry::change_descriptor(
        &yard,
        "acme.org/plugins/other",
        "2.0.0",
        |descriptor| {
            descriptor["component"]["provider"] = json!("moved.org");
        },
    );
    assert_eq!(failed(&yard), [""; 0]);
    // It is found by `--all`, and one command fixes it.
    let found = findings(&yard.run("check --all -o json"));
    let failed = rules(&found, "fail").into_iter().collect::<Vec<_>>();
    assert_eq!(failed, ["digest-correct"]);
    assert!(
        found[0]["help"]
            .as_str()
            .unwrap()
            .contains("plugyard update other --repin")
    );
}

#[test]
fn defect_7_a_plugin_in_another_repository_is_found() {
    let yard = good();
    yard.write("plugyard.yaml", "sources: [./elsewhere]\n");
    plugin(&yard, "./elsewhere", DEMO, "1.2.0", "demo/v1");
    yard.done(&format!("add {DEMO}:1.2.0"));
    assert_eq!(failed(&yard), ["within-own-repository"]);
}

#[test]
fn defect_8_a_missing_label_for_the_official_list_is_found() {
    let yard = good();
    let entry = entry_text(&yard, "demo", "1.1.0");
    let bare = entry.split("    labels:").next().unwrap().to_owned();
    replace(&yard, &entry, &bare);
    assert_eq!(failed(&yard), ["labels-computed", "plugin-info-valid"]);
}

#[test]
fn defect_9_components_that_must_not_be_listed_are_found() {
    // Absent; not a plugin; another's name; a capability that the official CLI refuses.
    let yard = good();
    replace(
        &yard,
        "componentName: acme.org/plugins/other",
        "componentName: acme.org/plugins/gone",
    );
    replace(&yard, "version: v0.1.1", "version: v1.0.0");
    assert_eq!(failed(&yard), ["component-exists", "name-bound"]);

    let yard = good();
    let entry = entry_text(&yard, "demo", "1.1.0");
    let digest = yard
        .done(&format!("component hash {ARCHIVE}//{REGISTRY}:v0.1.0"))
        .text()[7..71]
        .to_owned();
    let digits = entry.split("value: ").nth(1).unwrap()[..64].to_owned();
    let other = entry
        .replace("name: demo", "name: zebra")
        .replace("version: 1.1.0", "version: v0.1.0")
        .replace(DEMO, REGISTRY)
        .replace(&digits, &digest);
    append(&yard, &other);
    replace(&yard, "version: v0.1.1", "version: v0.2.0");
    assert_eq!(
        failed(&yard),
        ["capability-unique", "plugin-resources-valid"]
    );

    let yard = good();
    plugin_with(
        &yard,
        ARCHIVE,
        DEMO,
        "1.2.0",
        &json!({"capabilities": [{"type": "teleporter"}]}),
    );
    yard.done(&format!("add {DEMO}:1.2.0"));
    assert_eq!(failed(&yard), ["capabilities-known"]);
}

#[test]
fn defect_12_a_removed_release_is_found() {
    let yard = good();
    cut(&yard, "demo", "1.1.0");
    crate::check::registry::label(
        &yard,
        "{ name: plugyard/registry, signing: true, value: { schema: 1, removed: \
         [{ name: demo, component: acme.org/plugins/demo, version: 1.0.0, reason: hole }] } }",
    );
    assert_eq!(failed(&yard), ["not-removed"]);
    cut(&yard, "demo", "1.0.0");
    replace(&yard, "version: v0.1.1", "version: v1.0.0");
    assert_eq!(failed(&yard), [""; 0]);
}

#[test]
fn defect_17_verification_compares_the_content() {
    let yard = good();
    crate::check::registry::change_descriptor(&yard, DEMO, "1.1.0", |descriptor| {
        descriptor["component"]["provider"] = json!("evil.org");
    });
    assert_eq!(failed(&yard), ["digest-correct"]);
}

#[test]
fn defect_19_unsorted_entries_are_found() {
    let yard = good();
    let entry = cut(&yard, "demo", "1.0.0");
    append(&yard, &entry);
    assert_eq!(failed(&yard), ["entries-sorted"]);
}

#[test]
fn a_name_cannot_be_taken_over_and_v_does_not_make_another_version() {
    let yard = good();
    let entry = entry_text(&yard, "demo", "1.1.0");
    append(&yard, &entry.replace("version: 1.1.0", "version: v1.1.0"));
    assert_eq!(failed(&yard), ["constructor-well-formed"]);
    let yard = good();
    plugin(&yard, ARCHIVE, "evil.org/plugins/demo", "2.0.0", "demo/v1");
    yard.done("add evil.org/plugins/demo --name demo2");
    replace(&yard, "name: demo2", "name: demo");
    assert_eq!(failed(&yard), ["name-bound", "registry-version"]);
    replace(&yard, "version: v0.2.0", "version: v1.0.0");
    assert_eq!(failed(&yard), ["name-bound"]);
}

#[test]
fn a_variable_in_a_label_is_found() {
    let yard = good();
    let text = yard.read(crate::check::registry::FILE);
    yard.constructor(text.replace("description: Demo", "description: from $HOME"));
    assert!(failed(&yard).contains(&"no-dollar".to_owned()));
}
