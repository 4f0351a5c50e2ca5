//! Edits of constructors: layouts one by one, then random ones.

use ocm::{ElementDigest, Label};
use registry::edit::{Edit, EditError, Entry, apply};
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
        let (crlf_before, crlf_after) = (before.replace('\n', "\r\n"), format!("{HEAD}{after}").replace('\n', "\r\n"));
        assert_edited(&crlf_before, &insert("mid", "1.0.0"), &crlf_after);
        let mark = '\u{feff}';
        assert_edited(&format!("{mark}{crlf_before}"), &insert("mid", "1.0.0"), &format!("{mark}{crlf_after}"));
    }
}
