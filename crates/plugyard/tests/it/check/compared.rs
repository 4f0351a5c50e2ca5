//! What a constructor is compared with, and what that costs.

use std::process::Command;

use testkit::Registry;

use crate::check::registry::{
    FILE, append, cut, findings, good, good_in, label, policy, replace, rules,
};
use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard};

#[track_caller]
fn failed(yard: &Yard, line: &str) -> Vec<String> {
    let found = findings(&yard.run(&format!("{line} -o json")));
    assert_eq!(rules(&found, "unknown").len(), 0, "{found:#?}");
    rules(&found, "fail").into_iter().collect()
}

#[track_caller]
fn git(yard: &Yard, line: &str) {
    let status = Command::new("git")
        .current_dir(yard.path(""))
        .env("HOME", yard.path("../home"))
        .args(["-c", "user.name=a", "-c", "user.email=a@acme.org"])
        .args(line.split_whitespace())
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success(), "git {line}");
}

#[test]
fn a_change_of_one_entry_in_a_thousand_costs_seven_requests() {
    let registry = Registry::start();
    let yard = good_in(&format!("{}/acme", registry.url()));
    let new = cut(&yard, "demo", "1.1.0");
    let other = cut(&yard, "other", "2.0.0");
    let many: String = (1000..2000)
        .map(|number| other.replace("- name: other", &format!("- name: other{number}")))
        .collect();
    append(&yard, &many);
    replace(&yard, "version: v0.1.1", "version: v1.0.0");
    yard.done("publish");
    append(&yard, &new);
    replace(&yard, "version: v1.0.0", "version: v1.0.1");
    registry.forget();
    let outcome = yard.done("check -o json");
    let expected = [
        // The published version: its tags, its manifest, its descriptor.
        "tags/list",
        "manifests/v1.0.0",
        "blobs/sha256",
        // The plugin, and the headers of its programs.
        "manifests/1.1.0",
        "blobs/sha256",
        "blobs/sha256",
        "blobs/sha256",
    ];
    let lines = registry.lines();
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, part) in lines.iter().zip(expected) {
        assert!(line.contains(part), "{line} {part}");
    }
    let wanted = "1002 entries, 1 of them read, compared with the published v1.0.0";
    assert!(outcome.stderr.contains(wanted), "{}", outcome.stderr);
    // Nothing changed: the published version alone.
    yard.done("publish");
    registry.forget();
    yard.done("check");
    assert_eq!(registry.lines().len(), 3);
}

#[test]
fn of_a_large_program_only_the_beginning_is_read() {
    let registry = Registry::start();
    let yard = good_in(&format!("{}/acme", registry.url()));
    let mut program = b"#!/bin/sh\n".to_vec();
    program.resize(3 << 20, b'#');
    yard.write("program", program);
    yard.write("capabilities.json", crate::yard::CAPABILITIES);
    yard.done(&format!(
        "plugin publish --name {DEMO} --version 1.2.0 --capabilities capabilities.json \
         -r {}/acme linux/amd64=program",
        registry.url()
    ));
    yard.done(&format!("add {DEMO}:1.2.0"));
    registry.forget();
    yard.run("check -o json");
    let ranges: Vec<String> = registry
        .log()
        .iter()
        .map(|request| request.header("range").to_owned())
        .filter(|range| !range.is_empty())
        .collect();
    assert_eq!(ranges, ["bytes=0-4095"]);
    // The same where a registry gives no parts.
    let stubborn = Registry::with(
        testkit::registry::Login::None,
        testkit::registry::Quirks {
            ranges: false,
            ..Default::default()
        },
    );
    let yard = good_in(&format!("{}/acme", stubborn.url()));
    assert_eq!(failed(&yard, "check"), [""; 0]);
}

#[test]
fn a_revision_of_git_can_be_compared_with() {
    let yard = good();
    yard.write("folder/readme", "");
    git(&yard, "init -q -b main");
    git(&yard, "add plugyard.yaml");
    git(&yard, "commit -qm empty");
    git(&yard, "add component-constructor.yaml");
    git(&yard, "commit -qm first");
    git(&yard, "tag -a -m annotated v1");
    // Nothing is published elsewhere, and everything is new there.
    let line = "check -r ./nowhere --against git:main";
    policy(
        &yard,
        "sources: [./transport-archive]\nrules: { within-own-repository: off }",
    );
    let outcome = yard.run(&format!("{line} -o json"));
    assert!(
        outcome
            .stderr
            .contains("0 of them read, compared with git:main"),
        "{}",
        outcome.stderr
    );
    assert_eq!(failed(&yard, line), [""; 0]);
    cut(&yard, "other", "2.0.0");
    assert_eq!(failed(&yard, line), ["nothing-lost", "registry-version"]);
    assert_eq!(
        failed(&yard, "check -r ./nowhere --against git:v1"),
        ["nothing-lost", "registry-version"]
    );
    // Before there was a constructor, everything is new.
    assert_eq!(
        failed(&yard, "check -r ./nowhere --against git:main~1"),
        [""; 0]
    );
    for (revision, words) in [
        (
            "nothing",
            "git:nothing cannot be read: fatal: Needed a single revision",
        ),
        ("--help", "git:--help cannot be read"),
        ("$(touch x)", "cannot be read"),
        ("main:plugyard.yaml", "cannot be read"),
    ] {
        let outcome = yard.run_all(&["check", "--against", &format!("git:{revision}")]);
        assert_eq!(outcome.code, Some(1), "{revision}");
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        assert!(outcome.stdout.is_empty(), "{revision}");
    }
    assert_eq!(yard.run("check --against git:").code, Some(2));
    // A constructor that was broken then is not an absent one.
    let text = yard.read(FILE);
    yard.constructor("name: [");
    git(&yard, "add component-constructor.yaml");
    git(&yard, "commit -qm broken");
    yard.constructor(text);
    let outcome = yard.run("check --against git:main -o json");
    assert_eq!(outcome.code, Some(1));
    assert!(rules(&findings(&outcome), "unknown").contains("registry-version"));
}

