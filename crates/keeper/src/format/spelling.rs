//! Replaces the spelling of the original sketch.
//!
//! ```yaml
//! provider: acme.org
//! provider: { name: acme.org }
//! ```

use ocm::Diagnostic;
use ocm::yaml::{Node, ScalarStyle};

use super::Rewrites;
use crate::edit::{
    COMPONENT_KEYS, LIST_KEYS, Source, Surroundings, components, is_flow, restyled, scalar,
};

pub(super) fn rewrite(source: &Source, rewrites: &mut Rewrites) {
    for component in components(&source.document.root) {
        provider(source, component, rewrites);
        rename(component, LIST_KEYS, "", rewrites);
        let lists = LIST_KEYS.iter().filter_map(|key| component.get(key));
        for entry in lists.filter_map(Node::as_sequence).flatten() {
            let name = entry.get("name").and_then(Node::as_str).unwrap_or_default();
            rename(entry, COMPONENT_KEYS, &format!(" of `{name}`"), rewrites);
        }
    }
}

fn surroundings(object: &Node) -> Surroundings {
    if is_flow(object) {
        Surroundings::Flow
    } else {
        Surroundings::Block
    }
}

/// Renames a key of the sketch to the official one.
fn rename(object: &Node, [today, sketch]: [&str; 2], of: &str, rewrites: &mut Rewrites) {
    let Some((key, _)) = object.entry(sketch) else {
        return;
    };
    let style = key.as_scalar().map_or(ScalarStyle::Plain, |key| key.style);
    if key.from_alias {
        let message =
            format!("`{sketch}`{of} comes through an alias: rename it to `{today}` by hand");
        rewrites.shared.push(Diagnostic::new(key.span, message));
        return;
    }
    let message = format!("`{sketch}`{of} becomes `{today}`");
    rewrites.change(
        key.span,
        restyled(today, style, surroundings(object)),
        message,
    );
}

/// Rewrites a provider that is text as an object.
fn provider(source: &Source, component: &Node, rewrites: &mut Rewrites) {
    let Some((key, node)) = component.entry("provider") else {
        return;
    };
    let Some(text) = node.as_str() else {
        return;
    };
    let span = node.outer_span();
    if key.from_alias || source.has_comment(span) {
        let message = "`provider` cannot be rewritten here: change it to `{ name: … }` by hand";
        rewrites.shared.push(Diagnostic::new(span, message));
        return;
    }
    let token = node.span.slice(source.text);
    let one_line = !token.contains(['\n', '\r']);
    let style = node
        .as_scalar()
        .map_or(ScalarStyle::Plain, |scalar| scalar.style);
    let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    let token = if node.from_alias || one_line && quoted {
        token.to_owned()
    } else {
        scalar(text, Surroundings::Flow)
    };
    // An anchor moves with the text that its aliases refer to.
    let properties = &source.text[span.start..node.span.start];
    let json = is_flow(component)
        && key
            .as_scalar()
            .is_some_and(|key| key.style == ScalarStyle::DoubleQuoted);
    let name = if json { "\"name\"" } else { "name" };
    let text = format!("{{ {name}: {properties}{token} }}");
    let message = "`provider` becomes an object with `name`";
    rewrites.change(span, text, message);
}
