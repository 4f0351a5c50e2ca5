//! Reorders the keys of an entry, each with the comments that belong to it.
//!
//! ```yaml
//! - { version: 1.0.0, name: demo }
//! - { name: demo, version: 1.0.0 }
//! ```

use ocm::yaml::{Kind, Node, Span};

use super::guard::{Checked, Content};
use crate::edit::{
    LIST_KEYS, Source, Splice, components, is_blank, is_flow, keeps_line_breaks, pair_span,
};

const ENTRY: &[&str] = &[
    "name",
    "version",
    "componentName",
    "component",
    "extraIdentity",
    "digest",
    "labels",
];
const DIGEST: &[&str] = &["hashAlgorithm", "normalisationAlgorithm", "value"];
const LABEL: &[&str] = &["name", "value", "signing"];

/// What is reordered in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Digests and labels of entries.
    Parts,
    /// Entries.
    Entries,
}

/// An object whose keys are out of order.
pub(super) struct UnsortedObject<'a> {
    pub(super) span: Span,
    /// Such as ``digest of `helminput` ``.
    pub(super) name: String,
    node: &'a Node,
    order: &'static [&'static str],
}

/// The result for one object.
pub(super) enum Outcome {
    Done,
    /// Left unchanged, with the reason.
    Left(String),
}

/// Objects whose keys are out of order, in the order of the text.
pub(super) fn unsorted_objects<'a>(source: &'a Source, level: Level) -> Vec<UnsortedObject<'a>> {
    let mut objects = Vec::new();
    for component in components(&source.document.root) {
        let lists = LIST_KEYS.iter().filter_map(|key| component.get(key));
        for entry in lists.filter_map(Node::as_sequence).flatten() {
            let name = entry.get("name").and_then(Node::as_str).unwrap_or_default();
            if level == Level::Entries {
                add(&mut objects, entry, ENTRY, format!("entry `{name}`"));
                continue;
            }
            // Labels may come before the digest here, and keep this order in the list.
            if let Some(digest) = entry.get("digest") {
                add(&mut objects, digest, DIGEST, format!("digest of `{name}`"));
            }
            let labels = entry.get("labels").and_then(Node::as_sequence);
            for label in labels.unwrap_or_default() {
                let label_name = label.get("name").and_then(Node::as_str).unwrap_or_default();
                let name = format!("label `{label_name}` of `{name}`");
                add(&mut objects, label, LABEL, name);
            }
        }
    }
    objects
}

fn add<'a>(
    objects: &mut Vec<UnsortedObject<'a>>,
    node: &'a Node,
    order: &'static [&'static str],
    name: String,
) {
    let pairs = in_text_order(node);
    let ranks = pairs.iter().map(|pair| rank(pair, order));
    if !node.from_alias && !ranks.is_sorted() {
        objects.push(UnsortedObject {
            span: node.span,
            name,
            node,
            order,
        });
    }
}

fn in_text_order(node: &Node) -> Vec<&(Node, Node)> {
    let mut pairs: Vec<_> = node.as_mapping().unwrap_or_default().iter().collect();
    pairs.sort_by_key(|pair| pair_span(pair));
    pairs
}

fn rank((key, _): &(Node, Node), order: &[&str]) -> usize {
    let name = key.key();
    let known = order.iter().position(|&known| known == name);
    known.unwrap_or(order.len())
}

/// Reorders keys wherever that is possible, and returns the result for each object. Without a text
/// nothing was reordered.
pub(super) fn rewrite(
    source: &Source,
    level: Level,
    content: &Content,
) -> Result<(Option<Checked>, Vec<Outcome>), String> {
    let objects = unsorted_objects(source, level);
    let mut plans: Vec<_> = objects
        .iter()
        .map(|object| reordered(source, object))
        .collect();
    let mut checked = together(source, &plans, content);
    if checked.is_err() {
        settle(source, &mut plans, content);
        checked = together(source, &plans, content);
    }
    let checked = checked.map_err(|_| "its keys cannot be put in order")?;
    Ok((checked, plans.into_iter().map(outcome).collect()))
}

type Plan = Result<Vec<Splice>, String>;

fn outcome(plan: Plan) -> Outcome {
    match plan {
        Ok(_) => Outcome::Done,
        Err(reason) => Outcome::Left(reason),
    }
}

/// Applies plans; nothing if there are none.
fn together(source: &Source, plans: &[Plan], content: &Content) -> Result<Option<Checked>, String> {
    let splices: Vec<Splice> = plans.iter().flatten().flatten().cloned().collect();
    if splices.is_empty() {
        return Ok(None);
    }
    let text = source.spliced(splices).ok_or("the keys overlap")?;
    content.check(text).map(Some)
}

