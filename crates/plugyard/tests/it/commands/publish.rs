//! `plugyard publish`

use serde_json::json;
use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard, entry, is_about_archives, keys, registry};

#[test]
fn a_registry_is_published_once() {
    let yard = Yard::with_plugin();
    yard.done("init --name acme.org/plugin-registry");
    yard.done("add acme.org/plugins/demo");
    let before = yard.read("component-constructor.yaml");
    yard.run("publish --first").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…

"#]],
        str![[r#"
published

"#]],
    );
    assert_eq!(
        yard.read("component-constructor.yaml"),
        before,
        "the file is never edited"
    );
    yard.writes_nothing("publish").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…

"#]],
        str![[r#"
unchanged: the same content is already published

"#]],
    );
    yard.writes_nothing("publish --first").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…

"#]],
        str![[r#"
--first is ignored: acme.org/plugin-registry:v0.1.0 is already published
unchanged: the same content is already published

"#]],
    );
    yard.writes_nothing("publish -o json").is(
        0,
        str![[r#"
{
  "reference": "./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…",
  "componentDigest": "sha256:076c83ad…",
  "manifestDigest": "sha256:95667f99…",
  "status": "unchanged"
}

"#]],
        str![[r#"
unchanged: the same content is already published

"#]],
    );
}

#[test]
fn a_dry_run_plans_and_writes_nothing() {
    let yard = Yard::with_plugin();
    yard.done("init --name acme.org/plugin-registry");
    yard.done("add acme.org/plugins/demo");
    yard.writes_nothing("publish --first --dry-run").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…

"#]],
        str![[r#"
would be published (dry run)

"#]],
    );
    let planned = yard
        .writes_nothing("publish --first --dry-run -o json")
        .json();
    let outcome = yard.done("publish --first -o json");
    assert_eq!(
        keys(outcome.text(), 2),
        ["reference", "componentDigest", "manifestDigest", "status"]
    );
    let published = outcome.json();
    assert_eq!(planned["status"], "planned");
    assert_eq!(published["status"], "published");
    assert_eq!(planned["manifestDigest"], published["manifestDigest"]);
    assert_eq!(planned["reference"], published["reference"]);
    assert_eq!(
        published["manifestDigest"],
        yard.manifest_digest(REGISTRY, "v0.1.0")
    );
    assert_eq!(
        yard.writes_nothing("publish --dry-run -o json").json()["status"],
        "unchanged"
    );
    // Into a repository that does not exist yet.
    yard.constructor(registry("v0.1.0", &[]));
    yard.writes_nothing("publish --first --dry-run -r ./new")
        .is(
            0,
            str![[r#"
./new//acme.org/plugin-registry:v0.1.0@sha256:4a2e236f…

"#]],
            str![[r#"
would be published (dry run)

"#]],
        );
}

#[test]
fn the_expected_version_is_the_component_digest_of_the_latest() {
    let yard = Yard::with_registry();
    let digest = yard.done(&format!("component hash {PUBLISHED}"));
    yard.constructor(
        yard.read("component-constructor.yaml")
            .replace("v0.1.0", "v0.2.0"),
    );
    let line = format!("publish --expect {}", digest.text().trim_end());
    yard.run(&line).is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.2.0@sha256:268250a6…

"#]],
        str![[r#"
published

"#]],
    );
    // A repeat finds what it wanted to publish.
    let again = yard.writes_nothing(&format!("{line} -o json")).json();
    assert_eq!(again["status"], "unchanged");
    // Now v0.2.0 is the latest.
    let text = yard.read("component-constructor.yaml");
    yard.constructor(text.replace("v0.2.0", "v0.3.0"));
    assert_eq!(yard.writes_nothing(&line).code, Some(1));
}

#[test]
fn the_order_of_the_file_is_the_order_of_the_registry() {
    let yard = Yard::new();
    let zeta = yard.plugin("acme.org/plugins/zeta", "1.0.0");
    let alpha = yard.plugin("acme.org/plugins/alpha", "1.0.0");
    yard.constructor(registry(
        "v0.1.0",
        &[
            entry("zeta", "1.0.0", "acme.org/plugins/zeta", &zeta),
            entry("alpha", "1.0.0", "acme.org/plugins/alpha", &alpha),
        ],
    ));
    yard.done("publish --first");
    let descriptor = yard
        .done(&format!("component get {PUBLISHED} -o json"))
        .json();
    assert_eq!(
        descriptor["component"]["componentReferences"][0]["name"],
        "zeta"
    );
    assert_eq!(descriptor["component"].get("creationTime"), None);
}

/// A constructor with a registry and the plugin it refers to, in this order.
fn family(yard: &Yard, order: [usize; 2]) -> String {
    let plugin = "  - name: acme.org/plugins/notes
    version: 1.0.0
    provider: { name: acme.org }
    resources:
      - name: binary
        type: ocmPlugin
        relation: local
        extraIdentity: { os: linux, architecture: amd64 }
        input: { type: file, path: notes, mediaType: application/octet-stream }
";
    yard.write("notes", "#!/bin/sh\n");
    yard.write("plugin.yaml", format!("components:\n{plugin}"));
    let planned = yard
        .done("publish -c plugin.yaml --first --dry-run -o json")
        .json();
    let hex = planned[0]["componentDigest"]
        .as_str()
        .unwrap()
        .replace("sha256:", "");
    let registry = registry(
        "v0.1.0",
        &[entry("notes", "1.0.0", "acme.org/plugins/notes", &hex)],
    );
    let registry: String = registry
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let both = [plugin.to_owned(), format!("  -{}", &registry[3..])];
    format!("components:\n{}{}", both[order[0]], both[order[1]])
}

#[test]
fn a_list_is_published_children_first() {
    for order in [[0, 1], [1, 0]] {
        let yard = Yard::new();
        yard.constructor(family(&yard, order));
        yard.run("publish --first").is(
            0,
            str![[r#"
./transport-archive//acme.org/plugins/notes:1.0.0@sha256:[..]
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:[..]

"#]],
            str![[r#"
published
published

"#]],
        );
        let again = yard.writes_nothing("publish -o json").json();
        let statuses: Vec<_> = again
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["status"].clone())
            .collect();
        assert_eq!(statuses, [json!("unchanged"), json!("unchanged")]);
        yard.run(&format!("component verify {PUBLISHED}")).is(0, str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:844f2b67…: all digests match in 2 component versions, 1 reference and 1 local blob

"#]], str![]);
    }
}

#[test]
fn json_of_a_list_is_an_array_even_of_one() {
    let yard = Yard::new();
    let single = registry("v0.1.0", &[]);
    let item: String = single.lines().map(|line| format!("  {line}\n")).collect();
    yard.constructor(format!("components:\n-{}", &item[1..]));
    let published = yard.done("publish --first -o json").json();
    assert_eq!(published.as_array().unwrap().len(), 1);
    assert_eq!(published[0]["status"], "published");
}

#[test]
fn another_file_and_another_place_may_be_named() {
    let yard = Yard::new();
    yard.write("elsewhere/registry.yaml", format!(
        "{}resources:\n  - name: notes\n    type: blob\n    input: {{ type: file, path: notes.txt, mediaType: text/plain }}\n",
        registry("v0.1.0", &[])
    ));
    // Inputs are relative to the constructor.
    yard.write("elsewhere/notes.txt", "notes");
    yard.run("publish --first -c elsewhere/registry.yaml -r ctf")
        .is(
            0,
            str![[r#"
ctf//acme.org/plugin-registry:v0.1.0@sha256:4e431528…

"#]],
            str![[r#"
published

"#]],
        );
    yard.run("component verify ./ctf//acme.org/plugin-registry").is(0, str![[r#"
./ctf//acme.org/plugin-registry:v0.1.0@sha256:4e431528…: all digests match in 1 component version, 0 references and 1 local blob

"#]], str![]);
}

#[test]
fn labels_are_read_as_the_official_reader_reads_them() {
    let yard = Yard::new();
    yard.constructor(format!(
        "{}labels:\n  - {{ name: odd, value: {{ flag: no, number: 014, text: \"no\" }} }}\n",
        registry("v0.1.0", &[])
    ));
    yard.done("publish --first");
    let descriptor = yard
        .done(&format!("component get {PUBLISHED} -o json"))
        .json();
    assert_eq!(
        descriptor["component"]["labels"][0]["value"],
        json!({ "flag": false, "number": 12, "text": "no" })
    );
}

#[test]
fn a_crashed_publication_is_finished_by_a_repeat() {
    if is_about_archives("a_crashed_publication_is_finished_by_a_repeat") {
        return;
    }
    let yard = Yard::with_plugin();
    yard.constructor(registry("v0.1.0", &[]));
    let index = yard.read("transport-archive/artifact-index.json");
    yard.done("publish --first");
    // As if it had been stopped before the tag: blobs, a temporary file, the old index.
    yard.write("transport-archive/artifact-index.json", index);
    yard.write("transport-archive/blobs/.plugyard-abcdef", "half a blob");
    yard.run("publish --first").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:4a2e236f…

"#]],
        str![[r#"
published

"#]],
    );
    assert!(
        !yard
            .path("transport-archive/blobs/.plugyard-abcdef")
            .exists()
    );
    yard.done(&format!("component verify {PUBLISHED}"));
    yard.done(&format!("component verify ./transport-archive//{DEMO}"));
}
