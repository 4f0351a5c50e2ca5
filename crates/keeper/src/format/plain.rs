//! Plain scalars that the versions of YAML read differently.

use ocm::yaml::{Kind, Node, Resolved, ScalarStyle};

use super::Work;
use crate::edit::{
    LIST_KEYS, Source, Surroundings, components, double_quoted, is_core_number, is_flow, scalar,
};

/// Spells them out in label values, where the official reader does not know what is meant.
pub(super) fn rewrite(source: &Source, work: &mut Work) {
    for component in components(&source.document.root) {
        labels(component, work);
        if let Some(provider) = component.get("provider") {
            labels(provider, work);
        }
        let lists = ["resources", "sources"].into_iter().chain(LIST_KEYS);
        let lists = lists.filter_map(|key| component.get(key));
        for element in lists.filter_map(Node::as_sequence).flatten() {
            labels(element, work);
        }
    }
}

fn labels(element: &Node, work: &mut Work) {
    let labels = element.get("labels").and_then(Node::as_sequence);
    for label in labels.unwrap_or_default() {
        for key in ["value", "signing"] {
            if let Some(node) = label.get(key) {
                value(node, work);
            }
        }
    }
}

fn value(node: &Node, work: &mut Work) {
    if node.from_alias {
        return;
    }
    match &node.kind {
        Kind::Scalar(_) => {
            if let Some(text) = spelled_out(node) {
                change(node, text, work);
            }
        }
        Kind::Sequence { items, .. } => items.iter().for_each(|item| value(item, work)),
        Kind::Mapping { pairs, .. } => {
            for (name, content) in pairs {
                key(name, is_flow(node), work);
                value(content, work);
            }
        }
    }
}

/// Writes a key that stands for another text as that text.
fn key(node: &Node, flow: bool, work: &mut Work) {
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
        change(node, text, work);
    }
}

fn change(node: &Node, text: String, work: &mut Work) {
    let old = node.as_scalar().map_or("", |scalar| &scalar.text);
    let message = format!("`{old}` is spelled out as `{text}`");
    work.change(node.span, text, message);
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

/// How a scalar is written that YAML 1.1 and 1.2 take for the same; nothing if they do already.
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
        // Too large a number for the official reader.
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
