//! Edits of constructors: layouts one by one, then random ones.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[path = "edit/pins.rs"]
mod pins;
#[path = "edit/random.rs"]
mod random;
#[path = "edit/removal.rs"]
mod removal;

use keeper::edit::{Edit, EditError, Entry, apply};
use ocm::{ElementDigest, Label};
use serde_json::json;

const COMPONENT: &str = "acme.org/registry";

fn pin(digit: char) -> ElementDigest {
    ElementDigest {
        hash_algorithm: "SHA-256".to_owned(),
        normalisation_algorithm: "jsonNormalisation/v4alpha1".to_owned(),
        value: digit.to_string().repeat(64),
    }
}

fn entry(name: &str, version: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        version: version.to_owned(),
        component: format!("acme.org/plugins/{name}"),
        digest: ElementDigest::default(),
        labels: Vec::new(),
    }
}

fn insert(name: &str, version: &str) -> Vec<Edit> {
    vec![Edit::Insert(entry(name, version))]
}

fn repin(index: usize) -> Edit {
    Edit::Repin {
        index,
        digest: pin('b'),
        labels: None,
        version: None,
    }
}

/// Compares and shows a difference as text.
#[track_caller]
fn assert_edited(before: &str, edits: &[Edit], after: &str) {
    match apply(before, COMPONENT, edits) {
        Ok(edited) if edited == after => {}
        Ok(edited) => panic!("from\n{before}\nexpected\n{after}\nfound\n{edited}\n{edited:?}"),
        Err(error) => panic!("from\n{before}\nfound {error}"),
    }
}

const HEAD: &str = "name: acme.org/registry\nversion: v1.0.0\nprovider: { name: acme.org }\n";

#[test]
fn an_entry_is_written_like_the_documented_example() {
    let before = format!("{HEAD}componentReferences: []\n");
    let entry = Entry {
        digest: pin('a'),
        labels: vec![Label::signed(
            "ocm.software/pluginInfo",
            json!({"description": "Helm chart input", "platforms": ["darwin/arm64", "linux/amd64"]}),
        )],
        ..entry("helminput", "0.0.1")
    };
    let value = "a".repeat(64);
    let after = format!(
        "{HEAD}componentReferences:
  - name: helminput
    version: 0.0.1
    componentName: acme.org/plugins/helminput
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v4alpha1
      value: {value}
    labels:
      - name: ocm.software/pluginInfo
        value: {{ description: Helm chart input, platforms: [darwin/arm64, linux/amd64] }}
        signing: true
"
    );
    assert_edited(&before, &[Edit::Insert(entry)], &after);
}

#[test]
fn an_empty_list_becomes_one_with_an_entry() {
    let block = "
  - name: mid
    version: 1.0.0
    componentName: acme.org/plugins/mid
";
    let cases = [
        ("componentReferences: []\n", format!("componentReferences:{block}")),
        ("componentReferences: null\n", format!("componentReferences:{block}")),
        ("componentReferences: ~ # none\n", format!("componentReferences: # none{block}")),
        ("componentReferences:\n", format!("componentReferences:{block}")),
        ("componentReferences:", format!("componentReferences:{}", block.trim_end())),
        ("componentReferences: # none\n", format!("componentReferences: # none{block}")),
        ("componentReferences:\n  # none yet\n", format!("componentReferences:{block}  # none yet\n")),
        ("componentReferences:\n  []\n", format!("componentReferences:{block}")),
        ("componentReferences:   [ ]   # c\n", format!("componentReferences:   # c{block}")),
        ("\"componentReferences\" : []\n", format!("\"componentReferences\" :{block}")),
        ("componentReferences: &a []\n", format!("componentReferences: &a{block}")),
        ("references: []\n", format!("references:{block}")),
        (
            "componentReferences: [\n  # none\n]\n",
            "componentReferences: [\n  # none\n  { name: mid, version: 1.0.0, componentName: acme.org/plugins/mid }\n]\n"
                .to_owned(),
        ),
        ("", format!("componentReferences:{block}")),
        ("# the end\n", format!("componentReferences:{block}# the end\n")),
        ("\n# the end\n", format!("componentReferences:{block}\n# the end\n")),
        ("...\n# behind\n", format!("componentReferences:{block}...\n# behind\n")),
    ];
    for (before, after) in cases {
        let before = format!("{HEAD}{before}");
        assert_edited(&before, &insert("mid", "1.0.0"), &format!("{HEAD}{after}"));
        let (crlf_before, crlf_after) = (
            before.replace('\n', "\r\n"),
            format!("{HEAD}{after}").replace('\n', "\r\n"),
        );
        assert_edited(&crlf_before, &insert("mid", "1.0.0"), &crlf_after);
        let mark = '\u{feff}';
        assert_edited(
            &format!("{mark}{crlf_before}"),
            &insert("mid", "1.0.0"),
            &format!("{mark}{crlf_after}"),
        );
    }
}

