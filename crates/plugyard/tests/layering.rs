//! Holds the direction of the crates: `oci <- ocm <- registry <- plugyard`, `testkit` beside.

#![expect(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Direct dependencies of each package of the workspace, those of tests left out.
fn dependencies() -> Dependencies {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut shipped = Dependencies::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let on = shipped.entry(name.to_owned()).or_default();
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["kind"].as_str() != Some("dev") {
                on.insert(dependency["name"].as_str().unwrap().to_owned());
            }
        }
    }
    shipped
}

#[test]
fn each_crate_knows_only_those_to_its_left() {
    let shipped = dependencies();
    let layers = [
        ("plugyard-oci", &[][..]),
        ("plugyard-ocm", &["plugyard-oci"]),
        ("plugyard-registry", &["plugyard-oci", "plugyard-ocm"]),
        (
            "plugyard",
            &["plugyard-oci", "plugyard-ocm", "plugyard-registry"],
        ),
        // These stand outside, and share no type with what they are compared with.
        ("plugyard-testkit", &[]),
        ("gitinput", &[]),
        ("floor", &[]),
    ];
    let packages: BTreeSet<&str> = shipped.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = layers.iter().map(|(package, _)| *package).collect();
    assert_eq!(
        packages, known,
        "every package has its place in the layering"
    );
    for (package, allowed) in layers {
        let own: BTreeSet<&str> = shipped[package]
            .iter()
            .map(String::as_str)
            .filter(|on| packages.contains(on))
            .collect();
        assert_eq!(own, allowed.iter().copied().collect(), "{package}");
    }
}

#[test]
fn arguments_and_terminals_belong_to_the_binary() {
    let shipped = dependencies();
    for package in ["plugyard-oci", "plugyard-ocm", "plugyard-registry"] {
        for foreign in ["clap", "anyhow", "anstream", "annotate-snippets"] {
            assert!(
                !shipped[package].contains(foreign),
                "{package} on {foreign}"
            );
        }
    }
}

#[test]
fn the_network_belongs_to_the_lowest_crate() {
    for (package, on) in dependencies() {
        let speaks = on.contains("reqwest") || on.contains("rustls");
        assert!(!speaks || package == "plugyard-oci", "{package}");
    }
}

#[test]
fn yaml_is_read_in_one_crate() {
    for (package, on) in dependencies() {
        let reads = on
            .iter()
            .any(|name| name.contains("yaml") || name == "granit-parser");
        assert!(!reads || package == "plugyard-ocm", "{package}");
    }
}
