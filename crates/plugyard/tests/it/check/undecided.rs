//! Unreadable content leaves rules undecided, and the gate fails.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::Registry;
use testkit::registry::{Answer, Fault, Login, Quirks};

use crate::check::registry::{cut, findings, good_in, label, policy, replace, rules};
use crate::yard::{DEMO, Outcome, REGISTRY, Yard};

/// Rules that look at the components of entries.
const PLUGIN_RULES: &[&str] = &[
    "binary-platform",
    "component-exists",
    "digest-correct",
    "labels-computed",
    "no-cycle",
    "within-own-repository",
    "plugin-resources-valid",
    "resource-digests-cover",
    "names-transferable",
];
/// Rules that compare with what is published.
const BASELINE_RULES: &[&str] = &[
    "content-kept",
    "name-bound",
    "nothing-lost",
    "registry-version",
    "version-not-lowered",
];

fn served() -> (Registry, Yard) {
    let registry = Registry::start();
    let yard = good_in(&format!("{}/acme", registry.url()));
    (registry, yard)
}

fn check(yard: &Yard) -> Outcome {
    yard.run_with("PLUGYARD_RETRY_BUDGET", "0.2", "check -o json")
}

/// No rule fails, and these rules are undecided.
#[track_caller]
fn assert_undecided(outcome: &Outcome, expected: &[&[&str]]) -> Vec<Value> {
    let findings = findings(outcome);
    assert_eq!(rules(&findings, "fail"), BTreeSet::new(), "{findings:#?}");
    let expected: BTreeSet<String> = expected
        .iter()
        .flat_map(|rules| rules.iter().map(|rule| (*rule).to_owned()))
        .collect();
    assert_eq!(rules(&findings, "unknown"), expected, "{findings:#?}");
    assert_eq!(outcome.code, Some(1));
    findings
}

