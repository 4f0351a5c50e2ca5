//! A part of a file with what is wrong with it, as text for people.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use oci::visible::{REPLACEMENT, is_hidden};
use ocm::yaml::Span;

use crate::escape::{limited, terminal};

/// Maximum number of lines that are shown of a file.
const LINES: usize = 6;

/// Maximum number of bytes that are shown of a line before and after the part in question. Longer lines are
/// cut, so that the cost does not depend on the file.
const BEFORE: usize = 120;
const AFTER: usize = 240;

/// Maximum number of characters of a message or its help.
const MESSAGE_LIMIT: usize = 2000;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    Warning,
    Note,
}

/// A file that snippets are taken from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

/// The lines that a part of a text is in, cut to what can be shown, and escaped.
struct Excerpt {
    text: String,
    /// Bytes of `text`.
    start: usize,
    end: usize,
    /// The column in the file, counted from 1 in characters, if the first line was cut before it.
    column: Option<usize>,
}

/// Shows a part of a file, which begins in the given line, under a message with an optional id.
pub(crate) fn rendered(
    kind: Kind,
    file: &File<'_>,
    (span, line): (Span, usize),
    (id, message): (Option<&str>, &str),
    help: Option<&str>,
) -> String {
    let excerpt = excerpt(file.text, span);
    let path = terminal(file.path);
    let escaped = |text| terminal(&limited(text, MESSAGE_LIMIT));
    let (message, help) = (escaped(message), help.map(escaped));
    let mut snippet = Snippet::source(&excerpt.text)
        .line_start(line)
        .fold(true)
        .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end));
    let mut title = level(kind).primary_title(&message);
    if let Some(id) = id {
        title = title.id(id);
    }
    let mut group = if let Some(column) = excerpt.column {
        title.element(Origin::path(&path).line(line).char_column(column))
    } else {
        snippet = snippet.path(&path);
        annotate_snippets::Group::with_title(title)
    };
    group = group.element(snippet);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help));
    }
    Renderer::styled().render(&[group])
}

fn level(kind: Kind) -> Level<'static> {
    match kind {
        Kind::Error => Level::ERROR,
        Kind::Warning => Level::WARNING,
        Kind::Note => Level::NOTE,
    }
}

fn excerpt(text: &str, span: Span) -> Excerpt {
    let start = text.floor_char_boundary(span.start);
    let end = span.end.max(start);
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let mut excerpt = Excerpt {
        text: String::new(),
        start: 0,
        end: 0,
        column: None,
    };
    let mut ended = false;
    let lines = text[first..].split_inclusive('\n').take(LINES);
    let mut at = first;
    for line in lines {
        let from = if at == first {
            text.floor_char_boundary(start.saturating_sub(BEFORE))
                .max(at)
        } else {
            at
        };
        let content = at + line.trim_end_matches(['\n', '\r']).len();
        let to = text.floor_char_boundary(from + BEFORE + AFTER).min(content);
        if from > at {
            excerpt.text.push('…');
            excerpt.column = Some(text[at..start].chars().count() + 1);
        }
        for (offset, character) in text[from..to.max(from)].char_indices() {
            if from + offset == start {
                excerpt.start = excerpt.text.len();
            }
            if from + offset >= end && !ended {
                (excerpt.end, ended) = (excerpt.text.len(), true);
            }
            let hidden = is_hidden(character) && character != '\t';
            excerpt
                .text
                .push(if hidden { REPLACEMENT } else { character });
        }
        if start >= to && at == first {
            excerpt.start = excerpt.text.len();
        }
        if !ended {
            excerpt.end = excerpt.text.len();
        }
        if to < content {
            excerpt.text.push('…');
        }
        at += line.len();
        if ended || at >= end {
            break;
        }
        excerpt.text.push('\n');
    }
    excerpt.end = excerpt.end.max(excerpt.start);
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, part: &str) -> String {
        let start = text.find(part).unwrap();
        let line = text[..start].matches('\n').count() + 1;
        let file = File {
            path: "a.yaml",
            text,
        };
        let span = Span {
            start,
            end: start + part.len(),
        };
        let text = rendered(Kind::Error, &file, (span, line), (None, "m"), None);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_short_line_is_shown_whole() {
        assert_eq!(
            shown("a: 1\nb: é two\nc: 3\n", "two"),
            "error: m\n --> a.yaml:2:6\n  |\n2 | b: é two\n  |      ^^^"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_part_and_keeps_its_column() {
        let text = format!("a: [{}here{}]\n", "é".repeat(3000), "x".repeat(3000));
        let shown = shown(&text, "here");
        assert!(shown.contains("--> a.yaml:1:3005"), "{shown}");
        assert!(shown.contains("éhere"), "{shown}");
        assert!(
            shown.lines().all(|line| line.chars().count() < 400),
            "{shown}"
        );
    }

    #[test]
    fn the_cost_does_not_depend_on_the_length_of_the_line() {
        let text = "x".repeat(16 << 20);
        let span = Span {
            start: 9 << 20,
            end: 12 << 20,
        };
        let excerpt = excerpt(&text, span);
        assert!(excerpt.text.len() < 500);
        assert!(excerpt.start < excerpt.end);
    }

    #[test]
    fn no_hidden_character_of_a_file_reaches_the_terminal() {
        let hidden = |character: &char| is_hidden(*character) && *character != '\n';
        let hidden: Vec<char> = ('\0'..=char::MAX).filter(hidden).collect();
        for some in hidden.chunks(50) {
            let some: String = some.iter().collect();
            let text = shown(&format!("a: 1 # {some}x\n"), "1");
            let raw = |shown| is_hidden(shown) && shown != '\n';
            assert!(!text.contains(raw), "{some:?}: {text}");
        }
    }
}
