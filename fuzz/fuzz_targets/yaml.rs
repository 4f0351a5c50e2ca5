//! YAML is parsed or refused, its spans lie within the text, and it survives a round trip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocm::yaml::{self, Kind, Limits, Node};

fn check(node: &Node, text: &str) {
    for span in [node.span, node.outer_span()] {
        assert!(span.start <= span.end && span.end <= text.len());
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
    }
    match &node.kind {
        Kind::Scalar(_) => {
            node.resolve();
        }
        Kind::Sequence { items, .. } => items.iter().for_each(|item| check(item, text)),
        Kind::Mapping { pairs, .. } => {
            for (key, value) in pairs {
                check(key, text);
                check(value, text);
            }
        }
    }
}

fuzz_target!(|text: &str| {
    for limits in [Limits::constructor(), Limits::descriptor()] {
        let document = match yaml::parse(
            text,
            Limits {
                nodes: 10_000,
                ..limits
            },
        ) {
            Ok(document) => document,
            Err(error) => {
                let span = error.diagnostic.span;
                assert!(span.start <= span.end && span.end <= text.len());
                continue;
            }
        };
        check(&document.root, text);
        for comment in &document.comments {
            assert!(comment.span.slice(text).starts_with('#'));
        }
        let Ok(value) = document.root.to_json() else {
            continue;
        };
        let written = yaml::write_indented(&value).expect("JSON can be written");
        let again = yaml::parse(&written, Limits::descriptor()).expect("what was written is read");
        assert_eq!(again.root.to_json().ok(), Some(value), "{written}");
    }
});
