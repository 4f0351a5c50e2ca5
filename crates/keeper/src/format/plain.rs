//! Makes plain scalars explicit that YAML 1.1 and 1.2 read differently.
//!
//! ```yaml
//! value: { enabled: no, mode: 014 }
//! value: { enabled: false, mode: 12 }
//! ```

use ocm::yaml::{Kind, Node, Resolved, ScalarStyle};

use super::Rewrites;
use crate::edit::{
    LIST_KEYS, Source, Surroundings, components, double_quoted, is_core_number, is_flow, scalar,
};

/// Rewrites them in label values, where no schema tells the official reader what is meant.
pub(super) fn rewrite(source: &Source, rewrites: &mut Rewrites) {
    for component in components(&source.document.root) {
        labels(component, rewrites);
        if let Some(provider) = component.get("provider") {
            labels(provider, rewrites);
        }
        let lists = ["resources", "sources"].into_iter().chain(LIST_KEYS);
        let lists = lists.filter_map(|key| component.get(key));
        for element in lists.filter_map(Node::as_sequence).flatten() {
            labels(element, rewrites);
        }
    }
}

fn labels(element: &Node, rewrites: &mut Rewrites) {
    let labels = element.get("labels").and_then(Node::as_sequence);
    for label in labels.unwrap_or_default() {
        for key in ["value", "signing"] {
            if let Some(node) = label.get(key) {
                value(node, rewrites);
            }
        }
    }
}

fn value(node: &Node, rewrites: &mut Rewrites) {
    if node.from_alias {
        return;
    }
    match &node.kind {
        Kind::Scalar(_) => {
            if let Some(text) = spelled_out(node) {
                change(node, text, rewrites);
            }
        }
        Kind::Sequence { items, .. } => items.iter().for_each(|item| value(item, rewrites)),
        Kind::Mapping { pairs, .. } => {
            for (name, content) in pairs {
                key(name, is_flow(node), rewrites);
                value(content, rewrites);
            }
        }
    }
}

/// Rewrites a key whose meaning is another text as that text.
fn key(node: &Node, flow: bool, rewrites: &mut Rewrites) {
    let name = node.key();
    if node.from_alias || !is_plain(node) {
        return;
    }
    let surroundings = if flow {
        Surroundings::Flow
    } else {
        Surroundings::Block
    };
    let text = scalar(&name, surroundings);
    let written = node.as_scalar().map_or("", |scalar| &scalar.text);
    let differs = written != name || spelled_out(node).is_some();
    if differs {
        change(node, text, rewrites);
    }
}

fn change(node: &Node, text: String, rewrites: &mut Rewrites) {
    let old = node.as_scalar().map_or("", |scalar| &scalar.text);
    let message = format!("`{old}` becomes `{text}`");
    rewrites.change(node.span, text, message);
}

fn is_plain(node: &Node) -> bool {
    let tagged = node
        .properties
        .as_ref()
        .is_some_and(|all| all.tag.is_some());
    node.as_scalar()
        .is_some_and(|scalar| scalar.style == ScalarStyle::Plain)
        && !tagged
}

/// A spelling of a scalar that YAML 1.1 and 1.2 read the same; nothing if they already do.
fn spelled_out(node: &Node) -> Option<String> {
    if !is_plain(node) {
        return None;
    }
    let text: &str = &node.as_scalar()?.text;
    let agreed = match node.resolve()? {
        Resolved::Null => true,
        Resolved::Bool(_) => matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE"),
        Resolved::Int(value) => core_integer(text) == Some(value.into()),
        Resolved::UInt(value) => core_integer(text) == Some(value.into()),
        Resolved::Float(_) => is_core_number(text),
        // A number that is too large for the official reader.
        Resolved::Text(text) => {
            return is_core_number(text).then(|| double_quoted(text));
        }
    };
    if agreed {
        return None;
    }
    Some(node.to_json().ok()?.to_string())
}

/// The integer by the core schema of YAML 1.2.
fn core_integer(text: &str) -> Option<i128> {
    if !is_core_number(text) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i128::from_str_radix(digits, 8).ok();
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok();
    }
    text.parse().ok()
}
