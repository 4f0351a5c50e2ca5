//! YAML is read like by the official reader and written like by the official writers.
#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "tests may panic, and need not be fast"
)]

use ocm::yaml::{self, Document, DuplicateKeys, Kind, Limits, Node, Span};
use proptest::prelude::*;
use serde_json::{Value, json};

fn vectors(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn read(text: &str) -> Document {
    yaml::parse(text, Limits::constructor()).unwrap()
}

fn json(text: &str) -> Result<Value, yaml::YamlError> {
    yaml::parse(text, Limits::descriptor())?.root.to_json()
}

/// Numbers beyond 64 bits are compared as doubles.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

/// The node at a path of keys and list indexes.
fn at<'a>(document: &'a Document, path: &str) -> &'a Node {
    let steps = path.split('.').filter(|step| !step.is_empty());
    steps.fold(&document.root, |node, step| match step.parse::<usize>() {
        Ok(index) => &node.as_sequence().unwrap()[index],
        Err(_) => node.get(step).unwrap(),
    })
}

fn refused(text: &str) -> yaml::YamlError {
    yaml::parse(text, Limits::constructor()).unwrap_err()
}

#[test]
fn documents_are_read_like_by_the_official_reader() {
    for case in vectors(include_str!("vectors/inputs/yaml-reader.json")) {
        let text = case["yaml"].as_str().unwrap();
        match (json(text), case["json"].as_str()) {
            (Ok(found), Some(expected)) => {
                let expected = serde_json::from_str(expected).unwrap();
                assert!(same(&found, &expected), "{text:?}: {found} {expected}");
            }
            (Err(_), None) => {}
            (found, expected) => panic!("{text:?}: {found:?} {expected:?}"),
        }
    }
}

#[test]
fn reference_scalars_are_read_as_recorded() {
    let file: Value =
        serde_json::from_str(include_str!("vectors/inputs/yaml-scalars.json")).unwrap();
    for case in file["more"].as_array().unwrap().iter().chain([&file]) {
        let text = case["yaml"].as_str().unwrap();
        match case["json"].as_str() {
            Some(expected) => {
                let expected: Value = serde_json::from_str(expected).unwrap();
                assert_eq!(json(text).unwrap(), expected, "{text:?}");
            }
            None => assert!(json(text).is_err(), "{text:?}"),
        }
    }
}

#[test]
fn hidden_characters_are_escaped_and_read_back() {
    let hidden = ('\0'..=char::MAX).filter(|character| oci::visible::is_hidden(*character));
    for character in hidden {
        let text = format!("one {character}two\nthree {character}");
        let value = json!({ "one-line": format!("a{character}b"), "lines": text, format!("k{character}"): 1 });
        for text in [yaml::write(&value), yaml::write_indented(&value).unwrap()] {
            let raw = |shown: char| oci::visible::is_hidden(shown) && !matches!(shown, '\n' | '\t');
            assert!(!text.contains(raw), "{character:?} in {text}");
            assert_eq!(json(&text).unwrap(), value, "{text}");
        }
    }
}

#[test]
fn text_that_a_runner_would_take_for_a_command_is_quoted_and_read_back() {
    let words = "w".repeat(90);
    for (text, live) in [
        ("::set-output name=a::b".to_owned(), true),
        ("first\n::error::x\n".to_owned(), true),
        (format!("{words} ::error::x"), true),
        ("a ##[error]x".to_owned(), true),
        ("std::string, ## b".to_owned(), false),
    ] {
        let value = json!({ "description": text });
        for text in [yaml::write(&value), yaml::write_indented(&value).unwrap()] {
            let command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
            assert!(!text.lines().any(command), "{text}");
            assert_eq!(text.contains('"'), live, "{text}");
            assert_eq!(json(&text).unwrap(), value, "{text}");
        }
    }
}

#[test]
fn written_yaml_equals_that_of_the_official_writers() {
    for case in vectors(include_str!("vectors/inputs/yaml-writer.json")) {
        let text = case["json"].as_str().unwrap();
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(yaml::write(&value), case["compact"], "{text}");
        let ordered: Box<serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
        assert_eq!(
            yaml::write_indented(&ordered).unwrap(),
            case["indented"],
            "{text}"
        );
    }
}

