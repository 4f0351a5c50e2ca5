//! The tree builder: a stack of open collections.

use std::collections::HashMap;

use granit_parser::{Event, ScalarStyle as Style, StructureStyle, Tag};

use super::super::{
    DuplicateKeys, Kind, Limits, Node, Properties, Scalar, ScalarStyle, Span, YamlError, scalar,
};
use super::position;

pub(super) struct Builder<'a> {
    text: &'a str,
    limits: Limits,
    /// Position at which the document starts.
    start: usize,
    /// Number of nodes built and copied so far.
    cost: usize,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
}

/// An incomplete collection.
struct Open {
    span: Span,
    flow: bool,
    mapping: bool,
    properties: Option<Box<Properties>>,
    anchor: usize,
    nodes: Vec<Node>,
    /// Nesting depth, including this collection.
    height: usize,
    cost_before: usize,
}

struct Anchored {
    node: Node,
    height: usize,
    cost: usize,
}

pub(in super::super) fn null(at: usize) -> Node {
    Node {
        span: Span::empty(at),
        kind: Kind::Scalar(Scalar {
            text: Box::default(),
            style: ScalarStyle::Plain,
        }),
        properties: None,
        from_alias: false,
    }
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            limits,
            start: 0,
            cost: 0,
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
        }
    }

    pub(super) fn start_at(&mut self, start: usize) {
        self.start = start;
    }

    pub(super) fn root(&mut self) -> Option<Node> {
        self.root.take()
    }

    pub(super) fn take(
        &mut self,
        event: Event<'_>,
        span: granit_parser::Span,
        anchor: Option<(Span, String)>,
    ) -> Result<(), YamlError> {
        let bytes = position::bytes(span);
        let tag_span = span.tag_span().map(position::bytes);
        match event {
            Event::Scalar(text, style, id, tag) => {
                let properties = properties(anchor, tag.as_deref(), tag_span);
                self.scalar(text.into_owned(), style, id, bytes, properties)
            }
            Event::SequenceStart(style, id, tag) => {
                let properties = properties(anchor, tag.as_deref(), tag_span);
                self.open(bytes, style, false, id, properties)
            }
            Event::MappingStart(style, id, tag) => {
                let properties = properties(anchor, tag.as_deref(), tag_span);
                self.open(bytes, style, true, id, properties)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(bytes),
            Event::Alias(id) => self.alias(id, bytes),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        mut text: String,
        style: Style,
        anchor: usize,
        span: Span,
        properties: Option<Box<Properties>>,
    ) -> Result<(), YamlError> {
        self.spend(1, span)?;
        let unwritten = style == Style::Plain && span.start == span.end;
        if unwritten {
            text.clear();
        }
        if unwritten {
            self.check_flow_value()?;
        }
        let span = match style {
            Style::Plain if unwritten => Span::empty(match &properties {
                Some(properties) => properties.span.end,
                None => self.behind_indicator().unwrap_or(span.start),
            }),
            Style::Literal | Style::Folded => {
                let blank = text.trim().is_empty();
                let from = match &properties {
                    Some(properties) => Some(properties.span.end),
                    None => self.behind_indicator(),
                };
                position::block_scalar(self.text, span, from.unwrap_or(self.start), blank)
            }
            _ => span,
        };
        if style == Style::DoubleQuoted
            && let Some(escape) = position::foreign_escape(self.text, span)
        {
            let message = format!("`{}` is no escape YAML knows", escape.slice(self.text));
            return Err(YamlError::new(escape, message).help("write the character itself"));
        }
        if let Some(tag) = properties.as_ref().and_then(|all| all.tag.as_deref())
            && !scalar::fits(&text, tag)
        {
            let name = tag.strip_prefix(scalar::TAG_PREFIX).unwrap_or(tag);
            let message = format!("`{text}` cannot be read as `!!{name}`");
            return Err(YamlError::new(span, message).help("leave the tag out"));
        }
        let style = match style {
            Style::Plain => ScalarStyle::Plain,
            Style::SingleQuoted => ScalarStyle::SingleQuoted,
            Style::DoubleQuoted => ScalarStyle::DoubleQuoted,
            Style::Literal => ScalarStyle::Literal,
            Style::Folded => ScalarStyle::Folded,
        };
        let node = Node {
            span,
            kind: Kind::Scalar(Scalar {
                text: text.into_boxed_str(),
                style,
            }),
            properties,
            from_alias: false,
        };
        self.complete(node, anchor, 0, 1)
    }

    /// Refuses `{a:, b: c}`, in which the official reader sees the key `a:`.
    fn check_flow_value(&self) -> Result<(), YamlError> {
        let Some(key) = self.open.last().filter(|open| open.flow).and_then(|open| {
            let is_value = open.mapping && open.nodes.len() % 2 == 1;
            open.nodes.last().filter(|_| is_value)
        }) else {
            return Ok(());
        };
        let is_plain = key
            .as_scalar()
            .is_some_and(|scalar| scalar.style == ScalarStyle::Plain);
        let rest = self.text.get(key.span.end..).unwrap_or_default();
        if is_plain && rest.starts_with([':']) && !rest[1..].starts_with([' ', '\t', '\r', '\n']) {
            let span = Span {
                start: key.span.start,
                end: key.span.end + 1,
            };
            let written = span.slice(self.text);
            return Err(
                YamlError::new(span, format!("readers differ about `{written}` here"))
                    .help(format!("write a value, such as `{written} null`")),
            );
        }
        Ok(())
    }

    /// The position after the `:` or `-` that the next value belongs to, or after a key that has no
    /// `:`.
    fn behind_indicator(&self) -> Option<usize> {
        let open = self.open.last()?;
        let last = open.nodes.last().map(|node| node.outer_span().end);
        match (open.mapping, last) {
            (true, Some(key)) if open.nodes.len() % 2 == 1 => {
                Some(position::behind(self.text, key, b':').unwrap_or(key))
            }
            (true, last) => position::behind(self.text, last.unwrap_or(open.span.start), b'?'),
            (false, _) if open.flow => None,
            (false, last) => position::behind(self.text, last.unwrap_or(open.span.start), b'-'),
        }
    }

    fn open(
        &mut self,
        span: Span,
        style: StructureStyle,
        mapping: bool,
        anchor: usize,
        properties: Option<Box<Properties>>,
    ) -> Result<(), YamlError> {
        let cost_before = self.cost;
        self.spend(1, span)?;
        self.check_depth(1, span)?;
        let mut span = span;
        if style == StructureStyle::Block && !mapping {
            // For a list that is not indented, the parser reports the position of its first item.
            let from = match &properties {
                Some(properties) => Some(properties.span.end),
                None => self.behind_indicator(),
            };
            let dash = from.and_then(|from| position::behind(self.text, from, b'-'));
            span.start = dash.map_or(span.start, |behind| behind - 1);
        }
        self.open.push(Open {
            span,
            flow: style == StructureStyle::Flow,
            mapping,
            properties,
            anchor,
            nodes: Vec::new(),
            height: 1,
            cost_before,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), YamlError> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        let span = collection_span(self.text, &open, end);
        let kind = if open.mapping {
            let pairs = pairs(open.nodes, self.limits.duplicate_keys)?;
            Kind::Mapping {
                flow: open.flow,
                pairs,
            }
        } else {
            // Most lists are short, but are allocated with room for more items.
            open.nodes.shrink_to_fit();
            Kind::Sequence {
                flow: open.flow,
                items: open.nodes,
            }
        };
        let node = Node {
            span,
            kind,
            properties: open.properties,
            from_alias: false,
        };
        let cost = self.cost - open.cost_before;
        self.complete(node, open.anchor, open.height, cost)
    }

    fn complete(
        &mut self,
        node: Node,
        anchor: usize,
        height: usize,
        cost: usize,
    ) -> Result<(), YamlError> {
        if anchor != 0 {
            // The copy costs the same again, including its texts.
            let cost = cost + text_cost(&node);
            self.spend(cost, node.span)?;
            let anchored = Anchored {
                node: node.clone(),
                height,
                cost,
            };
            self.anchors.insert(anchor, anchored);
        }
        match self.open.last_mut() {
            Some(open) => {
                open.height = open.height.max(height + 1);
                open.nodes.push(node);
            }
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), YamlError> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = format!(
                "`{}` stands for something it is part of",
                span.slice(self.text)
            );
            return Err(YamlError::new(span, message));
        };
        let (height, cost) = (anchored.height, anchored.cost);
        self.spend(cost, span)?;
        self.check_depth(height, span)?;
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Ok(());
        };
        let mut node = anchored.node.clone();
        mark_as_alias(&mut node, span);
        self.complete(node, 0, height, cost)
    }

    fn spend(&mut self, cost: usize, span: Span) -> Result<(), YamlError> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > self.limits.nodes {
            let message = format!("the document has more than {} nodes", self.limits.nodes);
            return Err(YamlError::new(span, message).help("use fewer aliases, or split the file"));
        }
        Ok(())
    }

    fn check_depth(&self, height: usize, span: Span) -> Result<(), YamlError> {
        if self.open.len() + height > self.limits.depth {
            return Err(YamlError::new(span, too_deep(self.limits.depth)));
        }
        Ok(())
    }
}

