//! Defects of the upstream pipeline of the official registry, and of its readers: its own test
//! cases, and its defects by number. Some numbers are missing, because they do not apply here.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod cases;
mod entries;
mod events;
mod forge;
mod publishing;
mod readers;
mod versions;
mod workflows;

use std::collections::BTreeSet;

use crate::yard::{Yard, entry, registry};

const CONSTRUCTOR: &str = "component-constructor.yaml";
const HELM: &str = "acme.org/plugins/helminput";

/// The registry's version, and its entries.
fn contents(yard: &Yard) -> (String, Vec<String>) {
    contents_of(&yard.read(CONSTRUCTOR))
}

/// The same for the text of a constructor.
fn contents_of(text: &str) -> (String, Vec<String>) {
    let constructor = ocm::constructor::parse(text).unwrap();
    let registry = &constructor.components[0];
    let entries = registry.references.iter();
    (
        registry.version.value.to_string(),
        entries
            .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
            .collect(),
    )
}

/// A registry in this version, with these entries, whose plugins are published.
fn unpublished(version: &str, entries: &[&str]) -> Yard {
    let yard = Yard::new();
    let entries: Vec<String> = entries
        .iter()
        .map(|text| {
            let (name, version) = text.split_once('@').unwrap();
            let component = format!("acme.org/plugins/{name}");
            let digest = yard.plugin(&component, version);
            entry(name, version, &component, &digest)
        })
        .collect();
    yard.constructor(registry(version, &entries));
    yard
}

/// A registry published in this version, with these entries.
fn published(version: &str, entries: &[&str]) -> Yard {
    let yard = unpublished(version, entries);
    yard.done("publish --first");
    yard
}

/// The numbers in the list of defects; 21 and 24 do not exist.
fn numbers() -> impl Iterator<Item = u32> {
    (1..=25).filter(|number| ![21, 24].contains(number))
}

#[test]
fn every_defect_has_a_test_named_after_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/upstream");
    let mut tested = BTreeSet::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let text = fs_err::read_to_string(entry.unwrap().path()).unwrap();
        let names = text
            .split("#[test]\nfn defect")
            .skip(1)
            .filter_map(|rest| rest.split('(').next());
        for name in names {
            tested.extend(name.split('_').map_while(|word| match word {
                "" | "s" | "and" => Some(None),
                word => word.parse::<u32>().ok().map(Some),
            }));
        }
    }
    let tested: Vec<u32> = tested.into_iter().flatten().collect();
    assert_eq!(tested, numbers().collect::<Vec<_>>());
}
