//! Looking for newer versions, re-pinning, and what `keep` retains.

use keeper::change::{HeldBack, Limit, Update};
use ocm::version::Part;
use registry::version_class::VersionClass;

use crate::workspace::{DEMO, Workspace};

/// All plugins, without limits.
pub(crate) const ALL: Update<'_> = Update {
    names: &[],
    only: None,
    pre: false,
    repin: false,
    jobs: 8,
};

const PRE: Update<'_> = Update { pre: true, ..ALL };
const MINOR: Update<'_> = Update {
    only: Some(Part::Minor),
    ..ALL
};
const PATCH: Update<'_> = Update {
    only: Some(Part::Patch),
    ..ALL
};
const REPIN: Update<'_> = Update { repin: true, ..ALL };

#[test]
fn which_versions_are_newer() {
    for (entries, since, update, expected) in [
        (&["1.0.0"][..], &["0.9.0"][..], ALL, ""),
        (&["1.0.0"], &["1.0.1", "1.1.0", "2.0.0"], ALL, "2.0.0"),
        (&["1.0.0"], &["1.0.1", "1.1.0", "2.0.0"], MINOR, "1.1.0"),
        (&["1.0.0"], &["1.0.1", "1.1.0", "2.0.0"], PATCH, "1.0.1"),
        (&["1.0.0"], &["2.0.0"], MINOR, ""),
        // As text, 1.9.0 would be higher than 1.10.0.
        (&["1.9.0"], &["1.10.0"], ALL, "1.10.0"),
        // A version that is equal by semver is not newer.
        (&["1.0.0"], &["v1.0.0"], ALL, ""),
        // Pre-releases only if they are included, or the entry is one.
        (&["1.0.0"], &["1.1.0-rc.1"], ALL, ""),
        (
            &["1.0.0"],
            &["1.1.0-rc.1", "1.1.0-rc.10"],
            PRE,
            "1.1.0-rc.10",
        ),
        (&["1.0.0-rc.1"], &["1.0.0-rc.2"], ALL, "1.0.0-rc.2"),
        (&["1.0.0-rc.1"], &["1.0.0"], ALL, "1.0.0"),
        (
            &["1.0.0", "2.0.0-rc.1"],
            &["1.1.0", "2.0.0-rc.2"],
            ALL,
            "1.1.0 2.0.0-rc.2",
        ),
        (
            &["1.0.0", "2.0.0-rc.1"],
            &["2.0.0", "2.0.0-rc.2"],
            ALL,
            "2.0.0",
        ),
        (&["1.0.0"], &["1.1.0", "1.1.0-rc.1"], PRE, "1.1.0"),
    ] {
        let mut workspace = Workspace::with_demo(entries, since);
        let change = workspace.update(&update).unwrap();
        let found: Vec<&str> = change
            .changes
            .iter()
            .map(|entry| entry.new.as_str())
            .collect();
        assert_eq!(
            found.join(" "),
            expected,
            "{entries:?} {since:?} {update:?}"
        );
        let class = if found.is_empty() {
            VersionClass::None
        } else {
            VersionClass::Patch
        };
        assert_eq!(change.class, class);
        for entry in &change.changes {
            assert_eq!(
                (entry.name.as_str(), entry.component.as_str()),
                ("demo", DEMO)
            );
            assert!(
                entries.contains(&entry.old.as_deref().unwrap()),
                "{entry:?}"
            );
            assert!(entry.digest.starts_with("sha256:"), "{entry:?}");
        }
        let before = workspace.text.clone();
        workspace.update(&update).unwrap();
        assert_eq!(workspace.text, before, "a repeat changes nothing");
    }
}

#[test]
fn a_removed_version_is_not_added_again() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["1.1.0"]);
    workspace.update(&ALL).unwrap();
    workspace.remove("demo", Some("1.1.0")).unwrap();
    assert_eq!(workspace.entries(), ["demo@1.0.0"]);
    assert_eq!(workspace.version().as_str(), "v0.1.1");
    let before = workspace.text.clone();
    workspace.update(&ALL).unwrap();
    assert_eq!(workspace.text, before);
    workspace.plugin(DEMO, "1.2.0");
    workspace.update(&ALL).unwrap();
    assert_eq!(workspace.entries(), ["demo@1.0.0", "demo@1.2.0"]);
}

