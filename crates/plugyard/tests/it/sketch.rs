//! The original sketch of a registry, unchanged, until it is published.

use snapbox::{Assert, assert::DEFAULT_ACTION_ENV, str};

use crate::yard::Yard;

const SKETCH: &str = include_str!("commands/original-sketch.yaml");
const HELM: &str = "ocm.software/plugins/helminput";
const REGISTRY: &str = "./transport-archive//ocm.software/plugin-registry";

/// A yard with the sketch as its constructor.
fn with_sketch() -> Yard {
    let yard = Yard::new();
    yard.constructor(SKETCH);
    yard
}

fn assert_text(yard: &Yard, expected: impl snapbox::IntoData) {
    let text = yard.read("component-constructor.yaml");
    Assert::new()
        .action_env(DEFAULT_ACTION_ENV)
        .eq(text, expected);
}

#[test]
fn the_sketch_is_read() {
    let constructor = ocm::constructor::parse(SKETCH).unwrap();
    let registry = &constructor.components[0];
    assert_eq!(registry.name.value, "ocm.software/plugin-registry");
    assert_eq!(registry.provider.value.name(), "ocm.software");
    assert_eq!(registry.references[0].component.value, HELM);
    assert_eq!(constructor.warnings, []);
    assert_eq!(constructor.sketch_spellings.len(), 3);
}

