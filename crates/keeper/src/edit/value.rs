//! Changes a value and keeps every part that is already right.
//!
//! Setting `{ b: 2, a: [x, y] }`:
//!
//! ```yaml
//! value: { a: [x],    b: 1 } # comment
//! value: { a: [x, y],    b: 2 } # comment
//! ```

use ocm::yaml::{Kind, Node, Span};
use serde_json::{Map, Value};

use super::error::EditError;
use super::insert::{self, is_flow, pair_span};
use super::locate::unshared;
use super::render::{Content, Layout};
use super::scalar::{Surroundings, restyled};
use super::source::{Source, Splice};
use registry::value::canonical;

/// Edits values, and knows the text and its layout.
#[derive(Clone, Copy)]
pub(super) struct ValueEditor<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) layout: Layout,
    /// What is edited, for error messages.
    pub(super) what: &'a str,
}

impl ValueEditor<'_> {
    /// Sets a text member; a missing one is added after those in `before`.
    pub(super) fn set_text(
        self,
        object: &Node,
        key: &str,
        before: &[&str],
        text: &str,
    ) -> Result<Vec<Splice>, EditError> {
        let Some((key_node, node)) = object.entry(key) else {
            let content = Content::Text(text);
            return Ok(self.add(object, key, before, content));
        };
        if node.as_str() == Some(text) {
            return Ok(Vec::new());
        }
        unshared(self.source, key_node, self.what)?;
        unshared(self.source, node, self.what)?;
        self.replace((object, key_node, node), &Content::Text(text))
    }

    /// Adds a member after the last of those in `before`.
    pub(super) fn add(
        self,
        object: &Node,
        key: &str,
        before: &[&str],
        content: Content<'_>,
    ) -> Vec<Splice> {
        let pairs = object.as_mapping().unwrap_or_default();
        let position = |name: &&str| pairs.iter().position(|(key, _)| key.key() == **name);
        let behind = before.iter().rev().find_map(position);
        insert::member(self.source, self.layout, object, behind, key, content)
    }

    /// Replaces a value with content on one line, or with a collection if the value was missing.
    pub(super) fn replace(
        self,
        (object, key, node): (&Node, &Node, &Node),
        content: &Content<'_>,
    ) -> Result<Vec<Splice>, EditError> {
        let surroundings = surroundings(object);
        let text = match content {
            Content::Text(text) => Some(*text),
            Content::Inline(value) => value.as_str(),
            _ => None,
        };
        if let (Some(scalar), Some(text)) = (node.as_scalar(), text)
            && node.span.start < node.span.end
        {
            self.no_comment(node.span)?;
            let text = restyled(text, scalar.style, surroundings);
            return Ok(vec![Splice::new(node.span.start, node.span.end, text)]);
        }
        if node.as_scalar().is_some() || is_flow(node) {
            return insert::replace(self.source, self.layout, (object, key, node), content);
        }
        // A block collection is on its own lines: its replacement follows the colon.
        let colon = self.source.next_token(key.outer_span().end) + 1;
        let span = Span {
            start: colon,
            end: node.span.end,
        };
        self.no_comment(span)?;
        let line = self.layout.after_key(content, 0);
        Ok(vec![Splice::new(span.start, span.end, line)])
    }

    fn no_comment(self, span: Span) -> Result<(), EditError> {
        if !self.source.has_comment(span) {
            return Ok(());
        }
        Err(EditError::Comment {
            what: self.what.to_owned(),
            line: self.source.line_number(span.start),
            span,
        })
    }

    /// Makes the value of a key in an object equal to `value`.
    pub(super) fn set_value(
        self,
        (object, key, node): (&Node, &Node, &Node),
        value: &Value,
    ) -> Result<Vec<Splice>, EditError> {
        if canonical(&node.to_json()?) == canonical(value) {
            return Ok(Vec::new());
        }
        unshared(self.source, key, self.what)?;
        unshared(self.source, node, self.what)?;
        match (&node.kind, value) {
            (Kind::Mapping { .. }, Value::Object(members)) if !members.is_empty() => {
                self.set_members(node, members)
            }
            (Kind::Sequence { items, .. }, Value::Array(values))
                if !items.is_empty() && !values.is_empty() =>
            {
                self.set_items(node, items, values)
            }
            _ => self.replace((object, key, node), &Content::Inline(value)),
        }
    }

    fn set_members(
        self,
        object: &Node,
        members: &Map<String, Value>,
    ) -> Result<Vec<Splice>, EditError> {
        let pairs = object.as_mapping().unwrap_or_default();
        let kept = |(key, _): &(Node, Node)| members.contains_key(&*key.key());
        let same_keys = pairs.iter().all(kept) && pairs.len() == members.len();
        if !same_keys && (is_flow(object) || !pairs.iter().any(kept)) {
            return self.rewrite(object, &Value::Object(members.clone()));
        }
        let mut splices = Vec::new();
        for (index, (key, node)) in pairs.iter().enumerate() {
            match members.get(&*key.key()) {
                Some(value) => splices.extend(self.set_value((object, key, node), value)?),
                None => splices.extend(self.drop_member(pairs, index)?),
            }
        }
        let last_kept = pairs.iter().rposition(kept);
        for (key, value) in members {
            if object.get(key).is_none() {
                let content = Content::Inline(value);
                let (source, layout) = (self.source, self.layout);
                splices.extend(insert::member(
                    source, layout, object, last_kept, key, content,
                ));
            }
        }
        Ok(splices)
    }

    /// Removes a member of a block mapping that keeps others.
    fn drop_member(self, pairs: &[(Node, Node)], index: usize) -> Result<Vec<Splice>, EditError> {
        let source = self.source;
        let (key, value) = &pairs[index];
        unshared(source, key, self.what)?;
        unshared(source, value, self.what)?;
        let Span { start, end } = pair_span(&pairs[index]);
        let below = source.next_line(end).unwrap_or(source.text.len());
        let gone = if source.starts_line(start) {
            let start = source.line_start(start);
            Span { start, end: below }
        } else {
            // The first one, after a dash: the next one takes its position.
            let end = pairs
                .get(index + 1)
                .map_or(below, |next| pair_span(next).start);
            Span { start, end }
        };
        self.no_comment(gone)?;
        Ok(vec![Splice::new(gone.start, gone.end, "")])
    }

    /// Replaces the items of a list between those at its start and its end that are unchanged.
    fn set_items(
        self,
        list: &Node,
        items: &[Node],
        values: &[Value],
    ) -> Result<Vec<Splice>, EditError> {
        let old: Vec<Value> = items.iter().map(Node::to_json).collect::<Result<_, _>>()?;
        let same = |(old, new): &(&Value, &Value)| canonical(old) == canonical(new);
        let first = old.iter().zip(values).take_while(same).count();
        let both = old[first..].iter().rev().zip(values[first..].iter().rev());
        let kept = both.take_while(same).count();
        let gone = &items[first..items.len() - kept];
        let new: Vec<_> = values[first..values.len() - kept]
            .iter()
            .map(Content::Inline)
            .collect();
        for item in gone {
            unshared(self.source, item, self.what)?;
        }
        let (Some(from), Some(to)) = (gone.first(), gone.last()) else {
            return insert::into_list(self.source, self.layout, list, first, &new);
        };
        if new.is_empty() || !is_flow(list) && !self.source.starts_line(list.span.start) {
            return self.rewrite(list, &Value::Array(values.to_vec()));
        }
        let mut span = Span {
            start: from.outer_span().start,
            end: to.outer_span().end,
        };
        let text = if is_flow(list) {
            let texts = new.iter().map(|value| self.layout.inline(value));
            texts.collect::<Vec<_>>().join(", ")
        } else {
            span.start = insert::dashes(self.source, list, items)[first];
            self.lines(span.start, |column| self.layout.items(&new, column))
        };
        self.no_comment(span)?;
        Ok(vec![Splice::new(span.start, span.end, text)])
    }

    /// Renders a whole collection again.
    fn rewrite(self, node: &Node, value: &Value) -> Result<Vec<Splice>, EditError> {
        let Span { start, end } = node.span;
        self.no_comment(node.span)?;
        let text = match value {
            Value::Array(items) if !is_flow(node) => {
                let items: Vec<_> = items.iter().map(Content::Inline).collect();
                self.lines(start, |column| self.layout.items(&items, column))
            }
            Value::Object(members) if !is_flow(node) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| (key.as_str(), Content::Inline(value)))
                    .collect();
                self.lines(start, |column| self.layout.members(&members, column))
            }
            _ => self.layout.value(value, Surroundings::Flow),
        };
        Ok(vec![Splice::new(start, end, text)])
    }

    /// Lines that start at a position, after the text before it.
    fn lines(self, at: usize, write: impl FnOnce(usize) -> String) -> String {
        let column = self.source.column(at);
        let line_break = self.source.line_break(at);
        write(column).split_off(column).replace('\n', line_break)
    }
}

pub(super) fn surroundings(object: &Node) -> Surroundings {
    if is_flow(object) {
        Surroundings::Flow
    } else {
        Surroundings::Block
    }
}
