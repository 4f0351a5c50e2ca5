//! `plugyard plugin publish` and `plugyard plugin inspect`

use ::registry::platform::Platform;
use serde_json::json;
use snapbox::str;

use crate::yard::{CAPABILITIES, DEMO, Yard, keys};

const PUBLISH: &str = "plugin publish --name acme.org/plugins/demo --version 1.0.0";

/// A yard with programs for three platforms and an answer to `capabilities`.
fn with_programs() -> Yard {
    let yard = Yard::new();
    yard.write("capabilities.json", CAPABILITIES);
    for name in ["one", "two", "three"] {
        yard.write(name, format!("#!/bin/sh\n# {name}\n"));
    }
    yard
}

#[test]
fn the_component_is_what_the_official_cli_reads() {
    let yard = with_programs();
    yard.run(&format!(
        "{PUBLISH} --capabilities capabilities.json --description 'Reads demo' linux/arm64=two linux/amd64=one darwin/arm64=three"
    ))
    .is(0, str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:18ae840a…

"#]], str![[r#"
published

"#]]);
    yard.run("component get ./transport-archive//acme.org/plugins/demo:1.0.0")
        .is(
            0,
            str![[r#"
component:
  componentReferences: null
  labels:
  - name: category
    signing: true
    value: input
  - name: description
    signing: true
    value: Reads demo
  - name: plugyard/plugin
    signing: true
    value:
      capabilities:
      - type: inputRepository
        types:
        - demo/v1
      schema: 1
  name: acme.org/plugins/demo
  provider: acme.org
  repositoryContexts: null
  resources:
  - access:
      localReference: sha256:60adf12e…
      mediaType: application/octet-stream
      type: LocalBlob/v1
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: genericBlobDigest/v1
      value: 60adf12e…
    extraIdentity:
      architecture: arm64
      os: darwin
    name: binary
    relation: local
    type: ocmPlugin
    version: 1.0.0
  - access:
      localReference: sha256:99dcc7cf…
      mediaType: application/octet-stream
      type: LocalBlob/v1
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: genericBlobDigest/v1
      value: 99dcc7cf…
    extraIdentity:
      architecture: amd64
      os: linux
    name: binary
    relation: local
    type: ocmPlugin
    version: 1.0.0
  - access:
      localReference: sha256:4c5db5ea…
      mediaType: application/octet-stream
      type: LocalBlob/v1
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: genericBlobDigest/v1
      value: 4c5db5ea…
    extraIdentity:
      architecture: arm64
      os: linux
    name: binary
    relation: local
    type: ocmPlugin
    version: 1.0.0
  sources: null
  version: 1.0.0
meta:
  schemaVersion: v2

"#]],
            str![],
        );
    yard.run("component verify ./transport-archive//acme.org/plugins/demo:1.0.0").is(0, str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:18ae840a…: all digests match in 1 component version, 0 references and 3 local blobs

"#]], str![]);
}

#[test]
fn labels_follow_from_what_is_given() {
    let yard = with_programs();
    let line = format!("{PUBLISH} --capabilities capabilities.json linux/amd64=one");
    yard.done(&line);
    let descriptor = yard
        .done("component get ./transport-archive//acme.org/plugins/demo -o json")
        .json();
    let labels = descriptor["component"]["labels"].as_array().unwrap();
    let names: Vec<_> = labels
        .iter()
        .map(|label| label["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["category", "plugyard/plugin"],
        "no description, no label"
    );
    assert_eq!(descriptor["component"]["provider"], "acme.org");

    yard.write(
        "capabilities.json",
        r#"{"capabilities":[{"type":"signingHandler"}]}"#,
    );
    let line = line.replace("1.0.0", "2.0.0");
    yard.done(&format!("{line} --provider 'Acme Ltd' --description ''"));
    let descriptor = yard
        .done("component get ./transport-archive//acme.org/plugins/demo -o json")
        .json();
    assert_eq!(descriptor["component"]["provider"], "Acme Ltd");
    assert_eq!(
        descriptor["component"]["labels"],
        json!([
            { "name": "category", "value": "signing", "signing": true },
            {
                "name": "plugyard/plugin", "signing": true,
                "value": { "schema": 1, "capabilities": [{ "type": "signingHandler", "types": [] }] },
            },
        ])
    );
}

#[test]
fn the_order_of_the_arguments_does_not_matter() {
    let yard = with_programs();
    let line = format!("{PUBLISH} --capabilities capabilities.json");
    yard.done(&format!("{line} linux/amd64=one darwin/arm64=two"));
    let outcome = yard.writes_nothing(&format!("{line} darwin/arm64=two linux/amd64=one"));
    outcome.is(
        0,
        str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:264c1346…

"#]],
        str![[r#"
unchanged: the same content is already published

"#]],
    );
}

#[test]
fn a_dry_run_says_what_would_be_and_writes_nothing() {
    let yard = with_programs();
    let line = format!("{PUBLISH} --capabilities capabilities.json linux/amd64=one");
    yard.writes_nothing(&format!("{line} --dry-run")).is(
        0,
        str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:3664989f…

"#]],
        str![[r#"
would be published (dry run)

"#]],
    );
    let planned = yard
        .writes_nothing(&format!("{line} --dry-run -o json"))
        .json();
    let published = yard.done(&format!("{line} -o json")).json();
    assert_eq!(planned["status"], "planned");
    assert_eq!(published["status"], "published");
    for key in ["reference", "componentDigest", "manifestDigest"] {
        assert_eq!(planned[key], published[key], "{key}");
    }
    let unchanged = yard
        .writes_nothing(&format!("{line} --dry-run -o json"))
        .json();
    assert_eq!(unchanged["status"], "unchanged");
}

#[test]
fn a_repeat_changes_nothing() {
    let yard = with_programs();
    let line = format!("{PUBLISH} --capabilities capabilities.json linux/amd64=one");
    yard.done(&line);
    yard.writes_nothing(&line).is(
        0,
        str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:3664989f…

"#]],
        str![[r#"
unchanged: the same content is already published

"#]],
    );
    yard.writes_nothing(&format!("{line} -o json")).is(
        0,
        str![[r#"
{
  "reference": "./transport-archive//acme.org/plugins/demo:1.0.0@sha256:3664989f…",
  "componentDigest": "sha256:194f8bd7…",
  "manifestDigest": "sha256:3664989f…",
  "status": "unchanged"
}

"#]],
        str![[r#"
unchanged: the same content is already published

"#]],
    );
    yard.writes_nothing(&format!("{line} -q")).is(
        0,
        str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:3664989f…

"#]],
        str![],
    );
    let other = line.replace("=one", "=two");
    assert_eq!(yard.writes_nothing(&other).code, Some(1));
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let yard = with_programs();
    let outcome = yard.done(&format!(
        "{PUBLISH} --capabilities capabilities.json linux/amd64=one -o json"
    ));
    let expected = ["reference", "componentDigest", "manifestDigest", "status"];
    assert_eq!(keys(outcome.text(), 2), expected);
    let json = outcome.json();
    let manifest = json["manifestDigest"].as_str().unwrap();
    assert_eq!(manifest, yard.manifest_digest(DEMO, "1.0.0"));
    assert_eq!(
        json["reference"],
        format!("./transport-archive//{DEMO}:1.0.0@{manifest}")
    );
    let hash = yard.done("component hash ./transport-archive//acme.org/plugins/demo");
    assert_eq!(hash.text().trim_end(), json["componentDigest"]);
}

#[test]
fn the_native_program_is_asked() {
    let yard = Yard::new();
    let native = Platform::native();
    yard.script(
        "demo",
        &format!("test \"$1\" = capabilities && echo '{CAPABILITIES}'"),
    );
    yard.done(&format!("{PUBLISH} {native}=demo"));
    let descriptor = yard
        .done("component get ./transport-archive//acme.org/plugins/demo -o json")
        .json();
    assert_eq!(descriptor["component"]["labels"][0]["value"], "input");
}

#[test]
fn what_the_official_cli_will_not_like_is_warned_of() {
    let yard = with_programs();
    yard.write(
        "capabilities.json",
        r#"{"capabilities":[{"type":"teleporter"}]}"#,
    );
    let line = format!("{PUBLISH} --capabilities capabilities.json linux/amd64=one --dry-run");
    yard.writes_nothing(&line).is(
        0,
        str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:63d42cf7…

"#]],
        str![[r#"
warning: capability `teleporter` is unknown to the official CLI, which then refuses to start
would be published (dry run)

"#]],
    );
    yard.write("capabilities.json", r#"{"capabilities":[]}"#);
    yard.writes_nothing(&line).is(
        0,
        str![[r#"
./transport-archive//acme.org/plugins/demo:1.0.0@sha256:2290329b…

"#]],
        str![[r#"
warning: it has no capability, and `ocm download plugin` refuses such
would be published (dry run)

"#]],
    );
}

#[test]
fn a_component_that_ends_in_a_name_with_a_dot_is_warned_of() {
    let yard = with_programs();
    for (component, warned) in [
        ("acme.org/plugins/demo.v2", 1),
        ("acme.org/plug.ins/demo", 0),
    ] {
        let outcome = yard.writes_nothing(&format!(
            "plugin publish --name {component} --version 1.0.0 --capabilities capabilities.json linux/amd64=one --dry-run"
        ));
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let warning = "warning: `ocm download plugin` names the file `demo.v2`, and the official CLI skips files with a dot in their name: choose a component name whose last segment has no dot\n";
        let said = &outcome.stderr;
        assert_eq!(said.matches("warning: ").count(), warned, "{said}");
        assert_eq!(said.contains(warning), warned == 1, "{said}");
    }
}

#[test]
fn a_version_keeps_its_spelling_and_build_metadata_its_tag() {
    let yard = with_programs();
    let line = "plugin publish --name acme.org/plugins/demo --version v1.0.0+b2 --capabilities capabilities.json linux/amd64=one";
    yard.done(line);
    let descriptor = yard
        .done("component get ./transport-archive//acme.org/plugins/demo:v1.0.0+b2 -o json")
        .json();
    assert_eq!(descriptor["component"]["version"], "v1.0.0+b2");
    yard.manifest_digest(DEMO, "v1.0.0.build-b2");
}

#[test]
fn plugyard_yaml_says_where_to_publish() {
    let yard = with_programs();
    yard.write("plugyard.yaml", "repository: ./ctf\n");
    let line = format!("{PUBLISH} --capabilities capabilities.json linux/amd64=one");
    yard.run(&line).is(
        0,
        str![[r#"
./ctf//acme.org/plugins/demo:1.0.0@sha256:3664989f…

"#]],
        str![[r#"
published

"#]],
    );
    assert!(!yard.path("transport-archive").exists());
    yard.run(&format!("{line} -r other")).is(
        0,
        str![[r#"
other//acme.org/plugins/demo:1.0.0@sha256:3664989f…

"#]],
        str![[r#"
published

"#]],
    );
    yard.write("sub/elsewhere.yaml", "repository: ./ctf\n");
    yard.run(&format!("{line} -p sub/elsewhere.yaml")).is(
        0,
        str![[r#"
./sub/ctf//acme.org/plugins/demo:1.0.0@sha256:3664989f…

"#]],
        str![[r#"
published

"#]],
    );
    assert!(yard.path("sub/ctf/artifact-index.json").is_file());
}

#[test]
fn inspect_shows_header_platform_and_capabilities() {
    let yard = Yard::new();
    yard.script("demo", &format!("echo '{CAPABILITIES}'"));
    yard.writes_nothing("plugin inspect demo").is(
        0,
        str![[r#"
file          demo
header        script for /bin/sh
category      input
capabilities  inputRepository: demo/v1

"#]],
        str![],
    );
    let mut elf = vec![0; 64];
    elf[..7].copy_from_slice(b"\x7fELF\x02\x02\x01");
    elf[17] = 2;
    elf[19] = 22;
    elf[23] = 1;
    yard.program("foreign", elf);
    let outcome = yard.writes_nothing("plugin inspect foreign");
    assert_eq!(outcome.text().lines().count(), 3, "{}", outcome.text());
    assert!(
        outcome.text().contains("platform  linux/s390x"),
        "{}",
        outcome.text()
    );
    assert!(
        outcome.stderr.starts_with("the program is not for "),
        "{}",
        outcome.stderr
    );
    yard.write("text", "hello");
    let outcome = yard.writes_nothing("plugin inspect text");
    assert_eq!(outcome.code, Some(0));
    assert!(
        outcome.text().contains("not a program (begins with"),
        "{}",
        outcome.text()
    );
}
