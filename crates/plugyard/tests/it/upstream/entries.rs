//! Which entries are listed, and the messages about them.

use serde_json::{Value, json};

use crate::upstream::{CONSTRUCTOR, HELM, contents, published};
use crate::yard::{PUBLISHED, REGISTRY, Yard};

/// The rules that fail.
fn failed(yard: &Yard) -> Vec<String> {
    let report: Value = serde_json::from_slice(&yard.run("check -o json").stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect()
}

/// Names and versions in the list that users see.
fn listed(yard: &Yard, options: &str) -> Vec<String> {
    let rows = yard
        .done(&format!("list --registry {PUBLISHED} {options} -o json"))
        .json();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| format!("{}@{}", text(row, "name"), text(row, "version")))
        .collect()
}

#[test]
fn defects_5_and_6_a_mutable_version_is_replaced_and_re_pinned() {
    let yard = published("v0.7.0", &["helminput@v0.0.0-main"]);
    let moving = "moving:\n  - { name: helminput, version: v0.0.0-main }\n";
    yard.write("plugyard.yaml", moving);
    yard.done("update");
    yard.done("publish");
    // The plugin changes in a repository that allows it; the registry does not.
    yard.publish_plugin("./moved", HELM, "v0.0.0-main", "Moved on");
    yard.plugin_in("./moved", "acme.org/plugins/other", "1.0.0");
    yard.write("plugyard.yaml", format!("repository: ./moved\n{moving}"));
    let outcome = yard.done("update -o json").json();
    assert_eq!(outcome["changes"][0]["new"], "v0.0.0-main");
    assert_eq!(
        contents(&yard).1,
        ["helminput@v0.0.0-main"],
        "one, and not two"
    );
    yard.done("publish --first");
    // And it does not block other changes.
    yard.done("add acme.org/plugins/other");
    yard.done("publish");
}

#[test]
fn defect_7_plugins_may_be_in_another_repository_than_the_registry() {
    let yard = Yard::new();
    yard.plugin_in("./plugins", HELM, "1.0.0");
    yard.plugin_in("./partner", "partner.org/plugins/scanner", "2.0.0");
    yard.done(&format!("init --name {REGISTRY}"));
    yard.write("plugyard.yaml", "sources: [./plugins, ./partner]\n");
    yard.done(&format!("add {HELM} partner.org/plugins/scanner"));
    yard.done("publish --first");
    let stored = fs_err::read_to_string(yard.path("transport-archive/artifact-index.json"));
    assert!(!stored.unwrap().contains("helminput"), "nothing is copied");
    // A repository that no setting names is not searched, and the error names those that were.
    yard.write("plugyard.yaml", "sources: [./plugins]\n");
    let outcome = yard.writes_nothing("publish");
    assert_eq!(outcome.code, Some(1));
    let expected = "partner.org/plugins/scanner:2.0.0 was not found in ./transport-archive";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("./plugins"), "{}", outcome.stderr);
}

#[test]
fn defect_8_the_label_of_the_official_list_is_written() {
    let yard = published("v0.1.0", &[]);
    yard.plugin(HELM, "1.0.0");
    yard.plugin("acme.org/plugins/other", "1.0.0");
    yard.done(&format!("add {HELM} acme.org/plugins/other"));
    yard.done("publish");
    let rows = yard
        .done(&format!("list --registry {PUBLISHED} -o json"))
        .json();
    let descriptor = yard
        .done(&format!("component get {PUBLISHED} -o json"))
        .json();
    for (row, name) in ["helminput", "other"].iter().enumerate() {
        let reference = &descriptor["component"]["componentReferences"][row];
        assert_eq!(reference["name"], *name);
        let label = &reference["labels"][0];
        assert_eq!(label["name"], "ocm.software/pluginInfo");
        assert_eq!(
            label["value"],
            json!({"description": "Reads demo", "platforms": ["darwin/arm64", "linux/amd64"]})
        );
        assert_eq!(rows[row]["name"], *name);
        assert_eq!(rows[row]["platforms"], label["value"]["platforms"]);
    }
}

#[test]
fn defect_9_only_allowed_plugins_are_listed() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    for (line, reason) in [
        ("add acme.org/plugins/absent", "acme.org/plugins/absent"),
        ("add acme.org/plugin-registry", "is not a plugin"),
    ] {
        let outcome = yard.writes_nothing(line);
        assert_eq!(outcome.code, Some(1), "{line}");
        assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
    }
    yard.done("update --repin");
    yard.done("publish");
    // The policy decides whose plugins may be listed and which platforms they must support, and a
    // program's header must match its platform.
    yard.plugin("evil.org/plugins/scanner", "1.0.0");
    yard.done("add evil.org/plugins/scanner");
    assert_eq!(failed(&yard), [""; 0]);
    yard.write("plugyard.yaml", "allow: [acme.org/plugins/*]\n");
    assert_eq!(failed(&yard), ["component-allowed"]);
    yard.write("plugyard.yaml", "platforms: [linux/arm64]\n");
    assert_eq!(failed(&yard), ["platforms-required", "platforms-required"]);
    yard.write("elf", {
        let mut header = vec![0_u8; 64];
        header[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (header[16], header[18]) = (2, 62);
        header
    });
    yard.write("capabilities.json", crate::yard::CAPABILITIES);
    let line = "plugin publish --name acme.org/plugins/other --version 1.0.0 --capabilities capabilities.json windows/amd64=elf";
    assert_eq!(yard.writes_nothing(line).code, Some(1));
}

