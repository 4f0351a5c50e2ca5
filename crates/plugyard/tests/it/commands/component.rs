//! `plugyard component get`, `hash` and `verify`

use oci::Digest;
use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard, is_about_archives, keys};

const PLUGIN: &str = "./transport-archive//acme.org/plugins/demo:1.0.0";

#[test]
fn get_prints_a_descriptor() {
    let yard = Yard::with_plugin();
    yard.writes_nothing(&format!("component get {PLUGIN}")).is(
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
      localReference: sha256:e625737f…
      mediaType: application/octet-stream
      type: LocalBlob/v1
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: genericBlobDigest/v1
      value: e625737f…
    extraIdentity:
      architecture: arm64
      os: darwin
    name: binary
    relation: local
    type: ocmPlugin
    version: 1.0.0
  - access:
      localReference: sha256:7b7f268b…
      mediaType: application/octet-stream
      type: LocalBlob/v1
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: genericBlobDigest/v1
      value: 7b7f268b…
    extraIdentity:
      architecture: amd64
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
    let json = yard.writes_nothing(&format!("component get {PLUGIN} -o json"));
    assert_eq!(json.json()["component"]["name"], DEMO);
    json.is(
        0,
        str![[r#"
{
  "component": {
    "componentReferences": null,
    "labels": [
      {
        "name": "category",
        "signing": true,
        "value": "input"
      },
      {
        "name": "description",
        "signing": true,
        "value": "Reads demo"
      },
      {
        "name": "plugyard/plugin",
        "signing": true,
        "value": {
          "capabilities": [
            {
              "type": "inputRepository",
              "types": [
                "demo/v1"
              ]
            }
          ],
          "schema": 1
        }
      }
    ],
    "name": "acme.org/plugins/demo",
    "provider": "acme.org",
    "repositoryContexts": null,
    "resources": [
      {
        "access": {
          "localReference": "sha256:e625737f…",
          "mediaType": "application/octet-stream",
          "type": "LocalBlob/v1"
        },
        "digest": {
          "hashAlgorithm": "SHA-256",
          "normalisationAlgorithm": "genericBlobDigest/v1",
          "value": "e625737f…"
        },
        "extraIdentity": {
          "architecture": "arm64",
          "os": "darwin"
        },
        "name": "binary",
        "relation": "local",
        "type": "ocmPlugin",
        "version": "1.0.0"
      },
      {
        "access": {
          "localReference": "sha256:7b7f268b…",
          "mediaType": "application/octet-stream",
          "type": "LocalBlob/v1"
        },
        "digest": {
          "hashAlgorithm": "SHA-256",
          "normalisationAlgorithm": "genericBlobDigest/v1",
          "value": "7b7f268b…"
        },
        "extraIdentity": {
          "architecture": "amd64",
          "os": "linux"
        },
        "name": "binary",
        "relation": "local",
        "type": "ocmPlugin",
        "version": "1.0.0"
      }
    ],
    "sources": null,
    "version": "1.0.0"
  },
  "meta": {
    "schemaVersion": "v2"
  }
}

"#]],
        str![],
    );
}

#[test]
fn raw_is_the_layer_to_the_byte() {
    let yard = Yard::with_registry();
    let layer = yard.manifest(REGISTRY, "v0.1.0")["layers"][0]["digest"].clone();
    let raw = yard.writes_nothing(&format!("component get {PUBLISHED} -o raw"));
    assert_eq!(Digest::of(&raw.stdout).to_string(), layer.as_str().unwrap());
    assert_eq!(raw.stderr, "");
}

#[test]
fn without_a_version_the_latest_stable_one_is_meant() {
    let yard = Yard::new();
    for version in ["9.0.0", "10.0.0", "11.0.0-rc.1"] {
        yard.plugin(DEMO, version);
    }
    let json = yard
        .done("component get ./transport-archive//acme.org/plugins/demo -o json")
        .json();
    assert_eq!(json["component"]["version"], "10.0.0");
}

#[test]
fn every_form_of_a_descriptor_has_the_same_digest() {
    let yard = Yard::with_registry();
    let published = yard.done(&format!("component hash {PUBLISHED}"));
    let expected = published.text().to_owned();
    published.is(
        0,
        str![[r#"
sha256:076c83ad…

"#]],
        str![],
    );
    for form in ["json", "yaml", "raw"] {
        let descriptor = yard.done(&format!("component get {PUBLISHED} -o {form}"));
        assert_eq!(
            yard.feed("component hash -", &descriptor.stdout).text(),
            expected,
            "{form}"
        );
        yard.write(form, &descriptor.stdout);
        assert_eq!(
            yard.done(&format!("component hash {form}")).text(),
            expected,
            "{form}"
        );
    }
}

#[test]
fn the_normal_form_is_what_is_hashed() {
    let yard = Yard::with_plugin();
    let normal = yard.writes_nothing(&format!("component hash {PLUGIN} --normal-form"));
    assert!(!normal.text().ends_with('\n'));
    let hash = yard.done(&format!("component hash {PLUGIN}"));
    assert_eq!(hash.text(), format!("{}\n", Digest::of(&normal.stdout)));
    normal.is(0, str![[r#"{"component":{"componentReferences":[],"labels":[{"name":"category","signing":true,"value":"input"},{"name":"description","signing":true,"value":"Reads demo"},{"name":"plugyard/plugin","signing":true,"value":{"capabilities":[{"type":"inputRepository","types":["demo/v1"]}],"schema":1}}],"name":"acme.org/plugins/demo","provider":{"name":"acme.org"},"resources":[{"digest":{"hashAlgorithm":"SHA-256","normalisationAlgorithm":"genericBlobDigest/v1","value":"e625737f…"},"extraIdentity":{"architecture":"arm64","os":"darwin"},"name":"binary","relation":"local","type":"ocmPlugin","version":"1.0.0"},{"digest":{"hashAlgorithm":"SHA-256","normalisationAlgorithm":"genericBlobDigest/v1","value":"7b7f268b…"},"extraIdentity":{"architecture":"amd64","os":"linux"},"name":"binary","relation":"local","type":"ocmPlugin","version":"1.0.0"}],"sources":[],"version":"1.0.0"}}"#]], str![]);
    let named = yard.done(&format!(
        "component hash {PLUGIN} --algorithm jsonNormalisation/v4alpha1 --hash SHA-256"
    ));
    assert_eq!(named.text(), hash.text());
    let long = yard.done(&format!("component hash {PLUGIN} --hash SHA-512"));
    let hex = long.text().strip_prefix("sha512:").unwrap().trim_end();
    assert_eq!(hex.len(), 128);
}

#[test]
fn an_existing_file_wins_over_a_reference() {
    if is_about_archives("an_existing_file_wins_over_a_reference") {
        return;
    }
    let yard = Yard::with_plugin();
    // `transport-archive//acme.org/plugins/demo` as a path is a file here.
    let other = yard.done(&format!("component get {PLUGIN} -o json"));
    let text = other
        .text()
        .replace("acme.org/plugins/demo", "acme.org/plugins/twin");
    yard.write("transport-archive/acme.org/plugins/demo:1.0.0", text);
    let of_file = yard.done(&format!("component hash {PLUGIN}"));
    fs_err::remove_dir_all(yard.path("transport-archive/acme.org")).unwrap();
    let of_reference = yard.done(&format!("component hash {PLUGIN}"));
    assert_ne!(of_file.text(), of_reference.text());
}

#[test]
fn what_is_no_descriptor_has_no_digest() {
    let yard = Yard::with_plugin();
    yard.write("text", "hello");
    yard.writes_nothing("component hash text").fails(
        1,
        str![[r#"
error: text: not a component descriptor: invalid type: string "hello", expected struct Descriptor
hint: `plugyard component get REF` prints a descriptor

"#]],
    );
    yard.feed("component hash -", b"").fails(
        1,
        str![[r#"
error: standard input: not a component descriptor: invalid type: null, expected struct Descriptor
hint: `plugyard component get REF` prints a descriptor

"#]],
    );
    yard.feed("component hash -", b"{\"component\": 7}").fails(1, str![[r#"
error: standard input: not a component descriptor: invalid type: integer `7`, expected struct Component at line 1 column 15
hint: `plugyard component get REF` prints a descriptor

"#]]);
    yard.writes_nothing("component hash nowhere").fails(1, str![[r#"
error: `nowhere` is neither a file nor a reference: `nowhere` has no `//` between the repository and the component
hint: write it as REPO//COMPONENT:VERSION, for instance ghcr.io/acme/plugins//acme.org/plugin-registry:v1.0.0

"#]]);
}

#[test]
fn verify_goes_down_the_tree() {
    let yard = Yard::with_registry();
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(0, str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: all digests match in 2 component versions, 1 reference and 2 local blobs

"#]], str![]);
    yard.writes_nothing(&format!("component verify {PUBLISHED} --shallow")).is(0, str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: all digests match in 1 component version, 1 reference and 0 local blobs

"#]], str![]);
    let json = yard.writes_nothing(&format!("component verify {PUBLISHED} -o json"));
    assert_eq!(
        keys(json.text(), 2),
        [
            "reference",
            "componentDigest",
            "components",
            "references",
            "blobs",
            "notCompared",
            "findings"
        ]
    );
    json.is(
        0,
        str![[r#"
{
  "reference": "./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…",
  "componentDigest": "sha256:076c83ad…",
  "components": 2,
  "references": 1,
  "blobs": 2,
  "notCompared": 0,
  "findings": []
}

"#]],
        str![],
    );
}

#[test]
fn verify_tells_findings_by_exit_code_3() {
    if is_about_archives("verify_tells_findings_by_exit_code_3") {
        return;
    }
    let yard = Yard::with_registry();
    yard.change_index(|artifacts| artifacts.retain(|artifact| artifact["tag"] != "1.0.0"));
    for line in ["", "--shallow", "-o json", "-q"] {
        let outcome = yard.writes_nothing(&format!("component verify {PUBLISHED} {line}"));
        assert_eq!(outcome.code, Some(3), "{line}");
        assert!(
            outcome.text().contains("was not found in"),
            "{line}\n{}",
            outcome.text()
        );
    }
}

#[test]
fn verify_tells_an_unpinned_reference() {
    let yard = Yard::with_registry();
    let mut descriptor = yard
        .done(&format!("component get {PUBLISHED} -o json"))
        .json();
    descriptor["component"]["componentReferences"][0]
        .as_object_mut()
        .unwrap()
        .remove("digest");
    yard.replace_descriptor(REGISTRY, "v0.1.0", descriptor.to_string().as_bytes());
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(3, str![[r#"
acme.org/plugin-registry:v0.1.0: reference demo@1.0.0: has no digest that can be compared; its component digest is sha256:21d79007…
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:9e5cb9cc…: 1 finding in 2 component versions, 1 reference and 2 local blobs, not compared: 1

"#]], str![]);
}

#[test]
fn a_program_that_no_digest_covers_is_told() {
    let yard = Yard::with_registry();
    let reference = format!("./transport-archive//{DEMO}");
    let mut descriptor = yard
        .done(&format!("component get {reference} -o json"))
        .json();
    descriptor["component"]["resources"][0]["digest"]["normalisationAlgorithm"] =
        serde_json::json!("foo/v1");
    yard.replace_descriptor(DEMO, "1.0.0", descriptor.to_string().as_bytes());
    let outcome = yard.writes_nothing(&format!("component verify {reference}"));
    assert_eq!(outcome.code, Some(3), "{}", outcome.text());
    assert!(outcome.text().contains("does not cover its bytes"));
    assert!(outcome.text().trim_end().ends_with("not compared: 1"));
    yard.done("update demo --repin");
    yard.done("bump");
    let outcome = yard.run("check");
    assert_eq!(outcome.code, Some(3), "{}", outcome.text());
    assert!(outcome.text().contains("resource-digests-cover"));
    let outcome = yard.run("add acme.org/plugins/demo --name again");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

#[test]
fn a_pin_is_enforced() {
    let yard = Yard::with_registry();
    let right = yard.manifest_digest(REGISTRY, "v0.1.0");
    for line in [
        "component get",
        "component hash",
        "component verify",
        "list --registry",
        "info demo --registry",
    ] {
        yard.done(&format!("{line} {PUBLISHED}:v0.1.0@{right}"));
        let wrong = yard.manifest_digest(DEMO, "1.0.0");
        let outcome = yard.run(&format!("{line} {PUBLISHED}:v0.1.0@{wrong}"));
        let code = if line == "component verify" { 3 } else { 1 };
        assert_eq!((outcome.code, outcome.text()), (Some(code), ""), "{line}");
    }
}

#[test]
fn the_type_of_a_repository_may_be_spelled() {
    if is_about_archives("the_type_of_a_repository_may_be_spelled") {
        return;
    }
    let yard = Yard::with_registry();
    let expected = yard.done(&format!("component hash {PUBLISHED}"));
    for reference in [
        "ctf::./transport-archive//acme.org/plugin-registry",
        "ctf::transport-archive//acme.org/plugin-registry",
        "CommonTransportFormat/v1::transport-archive//acme.org/plugin-registry",
        "transport-archive//acme.org/plugin-registry",
        "transport-archive/component-descriptors/acme.org/plugin-registry",
        "./transport-archive//acme.org/plugin-registry:v0.1.0",
    ] {
        assert_eq!(
            yard.done(&format!("component hash {reference}")).text(),
            expected.text(),
            "{reference}"
        );
    }
    let absolute = yard.path("transport-archive").display().to_string();
    for reference in [
        format!("{absolute}//acme.org/plugin-registry"),
        format!("file://{absolute}//acme.org/plugin-registry"),
    ] {
        assert_eq!(
            yard.done(&format!("component hash {reference}")).text(),
            expected.text(),
            "{reference}"
        );
    }
}

#[test]
fn packed_archives_are_read_and_not_written() {
    if is_about_archives("packed_archives_are_read_and_not_written") {
        return;
    }
    let yard = Yard::with_registry();
    for name in ["ctf.tar", "ctf.tgz", "ctf.tar.gz"] {
        yard.pack(name);
        let registry = format!("./{name}//acme.org/plugin-registry");
        yard.done(&format!("component verify {registry}"));
        let listed = yard
            .writes_nothing(&format!("list --registry {registry} -o json"))
            .json();
        assert_eq!(listed[0]["registry"], format!("{registry}:v0.1.0"));
        yard.done(&format!("info demo --registry {registry}"));
        let outcome = yard.writes_nothing(&format!("publish -r ./{name}"));
        assert_eq!(outcome.code, Some(1), "{name}");
        assert!(
            outcome.stderr.contains("an archive file is read-only"),
            "{}",
            outcome.stderr
        );
    }
}
