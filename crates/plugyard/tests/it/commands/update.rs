//! `plugyard update --repin`

use snapbox::str;

use crate::yard::{DEMO, WRONG, Yard, entry, is_about_archives, registry};

#[test]
fn nothing_to_do_is_no_change() {
    let yard = Yard::with_registry();
    yard.writes_nothing("update demo --repin").is(
        0,
        str![],
        str![[r#"
everything is up to date

"#]],
    );
    yard.writes_nothing("update demo --repin -o json").is(
        0,
        str![[r#"
{
  "from": "v0.1.0",
  "to": "v0.1.0",
  "class": "none",
  "reasons": [],
  "changes": [],
  "failed": []
}

"#]],
        str![[r#"
everything is up to date

"#]],
    );
    yard.writes_nothing("update demo --repin -o markdown").is(
        0,
        str![[r#"
No changes.

"#]],
        str![[r#"
everything is up to date

"#]],
    );
}

#[test]
fn a_wrong_pin_is_replaced() {
    let yard = Yard::with_registry();
    let right = yard.read("component-constructor.yaml");
    let hex = right
        .lines()
        .find_map(|line| line.strip_prefix("      value: "))
        .unwrap();
    yard.constructor(right.replace(hex, WRONG));
    yard.writes_nothing("update demo --repin --dry-run").is(
        0,
        str![[r#"
re-pinned demo@1.0.0 to sha256:21d79007…
raised the registry from v0.1.0 to v0.1.1 (patch)

"#]],
        str![[r#"
nothing was written (dry run)
patch: `demo` 1.0.0: pinned to other content

"#]],
    );
    yard.run("update demo --repin").is(
        0,
        str![[r#"
re-pinned demo@1.0.0 to sha256:21d79007…
raised the registry from v0.1.0 to v0.1.1 (patch)

"#]],
        str![[r#"
patch: `demo` 1.0.0: pinned to other content

"#]],
    );
    assert_eq!(
        yard.read("component-constructor.yaml"),
        right.replace("v0.1.0", "v0.1.1")
    );
    yard.done("publish");
}

#[test]
fn missing_pins_and_labels_are_filled_in_for_all_versions() {
    let yard = Yard::with_plugin();
    yard.plugin(DEMO, "2.0.0");
    let unpinned = |version| {
        entry("demo", version, DEMO, WRONG)
            .split("    digest:")
            .next()
            .unwrap()
            .to_owned()
    };
    yard.constructor(registry("v0.1.0", &[unpinned("1.0.0"), unpinned("2.0.0")]));
    yard.run("update demo --repin -o json").is(
        0,
        str![[r#"
{
  "from": "v0.1.0",
  "to": "v0.1.0",
  "class": "patch",
  "reasons": [
    "`demo` 1.0.0: pinned, new capabilities inputRepository demo/v1",
    "`demo` 1.0.0: description changed, label `ocm.software/pluginInfo` is new",
    "`demo` 2.0.0: pinned, new capabilities inputRepository demo/v1",
    "`demo` 2.0.0: description changed, label `ocm.software/pluginInfo` is new"
  ],
  "changes": [
    {
      "name": "demo",
      "component": "acme.org/plugins/demo",
      "old": "1.0.0",
      "new": "1.0.0",
      "digest": "sha256:21d79007…"
    },
    {
      "name": "demo",
      "component": "acme.org/plugins/demo",
      "old": "2.0.0",
      "new": "2.0.0",
      "digest": "sha256:f7613ec4…"
    }
  ],
  "failed": []
}

"#]],
        str![],
    );
    yard.done("publish --first");
    yard.writes_nothing("update demo --repin").is(
        0,
        str![],
        str![[r#"
everything is up to date

"#]],
    );
}

#[test]
fn a_republished_plugin_is_re_pinned() {
    if is_about_archives("a_republished_plugin_is_re_pinned") {
        return;
    }
    let yard = Yard::with_registry();
    fs_err::remove_dir_all(yard.path("transport-archive")).unwrap();
    yard.publish_plugin("./transport-archive", DEMO, "1.0.0", "Reads it better");
    yard.run("update demo --repin").is(
        0,
        str![[r#"
re-pinned demo@1.0.0 to sha256:fd4e0d28…

"#]],
        str![],
    );
    let text = yard.read("component-constructor.yaml");
    assert!(text.contains("description: Reads it better"), "{text}");
    yard.done("publish --first");
}

#[test]
fn other_entries_and_foreign_labels_are_kept() {
    let yard = Yard::with_plugin();
    yard.plugin("acme.org/plugins/other", "1.0.0");
    let own = "    labels:\n      - { name: acme.org/team, value: tools, signing: true }\n";
    let other = entry("other", "1.0.0", "acme.org/plugins/other", WRONG);
    yard.constructor(registry(
        "v0.1.0",
        &[entry("demo", "1.0.0", DEMO, WRONG) + own, other.clone()],
    ));
    yard.done("update demo --repin");
    let text = yard.read("component-constructor.yaml");
    assert!(
        text.contains("{ name: acme.org/team, value: tools, signing: true }"),
        "{text}"
    );
    assert!(text.ends_with(&other), "{text}");
    yard.done("update demo other --repin");
    yard.done("publish --first");
}
