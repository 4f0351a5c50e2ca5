//! Reading members, with messages about unknown and missing ones and about wrong types.

use super::Spanned;
use crate::diagnostic::Diagnostic;
use crate::name::did_you_mean;
use crate::version::Version;
use crate::yaml::{Kind, Node, Resolved, Span};

/// Collects diagnostics.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) sketch_spellings: Vec<Diagnostic>,
}

/// How unknown members are handled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The schema refuses them.
    Refused,
    /// The schema accepts them, and they are ignored.
    Ignored,
}

impl Reader {
    /// Records an error; an empty help is omitted.
    pub(super) fn refuse(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let error = Diagnostic::new(span, message).with_help(help);
        self.errors.push(error);
    }

    /// Records a warning; an empty help is omitted.
    pub(super) fn warn(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let warning = Diagnostic::new(span, message).with_help(help);
        self.warnings.push(warning);
    }

    /// Records a use of the original sketch's spelling.
    pub(super) fn sketch(&mut self, span: Span, message: impl Into<String>, help: &str) {
        let spelling = Diagnostic::new(span, message).with_help(help);
        self.sketch_spellings.push(spelling);
    }

    /// Checks the keys of an object; returns whether the node is an object.
    pub(super) fn object(
        &mut self,
        node: &Node,
        what: &str,
        known: &[&str],
        unknown: Unknown,
    ) -> bool {
        let Some(pairs) = node.as_mapping() else {
            let message = format!("{what} is {}, not an object", node.shape());
            self.refuse(node.span, message, "");
            return false;
        };
        for (key, _) in pairs {
            let name = key.key();
            if !known.contains(&name.as_ref()) {
                self.unknown(key, what, known, unknown);
            }
        }
        true
    }

    fn unknown(&mut self, key: &Node, what: &str, known: &[&str], unknown: Unknown) {
        let name = key.key();
        let help =
            did_you_mean(&name, known).unwrap_or_else(|| format!("known are {}", list(known)));
        match unknown {
            Unknown::Refused => {
                let message = format!("{what} has no key `{name}`");
                self.refuse(key.span, message, help);
            }
            Unknown::Ignored => {
                let message = format!("key `{name}` of {what} is ignored");
                self.warn(key.span, message, help);
            }
        }
    }

    /// A required member; reports it if it is missing.
    pub(super) fn required<'a>(
        &mut self,
        object: &'a Node,
        what: &str,
        key: &str,
        help: &str,
    ) -> Option<&'a Node> {
        let found = object.get(key);
        if found.is_none() {
            let message = format!("{what} has no `{key}`");
            self.refuse(start_of(object), message, help);
        }
        found
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match node.resolve() {
            Some(Resolved::Text(text)) if !text.is_empty() => {
                Some(Spanned::new(text.to_owned(), node.span))
            }
            Some(Resolved::Text(_) | Resolved::Null) => {
                self.refuse(node.span, format!("{what} is empty"), "");
                None
            }
            found => {
                let message = format!("{what} is {}, not text", node.shape());
                let help = match (found, node.as_scalar()) {
                    (Some(_), Some(scalar)) => format!("write \"{}\"", scalar.text),
                    _ => String::new(),
                };
                self.refuse(node.span, message, help);
                None
            }
        }
    }

    /// An optional member with non-empty text.
    pub(super) fn optional_text(
        &mut self,
        object: &Node,
        key: &str,
        what: &str,
    ) -> Option<Spanned<String>> {
        let node = object.get(key).filter(|node| !node.is_null())?;
        self.text(node, &format!("`{key}` of {what}"))
    }

    /// A boolean member; false if absent.
    pub(super) fn flag(&mut self, object: &Node, key: &str, what: &str) -> bool {
        let Some(node) = object.get(key) else {
            return false;
        };
        if let Some(Resolved::Bool(value)) = node.resolve() {
            return value;
        }
        let message = format!("`{key}` of {what} is {}, not a boolean", node.shape());
        self.refuse(node.span, message, "write `true` or `false` without quotes");
        false
    }

    /// A member that is a list; empty if absent, or null where that is allowed.
    pub(super) fn list<'a>(
        &mut self,
        object: &'a Node,
        key: &str,
        what: &str,
        null_allowed: bool,
    ) -> &'a [Node] {
        let Some(node) = object.get(key) else {
            return &[];
        };
        match node.as_sequence() {
            Some(items) => return items,
            None if null_allowed && node.is_null() => {}
            None => {
                let message = format!("`{key}` of {what} is {}, not a list", node.shape());
                let help = if node.is_null() {
                    format!("leave `{key}` out, or write `{key}: []`")
                } else {
                    String::new()
                };
                self.refuse(node.span, message, help);
            }
        }
        &[]
    }

    /// A version.
    pub(super) fn version(&mut self, node: &Node, what: &str) -> Option<Spanned<Version>> {
        let text = self.text(node, what)?;
        match Version::parse(&text.value) {
            Ok(version) => Some(Spanned::new(version, text.span)),
            Err(error) => {
                self.refuse(text.span, format!("{what}: {error}"), "");
                None
            }
        }
    }
}

/// Formats a list for people: `` `a`, `b` and `c` ``.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first key of an object, as the location of a message about a missing member.
pub(super) fn start_of(object: &Node) -> Span {
    match object.as_mapping() {
        Some([(key, _), ..]) if !object.from_alias => key.span,
        _ => object.span,
    }
}

/// Warns about each scalar that contains a `$`.
pub(super) fn warn_of_dollars(node: &Node, text: &str, reader: &mut Reader) {
    match &node.kind {
        Kind::Scalar(_) => {
            if !node.from_alias && node.span.slice(text).contains('$') {
                reader.warn(
                    node.span,
                    super::DOLLAR,
                    "do without `$` to have the same result everywhere",
                );
            }
        }
        Kind::Sequence { items, .. } => {
            for item in items {
                warn_of_dollars(item, text, reader);
            }
        }
        Kind::Mapping { pairs, .. } => {
            for (key, value) in pairs {
                warn_of_dollars(key, text, reader);
                warn_of_dollars(value, text, reader);
            }
        }
    }
}
