//! An edit of any text is refused, or has exactly the intended effect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocm::constructor::Constructor;
use ocm::{ElementDigest, Label};
use keeper::edit::{self, Edit, Entry};

const NAME: &str = "fuzzed-entry";

fn digest() -> ElementDigest {
    ElementDigest {
        hash_algorithm: "SHA-256".to_owned(),
        normalisation_algorithm: "jsonNormalisation/v4alpha1".to_owned(),
        value: "0123456789abcdef".repeat(4),
    }
}

fn entries(constructor: &Constructor) -> usize {
    constructor
        .components
        .iter()
        .map(|component| component.references.len())
        .sum()
}

fuzz_target!(|text: &str| {
    let before = ocm::constructor::parse(text);
    let component = before.as_ref().map_or("acme.org/registry", |constructor| {
        constructor.components[0].name.value.as_str()
    });
    let entry = Entry {
        name: NAME.to_owned(),
        version: "1.0.0".to_owned(),
        component: "acme.org/plugins/fuzzed".to_owned(),
        digest: digest(),
        labels: vec![Label::signed(
            "description",
            "text: with # signs, and 'quotes'",
        )],
    };
    let edits = [
        Edit::Insert(entry),
        Edit::Version("9.9.9".to_owned()),
        Edit::Repin {
            index: 0,
            digest: digest(),
            labels: Some(vec![Label::signed("description", "another")]),
            version: None,
        },
        Edit::Remove { index: 0 },
        Edit::RemoveLabel {
            index: Some(0),
            name: "description".to_owned(),
        },
    ];
    // One edit per run: each reads the text several times.
    let edit = edits[text.len() % edits.len()].clone();
    let Ok(edited) = edit::apply(text, component, std::slice::from_ref(&edit)) else {
        return;
    };
    // A text that is not a constructor may also be edited, but then there is nothing to compare.
    let Ok(before) = &before else {
        return;
    };
    let after = match ocm::constructor::parse(&edited) {
        Ok(after) => after,
        // The entry duplicates an identity; `add` checks for that before it edits.
        Err(_) if matches!(edit, Edit::Insert(_)) && text.contains(NAME) => return,
        Err(error) => panic!("{edit:?}: {error}\n{edited}"),
    };
    let (old, new) = (entries(before), entries(&after));
    match edit {
        Edit::Insert(_) => assert_eq!(new, old + 1),
        Edit::Remove { .. } => assert_eq!(new + 1, old),
        Edit::Version(version) => {
            assert_eq!(new, old);
            assert_eq!(after.components[0].version.value.as_str(), version);
        }
        Edit::RemoveLabel { name, .. } => {
            assert_eq!(new, old);
            let mut labels = after.components[0].references[0].labels.iter();
            assert!(labels.all(|label| label.value.name != name));
        }
        _ => {
            assert_eq!(new, old);
            let pinned = after.components[0].references[0].digest.as_ref();
            assert_eq!(pinned.map(|digest| &digest.value), Some(&self::digest()));
        }
    }
});
