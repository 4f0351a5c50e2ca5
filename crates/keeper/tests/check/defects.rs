//! Defects of the official pipeline, by their numbers there, that the gate detects.

use keeper::check::Against;
use serde_json::json;

use crate::yard::{DEMO, REGISTRY, Yard, failed, input};

#[test]
fn defect_2_other_content_under_a_published_version_is_found() {
    let yard = Yard::good();
    yard.replace("version: v0.1.1", "version: v0.1.0");
    assert_eq!(yard.failed(), ["registry-version"]);
}

#[test]
fn defect_3_a_changed_version_prefix_is_found() {
    let yard = Yard::good();
    yard.replace("version: v0.1.1", "version: 0.1.1");
    assert_eq!(yard.failed(), ["registry-version"]);
}

#[test]
fn defect_4_invalid_versions_are_found() {
    for version in ["1.2.NaN", "4.undefined.NaN", "latest"] {
        let yard = Yard::good();
        yard.replace("version: v0.1.1", &format!("version: {version}"));
        assert_eq!(yard.failed(), ["constructor-well-formed"], "{version}");
    }
}

#[test]
fn defect_5_a_duplicate_mutable_version_is_found() {
    let yard = Yard::good();
    let entry = yard.entry("demo", "1.1.0");
    yard.append(&entry);
    assert_eq!(yard.failed(), ["constructor-well-formed"]);
}

#[test]
fn defect_6_an_outdated_digest_does_not_block_later_changes() {
    // A published entry whose plugin has changed does not block a change of another entry.
    let yard = Yard::good();
    yard.change_descriptor("acme.org/plugins/other", "2.0.0", |descriptor| {
        descriptor["component"]["provider"] = json!("moved.org");
    });
    assert_eq!(yard.failed(), [""; 0]);
    // It is found by `--all`, and one command fixes it.
    let verdict = yard.check_with(&Against::Latest, true);
    assert_eq!(failed(&verdict), ["digest-correct"]);
    let help = &verdict.findings[0].help;
    assert!(help.contains("plugyard update other --repin"), "{help}");
}

#[test]
fn defect_7_a_plugin_in_another_repository_is_found() {
    let yard = Yard::good();
    yard.set_policy("sources: [./elsewhere]");
    yard.plugin_in("elsewhere", DEMO, "1.2.0", &input("demo/v1"));
    yard.add(DEMO, "1.2.0");
    assert_eq!(yard.failed(), ["within-own-repository"]);
}

#[test]
fn defect_8_a_missing_label_for_the_official_list_is_found() {
    let yard = Yard::good();
    let entry = yard.entry("demo", "1.1.0");
    let bare = entry.split("    labels:").next().unwrap().to_owned();
    yard.replace(&entry, &bare);
    assert_eq!(yard.failed(), ["labels-computed", "plugin-info-valid"]);
}

#[test]
fn defect_9_components_that_must_not_be_listed_are_found() {
    // Absent; not a plugin; another's name; a capability that the official CLI refuses.
    let yard = Yard::good();
    yard.replace(
        "componentName: acme.org/plugins/other",
        "componentName: acme.org/plugins/gone",
    );
    yard.replace("version: v0.1.1", "version: v1.0.0");
    assert_eq!(yard.failed(), ["component-exists", "name-bound"]);

    let yard = Yard::good();
    let entry = yard.entry("demo", "1.1.0");
    let digest = yard.digest(REGISTRY, "v0.1.0");
    let digits = entry.split("value: ").nth(1).unwrap()[..64].to_owned();
    let other = entry
        .replace("name: demo", "name: zebra")
        .replace("version: 1.1.0", "version: v0.1.0")
        .replace(DEMO, REGISTRY)
        .replace(&digits, &digest);
    yard.append(&other);
    yard.replace("version: v0.1.1", "version: v0.2.0");
    assert_eq!(
        yard.failed(),
        ["capability-unique", "plugin-resources-valid"]
    );

    let yard = Yard::good();
    yard.plugin_in(
        "transport-archive",
        DEMO,
        "1.2.0",
        &json!({"capabilities": [{"type": "teleporter"}]}),
    );
    yard.add(DEMO, "1.2.0");
    assert_eq!(yard.failed(), ["capabilities-known"]);
}

#[test]
fn defect_12_a_removed_release_is_found() {
    let yard = Yard::good();
    yard.cut("demo", "1.1.0");
    yard.label(
        "{ name: plugyard/registry, signing: true, value: { schema: 1, removed: \
         [{ name: demo, component: acme.org/plugins/demo, version: 1.0.0, reason: hole }] } }",
    );
    assert_eq!(yard.failed(), ["not-removed"]);
    yard.cut("demo", "1.0.0");
    yard.replace("version: v0.1.1", "version: v1.0.0");
    assert_eq!(yard.failed(), [""; 0]);
}

#[test]
fn defect_17_verification_compares_the_content() {
    let yard = Yard::good();
    yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
        descriptor["component"]["provider"] = json!("evil.org");
    });
    assert_eq!(yard.failed(), ["digest-correct"]);
}

#[test]
fn defect_19_unsorted_entries_are_found() {
    let yard = Yard::good();
    let entry = yard.cut("demo", "1.0.0");
    yard.append(&entry);
    assert_eq!(yard.failed(), ["entries-sorted"]);
}

#[test]
fn a_name_cannot_be_taken_over_and_v_does_not_make_another_version() {
    let yard = Yard::good();
    let entry = yard.entry("demo", "1.1.0");
    yard.append(&entry.replace("version: 1.1.0", "version: v1.1.0"));
    assert_eq!(yard.failed(), ["constructor-well-formed"]);
    let yard = Yard::good();
    yard.plugin("evil.org/plugins/demo", "2.0.0", "demo/v1");
    yard.add_as("evil.org/plugins/demo", "2.0.0", Some("demo2"));
    yard.replace("name: demo2", "name: demo");
    assert_eq!(yard.failed(), ["name-bound", "registry-version"]);
    yard.replace("version: v0.2.0", "version: v1.0.0");
    assert_eq!(yard.failed(), ["name-bound"]);
}

#[test]
fn a_variable_in_a_label_is_found() {
    let yard = Yard::good();
    let text = yard.text();
    yard.set_text(text.replace("description: Demo", "description: from $HOME"));
    assert!(yard.failed().contains(&"no-dollar"));
}