#[test]
fn descriptors_and_lists_are_written_byte_for_byte() {
    let descriptor: Value =
        serde_json::from_str(include_str!("vectors/oci/descriptor.json")).unwrap();
    assert_eq!(
        yaml::write(&descriptor),
        include_str!("vectors/oci/descriptor.yaml")
    );
    let list: Box<serde_json::value::RawValue> = serde_json::from_str(include_str!(
        "vectors/official-cli/seed-registry-list/list.json"
    ))
    .unwrap();
    assert_eq!(
        yaml::write_indented(&list).unwrap(),
        include_str!("vectors/official-cli/seed-registry-list/list.yaml")
    );
}

#[test]
fn spans_cover_exactly_the_token() {
    let text = "\u{feff}# first\r\nname: é x  # beside\r\nlist:\r\n- 'q'\r\n-  \"w\\n\" # d\r\n\
                empty:\r\ntilde: ~\r\nflow: [1, {a: b, c: }, ]\r\ntext: |-\r\n  x\r\n  y\r\n\r\n\
                # end\r\ntagged: &anchor !!str 12\r\nalias: *anchor\r\n\
                anchored: &b\r\n- x # c\r\n- z\r\nnested:\r\n  - a: 1\r\n    b:\r\n  -\r\nfolded: >2\r\n   z \r\n";
    let document = read(text);
    for (path, expected) in [
        ("name", "é x"),
        ("list", "- 'q'\r\n-  \"w\\n\""),
        ("list.0", "'q'"),
        ("list.1", "\"w\\n\""),
        ("empty", ""),
        ("tilde", "~"),
        ("flow", "[1, {a: b, c: }, ]"),
        ("flow.1", "{a: b, c: }"),
        ("flow.1.a", "b"),
        ("flow.1.c", ""),
        ("text", "|-\r\n  x\r\n  y"),
        ("tagged", "12"),
        ("alias", "*anchor"),
        ("anchored", "- x # c\r\n- z"),
        ("nested", "- a: 1\r\n    b:\r\n  -"),
        ("nested.0", "a: 1\r\n    b:"),
        ("nested.0.b", ""),
        ("nested.1", ""),
        ("folded", ">2\r\n   z "),
    ] {
        assert_eq!(at(&document, path).span.slice(text), expected, "{path}");
    }
    assert!(text[..at(&document, "empty").span.start].ends_with("empty:"));
    assert!(text[..at(&document, "nested.0.b").span.start].ends_with("b:"));
    assert!(text[..at(&document, "nested.1").span.start].ends_with("\r\n  -"));
    assert_eq!(
        at(&document, "tagged").outer_span().slice(text),
        "&anchor !!str 12"
    );
    assert!(at(&document, "alias").from_alias);
    assert_eq!(
        document.root.entry("name").unwrap().0.span.slice(text),
        "name"
    );
    let comments: Vec<&str> = document
        .comments
        .iter()
        .map(|c| c.span.slice(text))
        .collect();
    assert_eq!(comments, ["# first", "# beside", "# d", "# end", "# c"]);
}

#[test]
fn a_long_run_of_comments_is_read() {
    let text = format!("a:\n{}  b: 1\n", "# c\n".repeat(5_000));
    assert_eq!(read(&text).comments.len(), 5_000);
}

#[test]
fn an_empty_text_is_null() {
    for text in ["", "# only\n", "\u{feff}", "\n\n"] {
        let document = read(text);
        assert!(document.root.is_null());
        assert_eq!(document.root.span, Span::empty(text.len()), "{text:?}");
    }
}

#[test]
fn a_second_document_is_reported_and_not_read() {
    let text = "a: 1\n--- # next\nb: [\n";
    let document = read(text);
    assert_eq!(document.root.to_json().unwrap(), json!({"a": 1}));
    assert_eq!(document.second_document.unwrap().slice(text), "---");
    let text = "&a &b c";
    assert_eq!(read(text).second_document.unwrap().slice(text), "&");
    assert!(read("a: 1\n...\n# end\n").second_document.is_none());
}

