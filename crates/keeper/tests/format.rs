//! Formatting of constructors: layouts one by one, then random ones.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use keeper::edit::{Edit, Entry, apply};
use keeper::format::{FormatError, format};
use ocm::Diagnostic;
use ocm::yaml::Span;
use testkit::Random;
use testkit::constructor::{Generated, generate};
use testkit::random::cases;

/// Formats a text, and formats the result again.
#[track_caller]
fn assert_formatted(before: &str, after: &str) -> Vec<String> {
    let formatted = match format(before) {
        Ok(formatted) => formatted,
        Err(error) => panic!("{before}\n{error}"),
    };
    let found = &formatted.text;
    assert!(
        found == after,
        "from\n{before}\nexpected\n{after}\nfound\n{found}\n{found:?}"
    );
    let again = format(after).unwrap();
    assert_eq!(again.text, after);
    assert_eq!(again.changes, []);
    formatted
        .notes
        .into_iter()
        .map(|note| note.message)
        .collect()
}

const HEAD: &str = "name: acme.org/registry\nversion: v1.0.0\nprovider: { name: acme.org }\n";

#[test]
fn the_original_sketch_gets_the_official_spelling() {
    let sketch = "\
# Registry Component: ghcr.io/ocm/registry//ocm.software/plugin-registry:v1.0.0
name: ocm.software/plugin-registry
version: v1.0.0
provider: ocm.software
labels:
  - name: category
    value: plugin-registry
  - name: registry
    value: official
  - name: description
    value: Official OCM plugin registry
references:
  - name: helminput
    version: 0.0.1
    component: ocm.software/plugins/helminput
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v1
      value: def456...
";
    let expected = "\
# Registry Component: ghcr.io/ocm/registry//ocm.software/plugin-registry:v1.0.0
name: ocm.software/plugin-registry
version: v1.0.0
provider: { name: ocm.software }
labels:
  - name: category
    value: plugin-registry
  - name: registry
    value: official
  - name: description
    value: Official OCM plugin registry
componentReferences:
  - name: helminput
    version: 0.0.1
    componentName: ocm.software/plugins/helminput
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v1
      value: def456...
";
    let notes = assert_formatted(sketch, expected);
    assert_eq!(
        notes,
        [
            "digest of `helminput` uses the normalisation `jsonNormalisation/v1`, which is not supported: \
          run `plugyard update helminput --repin`"
        ]
    );
    let formatted = format(sketch).unwrap();
    let changes: Vec<_> = formatted
        .changes
        .iter()
        .map(|change| (change.span.slice(sketch), change.message.as_str()))
        .collect();
    assert_eq!(
        changes,
        [
            ("ocm.software", "`provider` becomes an object with `name`"),
            ("references", "`references` becomes `componentReferences`"),
            (
                "component",
                "`component` of `helminput` becomes `componentName`"
            ),
        ]
    );
}

#[test]
fn layout_and_comments_are_kept() {
    let cases = [
        (
            "provider: 'acme.org' # p\n",
            "provider: { name: 'acme.org' } # p\n",
        ),
        (
            "provider: &p acme.org\n",
            "provider: { name: &p acme.org }\n",
        ),
        ("provider: a, b\n", "provider: { name: \"a, b\" }\n"),
        (
            "provider:\n  # p\n  acme.org\n",
            "provider:\n  # p\n  { name: acme.org }\n",
        ),
        (
            "provider: |-\n  acme.org\n",
            "provider: { name: acme.org }\n",
        ),
        ("provider: acme.org", "provider: { name: acme.org }"),
    ];
    let head = "# top\nname: acme.org/registry\nversion: v1.0.0\n\n";
    for (before, after) in cases {
        let (before, after) = (format!("{head}{before}"), format!("{head}{after}"));
        assert_formatted(&before, &after);
        let crlf = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_formatted(&crlf(&before), &crlf(&after));
    }
    assert_formatted(
        "{\"name\": \"acme.org/x\", version: v1, \"provider\": \"acme.org\", references: [{name: ab, component: acme.org/b, version: v1}]}",
        "{\"name\": \"acme.org/x\", version: v1, \"provider\": { \"name\": \"acme.org\" }, componentReferences: [{name: ab, version: v1, componentName: acme.org/b}]}",
    );
    assert_formatted(
        "components:\n- name: acme.org/x\n  version: v1\n  provider: &p acme.org\n  'references': # r\n- name: acme.org/y\n  version: v1\n  provider: *p\n",
        "components:\n- name: acme.org/x\n  version: v1\n  provider: { name: &p acme.org }\n  'componentReferences': # r\n- name: acme.org/y\n  version: v1\n  provider: { name: *p }\n",
    );
}

