//! A release that was announced is added or updates an entry.

use keeper::change::{ChangeError, HeldBack, Limit, Release};
use ocm::Version;
use registry::version_class::VersionClass;

use crate::workspace::{DEMO, Workspace};

const OTHER: &str = "acme.org/plugins/other";

fn release<'a>(component: Option<&'a str>, version: Option<&'a Version>) -> Release<'a> {
    Release {
        name: "demo",
        component,
        version,
        pre: false,
    }
}

/// The entries after a release, if it is accepted.
fn entries(workspace: &mut Workspace, version: &str) -> Result<Vec<String>, ChangeError> {
    let version: Version = version.parse().unwrap();
    let change = workspace.release(&release(Some(DEMO), Some(&version)));
    change.map(|_| workspace.entries())
}

#[test]
fn a_plugin_that_the_registry_does_not_have_is_added_under_its_name() {
    let mut workspace = Workspace::with_demo(&[], &[]);
    workspace.plugin(OTHER, "1.0.0");
    workspace.plugin(OTHER, "1.1.0");
    let version = Version::parse("1.0.0").unwrap();
    let change = workspace.release(&release(Some(OTHER), Some(&version)));
    let change = change.unwrap();
    assert_eq!(change.class, VersionClass::Minor);
    assert_eq!(change.changes.len(), 1);
    assert_eq!(change.changes[0].component, OTHER);
    assert_eq!(change.changes[0].old, None);
    assert_eq!(
        workspace.entries(),
        ["demo@1.0.0"],
        "the entry has the name that was given"
    );
    // Without a version, the newest one.
    let mut workspace = Workspace::with_demo(&[], &["1.0.0", "1.1.0", "2.0.0-rc.1"]);
    workspace.release(&release(Some(DEMO), None)).unwrap();
    assert_eq!(workspace.entries(), ["demo@1.1.0"]);
}

#[test]
fn a_newer_version_updates_and_an_older_one_is_added_alongside() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["0.9.0", "1.1.0", "1.2.0"]);
    for (version, newest_before) in [("1.1.0", "1.0.0"), ("1.2.0", "1.1.0"), ("0.9.0", "1.2.0")] {
        let version: Version = version.parse().unwrap();
        let change = workspace.release(&release(Some(DEMO), Some(&version)));
        let change = change.unwrap();
        assert_eq!(change.changes[0].old.as_deref(), Some(newest_before));
        assert_eq!(change.class, VersionClass::Patch);
    }
    let expected = ["demo@0.9.0", "demo@1.0.0", "demo@1.1.0", "demo@1.2.0"];
    assert_eq!(workspace.entries(), expected);
    // Nothing is left to do.
    let before = workspace.text.clone();
    assert_eq!(entries(&mut workspace, "1.1.0").unwrap(), expected);
    assert_eq!(workspace.text, before);
}

#[test]
fn a_version_in_another_spelling_is_found() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["2.0.0", "v3.0.0"]);
    assert_eq!(
        entries(&mut workspace, "v2.0.0").unwrap(),
        ["demo@1.0.0", "demo@2.0.0"]
    );
    let all = ["demo@1.0.0", "demo@2.0.0", "demo@v3.0.0"];
    assert_eq!(entries(&mut workspace, "3.0.0").unwrap(), all);
    // It is also known to be there.
    assert_eq!(entries(&mut workspace, "v2.0.0").unwrap(), all);
    assert_eq!(entries(&mut workspace, "3.0.0").unwrap(), all);
}

#[test]
fn what_keep_would_remove_at_once_is_not_added() {
    for (keep, entries, version, expected) in [
        (1, &["1.0.0"][..], "0.9.0", None),
        (2, &["1.0.0"], "0.9.0", Some("demo@0.9.0 demo@1.0.0")),
        (2, &["1.0.0", "1.1.0"], "0.9.0", None),
        (
            2,
            &["1.0.0", "1.2.0"],
            "1.1.0",
            Some("demo@1.1.0 demo@1.2.0"),
        ),
        (1, &["1.0.0"], "2.0.0", Some("demo@2.0.0")),
        (1, &["1.0.0"], "1.0.0-rc.1", None),
        (
            1,
            &["1.0.0"],
            "2.0.0-rc.1",
            Some("demo@1.0.0 demo@2.0.0-rc.1"),
        ),
    ] {
        let mut workspace = Workspace::with_demo(entries, &[version]);
        workspace.policy = format!("keep: {keep}\n");
        let before = workspace.text.clone();
        let given: Version = version.parse().unwrap();
        let change = workspace
            .release(&release(Some(DEMO), Some(&given)))
            .unwrap();
        if let Some(expected) = expected {
            assert_eq!(
                workspace.entries().join(" "),
                expected,
                "{keep} {entries:?} {version}"
            );
            assert_eq!(change.held_back, []);
            continue;
        }
        assert_eq!(workspace.text, before, "{keep} {entries:?} {version}");
        let held_back = HeldBack {
            name: "demo".to_owned(),
            version: version.to_owned(),
            limit: Limit::Keep,
        };
        assert_eq!(change.held_back, [held_back]);
        assert!(change.changes.is_empty());
        // A keeper who names the version, and not a release, gets it.
        workspace.release(&release(None, Some(&given))).unwrap();
        assert!(workspace.entries().contains(&format!("demo@{version}")));
    }
}

