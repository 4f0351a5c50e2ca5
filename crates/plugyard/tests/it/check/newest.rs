//! The newest version of a plugin, as users get it, is what the rules look at.

use crate::check::registry::{findings, good, plugin, replace, rules};
use crate::yard::{DEMO, Yard};

const ARCHIVE: &str = "./transport-archive";

#[track_caller]
fn failed(yard: &Yard) -> Vec<String> {
    let found = findings(&yard.run("check -o json"));
    rules(&found, "fail").into_iter().collect()
}

#[test]
fn a_conflict_with_the_version_below_a_yanked_one_is_found() {
    let yard = good();
    plugin(&yard, ARCHIVE, "acme.org/plugins/twin", "1.0.0", "demo/v1");
    yard.done("add acme.org/plugins/twin");
    assert_eq!(failed(&yard), ["capability-unique"]);
    // Users get demo 1.0.0 now, which conflicts as well.
    yard.done("yank demo@1.1.0 --reason leaks");
    assert_eq!(failed(&yard), ["capability-unique"]);
    yard.done("yank demo --reason leaks");
    assert_eq!(failed(&yard), [""; 0]);
}

#[test]
fn yanking_the_newest_version_lowers_nothing_silently() {
    let yard = good();
    yard.done("publish");
    yard.done("yank demo@1.1.0 --reason leaks");
    assert_eq!(failed(&yard), [""; 0]);
    let difference = yard.done("diff -o json").json();
    assert_eq!(difference["class"], "patch");
    // Once yanked, it is not the newest version, and may go.
    yard.done("publish");
    replace(&yard, "reason: leaks", "reason: leaks more");
    assert_eq!(failed(&yard), ["registry-version"]);
}

#[test]
fn a_release_below_a_yanked_version_is_added_only_when_it_is_named() {
    let yard = good();
    yard.done("yank demo@1.1.0 --reason leaks");
    plugin(&yard, ARCHIVE, DEMO, "1.0.1", "demo/v1");
    // Nothing is newer than the highest listed version, although that one is yanked.
    let nothing = yard.done("update demo -o json").json();
    assert_eq!(nothing["changes"].as_array().unwrap().len(), 0);
    let changed = yard
        .done(&format!(
            "update demo --to 1.0.1 --component {DEMO} -o json"
        ))
        .json();
    assert_eq!(changed["changes"][0]["new"], "1.0.1");
    assert_eq!(changed["changes"].as_array().unwrap().len(), 1);
}
