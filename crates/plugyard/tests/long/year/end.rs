//! Compares the state at the end of the year with the expected one.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::yard::{REGISTRY, Yard};
use crate::year::keeper::{FILE, Keeper};
use crate::year::story::{Card, Year};
use crate::year::version::Version;

/// Every rule that was violated, and the commands that refused by themselves.
const REFUSALS: [&str; 18] = [
    "add",
    "binary-platform",
    "capabilities-known",
    "capability-unique",
    "component-allowed",
    "content-kept",
    "digest-correct",
    "digest-present",
    "labels-computed",
    "name-bound",
    "no-dollar",
    "not-removed",
    "nothing-lost",
    "platforms-required",
    "publish",
    "registry-version",
    "update",
    "version-not-lowered",
];

/// Compares everything.
pub(crate) fn check(year: &Year) {
    what_happened(year);
    let keeper = &year.keeper;
    git(keeper);
    tags(year);
    every_version_is_read(keeper);
    let reader = Yard::new();
    let reference = format!("{}:{}", keeper.registry(), keeper.state.version);
    let got = reader
        .done(&format!("component get {reference} -o json"))
        .json();
    assert_eq!(got, keeper.state.descriptor());
    let verified = reader.done(&format!("component verify {reference}"));
    assert!(
        verified.text().contains("all digests match"),
        "{}",
        verified.text()
    );
    keeper.passes("at the end", "check --all -o json");
    keeper.finds_nothing("update --repin");
    keeper.finds_nothing("update");
}

/// It was the year that was meant.
fn what_happened(year: &Year) {
    let released: usize = year.dealt.values().sum();
    assert_eq!(
        (released, year.upstream.released),
        (300, 300),
        "{:?}",
        year.dealt
    );
    assert_eq!(year.dealt[&Card::First], 30);
    let refusals: Vec<&str> = year.keeper.refused.keys().map(String::as_str).collect();
    assert_eq!(refusals, REFUSALS);
}

/// Every merge is a version, with the content that was published.
fn git(keeper: &Keeper) {
    let merges = "--merges --first-parent --reverse main";
    let log = |form: &str| {
        let mut arguments = vec!["log", form];
        arguments.extend(merges.split(' '));
        let text = keeper.git(&arguments);
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(log("--format=%s"), keeper.accepted);
    assert_eq!(
        keeper.git(&["branch", "--format=%(refname:short)"]),
        "main\n"
    );
    let commits = log("--format=%H");
    assert_eq!(commits.len(), keeper.history.len());
    let mut arguments = vec!["grep", "-h", "^version: "];
    arguments.extend(commits.iter().map(String::as_str));
    arguments.extend(["--", FILE]);
    let versions = keeper.git(&arguments);
    let line = |version: &Version| format!("version: {version}");
    let published = keeper.history.iter().map(|(state, _)| line(&state.version));
    let published: Vec<String> = published.collect();
    assert_eq!(versions.lines().collect::<Vec<_>>(), published);
}

/// The tags of the registry and of all plugins, and the targets of the former.
fn tags(year: &Year) {
    let history = &year.keeper.history;
    let versions: BTreeSet<String> = history
        .iter()
        .map(|(state, _)| state.version.to_string())
        .collect();
    assert_eq!(versions.len(), history.len());
    assert_eq!(year.upstream.tags_of(REGISTRY), versions);
    for (state, manifest) in history {
        let tag = state.version.to_string();
        assert_eq!(year.upstream.manifest(REGISTRY, &tag), *manifest, "{tag}");
    }
    for (component, tags) in year.upstream.tags() {
        assert_eq!(year.upstream.tags_of(component), tags, "{component}");
    }
}

/// Old versions are unchanged.
fn every_version_is_read(keeper: &Keeper) {
    let half = keeper.history.len().div_ceil(2);
    std::thread::scope(|scope| {
        for part in keeper.history.chunks(half) {
            scope.spawn(move || {
                let reader = Yard::new();
                for (state, _) in part {
                    let registry = format!("{}:{}", keeper.registry(), state.version);
                    let line = format!("list --all --registry {registry} -o json");
                    let expected = Value::Array(state.rows(keeper.repository()));
                    assert_eq!(reader.done(&line).json(), expected, "{registry}");
                }
            });
        }
    });
}
