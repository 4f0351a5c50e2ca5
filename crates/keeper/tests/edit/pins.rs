//! Versions, pins and labels of existing entries.

use keeper::edit::Edit;
use ocm::{ElementDigest, Label};
use serde_json::json;

use crate::{A, Z, assert_edited, entries, repin};

#[test]
fn a_version_keeps_its_quotes() {
    let cases = [
        ("v1.0.0", "v1.1.0", "v1.1.0"),
        ("'v1.0.0' # c", "v1.1.0", "'v1.1.0' # c"),
        ("\"1.0\"", "1.1", "\"1.1\""),
        ("v1.0.0", "1.1", "\"1.1\""),
        ("v1", "1e3", "\"1e3\""),
        ("&v v1.0.0", "v1.1.0", "&v v1.1.0"),
        ("!!str 1.0", "1.1.0", "!!str 1.1.0"),
        ("|-\n  v1.0.0", "v1.1.0", "v1.1.0"),
    ];
    for (before, version, after) in cases {
        let text =
            |version: &str| format!("name: acme.org/registry\nversion: {version}\nlabels: []\n");
        let edits = [Edit::Version(version.to_owned())];
        assert_edited(&text(before), &edits, &text(after));
        assert_edited(&text(after), &edits, &text(after));
    }
    assert_edited(
        "name: acme.org/registry # n\nprovider: x\n",
        &[Edit::Version("1.0.0".to_owned())],
        "name: acme.org/registry # n\nversion: 1.0.0\nprovider: x\n",
    );
}

#[test]
fn a_pin_is_replaced_or_added_in_its_place() {
    let value = "b".repeat(64);
    let lines = |indent: &str| {
        format!(
            "{indent}hashAlgorithm: SHA-256\n{indent}normalisationAlgorithm: jsonNormalisation/v4alpha1\n{indent}value: {value}\n"
        )
    };
    let cases = [
        // The text between `componentName` and `labels`.
        (String::new(), format!("    digest:\n{}", lines("      "))),
        ("    digest:\n".to_owned(), format!("    digest:\n{}", lines("      "))),
        ("    digest: null # none\n".to_owned(), format!("    digest: # none\n{}", lines("      "))),
        ("    digest: {}\n".to_owned(), format!("    digest:\n{}", lines("      "))),
        (
            "    digest: # pinned\n      # old\n      value: def456... # x\n      hashAlgorithm: SHA-256\n".to_owned(),
            format!(
                "    digest: # pinned\n      # old\n      value: {value} # x\n      hashAlgorithm: SHA-256\n      normalisationAlgorithm: jsonNormalisation/v4alpha1\n"
            ),
        ),
        (
            "    digest: {hashAlgorithm: \"SHA-256\", normalisationAlgorithm: 'x', value: abc}\n".to_owned(),
            format!("    digest: {{hashAlgorithm: \"SHA-256\", normalisationAlgorithm: 'jsonNormalisation/v4alpha1', value: {value}}}\n"),
        ),
        (
            "    digest: { hashAlgorithm: SHA-256 }\n".to_owned(),
            format!("    digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {value} }}\n"),
        ),
    ];
    for (before, after) in cases {
        let text = |digest: &str| {
            format!(
                "{}\n{digest}    # about labels\n    labels: [] # l\n{Z}\n",
                entries(&[A]).trim_end()
            )
        };
        assert_edited(&text(&before), &[repin(0)], &text(&after));
        assert_edited(&text(&after), &[repin(0)], &text(&after));
    }
}

fn relabel(labels: Vec<Label>) -> Vec<Edit> {
    vec![Edit::Repin {
        index: 0,
        digest: ElementDigest {
            hash_algorithm: "a".to_owned(),
            normalisation_algorithm: "b".to_owned(),
            value: "c".to_owned(),
        },
        labels: Some(labels),
        version: None,
    }]
}

#[test]
fn labels_are_replaced_by_name_and_other_labels_are_kept() {
    let information = |platforms: &[&str]| {
        vec![Label::signed(
            "info",
            json!({"description": "New", "platforms": platforms}),
        )]
    };
    let cases = [
        // (labels before, new labels, labels after)
        (
            "",
            information(&["a/b"]),
            "    labels:
      - name: info
        value: { description: New, platforms: [a/b] }
        signing: true
",
        ),
        (
            "    labels: [] # none\n",
            vec![Label::signed("x", "no")],
            "    labels: # none
      - name: x
        value: \"no\"
        signing: true
",
        ),
        (
            "    labels:
    - name: other # o
      value: 1
    - name: info
      # text and platforms
      value: { description: Old, platforms: [a/b] } # v
    # the end
",
            information(&["a/b", "c/d"]),
            "    labels:
    - name: other # o
      value: 1
    - name: info
      # text and platforms
      value: { description: New, platforms: [a/b, c/d] } # v
      signing: true
    # the end
",
        ),
        (
            "    labels:
      - name: info
        value:
          description: >-
            Old
          # where it runs
          platforms:
            - a/b # first
            # second
            - e/f
          more: no
        signing: no
",
            information(&["a/b", "c/d", "e/f"]),
            "    labels:
      - name: info
        value:
          description: New
          # where it runs
          platforms:
            - a/b # first
            - c/d
            # second
            - e/f
        signing: true
",
        ),
        (
            "    labels: [{name: info, value: \"Old\"}]\n",
            vec![Label::signed("info", "a, b"), Label::signed("x", 1.0)],
            "    labels: [{name: info, value: \"a, b\", signing: true}, { name: x, value: 1.0, signing: true }]\n",
        ),
        (
            "    labels:\n      - {name: info, value: Old}\n",
            vec![Label::signed("info", "a, b")],
            "    labels:\n      - {name: info, value: \"a, b\", signing: true}\n",
        ),
        (
            "    labels:\n      - name: info\n        value: |\n          Old\n",
            vec![Label::signed("info", "Old\n"), Label::signed("more", "z")],
            "    labels:\n      - name: info\n        value: |\n          Old\n        signing: true\n      - name: more\n        value: z\n        signing: true\n",
        ),
    ];
    for (before, labels, after) in cases {
        let text = |labels: &str| {
            let digest = "    digest: {hashAlgorithm: a, normalisationAlgorithm: b, value: c}\n";
            format!("{}{digest}{labels}", entries(&[A]))
        };
        assert_edited(&text(before), &relabel(labels.clone()), &text(after));
        assert_edited(&text(after), &relabel(labels), &text(after));
    }
}