/// Finds the plans that cannot be applied, by bisection: there are few, if any.
fn settle(source: &Source, plans: &mut [Plan], content: &Content) {
    let Err(reason) = together(source, plans, content) else {
        return;
    };
    if let [plan] = plans {
        *plan = Err(reason);
        return;
    }
    let (one, other) = plans.split_at_mut(plans.len() / 2);
    settle(source, one, content);
    settle(source, other, content);
}

fn reordered(source: &Source, object: &UnsortedObject<'_>) -> Plan {
    let pairs = in_text_order(object.node);
    if pairs.iter().any(|(key, _)| key.from_alias) {
        return Err("some come by `<<`".to_owned());
    }
    if has(object.node, is_anchored) && has(object.node, |node| node.from_alias) {
        return Err("anchors and aliases depend on their order".to_owned());
    }
    let mut sorted: Vec<usize> = (0..pairs.len()).collect();
    sorted.sort_by_key(|&index| rank(pairs[index], object.order));
    if is_flow(object.node) {
        flow(source, object.node.span, &pairs, &sorted)
    } else {
        block(source, object.node, &pairs, &sorted)
    }
}

fn is_anchored(node: &Node) -> bool {
    let properties = node.properties.as_ref();
    !node.from_alias && properties.is_some_and(|all| all.anchor.is_some())
}

fn has(node: &Node, quality: fn(&Node) -> bool) -> bool {
    if quality(node) {
        return true;
    }
    match &node.kind {
        Kind::Scalar(_) => false,
        Kind::Sequence { items, .. } => items.iter().any(|item| has(item, quality)),
        Kind::Mapping { pairs, .. } => pairs
            .iter()
            .any(|(key, value)| has(key, quality) || has(value, quality)),
    }
}

fn flow(source: &Source, span: Span, pairs: &[&(Node, Node)], sorted: &[usize]) -> Plan {
    if source.has_comment(span) {
        return Err("a comment stands between them".to_owned());
    }
    let moved = sorted.iter().enumerate().filter(|(to, from)| to != *from);
    let splices = moved.map(|(to, &from)| {
        let Span { start, end } = pair_span(pairs[to]);
        Splice::new(start, end, pair_span(pairs[from]).slice(source.text))
    });
    Ok(splices.collect())
}

/// The lines of a key, with the comments that belong to it.
struct Lines {
    span: Span,
    /// Indented also where the first key follows a dash.
    text: String,
    starts_with_comment: bool,
}

fn block(source: &Source, node: &Node, pairs: &[&(Node, Node)], sorted: &[usize]) -> Plan {
    let column = source.column(node.span.start);
    let behind_dash = !source.starts_line(node.span.start);
    let mut parts = Vec::with_capacity(pairs.len());
    for (index, pair) in pairs.iter().enumerate() {
        parts.push(lines(source, pair, column, index == 0 && behind_dash)?);
    }
    let mut gaps = Vec::with_capacity(pairs.len());
    for neighbours in parts.windows(2) {
        let gap = source
            .text
            .get(neighbours[0].span.end..neighbours[1].span.start);
        let gap = gap.filter(|gap| gap.lines().all(is_blank));
        gaps.push(gap.ok_or("a comment between two keys belongs to neither")?);
    }
    let last_moves = sorted.last().is_some_and(|&last| last + 1 != pairs.len());
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return Ok(Vec::new());
    };
    if last_moves
        && let Some(next) = source.next_line(last.span.end)
        && source.comment_column(next) == Some(column)
    {
        return Err("the comment below may belong to the last key".to_owned());
    }
    let mut text = String::new();
    for (to, &from) in sorted.iter().enumerate() {
        let part = &parts[from];
        if to > 0 {
            text.push_str(gaps[to - 1]);
        } else if behind_dash && part.starts_with_comment {
            return Err("a comment is above the key that would come first".to_owned());
        }
        let skipped = if to == 0 && behind_dash { column } else { 0 };
        text.push_str(&part.text[skipped..]);
    }
    Ok(vec![Splice::new(first.span.start, last.span.end, text)])
}

fn lines(
    source: &Source,
    pair: &(Node, Node),
    column: usize,
    behind_dash: bool,
) -> Result<Lines, String> {
    let Span { start, end } = pair_span(pair);
    let end = source.line_end(source.comments_below(end, column));
    if keeps_line_breaks(source, &pair.1) {
        return Err("the line breaks after a block scalar belong to it".to_owned());
    }
    if behind_dash {
        return Ok(Lines {
            span: Span { start, end },
            text: format!("{:column$}{}", "", &source.text[start..end]),
            starts_with_comment: false,
        });
    }
    if !source.starts_line(start) || source.column(start) != column {
        return Err("they are not on their own lines".to_owned());
    }
    let line = source.line_start(start);
    let start = source.comments_above(line, column);
    Ok(Lines {
        span: Span { start, end },
        text: source.text[start..end].to_owned(),
        starts_with_comment: start < line,
    })
}
