//! Version constraints of resolvers, against a table computed by the library of the official CLI,
//! `Masterminds/semver` 3.5.0.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may panic"
)]

use ocm::Version;
use ocm::version_constraint::VersionConstraint;
use serde_json::Value;

fn table(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/matching/");
    serde_json::from_slice(&std::fs::read(format!("{folder}{name}")).unwrap()).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn constraints_match_like_in_the_official_cli() {
    let table = table("constraints.json");
    let versions = texts(&table["versions"]);
    let rows = table["constraints"].as_array().unwrap();
    assert!(rows.len() > 280, "{}", rows.len());
    for row in rows {
        let text = row["constraint"].as_str().unwrap();
        let constraint = VersionConstraint::parse(text).ok();
        assert_eq!(constraint.is_none(), row["bad"] == true, "`{text}`");
        let Some(constraint) = constraint else {
            continue;
        };
        let fits = |version: &&str| constraint.matches(&Version::parse(version).unwrap());
        let found: Vec<_> = versions.iter().copied().filter(fits).collect();
        assert_eq!(found, texts(&row["fits"]), "`{text}`");
    }
}

#[test]
fn long_constraints_are_refused() {
    assert!(VersionConstraint::parse(&"1||".repeat(40)).is_err());
    assert!(VersionConstraint::parse(&format!(">={}1", " ".repeat(600))).is_err());
}
