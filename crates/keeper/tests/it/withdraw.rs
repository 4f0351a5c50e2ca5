//! Removing, yanking, and raising the version.

use keeper::change::ChangeError;
use ocm::version::Part;
use registry::version_class::VersionClass;

use crate::update::ALL;
use crate::workspace::{DEMO, Workspace};

const OTHER: &str = "acme.org/plugins/other";

#[test]
fn a_removed_plugin_leaves_a_tombstone_and_cannot_be_added_again() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["2.0.0"]);
    let change = workspace.remove("demo", None).unwrap();
    assert_eq!(change.class, VersionClass::Major);
    assert_eq!(change.to, "v1.0.0");
    assert_eq!(change.pruned, ["demo@1.0.0"]);
    assert_eq!(change.reasons, ["plugin `demo` is removed"]);
    let tombstone = "{ removed: [{ component: acme.org/plugins/demo, name: demo, reason: broken }], schema: 1 }";
    assert!(workspace.text.contains(tombstone), "{}", workspace.text);
    for what in [DEMO, "acme.org/plugins/demo:1.0.0"] {
        let error = workspace.add(what).unwrap_err();
        let ChangeError::Removed { reason, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(reason, "broken");
    }
    workspace.publish().unwrap();
}

#[test]
fn removing_what_the_version_before_lacked_is_a_patch() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["2.0.0"]);
    workspace.update(&ALL).unwrap();
    workspace.publish().unwrap();
    let change = workspace.remove("demo", Some("2.0.0")).unwrap();
    assert_eq!(
        (change.from.as_str(), change.to.as_str()),
        ("v0.1.1", "v0.1.2")
    );
    assert_eq!(change.class, VersionClass::Patch);
    workspace.publish().unwrap();
    // A new plugin can be removed as a whole.
    workspace.plugin(OTHER, "1.0.0");
    workspace.add(OTHER).unwrap();
    workspace.publish().unwrap();
    let change = workspace.remove("other", None).unwrap();
    assert_eq!(
        (change.from.as_str(), change.to.as_str()),
        ("v0.2.0", "v0.2.1")
    );
    // What two published versions had is lost.
    workspace.publish().unwrap();
    workspace.remove("demo", Some("1.0.0")).unwrap();
    assert_eq!(workspace.version().as_str(), "v1.0.0");
}

#[test]
fn removing_what_was_never_published_does_not_lower_the_version() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    workspace.plugin(OTHER, "1.0.0");
    workspace.add(OTHER).unwrap();
    assert_eq!(workspace.version().as_str(), "v0.2.0");
    workspace.remove("other", None).unwrap();
    assert_eq!(workspace.version().as_str(), "v0.2.0");
}

#[test]
fn a_yanked_version_is_kept_and_marked() {
    let mut workspace = Workspace::with_demo(&["1.0.0", "1.1.0"], &[]);
    let change = workspace
        .yank("demo", Some("1.0.0"), Some("demo@1.1.0"))
        .unwrap();
    assert_eq!(change.class, VersionClass::Patch);
    assert_eq!(change.changes.len(), 1);
    assert_eq!(workspace.entries(), ["demo@1.0.0", "demo@1.1.0"]);
    assert_eq!(
        workspace.text.matches("yanked:").count(),
        1,
        "{}",
        workspace.text
    );
    // The same again, in another spelling, changes nothing.
    let before = workspace.text.clone();
    let change = workspace
        .yank("demo", Some("v1.0.0"), Some("demo@1.1.0"))
        .unwrap();
    assert!(change.changes.is_empty());
    assert_eq!(workspace.text, before);
    // Re-pinning keeps the mark.
    workspace
        .update(&keeper::change::Update { repin: true, ..ALL })
        .unwrap();
    assert_eq!(workspace.text, before);
}

#[test]
fn what_cannot_be_removed_or_yanked_is_refused() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    let before = workspace.text.clone();
    let error = workspace
        .yank("demo", Some("1.0.0"), Some("demo"))
        .unwrap_err();
    assert!(matches!(error, ChangeError::InsteadOfItself(_)), "{error}");
    let error = workspace.yank("demo", None, Some("dem@1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the constructor has no entry `dem`; did you mean `demo`?"
    );
    let error = workspace.remove("demo", Some("3.0.0")).unwrap_err();
    assert!(matches!(error, ChangeError::NoVersion { .. }), "{error}");
    let error = workspace.remove("other", None).unwrap_err();
    assert!(matches!(error, ChangeError::NoEntry { .. }), "{error}");
    assert_eq!(workspace.text, before);
    let broken = "  - { name: plugyard/registry, value: { schema: 1, removed: none }, signing: true }\ncomponentReferences:";
    workspace.text = before.replace("componentReferences:", broken);
    let error = workspace.remove("demo", None).unwrap_err();
    assert!(matches!(error, ChangeError::Tombstones), "{error}");
}

#[test]
fn bump_raises_to_what_all_unpublished_changes_require() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    let bump = |workspace: &mut Workspace, part, expected: &str| {
        let change = workspace.bump(part).unwrap();
        assert_eq!(workspace.version().as_str(), expected);
        change
    };
    assert_eq!(
        bump(&mut workspace, None, "v0.1.0").class,
        VersionClass::None
    );
    workspace.text = workspace
        .text
        .replace("Plugin registry of acme.org", "Ours");
    let change = bump(&mut workspace, None, "v0.1.1");
    assert_eq!(change.class, VersionClass::Patch);
    assert_eq!(change.reasons.len(), 1);
    // It is counted from the published version, not from what was raised already.
    bump(&mut workspace, Some(Part::Patch), "v0.1.1");
    bump(&mut workspace, Some(Part::Minor), "v0.2.0");
    bump(&mut workspace, Some(Part::Minor), "v0.2.0");
    bump(&mut workspace, None, "v0.2.0");
    bump(&mut workspace, Some(Part::Major), "v1.0.0");
    bump(&mut workspace, Some(Part::Patch), "v1.0.0");
    // An entry was removed by hand: the requested part is not enough.
    workspace.text = Workspace::new().text;
    bump(&mut workspace, Some(Part::Patch), "v1.0.0");
}

#[test]
fn bump_raises_an_unpublished_registry_only_on_request() {
    let mut workspace = Workspace::new();
    workspace.bump(None).unwrap();
    assert_eq!(workspace.version().as_str(), "v0.1.0");
    workspace.bump(Some(Part::Minor)).unwrap();
    assert_eq!(workspace.version().as_str(), "v0.2.0");
}

#[test]
fn bump_raises_above_a_version_that_is_taken() {
    // Two changes were merged that both raised to the same version.
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["1.1.0"]);
    workspace.update(&ALL).unwrap();
    workspace.publish().unwrap();
    workspace.text = workspace
        .text
        .replace("Plugin registry of acme.org", "Ours");
    workspace.publish().unwrap_err();
    workspace.bump(None).unwrap();
    assert_eq!(workspace.version().as_str(), "v0.1.2");
    workspace.publish().unwrap();
}
