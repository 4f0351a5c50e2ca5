//! YAML with byte positions, read by the rules of the official tools.
//!
//! The official reader is Go's `sigs.k8s.io/yaml`: YAML 1.1 for plain scalars (`no` is false,
//! `014` is 12), merge keys, the first document only, everything turned into JSON. Syntax comes
//! from `granit-parser`; what a scalar means is decided here.
//!
//! Refused because the official reader refuses it: control characters, the JSON escapes `\/`
//! and `\ud800`…, `%YAML` directives other than 1.1, keys that are null or collections, tags
//! that do not fit. Refused because readers disagree: `!!binary`, and the line breaks U+0085,
//! U+2028 and U+2029 outside of an escape.

mod json;
mod parse;
mod scalar;
mod write;

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;

pub use parse::parse;
pub use scalar::Resolved;
pub use write::{write, write_indented};

/// A range of bytes in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Position of the first byte.
    pub start: usize,
    /// Position after the last byte.
    pub end: usize,
}

impl Span {
    /// An empty span at a position.
    pub const fn empty(at: usize) -> Self {
        Self { start: at, end: at }
    }

    /// The part of `text` that it covers; empty if the span is outside of `text`.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Limits on a text, and options for reading it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum number of bytes of text.
    pub bytes: usize,
    /// Maximum number of nodes; those that an alias refers to are counted each time.
    pub nodes: usize,
    /// Maximum nesting of collections.
    pub depth: usize,
    /// How a duplicate key of a mapping is handled.
    pub duplicate_keys: DuplicateKeys,
}

impl Limits {
    /// For files that people write: 16 MiB; duplicate keys are refused.
    pub const fn constructor() -> Self {
        Self {
            bytes: 16 << 20,
            nodes: 2_000_000,
            depth: 128,
            duplicate_keys: DuplicateKeys::Refuse,
        }
    }

    /// For configurations: 1 MiB; the last of duplicate keys counts, as in the official reader.
    pub const fn configuration() -> Self {
        Self {
            bytes: 1 << 20,
            nodes: 200_000,
            depth: 64,
            duplicate_keys: DuplicateKeys::LastWins,
        }
    }

    /// For documents that tools write: 64 MiB; the last of duplicate keys counts, as in the
    /// official reader.
    pub const fn descriptor() -> Self {
        Self {
            bytes: 64 << 20,
            nodes: 8_000_000,
            depth: 128,
            duplicate_keys: DuplicateKeys::LastWins,
        }
    }
}

/// How a duplicate key of a mapping is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateKeys {
    /// It is an error.
    Refuse,
    /// The last one counts.
    LastWins,
}

/// The first document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// The content; an empty text becomes a null with an empty span.
    pub root: Node,
    /// Comments in order, including those after the document.
    pub comments: Vec<Comment>,
    /// Start of the text after the document, usually a second document; it is ignored.
    pub second_document: Option<Span>,
}

impl Default for Document {
    /// That of an empty text.
    fn default() -> Self {
        Self {
            root: parse::null(0),
            comments: Vec::new(),
            second_document: None,
        }
    }
}

/// A comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` up to, but not including, the line break.
    pub span: Span,
}

/// A value and its location.
#[derive(Clone, Debug)]
pub struct Node {
    /// The token of a scalar with its quotes, a flow collection with its brackets, a block
    /// collection from its first key or dash to the end of its last value, a block scalar from
    /// `|` to the end of its last line that is not blank. Anchor and tag precede it. For an
    /// omitted value, the empty span after the `:` or `-`. For what an alias refers to, the
    /// alias.
    pub span: Span,
    /// The value.
    pub kind: Kind,
    /// Anchor and tag, if any.
    pub properties: Option<Box<Properties>>,
    /// Whether it is the target of an alias, or part of one.
    pub from_alias: bool,
}

/// Anchor and tag of a node.
#[derive(Clone, Debug)]
pub struct Properties {
    /// From the beginning of the first to the end of the last of them.
    pub span: Span,
    /// The anchor's name.
    pub anchor: Option<String>,
    /// The tag in its long form, such as `tag:yaml.org,2002:str`.
    pub tag: Option<String>,
}

/// The value of a node.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    Sequence {
        /// Whether it is written with brackets (flow style).
        flow: bool,
        /// The items.
        items: Vec<Node>,
    },
    /// A mapping.
    Mapping {
        /// Whether it is written with braces (flow style).
        flow: bool,
        /// Keys and values in order, merge keys (`<<`) replaced by what they merge, each key
        /// once. Keys are scalars that are not null.
        pairs: Vec<(Node, Node)>,
    },
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, with quotes and escapes resolved.
    pub text: Box<str>,
    /// Its style.
    pub style: ScalarStyle,
}

/// The style of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// `'text'`.
    SingleQuoted,
    /// `"text"`.
    DoubleQuoted,
    /// A block that starts with `|`.
    Literal,
    /// A block that starts with `>`.
    Folded,
}

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .diagnostic.message)]
pub struct YamlError {
    /// The problem and its location.
    pub diagnostic: Diagnostic,
    /// Another location that the problem is about: for a duplicate key, the first one.
    pub related: Option<Span>,
}

impl YamlError {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            diagnostic: Diagnostic::new(span, message),
            related: None,
        }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self {
            diagnostic: self.diagnostic.with_help(help),
            ..self
        }
    }
}

impl Node {
    /// The span including anchor and tag.
    pub fn outer_span(&self) -> Span {
        match &self.properties {
            Some(properties) if !self.from_alias => Span {
                start: properties.span.start.min(self.span.start),
                end: properties.span.end.max(self.span.end),
            },
            _ => self.span,
        }
    }

    /// The meaning of a scalar; `None` for collections.
    pub fn resolve(&self) -> Option<Resolved<'_>> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar::of(scalar, self.tag())),
            _ => None,
        }
    }

    /// The text of a scalar whose value is text.
    pub fn as_str(&self) -> Option<&str> {
        match self.resolve() {
            Some(Resolved::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The scalar as written, whatever its value.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence { items, .. } => Some(items),
            _ => None,
        }
    }

    /// The keys and values, if it is a mapping.
    pub fn as_mapping(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Mapping { pairs, .. } => Some(pairs),
            _ => None,
        }
    }

    /// Returns whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.resolve(), Some(Resolved::Null))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A key and its value.
    pub fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        let pairs = self.as_mapping()?;
        let (key, value) = pairs.iter().find(|(name, _)| name.key() == key)?;
        Some((key, value))
    }

    /// The member name that it becomes as a key: `no` becomes `false`, `0x10` becomes `16`.
    pub fn key(&self) -> Cow<'_, str> {
        scalar::key(self).unwrap_or_default()
    }

    /// Its kind in messages, such as `a number`.
    pub fn shape(&self) -> &'static str {
        match &self.kind {
            Kind::Sequence { .. } => "a list",
            Kind::Mapping { .. } => "an object",
            Kind::Scalar(_) => match self.resolve() {
                Some(Resolved::Null) | None => "null",
                Some(Resolved::Bool(_)) => "a boolean",
                Some(Resolved::Int(_) | Resolved::UInt(_) | Resolved::Float(_)) => "a number",
                Some(Resolved::Text(_)) => "text",
            },
        }
    }

    fn tag(&self) -> Option<&str> {
        self.properties.as_ref()?.tag.as_deref()
    }
}