fn properties(
    anchor: Option<(Span, String)>,
    tag: Option<&Tag>,
    tag_span: Option<Span>,
) -> Option<Box<Properties>> {
    let (anchor_span, anchor) = anchor.unzip();
    let span = match (anchor_span, tag_span) {
        (Some(one), Some(other)) => Span {
            start: one.start.min(other.start),
            end: one.end.max(other.end),
        },
        (one, other) => one.or(other)?,
    };
    Some(Box::new(Properties {
        span,
        anchor,
        tag: tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix())),
    }))
}

fn collection_span(text: &str, open: &Open, end: Span) -> Span {
    let bracket = text.as_bytes().get(open.span.start);
    if open.flow && matches!(bracket, Some(b'[' | b'{')) {
        return Span {
            start: open.span.start,
            end: end.end,
        };
    }
    let first = open.nodes.first().map(|node| node.outer_span().start);
    let start = match (bracket, first) {
        (Some(b'-' | b'?'), _) | (_, None) => open.span.start,
        (_, Some(first)) => first,
    };
    let last = open.nodes.last().map(|node| node.outer_span().end);
    Span {
        start,
        end: last.unwrap_or(start).max(start),
    }
}

/// What copying the texts of a node costs, in nodes of 64 bytes.
fn text_cost(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar(scalar) => scalar.text.len() / 64,
        Kind::Sequence { items, .. } => items.iter().map(text_cost).sum(),
        Kind::Mapping { pairs, .. } => pairs
            .iter()
            .map(|(key, value)| text_cost(key) + text_cost(value))
            .sum(),
    }
}

