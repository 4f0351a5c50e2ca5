//! `plugyard init --from`

use serde_json::Value;

use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard, entry, registry};

const CONSTRUCTOR: &str = "taken/component-constructor.yaml";

/// Publishes a registry without labels and with pins filled in, like other tools.
fn with_bare_registry() -> Yard {
    let yard = Yard::new();
    let demo = yard.plugin(DEMO, "1.0.0");
    let other = yard.plugin("acme.org/plugins/other", "1.0.0");
    yard.constructor(registry(
        "v1.2.3",
        &[
            entry("other", "1.0.0", "acme.org/plugins/other", &other),
            entry("demo", "1.0.0", DEMO, &demo),
        ],
    ));
    yard.done("publish --first");
    yard
}

/// The rules that the imported registry violates; none of them is an error.
#[track_caller]
fn found(yard: &Yard) -> Vec<String> {
    let line = format!("check --all -o json -c {CONSTRUCTOR} -p taken/plugyard.yaml");
    let document = yard.done(&line).json();
    let findings = document["findings"].as_array().unwrap().iter();
    let rules = findings.map(|finding| finding["rule"].as_str().unwrap().to_owned());
    rules.collect()
}

#[test]
fn importing_a_registry_without_labels_adds_them() {
    if crate::yard::is_about_archives("importing_a_registry_without_labels_adds_them") {
        return;
    }
    let yard = with_bare_registry();
    yard.done(&format!("init taken --from {PUBLISHED}"));
    let text = yard.read(CONSTRUCTOR);
    assert_eq!(text.matches("ocm.software/pluginInfo").count(), 2, "{text}");
    assert!(text.contains("version: v1.2.4\n"), "{text}");
    assert!(
        text.find("name: demo") < text.find("name: other"),
        "sorted\n{text}"
    );
    assert!(
        yard.read("taken/plugyard.yaml")
            .contains("\nrepository: ../transport-archive\n")
    );
    yard.done(&format!("fmt --check -c {CONSTRUCTOR}"));
    let files = format!("-c {CONSTRUCTOR} -p taken/plugyard.yaml");
    yard.done(&format!("update --repin {files}"));
    assert_eq!(yard.read(CONSTRUCTOR), text, "all is as computed");
    // Both plugins of this test have the same capability, which causes a warning.
    assert_eq!(found(&yard), ["capability-unique"]);
    yard.done(&format!("publish {files}"));
    assert_eq!(found(&yard), ["capability-unique"]);
}

#[test]
fn importing_our_own_registry_keeps_it_unchanged() {
    let yard = Yard::with_registry();
    yard.names_own_registry();
    yard.done("yank demo --reason 'bites'");
    yard.done("publish");
    yard.done(&format!("init taken --from {PUBLISHED}"));
    let difference = yard.done(&format!("diff {PUBLISHED} {CONSTRUCTOR} -o json"));
    assert_eq!(difference.json()["class"], "none");
    assert_eq!(found(&yard), [""; 0]);
    yard.done(&format!("publish -c {CONSTRUCTOR} -p taken/plugyard.yaml"));
}

#[test]
fn an_imported_registry_may_have_another_name_and_repository() {
    if crate::yard::is_about_archives("an_imported_registry_may_have_another_name_and_repository") {
        return;
    }
    let yard = with_bare_registry();
    yard.done(&format!(
        "init taken --from {PUBLISHED} --name acme.com/registry -r ./new"
    ));
    let text = yard.read(CONSTRUCTOR);
    assert!(
        text.contains("\nname: acme.com/registry\nversion: v0.1.0\n"),
        "{text}"
    );
    let policy = yard.read("taken/plugyard.yaml");
    assert!(policy.contains("\nrepository: ../new\n"), "{policy}");
    assert!(
        policy.contains("\nsources:\n  - ../transport-archive\n"),
        "{policy}"
    );
    assert_eq!(
        found(&yard),
        [
            "within-own-repository",
            "within-own-repository",
            "capability-unique",
        ]
    );
    yard.done(&format!(
        "publish --first -c {CONSTRUCTOR} -p taken/plugyard.yaml"
    ));
}

#[test]
fn duplicate_entries_are_imported_once() {
    if crate::yard::is_about_archives("duplicate_entries_are_imported_once") {
        return;
    }
    let yard = Yard::new();
    let demo = yard.plugin(DEMO, "1.0.0");
    let again = yard.plugin(DEMO, "v1.0");
    let newer = yard.plugin(DEMO, "1.1.0");
    let entries = [
        entry("demo", "1.0.0", DEMO, &demo),
        entry("demo", "1.1.0", DEMO, &newer),
        entry("other", "v1.0", DEMO, &again),
    ];
    yard.constructor(registry("v1.2.3", &entries));
    yard.done("publish --first");
    // Other tools publish what we refuse.
    let digest = yard.manifest(REGISTRY, "v1.2.3")["layers"][0]["digest"].clone();
    let bytes = fs_err::read(yard.blob_path(digest.as_str().unwrap())).unwrap();
    let mut descriptor: Value = serde_json::from_slice(&bytes).unwrap();
    let references = descriptor["component"]["componentReferences"].as_array_mut();
    let references = references.unwrap();
    let mut twin = references[2].clone();
    twin["name"] = "demo".into();
    references.push(twin);
    yard.replace_descriptor(REGISTRY, "v1.2.3", descriptor.to_string().as_bytes());
    let outcome = yard.done(&format!("init taken --from {PUBLISHED}"));
    let note = "demo@v1.0 is left out: demo@1.0.0 is the same version";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    let constructor = ocm::constructor::parse(&yard.read(CONSTRUCTOR)).unwrap();
    let entries = constructor.components[0].references.iter();
    let entries: Vec<String> = entries
        .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
        .collect();
    assert_eq!(entries, ["demo@1.0.0", "demo@1.1.0", "other@v1.0"]);
}

#[test]
fn nothing_is_written_if_a_plugin_cannot_be_read() {
    if crate::yard::is_about_archives("nothing_is_written_if_a_plugin_cannot_be_read") {
        return;
    }
    let yard = with_bare_registry();
    yard.change_index(|artifacts| {
        artifacts.retain(|artifact| !artifact["repository"].as_str().unwrap().ends_with("other"));
    });
    let outcome = yard.writes_nothing(&format!("init taken --from {PUBLISHED}"));
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains("acme.org/plugins/other:1.0.0 was not found")
    );
    assert_eq!(yard.writes_nothing("init taken").code, Some(2));
    let line = "init taken --from ./transport-archive//acme.org/absent";
    assert_eq!(yard.writes_nothing(line).code, Some(1));
}
