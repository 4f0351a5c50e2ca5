//! Edits of constructors: layouts one by one, then random ones.

use ocm::yaml::Node;
use ocm::{ElementDigest, Label};
use registry::edit::{Edit, EditError, Entry, Surroundings, apply, scalar};
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

/// Compares, with what differs shown as text.
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
fn an_entry_is_written_like_the_example_of_the_design() {
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
fn an_entry_goes_to_its_sorted_place() {
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
fn comments_stay_with_what_they_are_about() {
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
fn indentation_is_that_of_the_neighbours() {
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
fn the_component_is_found_in_the_list_form() {
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
        "no component `acme.org/absent` stands in this constructor"
    );
}

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
        // What stands between `componentName` and `labels`.
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
fn labels_are_replaced_by_name_and_others_stay() {
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

#[test]
fn a_text_at_the_end_of_the_file_does_not_change_when_something_follows() {
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
fn what_is_shared_is_not_edited() {
    let pin = "    digest: &pin\n      hashAlgorithm: SHA-256\n      value: x";
    let list_form = |tail: &str| {
        format!(
            "components:\n  - &base\n    name: acme.org/registry\n    version: &v v1.0.0\n    componentReferences: &list []\n{tail}"
        )
    };
    let cases = [
        (entries(&[A, pin, Z, "    digest: *pin"]), repin(0), 8, "`&pin`"),
        (entries(&[A, pin, Z, "    digest: *pin"]), repin(1), 14, "`*pin`"),
        (list_form("  - name: x/y\n    componentReferences: *list\n"), insert("mid", "1.0.0").remove(0), 5, "`&list`"),
        (list_form("  - name: x/y\n    version: *v\n"), Edit::Version("v2.0.0".to_owned()), 4, "`&v`"),
        (list_form("  - <<: *base\n    name: x/y\n"), insert("mid", "1.0.0").remove(0), 2, "`&base`"),
        (
            "components:\n- name: x/y\n  componentReferences: &list []\n- name: acme.org/registry\n  componentReferences: *list\n".to_owned(),
            insert("mid", "1.0.0").remove(0), 5, "`*list`",
        ),
        (
            "components:\n- &base\n  name: x/y\n  componentReferences: []\n- <<: *base\n  name: acme.org/registry\n".to_owned(),
            insert("mid", "1.0.0").remove(0), 5, "`*base`",
        ),
    ];
    for (text, edit, expected_line, expected_by) in cases {
        match apply(&text, COMPONENT, &[edit]) {
            Err(error @ EditError::Shared { .. }) => {
                let EditError::Shared { line, by, .. } = &error else {
                    unreachable!()
                };
                assert_eq!(
                    (*line, by.as_str()),
                    (expected_line, expected_by),
                    "{text}\n{error}"
                );
                assert!(error.hint().is_some() && error.span().is_some());
            }
            other => panic!("{text}\n{other:?}"),
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let cases = [
        (
            format!("{HEAD}componentReferences: x\n"),
            insert("mid", "1.0.0").remove(0),
            "`componentReferences` in line 4 is text, not a list",
        ),
        (
            entries(&[A]),
            repin(3),
            "there is no entry number 3, the list has 1",
        ),
        (
            HEAD.to_owned(),
            repin(0),
            "there is no entry number 0, the list has 0",
        ),
        (
            format!("{HEAD}componentReferences: []\nreferences: []\n"),
            insert("mid", "1.0.0").remove(0),
            "`references` in line 5 is there beside `componentReferences`, not one list of references",
        ),
        (
            "[]\n".to_owned(),
            Edit::Version("1".to_owned()),
            "the constructor in line 1 is a list, not an object",
        ),
        ("a: b: c\n".to_owned(), Edit::Version("1".to_owned()), ""),
    ];
    for (text, edit, message) in cases {
        let error = apply(&text, COMPONENT, &[edit]).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
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

#[test]
fn an_entry_is_removed_with_its_comments() {
    let cases = [
        (vec![A, Z], 0, vec![Z]),
        (vec![A, Z], 1, vec![A]),
        (
            vec!["  # a", A, "    # a too", "  # z", Z, "# end"],
            0,
            vec!["  # z", Z, "# end"],
        ),
        (
            vec!["  # a", A, "  # z", Z, "# end"],
            1,
            vec!["  # a", A, "# end"],
        ),
    ];
    for (before, index, after) in cases {
        let edits = [Edit::Remove { index }];
        assert_edited(&entries(&before), &edits, &entries(&after));
        let cut = |lines: &[&str]| entries(lines).trim_end().to_owned();
        assert_edited(&cut(&before), &edits, &cut(&after));
    }
    let head = |list: &str| format!("{HEAD}componentReferences:{list}");
    let only = [
        (head(&format!("\n{A}\n# end\n")), head(" []\n# end\n")),
        (head(&format!(" # c\n{A}\n")), head(" [] # c\n")),
        (head(&format!(" # c\n{A}")), head(" [] # c")),
        (head(" [{name: aa}]\n"), head(" []\n")),
        (head(" [{name: aa}, {name: zz}]\n"), head(" [{name: zz}]\n")),
        (
            head(" [\n  # a\n  {name: aa}, # a\n  # z\n  {name: zz}\n]\n"),
            head(" [\n  # z\n  {name: zz}\n]\n"),
        ),
    ];
    for (before, after) in only {
        assert_edited(&before, &[Edit::Remove { index: 0 }], &after);
    }
    let last = [
        (" [{name: aa}, {name: zz}]\n", " [{name: aa}]\n"),
        (
            " [\n  {name: aa}, # a\n  {name: zz} # z\n]\n",
            " [\n  {name: aa} # a\n]\n",
        ),
    ];
    for (before, after) in last {
        assert_edited(&head(before), &[Edit::Remove { index: 1 }], &head(after));
    }
}

#[test]
fn text_is_read_back_as_it_was() {
    let mut random = Random::new(1);
    let alphabet: Vec<char> = " \t\n\r\"'\\#:-?[]{},&*!|>%@`~=<.+_0123456789aeExobnytf/é日👍\u{a0}\u{85}\u{7f}\u{1}\u{2028}\u{feff}"
        .chars()
        .collect();
    let words = [
        "1.0",
        "1e3",
        "no",
        "Yes",
        "on",
        "y",
        "~",
        "null",
        "",
        " ",
        "<<",
        "=",
        "0x1F",
        "0o7",
        "1_000",
        "0b1",
        "014",
        ".inf",
        ".nan",
        "-",
        "- a",
        "?",
        "? a",
        "a: b",
        "a:",
        ":a",
        "a #b",
        "a#b",
        "1:30",
        "2024-01-02",
        "---",
        "...",
        "1e999",
        "0xFFFFFFFFFFFFFFFFF",
        "+1",
        "-.5",
        "v1.0.0",
        "1.2.3",
        "a, b",
        "{a",
        "a]",
    ];
    let random_text = |random: &mut Random| -> String {
        (0..random.below(6))
            .map(|_| *random.pick(&alphabet))
            .collect()
    };
    let texts: Vec<String> = (0..20_000).map(|_| random_text(&mut random)).collect();
    for text in words.iter().map(|&word| word.to_owned()).chain(texts) {
        let block = scalar(&text, Surroundings::Block);
        let flow = scalar(&text, Surroundings::Flow);
        for yaml in [
            format!("k: {block}\n"),
            format!("k: {block} # c\n"),
            format!("- {block}\n"),
            format!("[{flow}, {flow}]"),
            format!("{{ k: {flow} }}"),
        ] {
            let tree = tree(&yaml);
            let values = match &tree {
                Value::Array(items) => items.clone(),
                Value::Object(members) => members.values().cloned().collect(),
                _ => Vec::new(),
            };
            assert!(
                !values.is_empty() && values.iter().all(|value| *value == text.as_str()),
                "{text:?} as {yaml:?}"
            );
        }
        let quoted = block.starts_with(['"', '\'']);
        let needless = quoted && {
            let yaml = format!("k: {text}\n");
            let document = ocm::yaml::parse(&yaml, ocm::yaml::Limits::constructor());
            document.is_ok_and(|document| {
                document.comments.is_empty()
                    && document.root.get("k").and_then(Node::as_str) == Some(&text)
            })
        };
        // Quoted for readers other than the official one, or kept from looking odd.
        let elsewhere = |text: &str| {
            matches!(
                text,
                "<<" | "=" | "2024-01-02" | "1:30" | "1e999" | "0xFFFFFFFFFFFFFFFFF"
            ) || text.contains(['\t', '\u{feff}', '`', '@', '%'])
                || text
                    .starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-'))
                    && text.contains(':')
                || text.contains(['e', 'E'])
        };
        assert!(
            !needless || elsewhere(&text),
            "{text:?} is quoted for nothing"
        );
    }
}

#[path = "edit/generated.rs"]
mod generated;

use generated::{Generated, Random};
use serde_json::Value;

/// Edits that fit a model, one after the other.
fn random_edit(random: &mut Random, references: &[Value]) -> Edit {
    let text = *random.pick(generated::WORDS);
    let information = || {
        let platforms = json!(["darwin/arm64", "linux/amd64", "linux/arm64"]);
        vec![Label::signed(
            "info",
            json!({"description": text, "platforms": platforms}),
        )]
    };
    match random.below(4) {
        0 => Edit::Version((*random.pick(&["v9.0.0", "9.1", "9.0.0-rc.1", "1e3"])).to_owned()),
        1 if !references.is_empty() => Edit::Repin {
            index: random.below(references.len()),
            digest: pin('e'),
            labels: random.chance(60).then(information),
            version: random
                .chance(30)
                .then(|| format!("77.0.{}", random.below(1_000_000))),
        },
        _ => {
            let names = ["alpha", "bb", "helminput", "mid", "zeta", "zz"];
            Edit::Insert(Entry {
                digest: pin('d'),
                labels: if random.chance(50) {
                    information()
                } else {
                    Vec::new()
                },
                ..entry(
                    *random.pick(&names),
                    &format!("99.0.{}", random.below(1_000_000)),
                )
            })
        }
    }
}

fn registry_of(model: &mut Value) -> &mut Value {
    if model.get("components").is_none() {
        return model;
    }
    let components = model["components"].as_array_mut().unwrap();
    components
        .iter_mut()
        .find(|component| component["name"] == COMPONENT)
        .unwrap()
}

fn list_key(registry: &Value) -> &'static str {
    if registry.get("references").is_some() {
        "references"
    } else {
        "componentReferences"
    }
}

fn references_of(model: &mut Value) -> Vec<Value> {
    let registry = registry_of(model);
    registry[list_key(registry)]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// What an edit makes of a model, told without the code under test.
fn change(model: &mut Value, edit: &Edit) {
    let mut references = references_of(model);
    let registry = registry_of(model);
    let key = list_key(registry);
    match edit {
        Edit::Version(version) => registry["version"] = json!(version),
        Edit::Insert(entry) => {
            // All new versions are higher than those that are there.
            let number = |version: &str| {
                let last = version
                    .strip_prefix("99.0.")
                    .or_else(|| version.strip_prefix("77.0."));
                (
                    version.starts_with("99"),
                    last.map_or(-1, |last| last.parse::<i64>().unwrap()),
                )
            };
            let place = references.iter().position(|old| {
                let old_name = old["name"].as_str().unwrap();
                let old_version = number(old["version"].as_str().unwrap());
                old_name > entry.name.as_str()
                    || old_name == entry.name && old_version > number(&entry.version)
            });
            let all_old = !references.is_empty()
                && references.iter().all(|old| old.get("component").is_some());
            let component_key = if key == "references" && all_old {
                "component"
            } else {
                "componentName"
            };
            let mut new = json!({
                "name": entry.name, "version": entry.version, component_key: entry.component,
                "digest": {
                    "hashAlgorithm": entry.digest.hash_algorithm,
                    "normalisationAlgorithm": entry.digest.normalisation_algorithm,
                    "value": entry.digest.value,
                },
            });
            if let [label] = entry.labels.as_slice() {
                new["labels"] =
                    json!([{"name": label.name, "value": label.value, "signing": true}]);
            }
            references.insert(place.unwrap_or(references.len()), new);
            registry[key] = Value::Array(references);
        }
        Edit::Repin {
            index,
            digest,
            labels,
            version,
        } => {
            let entry = &mut references[*index];
            if let Some(version) = version {
                entry["version"] = json!(version);
            }
            entry["digest"] = json!({
                "hashAlgorithm": digest.hash_algorithm,
                "normalisationAlgorithm": digest.normalisation_algorithm,
                "value": digest.value,
            });
            if let Some([label]) = labels.as_deref() {
                let new = json!({"name": "info", "value": label.value, "signing": true});
                let mut list = entry
                    .get("labels")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                match list.iter_mut().find(|old| old["name"] == "info") {
                    Some(old) => *old = new,
                    None => list.push(new),
                }
                entry["labels"] = Value::Array(list);
            }
            registry[key] = Value::Array(references);
        }
        _ => unreachable!(),
    }
}

/// The comments of a text, as the generator numbers them, and where their lines end.
fn comments(text: &str) -> Vec<&str> {
    let starts = text.match_indices("# c").map(|(at, _)| at);
    let numbered =
        starts.filter(|&at| text[at + 3..].starts_with(|digit: char| digit.is_ascii_digit()));
    numbered
        .map(|at| text[at..].lines().next().unwrap())
        .collect()
}

/// The entry that follows each comment about an entry.
fn subjects(text: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let about = lines.iter().enumerate().filter_map(|(index, line)| {
        let subject = line.trim_start().strip_prefix("# about ")?;
        let next = lines[index + 1..]
            .iter()
            .find(|line| !line.trim_start().starts_with('#'))?;
        Some((subject, *next))
    });
    about.collect()
}

/// Lines that are not the same before and after: those gone, and those new.
fn difference<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (before, after): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let same = before
        .iter()
        .zip(&after)
        .take_while(|(one, other)| one == other)
        .count();
    let (before, after) = (&before[same..], &after[same..]);
    let same = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    (
        before[..before.len() - same].to_vec(),
        after[..after.len() - same].to_vec(),
    )
}

/// Looks at one edit line by line.
fn judge(before: &str, after: &str, edit: &Edit, block_list: bool) -> Result<(), String> {
    let breaks = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
    let (crlf, all) = breaks(after);
    let had_crlf = breaks(before).0 > 0;
    if had_crlf && crlf != all || !had_crlf && crlf > 0 {
        return Err("line breaks are mixed".to_owned());
    }
    if before.ends_with('\n') != after.ends_with('\n') {
        return Err("the end of the file changed".to_owned());
    }
    if before.starts_with('\u{feff}') != after.starts_with('\u{feff}') {
        return Err("the byte order mark changed".to_owned());
    }
    if comments(before) != comments(after) {
        return Err("comments changed".to_owned());
    }
    let (gone, new) = difference(before, after);
    let only = |lines: &[&str], words: &[&str]| {
        lines
            .iter()
            .all(|line| line.trim().is_empty() || words.iter().any(|word| line.contains(word)))
    };
    match edit {
        Edit::Insert(_) => {
            if subjects(before) != subjects(after) {
                return Err("a comment left its entry".to_owned());
            }
            // A block of text at the end of a file without a line break may get another header.
            let header = |lines: &[&str]| {
                let first = lines
                    .first()
                    .is_some_and(|line| line.contains("value: |") || line.contains("value: >"));
                first && !before.ends_with('\n')
            };
            if block_list && !gone.is_empty() && !header(&gone) {
                return Err(format!("lines are gone: {gone:?}"));
            }
            if !block_list && gone.len() > 2 {
                return Err(format!("lines are gone: {gone:?}"));
            }
        }
        Edit::Version(_) => {
            if gone.len() > 1 || new.len() != gone.len() || !only(&gone, &["version"]) {
                return Err(format!("lines are gone: {gone:?}"));
            }
        }
        _ => {
            let words = [
                "version",
                "digest",
                "Algorithm",
                "value",
                "labels",
                "info",
                "signing",
                "description",
                "platforms",
                "darwin",
                "linux",
                "First line",
                "no comment",
                "last",
                "# ",
                "name",
                "component",
                "extraIdentity",
            ];
            if !only(&gone, &words) {
                return Err(format!("lines are gone: {gone:?}"));
            }
        }
    }
    Ok(())
}

fn tree(text: &str) -> Value {
    let document = ocm::yaml::parse(text, ocm::yaml::Limits::constructor());
    document.unwrap().root.to_json().unwrap()
}

#[test]
fn random_constructors_are_edited_without_a_wrong_edit() {
    let cases = generated::cases(1_000);
    let (mut done, mut refused) = (0, 0);
    for seed in 0..cases {
        let mut random = Random::new(seed);
        let Generated {
            text: original,
            mut model,
            component,
            block_list,
        } = generated::generate(&mut random);
        let mut text = original.clone();
        let mut edits = Vec::new();
        let mut block_list = block_list;
        for _ in 0..1 + random.below(4) {
            let edit = random_edit(&mut random, &references_of(&mut model));
            match apply(&text, &component, std::slice::from_ref(&edit)) {
                Ok(edited) => {
                    change(&mut model, &edit);
                    let show = || format!("seed {seed}, {edit:?}\nbefore\n{text}\nafter\n{edited}");
                    assert_eq!(tree(&edited), model, "{}", show());
                    if let Err(reason) = judge(&text, &edited, &edit, block_list) {
                        panic!("{reason}: {}", show());
                    }
                    if matches!(edit, Edit::Insert(_)) {
                        block_list = !edited.contains("eferences: [");
                    }
                    text = edited;
                    edits.push(edit);
                    done += 1;
                }
                // A comment within a label's value.
                Err(EditError::Comment { .. }) if matches!(edit, Edit::Repin { .. }) => {
                    refused += 1
                }
                Err(error) => panic!("seed {seed}, {edit:?}\n{text}\n{error}"),
            }
        }
        if seed % 10 == 0 {
            assert_eq!(
                apply(&original, &component, &edits).as_ref(),
                Ok(&text),
                "seed {seed}"
            );
        }
    }
    assert!(refused * 100 < done, "{refused} of {done} were refused");
}
