//! Block YAML as the two Go writers lay it out.
//!
//! Source: `emitterc.go` and `encode.go` of `go.yaml.in/yaml/v2` and `v3`. One difference:
//! characters that are not seen or change the writing direction are always escaped.

mod text;
mod tree;

use serde::Serialize;
use serde_json::Value;

use self::text::Form;
use self::tree::Tree;

/// Writes YAML as the official tools write descriptors: keys sorted, two spaces, list items not
/// indented under their key, lines folded at 80 columns.
pub fn write(value: &Value) -> String {
    let mut writer = Writer::new(Layout::Compact);
    writer.document(&Tree::sorted(value));
    writer.out
}

/// Writes YAML as the official tools write their lists: keys in the order the value gives them,
/// four spaces, list items indented under their key.
///
/// Fails only where the value cannot be JSON, such as a map with keys that are no text.
pub fn write_indented(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(value)?;
    let mut writer = Writer::new(Layout::Indented);
    writer.document(&serde_json::from_str(&json)?);
    Ok(writer.out)
}

/// Whose habits are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Of `yaml/v2`.
    Compact,
    /// Of `yaml/v3`.
    Indented,
}

/// Where a node is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Root,
    Item,
    Value,
    /// A key that its `:` follows on the same line.
    SimpleKey,
    /// A key behind `?`.
    LongKey,
}

struct Writer {
    layout: Layout,
    out: String,
    column: usize,
    /// Nothing before the first collection.
    indent: Option<usize>,
    /// Whether a blank was last, or nothing needs one.
    blank: bool,
    /// Whether the line so far only indents.
    indenting: bool,
}

impl Writer {
    fn new(layout: Layout) -> Self {
        Self {
            layout,
            out: String::new(),
            column: 0,
            indent: None,
            blank: true,
            indenting: true,
        }
    }

    fn document(&mut self, tree: &Tree) {
        self.node(tree, Position::Root);
        self.indent = None;
        self.start_line();
    }

    fn node(&mut self, tree: &Tree, position: Position) {
        match tree {
            Tree::List(items) if items.is_empty() => self.indicator("[]", false),
            Tree::Map(members) if members.is_empty() => self.indicator("{}", false),
            Tree::List(items) => self.list(items, position),
            Tree::Map(members) => self.map(members, position),
            Tree::Null => self.plain("null", position),
            Tree::Other(text) => self.plain(text, position),
            Tree::Text(text) => self.text(text, position),
        }
    }

    fn list(&mut self, items: &[Tree], position: Position) {
        let indent = self.indent;
        let in_map = matches!(position, Position::Value | Position::LongKey);
        if self.layout == Layout::Indented || !in_map || self.indenting {
            self.indent = Some(self.deeper(position));
        }
        for item in items {
            self.start_line();
            self.indicator("-", true);
            self.node(item, Position::Item);
        }
        self.indent = indent;
    }

    fn map(&mut self, members: &[(String, Tree)], position: Position) {
        let indent = self.indent;
        self.indent = Some(self.deeper(position));
        for (key, value) in members {
            self.start_line();
            if text::is_simple_key(key) {
                self.text(key, Position::SimpleKey);
                self.out.push(':');
                self.column += 1;
                self.blank = false;
                self.indenting = false;
            } else {
                self.indicator("?", true);
                self.text(key, Position::LongKey);
                self.start_line();
                self.indicator(":", true);
            }
            self.node(value, Position::Value);
        }
        self.indent = indent;
    }

    /// The indentation of what a collection here contains.
    fn deeper(&self, position: Position) -> usize {
        match (self.indent, self.layout) {
            (None, _) => 0,
            (Some(indent), Layout::Compact) => indent + 2,
            (Some(indent), Layout::Indented) if position == Position::Item => indent + 2,
            (Some(indent), Layout::Indented) => (indent + 4) / 4 * 4,
        }
    }

    fn plain(&mut self, text: &str, position: Position) {
        self.scalar(text, Form::Plain, position);
    }

    fn text(&mut self, text: &str, position: Position) {
        let simple_key = position == Position::SimpleKey;
        let form = text::form(text, self.layout, simple_key);
        self.scalar(text, form, position);
    }

    fn scalar(&mut self, text: &str, form: Form, position: Position) {
        let indent = self.indent;
        self.indent = Some(match (indent, self.layout) {
            (None, Layout::Compact) => 2,
            (None, Layout::Indented) => 4,
            _ => self.deeper(position),
        });
        let fold = self.layout == Layout::Compact && position != Position::SimpleKey;
        match form {
            Form::Plain => self.write_plain(text, fold),
            Form::SingleQuoted => self.write_single_quoted(text, fold),
            Form::DoubleQuoted => self.write_double_quoted(text, fold),
            Form::Literal => self.write_literal(text),
        }
        self.indent = indent;
    }

    /// Ends the line unless it is empty up to the indentation, and indents.
    fn start_line(&mut self) {
        let indent = self.indent.unwrap_or_default();
        if !self.indenting || self.column > indent || (self.column == indent && !self.blank) {
            self.break_line();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.blank = true;
        self.indenting = true;
    }

    fn break_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn indicator(&mut self, indicator: &str, indents: bool) {
        if !self.blank {
            self.put(' ');
        }
        indicator.chars().for_each(|character| self.put(character));
        self.blank = false;
        self.indenting &= indents;
    }
}