#[test]
fn a_duplicate_key_is_refused_or_the_last_one_wins() {
    let text = "a:\n  no: 1\n  false: 2\n";
    let error = refused(text);
    assert_eq!(error.diagnostic.message, "key `false` stands here twice");
    assert_eq!(error.diagnostic.span.slice(text), "false");
    assert_eq!(error.related.unwrap().slice(text), "no");
    let lenient = Limits {
        duplicate_keys: DuplicateKeys::LastWins,
        ..Limits::constructor()
    };
    let document = yaml::parse(text, lenient).unwrap();
    assert_eq!(document.root.to_json().unwrap(), json!({"a": {"false": 2}}));
}

#[test]
fn overriding_a_merged_key_is_not_a_duplicate() {
    let text = "x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  a: 3\n";
    let document = read(text);
    assert_eq!(
        document.root.to_json().unwrap()["z"],
        json!({"a": 3, "b": 2})
    );
    let z = document.root.get("z").unwrap();
    assert!(!z.get("a").unwrap().from_alias);
    assert!(z.get("b").unwrap().from_alias);
    assert!(json("z: {<<: {a: 1}, a: 2, a: 3}").is_ok());
    assert!(
        refused("z: {<<: {a: 1}, a: 2, a: 3}")
            .diagnostic
            .message
            .contains("twice")
    );
}

#[test]
fn small_texts_that_expand_enormously_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let item = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", [item.as_str(); 9].join(", "));
    }
    assert!(refused(&text).diagnostic.message.contains("nodes"));
    let long = "x".repeat(1 << 20);
    let text = format!("a: &a {long}\nb: [{}]\n", ["*a"; 1_000].join(", "));
    assert!(refused(&text).diagnostic.message.contains("nodes"));
    assert!(
        refused("a: &a [1, *a]")
            .diagnostic
            .message
            .contains("part of")
    );
}

#[test]
fn deeply_nested_texts_are_refused() {
    let deepest = Limits::constructor().depth;
    for (open, close) in [("[", "]"), ("- ", ""), ("{a: ", "}"), ("? ", "")] {
        let text = |depth| format!("{}x{}", open.repeat(depth), close.repeat(depth));
        assert!(
            yaml::parse(&text(deepest + 1), Limits::constructor()).is_err(),
            "{open}"
        );
        if open != "? " {
            assert!(
                yaml::parse(&text(deepest), Limits::constructor()).is_ok(),
                "{open}"
            );
        }
    }
    let mut text = String::from("- &a0 [x]\n");
    for level in 1..200 {
        text += &format!("- &a{level} [*a{}]\n", level - 1);
    }
    assert!(refused(&text).diagnostic.message.contains("levels"));
    assert!(refused(&"[".repeat(100_000)).diagnostic.span.start <= deepest);
    assert!(yaml::parse(&"- ".repeat(100_000), Limits::constructor()).is_err());
}

#[test]
fn long_texts_are_refused() {
    let limits = Limits {
        bytes: 10,
        ..Limits::constructor()
    };
    assert!(yaml::parse("0123456789", limits).is_ok());
    assert!(yaml::parse("0123456789a", limits).is_err());
}

#[test]
fn ambiguous_yaml_is_refused_at_its_location() {
    for (text, expected) in [
        ("a: \"x\\/y\"", "\\/"),
        ("a: \"\\\\/ \\ud83d\\ude00\"", "\\ud83d"),
        ("a: b\u{2028}c", "\u{2028}"),
        ("a: \u{7f}", "\u{7f}"),
        ("{a:, b: c}", "a:"),
        ("~: a", "~"),
        ("? [a]\n: b", "[a]"),
        ("a: !!int x", "x"),
        ("a: !!binary aGk=", "aGk="),
        ("%YAML 1.2\n---\na: 1", "---"),
    ] {
        assert_eq!(
            refused(text).diagnostic.span.slice(text),
            expected,
            "{text:?}"
        );
    }
    let document = read("a: .inf");
    assert_eq!(
        document.root.to_json().unwrap_err().diagnostic.span,
        Span { start: 3, end: 7 }
    );
}

