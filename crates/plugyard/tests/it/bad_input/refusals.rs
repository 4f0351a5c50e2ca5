//! What is refused although it is well formed.

use snapbox::str;

use crate::yard::{DEMO, REGISTRY, WRONG, Yard, entry, registry};

#[test]
fn the_first_version_must_be_meant() {
    let yard = Yard::with_plugin();
    yard.done("init --name acme.org/plugin-registry");
    yard.done("add acme.org/plugins/demo");
    yard.writes_nothing("publish").fails(
        1,
        str![[r#"
error: ./transport-archive: no version of acme.org/plugin-registry is published yet
hint: check the name and the repository; use --first to publish the first version

"#]],
    );
    yard.writes_nothing("publish --dry-run").fails(
        1,
        str![[r#"
error: ./transport-archive: no version of acme.org/plugin-registry is published yet
hint: check the name and the repository; use --first to publish the first version

"#]],
    );
    // Nor is an archive made where there is none.
    yard.constructor(registry("v0.1.0", &[]));
    yard.writes_nothing("publish -r ./elsewhere").fails(
        1,
        str![[r#"
error: ./elsewhere: no version of acme.org/plugin-registry is published yet
hint: check the name and the repository; use --first to publish the first version

"#]],
    );
}

#[test]
fn a_wrong_expectation_is_refused() {
    let yard = Yard::with_registry();
    yard.constructor(
        yard.read("component-constructor.yaml")
            .replace("v0.1.0", "v0.2.0"),
    );
    let wrong = format!("sha256:{WRONG}");
    yard.writes_nothing(&format!("publish --expect {wrong}")).fails(1, str![[r#"
error: ./transport-archive: the latest published version of acme.org/plugin-registry is v0.1.0 with sha256:076c83ad…, but sha256:01234567… was expected
hint: another version was published in the meantime: review what changed, then publish again

"#]]);
    yard.writes_nothing(&format!("publish --dry-run --expect {wrong}")).fails(1, str![[r#"
error: ./transport-archive: the latest published version of acme.org/plugin-registry is v0.1.0 with sha256:076c83ad…, but sha256:01234567… was expected
hint: another version was published in the meantime: review what changed, then publish again

"#]]);
    yard.writes_nothing(&format!("publish --first -r ./elsewhere --expect {wrong}"))
        .fails(
            1,
            str![[r#"
error: acme.org/plugins/demo:1.0.0 was not found in ./elsewhere (there is no archive)
  --> component-constructor.yaml:12:20
   |
12 |     componentName: acme.org/plugins/demo
   |                    ^^^^^^^^^^^^^^^^^^^^^
   |
   = help: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
        );
    yard.writes_nothing("publish --expect sha256:12").fails(2, str![[r#"
error: invalid value 'sha256:12' for '--expect <sha256:HEX>': `sha256:12` is not a digest: expected `sha256:` and 64 lower-case hex digits

For more information, try '--help'.

"#]]);
}

#[test]
fn a_version_that_is_published_with_other_content_is_refused() {
    let yard = Yard::with_registry();
    let text = yard.read("component-constructor.yaml");
    yard.constructor(text.replace("Plugin registry of", "The plugins of"));
    yard.writes_nothing("publish").fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is already published with different content (published: sha256:076c83ad…, this: sha256:dd3f4fc2…)
hint: published versions are never changed: raise `version` in the constructor, for instance with `plugyard bump`

"#]]);
    yard.writes_nothing("publish --dry-run").fails(1, str![[r#"
error: ./transport-archive: acme.org/plugin-registry:v0.1.0 is already published with different content (published: sha256:076c83ad…, this: sha256:dd3f4fc2…)
hint: published versions are never changed: raise `version` in the constructor, for instance with `plugyard bump`

"#]]);
}

#[test]
fn a_plugin_version_that_is_published_with_other_content_is_refused() {
    let yard = Yard::with_registry();
    yard.write("demo", "#!/bin/sh\n# something else\n");
    yard.write("capabilities.json", crate::yard::CAPABILITIES);
    let line = "plugin publish --name acme.org/plugins/demo --version 1.0.0 --capabilities capabilities.json linux/amd64=demo";
    yard.writes_nothing(line).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugins/demo:1.0.0 is already published with different content (published: sha256:21d79007…, this: sha256:e321d07f…)
hint: published versions are never changed: publish a new version

"#]]);
    yard.writes_nothing(&format!("{line} --dry-run")).fails(1, str![[r#"
error: ./transport-archive: acme.org/plugins/demo:1.0.0 is already published with different content (published: sha256:21d79007…, this: sha256:e321d07f…)
hint: published versions are never changed: publish a new version

"#]]);
}

#[test]
fn a_refusal_leaves_no_lock_in_the_archive_of_another_tool() {
    let yard = Yard::with_registry();
    fs_err::remove_file(yard.path("transport-archive/artifact-index.json.lock")).unwrap();
    let text = yard.read("component-constructor.yaml");
    yard.constructor(text.replace("Plugin registry of", "The plugins of"));
    assert_eq!(yard.writes_nothing("publish").code, Some(1));
}

#[test]
fn what_is_there_already_is_not_added_again() {
    let yard = Yard::with_registry();
    yard.writes_nothing("add acme.org/plugins/demo").fails(
        1,
        str![[r#"
error: the registry already has demo@1.0.0
hint: to update its digest and labels, run `plugyard update demo --repin`

"#]],
    );
    yard.writes_nothing("add acme.org/plugins/demo:v1.0.0")
        .fails(
            1,
            str![[r#"
error: the registry already has demo@1.0.0
hint: to update its digest and labels, run `plugyard update demo --repin`

"#]],
        );
    yard.plugin("acme.org/plugins/two", "1.0.0");
    yard.writes_nothing("add acme.org/plugins/two acme.org/plugins/two:1.0.0")
        .fails(
            1,
            str![[r#"
error: the registry already has two@1.0.0
hint: to update its digest and labels, run `plugyard update two --repin`

"#]],
        );
}

#[test]
fn a_name_is_not_given_to_a_second_component() {
    let yard = Yard::with_registry();
    yard.plugin("other.org/plugins/demo", "1.0.0");
    yard.writes_nothing("add other.org/plugins/demo").fails(1, str![[r#"
error: the name `demo` belongs to acme.org/plugins/demo and cannot be used for other.org/plugins/demo
hint: choose another entry name

"#]]);
    yard.writes_nothing("add other.org/plugins/demo:2.0.0").fails(1, str![[r#"
error: the name `demo` belongs to acme.org/plugins/demo and cannot be used for other.org/plugins/demo
hint: choose another entry name

"#]]);
    yard.done("add other.org/plugins/demo --name other-demo");
}

#[test]
fn a_name_is_not_given_to_two_components_at_once() {
    let yard = Yard::with_plugin();
    yard.plugin("other.org/plugins/demo", "2.0.0");
    yard.constructor(registry("v0.1.0", &[]));
    let outcome = yard.writes_nothing("add acme.org/plugins/demo other.org/plugins/demo");
    assert_eq!(outcome.code, Some(1));
    let message = "the name `demo` belongs to acme.org/plugins/demo";
    assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
}

#[test]
fn what_was_taken_out_does_not_come_back_unnoticed() {
    let yard = Yard::with_plugin();
    yard.plugin(DEMO, "1.1.0");
    yard.constructor(format!(
        "name: {REGISTRY}
version: v0.1.0
provider: {{ name: acme.org }}
labels:
  - name: plugyard/registry
    signing: true
    value:
      schema: 1
      removed:
        - {{ name: demo, component: {DEMO}, version: v1.0.0, reason: it ate my files }}
componentReferences: []
"
    ));
    yard.writes_nothing("add acme.org/plugins/demo:1.0.0").fails(1, str![[r#"
error: acme.org/plugins/demo:1.0.0 was removed from this registry: it ate my files
hint: to add it again, delete its item in `removed` of the label plugyard/registry, in a reviewed change

"#]]);
    yard.done("add acme.org/plugins/demo:1.1.0");
}

#[test]
fn a_component_whose_last_part_is_no_name_needs_one() {
    let yard = Yard::new();
    yard.plugin("acme.org/plugins/x", "1.0.0");
    yard.plugin("acme.org/plugins/demo.input", "1.0.0");
    yard.constructor(registry("v0.1.0", &[]));
    yard.writes_nothing("add acme.org/plugins/x").fails(
        1,
        str![[r#"
error: `x`, the last segment of acme.org/plugins/x, is not a valid entry name
hint: choose a name with --name: two or more of a-z and 0-9, with - _ + between them

"#]],
    );
    yard.writes_nothing("add acme.org/plugins/demo.input")
        .fails(
            1,
            str![[r#"
error: `demo.input`, the last segment of acme.org/plugins/demo.input, is not a valid entry name
hint: choose a name with --name: two or more of a-z and 0-9, with - _ + between them

"#]],
        );
    yard.writes_nothing("add acme.org/plugins/x --name X")
        .fails(
            1,
            str![[r#"
error: `X` is not a valid entry name
hint: choose a name with --name: two or more of a-z and 0-9, with - _ + between them

"#]],
        );
    yard.done("add acme.org/plugins/x --name the-x");
}

#[test]
fn a_component_without_a_program_is_no_plugin() {
    let yard = Yard::with_registry();
    yard.write(
        "empty.yaml",
        "name: acme.org/empty\nversion: 1.0.0\nprovider: { name: acme.org }\n",
    );
    yard.done("publish --first -c empty.yaml");
    yard.writes_nothing("add acme.org/empty").fails(
        1,
        str![[r#"
error: acme.org/empty:1.0.0 is not a plugin: it has no resource of type ocmPlugin
hint: publish it with `plugyard plugin publish`, which gives every program its platform

"#]],
    );
    yard.writes_nothing("add acme.org/plugin-registry").fails(
        1,
        str![[r#"
error: acme.org/plugin-registry:v0.1.0 is not a plugin: it has no resource of type ocmPlugin
hint: publish it with `plugyard plugin publish`, which gives every program its platform

"#]],
    );
    let resource = |name: &str, identity: &str| {
        format!(
            "  - name: {name}
    type: ocmPlugin
    extraIdentity: {identity}
    input: {{ type: utf8, text: hello, mediaType: text/plain }}
"
        )
    };
    let component =
        "name: acme.org/odd\nversion: 1.0.0\nprovider: { name: acme.org }\nresources:\n";
    yard.write(
        "odd.yaml",
        format!("{component}{}", resource("binary", "{ os: linux }")),
    );
    yard.done("publish --first -c odd.yaml");
    yard.writes_nothing("add acme.org/odd").fails(
        1,
        str![[r#"
error: acme.org/odd:1.0.0 is not a plugin: its resource `binary` lacks `os` or `architecture`
hint: publish it with `plugyard plugin publish`, which gives every program its platform

"#]],
    );
    let one = resource("one", "{ os: linux, architecture: amd64 }");
    let two = resource("two", "{ os: linux, architecture: arm64 }");
    let component = component.replace("1.0.0", "2.0.0");
    yard.write("odd.yaml", format!("{component}{one}{two}"));
    yard.done("publish -c odd.yaml");
    yard.writes_nothing("add acme.org/odd").fails(1, str![[r#"
error: acme.org/odd:2.0.0 is not a plugin: its programs have the names `one` and `two`, and must have one
hint: publish it with `plugyard plugin publish`, which gives every program its platform

"#]]);
}

#[test]
fn one_plugin_that_cannot_be_added_leaves_the_others_out_too() {
    let yard = Yard::with_plugin();
    yard.constructor(registry("v0.1.0", &[]));
    assert_eq!(
        yard.writes_nothing("add acme.org/plugins/demo acme.org/plugins/nowhere")
            .code,
        Some(1)
    );
}

#[test]
fn unknown_entries_are_not_pinned() {
    let yard = Yard::with_registry();
    yard.writes_nothing("update demmo --repin").fails(
        1,
        str![[r#"
error: the constructor has no entry `demmo`; did you mean `demo`?
hint: it has demo; add one with `plugyard add COMPONENT`

"#]],
    );
    yard.writes_nothing("update demo xyz --repin").fails(
        1,
        str![[r#"
error: the constructor has no entry `xyz`
hint: it has demo; add one with `plugyard add COMPONENT`

"#]],
    );
}

#[test]
fn a_layout_that_cannot_be_edited_is_refused() {
    let yard = Yard::new();
    let hex = yard.plugin(DEMO, "1.0.0");
    let wrong = WRONG;
    let text = registry("v0.1.0", &[entry("demo", "1.0.0", DEMO, wrong)])
        .replace("    digest:\n", "    digest: &pin\n")
        + "sources:\n  - name: git-tree\n    type: git\n    version: 1.0.0\n    labels: [{ name: pin, value: *pin }]\n    access: { type: gitHub, digest: x }\n";
    assert!(!text.contains(&hex));
    yard.constructor(text);
    let outcome = yard.writes_nothing("update demo --repin");
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
}

#[test]
fn init_overwrites_nothing() {
    let yard = Yard::new();
    yard.write("component-constructor.yaml", "mine");
    yard.writes_nothing("init --name acme.org/plugin-registry")
        .fails(
            1,
            str![[r#"
error: ./component-constructor.yaml already exists; nothing was written
hint: choose another folder, or delete the file first

"#]],
        );
    yard.write("sub/plugyard.yaml", "mine");
    yard.writes_nothing("init sub --name acme.org/plugin-registry")
        .fails(
            1,
            str![[r#"
error: sub/plugyard.yaml already exists; nothing was written
hint: choose another folder, or delete the file first

"#]],
        );
    yard.writes_nothing("init new --name Registry").fails(
        2,
        str![[r#"
error: `Registry` is not a component name
hint: use a domain and a path in lower case, for instance acme.org/plugin-registry

"#]],
    );
    yard.write("file", "");
    yard.writes_nothing("init file --name acme.org/plugin-registry")
        .fails(
            1,
            str![[r#"
error: cannot create the directory file: File exists [..]
hint: name another directory, or move what is in its way

"#]],
        );
}

#[test]
fn archive_files_are_not_written_to() {
    let yard = Yard::with_registry();
    yard.pack("ctf.tar");
    yard.pack("ctf.tgz");
    yard.constructor(
        yard.read("component-constructor.yaml")
            .replace("v0.1.0", "v0.2.0"),
    );
    yard.writes_nothing("publish -r ./ctf.tar").fails(
        1,
        str![[r#"
error: ./ctf.tar: an archive file is read-only
hint: unpack it into a folder and pass that folder

"#]],
    );
    yard.writes_nothing("publish -r ./ctf.tgz").fails(
        1,
        str![[r#"
error: ./ctf.tgz: an archive file is read-only
hint: unpack it into a folder and pass that folder

"#]],
    );
    yard.writes_nothing("publish --first -r ./new.tar").fails(
        1,
        str![[r#"
error: acme.org/plugins/demo:1.0.0 was not found in ./new.tar (there is no archive)
  --> component-constructor.yaml:12:20
   |
12 |     componentName: acme.org/plugins/demo
   |                    ^^^^^^^^^^^^^^^^^^^^^
   |
   = help: publish it there first, or name its repository under `sources` in plugyard.yaml

"#]],
    );
    yard.write("demo", "#!/bin/sh\n");
    yard.write("capabilities.json", crate::yard::CAPABILITIES);
    yard.writes_nothing("plugin publish --name acme.org/plugins/demo --version 2.0.0 --capabilities capabilities.json linux/amd64=demo -r ./ctf.tgz")
        .fails(1, str![[r#"
error: ./ctf.tgz: an archive file is read-only
hint: unpack it into a folder and pass that folder

"#]]);
}

#[cfg(target_os = "linux")]
#[test]
fn locations_that_cannot_be_written_to_are_named() {
    let yard = Yard::with_plugin();
    yard.constructor(registry("v0.1.0", &[]));
    yard.writes_nothing("publish --first -r /proc/ctf").fails(
        1,
        str![[r#"
error: /proc/ctf: cannot create it: [..]

"#]],
    );
}
