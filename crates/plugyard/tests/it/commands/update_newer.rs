//! `plugyard update`: newer versions

use snapbox::str;

use crate::yard::{DEMO, Yard};

const CONSTRUCTOR: &str = "component-constructor.yaml";

/// The entries as `NAME@VERSION`, and the registry's version first.
fn entries(yard: &Yard) -> Vec<String> {
    let constructor = ocm::constructor::parse(&yard.read(CONSTRUCTOR)).unwrap();
    let registry = &constructor.components[0];
    let mut entries = vec![registry.version.value.to_string()];
    let references = registry.references.iter();
    entries.extend(references.map(|entry| format!("{}@{}", entry.name.value, entry.version.value)));
    entries
}

/// A registry published with these versions of the plugin, and these published since.
fn yard(there: &[&str], since: &[&str]) -> Yard {
    let yard = Yard::new();
    yard.done("init --name acme.org/plugin-registry");
    for version in there {
        yard.plugin(DEMO, version);
        yard.done(&format!("add {DEMO}:{version}"));
    }
    yard.done("publish --first");
    for version in since {
        yard.plugin(DEMO, version);
    }
    yard
}

#[test]
fn the_last_capability_takes_its_label_with_it() {
    let without = |yard: &Yard, version: &str| {
        yard.write("none.json", r#"{"capabilities": []}"#);
        yard.write("demo", format!("#!/bin/sh\n# {version}\n"));
        yard.done(&format!(
            "plugin publish --name {DEMO} --version {version} --capabilities none.json linux/amd64=demo"
        ));
    };
    let yard = yard(&["1.0.0"], &[]);
    let commented = yard.read(CONSTRUCTOR).replace(
        "        signing: true\n      - name: plugyard/entry",
        "        signing: true # a\n      - name: plugyard/entry # b",
    );
    yard.constructor(commented.replace("  - name: demo\n", "  - name: demo # demo\n"));
    yard.write(
        "plugyard.yaml",
        format!("keep: 1\n{}", yard.read("plugyard.yaml")),
    );
    without(&yard, "1.1.0");
    yard.done("update");
    let text = yard.read(CONSTRUCTOR);
    assert_eq!(entries(&yard)[1..], ["demo@1.1.0"]);
    assert!(!text.contains("plugyard/entry"), "{text}");
    // The entry is the one it was: its comment stays, and that of what went does not.
    assert!(text.contains("- name: demo # demo\n"), "{text}");
    assert!(text.ends_with("signing: true # a\n"), "{text}");
    yard.writes_nothing("update --repin");
    // The same where the label stands although the plugin has nothing to say.
    let stale = "      - name: plugyard/entry\n        value: { schema: 1, capabilities: [{ type: x, types: [y] }] }\n        signing: true\n";
    yard.constructor(format!("{text}{stale}"));
    yard.done("update --repin");
    assert_eq!(yard.read(CONSTRUCTOR), text);
    // What is said by hand stays.
    let moving = stale.replace("[{ type: x, types: [y] }]", "[], moving: true");
    yard.constructor(format!("{text}{moving}"));
    yard.done("update --repin");
    assert!(yard.read(CONSTRUCTOR).contains("moving: true"));
}

#[test]
fn a_newer_version_is_added_and_told() {
    let yard = yard(&["1.0.0"], &["1.1.0", "1.2.0"]);
    let expected = str![[r#"
updated demo from 1.0.0 to 1.2.0 (sha256:00848429…)
raised the registry from v0.1.0 to v0.1.1 (patch)

"#]];
    yard.writes_nothing("update --dry-run").is(
        0,
        expected.clone(),
        str![[r#"
nothing was written (dry run)
patch: `demo` is updated from 1.0.0 to 1.2.0

"#]],
    );
    yard.run("update demo").is(
        0,
        expected,
        str![[r#"
patch: `demo` is updated from 1.0.0 to 1.2.0

"#]],
    );
    assert_eq!(entries(&yard), ["v0.1.1", "demo@1.0.0", "demo@1.2.0"]);
    yard.done("fmt --check");
    yard.done("publish");
    yard.writes_nothing("update").is(
        0,
        str![],
        str![[r#"
everything is up to date

"#]],
    );
}

#[test]
fn a_version_that_was_taken_out_is_not_taken_again() {
    let yard = yard(&["1.0.0"], &["1.1.0"]);
    yard.done("update");
    yard.done("remove demo@1.1.0 --reason 'it bites'");
    assert_eq!(entries(&yard), ["v0.1.1", "demo@1.0.0"]);
    yard.writes_nothing("update").is(
        0,
        str![],
        str![[r#"
everything is up to date

"#]],
    );
    yard.writes_nothing("update demo --to v1.1.0").fails(
        1,
        str![[r#"
error: acme.org/plugins/demo:v1.1.0 was removed from this registry: it bites
hint: to add it again, delete its item in `removed` of the label plugyard/registry, in a reviewed change

"#]],
    );
    yard.plugin(DEMO, "1.2.0");
    yard.done("update");
    assert_eq!(entries(&yard), ["v0.1.1", "demo@1.0.0", "demo@1.2.0"]);
}

#[test]
fn an_entry_that_is_replaced_keeps_its_comments_and_the_labels_of_others() {
    let yard = yard(&["1.0.0"], &["1.1.0"]);
    let text = yard.read(CONSTRUCTOR);
    let text = text
        .replace("  - name: demo\n", "  # ours\n  - name: demo # the first\n")
        .trim_end()
        .to_owned()
        + "\n      - { name: acme.org/team, value: tools, signing: true } # theirs\n";
    yard.constructor(&text);
    yard.write("plugyard.yaml", "keep: 1\n");
    yard.run("update").is(
        0,
        str![[r#"
updated demo from 1.0.0 to 1.1.0 (sha256:179ba98a…)
removed demo@1.0.0 (keep)
raised the registry from v0.1.0 to v0.1.1 (patch)

"#]],
        str![[r#"
patch: `demo` is updated from 1.0.0 to 1.1.0

"#]],
    );
    let edited = yard.read(CONSTRUCTOR);
    for kept in [
        "  # ours\n",
        " # the first\n",
        " # theirs\n",
        "version: 1.1.0\n",
    ] {
        assert!(edited.contains(kept), "{edited}");
    }
    assert!(!edited.contains("1.0.0"), "{edited}");
}

#[test]
fn a_plugin_that_cannot_be_read_has_a_row_and_blocks_no_other() {
    if crate::yard::is_about_archives("a_plugin_that_cannot_be_read_has_a_row_and_blocks_no_other")
    {
        return;
    }
    let yard = yard(&["1.0.0"], &["1.1.0"]);
    yard.plugin("acme.org/plugins/other", "1.0.0");
    yard.done("add acme.org/plugins/other");
    yard.plugin("acme.org/plugins/other", "2.0.0");
    let manifest = yard.manifest_digest("acme.org/plugins/other", "2.0.0");
    fs_err::write(yard.blob_path(&manifest), "spoilt").unwrap();
    let outcome = yard.writes_nothing("update --dry-run -o json");
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let document: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(document["changes"][0]["name"], "demo");
    assert_eq!(document["failed"][0]["name"], "other");
    let outcome = yard.writes_nothing("update --dry-run -o markdown");
    assert!(
        outcome
            .text()
            .contains("\n| other | – | **could not be read** | – | ")
    );
    let outcome = yard.run("update");
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let said = &outcome.stderr;
    let message = "error: plugin `other` could not be read: ";
    assert!(said.contains(message), "{said}");
    assert!(said.contains("acme.org/plugins/other"), "{said}");
    assert!(
        outcome.text().contains("\nfailed other: "),
        "{}",
        outcome.text()
    );
    let expected = ["v0.2.0", "demo@1.0.0", "demo@1.1.0", "other@1.0.0"];
    assert_eq!(entries(&yard), expected);
    // A plugin that is gone is not one without newer versions.
    yard.change_index(|artifacts| {
        artifacts.retain(|artifact| !artifact["repository"].as_str().unwrap().ends_with("other"));
    });
    let outcome = yard.writes_nothing("update");
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
}

#[test]
fn what_only_holds_back_is_reported() {
    let yard = yard(&["1.0.0"], &["1.0.1", "2.0.0"]);
    yard.writes_nothing("update --only patch --dry-run").is(
        0,
        str![[r#"
updated demo from 1.0.0 to 1.0.1 (sha256:c57ed90f…)
raised the registry from v0.1.0 to v0.1.1 (patch)

"#]],
        str![[r#"
nothing was written (dry run)
demo@2.0.0 is held back by --only
patch: `demo` is updated from 1.0.0 to 1.0.1

"#]],
    );
}

#[test]
fn a_release_is_waited_for_and_added() {
    let yard = yard(&["1.0.0"], &[]);
    let line = format!("update other --to v2.0.0 --component {DEMO}");
    let outcome = yard.writes_nothing(&line);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(
        !outcome.stderr.contains("trying again"),
        "{}",
        outcome.stderr
    );
    let outcome = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| yard.run(&format!("{line} --wait 5m")));
        yard.plugin(DEMO, "2.0.0");
        waiting.join().unwrap()
    });
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let printed = outcome.text();
    assert!(printed.starts_with("added other@2.0.0 ("), "{printed}");
    assert_eq!(entries(&yard), ["v0.2.0", "demo@1.0.0", "other@2.0.0"]);
    yard.write("plugyard.yaml", "keep: 1\n");
    yard.plugin(DEMO, "0.1.0");
    let line = format!("update demo --to 0.1.0 --component {DEMO}");
    yard.writes_nothing(&line).is(
        0,
        str![],
        str![[r#"
demo@0.1.0 is not added: `keep` of plugyard.yaml would remove it at once

"#]],
    );
}

#[test]
fn the_arguments_are_checked() {
    let yard = yard(&["1.0.0"], &[]);
    for line in [
        "update --to 1.0.0",
        "update demo other --to 1.0.0",
        "update demo --to 1.0.0 --repin",
        "update demo --component acme.org/plugins/demo --only patch",
        "update --component acme.org/plugins/demo",
        "update demo --component demo",
        "update demo --wait 5m",
        "update demo --to 1.0.0 --wait 5d",
        "update demo --to 1.0.0 --wait 25h",
        "update demo --to 1.0.0 --wait",
        "update --only major",
        "update demo --to latest",
        "remove demo",
        "remove demo --reason ' '",
        "yank demo@x --reason y",
        "bump huge",
        "diff git:",
        "diff git:--output=x",
    ] {
        assert_eq!(yard.writes_nothing(line).code, Some(2), "{line}");
    }
    yard.writes_nothing("update dem").fails(
        1,
        str![[r#"
error: the constructor has no entry `dem`; did you mean `demo`?
hint: it has demo; add one with `plugyard add COMPONENT`

"#]],
    );
}