fn entry(lines: &str) -> String {
    format!("{HEAD}componentReferences:\n{lines}")
}

#[test]
fn keys_of_entries_are_sorted() {
    let cases = [
        (
            "  - version: v1 # v\n    name: ab # n\n    componentName: acme.org/b\n",
            "  - name: ab # n\n    version: v1 # v\n    componentName: acme.org/b\n",
        ),
        (
            "  # e\n  - name: ab\n\n    # c\n    # d\n    componentName: acme.org/b # x\n    version: v1\n  # f\n",
            "  # e\n  - name: ab\n\n    version: v1\n    # c\n    # d\n    componentName: acme.org/b # x\n  # f\n",
        ),
        (
            "  - name: ab\n    labels:\n    - value: { a: b }\n      # n\n      name: l\n      signing: true\n    digest: { value: a, hashAlgorithm: b, normalisationAlgorithm: c }\n    version: v1\n    componentName: acme.org/b",
            "  - name: ab\n    version: v1\n    componentName: acme.org/b\n    digest: { hashAlgorithm: b, normalisationAlgorithm: c, value: a }\n    labels:\n    - value: { a: b }\n      # n\n      name: l\n      signing: true",
        ),
        (
            "  -\n    # v\n    version: v1\n    name: ab\n    componentName: acme.org/b\n",
            "  -\n    name: ab\n    # v\n    version: v1\n    componentName: acme.org/b\n",
        ),
        (
            "  - name: ab\n    version: v1\n    componentName: acme.org/b\n    digest:\n      value: a # v\n        # deep\n      hashAlgorithm: b\n      normalisationAlgorithm: c\n",
            "  - name: ab\n    version: v1\n    componentName: acme.org/b\n    digest:\n      hashAlgorithm: b\n      normalisationAlgorithm: c\n      value: a # v\n        # deep\n",
        ),
    ];
    for (before, after) in cases {
        assert_formatted(&entry(before), &entry(after));
        let crlf = |text: &str| entry(text).replace('\n', "\r\n");
        assert_formatted(&crlf(before), &crlf(after));
    }
}

#[test]
fn keys_are_not_moved_if_a_comment_would_be_misplaced() {
    let cases = [
        (
            "  - version: v1\n    # n\n    name: ab\n    componentName: acme.org/b\n",
            "a comment is above the key that would come first",
        ),
        (
            "  - name: ab\n    componentName: acme.org/b\n\n    # nobody's\n\n    version: v1\n",
            "a comment between two keys belongs to neither",
        ),
        (
            "  - name: ab\n    componentName: acme.org/b\n    version: v1\n    # below\n",
            "the comment below may belong to the last key",
        ),
        (
            "  - { name: ab, componentName: acme.org/b, # c\n      version: v1 }\n",
            "a comment stands between them",
        ),
    ];
    for (text, reason) in cases {
        let notes = assert_formatted(&entry(text), &entry(text));
        assert_eq!(
            notes,
            [format!("keys of entry `ab` cannot be reordered: {reason}")]
        );
    }
    let anchors = "  - name: ab\n    labels: [{name: l, value: &a {b: c}}, {name: m, value: *a}]\n    version: v1\n    componentName: acme.org/b\n";
    let notes = assert_formatted(&entry(anchors), &entry(anchors));
    assert_eq!(
        notes,
        ["keys of entry `ab` cannot be reordered: anchors and aliases depend on their order"]
    );
}