#[test]
fn keep_is_the_number_of_versions_that_are_retained() {
    for (keep, entries, since, update, expected) in [
        (1, &["1.0.0"][..], &["1.1.0"][..], ALL, "demo@1.1.0"),
        (2, &["1.0.0"], &["1.1.0"], ALL, "demo@1.0.0 demo@1.1.0"),
        (
            2,
            &["1.0.0", "1.1.0"],
            &["1.2.0"],
            ALL,
            "demo@1.1.0 demo@1.2.0",
        ),
        // A pre-release does not replace a stable version, but is replaced by one.
        (
            1,
            &["1.0.0"],
            &["2.0.0-rc.1"],
            PRE,
            "demo@1.0.0 demo@2.0.0-rc.1",
        ),
        (1, &["1.0.0", "2.0.0-rc.1"], &["2.0.0"], ALL, "demo@2.0.0"),
        // Nothing is removed where nothing new is added.
        (1, &["1.0.0", "1.1.0"], &[], ALL, "demo@1.0.0 demo@1.1.0"),
    ] {
        let mut workspace = Workspace::with_demo(entries, since);
        workspace.policy = format!("keep: {keep}\n");
        workspace.update(&update).unwrap();
        let found = workspace.entries().join(" ");
        assert_eq!(found, expected, "{keep} {entries:?} {since:?}");
    }
}

#[test]
fn a_yanked_version_does_not_count_and_is_removed_once_it_is_the_oldest() {
    let keep = "keep: 2\n".to_owned();
    let mut workspace = Workspace::with_demo(&["1.0.0", "1.1.0", "1.2.0"], &["1.3.0"]);
    workspace.yank("demo", Some("1.1.0"), None).unwrap();
    workspace.policy.clone_from(&keep);
    let change = workspace.update(&ALL).unwrap();
    assert_eq!(workspace.entries(), ["demo@1.2.0", "demo@1.3.0"]);
    assert_eq!(change.pruned, ["demo@1.0.0", "demo@1.1.0"]);
    let mut workspace = Workspace::with_demo(&["1.0.0", "1.1.0"], &["1.2.0"]);
    workspace.yank("demo", Some("1.1.0"), None).unwrap();
    workspace.policy = keep;
    workspace.update(&ALL).unwrap();
    assert_eq!(
        workspace.entries(),
        ["demo@1.0.0", "demo@1.1.0", "demo@1.2.0"]
    );
    let yanked = workspace.text.matches("yanked:").count();
    assert_eq!(yanked, 1, "only what was yanked is");
}

#[test]
fn a_replaced_entry_keeps_its_comments_and_the_labels_of_others() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["1.1.0"]);
    let commented = workspace
        .text
        .replace("  - name: demo\n", "  # ours\n  - name: demo # the first\n");
    workspace.text = commented.trim_end().to_owned()
        + "\n      - { name: acme.org/team, value: tools, signing: true } # theirs\n";
    workspace.policy = "keep: 1\n".to_owned();
    let change = workspace.update(&ALL).unwrap();
    assert_eq!(change.pruned, ["demo@1.0.0"]);
    for kept in [
        "  # ours\n",
        " # the first\n",
        " # theirs\n",
        "version: 1.1.0\n",
    ] {
        assert!(workspace.text.contains(kept), "{}", workspace.text);
    }
    assert!(!workspace.text.contains("1.0.0"), "{}", workspace.text);
}

#[test]
fn a_mutable_version_is_re_pinned_and_marked() {
    let mut workspace = Workspace::with_demo(&["0.0.0-main", "1.0.0"], &[]);
    workspace.policy = "moving:\n  - { name: demo, version: 0.0.0-main }\nkeep: 1\n".to_owned();
    workspace.update(&ALL).unwrap();
    assert_eq!(
        workspace.text.matches("moving: true").count(),
        1,
        "{}",
        workspace.text
    );
    workspace.publish().unwrap();
    let before = workspace.text.clone();
    workspace.update(&ALL).unwrap();
    assert_eq!(workspace.text, before);
    // Published again with other content, as a registry that allows it has it.
    fs_err::remove_dir_all(workspace.path("store")).unwrap();
    let again = workspace.plugin_in("store", DEMO, "0.0.0-main", &["linux/amd64"]);
    workspace.plugin(DEMO, "1.0.0");
    let change = workspace.update(&ALL).unwrap();
    assert_eq!(change.changes.len(), 1);
    assert_eq!(change.changes[0].digest, again.component_digest);
    let platform = workspace.text.matches("darwin/arm64").count();
    assert_eq!(platform, 1, "its labels are those of the new content");
}

