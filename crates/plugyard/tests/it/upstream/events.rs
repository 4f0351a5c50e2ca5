//! Runs the scripts of the workflows with an event.

use std::process::Output;

use serde_json::{Value, json};

use crate::upstream::HELM;
use crate::upstream::forge::Forge;
use crate::upstream::workflows::{file, triggers, workflow};
use crate::yard::{PUBLISHED, Yard};

fn release(name: &str, version: &str) -> Value {
    json!({
        "plugin_name": name,
        "plugin_version": version,
        "plugin_component": format!("acme.org/plugins/{name}"),
    })
}

#[track_caller]
fn fine(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{said}");
}

#[test]
fn defect_10_a_dispatch_opens_a_pull_request_and_nothing_else() {
    let forge = Forge::new(&["helminput@1.0.0"]);
    forge.yard.plugin(HELM, "1.1.0");
    let before = forge.branches();
    let published = forge.yard.done(&format!("component get {PUBLISHED}"));
    let archive = fs_err::read(forge.yard.path("transport-archive/artifact-index.json")).unwrap();
    fine(&forge.dispatched("run", &release("helminput", "1.1.0")));
    // Nothing is published, and main is unchanged.
    let now = fs_err::read(forge.yard.path("transport-archive/artifact-index.json")).unwrap();
    assert_eq!(now, archive);
    let again = forge.yard.done(&format!("component get {PUBLISHED}"));
    assert_eq!(again.text(), published.text());
    let branches = forge.branches();
    assert_eq!(branches.len(), 2);
    assert_eq!(branches[0], before[0]);
    assert!(branches[1].starts_with("plugyard/helminput "));
    let (version, entries) = forge.contents("plugyard/helminput");
    assert_eq!(version, "v0.2.1");
    assert_eq!(entries, ["helminput@1.0.0", "helminput@1.1.0"]);
    // The forge received one request.
    let mut calls = forge.calls();
    calls.retain(|call| !call.contains("--method GET"));
    assert_eq!(calls.len(), 1, "{calls:?}");
    let expected = "api --method POST repos/acme/plugin-registry/pulls ";
    assert!(calls[0].starts_with(expected), "{calls:?}");
}

#[test]
fn defect_14_three_quick_releases_of_one_plugin_are_all_proposed() {
    let forge = Forge::new(&["helminput@1.0.0"]);
    let versions = ["1.1.0", "1.2.0", "1.3.0"];
    for version in versions {
        forge.yard.plugin(HELM, version);
    }
    let runs: Vec<_> = versions
        .iter()
        .map(|version| forge.start(version, &release("helminput", version)))
        .collect();
    for run in runs {
        fine(&run.wait_with_output().unwrap());
    }
    let (version, entries) = forge.contents("plugyard/helminput");
    assert_eq!(version, "v0.2.1");
    let expected = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].map(|one| format!("helminput@{one}"));
    assert_eq!(entries, expected);
}

#[test]
fn defect_15_hostile_text_is_refused_and_not_executed() {
    let forge = Forge::new(&["helminput@1.0.0"]);
    let before = forge.branches();
    let marker = forge.yard.path("owned");
    let touch = format!("touch {}", marker.display());
    let hostile = [
        format!("$({touch})"),
        format!("`{touch}`"),
        format!("x; {touch}; y"),
        format!("x\n{touch}\n"),
        "x\nresult=owned".to_owned(),
        "x\rname=owned".to_owned(),
        "::set-output name=x::owned".to_owned(),
        "--repository=./elsewhere".to_owned(),
        "-r".to_owned(),
        "../../main".to_owned(),
        "*".to_owned(),
        "a'b\"c".to_owned(),
        "größe".to_owned(),
        "x".repeat(5000),
    ];
    let mut refused = 0;
    for (number, word) in hostile.iter().enumerate() {
        let good = release("helminput", "1.0.0");
        let key = ["plugin_name", "plugin_version", "plugin_component"][number % 3];
        let mut one = good.clone();
        one[key] = json!(word);
        let all = json!({"plugin_name": word, "plugin_version": word, "plugin_component": word});
        for payload in [one, all] {
            let output = forge.dispatched("run", &payload);
            assert_eq!(output.status.code(), Some(1), "{payload}");
            let [outputs, summary] = forge.left("run");
            assert_eq!(outputs, "", "{payload}");
            refused += 1;
            let times = |text: &str| summary.matches(text).count();
            assert_eq!(times("### The release is refused"), refused, "{summary}");
            assert_eq!(times("Send the event again with"), refused, "{summary}");
        }
    }
    assert!(!marker.exists());
    assert_eq!(forge.branches(), before);
    assert_eq!(forge.calls(), [""; 0]);
}

