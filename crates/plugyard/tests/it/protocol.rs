//! A full run, checked against the OCI distribution specification 1.1: every MUST that binds a
//! client, and the SHOULDs that registries rely on.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod offences;
mod rules;

use crate::yard::{DEMO, REGISTRY, Yard};
use rules::{RULES, Rule};
use testkit::Registry;
use testkit::registry::{Fault, Login, Quirks, Request};

/// A program long enough to be checked for first and sent in chunks.
const PROGRAM: usize = 3 << 20;

#[test]
fn every_request_conforms_to_the_specification() {
    let logs = [modern(), older(), broken()];
    let mut wrong = Vec::new();
    for Rule {
        section,
        says,
        check,
    } in RULES
    {
        let mut subjects = 0;
        for log in &logs {
            for outcome in check(log) {
                subjects += 1;
                if let Err(reason) = outcome {
                    wrong.push(format!("{section}: {says}: {reason}"));
                }
            }
        }
        println!("{subjects:5} {section}: {says}");
        if subjects == 0 {
            wrong.push(format!("{section}: {says}: nothing to check"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn protocol_violations_are_detected() {
    // The rules are only useful if violations are detected.
    for rule in RULES {
        let bad = offences::of(rule);
        assert!(!bad.is_empty(), "{}: nothing offends it", rule.says);
        for log in bad {
            let found = (rule.check)(&log);
            assert!(
                found.iter().any(Result::is_err),
                "{}: {log:?} is let through",
                rule.says
            );
        }
    }
}

/// A modern registry with token authentication.
fn modern() -> Vec<Request> {
    let login = Login::Bearer {
        account: Some(("alice".to_owned(), "s3cret".to_owned())),
        identity: None,
        expires_in: 300,
    };
    let quirks = Quirks {
        page: Some(1),
        ..Quirks::default()
    };
    let registry = Registry::with(login, quirks);
    run_everything(&registry);
    registry.log()
}

/// A registry that only supports POST and PUT, behind a proxy that rejects large bodies.
fn older() -> Vec<Request> {
    let quirks = Quirks {
        single_post: false,
        mounts: false,
        absolute: true,
        max_body: Some(2 << 20),
        min_chunk: Some(64 << 10),
        ..Quirks::default()
    };
    let registry = Registry::with(Login::None, quirks);
    run_everything(&registry);
    registry.log()
}

/// A network that breaks transfers.
fn broken() -> Vec<Request> {
    let registry = Registry::start();
    registry.fail("PUT", "/uploads/", 1, 1, Fault::Close);
    run_everything(&registry);
    let log = registry.log();
    let yard = Yard::new();
    let size = log.iter().map(|request| request.length).max().unwrap();
    assert!(size >= PROGRAM);
    let large = log
        .iter()
        .filter(|request| request.length == size)
        .find_map(|request| request.parameter("digest"))
        .unwrap();
    registry.fail("GET", &large, 1, 1, Fault::Truncated(1 << 20));
    yard.done(&format!(
        "component verify {}/acme//{DEMO}:1.0.0",
        registry.url()
    ));
    registry.log()
}

/// Every command, on one registry from its creation on.
fn run_everything(registry: &Registry) {
    let yard = Yard::new();
    let auths = format!(
        r#"{{"auths":{{"{}":{{"auth":"YWxpY2U6czNjcmV0"}}}}}}"#,
        registry.host()
    );
    yard.write("../home/.docker/config.json", auths);
    yard.names_plain_http(&registry.url());
    let repository = format!("{}/acme", registry.url());
    let named = format!("{repository}//{REGISTRY}");
    yard.write("linux", large_program());
    yard.write("capabilities.json", crate::yard::CAPABILITIES);
    yard.done(&format!(
        "plugin publish --name {DEMO} --version 1.0.0 --capabilities capabilities.json -r {repository} \
         linux/amd64=linux"
    ));
    yard.done(&format!("init --name {REGISTRY} -r {repository}"));
    yard.done(&format!("add {DEMO}"));
    yard.done("publish --first");
    yard.plugin_in(&repository, "acme.org/plugins/other", "1.0.0");
    yard.done("add acme.org/plugins/other");
    yard.done("publish");
    yard.done("publish");
    for line in [
        format!("list --registry {named}"),
        format!("list --registry {named}:v0.1.0"),
        format!("info demo --registry {named}"),
        format!("component get {named}"),
        format!("component hash {named}"),
        format!("component verify {named}"),
    ] {
        yard.done(&line);
    }
    several(&yard, &repository);
}

/// Two components that share content, for it to be mounted.
fn several(yard: &Yard, repository: &str) {
    let component = |name: &str, digest: Option<&str>| {
        let reference = digest.map_or(String::new(), |digest| {
            let entry = crate::yard::entry("child", "1.0.0", "acme.org/child", digest);
            let deeper = entry.trim_end().replace('\n', "\n    ");
            format!("    componentReferences:\n    {deeper}\n")
        });
        format!(
            "  - name: {name}
    version: 1.0.0
    provider: {{ name: acme.org }}
    resources:
      - {{ name: text, type: blob, version: 1.0.0, input: {{ type: file, path: shared.txt }} }}
{reference}"
        )
    };
    yard.write("shared.txt", "shared content\n");
    let child = component("acme.org/child", None);
    yard.constructor(format!("components:\n{child}"));
    yard.done("publish --first -r ./scratch");
    let digest = yard.done("component hash ./scratch//acme.org/child:1.0.0");
    let digest = digest.text().trim_end().strip_prefix("sha256:").unwrap();
    let parent = component("acme.org/parent", Some(digest));
    yard.constructor(format!("components:\n{child}{parent}"));
    yard.done(&format!("publish --first -r {repository}"));
}

fn large_program() -> Vec<u8> {
    let mut program = b"#!/bin/sh\n".to_vec();
    let lines = (0_u32..).flat_map(|number| format!("# {number}\n").into_bytes());
    program.extend(lines.take(PROGRAM));
    program
}