#[test]
fn messages_start_in_lower_case_without_a_full_stop() {
    for text in [
        "a: [",
        "a: b: c",
        "- a\nb",
        "\"",
        "a: @",
        "*x",
        "a: !<",
        "%TAG",
        "a: {b c: d e}: f",
    ] {
        let message = refused(text).diagnostic.message;
        assert!(!message.ends_with('.'), "{message}");
        assert!(
            !message.starts_with(|first: char| first.is_uppercase()),
            "{message}"
        );
    }
}

#[test]
fn ten_thousand_entries_are_read_quickly() {
    let mut text = String::from("componentReferences:\n");
    for number in 0..10_000 {
        text += &format!(
            "  - name: plugin-{number}\n    version: 1.2.{number}\n    componentName: acme.org/plugins/p{number}\n    \
             digest:\n      hashAlgorithm: SHA-256\n      normalisationAlgorithm: jsonNormalisation/v4alpha1\n      \
             value: {number:064x}\n    labels:\n      - name: ocm.software/pluginInfo\n        signing: true\n        \
             value: {{description: \"a plugin\", platforms: [linux/amd64, darwin/arm64]}}\n"
        );
    }
    let start = std::time::Instant::now();
    let document = read(&text);
    let references = document.root.get("componentReferences").unwrap();
    assert_eq!(references.as_sequence().unwrap().len(), 10_000);
    // Generous, for builds without optimisation on busy machines.
    assert!(start.elapsed().as_secs() < 20);
}

/// Spans lie within their parents, in order, and plain tokens are their text.
fn check_spans(text: &str, node: &Node) {
    let inside = |child: &Node| {
        let (inner, outer) = (child.outer_span(), node.span);
        assert!(
            inner.start >= outer.start && inner.end <= outer.end,
            "{text:?} {child:?}"
        );
        assert!(text.get(inner.start..inner.end).is_some());
        check_spans(text, child);
    };
    if node.from_alias {
        return;
    }
    match &node.kind {
        Kind::Scalar(scalar) => {
            let token = node.span.slice(text);
            if scalar.style == yaml::ScalarStyle::Plain && !token.contains(['\n', '\r']) {
                assert_eq!(token, &*scalar.text, "{text:?}");
            }
        }
        Kind::Sequence { items, .. } => items.iter().for_each(inside),
        Kind::Mapping { pairs, .. } => {
            for (key, value) in pairs {
                inside(key);
                inside(value);
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,12}",
        "[ -~\n]{0,20}",
        "[a-z :#'\"\\-\\n\\t,0-9.]{0,100}",
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(|value| Value::from(value + 0.5_f64.copysign(value))),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn yaml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{1,3}",
        Just("\n".to_owned()),
        Just("\n  ".to_owned()),
        proptest::sample::select(vec![
            "- ", ": ", "? ", "|\n  ", ">-\n ", "{", "}", "[", "]", ", ", "#", " # c", "'", "\"",
            "&a ", "*a", "!!str ", "!t ", "<<: ", "---\n", "...\n", "\r\n", "\t", "é", "😀",
            "\u{feff}", "~", "no", "\\",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn written_yaml_reads_back_unchanged(value in any_json()) {
        for text in [yaml::write(&value), yaml::write_indented(&value).unwrap()] {
            let read = json(&text);
            prop_assert!(read.as_ref().is_ok_and(|read| same(read, &value)), "{text} {read:?}");
        }
    }

    #[test]
    fn nothing_panics_and_spans_nest(text in yaml_like()) {
        for limits in [Limits::constructor(), Limits::descriptor()] {
            if let Ok(document) = yaml::parse(&text, limits) {
                let _ = document.root.to_json();
                if limits.duplicate_keys == DuplicateKeys::Refuse {
                    check_spans(&text, &document.root);
                }
            }
        }
    }

    #[test]
    fn random_texts_do_not_panic(text in any::<String>()) {
        let _ = json(&text);
    }

    #[test]
    fn random_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = json(&String::from_utf8_lossy(&bytes));
    }
}
