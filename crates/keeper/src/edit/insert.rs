//! Inserts items into lists and members into objects, in the layout of their neighbours.
//!
//! ```yaml
//! tags: [a, c]            - name: alpha
//! tags: [a, b, c]         - name: beta      # inserted, with the same indentation
//! ```

use ocm::yaml::{Kind, Node, ScalarStyle, Span};

use super::error::EditError;
use super::locate::shape;
use super::render::{Content, Layout};
use super::source::{Source, Splice, last_leaf};

/// Inserts items into the list that is the value of a key, which may be empty or null.
pub(super) fn items(
    source: &Source,
    layout: Layout,
    (parent, key, list): (&Node, &Node, &Node),
    index: usize,
    contents: Vec<Content<'_>>,
) -> Result<Vec<Splice>, EditError> {
    let empty = list.as_sequence().is_none_or(<[_]>::is_empty);
    if empty && !source.has_comment(list.span) {
        return replace(
            source,
            layout,
            (parent, key, list),
            &Content::List(contents),
        );
    }
    into_list(source, layout, list, index, &contents)
}

/// Inserts items into a list that is not empty, or is written with brackets.
pub(super) fn into_list(
    source: &Source,
    layout: Layout,
    list: &Node,
    index: usize,
    contents: &[Content<'_>],
) -> Result<Vec<Splice>, EditError> {
    let items = list.as_sequence().unwrap_or_default();
    if is_flow(list) {
        let spans: Vec<Span> = items.iter().map(Node::outer_span).collect();
        let texts = contents.iter().map(|content| layout.inline(content));
        let text = texts.collect::<Vec<_>>().join(", ");
        return Ok(flow(source, list.span, &spans, index, &text));
    }
    if !source.starts_line(list.span.start) {
        let expected = "a list that starts on its own line";
        return Err(shape(source, list, "the list", expected));
    }
    let column = source.column(list.span.start);
    let lines = layout.items(contents, column);
    let dashes = dashes(source, list, items);
    let line_above = |dash| source.comments_above(source.line_start(dash), column);
    let separated = dashes.len() > 1
        && dashes[1..].iter().all(|&dash| {
            let before = source.line_before(line_above(dash));
            before.is_some_and(|line| source.is_blank_line(line))
        });
    let gap = if separated { "\n" } else { "" };
    Ok(match (dashes.get(index), items.last()) {
        (Some(&dash), _) => vec![source.insert_line_before(line_above(dash), &(lines + gap))],
        // A blank line could become part of the text before it.
        (None, Some(end)) if is_block_scalar(last_leaf(end)) => {
            source.insert_below(end, column, &lines)
        }
        (None, Some(end)) => source.insert_below(end, column, &format!("{gap}{lines}")),
        (None, None) => Vec::new(),
    })
}

fn is_block_scalar(node: &Node) -> bool {
    node.as_scalar()
        .is_some_and(|scalar| matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded))
}

/// The positions of the dashes of a block list.
pub(super) fn dashes(source: &Source, list: &Node, items: &[Node]) -> Vec<usize> {
    let mut from = list.span.start;
    let mut dashes = Vec::with_capacity(items.len());
    for item in items {
        dashes.push(source.next_token(from));
        from = item.outer_span().end;
    }
    dashes
}

/// Replaces the value of a key, which is missing, null, an empty list, or on one line:
///
/// ```yaml
/// componentReferences: []
/// componentReferences:
///   - name: demo
/// ```
pub(super) fn replace(
    source: &Source,
    layout: Layout,
    (parent, key, value): (&Node, &Node, &Node),
    content: &Content<'_>,
) -> Result<Vec<Splice>, EditError> {
    let Span { start, end } = value.span;
    let key_end = key.outer_span().end;
    if source.has_comment(value.span) {
        return Err(EditError::Comment {
            what: format!("`{}`", key.key()),
            line: source.line_number(start),
            span: value.span,
        });
    }
    if is_flow(parent) {
        let text = layout.inline(content);
        let colon = source.text[key_end..start].contains(':') || value.properties.is_some();
        let before = match (start == end, colon) {
            (false, _) => "",
            (true, true) => " ",
            (true, false) => ": ",
        };
        return Ok(vec![Splice::new(start, end, format!("{before}{text}"))]);
    }
    let column = source.column(parent.span.start);
    let behind = layout.after_key(content, column);
    let before = &source.text[..start];
    // Blanks before the old value are removed with it.
    let from = before.trim_end_matches([' ', '\t']).len();
    let Some(lines) = behind.strip_prefix('\n') else {
        let text = if start == end {
            behind
        } else {
            behind[1..].to_owned()
        };
        return Ok(vec![Splice::new(start, end, text)]);
    };
    if source.starts_line(start) && start < end {
        return Ok(replace_line(source, value.span, lines));
    }
    let mut splices = Vec::new();
    if start < end {
        splices.push(Splice::new(from, end, ""));
    }
    splices.push(source.insert_line_after(end, lines));
    Ok(splices)
}