#[test]
fn fmt_explains_each_spelling_and_the_digest() {
    with_sketch().writes_nothing("fmt --check").is(3, str![], str![[r#"
warning: digest of `helminput` uses the normalisation `jsonNormalisation/v1`, which is not supported: run `plugyard update helminput --repin`
  --> component-constructor.yaml:17:7
   |
17 | /       hashAlgorithm: SHA-256
18 | |       normalisationAlgorithm: jsonNormalisation/v1
19 | |       value: def456...
   | |______________________^
note: `provider` becomes an object with `name`
 --> component-constructor.yaml:4:11
  |
4 | provider: ocm.software
  |           ^^^^^^^^^^^^
note: `references` becomes `componentReferences`
  --> component-constructor.yaml:12:1
   |
12 | references:
   | ^^^^^^^^^^
note: `component` of `helminput` becomes `componentName`
  --> component-constructor.yaml:15:5
   |
15 |     component: ocm.software/plugins/helminput
   |     ^^^^^^^^^
run `plugyard fmt` to make these changes

"#]]);
}

#[test]
fn fmt_rewrites_the_sketch_and_leaves_the_digest_to_update() {
    let yard = with_sketch();
    yard.run("fmt").is(0, str![], str![[r#"
warning: digest of `helminput` uses the normalisation `jsonNormalisation/v1`, which is not supported: run `plugyard update helminput --repin`
  --> component-constructor.yaml:17:7
   |
17 | /       hashAlgorithm: SHA-256
18 | |       normalisationAlgorithm: jsonNormalisation/v1
19 | |       value: def456...
   | |______________________^

"#]]);
    assert_text(
        &yard,
        str![[r#"
# Registry Component: ghcr.io/ocm/registry//ocm.software/plugin-registry:v1.0.0
name: ocm.software/plugin-registry
version: v1.0.0
provider: { name: ocm.software }
labels:
  - name: category
    value: plugin-registry
  - name: registry
    value: official
  - name: description
    value: Official OCM plugin registry
componentReferences:
  - name: helminput
    version: 0.0.1
    componentName: ocm.software/plugins/helminput
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v1
      value: def456...

"#]],
    );
    let once = yard.read("component-constructor.yaml");
    yard.done("fmt");
    assert_eq!(
        yard.read("component-constructor.yaml"),
        once,
        "nothing is left to be done"
    );
    yard.writes_nothing("fmt --check").is(0, str![], str![[r#"
warning: digest of `helminput` uses the normalisation `jsonNormalisation/v1`, which is not supported: run `plugyard update helminput --repin`
  --> component-constructor.yaml:17:7
   |
17 | /       hashAlgorithm: SHA-256
18 | |       normalisationAlgorithm: jsonNormalisation/v1
19 | |       value: def456...
   | |______________________^

"#]]);
}

#[test]
fn publish_refuses_the_sketch_with_a_hint() {
    let yard = with_sketch();
    yard.plugin(HELM, "0.0.1");
    yard.writes_nothing("publish --first").fails(1, str![[r#"
error: the digest of entry `helminput` cannot be compared: it is SHA-256 of jsonNormalisation/v1, `def456...`, and must be SHA-256 of jsonNormalisation/v4alpha1 with 64 lower-case hex digits
  --> component-constructor.yaml:17:7
   |
17 | /       hashAlgorithm: SHA-256
18 | |       normalisationAlgorithm: jsonNormalisation/v1
19 | |       value: def456...
   | |______________________^
   |
   = help: `plugyard update helminput --repin` computes it from the plugin's component

"#]]);
    yard.done("fmt");
    yard.writes_nothing("publish --first").fails(1, str![[r#"
error: the digest of entry `helminput` cannot be compared: it is SHA-256 of jsonNormalisation/v1, `def456...`, and must be SHA-256 of jsonNormalisation/v4alpha1 with 64 lower-case hex digits
  --> component-constructor.yaml:17:7
   |
17 | /       hashAlgorithm: SHA-256
18 | |       normalisationAlgorithm: jsonNormalisation/v1
19 | |       value: def456...
   | |______________________^
   |
   = help: `plugyard update helminput --repin` computes it from the plugin's component

"#]]);
}

#[test]
fn update_names_the_repositories_it_searched() {
    with_sketch().writes_nothing("update helminput --repin").is(1, str![[r#"
failed helminput: ocm.software/plugins/helminput:0.0.1 was not found in ./transport-archive (there is no archive)

"#]], str![[r#"
error: plugin `helminput` could not be read: ocm.software/plugins/helminput:0.0.1 was not found in ./transport-archive (there is no archive)
hint: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]]);
}

#[test]
fn update_fixes_the_sketch_in_its_own_spelling() {
    let yard = with_sketch();
    yard.plugin(HELM, "0.0.1");
    yard.run("update helminput --repin").is(
        0,
        str![[r#"
re-pinned helminput@0.0.1 to sha256:e7ae1204…

"#]],
        str![],
    );
    assert_text(
        &yard,
        str![[r#"
# Registry Component: ghcr.io/ocm/registry//ocm.software/plugin-registry:v1.0.0
name: ocm.software/plugin-registry
version: v1.0.0
provider: ocm.software
labels:
  - name: category
    value: plugin-registry
  - name: registry
    value: official
  - name: description
    value: Official OCM plugin registry
references:
  - name: helminput
    version: 0.0.1
    component: ocm.software/plugins/helminput
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v4alpha1
      value: e7ae120408ca71f82039a8c54fb747eb66c8d5619bcfcbf9028ff40fc107a24c
    labels:
      - name: ocm.software/pluginInfo
        value: { description: Reads demo, platforms: [darwin/arm64, linux/amd64] }
        signing: true
      - name: plugyard/entry
        value: { capabilities: [{ type: inputRepository, types: [demo/v1] }], schema: 1 }
        signing: true

"#]],
    );
    yard.done("publish --first");
}

#[test]
fn the_sketch_is_formatted_fixed_published_and_read() {
    let yard = with_sketch();
    yard.plugin(HELM, "0.0.1");
    yard.done("fmt");
    yard.done("update helminput --repin");
    yard.writes_nothing("fmt --check").is(0, str![], str![]);
    assert_text(
        &yard,
        str![[r#"
# Registry Component: ghcr.io/ocm/registry//ocm.software/plugin-registry:v1.0.0
name: ocm.software/plugin-registry
version: v1.0.0
provider: { name: ocm.software }
labels:
  - name: category
    value: plugin-registry
  - name: registry
    value: official
  - name: description
    value: Official OCM plugin registry
componentReferences:
  - name: helminput
    version: 0.0.1
    componentName: ocm.software/plugins/helminput
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v4alpha1
      value: e7ae120408ca71f82039a8c54fb747eb66c8d5619bcfcbf9028ff40fc107a24c
    labels:
      - name: ocm.software/pluginInfo
        value: { description: Reads demo, platforms: [darwin/arm64, linux/amd64] }
        signing: true
      - name: plugyard/entry
        value: { capabilities: [{ type: inputRepository, types: [demo/v1] }], schema: 1 }
        signing: true

"#]],
    );
    yard.run("publish --first").is(
        0,
        str![[r#"
./transport-archive//ocm.software/plugin-registry:v1.0.0@sha256:ca280493…

"#]],
        str![[r#"
published

"#]],
    );
    yard.run(&format!("list --registry {REGISTRY}")).is(
        0,
        str![[r#"
 NAME      │ VERSION │ PLATFORMS                 │ DESCRIPTION 
───────────┼─────────┼───────────────────────────┼─────────────
 helminput │ 0.0.1   │ darwin/arm64, linux/amd64 │ Reads demo  

"#]],
        str![],
    );
    yard.run(&format!("info helminput --registry {REGISTRY}"))
        .is(
            0,
            str![[r#"
name             helminput
version          0.0.1
description      Reads demo
category         input
capabilities     inputRepository: demo/v1
platforms        darwin/arm64  56 bytes  sha256:da984b37…
                 linux/amd64  55 bytes  sha256:80539ec0…
component        ocm.software/plugins/helminput
digest           sha256:e7ae1204…
registry         ./transport-archive//ocm.software/plugin-registry:v1.0.0
registry digest  sha256:b7422143…
versions         0.0.1

"#]],
            str![],
        );
    yard.run(&format!("component verify {REGISTRY}")).is(0, str![[r#"
./transport-archive//ocm.software/plugin-registry:v1.0.0@sha256:ca280493…: all digests match in 2 component versions, 1 reference and 2 local blobs

"#]], str![]);
}

#[test]
fn the_sketch_spelling_does_not_affect_the_digest() {
    let sketched = with_sketch();
    let formatted = with_sketch();
    formatted.done("fmt");
    let digest = |yard: &Yard| {
        yard.plugin(HELM, "0.0.1");
        yard.done("update helminput --repin");
        yard.done("publish --first -o json").json()["componentDigest"].clone()
    };
    assert_eq!(digest(&sketched), digest(&formatted));
}