/// A list of entries named by letters, each with a version and a component in a line.
fn entries(lines: &[&str]) -> String {
    format!("{HEAD}componentReferences:\n{}\n", lines.join("\n"))
}

const A: &str = "  - name: aa\n    version: 1.0.0\n    componentName: acme.org/aa";
const Z: &str = "  - name: zz\n    version: 1.0.0\n    componentName: acme.org/zz";
const MID: &str = "  - name: mid\n    version: 1.0.0\n    componentName: acme.org/plugins/mid";

#[test]
fn an_entry_is_inserted_in_sorted_order() {
    let cases = [
        (vec![A, Z], vec![A, MID, Z]),
        (vec![Z], vec![MID, Z]),
        (vec![A], vec![A, MID]),
        (vec![Z, A], vec![MID, Z, A]),
        (vec![A, "", Z], vec![A, "", MID, "", Z]),
        (vec![A, "", A, "", A], vec![A, "", A, "", A, "", MID]),
    ];
    for (before, after) in cases {
        let unique = |lines: &[&str]| {
            let mut text = entries(lines);
            for letter in ["ab", "ac"] {
                if let Some(at) = text
                    .rfind("name: aa")
                    .filter(|_| text.matches("name: aa").count() > 1)
                {
                    text.replace_range(at..at + 8, &format!("name: {letter}"));
                }
            }
            text
        };
        assert_edited(&unique(&before), &insert("mid", "1.0.0"), &unique(&after));
    }
}

