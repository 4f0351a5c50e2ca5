//! Adding plugins.

use keeper::change::Addition;

use crate::workspace::{DEMO, Workspace};

/// A registry without entries, where these versions of `demo` are published.
fn with_versions(versions: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    for version in versions {
        workspace.plugin(DEMO, version);
    }
    workspace
}

#[test]
fn the_highest_stable_version_is_added_unless_asked_otherwise() {
    let versions = ["9.0.0", "10.0.0", "11.0.0-rc.1", "2.0.0"];
    for (what, pre, expected) in [
        (DEMO, false, "demo@10.0.0"),
        (DEMO, true, "demo@11.0.0-rc.1"),
        ("acme.org/plugins/demo:2.0.0", false, "demo@2.0.0"),
        (
            "acme.org/plugins/demo:11.0.0-rc.1",
            false,
            "demo@11.0.0-rc.1",
        ),
    ] {
        let mut workspace = with_versions(&versions);
        workspace.add_all(&[what], pre).unwrap();
        assert_eq!(workspace.entries(), [expected], "{what} {pre}");
    }
    let mut workspace = with_versions(&["1.0.0-rc.1", "1.0.0-rc.10", "1.0.0-rc.9"]);
    workspace.add(DEMO).unwrap();
    let expected = ["demo@1.0.0-rc.10"];
    assert_eq!(
        workspace.entries(),
        expected,
        "no stable one: the highest pre-release"
    );
}

#[test]
fn several_plugins_are_inserted_in_sorted_order() {
    let mut workspace = with_versions(&["9.0.0", "10.0.0"]);
    workspace.plugin("acme.org/plugins/alpha", "1.0.0");
    workspace.plugin("acme.org/plugins/zeta", "1.0.0");
    let several = [
        "acme.org/plugins/zeta",
        "acme.org/plugins/demo:10.0.0",
        "acme.org/plugins/alpha",
    ];
    workspace.add_all(&several, false).unwrap();
    workspace.add("acme.org/plugins/demo:9.0.0").unwrap();
    let expected = ["alpha@1.0.0", "demo@9.0.0", "demo@10.0.0", "zeta@1.0.0"];
    assert_eq!(workspace.entries(), expected);
    workspace.publish().unwrap();
}

#[test]
fn an_entry_may_have_another_name_than_its_component() {
    let workspace = with_versions(&["1.0.0"]);
    let addition = Addition {
        component: DEMO,
        version: None,
        name: Some("reader"),
    };
    let change = workspace.keeper(async |keeper| keeper.add(&[addition], false).await);
    let change = change.unwrap();
    assert_eq!(change.changes[0].name, "reader");
    assert_eq!(change.changes[0].component, DEMO);
    assert!(
        change.text.contains("\n  - name: reader\n"),
        "{}",
        change.text
    );
}

#[test]
fn plugins_are_looked_up_in_the_sources_of_the_policy() {
    let mut workspace = with_versions(&["1.0.0"]);
    let other = "acme.org/plugins/other";
    workspace.plugin_in("more", other, "1.0.0", &["linux/amd64"]);
    assert!(workspace.add(other).unwrap_err().is_absence());
    workspace.policy = "sources: [./more]\n".to_owned();
    workspace.add(other).unwrap();
    assert_eq!(workspace.entries(), ["other@1.0.0"]);
    workspace.publish().unwrap();
}

#[test]
fn the_version_is_counted_from_the_latest_published_one() {
    let mut workspace = with_versions(&["1.0.0", "1.1.0", "1.2.0", "1.3.0"]);
    workspace.plugin("acme.org/plugins/other", "1.0.0");
    let add = |workspace: &mut Workspace, what: &str, expected: &str, why: &str| {
        workspace.add(what).unwrap();
        assert_eq!(workspace.version().as_str(), expected, "{why}");
    };
    let none = "none is published: no bump";
    add(
        &mut workspace,
        "acme.org/plugins/demo:1.0.0",
        "v0.1.0",
        none,
    );
    workspace.publish().unwrap();
    let patch = "a new version of a plugin: patch";
    add(
        &mut workspace,
        "acme.org/plugins/demo:1.1.0",
        "v0.1.1",
        patch,
    );
    let once = "counted once from the latest published";
    add(
        &mut workspace,
        "acme.org/plugins/demo:1.2.0",
        "v0.1.1",
        once,
    );
    let minor = "a new plugin: minor";
    add(&mut workspace, "acme.org/plugins/other", "v0.2.0", minor);
    workspace.publish().unwrap();
    workspace.text = workspace.text.replace("v0.2.0", "v0.5.0");
    let higher = "higher already";
    add(
        &mut workspace,
        "acme.org/plugins/demo:1.3.0",
        "v0.5.0",
        higher,
    );
}