fn mark_as_alias(node: &mut Node, span: Span) {
    node.span = span;
    node.from_alias = true;
    match &mut node.kind {
        Kind::Scalar(_) => {}
        Kind::Sequence { items, .. } => {
            for item in items {
                mark_as_alias(item, span);
            }
        }
        Kind::Mapping { pairs, .. } => {
            for (key, value) in pairs {
                mark_as_alias(key, span);
                mark_as_alias(value, span);
            }
        }
    }
}

/// Pairs keys and values, merges what `<<` says, and looks for keys that stand twice.
fn pairs(nodes: Vec<Node>, duplicate_keys: DuplicateKeys) -> Result<Vec<(Node, Node)>, YamlError> {
    let mut pairs = Pairs {
        list: Vec::with_capacity(nodes.len() / 2),
        positions: HashMap::with_capacity(nodes.len() / 2),
    };
    let mut nodes = nodes.into_iter();
    while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
        if is_merge(&key) {
            merge(&mut pairs, value)?;
            continue;
        }
        let name = key_name(&key)?;
        if let Some(&(position, written)) = pairs.positions.get(&name)
            && written
            && duplicate_keys == DuplicateKeys::Refuse
        {
            let mut error = YamlError::new(key.span, format!("key `{name}` stands here twice"))
                .help("leave one of them; readers differ in which they take");
            error.related = Some(pairs.list[position].0.span);
            return Err(error);
        }
        pairs.set(name, key, value, true);
    }
    Ok(pairs.list)
}

struct Pairs {
    list: Vec<(Node, Node)>,
    /// Where a name stands, and whether it was written rather than merged.
    positions: HashMap<String, (usize, bool)>,
}

impl Pairs {
    fn set(&mut self, name: String, key: Node, value: Node, written: bool) {
        let next = self.list.len();
        let (position, was_written) = self.positions.entry(name).or_insert((next, written));
        *was_written |= written;
        if *position == next {
            self.list.push((key, value));
        } else {
            self.list[*position] = (key, value);
        }
    }
}

fn key_name(key: &Node) -> Result<String, YamlError> {
    let name = scalar::key(key).ok_or_else(|| {
        YamlError::new(key.span, format!("a key cannot be {}", key.shape()))
            .help("write keys as text")
    })?;
    Ok(name.into_owned())
}

fn is_merge(key: &Node) -> bool {
    let tag = key.properties.as_ref().and_then(|all| all.tag.as_deref());
    key.as_scalar().is_some_and(|scalar| {
        &*scalar.text == "<<"
            && match tag {
                None => scalar.style == ScalarStyle::Plain,
                Some(tag) => tag.strip_prefix(scalar::TAG_PREFIX) == Some("merge"),
            }
    })
}

/// Merges as the official reader does: what stands before `<<` is overridden, what stands
/// behind it overrides.
fn merge(pairs: &mut Pairs, value: Node) -> Result<(), YamlError> {
    let span = value.span;
    match value.kind {
        Kind::Mapping { pairs: merged, .. } => {
            for (key, value) in merged {
                pairs.set(key_name(&key)?, key, value, false);
            }
            Ok(())
        }
        // Of several the first counts.
        Kind::Sequence { items, .. } if !value.from_alias => {
            items
                .into_iter()
                .rev()
                .try_for_each(|item| match item.kind {
                    Kind::Mapping { .. } => merge(pairs, item),
                    _ => Err(not_mergeable(item.span)),
                })
        }
        _ => Err(not_mergeable(span)),
    }
}

fn not_mergeable(span: Span) -> YamlError {
    YamlError::new(
        span,
        "`<<` merges an object or a list of objects, nothing else",
    )
}

/// The message about a text that is nested too deeply.
pub(super) fn too_deep(limit: usize) -> String {
    format!("more than {limit} levels inside one another")
}