#[test]
fn a_lost_platform_is_a_major_change() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    workspace.plugin_in("store", DEMO, "1.1.0", &["linux/amd64"]);
    let change = workspace.update(&ALL).unwrap();
    assert_eq!(change.class, VersionClass::Major);
    assert_eq!(change.to, "v1.0.0");
}

#[test]
fn a_wrong_pin_is_replaced_and_a_right_one_is_not_changed() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    let right = workspace.text.clone();
    let change = workspace.update(&REPIN).unwrap();
    assert_eq!(
        (change.class, change.changes.len()),
        (VersionClass::None, 0)
    );
    assert_eq!(workspace.text, right);
    let line = right.lines().find(|line| line.starts_with("      value: "));
    let hex = line.unwrap().trim_start_matches("      value: ");
    workspace.text = right.replace(hex, &"ab".repeat(32));
    let change = workspace.update(&REPIN).unwrap();
    assert_eq!(change.class, VersionClass::Patch);
    assert_eq!(change.changes[0].digest, format!("sha256:{hex}"));
    assert_eq!(workspace.text, right.replace("v0.1.0", "v0.1.1"));
}

#[test]
fn a_plugin_that_cannot_be_read_does_not_block_others() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &["1.1.0"]);
    let other = "acme.org/plugins/other";
    workspace.plugin(other, "1.0.0");
    workspace.add(other).unwrap();
    let manifest = workspace.plugin(other, "2.0.0").manifest_digest;
    let blob = workspace
        .path("store/blobs")
        .join(manifest.replace(':', "."));
    fs_err::write(&blob, "spoilt").unwrap();
    let change = workspace.update(&ALL).unwrap();
    assert_eq!(
        workspace.entries(),
        ["demo@1.0.0", "demo@1.1.0", "other@1.0.0"]
    );
    assert_eq!(change.changes.len(), 1);
    assert_eq!(change.failed.len(), 1);
    assert_eq!(change.failed[0].name, "other");
    assert!(
        change.failed[0].message.contains(other),
        "{:?}",
        change.failed
    );
    // Where it is the only one, nothing changes.
    let before = workspace.text.clone();
    let names = ["other".to_owned()];
    let change = workspace
        .update(&Update {
            names: &names,
            ..ALL
        })
        .unwrap();
    assert_eq!((change.changes.len(), change.failed.len()), (0, 1));
    assert_eq!(workspace.text, before);
    fs_err::remove_file(blob).unwrap();
    let change = workspace.update(&ALL).unwrap();
    assert_eq!(
        change.failed.len(),
        1,
        "a missing blob is a failure as well"
    );
}

#[test]
fn what_a_limit_holds_back_is_reported() {
    let held_back = |version: &str| HeldBack {
        name: "demo".to_owned(),
        version: version.to_owned(),
        limit: Limit::Only,
    };
    for (since, update, expected) in [
        (
            &["1.0.1", "1.1.0", "2.0.0"][..],
            PATCH,
            vec![held_back("2.0.0")],
        ),
        (&["2.0.0"], MINOR, vec![held_back("2.0.0")]),
        (&["1.0.1"], PATCH, vec![]),
        (&["2.0.0"], ALL, vec![]),
    ] {
        let mut workspace = Workspace::with_demo(&["1.0.0"], since);
        let change = workspace.update(&update).unwrap();
        assert_eq!(change.held_back, expected, "{since:?} {update:?}");
    }
}

#[test]
fn an_update_ends_where_no_plugin_can_be_read() {
    let mut workspace = Workspace::new();
    for number in 0..9 {
        let component = format!("acme.org/plugins/p{number}");
        workspace.plugin(&component, "1.0.0");
        workspace.add(&component).unwrap();
    }
    fs_err::write(workspace.path("store/artifact-index.json"), "spoilt").unwrap();
    let error = workspace.update(&ALL).unwrap_err();
    assert!(!error.is_absence(), "{error}");
    assert_eq!(workspace.entries().len(), 9);
}
