//! `plugyard add`

use serde_json::json;
use snapbox::{Assert, assert::DEFAULT_ACTION_ENV, str};

use crate::yard::{DEMO, Yard, entry, keys, registry};

/// The versions of the entries, in their order.
fn entries(yard: &Yard) -> Vec<String> {
    let text = yard.read("component-constructor.yaml");
    let constructor = ocm::constructor::parse(&text).unwrap();
    let references = &constructor.components[0].references;
    references
        .iter()
        .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
        .collect()
}

/// A yard with an empty registry and these versions of the plugin.
fn with_versions(versions: &[&str]) -> Yard {
    let yard = Yard::new();
    for version in versions {
        yard.plugin(DEMO, version);
    }
    yard.done("init --name acme.org/plugin-registry");
    yard
}

#[test]
fn a_plugin_is_pinned_and_labelled() {
    let yard = with_versions(&["1.0.0"]);
    yard.run("add acme.org/plugins/demo").is(
        0,
        str![[r#"
added demo@1.0.0 (acme.org/plugins/demo, sha256:21d79007…)

"#]],
        str![],
    );
    let text = Assert::new().action_env(DEFAULT_ACTION_ENV);
    text.eq(
        yard.read("component-constructor.yaml"),
        str![[r#"
# The plugin registry acme.org/plugin-registry.
# Entries are added by `plugyard add COMPONENT`, reviewed, and published by `plugyard publish`.
name: acme.org/plugin-registry
version: v0.1.0
provider: { name: acme.org }
labels:
  - { name: category, value: plugin-registry, signing: true }
  - { name: description, value: Plugin registry of acme.org, signing: true }
componentReferences:
  - name: demo
    version: 1.0.0
    componentName: acme.org/plugins/demo
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v4alpha1
      value: 21d79007ebf363406a236dd9e57aceee613eed06db78719d4460eea5f31f93b9
    labels:
      - name: ocm.software/pluginInfo
        value: { description: Reads demo, platforms: [darwin/arm64, linux/amd64] }
        signing: true
      - name: plugyard/entry
        value: { capabilities: [{ type: inputRepository, types: [demo/v1] }], schema: 1 }
        signing: true

"#]],
    );
    yard.writes_nothing("fmt --check").is(0, str![], str![]);
    yard.done("publish --first");
}

#[test]
fn an_entry_may_have_its_own_name() {
    let yard = with_versions(&["1.0.0"]);
    yard.run("add acme.org/plugins/demo --name reader").is(
        0,
        str![[r#"
added reader@1.0.0 (acme.org/plugins/demo, sha256:21d79007…)

"#]],
        str![],
    );
    assert_eq!(entries(&yard), ["reader@1.0.0"]);
}

#[test]
fn plugins_are_looked_up_in_the_given_repository() {
    let yard = with_versions(&["1.0.0"]);
    yard.plugin_in("./more", "acme.org/plugins/other", "1.0.0");
    yard.plugin_in("./more", DEMO, "3.0.0");
    // `--from` is searched first, also for the latest version.
    yard.done("add acme.org/plugins/demo --from ./more");
    assert_eq!(entries(&yard), ["demo@3.0.0"]);
    assert_eq!(
        yard.writes_nothing("add acme.org/plugins/other").code,
        Some(1)
    );
    yard.write("plugyard.yaml", "sources: [./more]\n");
    yard.done("add acme.org/plugins/other");
    yard.done("publish --first");
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let yard = with_versions(&["1.0.0"]);
    yard.writes_nothing("add acme.org/plugins/demo --dry-run")
        .is(
            0,
            str![[r#"
added demo@1.0.0 (acme.org/plugins/demo, sha256:21d79007…)

"#]],
            str![[r#"
nothing was written (dry run)

"#]],
        );
}

#[test]
fn json_and_markdown_describe_the_change() {
    let yard = Yard::with_registry();
    yard.plugin(DEMO, "1.1.0");
    yard.plugin("acme.org/plugins/alpha", "1.0.0");
    let line = "add acme.org/plugins/demo acme.org/plugins/alpha --dry-run";
    let outcome = yard.writes_nothing(&format!("{line} -o json"));
    assert_eq!(
        keys(outcome.text(), 2),
        ["from", "to", "class", "reasons", "changes", "failed"]
    );
    assert_eq!(
        keys(outcome.text(), 6)[..5],
        ["name", "component", "old", "new", "digest"]
    );
    outcome.is(
        0,
        str![[r#"
{
  "from": "v0.1.0",
  "to": "v0.2.0",
  "class": "minor",
  "reasons": [
    "plugin `alpha` is new"
  ],
  "changes": [
    {
      "name": "demo",
      "component": "acme.org/plugins/demo",
      "old": null,
      "new": "1.1.0",
      "digest": "sha256:179ba98a…"
    },
    {
      "name": "alpha",
      "component": "acme.org/plugins/alpha",
      "old": null,
      "new": "1.0.0",
      "digest": "sha256:999ae6bd…"
    }
  ],
  "failed": []
}

"#]],
        str![[r#"
nothing was written (dry run)
minor: plugin `alpha` is new

"#]],
    );
    yard.writes_nothing(&format!("{line} -o markdown")).is(
        0,
        str![[r#"
Registry v0.1.0 → v0.2.0 (minor)

| plugin | before | after | component | digest |
|---|---|---|---|---|
| demo | – | 1.1.0 | acme.org/plugins/demo | `sha256:179ba98a…` |
| alpha | – | 1.0.0 | acme.org/plugins/alpha | `sha256:999ae6bd…` |

"#]],
        str![[r#"
nothing was written (dry run)
minor: plugin `alpha` is new

"#]],
    );
    yard.writes_nothing(&format!("{line} -o text")).is(
        0,
        str![[r#"
added demo@1.1.0 (acme.org/plugins/demo, sha256:179ba98a…)
added alpha@1.0.0 (acme.org/plugins/alpha, sha256:999ae6bd…)
raised the registry from v0.1.0 to v0.2.0 (minor)

"#]],
        str![[r#"
nothing was written (dry run)
minor: plugin `alpha` is new

"#]],
    );
}

#[test]
fn comments_and_layout_are_kept() {
    let yard = Yard::new();
    let hex = yard.plugin(DEMO, "1.0.0");
    yard.plugin("acme.org/plugins/zeta", "1.0.0");
    let before = format!(
        "# The head.
name: acme.org/plugin-registry   # the name
version: \"v0.1.0\"
provider: {{ name: acme.org }}

# About the entries.
componentReferences:
  # About demo.
{}  # After demo.

# The end.
",
        entry("demo", "1.0.0", DEMO, &hex)
    );
    yard.constructor(&before);
    yard.done("add acme.org/plugins/zeta");
    let after = yard.read("component-constructor.yaml");
    for line in before.lines() {
        assert!(
            after.lines().any(|kept| kept == line),
            "{line:?} is gone from\n{after}"
        );
    }
    assert_eq!(entries(&yard), ["demo@1.0.0", "zeta@1.0.0"]);
}

#[test]
fn the_file_keeps_its_permissions_and_a_link_stays_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let yard = with_versions(&["1.0.0"]);
    fs_err::rename(
        yard.path("component-constructor.yaml"),
        yard.path("real.yaml"),
    )
    .unwrap();
    fs_err::set_permissions(yard.path("real.yaml"), PermissionsExt::from_mode(0o640)).unwrap();
    fs_err::os::unix::fs::symlink("real.yaml", yard.path("component-constructor.yaml")).unwrap();
    yard.done("add acme.org/plugins/demo");
    assert!(
        fs_err::symlink_metadata(yard.path("component-constructor.yaml"))
            .unwrap()
            .is_symlink()
    );
    let mode = fs_err::metadata(yard.path("real.yaml"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn the_list_form_is_also_edited() {
    let yard = Yard::new();
    yard.plugin(DEMO, "1.0.0");
    let single = registry("v0.1.0", &[]);
    let item: String = single.lines().map(|line| format!("    {line}\n")).collect();
    yard.constructor(format!("components:\n  -{}", &item[3..]));
    yard.done("add acme.org/plugins/demo");
    assert_eq!(entries(&yard), ["demo@1.0.0"]);
    let published = yard.done("publish --first -o json").json();
    assert_eq!(published[0]["status"], json!("published"));
}