#[test]
fn a_published_version_can_be_named_to_compare_with() {
    let yard = good();
    yard.done("publish");
    assert_eq!(
        failed(&yard, &format!("check --against {PUBLISHED}:v0.1.0")),
        [""; 0]
    );
    assert_eq!(
        failed(&yard, &format!("check --against {PUBLISHED}")),
        [""; 0]
    );
    replace(&yard, "version: v0.1.1", "version: v0.1.0");
    assert_eq!(failed(&yard, "check"), ["registry-version"]);
    for line in [
        format!("check --against {PUBLISHED}:v9.0.0"),
        "check --against ./transport-archive//acme.org/nothing".to_owned(),
    ] {
        let outcome = yard.run(&line);
        assert_eq!(outcome.code, Some(1), "{line}");
        assert!(
            outcome
                .stderr
                .contains(" does not exist\nhint: check the spelling"),
            "{}",
            outcome.stderr
        );
    }
    let outcome = yard.run(&format!("check -o json --against ./gone//{REGISTRY}"));
    assert_eq!(outcome.code, Some(1));
    assert!(rules(&findings(&outcome), "unknown").contains("nothing-lost"));
}

#[test]
fn what_the_check_calls_for_is_what_bump_does() {
    type Change = (&'static str, &'static str, &'static str);
    const CHANGES: &[Change] = &[
        (
            "provider: { name: acme.org }",
            "provider: { name: acme.com }",
            "v0.1.2",
        ),
        (
            "labels:\n",
            "creationTime: \"2024-01-02T03:04:05Z\"\nlabels:\n",
            "v0.1.2",
        ),
        (
            "labels:\n",
            "resources: [{ name: readme, type: blob, input: { type: utf8, text: hello } }]\nlabels:\n",
            "v0.1.2",
        ),
        (
            "labels:\n",
            "labels:\n  - { name: a, value: b, signing: true }\n",
            "v0.1.2",
        ),
        ("name: other\n", "name: others\n", "v1.0.0"),
        (
            "componentName: acme.org/plugins/demo\n    digest",
            "componentName: acme.com/demo\n    digest",
            "v0.1.2",
        ),
    ];
    for (from, to, version) in CHANGES {
        let yard = good();
        yard.done("publish");
        yard.done("diff --exit-code");
        replace(&yard, from, to);
        let found = findings(&yard.run("check -o json"));
        let called_for = found
            .iter()
            .find(|finding| finding["rule"] == "registry-version");
        let message = called_for.unwrap()["message"].as_str().unwrap();
        assert!(
            message.ends_with(&format!("the version must be at least {version}")),
            "{to}: {message}"
        );
        let difference: serde_json::Value =
            serde_json::from_slice(&yard.done("diff -o json").stdout).unwrap();
        let reason = difference["reasons"][0].as_str().unwrap();
        assert!(message.contains(reason), "{message}: {reason}");
        yard.done("bump");
        assert!(
            yard.read(FILE).contains(&format!("version: {version}\n")),
            "{to}"
        );
        let found = findings(&yard.run("check -o json"));
        assert!(!rules(&found, "fail").contains("registry-version"), "{to}");
    }
}

#[test]
fn another_input_is_a_change_to_all() {
    let yard = good();
    yard.write("readme", "one");
    replace(
        &yard,
        "labels:\n",
        "resources: [{ name: readme, type: blob, input: { type: file, path: readme } }]\nlabels:\n",
    );
    yard.done("publish");
    yard.done("diff --exit-code");
    yard.done("bump");
    assert_eq!(failed(&yard, "check"), ["references-only"]);
    yard.write("readme", "two");
    assert_eq!(
        failed(&yard, "check"),
        ["references-only", "registry-version"]
    );
    let difference = yard.done("diff -o json").json();
    assert_eq!(
        difference["reasons"],
        serde_json::json!(["about the registry itself: its resources"])
    );
    yard.done("bump");
    assert!(yard.read(FILE).contains("version: v0.1.2\n"));
    assert_eq!(failed(&yard, "check"), ["references-only"]);
    // What cannot be read is told, and not taken for a change.
    fs_err::remove_file(yard.path("readme")).unwrap();
    assert_eq!(yard.writes_nothing("bump").code, Some(1));
    let outcome = yard.done("diff --exit-code");
    assert!(
        outcome.stderr.contains("inputs are not compared: "),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_version_before_that_cannot_be_read_leaves_the_version_undecided() {
    let registry = Registry::start();
    let yard = good_in(&format!("{}/acme", registry.url()));
    yard.done("publish");
    cut(&yard, "other", "2.0.0");
    label(
        &yard,
        "{ name: plugyard/registry, signing: true, value: { schema: 1, removed: \
         [{ name: other, component: acme.org/plugins/other, version: 2.0.0, reason: x }] } }",
    );
    let fault = testkit::registry::Fault::Answer(testkit::registry::Answer::status(500));
    registry.fail("GET", "manifests/v0.1.0", 1, 99, fault);
    let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.2", "check -o json");
    let found = findings(&outcome);
    assert_eq!(
        rules(&found, "unknown").into_iter().collect::<Vec<_>>(),
        ["registry-version"]
    );
    assert_eq!(rules(&found, "fail").len(), 0);
}

#[test]
fn which_component_is_the_registry_is_for_the_user_to_say() {
    let yard = Yard::new();
    yard.constructor(
        "components:
- { name: acme.org/one, version: 1.0.0, provider: { name: acme.org } }
- { name: acme.org/two, version: 1.0.0, provider: { name: acme.org } }
",
    );
    let outcome = yard.run("check");
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome
            .stderr
            .contains("several components could be the registry")
    );
}

#[test]
fn a_change_is_judged_by_the_policy_of_the_revision_it_is_for() {
    let yard = good();
    git(&yard, "init -q -b main");
    git(&yard, "add plugyard.yaml component-constructor.yaml");
    git(&yard, "commit -qm base");
    // A source of the change's own, and a rule that it switches off.
    crate::check::registry::plugin(&yard, "./evil", crate::yard::DEMO, "1.2.0", "demo/v1");
    policy(
        &yard,
        "sources: [./evil]\nrules: { component-exists: off, within-own-repository: off }",
    );
    yard.done(&format!("add {}:1.2.0", crate::yard::DEMO));
    assert_eq!(failed(&yard, "check"), [""; 0]);
    assert_eq!(failed(&yard, "check --base git:main"), ["component-exists"]);
    let outcome = yard.run("check --base git:main -o json");
    assert_eq!(outcome.code, Some(3));
    let document: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let report = document["policy"].to_string();
    for part in [
        "judged by the plugyard.yaml of git:main",
        "`sources` now also has ./evil",
        "the rule `component-exists` is off",
    ] {
        assert!(report.contains(part), "{report}");
        assert!(outcome.stderr.contains(part), "{}", outcome.stderr);
    }
    // What cannot be read is not an absent policy.
    for (revision, code) in [("git:gone", 1), ("main", 2), ("git:", 2)] {
        let outcome = yard.run(&format!("check --base {revision}"));
        assert_eq!(outcome.code, Some(code), "{revision}");
    }
    std::os::unix::fs::symlink("elsewhere.yaml", yard.path("link.yaml")).unwrap();
    git(&yard, "add link.yaml");
    git(&yard, "commit -qm link");
    fs_err::remove_file(yard.path("link.yaml")).unwrap();
    yard.write("link.yaml", "");
    let outcome = yard.run("check --base git:main -p link.yaml");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("symbolic link"),
        "{}",
        outcome.stderr
    );
    // Nothing but the judging policy decides where plugins are looked up; -r takes precedence.
    let outcome = yard.run("check --base git:main~1 -r ./nowhere -o json");
    assert!(rules(&findings(&outcome), "fail").contains("component-exists"));
}

#[test]
fn people_are_shown_two_hundred_findings() {
    let yard = good();
    let new = cut(&yard, "demo", "1.1.0");
    let other = cut(&yard, "other", "2.0.0");
    let many: String = (100..400)
        .map(|number| other.replace("- name: other", &format!("- name: other{number}")))
        .collect();
    append(&yard, &many);
    append(&yard, &new);
    git(&yard, "init -q -b main");
    git(&yard, "add component-constructor.yaml");
    git(&yard, "commit -qm all");
    policy(
        &yard,
        "rules: { capability-unique: off }\nallow: [evil.org/*]",
    );
    let found = findings(&yard.run("check --against git:main -o json"));
    let not_allowed = found
        .iter()
        .filter(|finding| finding["rule"] == "component-allowed");
    assert_eq!(not_allowed.count(), 302);
    // Those that stop the gate are shown, and not all of them.
    let outcome = yard.run("check --against git:main");
    assert_eq!(outcome.code, Some(3));
    let shown = outcome.text().matches("error[component-allowed]").count();
    assert_eq!(shown, 200);
    let more = format!("{} more findings are not shown", found.len() - shown);
    assert!(outcome.text().starts_with(&more), "{}", outcome.text());
}
