//! The versions of the registry.

use crate::upstream::{CONSTRUCTOR, HELM, contents, published, unpublished};
use crate::yard::{PUBLISHED, Yard};

#[test]
fn defect_3_the_version_prefix_is_kept() {
    let yard = published("v0.0.1", &["helminput@1.0.0"]);
    for (version, expected) in [("1.1.0", "v0.0.2"), ("1.2.0", "v0.0.3")] {
        yard.plugin(HELM, version);
        yard.done("update");
        yard.done("publish");
        assert_eq!(contents(&yard).0, expected);
    }
}

/// The current version, the next with another version of a plugin, and with another plugin. A
/// pre-release stays one.
const NEXT: [(&str, &str, &str); 15] = [
    ("v0.0.1", "v0.0.2", "v0.1.0"),
    ("0.0.1", "0.0.2", "0.1.0"),
    ("1.9.9", "1.9.10", "1.10.0"),
    ("v1.2.3", "v1.2.4", "v1.3.0"),
    ("1.2.3-rc.4", "1.2.3-rc.5", "1.2.3-rc.5"),
    ("1.2.3-alpha", "1.2.3-alpha.1", "1.2.3-alpha.1"),
    ("1.2.3-alpha.1", "1.2.3-alpha.2", "1.2.3-alpha.2"),
    ("1.2.3+b", "1.2.4", "1.3.0"),
    ("1.2.3-rc.1+b", "1.2.3-rc.2", "1.2.3-rc.2"),
    ("0.0.0-main", "0.0.0-main.1", "0.0.0-main.1"),
    ("v0.0.0-main", "v0.0.0-main.1", "v0.0.0-main.1"),
    ("\"1.2\"", "1.2.1", "1.3.0"),
    ("v1", "v1.0.1", "v1.1.0"),
    ("v1.2.3-v4", "v1.2.3-v4.1", "v1.2.3-v4.1"),
    ("1.2.9-v4", "1.2.9-v4.1", "1.2.9-v4.1"),
];

#[test]
fn defect_4_no_version_becomes_nan() {
    for (current, existing, new) in NEXT {
        let yard = published(current, &["helminput@1.0.0"]);
        yard.plugin(HELM, "1.1.0");
        yard.done("update");
        assert_eq!(contents(&yard).0, existing, "{current}, an existing plugin");
        yard.plugin("acme.org/plugins/other", "1.0.0");
        yard.done("add acme.org/plugins/other");
        assert_eq!(contents(&yard).0, new, "{current}, a new plugin");
        // It can be published and is then the latest version.
        yard.done("publish");
        let latest = yard
            .done(&format!("component get {PUBLISHED} -o json"))
            .json();
        assert_eq!(latest["component"]["version"], new, "{current}");
    }
}

#[test]
fn defect_4_an_invalid_version_is_refused_at_its_location() {
    for (spelled, message) in [
        ("version: 1.2.3.4\n", "`1.2.3.4`"),
        ("version: \"\"\n", "version"),
        ("", "`version`"),
        ("version: latest\n", "`latest`"),
        ("version: 1.2.NaN\n", "`1.2.NaN`"),
        ("version: 4.undefined.NaN\n", "`4.undefined.NaN`"),
        ("version: 0.0.undefined\n", "`0.0.undefined`"),
    ] {
        let yard = unpublished("v0.2.0", &["helminput@1.0.0"]);
        yard.plugin(HELM, "1.1.0");
        let text = yard.read(CONSTRUCTOR).replace("version: v0.2.0\n", spelled);
        yard.constructor(text);
        for line in ["update", "bump", "publish --first"] {
            refuses(&yard, line, spelled, message);
        }
    }
}

#[track_caller]
fn refuses(yard: &Yard, line: &str, spelled: &str, message: &str) {
    let outcome = yard.writes_nothing(line);
    assert_eq!(outcome.code, Some(1), "{line}, {spelled:?}");
    let said = &outcome.stderr;
    assert!(said.contains(message), "{line}, {spelled:?}: {said}");
    assert!(said.contains(&format!("{CONSTRUCTOR}:")), "{said}");
    assert!(!said.contains("NaN") || spelled.contains("NaN"), "{said}");
}