#[test]
fn defect_12_a_bad_release_can_be_yanked_or_removed_and_metadata_changed() {
    let yard = published("v0.2.0", &["helminput@1.0.0", "helminput@1.1.0"]);
    yard.done("update --repin");
    yard.done("yank helminput@1.1.0 --reason broken --use helminput@1.0.0");
    yard.done("publish");
    assert_eq!(listed(&yard, ""), ["helminput@1.0.0"]);
    yard.done("remove helminput@1.1.0 --reason broken");
    yard.done("publish");
    assert_eq!(contents(&yard).1, ["helminput@1.0.0"]);
    assert_eq!(listed(&yard, "--all"), ["helminput@1.0.0"]);
    // And the scan does not add it again.
    yard.writes_nothing("update");
    // Wrong metadata is read from the plugin again.
    let text = yard
        .read(CONSTRUCTOR)
        .replace("description: Reads demo", "description: Wrong");
    yard.constructor(text);
    yard.done("update helminput --repin");
    assert!(!yard.read(CONSTRUCTOR).contains("Wrong"));
}

#[test]
fn defect_18_pre_releases_are_neither_proposed_nor_the_latest_for_users() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin(HELM, "2.0.0-rc.1");
    yard.writes_nothing("update");
    yard.done("update --pre");
    assert_eq!(
        contents(&yard).1,
        ["helminput@1.0.0", "helminput@2.0.0-rc.1"]
    );
    yard.done("publish");
    assert_eq!(listed(&yard, ""), ["helminput@1.0.0"]);
    assert_eq!(listed(&yard, "--pre"), ["helminput@2.0.0-rc.1"]);
    let information = yard.done(&format!("info helminput --registry {PUBLISHED} -o json"));
    assert_eq!(information.json()["version"], "1.0.0");
    yard.done(&format!(
        "info helminput@2.0.0-rc.1 --registry {PUBLISHED} -o json"
    ));
}

#[test]
fn defect_19_entries_are_sorted() {
    let yard = published("v0.2.0", &["alpha@1.0.0", "helminput@9.0.0", "zeta@1.0.0"]);
    yard.plugin(HELM, "10.0.0");
    yard.done("update");
    yard.plugin("acme.org/plugins/beta", "1.0.0");
    yard.done("add acme.org/plugins/beta");
    assert_eq!(
        contents(&yard).1,
        [
            "alpha@1.0.0",
            "beta@1.0.0",
            "helminput@9.0.0",
            "helminput@10.0.0",
            "zeta@1.0.0"
        ]
    );
}

#[test]
fn defect_20_labels_of_the_registry_are_kept_and_can_change() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    let with = |tier: &str| {
        format!(
            "labels: [{{ name: acme.org/tier, value: {tier}, signing: true }}] # by the keepers\n"
        )
    };
    let text = yard.read(CONSTRUCTOR);
    yard.constructor(text.replace(
        "componentReferences:",
        &format!("{}componentReferences:", with("gold")),
    ));
    let tier = || {
        let latest = yard
            .done(&format!("component get {PUBLISHED} -o json"))
            .json();
        let label = &latest["component"]["labels"][0];
        assert_eq!(label["name"], "acme.org/tier");
        label["value"].clone()
    };
    // Each change of the entries keeps them.
    yard.plugin(HELM, "1.1.0");
    yard.done("update");
    yard.plugin("acme.org/plugins/other", "1.0.0");
    yard.done("add acme.org/plugins/other");
    assert!(yard.read(CONSTRUCTOR).contains(&with("gold")));
    yard.done("publish");
    assert_eq!(tier(), "gold");
    // A change of these labels requires a new version like any other change.
    let text = yard.read(CONSTRUCTOR);
    yard.constructor(text.replace(&with("gold"), &with("silver")));
    let compared = yard.run("diff -o json").json();
    assert_eq!(compared["class"], "patch");
    assert_eq!(compared["changes"][0]["kind"], "metadata");
    yard.done("bump");
    yard.done("publish");
    assert_eq!(tier(), "silver");
}

#[test]
fn defect_22_a_dry_run_shows_what_would_change() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin(HELM, "1.1.0");
    yard.plugin("acme.org/plugins/other", "1.0.0");
    let shown = yard.writes_nothing("update --dry-run -o json").json();
    assert_eq!(shown["changes"][0]["new"], "1.1.0");
    assert_eq!(shown["to"], "v0.2.1");
    let line = "add acme.org/plugins/other --dry-run -o json";
    let shown = yard.writes_nothing(line).json();
    assert_eq!(shown["changes"][0]["name"], "other");
    assert_eq!(shown["to"], "v0.3.0");
    yard.done("update");
    let planned = yard.writes_nothing("publish --dry-run -o json").json();
    assert_eq!(planned["status"], "planned");
    // The published content equals the planned one.
    let published = yard.done("publish -o json").json();
    assert_eq!(published["componentDigest"], planned["componentDigest"]);
    assert_eq!(published["manifestDigest"], planned["manifestDigest"]);
}
