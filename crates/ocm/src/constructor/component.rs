//! The members of a component.

use super::element;
use super::read::{Reader, Unknown};
use super::{ComponentConstructor, Form, Spanned, check};
use crate::component_name::ComponentName;
use crate::descriptor::Provider;
use crate::yaml::{Node, Resolved};

const KEYS: &[&str] = &[
    "name",
    "version",
    "provider",
    "creationTime",
    "labels",
    "resources",
    "sources",
    "componentReferences",
    "references",
];

/// Reads the components of a document.
pub(super) fn read_all(root: &Node, reader: &mut Reader) -> (Form, Vec<ComponentConstructor>) {
    if root.is_null() {
        let help = "start with `name`, `version` and `provider`";
        reader.refuse(root.span, "the constructor is empty", help);
        return (Form::Single, Vec::new());
    }
    if root.entry("components").is_none() {
        return (Form::Single, read(root, reader).into_iter().collect());
    }
    reader.object(root, "the constructor", &["components"], Unknown::Ignored);
    let mut components = Vec::new();
    if let Some(node) = root.get("components") {
        match node.as_sequence() {
            Some([]) => {
                let help = "write at least one component; the official CLI fails here as well";
                reader.refuse(node.span, "`components` is empty", help);
            }
            Some(items) => components.extend(items.iter().filter_map(|item| read(item, reader))),
            None => {
                let message = format!("`components` is {}, not a list", node.shape());
                reader.refuse(node.span, message, "start each component with `-`");
            }
        }
    }
    (Form::List, components)
}

/// Reads a component; `None` if a required part is invalid.
fn read(node: &Node, reader: &mut Reader) -> Option<ComponentConstructor> {
    if !reader.object(node, "a component", KEYS, Unknown::Refused) {
        return None;
    }
    let what = "the component";
    let name = reader
        .required(node, what, "name", "")
        .and_then(|node| component_name(node, "`name` of the component", reader));
    let version = reader
        .required(node, what, "version", "write `version: v0.1.0`")
        .and_then(|node| reader.version(node, "`version` of the component"));
    let provider = reader
        .required(node, what, "provider", "write `provider: { name: … }`")
        .and_then(|value| provider(value, reader));
    let creation_time = reader.optional_text(node, "creationTime", what);
    let labels = element::labels(node, what, reader);
    let fallback = version.as_ref().map(|version| &version.value);
    let resources = reader.list(node, "resources", what, false);
    let resources: Vec<_> = resources
        .iter()
        .filter_map(|item| element::resource(item, fallback, reader))
        .collect();
    let sources = reader.list(node, "sources", what, true);
    let sources: Vec<_> = sources
        .iter()
        .filter_map(|item| element::source(item, fallback, reader))
        .collect();
    let references: Vec<_> = reference_list(node, reader)
        .iter()
        .filter_map(|item| element::reference(item, reader))
        .collect();
    check::duplicate_resources(&resources, reader);
    check::duplicate_sources(&sources, reader);
    check::duplicate_references(&references, reader);
    Some(ComponentConstructor {
        span: node.span,
        name: name?,
        version: version?,
        provider: provider?,
        creation_time,
        labels,
        resources,
        sources,
        references,
    })
}

/// The references, under the official key or the sketch's key.
fn reference_list<'a>(component: &'a Node, reader: &mut Reader) -> &'a [Node] {
    let what = "the component";
    let Some((key, _)) = component.entry("references") else {
        return reader.list(component, "componentReferences", what, true);
    };
    if component.entry("componentReferences").is_some() {
        let message = "`references` and `componentReferences` stand side by side";
        let help = "move all of them to `componentReferences`";
        reader.refuse(key.span, message, help);
    }
    let message = "`references` is not the official spelling";
    reader.sketch(key.span, message, "write `componentReferences`");
    reader.list(component, "references", what, true)
}

/// The name of a component.
pub(super) fn component_name(
    node: &Node,
    what: &str,
    reader: &mut Reader,
) -> Option<Spanned<ComponentName>> {
    let name = reader.text(node, what)?;
    if let Ok(valid) = ComponentName::parse(&name.value) {
        return Some(Spanned::new(valid, name.span));
    }
    let message = format!("{what}: `{}` is no component name", name.value);
    let help = "a lower-case domain and at least one more part, such as `acme.org/plugins/x`";
    reader.refuse(name.span, message, help);
    None
}

fn provider(node: &Node, reader: &mut Reader) -> Option<Spanned<Provider>> {
    if let Some(Resolved::Text(text)) = node.resolve() {
        let name = provider_name(node, text, reader)?;
        let help = format!("write `provider: {{ name: {name} }}`");
        reader.sketch(
            node.span,
            "`provider` as text is not the official spelling",
            &help,
        );
        return Some(Spanned::new(Provider::named(name), node.span));
    }
    let what = "`provider`";
    if !reader.object(node, what, &["name", "labels"], Unknown::Ignored) {
        return None;
    }
    let labels = element::labels(node, what, reader);
    let name = reader.required(node, what, "name", "an empty name fails when it is written")?;
    let text = reader.text(name, "`name` of the provider")?.value;
    let text = provider_name(name, &text, reader)?;
    let labels = super::values(&labels);
    Some(Spanned::new(
        Provider::with_labels(text, &labels),
        node.span,
    ))
}

/// Refuses names that the reader of a descriptor would interpret differently.
fn provider_name<'a>(node: &Node, name: &'a str, reader: &mut Reader) -> Option<&'a str> {
    let message = if name.is_empty() {
        "the provider's name is empty"
    } else if name.trim_start().starts_with('{') {
        "the provider's name starts with `{`, which stands for an object in descriptors"
    } else {
        return Some(name);
    };
    reader.refuse(node.span, message, "write `provider: { name: … }`");
    None
}
