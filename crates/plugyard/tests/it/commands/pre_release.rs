//! Registries whose version is a pre-release.

use serde_json::Value;

use crate::yard::{DEMO, Yard};

const CONSTRUCTOR: &str = "component-constructor.yaml";

/// The version of the registry.
fn version(yard: &Yard) -> String {
    let constructor = ocm::constructor::parse(&yard.read(CONSTRUCTOR)).unwrap();
    constructor.components[0].version.value.to_string()
}

/// Writes a version of the registry by hand.
fn set(yard: &Yard, to: &str) {
    let from = format!("\nversion: {}\n", version(yard));
    let text = yard.read(CONSTRUCTOR);
    assert!(text.contains(&from));
    yard.constructor(text.replacen(&from, &format!("\nversion: {to}\n"), 1));
}

/// A registry of `demo` 1.0.0, published with this version, and plugins that it does not have.
fn yard(published: &str) -> Yard {
    let yard = Yard::with_plugin();
    for name in ["one", "two", "three"] {
        yard.plugin(&format!("acme.org/plugins/{name}"), "1.0.0");
    }
    yard.plugin(DEMO, "1.1.0");
    yard.done("init --name acme.org/plugin-registry");
    yard.done(&format!("add {DEMO}:1.0.0"));
    set(&yard, published);
    let policy = yard.read("plugyard.yaml");
    yard.write(
        "plugyard.yaml",
        format!("rules: {{ capability-unique: off }}\n{policy}"),
    );
    yard.done("publish --first");
    yard
}

/// The gate's findings about the version.
#[track_caller]
fn called_for(yard: &Yard) -> Option<String> {
    let outcome = yard.run("check -o json");
    let document: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let found = document["findings"].as_array().unwrap();
    assert!(found.len() < 2, "{found:#?}");
    let finding = found.first()?;
    assert_eq!(finding["rule"], "registry-version", "{found:#?}");
    Some(finding["message"].as_str().unwrap().to_owned())
}

#[test]
fn pre_releases_increase_until_the_release() {
    let yard = yard("v0.1.0");
    set(&yard, "v0.2.0-rc.1");
    // The first pre-release is not published yet, and has the numbers that the change requires.
    yard.done("add acme.org/plugins/one");
    assert_eq!(version(&yard), "v0.2.0-rc.1");
    assert_eq!(called_for(&yard), None);
    let outcome = yard.done("diff");
    assert!(
        outcome
            .text()
            .contains("a minor change, from v0.1.0 to v0.2.0-rc.1"),
        "{}",
        outcome.text()
    );
    yard.done("publish");
    // It is published unchanged, so there is nothing to do.
    assert_eq!(called_for(&yard), None);
    yard.done("bump");
    assert_eq!(version(&yard), "v0.2.0-rc.1");
    assert!(yard.done("publish -o json").text().contains("unchanged"));
    // Every command that changes the registry moves to the next pre-release, once.
    yard.done("add acme.org/plugins/two");
    assert_eq!(version(&yard), "v0.2.0-rc.2");
    yard.done("add acme.org/plugins/three");
    assert_eq!(version(&yard), "v0.2.0-rc.2");
    assert_eq!(called_for(&yard), None);
    yard.done("publish");
    yard.done("remove three --reason broken");
    assert_eq!(version(&yard), "v0.2.0-rc.3");
    yard.done("publish");
    yard.done("update demo");
    assert_eq!(version(&yard), "v0.2.0-rc.4");
    yard.done("publish");
    // The gate detects a manual change, and `bump` does what it requires.
    let text = yard.read(CONSTRUCTOR);
    yard.constructor(text.replace("value: plugin-registry", "value: plugins"));
    assert_eq!(
        called_for(&yard).as_deref(),
        Some(
            "the pre-release v0.2.0-rc.4 is published with other content; the version must be at least v0.2.0-rc.5"
        )
    );
    assert_eq!(yard.run("publish").code, Some(1));
    set(&yard, "v0.2.0-rc.2");
    assert_eq!(
        called_for(&yard).as_deref(),
        Some(
            "the pre-release v0.2.0-rc.4 is published and higher; the version must be at least v0.2.0-rc.5"
        )
    );
    yard.done("bump");
    assert_eq!(version(&yard), "v0.2.0-rc.5");
    assert_eq!(called_for(&yard), None);
    yard.done("publish");
    // Users still get the stable version.
    let outcome =
        yard.done("list --registry ./transport-archive//acme.org/plugin-registry -o json");
    assert_eq!(outcome.json().as_array().unwrap().len(), 1);
    set(&yard, "v0.2.0");
    assert_eq!(called_for(&yard), None);
    yard.done("publish");
    let outcome =
        yard.done("list --registry ./transport-archive//acme.org/plugin-registry -o json");
    assert_eq!(outcome.json().as_array().unwrap().len(), 3);
}

#[test]
fn a_pre_release_has_the_numbers_that_the_change_requires() {
    let yard = yard("v0.1.0");
    set(&yard, "v0.1.1-rc.3");
    yard.done("update demo");
    assert_eq!(version(&yard), "v0.1.1-rc.3");
    assert_eq!(called_for(&yard), None);
    yard.done("publish");
    let before = yard.read(CONSTRUCTOR);
    yard.done("add acme.org/plugins/one");
    assert_eq!(version(&yard), "v0.2.0-rc.1");
    assert_eq!(called_for(&yard), None);
    // The same as a manual change.
    set(&yard, "v0.1.1-rc.4");
    assert_eq!(
        called_for(&yard).as_deref(),
        Some(
            "the change since the published v0.1.0 is minor: plugin `one` is new; the version must be at least v0.2.0-rc.1"
        )
    );
    let outcome = yard.done("diff");
    assert!(
        outcome
            .text()
            .contains("the version must be at least v0.2.0-rc.1, but is v0.1.1-rc.4"),
        "{}",
        outcome.text()
    );
    yard.done("bump");
    assert_eq!(version(&yard), "v0.2.0-rc.1");
    yard.done("publish");
    // A fix of a stable version is independent of pre-releases of another release.
    yard.constructor(&before);
    set(&yard, "v0.1.1");
    assert_eq!(called_for(&yard), None);
    yard.done("publish");
    // And a pre-release of a released version is not accepted.
    set(&yard, "v0.1.1-rc.9");
    assert_eq!(
        called_for(&yard).as_deref(),
        Some("the version of the registry decreases from v0.1.1 to v0.1.1-rc.9")
    );
}

#[test]
fn any_higher_version_is_accepted_before_the_first_stable_one() {
    let yard = yard("v1.0.0-rc.1");
    yard.done("bump");
    assert_eq!(version(&yard), "v1.0.0-rc.1");
    assert_eq!(called_for(&yard), None);
    yard.done("remove demo --reason broken");
    yard.done("add acme.org/plugins/one");
    assert_eq!(version(&yard), "v1.0.0-rc.2");
    assert_eq!(called_for(&yard), None);
    set(&yard, "v1.0.0");
    assert_eq!(called_for(&yard), None);
    for (too_low, lowest) in [("v1.0.0-rc.1", "v1.0.0-rc.2"), ("v0.9.0", "v1.0.0")] {
        set(&yard, too_low);
        let message = called_for(&yard).unwrap();
        assert!(
            message.ends_with(&format!("the version must be at least {lowest}")),
            "{message}"
        );
        yard.done("bump");
        assert_eq!(version(&yard), lowest);
        assert_eq!(called_for(&yard), None);
    }
    yard.done("publish");
}