#[test]
fn defect_15_commands_refuse_hostile_names_and_describe_valid_ones() {
    let forge = Forge::new(&["helminput@1.0.0"]);
    let yard = &forge.yard;
    yard.plugin(HELM, "1.1.0");
    for word in [
        "$(id)",
        "x; id",
        "x\nid=1",
        "../up",
        "a'b",
        "größe",
        "\u{202e}x",
        "\u{1b}[2Jx",
    ] {
        for arguments in [
            &["add", word][..],
            &["add", HELM, "--name", word],
            &["update", "helminput", "--to", word],
            &["update", "--", word],
            &["remove", "--reason", "x", "--", word],
            &["info", "--registry", PUBLISHED, "--", word],
            &[
                "plugin",
                "publish",
                "--name",
                word,
                "--version",
                "1.0.0",
                "linux/amd64=x",
            ],
            &["publish", "-c", word],
        ] {
            refused(yard, arguments);
        }
    }
}

/// With exactly the expected message on one line, and nothing is written.
#[track_caller]
fn refused(yard: &Yard, arguments: &[&str]) {
    let before = yard.tree();
    let outcome = yard.run_all(arguments);
    yard.assert_tree(&before, &arguments.join(" "));
    let said = &outcome.stderr;
    assert!(matches!(outcome.code, Some(1 | 2)), "{arguments:?}: {said}");
    assert!(outcome.stdout.is_empty(), "{arguments:?}");
    assert!(said.starts_with("error: "), "{arguments:?}: {said}");
    for hidden in ['\u{202e}', '\u{1b}', '\r'] {
        assert!(!said.contains(hidden), "{arguments:?}: {said:?}");
    }
    let injected = said.lines().any(|line| line.starts_with("id=1"));
    assert!(!injected, "{arguments:?}: {said}");
}

#[test]
fn defect_23_a_release_sends_the_event_that_the_registry_listens_for() {
    let steps = &workflow("plugin-release.yml")["jobs"]["publish"]["steps"];
    let tell = steps
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["name"] == "Notify the registry")
        .unwrap();
    let forge = Forge::new(&["helminput@1.0.0"]);
    forge.yard.plugin(HELM, "1.1.0");
    let run = tell["run"].as_str().unwrap();
    let variables = [
        ("REGISTRY", "acme/plugin-registry"),
        ("NAME", ""),
        ("VERSION", "1.1.0"),
        ("COMPONENT", HELM),
    ];
    // Started like by the runner.
    let options = ["--noprofile", "--norc", "-eo", "pipefail", "-c", run];
    let step = forge.step(&options, "", &variables);
    fine(&step.wait_with_output().unwrap());
    let sent = "api --method POST repos/acme/plugin-registry/dispatches --input -";
    assert_eq!(forge.calls(), [sent]);
    let body = fs_err::read(forge.yard.path("forge/bodies")).unwrap();
    let event: Value = serde_json::from_slice(&body).unwrap();
    // The event starts `registry-update`, with all the values that it reads.
    let listener = workflow("registry-update.yml");
    let types = &triggers(&listener)["repository_dispatch"]["types"];
    assert_eq!(types, &json!([event["event_type"]]));
    let payload = &event["client_payload"];
    assert_eq!(payload, &release("helminput", "1.1.0"));
    let text = file(".github/workflows/registry-update.yml");
    let read = text.split("github.event.client_payload.").skip(1);
    for rest in read {
        let word = rest.split([' ', '}']).next().unwrap();
        assert!(payload.get(word).is_some(), "{word}");
    }
    fine(&forge.dispatched("run", payload));
    assert_eq!(forge.contents("plugyard/helminput").1.len(), 2);
}
