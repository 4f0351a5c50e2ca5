//! Finds the component, its list of references, and its entries in the YAML tree.

use ocm::yaml::{Kind, Node};

use super::error::EditError;
use super::source::Source;

/// The keys of the list of references: the official one, and that of the original sketch.
pub(crate) const LIST_KEYS: [&str; 2] = ["componentReferences", "references"];

/// The keys of the component in an entry: the official one, and that of the original sketch.
pub(crate) const COMPONENT_KEYS: [&str; 2] = ["componentName", "component"];

/// The component nodes of a constructor in list form or single form.
pub(crate) fn components(root: &Node) -> &[Node] {
    match root.get("components").and_then(Node::as_sequence) {
        Some(items) => items,
        None => std::slice::from_ref(root),
    }
}

/// The list of references of a component, in either spelling.
pub(crate) fn list_of(component: &Node) -> Option<&Node> {
    LIST_KEYS.iter().find_map(|key| component.get(key))
}

/// The component of a name; in the single form, the only one.
pub(super) fn component<'a>(source: &'a Source, name: &str) -> Result<&'a Node, EditError> {
    let root = &source.document.root;
    let Some((key, components)) = root.entry("components") else {
        return object(source, root, "the constructor").map(|()| root);
    };
    let items = components.as_sequence().unwrap_or_default();
    let found = items
        .iter()
        .find(|item| item.get("name").and_then(Node::as_str) == Some(name));
    let component = found.ok_or_else(|| EditError::NoComponent {
        component: name.to_owned(),
    })?;
    unshared(source, key, "`components`")?;
    unshared(source, components, "`components`")?;
    unshared(source, component, &format!("component `{name}`"))?;
    Ok(component)
}

/// Refuses a node that is not an object.
pub(super) fn object(source: &Source, node: &Node, what: &str) -> Result<(), EditError> {
    match node.kind {
        Kind::Mapping { .. } => Ok(()),
        _ => Err(shape(source, node, what, "an object")),
    }
}

pub(super) fn shape(source: &Source, node: &Node, what: &str, expected: &'static str) -> EditError {
    EditError::Shape {
        what: what.to_owned(),
        found: node.shape().to_owned(),
        expected,
        line: source.line_number(node.span.start),
        span: node.span,
    }
}

/// Refuses a node that appears more than once, through an anchor, alias or merge key.
pub(super) fn unshared(source: &Source, node: &Node, what: &str) -> Result<(), EditError> {
    let text = source.text;
    let by = if node.from_alias {
        Some(format!("`{}`", node.span.slice(text)))
    } else {
        let anchor = node.properties.as_ref().and_then(|all| all.anchor.as_ref());
        let alias = anchor.map(|anchor| format!("*{anchor}"));
        let used = |alias: &String| has_alias(&source.document.root, text, alias);
        alias
            .filter(used)
            .map(|alias| format!("`&{}`", &alias[1..]))
    };
    match by {
        None => Ok(()),
        Some(by) => Err(EditError::Shared {
            what: what.to_owned(),
            by,
            line: source.line_number(node.outer_span().start),
            span: node.span,
        }),
    }
}

/// Refuses a node that contains an anchor used elsewhere.
pub(super) fn unshared_within(source: &Source, node: &Node, what: &str) -> Result<(), EditError> {
    let mut anchors = Vec::new();
    collect_anchors(node, &mut anchors);
    for anchor in anchors {
        let alias = format!("*{anchor}");
        let count = |within: &Node| aliases(within, source.text, &alias);
        if count(&source.document.root) > count(node) {
            return Err(EditError::Shared {
                what: what.to_owned(),
                by: format!("`&{anchor}`"),
                line: source.line_number(node.outer_span().start),
                span: node.span,
            });
        }
    }
    Ok(())
}

fn collect_anchors<'a>(node: &'a Node, anchors: &mut Vec<&'a str>) {
    if node.from_alias {
        return;
    }
    let properties = node.properties.as_ref();
    anchors.extend(properties.and_then(|all| all.anchor.as_deref()));
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::Sequence { items, .. } => {
            for item in items {
                collect_anchors(item, anchors);
            }
        }
        Kind::Mapping { pairs, .. } => {
            for (key, value) in pairs {
                collect_anchors(key, anchors);
                collect_anchors(value, anchors);
            }
        }
    }
}

/// The number of nodes that an alias refers to.
fn aliases(node: &Node, text: &str, alias: &str) -> usize {
    if node.from_alias {
        return usize::from(node.span.slice(text) == alias);
    }
    match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::Sequence { items, .. } => items.iter().map(|item| aliases(item, text, alias)).sum(),
        Kind::Mapping { pairs, .. } => pairs
            .iter()
            .map(|(key, value)| aliases(key, text, alias) + aliases(value, text, alias))
            .sum(),
    }
}

fn has_alias(node: &Node, text: &str, alias: &str) -> bool {
    if node.from_alias {
        return node.span.slice(text) == alias;
    }
    match &node.kind {
        Kind::Scalar(_) => false,
        Kind::Sequence { items, .. } => items.iter().any(|item| has_alias(item, text, alias)),
        Kind::Mapping { pairs, .. } => pairs
            .iter()
            .any(|(key, value)| has_alias(key, text, alias) || has_alias(value, text, alias)),
    }
}

/// The list of references: its key and value.
pub(super) fn references<'a>(
    source: &Source,
    component: &'a Node,
) -> Result<Option<(&'a Node, &'a Node)>, EditError> {
    let mut found = LIST_KEYS.iter().filter_map(|key| component.entry(key));
    let Some((key, list)) = found.next() else {
        return Ok(None);
    };
    let what = format!("`{}`", key.key());
    if let Some((other, _)) = found.next() {
        return Err(EditError::Shape {
            what: format!("`{}`", other.key()),
            found: format!("a second list next to {what}"),
            expected: "the only list of references",
            line: source.line_number(other.span.start),
            span: other.span,
        });
    }
    unshared(source, key, &what)?;
    unshared(source, list, &what)?;
    if list.as_sequence().is_none() && !list.is_null() {
        return Err(shape(source, list, &what, "a list"));
    }
    Ok(Some((key, list)))
}

/// The text of an entry's member.
pub(super) fn member<'a>(entry: &'a Node, keys: &[&str]) -> &'a str {
    let mut values = keys.iter().filter_map(|key| entry.get(key));
    let scalar = values.next().and_then(Node::as_scalar);
    scalar.map_or("", |scalar| &scalar.text)
}
