//! Archives whose content is not what it should be.

use serde_json::{Value, json};
use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard};

/// What every reading command says of the registry.
fn reads(yard: &Yard) -> Vec<(&'static str, Option<i32>, String)> {
    [
        "list --registry",
        "info demo --registry",
        "component get",
        "component hash",
        "component verify",
    ]
    .into_iter()
    .map(|command| {
        let outcome = yard.writes_nothing(&format!("{command} {PUBLISHED}"));
        assert!(outcome.stdout.is_empty(), "{command}");
        (command, outcome.code, outcome.stderr)
    })
    .collect()
}

/// What a command ends with that is told of something wrong: for the one that asks whether all is
/// right it is a finding, where it is known to be wrong.
fn expected_code(command: &str, verdict: i32) -> i32 {
    if command == "component verify" {
        verdict
    } else {
        1
    }
}

/// Checks that all of them fail in the same words, and gives the words. `verdict` is the exit code
/// of `component verify`.
#[track_caller]
fn all_fail(yard: &Yard, verdict: i32) -> crate::yard::Outcome {
    let all = reads(yard);
    for (command, code, text) in &all {
        assert_eq!(*code, Some(expected_code(command, verdict)), "{command}");
        assert_eq!(*text, all[0].2, "{command}");
    }
    yard.writes_nothing(&format!("list --registry {PUBLISHED}"))
}

/// The digest of the program for linux.
fn program(yard: &Yard) -> String {
    let manifest = yard.manifest(DEMO, "1.0.0");
    manifest["layers"][2]["digest"].as_str().unwrap().to_owned()
}

