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

/// What the gate says of the version.
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
fn each_pre_release_is_higher_than_the_one_before_and_then_comes_the_release() {
    let yard = yard("v0.1.0");
    set(&yard, "v0.2.0-rc.1");
    // The first is not published yet, and its numbers are what the change calls for.
    yard.done("add acme.org/plugins/one");
    assert_eq!(version(&yard), "v0.2.0-rc.1");
    assert_eq!(called_for(&yard), None);
    let told = yard.done("diff");
    assert!(
        told.text()
            .contains("a minor change, from v0.1.0 to v0.2.0-rc.1"),
        "{}",
        told.text()
    );
    yard.done("publish");
    // It is published as it is: nothing to do.
    assert_eq!(called_for(&yard), None);
    yard.done("bump");
    assert_eq!(version(&yard), "v0.2.0-rc.1");
    assert!(yard.done("publish -o json").text().contains("unchanged"));
    // Every command that changes the registry goes on to the next one, once.
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
    // A change by hand is seen by the gate, and `bump` does what it says.
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
    // Users have the stable version all the while.
    let told = yard.done("list --registry ./transport-archive//acme.org/plugin-registry -o json");
    assert_eq!(told.json().as_array().unwrap().len(), 1);
    set(&yard, "v0.2.0");
    assert_eq!(called_for(&yard), None);
    yard.done("publish");
    let told = yard.done("list --registry ./transport-archive//acme.org/plugin-registry -o json");
    assert_eq!(told.json().as_array().unwrap().len(), 3);
}

#[test]
fn the_numbers_of_a_pre_release_are_those_that_the_change_calls_for() {
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
    // The same by hand.
    set(&yard, "v0.1.1-rc.4");
    assert_eq!(
        called_for(&yard).as_deref(),
        Some(
            "the change since the published v0.1.0 is minor: plugin `one` is new; the version must be at least v0.2.0-rc.1"
        )
    );
    let told = yard.done("diff");
    assert!(
        told.text()
            .contains("the version must be at least v0.2.0-rc.1, but is v0.1.1-rc.4"),
        "{}",
        told.text()
    );
    yard.done("bump");
    assert_eq!(version(&yard), "v0.2.0-rc.1");
    yard.done("publish");
    // Who mends what is stable need not care about pre-releases of something else.
    yard.constructor(&before);
    set(&yard, "v0.1.1");
    assert_eq!(called_for(&yard), None);
    yard.done("publish");
    // And a pre-release of what is released is no way on.
    set(&yard, "v0.1.1-rc.9");
    assert_eq!(
        called_for(&yard).as_deref(),
        Some("the version of the registry decreases from v0.1.1 to v0.1.1-rc.9")
    );
}

#[test]
fn where_nothing_stable_is_published_whatever_is_higher_will_do() {
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