fn faults() -> [(&'static str, Fault); 6] {
    [
        (
            "unauthorised",
            Fault::Answer(Answer::error(401, "UNAUTHORIZED")),
        ),
        ("forbidden", Fault::Answer(Answer::error(403, "DENIED"))),
        (
            "rate limited",
            Fault::Answer(Answer::error(429, "TOOMANYREQUESTS")),
        ),
        ("broken", Fault::Answer(Answer::status(500))),
        ("in other words", Fault::Answer(Answer::status(404))),
        ("cut off", Fault::Close),
    ]
}

#[test]
fn a_plugin_that_cannot_be_read_leaves_its_rules_undecided() {
    for (what, fault) in faults() {
        let (registry, yard) = served();
        registry.fail("GET", &format!("{DEMO}/manifests/1.1.0"), 1, 99, fault);
        let findings = assert_undecided(&check(&yard), &[PLUGIN_RULES]);
        assert_eq!(findings[0]["severity"], "error", "{what}");
        assert_ne!(findings[0]["help"], "", "{what}");
    }
}

#[test]
fn a_truncated_or_altered_response_is_not_mistaken_for_the_stored_content() {
    for fault in [Fault::Truncated(10), Fault::Flip] {
        let (registry, yard) = served();
        registry.fail("GET", &format!("{DEMO}/blobs/"), 1, 1000, fault);
        assert_undecided(&check(&yard), &[PLUGIN_RULES]);
    }
}

#[test]
fn an_unreadable_published_registry_is_not_absent() {
    for (what, fault) in faults() {
        for part in ["tags/list", "manifests/v0.1.0"] {
            let (registry, yard) = served();
            registry.fail("GET", &format!("{REGISTRY}/{part}"), 1, 99, fault.clone());
            let outcome = check(&yard);
            assert_undecided(&outcome, &[PLUGIN_RULES, BASELINE_RULES]);
            // Nothing else was read, because it is unknown what changed.
            let log = registry.log();
            let last = log.last().map(|request| request.path.clone());
            assert!(last.unwrap().contains(REGISTRY), "{what}");
        }
    }
}

#[test]
fn with_all_plugins_are_judged_without_a_published_registry() {
    let (registry, yard) = served();
    let fault = Fault::Answer(Answer::status(500));
    registry.fail("GET", &format!("{REGISTRY}/tags/list"), 1, 99, fault);
    let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.2", "check --all -o json");
    assert_undecided(&outcome, &[BASELINE_RULES]);
}

#[test]
fn an_unreachable_registry_is_not_absent() {
    let (_, yard) = served();
    // A port that was just free.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let repository = format!("http://{address}/acme");
    let line = format!("check -o json -r {repository}");
    let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.2", &line);
    assert_undecided(&outcome, &[PLUGIN_RULES, BASELINE_RULES]);
}

#[test]
fn a_header_that_cannot_be_read_leaves_one_rule_undecided() {
    let (registry, yard) = served();
    let fault = Fault::Answer(Answer::status(503));
    // The descriptor first, then the two programs.
    registry.fail("GET", &format!("{DEMO}/blobs/"), 2, 99, fault);
    assert_undecided(&check(&yard), &[&["binary-platform"]]);
}

#[test]
fn unreadable_references_leave_the_cycle_rule_undecided() {
    let (registry, yard) = served();
    let repository = format!("{}/acme", registry.url());
    yard.write("shared", "shared");
    yard.write(
        "plugin.yaml",
        "components:
- name: acme.org/shared
  version: 1.0.0
  provider: { name: acme.org }
- name: acme.org/plugins/demo
  version: 1.2.0
  provider: { name: acme.org }
  resources:
  - name: binary
    type: ocmPlugin
    extraIdentity: { os: windows, architecture: amd64 }
    input: { type: utf8, text: hello }
  componentReferences:
  - { name: shared, version: 1.0.0, componentName: acme.org/shared, digest: DIGEST }
",
    );
    let wrong = "{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: DIGEST }";
    let text = yard.read("plugin.yaml").replace("DIGEST", wrong);
    yard.write("plugin.yaml", text.replace("DIGEST", crate::yard::WRONG));
    let message = yard
        .run(&format!("publish -c plugin.yaml --first -r {repository}"))
        .stderr;
    let right = message.split("is sha256:").nth(1).unwrap()[..64].to_owned();
    let text = yard.read("plugin.yaml").replace(crate::yard::WRONG, &right);
    yard.write("plugin.yaml", text);
    yard.done(&format!("publish -c plugin.yaml --first -r {repository}"));
    yard.done("add acme.org/plugins/demo:1.2.0");
    let found = findings(&check(&yard));
    assert_eq!(
        rules(&found, "fail").into_iter().collect::<Vec<_>>(),
        ["binary-platform"]
    );
    let fault = Fault::Answer(Answer::status(503));
    registry.fail("GET", "acme.org/shared/manifests", 1, 99, fault);
    let found = findings(&check(&yard));
    assert_eq!(
        rules(&found, "unknown").into_iter().collect::<Vec<_>>(),
        ["no-cycle"]
    );
}

#[test]
fn unreadable_labels_leave_their_rules_undecided() {
    let yard = crate::check::registry::good();
    label(
        &yard,
        "{ name: plugyard/registry, value: { schema: 2 }, signing: true }",
    );
    let outcome = yard.run("check -o json");
    let found = findings(&outcome);
    assert_eq!(
        rules(&found, "unknown").into_iter().collect::<Vec<_>>(),
        ["not-removed"]
    );
    assert_eq!(outcome.code, Some(1), "1 outranks 3");

    let yard = crate::check::registry::good();
    policy(&yard, "platforms: [linux/amd64]");
    replace(&yard, "schema: 1", "schema: 2");
    replace(
        &yard,
        "platforms: [darwin/arm64, linux/amd64]",
        "platforms: 7",
    );
    let found = findings(&yard.run("check -o json"));
    assert_eq!(
        rules(&found, "unknown").into_iter().collect::<Vec<_>>(),
        ["capabilities-known", "mutable-versions-listed",]
    );
    // More is required of the newest version.
    crate::check::registry::replace_last(&yard, "schema: 1", "schema: 2");
    crate::check::registry::replace_last(
        &yard,
        "platforms: [darwin/arm64, linux/amd64]",
        "platforms: 7",
    );
    let found = findings(&yard.run("check -o json"));
    assert_eq!(
        rules(&found, "unknown").into_iter().collect::<Vec<_>>(),
        [
            "capabilities-known",
            "capability-unique",
            "mutable-versions-listed",
            "platforms-required",
        ]
    );
}

#[test]
fn an_input_that_cannot_be_read_leaves_the_version_undecided() {
    let yard = crate::check::registry::good();
    let text = yard.read(crate::check::registry::FILE);
    let resources = "resources:
  - { name: readme, type: text, input: { type: file, path: gone } }
componentReferences:";
    yard.constructor(text.replace("componentReferences:", resources));
    let found = findings(&yard.run("check -o json"));
    assert_eq!(
        rules(&found, "unknown").into_iter().collect::<Vec<_>>(),
        ["registry-version"]
    );
}

#[test]
fn missing_credentials_are_reported_as_the_reason() {
    let login = Login::Basic {
        user: "alice".to_owned(),
        password: "s3cret".to_owned(),
    };
    let registry = Registry::with(login, Quirks::default());
    let yard = crate::check::registry::good();
    let outcome = yard.run(&format!("check -r {}/acme", registry.url()));
    assert_eq!(outcome.code, Some(1));
    let text = outcome.text();
    assert!(text.contains("14 rules are undecided"), "{text}");
    assert!(text.contains("without a login"), "{text}");
}

#[test]
fn a_failure_does_not_mean_that_the_registry_is_new() {
    let registry = Registry::start();
    let yard = good_in(&format!("{}/acme", registry.url()));
    // What would be fine for a new registry: one entry, and the first version.
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