#[test]
fn a_yanked_version_does_not_count_for_keep() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["0.9.0"]);
    let yanked = "{ yanked: { reason: broken }, capabilities";
    workspace.text = workspace.text.replace("{ capabilities", yanked);
    workspace.policy = "keep: 1\n".to_owned();
    assert_eq!(
        entries(&mut workspace, "0.9.0").unwrap(),
        ["demo@0.9.0", "demo@1.0.0"]
    );
}

#[test]
fn a_release_of_another_component_or_of_a_removed_version_is_refused() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["1.1.0"]);
    workspace.plugin(OTHER, "1.1.0");
    let version = Version::parse("1.1.0").unwrap();
    for version in [None, Some(&version)] {
        let change = workspace.release(&release(Some(OTHER), version));
        assert!(
            matches!(change, Err(ChangeError::Bound { .. })),
            "{change:?}"
        );
    }
    let label = format!(
        "labels:\n  - {{ name: plugyard/registry, value: {{ schema: 1, removed: [{{ component: {DEMO}, name: demo, version: 1.1.0, reason: broken }}] }}, signing: true }}\n"
    );
    workspace.text = workspace.text.replace(
        "labels:\n  - { name: category",
        &format!("{label}  - {{ name: category"),
    );
    for spelling in ["1.1.0", "v1.1.0"] {
        let change = entries(&mut workspace, spelling);
        assert!(
            matches!(change, Err(ChangeError::Removed { .. })),
            "{change:?}"
        );
    }
    // And so it is where the plugin as a whole is new.
    let mut workspace = Workspace::with_demo(&[], &["1.1.0"]);
    workspace.text = workspace.text.replace(
        "labels:\n  - { name: category",
        &format!("{label}  - {{ name: category"),
    );
    let change = entries(&mut workspace, "1.1.0");
    assert!(
        matches!(change, Err(ChangeError::Removed { .. })),
        "{change:?}"
    );
    let unnamed = Release {
        name: "no name",
        ..release(Some(DEMO), Some(&version))
    };
    let change = workspace.release(&unnamed);
    assert!(
        matches!(change, Err(ChangeError::InvalidName(_))),
        "{change:?}"
    );
    let change = workspace.release(&release(None, Some(&version)));
    assert!(
        matches!(change, Err(ChangeError::NoEntry { .. })),
        "{change:?}"
    );
}

#[test]
fn a_mutable_version_that_is_there_is_pinned_again() {
    let mut workspace = Workspace::with_demo(&["0.0.0-main"], &[]);
    workspace.policy = "moving: [{ name: demo, version: 0.0.0-main }]\n".to_owned();
    let version = Version::parse("0.0.0-main").unwrap();
    workspace
        .release(&release(Some(DEMO), Some(&version)))
        .unwrap();
    let marked = workspace.text.clone();
    assert!(marked.contains("moving: true"));
    assert_eq!(
        entries(&mut workspace, "0.0.0-main").unwrap(),
        ["demo@0.0.0-main"]
    );
    assert_eq!(workspace.text, marked);
    // Published again with other content, as a registry that allows it has it.
    fs_err::remove_dir_all(workspace.path("store")).unwrap();
    let again = workspace.plugin_in("store", DEMO, "0.0.0-main", &["linux/amd64"]);
    let change = workspace
        .release(&release(Some(DEMO), Some(&version)))
        .unwrap();
    assert_eq!(change.changes[0].digest, again.component_digest);
    assert_ne!(workspace.text, marked);
}

#[test]
fn what_is_not_found_is_told_apart_from_what_cannot_be_read() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    let version = Version::parse("1.1.0").unwrap();
    let absent = workspace.release(&release(Some(DEMO), Some(&version)));
    assert!(absent.unwrap_err().is_absence());
    let spoilt = "acme.org/plugins/spoilt";
    let manifest = workspace.plugin(spoilt, "1.1.0").manifest_digest;
    let blob = workspace
        .path("store/blobs")
        .join(manifest.replace(':', "."));
    fs_err::write(blob, "spoilt").unwrap();
    let unreadable = workspace.release(&Release {
        name: "spoilt",
        ..release(Some(spoilt), Some(&version))
    });
    assert!(!unreadable.unwrap_err().is_absence());
}
