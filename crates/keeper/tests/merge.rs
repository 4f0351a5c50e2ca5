//! Merging constructors by meaning, without git.
#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "tests may panic, and need not be fast"
)]

use std::collections::BTreeSet;

use keeper::merge::{Merged, merge};
use testkit::Random;
use testkit::history::Model;
use testkit::random::cases;

fn clean(base: &str, ours: &str, theirs: &str) -> String {
    match merge(base, ours, theirs).unwrap() {
        Merged::Clean(text) => text,
        Merged::Conflicts { text, about } => panic!("{about:?}\n{text}"),
    }
}

/// Reads a constructor back into the model.
fn read(text: &str) -> Model {
    let document = ocm::yaml::parse(text, ocm::yaml::Limits::constructor()).unwrap();
    Model::from_tree(&document.root.to_json().unwrap())
}

/// The comments, which name their subject.
fn comments(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter(|line| line.trim_start().starts_with('#'))
        .collect()
}

#[test]
fn random_histories_merge_like_the_model_in_either_order() {
    let (mut merged, mut conflicts) = (0, 0);
    for seed in 0..cases(300) {
        let mut random = Random::new(seed);
        let base = Model::random(&mut random);
        let (one, other) = (base.changed(&mut random), base.changed(&mut random));
        let flow = random.chance(30);
        let line_break = |text: String| {
            if seed % 5 == 0 {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        };
        let [base_text, one_text, other_text] =
            [&base, &one, &other].map(|model| line_break(model.text(flow)));
        for (ours, theirs) in [(&one_text, &other_text), (&other_text, &one_text)] {
            let show = || format!("seed {seed}\nbase\n{base_text}\nours\n{ours}\ntheirs\n{theirs}");
            let outcome = merge(&base_text, ours, theirs);
            match (Model::merged(&base, &one, &other), outcome.unwrap()) {
                (Some(expected), Merged::Clean(text)) => {
                    assert_eq!(read(&text), expected, "{}\nmerged\n{text}", show());
                    let stay = comments(ours).into_iter().filter(|comment| {
                        comment.contains("by hand")
                            || expected.entries.keys().any(|(name, version)| {
                                comment.ends_with(&format!(" {name}@1.{version}.0"))
                            })
                    });
                    let left = comments(&text);
                    for comment in stay {
                        assert!(
                            left.contains(comment),
                            "{comment} is lost: {}\n{text}",
                            show()
                        );
                    }
                    assert_eq!(text.contains("\r\n"), ours.contains("\r\n"));
                    merged += 1;
                }
                (None, Merged::Conflicts { text, .. }) => {
                    let count =
                        |mark: &str| text.lines().filter(|line| line.starts_with(mark)).count();
                    let counts = ["<<<<<<< ours", "=======", ">>>>>>> theirs"].map(count);
                    assert!(
                        counts[0] > 0 && counts == [counts[0]; 3],
                        "{}\n{text}",
                        show()
                    );
                    conflicts += 1;
                }
                (None, Merged::Clean(text)) => panic!("a conflict is missing: {}\n{text}", show()),
                (Some(_), Merged::Conflicts { text, about }) => {
                    panic!("needless conflict about {about:?}: {}\n{text}", show())
                }
            }
        }
    }
    assert!(merged > 0 && conflicts > 0, "{merged} {conflicts}");
}

const HEAD: &str = "provider: { name: acme.org }\ncomponentReferences:\n";

fn registry(version: &str, entries: &[(&str, &str, char)]) -> String {
    let mut text = format!("name: acme.org/registry\nversion: {version}\n{HEAD}");
    for (name, version, pin) in entries {
        text += &format!(
            "  - name: {name}\n    version: {version}\n    componentName: acme.org/plugins/{name}\n    digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {} }}\n",
            pin.to_string().repeat(64)
        );
    }
    text
}

#[test]
fn the_version_is_the_lowest_that_covers_both_changes() {
    let aa = ("aa", "1.0.0", 'a');
    let patch = |pin| ("aa", "1.1.0", pin);
    let new = |name| (name, "1.0.0", 'a');
    for (base, one, other, expected) in [
        // Two sides that each raised the version by a patch.
        (
            registry("v1.2.0", &[aa]),
            registry("v1.2.1", &[aa, patch('b')]),
            registry("v1.2.1", &[aa, ("aa", "1.2.0", 'c')]),
            "v1.2.2",
        ),
        // A minor change followed by a patch.
        (
            registry("v1.2.0", &[aa]),
            registry("v1.3.0", &[aa, new("bb")]),
            registry("v1.2.1", &[aa, patch('b')]),
            "v1.3.1",
        ),
        (
            registry("1.2.0", &[aa]),
            registry("1.3.0", &[aa, new("bb")]),
            registry("1.3.0", &[aa, new("cc")]),
            "1.4.0",
        ),
        // Nothing is published yet, so neither side raises the version.
        (
            registry("v0.1.0", &[aa]),
            registry("v0.1.0", &[aa, new("bb")]),
            registry("v0.1.0", &[aa, new("cc")]),
            "v0.1.0",
        ),
        // The same change on both sides counts once.
        (
            registry("v1.2.0", &[aa]),
            registry("v1.2.1", &[aa, patch('b')]),
            registry("v1.2.1", &[aa, patch('b')]) + "# the same\n",
            "v1.2.1",
        ),
        // One side raised only the version.
        (
            registry("v1.2.0", &[aa]),
            registry("v1.5.0", &[aa]),
            registry("v1.2.1", &[aa, patch('b')]),
            "v1.5.0",
        ),
    ] {
        for (ours, theirs) in [(&one, &other), (&other, &one)] {
            let text = clean(&base, ours, theirs);
            assert!(
                text.contains(&format!("\nversion: {expected}\n")),
                "{expected}\n{text}"
            );
        }
    }
}

#[test]
fn a_conflict_is_marked_and_the_rest_is_merged() {
    let aa = ("aa", "1.0.0", 'a');
    let base = registry("v1.0.0", &[aa]);
    let ours = registry("v1.0.1", &[aa, ("aa", "1.1.0", 'b')]);
    let theirs = registry("v1.1.0", &[aa, ("aa", "1.1.0", 'c'), ("zz", "1.0.0", 'd')]);
    let Merged::Conflicts { text, about } = merge(&base, &ours, &theirs).unwrap() else {
        panic!("no conflict");
    };
    assert_eq!(about, ["entry `aa` 1.1.0"]);
    let digest = |pin: char| {
        format!(
            "    digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {} }}\n",
            pin.to_string().repeat(64)
        )
    };
    let marked = |pin| {
        format!(
            "  - name: aa\n    version: 1.1.0\n    componentName: acme.org/plugins/aa\n{}",
            digest(pin)
        )
    };
    let expected = format!(
        "<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n  - name: zz\n",
        marked('b'),
        marked('c')
    );
    assert!(text.contains(&expected), "{text}");
}

#[test]
fn changing_and_removing_the_same_entry_is_a_conflict() {
    let (aa, zz) = (("aa", "1.0.0", 'a'), ("zz", "1.0.0", 'a'));
    let base = registry("v1.0.0", &[aa, zz]);
    let without = registry("v2.0.0", &[aa]);
    let changed = registry("v1.0.1", &[aa, ("zz", "1.0.0", 'b')]);
    for (ours, theirs, expected) in [
        (&without, &changed, "<<<<<<< ours\n=======\n  - name: zz\n"),
        (&changed, &without, "=======\n>>>>>>> theirs\n"),
    ] {
        let Merged::Conflicts { text, .. } = merge(&base, ours, theirs).unwrap() else {
            panic!("no conflict");
        };
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_label_removed_on_one_side_is_removed() {
    let label = |text: &str| {
        let label = "    labels:\n      - { name: team, value: one, signing: true }\n";
        registry("v1.0.0", &[("aa", "1.0.0", 'a'), ("bb", "1.0.0", 'b')]) + label + text
    };
    let own =
        "      - { name: plugyard/entry, value: { schema: 1, moving: true }, signing: true }\n";
    let (base, without) = (label(own), label(""));
    let changed = base.replace("version: v1.0.0", "version: v1.0.1");
    let changed = changed.replace("value: one", "value: two");
    let merged = label("")
        .replace("version: v1.0.0", "version: v1.0.1")
        .replace("value: one", "value: two");
    assert_eq!(clean(&base, &changed, &without), merged);
    assert_eq!(clean(&base, &without, &changed), merged);
    // Not if the other side changed it.
    let other = base.replace("moving: true", "moving: false");
    assert!(matches!(
        merge(&base, &other, &without).unwrap(),
        Merged::Conflicts { .. }
    ));
    let of_registry = |text: &str| {
        registry("v1.0.0", &[("aa", "1.0.0", 'a')])
            .replace("componentRef", &format!("{text}componentRef"))
    };
    let labels = "labels:\n  - { name: one, value: one }\n  - { name: two, value: one }\n";
    let left = "labels:\n  - { name: two, value: one }\n";
    let (base, without) = (of_registry(labels), of_registry(left));
    let ours = base.replace("name: two, value: one", "name: two, value: two");
    let merged = without.replace("name: two, value: one", "name: two, value: two");
    assert_eq!(clean(&base, &ours, &without), merged);
}

#[test]
fn a_name_cannot_be_bound_to_two_components() {
    let base = registry("v1.0.0", &[("aa", "1.0.0", 'a')]);
    let ours = registry("v1.1.0", &[("aa", "1.0.0", 'a'), ("bb", "1.0.0", 'b')]);
    let theirs = registry("v1.1.0", &[("aa", "1.0.0", 'a'), ("bb", "2.0.0", 'b')])
        .replace("acme.org/plugins/bb", "evil.org/plugins/bb");
    assert!(matches!(
        merge(&base, &ours, &theirs).unwrap(),
        Merged::Conflicts { .. }
    ));
}

#[test]
fn changes_that_cannot_be_merged_by_meaning_are_refused() {
    let base = registry("v1.0.0", &[("aa", "1.0.0", 'a')]);
    let ours = registry("v1.0.1", &[("aa", "1.0.0", 'b')]);
    let other_provider = base.replace("{ name: acme.org }", "{ name: acme.com }");
    assert!(merge(&base, &ours, &other_provider).is_err());
    assert!(merge(&base, &ours, "not: a: constructor").is_err());
    assert!(merge("<<<<<<<", &ours, &base).is_err());
    // Our side may have changed it.
    let theirs = registry("v1.0.1", &[("aa", "1.0.0", 'b')]);
    assert!(clean(&base, &other_provider, &theirs).contains("acme.com"));
}
