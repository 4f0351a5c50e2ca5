//! The labels of our own: strict and lenient reading, tombstones, merging.

use ocm::Label;
use registry::labels::{ENTRY, EntryLabel, REGISTRY, RegistryLabel, Yanked};
use registry::three_way::Conflict;
use registry::tombstone::{Tombstone, Tombstones};
use serde_json::{Value, json};

fn entry(value: Value) -> Vec<Label> {
    vec![Label::signed(ENTRY, value)]
}

fn registry(value: Value) -> Vec<Label> {
    vec![Label::signed(REGISTRY, value)]
}

fn tombstone(version: Option<&str>, reason: &str) -> Tombstone {
    Tombstone {
        name: "demo".to_owned(),
        component: "acme.org/plugins/demo".to_owned(),
        version: version.map(str::to_owned),
        reason: reason.to_owned(),
    }
}

#[test]
fn the_gate_reads_strictly_and_users_leniently() {
    // (value, what the strict reader reports, whether the lenient reader sees the yank)
    let yanked = json!({ "reason": "leaks" });
    for (value, error, seen) in [
        (json!({ "schema": 1, "yanked": yanked }), None, true),
        (
            json!({ "schema": 1, "yanked": yanked, "since": "now" }),
            Some("it has the unknown key `since`"),
            true,
        ),
        (
            json!({ "schema": 2, "yanked": yanked }),
            Some("its schema is 2, and only 1 is supported"),
            true,
        ),
        (
            json!({ "yanked": yanked }),
            Some("it has no `schema: 1`"),
            true,
        ),
        (
            json!({ "schema": 1, "yanked": true }),
            Some("invalid type: boolean `true`, expected struct Yanked"),
            false,
        ),
        (json!(["yanked"]), Some("it is not an object"), false),
    ] {
        let labels = entry(value);
        let strict = EntryLabel::strict(&labels).map_err(|invalid| invalid.to_string());
        assert_eq!(strict.err().as_deref(), error, "{labels:?}");
        assert_eq!(EntryLabel::of(&labels).yanked.is_some(), seen, "{labels:?}");
        let json = labels[0].value.to_string();
        assert_eq!(EntryLabel::<String>::parse(&json), EntryLabel::of(&labels));
    }
    assert_eq!(EntryLabel::strict(&[]), Ok(EntryLabel::default()));
}

#[test]
fn unusable_parts_of_a_registrys_label_are_reported() {
    let labels = registry(json!({
        "schema": 1,
        "sources": ["ghcr.io/acme", 7, ""],
        "removed": [{ "component": "acme.org/plugins/demo" }, { "version": "1.0.0" }],
    }));
    let (read, problems) = RegistryLabel::with_problems(&labels);
    assert_eq!(read.sources, ["ghcr.io/acme"]);
    assert_eq!(read.removed.len(), 1);
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "`sources` is not a list of repositories",
            "`sources` is not a list of repositories",
            "`removed` is not a list of tombstones: missing field `component`",
        ]
    );
    for (value, error) in [
        (
            json!({ "schema": 1, "sources": "ghcr.io" }),
            "`sources` is not a list of repositories",
        ),
        (
            json!({ "schema": 1, "removed": {} }),
            "`removed` is not a list of tombstones: expected a list",
        ),
        (
            json!({ "schema": 1, "signers": [] }),
            "it has the unknown key `signers`",
        ),
        (json!(1), "it is not an object"),
    ] {
        let error_read = RegistryLabel::strict(&registry(value)).unwrap_err();
        assert_eq!(error_read.to_string(), error);
    }
}

#[test]
fn an_empty_label_is_not_written() {
    assert_eq!(EntryLabel::default().label(), None);
    let moving = EntryLabel {
        moving: true,
        ..EntryLabel::default()
    };
    assert_eq!(
        moving.label().unwrap().value,
        json!({ "moving": true, "schema": 1 })
    );
}

#[test]
fn yanking_keeps_the_other_members_of_the_label() {
    let yanked = Yanked {
        reason: "leaks".to_owned(),
        instead: Some("other".to_owned()),
    };
    let before = entry(json!({ "schema": 1, "since": "2026", "moving": true }));
    let label = EntryLabel::with_yanked(&before, &yanked);
    assert!(label.signing);
    assert_eq!(
        label.value,
        json!({ "schema": 1, "since": "2026", "moving": true, "yanked": { "reason": "leaks", "use": "other" } })
    );
}

#[test]
fn a_tombstone_replaces_one_for_the_same_version() {
    let before = registry(json!({ "sources": ["ghcr.io/acme"], "removed": [
        { "component": "acme.org/plugins/demo", "version": "v1.0.0", "reason": "old" },
        { "component": "acme.org/plugins/demo", "reason": "every version" },
        "not a tombstone",
    ] }));
    let label = RegistryLabel::with_tombstones(&before, &[tombstone(Some("1.0"), "new")]).unwrap();
    assert_eq!(
        label.value,
        json!({ "schema": 1, "sources": ["ghcr.io/acme"], "removed": [
            { "component": "acme.org/plugins/demo", "reason": "every version" },
            "not a tombstone",
            { "name": "demo", "component": "acme.org/plugins/demo", "version": "1.0", "reason": "new" },
        ] })
    );
    for broken in [json!([]), json!({ "removed": {} })] {
        assert!(RegistryLabel::with_tombstones(&registry(broken), &[]).is_err());
    }
}

#[test]
fn a_tombstone_covers_one_version_or_all() {
    let tombstones = Tombstones::new(vec![
        tombstone(Some("v1.0.0"), "one"),
        tombstone(Some("1.0"), "one again"),
        tombstone(None, "all"),
    ]);
    let reason = |version| {
        let found = tombstones.of("acme.org/plugins/demo", version);
        found.map(|tombstone| tombstone.reason.as_str())
    };
    assert_eq!(reason("1.0.0"), Some("one"));
    assert_eq!(reason("2.0.0"), Some("all"));
    assert_eq!(tombstones.of("acme.org/plugins/other", "1.0.0"), None);
}

#[test]
fn tombstones_are_merged_as_a_set() {
    let stone = |version: &str, reason: &str| json!({ "component": "c", "version": version, "reason": reason });
    let label = |removed: &[Value]| json!({ "schema": 1, "removed": removed });
    let base = label(&[stone("1.0.0", "a"), stone("2.0.0", "b")]);
    let ours = label(&[stone("2.0.0", "b"), stone("4.0.0", "d")]);
    let theirs = label(&[
        stone("1.0.0", "a"),
        stone("2.0.0", "better"),
        stone("3.0.0", "c"),
    ]);
    let merged = label(&[
        stone("2.0.0", "better"),
        stone("3.0.0", "c"),
        stone("4.0.0", "d"),
    ]);
    assert_eq!(
        RegistryLabel::merge(Some(&base), &ours, &theirs),
        Ok(merged.clone())
    );
    assert_eq!(
        RegistryLabel::merge(Some(&base), &theirs, &ours),
        Ok(merged)
    );
    let other = label(&[stone("v2.0.0", "worse")]);
    assert_eq!(
        RegistryLabel::merge(Some(&base), &theirs, &other),
        Err(Conflict)
    );
    // Every other member is merged separately.
    let (ours, theirs) = (
        json!({ "schema": 1, "sources": ["a"] }),
        json!({ "schema": 1, "threshold": 2 }),
    );
    assert_eq!(
        RegistryLabel::merge(Some(&json!({ "schema": 1 })), &ours, &theirs),
        Ok(json!({ "schema": 1, "sources": ["a"], "threshold": 2 }))
    );
}