#[test]
fn versions_of_a_plugin_are_sorted_by_semver() {
    let of = |versions: &[&str]| {
        let lines = versions.iter().map(|version| {
            format!(
                "  - name: mid\n    version: {version}\n    componentName: acme.org/plugins/mid"
            )
        });
        let lines: Vec<_> = lines.collect();
        entries(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let cases = [
        (
            vec!["1.9.0", "2.0.0"],
            "1.10.0",
            vec!["1.9.0", "1.10.0", "2.0.0"],
        ),
        (vec!["v1.0.0"], "1.0.0-rc.1", vec!["1.0.0-rc.1", "v1.0.0"]),
        (
            vec!["1.0.0-rc.2"],
            "1.0.0-rc.11",
            vec!["1.0.0-rc.2", "1.0.0-rc.11"],
        ),
    ];
    for (before, version, after) in cases {
        assert_edited(&of(&before), &insert("mid", version), &of(&after));
    }
    for (before, version) in [("1.0.0", "v1.0"), ("1", "1.0.0"), ("1.0.0+a", "1.0.0+b")] {
        let error = apply(&of(&[before]), COMPONENT, &insert("mid", version)).unwrap_err();
        assert!(
            matches!(error, EditError::Duplicate { line: 5, .. }),
            "{error}"
        );
    }
}

#[test]
fn comments_stay_with_their_subject() {
    let cases = [
        // (lines before, lines after)
        (vec![A, "  # about zz", Z], vec![A, MID, "  # about zz", Z]),
        (
            vec![A, "  # one", "  # two", Z],
            vec![A, MID, "  # one", "  # two", Z],
        ),
        (
            vec![A, "    # digest: later", "  # about zz", Z],
            vec![A, "    # digest: later", MID, "  # about zz", Z],
        ),
        (
            vec![A, "", "  # about zz", Z],
            vec![A, "", MID, "", "  # about zz", Z],
        ),
        (vec!["  # about zz", Z], vec![MID, "  # about zz", Z]),
        (vec![A, "  # the end"], vec![A, MID, "  # the end"]),
        (
            vec![A, "    # digest: later", "# the end"],
            vec![A, "    # digest: later", MID, "# the end"],
        ),
        (vec![A, "", "# the end"], vec![A, MID, "", "# the end"]),
        (
            vec!["  - name: aa # x\n    version: 1.0.0 # y"],
            vec!["  - name: aa # x\n    version: 1.0.0 # y", MID],
        ),
        (vec![A, "labels: [] # l"], vec![A, MID, "labels: [] # l"]),
        (
            vec![A, "# l", "labels: []"],
            vec![A, MID, "# l", "labels: []"],
        ),
    ];
    for (before, after) in cases {
        let (before, after) = (entries(&before), entries(&after));
        assert_edited(&before, &insert("mid", "1.0.0"), &after);
        let cut = |text: &str| text.trim_end().to_owned();
        assert_edited(&cut(&before), &insert("mid", "1.0.0"), &cut(&after));
    }
}

#[test]
fn indentation_matches_the_neighbours() {
    let digest = |dash: &str, key: &str, part: &str| {
        let value = "b".repeat(64);
        format!(
            "{dash}name: mid\n{key}version: 1.0.0\n{key}componentName: acme.org/plugins/mid\n{key}digest:\n\
             {key}{part}hashAlgorithm: SHA-256\n{key}{part}normalisationAlgorithm: jsonNormalisation/v4alpha1\n{key}{part}value: {value}\n"
        )
    };
    let cases = [
        ("- name: aa\n  version: 1.0.0\n", digest("- ", "  ", "  ")),
        (
            "    - name: aa\n      version: 1.0.0\n",
            digest("    - ", "      ", "  "),
        ),
        (
            "  -   name: aa\n      version: 1.0.0\n",
            digest("  -   ", "      ", "  "),
        ),
        (
            "  - name: aa\n    digest:\n        value: x\n",
            digest("  - ", "    ", "    "),
        ),
        (
            "  -\n    name: aa\n    version: 1.0.0\n",
            digest("  - ", "    ", "  "),
        ),
    ];
    let mid = Entry {
        digest: pin('b'),
        ..entry("mid", "1.0.0")
    };
    for (neighbour, new) in cases {
        let before = format!("{HEAD}componentReferences:\n{neighbour}");
        assert_edited(
            &before,
            &[Edit::Insert(mid.clone())],
            &format!("{before}{new}"),
        );
    }
}

#[test]
fn flow_style_is_kept() {
    let new = "{ name: mid, version: 1.0.0, componentName: acme.org/plugins/mid }";
    let cases = [
        (
            "[{name: aa, version: 1.0.0}]",
            format!("[{{name: aa, version: 1.0.0}}, {new}]"),
        ),
        ("[ {name: zz} ] # c", format!("[ {new}, {{name: zz}} ] # c")),
        (
            "[ {name: aa}, ] # c",
            format!("[ {{name: aa}}, {new}, ] # c"),
        ),
        (
            "[\n  {name: aa},\n  {name: zz}\n]",
            format!("[\n  {{name: aa}},\n  {new},\n  {{name: zz}}\n]"),
        ),
        (
            "[\n  {name: aa}, # a\n  # z\n  {name: zz}, # y\n]",
            format!("[\n  {{name: aa}}, # a\n  {new},\n  # z\n  {{name: zz}}, # y\n]"),
        ),
        (
            "[\n  {name: aa} # a\n  # end\n]",
            format!("[\n  {{name: aa}}, # a\n  {new}\n  # end\n]"),
        ),
        (
            "[\n  {name: aa}, # a\n]",
            format!("[\n  {{name: aa}}, # a\n  {new},\n]"),
        ),
        ("[\n  {name: aa}]", format!("[\n  {{name: aa}},\n  {new}]")),
    ];
    for (before, after) in cases {
        let text = |list: &str| format!("{HEAD}componentReferences: {list}\n");
        assert_edited(&text(before), &insert("mid", "1.0.0"), &text(&after));
    }
    let cases = [
        (
            "{name: acme.org/registry, version: v1.0.0}",
            format!("{{name: acme.org/registry, version: v1.0.0, componentReferences: [{new}]}}"),
        ),
        (
            "{name: acme.org/registry, componentReferences: }",
            format!("{{name: acme.org/registry, componentReferences: [{new}] }}"),
        ),
        (
            "{name: acme.org/registry, componentReferences: null, version: 1}",
            format!("{{name: acme.org/registry, componentReferences: [{new}], version: 1}}"),
        ),
        (
            "{\n  \"name\": \"acme.org/registry\",\n  \"componentReferences\": []\n}\n",
            "{\n  \"name\": \"acme.org/registry\",\n  \"componentReferences\": [{ \"name\": \"mid\", \
             \"version\": \"1.0.0\", \"componentName\": \"acme.org/plugins/mid\" }]\n}\n"
                .to_owned(),
        ),
        (
            "{\n  name: acme.org/registry, # n\n  version: 1.0.0 # v\n}\n",
            format!("{{\n  name: acme.org/registry, # n\n  version: 1.0.0, # v\n  componentReferences: [{new}]\n}}\n"),
        ),
    ];
    for (before, after) in cases {
        assert_edited(before, &insert("mid", "1.0.0"), &after);
    }
}

#[test]
fn the_component_is_found_in_a_list_of_components() {
    let before = "\
components:
  - name: acme.org/plugins/other
    version: 1.0.0
    provider: { name: acme.org }
  - name: acme.org/registry # this
    version: v1.0.0
    provider: { name: acme.org }
    # about nothing

  - name: acme.org/plugins/more
    version: 1.0.0
    provider: { name: acme.org }
";
    let after = "\
components:
  - name: acme.org/plugins/other
    version: 1.0.0
    provider: { name: acme.org }
  - name: acme.org/registry # this
    version: v1.1.0
    provider: { name: acme.org }
    componentReferences:
      - name: mid
        version: 1.0.0
        componentName: acme.org/plugins/mid
    # about nothing

  - name: acme.org/plugins/more
    version: 1.0.0
    provider: { name: acme.org }
";
    let mut edits = insert("mid", "1.0.0");
    edits.push(Edit::Version("v1.1.0".to_owned()));
    assert_edited(before, &edits, after);
    let error = apply(before, "acme.org/absent", &edits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this constructor has no component `acme.org/absent`"
    );
}

#[test]
fn a_scalar_at_the_end_of_the_file_keeps_its_value_when_text_is_appended() {
    let text = |header: &str, end: &str| {
        format!(
            "{}    labels:\n      - name: x\n        value: {header}\n          text{end}",
            entries(&[A])
        )
    };
    let cases = [
        (text("|", ""), text("|-", &format!("\n{MID}"))),
        (text("|2+ # c", ""), text("|2- # c", &format!("\n{MID}"))),
        (text("|", "\n"), text("|", &format!("\n{MID}\n"))),
        (text("|+", "\n\n"), text("|+", &format!("\n\n{MID}\n"))),
        (
            text("|+", "\n\n# end\n"),
            text("|+", &format!("\n\n{MID}\n# end\n")),
        ),
        (
            text(">-", "\n\n# end\n"),
            text(">-", &format!("\n{MID}\n\n# end\n")),
        ),
    ];
    for (before, after) in cases {
        assert_edited(&before, &insert("mid", "1.0.0"), &after);
    }
}

#[test]
fn the_spelling_of_the_sketch_is_kept() {
    let sketch = entries(&[A, Z])
        .replace("componentReferences", "references")
        .replace("componentName", "component");
    let mid = MID.replace("componentName", "component");
    let after = sketch.replace("  - name: zz", &format!("{mid}\n  - name: zz"));
    assert_edited(&sketch, &insert("mid", "1.0.0"), &after);
    let mixed = sketch.replace("component: acme.org/zz", "componentName: acme.org/zz");
    let after = mixed.replace("  - name: zz", &format!("{MID}\n  - name: zz"));
    assert_edited(&mixed, &insert("mid", "1.0.0"), &after);
}
