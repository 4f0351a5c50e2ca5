//! Renders entries and their parts in the layout of a file.

use ocm::yaml::{Kind, Node, ScalarStyle};
use ocm::{ElementDigest, Label};
use serde_json::Value;

use super::Entry;
use super::scalar::{Surroundings, double_quoted, scalar};
use super::source::Source;

/// Content to render.
pub(super) enum Content<'a> {
    Text(&'a str),
    /// Always on one line.
    Inline(&'a Value),
    Flag(bool),
    Object(Vec<(&'a str, Content<'a>)>),
    List(Vec<Content<'a>>),
}

impl<'a> Content<'a> {
    pub(super) fn entry(entry: &'a Entry, component_key: &'static str) -> Self {
        let mut members = vec![
            ("name", Self::Text(&entry.name)),
            ("version", Self::Text(&entry.version)),
            (component_key, Self::Text(&entry.component)),
        ];
        if !entry.digest.is_unset() {
            members.push(("digest", Self::digest(&entry.digest)));
        }
        if !entry.labels.is_empty() {
            members.push(("labels", Self::labels(&entry.labels)));
        }
        Self::Object(members)
    }

    pub(super) fn digest(digest: &'a ElementDigest) -> Self {
        Self::Object(vec![
            ("hashAlgorithm", Self::Text(&digest.hash_algorithm)),
            (
                "normalisationAlgorithm",
                Self::Text(&digest.normalisation_algorithm),
            ),
            ("value", Self::Text(&digest.value)),
        ])
    }

    pub(super) fn labels(labels: impl IntoIterator<Item = &'a Label>) -> Self {
        Self::List(labels.into_iter().map(Self::label).collect())
    }

    pub(super) fn label(label: &'a Label) -> Self {
        let mut members = vec![
            ("name", Self::Text(&label.name)),
            ("value", Self::Inline(&label.value)),
        ];
        if label.signing {
            members.push(("signing", Self::Flag(true)));
        }
        for (name, value) in &label.rest {
            members.push((name, Self::Inline(value)));
        }
        Self::Object(members)
    }
}

/// The layout of a file: its indentation, and whether it is JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// From a key to the dashes of its list.
    list: usize,
    /// From a dash to what follows it.
    item: usize,
    /// From a key to the keys of its object.
    map: usize,
    /// Whether everything is quoted, as in JSON.
    json: bool,
}

impl Layout {
    /// Measures the layout of a component, its references first.
    ///
    /// With a dash at the column of its key, and three blanks from a dash to the content:
    ///
    /// ```yaml
    /// componentReferences:
    /// -   name: demo
    /// ```
    pub(super) fn of(source: &Source, component: &Node, list: Option<&Node>) -> Self {
        let mut measured = Measured::default();
        if let Some(list) = list {
            measured.child(source, component, list);
            measured.node(source, list);
        }
        measured.node(source, component);
        measured.node(source, &source.document.root);
        Self {
            list: measured.list.unwrap_or(2),
            item: measured.item.unwrap_or(2),
            map: measured.map.unwrap_or(2),
            json: is_json(component),
        }
    }

    /// Renders content on one line.
    pub(super) fn inline(self, content: &Content<'_>) -> String {
        match content {
            Content::Text(text) => self.text(text, Surroundings::Flow),
            Content::Inline(value) => self.value(value, Surroundings::Flow),
            Content::Flag(flag) => flag.to_string(),
            Content::Object(members) => {
                let members = members.iter().map(|(key, value)| self.pair(key, value));
                braces(&members.collect::<Vec<_>>())
            }
            Content::List(items) => {
                let items = items.iter().map(|item| self.inline(item));
                brackets(&items.collect::<Vec<_>>())
            }
        }
    }

    /// Renders a member of a flow mapping.
    pub(super) fn pair(self, key: &str, value: &Content<'_>) -> String {
        let key = self.text(key, Surroundings::Flow);
        format!("{key}: {}", self.inline(value))
    }

    /// Renders members as lines indented by `column`, without a final line break.
    pub(super) fn members(self, members: &[(&str, Content<'_>)], column: usize) -> String {
        let lines = members.iter().map(|(key, value)| {
            let key = scalar(key, Surroundings::Block);
            format!("{:column$}{key}:{}", "", self.after_key(value, column))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Renders items as lines with their dashes at `column`, without a final line break.
    pub(super) fn items(self, items: &[Content<'_>], column: usize) -> String {
        let within = column + self.item;
        let lines = items.iter().map(|item| {
            let content = match item {
                Content::Object(members) if !members.is_empty() => self.members(members, within),
                _ => format!("{:within$}{}", "", self.one_line(item)),
            };
            format!("{:column$}-{}", "", &content[column + 1..])
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Renders what follows a key and its colon in a mapping at `column`.
    pub(super) fn after_key(self, value: &Content<'_>, column: usize) -> String {
        match value {
            Content::Object(members) if !members.is_empty() => {
                format!("\n{}", self.members(members, column + self.map))
            }
            Content::List(items) if !items.is_empty() => {
                format!("\n{}", self.items(items, column + self.list))
            }
            _ => format!(" {}", self.one_line(value)),
        }
    }

    fn one_line(self, content: &Content<'_>) -> String {
        match content {
            Content::Text(text) => self.text(text, Surroundings::Block),
            Content::Inline(value) => self.value(value, Surroundings::Block),
            _ => self.inline(content),
        }
    }

    /// Renders a JSON value on one line.
    pub(super) fn value(self, value: &Value, surroundings: Surroundings) -> String {
        match value {
            Value::String(text) => self.text(text, surroundings),
            Value::Array(items) => {
                let items = items
                    .iter()
                    .map(|item| self.value(item, Surroundings::Flow));
                brackets(&items.collect::<Vec<_>>())
            }
            Value::Object(members) => {
                let members = members.iter().map(|(key, value)| {
                    let key = self.text(key, Surroundings::Flow);
                    format!("{key}: {}", self.value(value, Surroundings::Flow))
                });
                braces(&members.collect::<Vec<_>>())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }

    fn text(self, text: &str, surroundings: Surroundings) -> String {
        if self.json {
            double_quoted(text)
        } else {
            scalar(text, surroundings)
        }
    }
}

fn braces(members: &[String]) -> String {
    if members.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", members.join(", "))
    }
}

fn brackets(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

/// Whether an object is written as JSON.
fn is_json(node: &Node) -> bool {
    let Kind::Mapping { flow: true, pairs } = &node.kind else {
        return false;
    };
    pairs.iter().all(|(key, _)| {
        key.as_scalar()
            .is_some_and(|key| key.style == ScalarStyle::DoubleQuoted)
    })
}

#[derive(Default)]
struct Measured {
    list: Option<usize>,
    item: Option<usize>,
    map: Option<usize>,
}

impl Measured {
    fn node(&mut self, source: &Source, node: &Node) {
        if node.from_alias || (self.list.and(self.item).and(self.map)).is_some() {
            return;
        }
        match &node.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence { flow, items } => {
                for item in items {
                    if !flow {
                        self.item(source, node, item);
                    }
                    self.node(source, item);
                }
            }
            Kind::Mapping { pairs, .. } => {
                for (_, value) in pairs {
                    self.child(source, node, value);
                    self.node(source, value);
                }
            }
        }
    }

    /// Measures from a block mapping to a block collection it holds.
    fn child(&mut self, source: &Source, node: &Node, value: &Node) {
        let own_lines = source.starts_line(value.span.start) && !value.from_alias;
        if !own_lines || !matches!(node.kind, Kind::Mapping { flow: false, .. }) {
            return;
        }
        let column = source.column(node.span.start);
        let distance = source.column(value.span.start).checked_sub(column);
        match value.kind {
            Kind::Sequence { flow: false, .. } if self.list.is_none() => self.list = distance,
            Kind::Mapping { flow: false, .. } if self.map.is_none() => {
                self.map = distance.filter(|&distance| distance > 0);
            }
            _ => {}
        }
    }

    /// Measures from a dash to a block mapping on its line.
    fn item(&mut self, source: &Source, list: &Node, item: &Node) {
        let column = source.column(list.span.start);
        let start = item.span.start;
        if self.item.is_none()
            && matches!(item.kind, Kind::Mapping { flow: false, .. })
            && !item.from_alias
            && item.properties.is_none()
            && !source.starts_line(start)
            && source.starts_line(list.span.start)
        {
            self.item = source
                .column(start)
                .checked_sub(column)
                .filter(|&distance| distance > 1);
        }
    }
}