#[test]
fn plain_scalars_are_spelled_out_in_label_values() {
    let cases = [
        ("no", "false"),
        ("Yes", "true"),
        ("on", "true"),
        ("n", "false"),
        ("True", "True"),
        ("~", "~"),
        ("014", "12"),
        ("-014", "-12"),
        ("0o14", "0o14"),
        ("0x1F", "0x1F"),
        ("0X1F", "31"),
        ("-0x10", "-16"),
        ("1_000", "1000"),
        ("1_0.5", "10.5"),
        ("0b11", "3"),
        ("08", "08"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("18446744073709551615", "18446744073709551615"),
        ("1e999", "\"1e999\""),
        ("0xFFFFFFFFFFFFFFFFF", "\"0xFFFFFFFFFFFFFFFFF\""),
        ("nope", "nope"),
        ("\"no\"", "\"no\""),
        ("!!str no", "!!str no"),
        ("&a no", "&a false"),
        ("12:30", "12:30"),
    ];
    for (before, after) in cases {
        for layout in ["{ a: V }", "[[V], b]", "\n      - V # c"] {
            let layout = if layout.starts_with('{') {
                layout.to_owned()
            } else {
                format!("\n      a: {layout}")
            };
            let layout = layout.replace("\n      - ", "\n        - ");
            let text = |value: &str| {
                format!(
                    "{HEAD}labels:\n  - name: l\n    value: {}\n    signing: true\n",
                    layout.replace('V', value)
                )
            };
            assert_formatted(&text(before), &text(after));
        }
    }
    assert_formatted(
        &format!(
            "{HEAD}labels: [{{name: l, signing: yes, value: {{no: 1, 014: on, \"on\": [off]}}}}]\n"
        ),
        &format!(
            "{HEAD}labels: [{{name: l, signing: true, value: {{\"false\": 1, \"12\": true, \"on\": [false]}}}}]\n"
        ),
    );
    // Elsewhere everything is text or typed.
    let text = format!(
        "{HEAD}resources:\n  - name: ab\n    type: no1\n    input: {{ type: utf8, text: 'no' }}\n"
    );
    assert_formatted(&text, &text);
}

#[test]
fn unusable_digests_are_named() {
    let hex = "0123456789abcdef".repeat(4);
    let cases = [
        ("SHA-256", "jsonNormalisation/v4alpha1", hex.clone(), None),
        (
            "SHA-256",
            "jsonNormalisation/v3",
            hex.clone(),
            Some("uses the normalisation `jsonNormalisation/v3`, which is not supported"),
        ),
        (
            "SHA-512",
            "jsonNormalisation/v4alpha1",
            hex.clone(),
            Some("uses the hash algorithm `SHA-512`, which is not supported"),
        ),
        (
            "SHA-256",
            "jsonNormalisation/v4alpha1",
            hex.to_uppercase(),
            Some("has capital letters, which other readers treat as a different digest"),
        ),
        (
            "SHA-256",
            "jsonNormalisation/v4alpha1",
            "def456...".to_owned(),
            Some("is `def456...`, which is not 64 hexadecimal digits"),
        ),
    ];
    for (hash, normalisation, value, expected) in cases {
        let text = entry(&format!(
            "  - name: ab\n    version: v1\n    componentName: acme.org/b\n    digest: {{ hashAlgorithm: {hash}, normalisationAlgorithm: {normalisation}, value: {value} }}\n"
        ));
        let formatted = format(&text).unwrap();
        assert_eq!(formatted.text, text);
        let expected = expected.map(|problem| {
            let span = Span {
                start: text.find("{ hash").unwrap(),
                end: text.len() - 1,
            };
            let message = format!("digest of `ab` {problem}: run `plugyard update ab --repin`");
            Diagnostic::new(span, message)
        });
        assert_eq!(formatted.notes, Vec::from_iter(expected));
    }
}

#[test]
fn an_invalid_constructor_is_refused_with_its_findings() {
    let error = format("name: x\nversion: [").unwrap_err();
    assert!(matches!(error, FormatError::Constructor(_)));
    let Err(FormatError::Constructor(error)) = format("name: acme.org/x\nversion: v1\n") else {
        panic!("no provider");
    };
    assert_eq!(error.diagnostics.len(), 1);
}

#[test]
fn values_from_aliases_are_named() {
    let text = "\
components:
  - name: acme.org/x
    version: v1
    <<: *base
";
    let text = format!("base: &base\n  provider: acme.org\n  references: []\n{text}");
    let notes = assert_formatted(&text, &text);
    assert_eq!(
        notes,
        [
            "`provider` cannot be rewritten here: change it to `{ name: … }` by hand",
            "`references` comes through an alias: rename it to `componentReferences` by hand",
        ]
    );
}

/// The numbered comments of a text, sorted.
fn comments(text: &str) -> Vec<&str> {
    let mut found: Vec<_> = text
        .lines()
        .filter_map(|line| Some(&line[line.find("# c")?..]))
        .collect();
    found.sort_unstable();
    found
}

fn lines(text: &str) -> usize {
    text.lines().count()
}

#[test]
fn formatting_random_constructors_is_idempotent_and_keeps_their_meaning() {
    let (mut reordered, mut refused) = (0, 0);
    let cases = cases(500);
    for seed in 0..cases {
        let mut random = Random::new(seed);
        let Generated {
            text, component, ..
        } = generate(&mut random);
        let formatted = match format(&text) {
            Ok(formatted) => formatted,
            Err(FormatError::Constructor(_)) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("seed {seed}: {error}\n{text}"),
        };
        let after = &formatted.text;
        let show = || {
            format!(
                "seed {seed}\nbefore\n{text}\nafter\n{after}\n{:?}",
                formatted.notes
            )
        };
        let again = format(after).unwrap();
        assert_eq!((&again.text, again.changes.len()), (after, 0), "{}", show());
        assert_eq!(formatted.changes.is_empty(), *after == text, "{}", show());
        assert_eq!(comments(&text), comments(after), "{}", show());
        assert_eq!(text.ends_with('\n'), after.ends_with('\n'), "{}", show());
        assert_eq!(text.contains("\r\n"), after.contains("\r\n"), "{}", show());
        if !text.contains("provider: |") {
            assert_eq!(lines(&text), lines(after), "{}", show());
        }
        let meaning = |text: &str| {
            let constructor = ocm::constructor::parse(text).unwrap();
            let components = constructor.components.into_iter().map(|component| {
                let references = component.references.iter();
                let references: Vec<_> = references
                    .map(ocm::constructor::ReferenceConstructor::to_reference)
                    .collect();
                (
                    component.name.value,
                    component.version.value,
                    component.provider.value,
                    ocm::constructor::values(&component.labels),
                    references,
                )
            });
            components.collect::<Vec<_>>()
        };
        assert_eq!(meaning(&text), meaning(after), "{}", show());
        let is_reordered = |change: &Diagnostic| change.message.ends_with("reordered");
        reordered += usize::from(formatted.changes.iter().any(is_reordered));
        // An entry added to a formatted text is formatted.
        let entry = Entry {
            name: "zz".to_owned(),
            version: "1.0".to_owned(),
            component: "acme.org/zz".to_owned(),
            digest: ocm::ElementDigest::default(),
            labels: Vec::new(),
        };
        let added = apply(after, &component, &[Edit::Insert(entry)]).unwrap();
        assert_eq!(format(&added).unwrap().text, added);
    }
    assert!(reordered > 0);
    assert!(
        refused * 20 < cases,
        "{refused} of {cases} are no constructors"
    );
}
