//! What differs between two registry versions, where it depends on which version is the newest.

use ocm::Reference;
use registry::diff::{Content, Kind, diff};
use registry::labels::{self, EntryLabel, Yanked};
use registry::version_class::VersionClass;

use crate::archive::{DEMO, REGISTRY, entry, plugin, registry};

/// An entry of `demo` for these platforms.
fn demo(version: &str, platforms: &[&str], yanked: bool) -> Reference {
    let yanked = yanked.then(|| Yanked {
        reason: "leaks".to_owned(),
        instead: None,
    });
    let label = EntryLabel {
        yanked,
        ..EntryLabel::default()
    };
    let mut entry = entry("demo", &plugin(DEMO, version), &label);
    let platforms: Vec<String> = platforms.iter().map(|&text| text.to_owned()).collect();
    let labels = entry.labels.as_mut().unwrap();
    labels[0] = labels::plugin_info("Reads demo", &platforms);
    entry
}

fn content(entries: &[&Reference]) -> Content {
    let entries = entries.iter().map(|&entry| entry.clone()).collect();
    Content::of_descriptor(&registry(REGISTRY, "v1.0.0", entries))
}

#[test]
fn a_yank_and_lifting_one_are_patches_whatever_becomes_newest() {
    let both = ["linux/amd64", "darwin/arm64"];
    let old = demo("1.0.0", &both[..1], false);
    let new = demo("2.0.0", &both, false);
    let yanked = demo("2.0.0", &both, true);
    for (before, after, kind) in [
        (&new, &yanked, Kind::Yanked),
        (&yanked, &new, Kind::Metadata),
    ] {
        let outcome = diff(&content(&[&old, before]), &content(&[&old, after]), None);
        assert_eq!(outcome.class, VersionClass::Patch, "{:?}", outcome.reasons);
        let kinds: Vec<Kind> = outcome.changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [kind]);
    }
}

#[test]
fn what_a_yanked_version_had_is_not_lost_with_it() {
    let both = ["linux/amd64", "darwin/arm64"];
    let old = demo("1.0.0", &both[..1], false);
    let yanked = demo("2.0.0", &both, true);
    let fine = demo("2.0.0", &both, false);
    let class = |before: &[&Reference], after: &[&Reference]| {
        diff(&content(before), &content(after), None).class
    };
    assert_eq!(class(&[&old, &yanked], &[&old]), VersionClass::Patch);
    assert_eq!(class(&[&old, &fine], &[&old]), VersionClass::Major);
    // A fix below a yanked version updates what users get.
    let fix = demo("1.0.1", &both[..1], false);
    let outcome = diff(
        &content(&[&old, &yanked]),
        &content(&[&old, &fix, &yanked]),
        None,
    );
    assert_eq!(outcome.changes[0].kind, Kind::Updated);
    assert_eq!(outcome.reasons, ["`demo` is updated from 1.0.0 to 1.0.1"]);
}