#[test]
fn a_program_that_was_changed_is_found_by_verify() {
    let yard = Yard::with_registry();
    let path = yard.blob_path(&program(&yard));
    let mut bytes = fs_err::read(&path).unwrap();
    bytes[0] ^= 1;
    fs_err::write(&path, bytes).unwrap();
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(3, str![[r#"
acme.org/plugins/demo:1.0.0: resource architecture=amd64,name=binary,os=linux,version=1.0.0: ./transport-archive/blobs/sha256.7b7f268b…: expected sha256:7b7f268b…, found sha256:1ada0852…
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: 1 finding in 2 component versions, 1 reference and 2 local blobs

"#]], str![]);
    yard.writes_nothing(&format!("component verify {PUBLISHED} -o json")).is(3, str![[r#"
{
  "reference": "./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…",
  "componentDigest": "sha256:076c83ad…",
  "components": 2,
  "references": 1,
  "blobs": 2,
  "notCompared": 0,
  "findings": [
    {
      "component": "acme.org/plugins/demo:1.0.0",
      "element": "resource architecture=amd64,name=binary,os=linux,version=1.0.0",
      "status": "differs",
      "message": "./transport-archive/blobs/sha256.7b7f268b…: expected sha256:7b7f268b…, found sha256:1ada0852…"
    }
  ]
}

"#]], str![]);
    // What the registry itself says is still right.
    yard.done(&format!("component verify {PUBLISHED} --shallow"));
    yard.done(&format!("list --registry {PUBLISHED}"));
}

#[test]
fn a_program_that_was_cut_off_is_found_by_verify() {
    let yard = Yard::with_registry();
    let path = yard.blob_path(&program(&yard));
    let bytes = fs_err::read(&path).unwrap();
    fs_err::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(3, str![[r#"
acme.org/plugins/demo:1.0.0: resource architecture=amd64,name=binary,os=linux,version=1.0.0: ./transport-archive/blobs/sha256.7b7f268b…: sha256:7b7f268b… should have 46 bytes, but has 23
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: 1 finding in 2 component versions, 1 reference and 2 local blobs

"#]], str![]);
}

#[test]
fn a_program_that_is_gone_is_found_by_verify() {
    let yard = Yard::with_registry();
    fs_err::remove_file(yard.blob_path(&program(&yard))).unwrap();
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(3, str![[r#"
acme.org/plugins/demo:1.0.0: resource architecture=amd64,name=binary,os=linux,version=1.0.0: its content sha256:7b7f268b… is missing
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: 1 finding in 2 component versions, 1 reference and 2 local blobs

"#]], str![]);
}

#[test]
fn a_plugin_that_is_gone_is_found_by_verify() {
    let yard = Yard::with_registry();
    yard.change_index(|artifacts| artifacts.retain(|artifact| artifact["tag"] != "1.0.0"));
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(3, str![[r#"
acme.org/plugin-registry:v0.1.0: reference demo@1.0.0: acme.org/plugins/demo:1.0.0 was not found in ./transport-archive
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: 1 finding in 1 component version, 1 reference and 0 local blobs

"#]], str![]);
    yard.writes_nothing(&format!("info demo --registry {PUBLISHED}"))
        .fails(
            1,
            str![[r#"
error: acme.org/plugins/demo:1.0.0 was not found in ./transport-archive
hint: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
        );
    yard.done(&format!("list --registry {PUBLISHED}"));
}

#[test]
fn a_descriptor_that_was_changed_is_not_read() {
    let yard = Yard::with_registry();
    let layer = yard.manifest(REGISTRY, "v0.1.0")["layers"][0]["digest"].clone();
    let path = yard.blob_path(layer.as_str().unwrap());
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replace("1.0.0", "1.0.1")).unwrap();
    all_fail(&yard, 3).fails(
        1,
        str![[r#"
error: ./transport-archive/blobs/sha256.61f898bf…: expected sha256:61f898bf…, found sha256:7133c27e…
hint: the content was changed or truncated after it was written: restore it from its source

"#]],
    );
}

#[test]
fn a_descriptor_that_was_cut_off_is_not_read() {
    let yard = Yard::with_registry();
    let layer = yard.manifest(REGISTRY, "v0.1.0")["layers"][0]["digest"].clone();
    let path = yard.blob_path(layer.as_str().unwrap());
    let bytes = fs_err::read(&path).unwrap();
    fs_err::write(&path, &bytes[..100]).unwrap();
    all_fail(&yard, 3).fails(1, str![[r#"
error: ./transport-archive/blobs/sha256.61f898bf…: sha256:61f898bf… should have 857 bytes, but has 100
hint: the content was changed or truncated after it was written: restore it from its source

"#]]);
}

#[test]
fn the_descriptor_of_another_component_is_not_taken() {
    let yard = Yard::with_registry();
    let other = yard.manifest_digest(DEMO, "1.0.0");
    yard.retag(REGISTRY, "v0.1.0", &other);
    all_fail(&yard, 3).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 holds the descriptor of acme.org/plugins/demo:1.0.0
hint: the archive was put together wrongly: copy the component version again

"#]]);
}

#[test]
fn a_manifest_over_the_limit_is_not_read() {
    let yard = Yard::with_registry();
    let mut manifest = yard.manifest(REGISTRY, "v0.1.0");
    manifest["annotations"] = json!({ "padding": "x".repeat(4 << 20) });
    let digest = yard.blob(manifest.to_string().as_bytes());
    yard.retag(REGISTRY, "v0.1.0", &digest.to_string());
    all_fail(&yard, 1).fails(1, str![[r#"
error: ./transport-archive/blobs/sha256.5a752e06…: application/vnd.oci.image.manifest.v1+json has 4194831 bytes, more than the limit of 4194304
hint: no valid content of this kind is that large: check the location, and who published it

"#]]);
}

#[test]
fn a_manifest_that_is_no_json_is_named() {
    let yard = Yard::with_registry();
    let digest = yard.blob(b"{\"schemaVersion\": 2, ");
    yard.retag(REGISTRY, "v0.1.0", &digest.to_string());
    all_fail(&yard, 3).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is not a component version: its manifest: EOF while parsing a value at line 1 column 21

"#]]);
}

#[test]
fn a_manifest_without_a_descriptor_is_named() {
    let yard = Yard::with_registry();
    let mut manifest = yard.manifest(REGISTRY, "v0.1.0");
    manifest["layers"] = json!([]);
    manifest["config"]["mediaType"] = json!("application/vnd.oci.empty.v1+json");
    let digest = yard.blob(manifest.to_string().as_bytes());
    yard.retag(REGISTRY, "v0.1.0", &digest.to_string());
    all_fail(&yard, 3).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is not a component version: it has no component descriptor

"#]]);
}

#[test]
fn a_descriptor_that_is_no_descriptor_is_named() {
    let yard = Yard::with_registry();
    for bytes in ["{\"meta\": ", "[]", "{}", "\u{0}\u{1}"] {
        yard.replace_descriptor(REGISTRY, "v0.1.0", bytes.as_bytes());
        for (command, code, text) in reads(&yard) {
            assert_eq!(code, Some(expected_code(command, 3)), "{command} {bytes}");
            let message = "error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is not a component version: ";
            assert!(text.starts_with(message), "{command} {bytes}\n{text}");
        }
    }
    yard.replace_descriptor(REGISTRY, "v0.1.0", b"{\"meta\": ");
    yard.writes_nothing(&format!("component get {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is not a component version: EOF while parsing a value at line 1 column 9

"#]]);
    yard.replace_descriptor(
        REGISTRY,
        "v0.1.0",
        b"{\"meta\":{\"schemaVersion\":\"v2\"},\"component\":{\"name\":7}}",
    );
    yard.writes_nothing(&format!("component get {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is not a component version: missing field `version` at line 1 column 53

"#]]);
    yard.writes_nothing(&format!("list --registry {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is not a component version: missing field `version` at line 1 column 53

"#]]);
}

#[test]
fn the_malformed_descriptor_of_a_plugin_is_a_finding_of_verify() {
    let yard = Yard::with_registry();
    yard.replace_descriptor(DEMO, "1.0.0", b"{}");
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(3, str![[r#"
acme.org/plugin-registry:v0.1.0: reference demo@1.0.0: ./transport-archive: acme.org/plugins/demo:1.0.0 is not a component version: missing field `component` at line 1 column 2
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: 1 finding in 1 component version, 1 reference and 0 local blobs

"#]], str![]);
    yard.writes_nothing("publish").fails(1, str![[r#"
error: ./transport-archive: acme.org/plugins/demo:1.0.0 is not a component version: missing field `component` at line 1 column 2

"#]]);
    yard.writes_nothing("update demo --repin").is(1, str![[r#"
failed demo: ./transport-archive: acme.org/plugins/demo:1.0.0 is not a component version: missing field `component` at line 1 column 2

"#]], str![[r#"
error: plugin `demo` could not be read: ./transport-archive: acme.org/plugins/demo:1.0.0 is not a component version: missing field `component` at line 1 column 2

"#]]);
}

#[test]
fn an_artifact_index_that_is_no_index_is_named() {
    let yard = Yard::with_registry();
    for text in [
        "{",
        "[]",
        "{\"schemaVersion\":9,\"artifacts\":[]}",
        "{\"artifacts\":7}",
    ] {
        yard.write("transport-archive/artifact-index.json", text);
        for (command, code, said) in reads(&yard) {
            assert_eq!(code, Some(1), "{command} {text}");
            assert!(
                said.starts_with("error: ./transport-archive/artifact-index.json: "),
                "{command} {text}\n{said}"
            );
        }
        for line in ["publish --first", "add acme.org/plugins/demo"] {
            assert_eq!(yard.writes_nothing(line).code, Some(1), "{line} {text}");
        }
    }
    yard.write("transport-archive/artifact-index.json", "{");
    yard.writes_nothing("publish").fails(1, str![[r#"
error: acme.org/plugins/demo:1.0.0 could not be looked up: ./transport-archive/artifact-index.json: not an artifact index: EOF while parsing an object at line 1 column 1

"#]]);
}

#[test]
fn an_artifact_index_that_was_emptied_is_not_taken_for_a_new_one() {
    let yard = Yard::with_registry();
    yard.write("transport-archive/artifact-index.json", "");
    for (command, code, said) in reads(&yard) {
        assert_eq!(code, Some(1), "{command}");
        assert!(
            said.starts_with("error: ./transport-archive/artifact-index.json: "),
            "{command}\n{said}"
        );
    }
    yard.constructor(crate::yard::registry("v0.1.0", &[]));
    assert_eq!(yard.writes_nothing("publish --first").code, Some(1));
}

#[test]
fn a_digest_in_the_index_that_is_a_path_is_refused() {
    let yard = Yard::with_registry();
    yard.retag(
        REGISTRY,
        "v0.1.0",
        "sha256:../../component-constructor.yaml",
    );
    all_fail(&yard, 1).fails(1, str![[r#"
error: ./transport-archive/artifact-index.json: component-descriptors/acme.org/plugin-registry:v0.1.0: `sha256:../../component-constructor.yaml` is not a digest: expected `sha256:` and 64 lower-case hex digits

"#]]);
}

#[test]
fn a_version_that_is_not_there_is_named_with_the_latest() {
    let yard = Yard::with_registry();
    yard.writes_nothing(&format!("list --registry {PUBLISHED}:v9.0.0"))
        .fails(
            1,
            str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v9.0.0 does not exist
hint: the latest version is v0.1.0

"#]],
        );
    yard.writes_nothing("component get ./transport-archive//acme.org/nothing:1.0.0")
        .fails(
            1,
            str![[r#"
error: ./transport-archive: acme.org/nothing:1.0.0 does not exist
hint: no version of this component is published there

"#]],
        );
    yard.writes_nothing("component get ./transport-archive//acme.org/nothing")
        .fails(
            1,
            str![[r#"
error: ./transport-archive: no version of acme.org/nothing is published
hint: check the spelling of the component and the repository

"#]],
        );
    yard.writes_nothing("component get ./nowhere//acme.org/nothing")
        .fails(
            1,
            str![[r#"
error: ./nowhere: the archive does not exist
hint: check the path, which is relative to the working directory

"#]],
        );
}

#[test]
fn a_folder_or_file_that_is_no_archive_is_named() {
    let yard = Yard::with_plugin();
    yard.write("folder/readme.md", "hello");
    yard.write("file", "hello");
    yard.writes_nothing("component get ./folder//acme.org/plugins/demo")
        .fails(
            1,
            str![[r#"
error: ./folder: not an archive: the folder has no artifact-index.json

"#]],
        );
    yard.writes_nothing("component get ./file//acme.org/plugins/demo")
        .fails(
            1,
            str![[r#"
error: ./file: not an archive: the file name does not end in .tar, .tar.gz or .tgz

"#]],
        );
    yard.constructor(crate::yard::registry("v0.1.0", &[]));
    yard.writes_nothing("publish --first -r ./folder").fails(
        1,
        str![[r#"
error: ./folder: not an archive: the folder has no artifact-index.json

"#]],
    );
    yard.writes_nothing("publish --first -r ./file").fails(
        1,
        str![[r#"
error: ./file: not an archive: the file name does not end in .tar, .tar.gz or .tgz

"#]],
    );
}

#[test]
fn labels_that_the_list_cannot_read_are_named_with_their_entry() {
    let yard = Yard::with_registry();
    let path = yard.manifest(REGISTRY, "v0.1.0")["layers"][0]["digest"].clone();
    let path = yard.blob_path(path.as_str().unwrap());
    let mut descriptor: Value = serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap();
    let label = "/component/componentReferences/0/labels/0/value";
    *descriptor.pointer_mut(label).unwrap() = json!({ "description": "d", "platforms": "all" });
    yard.replace_descriptor(REGISTRY, "v0.1.0", descriptor.to_string().as_bytes());
    yard.writes_nothing(&format!("list --registry {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive//acme.org/plugin-registry:v0.1.0: entry `demo@1.0.0`: its label `ocm.software/pluginInfo` cannot be read: invalid type: string "all", expected a sequence
hint: the registry's keepers can fix it with `plugyard update NAME --repin` and publish a new version; an earlier version may still be readable

"#]]);
    *descriptor.pointer_mut(label).unwrap() =
        json!({ "description": "d\u{1b}[2J", "homepage\u{7}": "x" });
    yard.replace_descriptor(REGISTRY, "v0.1.0", descriptor.to_string().as_bytes());
    yard.writes_nothing(&format!("list --registry {PUBLISHED}")).is(0, str![[r#"
 NAME │ VERSION │ PLATFORMS │ DESCRIPTION 
──────┼─────────┼───────────┼─────────────
 demo │ 1.0.0   │           │ d�[2J       

"#]], str![[r#"
warning: ./transport-archive//acme.org/plugin-registry:v0.1.0: entry `demo@1.0.0`: its label `ocm.software/pluginInfo` has the unknown key `homepage�`, which the official CLI refuses

"#]]);
    let twice = descriptor["component"]["componentReferences"][0].clone();
    descriptor["component"]["componentReferences"]
        .as_array_mut()
        .unwrap()
        .push(twice);
    yard.replace_descriptor(REGISTRY, "v0.1.0", descriptor.to_string().as_bytes());
    yard.writes_nothing(&format!("list --registry {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive//acme.org/plugin-registry:v0.1.0: entry `demo@1.0.0` is duplicated
hint: the registry's keepers must remove one of the two entries and publish a new version; an earlier version may still be readable

"#]]);
}