/// Replaces a value that is alone on its line, or followed by a comment, with lines.
fn replace_line(source: &Source, value: Span, lines: &str) -> Vec<Splice> {
    let line = source.line_start(value.start);
    let end = source.line_end(value.end);
    if source.text[value.end..end].trim_end().is_empty() {
        let lines = lines.replace('\n', source.line_break(line));
        return vec![Splice::new(line, end, lines)];
    }
    vec![
        Splice::new(value.start, value.end, ""),
        source.insert_line_after(value.end, lines),
    ]
}

/// Inserts a member into an object: after the pair at an index, or at its end.
pub(super) fn member(
    source: &Source,
    layout: Layout,
    object: &Node,
    behind: Option<usize>,
    key: &str,
    content: Content<'_>,
) -> Vec<Splice> {
    let pairs = object.as_mapping().unwrap_or_default();
    let behind = behind.and_then(|index| pairs.get(index));
    if is_flow(object) {
        let mut spans: Vec<Span> = pairs.iter().map(pair_span).collect();
        // Merged pairs have the position of their alias.
        spans.sort();
        spans.dedup();
        let index = match behind {
            Some(pair) => spans.iter().position(|&span| span == pair_span(pair)),
            None => None,
        };
        let index = index.map_or(spans.len(), |index| index + 1);
        let text = layout.pair(key, &content);
        return flow(source, object.span, &spans, index, &text);
    }
    let column = source.column(object.span.start);
    let lines = layout.members(&[(key, content)], column);
    match behind {
        Some((key, value)) => {
            let last = if value.outer_span().end > key.outer_span().end {
                value
            } else {
                key
            };
            source.insert_below(last, column, &lines)
        }
        None => source.insert_below(object, column, &lines),
    }
}

/// From the start of a key to the end of its value.
pub(crate) fn pair_span((key, value): &(Node, Node)) -> Span {
    let (key, value) = (key.outer_span(), value.outer_span());
    Span {
        start: key.start.min(value.start),
        end: key.end.max(value.end),
    }
}

pub(crate) fn is_flow(node: &Node) -> bool {
    matches!(
        node.kind,
        Kind::Mapping { flow: true, .. } | Kind::Sequence { flow: true, .. }
    )
}

/// Inserts text between brackets or braces, before the part at an index or at the end.
pub(super) fn flow(
    source: &Source,
    collection: Span,
    parts: &[Span],
    index: usize,
    text: &str,
) -> Vec<Splice> {
    if let Some(next) = parts.get(index) {
        if !source.starts_line(next.start) {
            return vec![Splice::insert(next.start, format!("{text}, "))];
        }
        let column = source.column(next.start);
        let line = source.line_start(next.start);
        let indentation = &source.text[line..next.start];
        let above = source.comments_above(line, column);
        return vec![source.insert_line_before(above, &format!("{indentation}{text},"))];
    }
    let Some(last) = parts.last() else {
        return into_empty(source, collection, text);
    };
    let separator = source.next_token(last.end);
    let comma = source.text[separator..].starts_with(',');
    let at = if comma { separator + 1 } else { last.end };
    let closing = collection.end - 1;
    let line = source.line_start(last.start);
    let own_line = source.starts_line(last.start);
    let last_line = source.line_end(at) >= closing;
    let text = if comma {
        format!("{text},")
    } else {
        text.to_owned()
    };
    let between = if comma { "" } else { "," };
    if own_line {
        let lines = format!("{}{text}", &source.text[line..last.start]);
        if last_line {
            let line_break = source.line_break(line);
            return vec![Splice::insert(at, format!("{between}{line_break}{lines}"))];
        }
        let below = source.comments_below(at, source.column(last.start));
        return vec![
            Splice::insert(at, between),
            source.insert_line_after(below, &lines),
        ];
    }
    vec![Splice::insert(at, format!("{between} {text}"))]
}

fn into_empty(source: &Source, collection: Span, text: &str) -> Vec<Splice> {
    let closing = collection.end - 1;
    if !source.starts_line(closing) {
        return vec![Splice::insert(closing, text)];
    }
    let line = source.line_start(closing);
    let indentation = &source.text[line..closing];
    vec![source.insert_line_before(line, &format!("{indentation}  {text}"))]
}
