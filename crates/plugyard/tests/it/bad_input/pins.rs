//! Entries whose pin is not that of the plugin: nothing is published, and each is named.

use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, WRONG, Yard, entry, registry};

#[test]
fn a_wrong_digest_is_refused() {
    let yard = Yard::with_plugin();
    yard.constructor(registry("v0.1.0", &[entry("demo", "1.0.0", DEMO, WRONG)]));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: the digest of entry `demo` is wrong: acme.org/plugins/demo:1.0.0 is sha256:21d79007…
  --> component-constructor.yaml:9:7
   |
 9 | /       hashAlgorithm: SHA-256
10 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
11 | |       value: 01234567…
   | |_____________________________________________________________________________^
   |
   = help: if the plugin is the right one, run `plugyard update demo --repin`

"#]],
    );
    yard.writes_nothing("publish --first --dry-run").fails(
        1,
        str![[r#"
error: the digest of entry `demo` is wrong: acme.org/plugins/demo:1.0.0 is sha256:21d79007…
  --> component-constructor.yaml:9:7
   |
 9 | /       hashAlgorithm: SHA-256
10 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
11 | |       value: 01234567…
   | |_____________________________________________________________________________^
   |
   = help: if the plugin is the right one, run `plugyard update demo --repin`

"#]],
    );
}

#[test]
fn a_missing_digest_is_refused() {
    let yard = Yard::with_plugin();
    let whole = entry("demo", "1.0.0", DEMO, WRONG);
    let unpinned = whole.split("    digest:").next().unwrap().to_owned();
    yard.constructor(registry("v0.1.0", &[unpinned]));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: entry `demo` has no digest, so nobody can check what it refers to
 --> component-constructor.yaml:5:11
  |
5 |   - name: demo
  |           ^^^^
  |
  = help: `plugyard update demo --repin` computes it from the plugin's component

"#]],
    );
}

