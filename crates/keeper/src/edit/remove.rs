//! Removes an entry from the list of references, or a label from a list of labels.
//!
//! ```yaml
//! - { name: a, value: 1 }        labels: [{ name: a }, { name: b }]
//! # about b                      labels: [{ name: a }]
//! - { name: b, value: 2 }        # removed with the comment above it
//! ```

use ocm::yaml::{Node, Span};

use super::error::EditError;
use super::insert::{dashes, is_flow};
use super::locate::{member, object, shape, unshared, unshared_within};
use super::source::{Source, Splice};

/// Removes a label of an entry or of the component; nothing if there is no such label.
pub(super) fn label(
    source: &Source,
    node: &Node,
    name: &str,
) -> Result<Option<(Vec<Splice>, Span)>, EditError> {
    let of = member(node, &["name"]);
    object(source, node, &format!("`{of}`"))?;
    unshared(source, node, &format!("`{of}`"))?;
    let Some((key, list)) = node.entry("labels") else {
        return Ok(None);
    };
    let what = format!("labels of `{of}`");
    unshared(source, key, &what)?;
    unshared(source, list, &what)?;
    let items = match list.as_sequence() {
        Some(items) => items,
        None if list.is_null() => &[],
        None => return Err(shape(source, list, &what, "a list")),
    };
    let mut labels = items.iter();
    let Some(index) = labels.position(|item| member(item, &["name"]) == name) else {
        return Ok(None);
    };
    unshared_within(source, &items[index], &format!("label `{name}` of `{of}`"))?;
    Ok(Some(item(source, Some((key, list)), index)))
}

/// Removes the item at a valid index; returns also the removed span, including comments.
pub(super) fn item(
    source: &Source,
    list: Option<(&Node, &Node)>,
    index: usize,
) -> (Vec<Splice>, Span) {
    let Some((key, list)) = list else {
        return (Vec::new(), Span::empty(0));
    };
    let items = list.as_sequence().unwrap_or_default();
    if is_flow(list) {
        return from_flow(source, items, index);
    }
    let column = source.column(list.span.start);
    let dash = dashes(source, list, items)[index];
    let start = source.comments_above(source.line_start(dash), column);
    let below = source.comments_below(items[index].outer_span().end, column);
    let mut gone = Span {
        start,
        end: source.next_line(below).unwrap_or(source.text.len()),
    };
    let mut splices = Vec::new();
    if source.next_line(below).is_none() {
        // The file keeps its missing final line break, so blank lines before the item are removed
        // as well.
        gone.start = source.text[..start].trim_end_matches(['\n', '\r']).len();
    }
    splices.push(Splice::new(gone.start, gone.end, ""));
    if items.len() == 1 {
        let colon = source.next_token(key.outer_span().end) + 1;
        let behind = list.outer_span().start.min(list.span.start);
        let properties = source.text[colon..behind].trim_start_matches([' ', '\t']);
        let at = if properties.is_empty() || list.properties.is_none() {
            colon
        } else {
            list.properties.as_ref().map_or(colon, |all| all.span.end)
        };
        splices.push(Splice::insert(at, " []"));
    }
    (splices, gone)
}

fn from_flow(source: &Source, items: &[Node], index: usize) -> (Vec<Splice>, Span) {
    let item = items[index].outer_span();
    let comma = |from: usize| {
        let at = source.next_token(from);
        source.text[at..].starts_with(',').then_some(at)
    };
    let mut splices = Vec::new();
    let own_comma = comma(item.end);
    let previous = items[..index]
        .last()
        .and_then(|item| comma(item.outer_span().end));
    let end = own_comma.map_or(item.end, |comma| comma + 1);
    if own_comma.is_none()
        && let Some(comma) = previous
    {
        splices.push(Splice::new(comma, comma + 1, ""));
    }
    let line_end = source.line_end(end);
    let rest = source.text[end..line_end].trim_start();
    let whole_line = source.starts_line(item.start)
        && (rest.is_empty() || rest.starts_with('#'))
        && source.line_end(item.end) == line_end;
    let gone = if whole_line {
        let line = source.line_start(item.start);
        let column = source.column(item.start);
        Span {
            start: source.comments_above(line, column),
            end: source.next_line(end).unwrap_or(source.text.len()),
        }
    } else {
        let blanks = source.text[end..].len() - source.text[end..].trim_start_matches(' ').len();
        let leads = own_comma.is_none() && index > 0;
        let before = source.text[..item.start].trim_end_matches(' ').len();
        Span {
            start: if leads { before } else { item.start },
            end: if leads { end } else { end + blanks },
        }
    };
    splices.push(Splice::new(gone.start, gone.end, ""));
    (splices, gone)
}