#[test]
fn a_digest_of_another_algorithm_is_refused() {
    let yard = Yard::new();
    let hex = yard.plugin(DEMO, "1.0.0");
    let demo = entry("demo", "1.0.0", DEMO, &hex);
    for (right, wrong) in [
        ("SHA-256", "SHA-512"),
        ("jsonNormalisation/v4alpha1", "jsonNormalisation/v1"),
        (hex.as_str(), &hex.to_uppercase()),
        (hex.as_str(), "def456..."),
    ] {
        yard.constructor(registry("v0.1.0", &[demo.replace(right, wrong)]));
        let outcome = yard.writes_nothing("publish --first");
        assert_eq!(outcome.code, Some(1));
        let message = outcome.stderr.lines().next().unwrap();
        assert!(
            message.starts_with("error: the digest of entry `demo` cannot be compared: it is "),
            "{message}"
        );
        assert!(message.contains(wrong), "{message}");
    }
    yard.constructor(registry("v0.1.0", &[demo.replace("SHA-256", "SHA-512")]));
    yard.writes_nothing("publish --first").fails(1, str![[r#"
error: the digest of entry `demo` cannot be compared: it is SHA-512 of jsonNormalisation/v4alpha1, `21d79007…`, and must be SHA-256 of jsonNormalisation/v4alpha1 with 64 lower-case hex digits
  --> component-constructor.yaml:9:7
   |
 9 | /       hashAlgorithm: SHA-512
10 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
11 | |       value: 21d79007…
   | |_____________________________________________________________________________^
   |
   = help: `plugyard update demo --repin` computes it from the plugin's component

"#]]);
}

#[test]
fn all_wrong_entries_are_shown_at_once() {
    let yard = Yard::with_plugin();
    let wrong = WRONG;
    yard.constructor(registry(
        "v0.1.0",
        &[
            entry("demo", "1.0.0", DEMO, wrong),
            entry("demo", "2.0.0", DEMO, wrong),
            entry("other", "1.0.0", "acme.org/plugins/other", wrong),
        ],
    ));
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: the digest of entry `demo` is wrong: acme.org/plugins/demo:1.0.0 is sha256:21d79007…
  --> component-constructor.yaml:9:7
   |
 9 | /       hashAlgorithm: SHA-256
10 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
11 | |       value: 01234567…
   | |_____________________________________________________________________________^
   |
   = help: if the plugin is the right one, run `plugyard update demo --repin`
error: acme.org/plugins/demo:2.0.0 was not found in ./transport-archive
  --> component-constructor.yaml:14:20
   |
14 |     componentName: acme.org/plugins/demo
   |                    ^^^^^^^^^^^^^^^^^^^^^
   |
   = help: publish it there first, or name its repository under `sources` in plugyard.yaml
error: acme.org/plugins/other:1.0.0 was not found in ./transport-archive
  --> component-constructor.yaml:21:20
   |
21 |     componentName: acme.org/plugins/other
   |                    ^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
    );
}

#[test]
fn a_component_that_is_nowhere_is_named_with_the_repositories() {
    let yard = Yard::new();
    yard.constructor(registry("v0.1.0", &[entry("demo", "1.0.0", DEMO, WRONG)]));
    yard.write("plugyard.yaml", "sources: [./elsewhere]\n");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: acme.org/plugins/demo:1.0.0 was not found in ./transport-archive (there is no archive), ./elsewhere (there is no archive)
 --> component-constructor.yaml:7:20
  |
7 |     componentName: acme.org/plugins/demo
  |                    ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
    );
    yard.writes_nothing("add acme.org/plugins/other").fails(
        1,
        str![[r#"
error: acme.org/plugins/other was not found in ./transport-archive (there is no archive), ./elsewhere (there is no archive)
hint: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
    );
    yard.writes_nothing("add acme.org/plugins/other:1.0.0 --from ./third")
        .fails(
            1,
            str![[r#"
error: acme.org/plugins/other:1.0.0 was not found in ./third (there is no archive), ./transport-archive (there is no archive), ./elsewhere (there is no archive)
hint: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
        );
    yard.writes_nothing("update demo --repin").is(
        1,
        str![[r#"
failed demo: acme.org/plugins/demo:1.0.0 was not found in ./transport-archive (there is no archive), ./elsewhere (there is no archive)

"#]],
        str![[r#"
error: plugin `demo` could not be read: acme.org/plugins/demo:1.0.0 was not found in ./transport-archive (there is no archive), ./elsewhere (there is no archive)
hint: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
    );
}

#[test]
fn a_pinned_reference_holds_for_one_manifest_only() {
    let yard = Yard::with_registry();
    let wrong = format!("{PUBLISHED}:v0.1.0@sha256:{WRONG}");
    yard.writes_nothing(&format!("list --registry {wrong}")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is manifest sha256:95667f99…, and the reference is pinned to sha256:01234567…
hint: the version was published again with other content: check it, then use its new digest or drop the pin

"#]]);
    yard.writes_nothing(&format!("info demo --registry {wrong}")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is manifest sha256:95667f99…, and the reference is pinned to sha256:01234567…
hint: the version was published again with other content: check it, then use its new digest or drop the pin

"#]]);
    yard.writes_nothing(&format!("component get {wrong}")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is manifest sha256:95667f99…, and the reference is pinned to sha256:01234567…
hint: the version was published again with other content: check it, then use its new digest or drop the pin

"#]]);
    yard.writes_nothing(&format!("component hash {wrong}")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is manifest sha256:95667f99…, and the reference is pinned to sha256:01234567…
hint: the version was published again with other content: check it, then use its new digest or drop the pin

"#]]);
    yard.writes_nothing(&format!("component verify {wrong}")).fails(3, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is manifest sha256:95667f99…, and the reference is pinned to sha256:01234567…
hint: the version was published again with other content: check it, then use its new digest or drop the pin

"#]]);
}

#[test]
fn info_refuses_a_plugin_that_is_not_the_pinned_one() {
    let yard = Yard::with_registry();
    let replaced = Yard::new();
    replaced.publish_plugin("./transport-archive", DEMO, "1.0.0", "Another one");
    let manifest = replaced.manifest_digest(DEMO, "1.0.0");
    for entry in fs_err::read_dir(replaced.path("transport-archive/blobs")).unwrap() {
        let path = entry.unwrap().path();
        fs_err::copy(
            &path,
            yard.path("transport-archive/blobs")
                .join(path.file_name().unwrap()),
        )
        .unwrap();
    }
    yard.retag(DEMO, "1.0.0", &manifest);
    yard.writes_nothing(&format!("info demo --registry {PUBLISHED}")).fails(1, str![[r#"
error: acme.org/plugins/demo:1.0.0 has component digest sha256:247f3b38…, but ./transport-archive//acme.org/plugin-registry:v0.1.0 pins sha256:21d79007…
hint: the plugin was changed after it was added to the registry: do not use it, and report it to the registry's keepers

"#]]);
    yard.writes_nothing(&format!("component verify {PUBLISHED}")).is(3, str![[r#"
acme.org/plugin-registry:v0.1.0: reference demo@1.0.0: has component digest sha256:247f3b38…, but is pinned to sha256:21d79007…
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:95667f99…: 1 finding in 2 component versions, 1 reference and 2 local blobs

"#]], str![]);
    yard.writes_nothing("publish").fails(
        1,
        str![[r#"
error: the digest of entry `demo` is wrong: acme.org/plugins/demo:1.0.0 is sha256:247f3b38…
  --> component-constructor.yaml:14:7
   |
14 | /       hashAlgorithm: SHA-256
15 | |       normalisationAlgorithm: jsonNormalisation/v4alpha1
16 | |       value: 21d79007…
   | |_____________________________________________________________________________^
   |
   = help: if the plugin is the right one, run `plugyard update demo --repin`

"#]],
    );
}
