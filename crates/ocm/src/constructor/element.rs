//! Resources, sources and references.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::Spanned;
use super::component::component_name;
use super::input;
use super::read::{Reader, Unknown, start_of};
use super::{Content, ReferenceConstructor, Relation, ResourceConstructor, SourceConstructor};
use crate::component_name::ComponentName;
use crate::descriptor::{Access, ElementDigest, Label};
use crate::name::is_element_name;
use crate::version::Version;
use crate::yaml::Node;

const RESOURCE_KEYS: &[&str] = &[
    "name",
    "version",
    "type",
    "relation",
    "extraIdentity",
    "labels",
    "srcRefs",
    "digest",
    "input",
    "access",
    "options",
];

const SOURCE_KEYS: &[&str] = &[
    "name",
    "version",
    "type",
    "extraIdentity",
    "labels",
    "input",
    "access",
];

const REFERENCE_KEYS: &[&str] = &[
    "name",
    "version",
    "componentName",
    "extraIdentity",
    "labels",
    "digest",
];

/// Reads a resource; `None` if a required part is invalid.
pub(super) fn resource(
    node: &Node,
    component_version: Option<&Version>,
    reader: &mut Reader,
) -> Option<ResourceConstructor> {
    if !reader.object(node, "a resource", RESOURCE_KEYS, Unknown::Ignored) {
        return None;
    }
    let what = title(node, "resource");
    let name = element_name(node, &what, reader);
    let kind = kind(node, &what, reader);
    let extra_identity = attributes(node, "extraIdentity", &what, reader);
    let labels = labels(node, &what, reader);
    let src_refs = source_references(node, &what, reader);
    let digest = digest(node, &what, reader);
    let version = element_version(node, &what, reader);
    options(node, &what, reader);
    let content = content(node, &what, reader);
    let by_access = node.get("access").is_some();
    let relation = relation(node, &what, by_access, reader);
    if by_access && node.get("input").is_none() {
        if node.get("version").is_none() {
            let help = "it is not that of the component, as it comes from elsewhere";
            reader.refuse(
                start_of(node),
                format!("{what} with `access` has no `version`"),
                help,
            );
        }
        if node.get("digest").is_none_or(Node::is_null) {
            let message = format!("{what} with `access` has no `digest`");
            let help = "write the digest of the content; nothing is downloaded to find it out";
            reader.refuse(start_of(node), message, help);
        }
    }
    Some(ResourceConstructor {
        span: node.span,
        name: name?,
        version: version?.or_else(|| component_version.cloned())?,
        kind: kind?,
        relation: relation?,
        extra_identity,
        labels,
        src_refs,
        digest,
        content: content?,
    })
}

/// Reads a source; `None` if a required part is invalid.
pub(super) fn source(
    node: &Node,
    component_version: Option<&Version>,
    reader: &mut Reader,
) -> Option<SourceConstructor> {
    if !reader.object(node, "a source", SOURCE_KEYS, Unknown::Ignored) {
        return None;
    }
    let what = title(node, "source");
    let name = element_name(node, &what, reader);
    let kind = kind(node, &what, reader);
    let extra_identity = attributes(node, "extraIdentity", &what, reader);
    let labels = labels(node, &what, reader);
    let version = element_version(node, &what, reader);
    let content = content(node, &what, reader);
    Some(SourceConstructor {
        span: node.span,
        name: name?,
        version: version?.or_else(|| component_version.cloned())?,
        kind: kind?,
        extra_identity,
        labels,
        content: content?,
    })
}

/// Reads a reference; `None` if a required part is invalid.
pub(super) fn reference(node: &Node, reader: &mut Reader) -> Option<ReferenceConstructor> {
    // The sketch's key is handled separately below.
    let mut known = REFERENCE_KEYS.to_vec();
    if node.entry("component").is_some() {
        known.push("component");
    }
    if !reader.object(node, "a reference", &known, Unknown::Refused) {
        return None;
    }
    let what = title(node, "reference");
    let name = element_name(node, &what, reader);
    let component = referenced_component(node, &what, reader);
    let version = reader
        .required(node, &what, "version", "")
        .and_then(|version| reader.version(version, &format!("`version` of {what}")));
    let extra_identity = attributes(node, "extraIdentity", &what, reader);
    let labels = labels(node, &what, reader);
    let digest = digest(node, &what, reader);
    Some(ReferenceConstructor {
        span: node.span,
        name: name?,
        component: component?,
        version: version?,
        digest,
        labels,
        extra_identity,
    })
}

fn referenced_component(
    node: &Node,
    what: &str,
    reader: &mut Reader,
) -> Option<Spanned<ComponentName>> {
    let Some((key, value)) = node.entry("component") else {
        let value = reader.required(node, what, "componentName", "")?;
        return component_name(value, &format!("`componentName` of {what}"), reader);
    };
    if node.entry("componentName").is_some() {
        let message = format!("`component` and `componentName` of {what} stand side by side");
        reader.refuse(key.span, message, "leave `component` out");
    }
    let message = "`component` is not the official spelling";
    reader.sketch(key.span, message, "write `componentName`");
    component_name(value, &format!("`component` of {what}"), reader)
}

/// The name of an element in messages.
fn title(node: &Node, kind: &str) -> String {
    match node.get("name").and_then(Node::as_str) {
        Some(name) if !name.is_empty() => format!("{kind} `{name}`"),
        _ => format!("the {kind}"),
    }
}

fn element_name(node: &Node, what: &str, reader: &mut Reader) -> Option<Spanned<String>> {
    let value = reader.required(node, what, "name", "")?;
    let name = reader.text(value, &format!("`name` of {what}"))?;
    if is_element_name(&name.value) {
        return Some(name);
    }
    let message = format!("`{}` is no name for this", name.value);
    reader.refuse(name.span, message, NAME_HELP);
    None
}

const NAME_HELP: &str = "two or more of `a-z`, `0-9`, and `-`, `_`, `+` between them; no dots";

/// The version if present; the outer `None` means that it is invalid.
#[expect(clippy::option_option, reason = "wrong and absent differ")]
fn element_version(node: &Node, what: &str, reader: &mut Reader) -> Option<Option<Version>> {
    let Some(value) = node.get("version") else {
        return Some(None);
    };
    let version = reader.version(value, &format!("`version` of {what}"))?;
    Some(Some(version.value))
}

fn kind(node: &Node, what: &str, reader: &mut Reader) -> Option<Spanned<String>> {
    let value = reader.required(node, what, "type", "")?;
    let kind = reader.text(value, &format!("`type` of {what}"))?;
    if kind
        .value
        .starts_with(|first: char| first.is_ascii_alphanumeric())
    {
        return Some(kind);
    }
    let message = format!("`{}` is no type", kind.value);
    reader.refuse(kind.span, message, "start it with a letter or digit");
    None
}

fn relation(node: &Node, what: &str, by_access: bool, reader: &mut Reader) -> Option<Relation> {
    let Some(value) = node.get("relation") else {
        return Some(if by_access {
            Relation::External
        } else {
            Relation::Local
        });
    };
    let written = reader.text(value, &format!("`relation` of {what}"))?;
    match written.value.as_str() {
        "local" => Some(Relation::Local),
        "external" if by_access => Some(Relation::External),
        "external" => {
            let message = format!("`relation` of {what} is `external`, but its content is here");
            reader.refuse(written.span, message, "write `local`");
            None
        }
        other => {
            let message = format!("`relation` of {what} is `{other}`");
            reader.refuse(written.span, message, "write `local` or `external`");
            None
        }
    }
}

fn options(node: &Node, what: &str, reader: &mut Reader) {
    let Some(options) = node.get("options").filter(|options| !options.is_null()) else {
        return;
    };
    let title = format!("`options` of {what}");
    if !reader.object(options, &title, &["ownershipPolicy"], Unknown::Ignored) {
        return;
    }
    if let Some(policy) = reader.optional_text(options, "ownershipPolicy", &title) {
        match policy.value.as_str() {
            "Never" => {}
            "Always" => reader.warn(policy.span, "ownership is not recorded", ""),
            other => {
                let message = format!("`ownershipPolicy` is `{other}`");
                reader.refuse(policy.span, message, "write `Never` or `Always`");
            }
        }
    }
}

fn content(node: &Node, what: &str, reader: &mut Reader) -> Option<Spanned<Content>> {
    match (node.entry("input"), node.entry("access")) {
        (Some((_, value)), None) => {
            let input = input::read(value, what, reader)?;
            Some(Spanned::new(Content::Input(input), value.span))
        }
        (None, Some((_, value))) => {
            let access = access(value, what, reader)?;
            Some(Spanned::new(Content::Access(access), value.span))
        }
        (Some(_), Some((key, _))) => {
            let message = format!("{what} has `input` and `access`");
            reader.refuse(key.span, message, "leave one of them");
            None
        }
        (None, None) => {
            let message = format!("{what} has neither `input` nor `access`");
            let help = "write `input: { type: file, path: … }`";
            reader.refuse(start_of(node), message, help);
            None
        }
    }
}

fn access(node: &Node, what: &str, reader: &mut Reader) -> Option<Access> {
    let title = format!("`access` of {what}");
    let Some(Value::Object(members)) = json(node, reader) else {
        let message = format!("{title} is {}, not an object", node.shape());
        reader.refuse(node.span, message, "");
        return None;
    };
    let value = reader.required(node, &title, "type", "")?;
    reader.text(value, &format!("`type` of the access of {what}"))?;
    Some(Access(members))
}

/// Converts a value of any shape to JSON.
pub(super) fn json(node: &Node, reader: &mut Reader) -> Option<Value> {
    match node.to_json() {
        Ok(value) => Some(value),
        Err(error) => {
            reader.errors.push(error.diagnostic);
            None
        }
    }
}

/// Identity attributes: element names with text values.
fn attributes(node: &Node, key: &str, what: &str, reader: &mut Reader) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    let Some(value) = node.get(key) else {
        return attributes;
    };
    let Some(pairs) = value.as_mapping() else {
        let message = format!("`{key}` of {what} is {}, not an object", value.shape());
        reader.refuse(
            value.span,
            message,
            format!("leave `{key}` out if it is empty"),
        );
        return attributes;
    };
    for (name, value) in pairs {
        let attribute = name.key();
        if !is_element_name(&attribute) {
            let message = format!("`{attribute}` is no key for `{key}`");
            reader.refuse(name.span, message, NAME_HELP);
        }
        if key == "extraIdentity" && matches!(attribute.as_ref(), "name" | "version") {
            let message = format!("`{attribute}` here is overridden by that of {what}");
            reader.warn(name.span, message, "leave it out");
        }
        if value.as_str() == Some("") {
            attributes.insert(attribute.into_owned(), String::new());
        } else if let Some(text) = reader.text(value, &format!("`{attribute}` of {what}")) {
            attributes.insert(attribute.into_owned(), text.value);
        }
    }
    attributes
}

fn source_references(node: &Node, what: &str, reader: &mut Reader) -> Vec<Value> {
    let mut found = Vec::new();
    for item in reader.list(node, "srcRefs", what, false) {
        let title = format!("a source reference of {what}");
        let known = ["identitySelector", "labels"];
        if !reader.object(item, &title, &known, Unknown::Refused) {
            continue;
        }
        let selector = attributes(item, "identitySelector", &title, reader);
        let labels = super::values(&labels(item, &title, reader));
        let mut members = Map::new();
        if !selector.is_empty() {
            members.insert("identitySelector".into(), selector.into_iter().collect());
        }
        if !labels.is_empty() {
            let labels = labels.into_iter().map(|label| {
                let mut members = Map::new();
                members.insert("name".into(), label.name.into());
                members.insert("value".into(), label.value);
                if label.signing {
                    members.insert("signing".into(), true.into());
                }
                Value::Object(members)
            });
            members.insert("labels".into(), labels.collect());
        }
        found.push(Value::Object(members));
    }
    found
}

fn digest(node: &Node, what: &str, reader: &mut Reader) -> Option<Spanned<ElementDigest>> {
    const KEYS: &[&str] = &["hashAlgorithm", "normalisationAlgorithm", "value"];
    let digest = node.get("digest").filter(|digest| !digest.is_null())?;
    let title = format!("`digest` of {what}");
    if !reader.object(digest, &title, KEYS, Unknown::Ignored) {
        return None;
    }
    let help = "a digest has all of `hashAlgorithm`, `normalisationAlgorithm` and `value`";
    let mut member = |key: &str| {
        let node = reader.required(digest, &title, key, help)?;
        let text = reader.text(node, &format!("`{key}` of the digest of {what}"))?;
        Some(text.value)
    };
    let (hash_algorithm, normalisation_algorithm, value) = (
        member("hashAlgorithm"),
        member("normalisationAlgorithm"),
        member("value"),
    );
    let value = ElementDigest {
        hash_algorithm: hash_algorithm?,
        normalisation_algorithm: normalisation_algorithm?,
        value: value?,
    };
    Some(Spanned::new(value, digest.span))
}

/// The labels of an object.
pub(super) fn labels(node: &Node, what: &str, reader: &mut Reader) -> Vec<Spanned<Label>> {
    let mut names = HashSet::new();
    let mut found = Vec::new();
    for item in reader.list(node, "labels", what, false) {
        let Some(label) = label(item, what, reader) else {
            continue;
        };
        if !names.insert(label.value.name.clone()) {
            let message = format!("label `{}` of {what} stands here twice", label.value.name);
            reader.warn(
                item.span,
                message,
                "the first one counts; leave the other out",
            );
        }
        found.push(label);
    }
    found
}

fn label(node: &Node, what: &str, reader: &mut Reader) -> Option<Spanned<Label>> {
    const KEYS: &[&str] = &["name", "value", "signing", "version", "merge"];
    let title = match node.get("name").and_then(Node::as_str) {
        Some(name) if !name.is_empty() => format!("label `{name}` of {what}"),
        _ => format!("a label of {what}"),
    };
    if !reader.object(node, &title, KEYS, Unknown::Ignored) {
        return None;
    }
    let name = reader
        .required(node, &title, "name", "")
        .and_then(|name| reader.text(name, &format!("`name` of {title}")));
    let value = reader
        .required(node, &title, "value", "")
        .and_then(|value| label_value(value, &title, reader));
    let signing = reader.flag(node, "signing", &title);
    unpublished_members(node, &title, reader);
    let label = Label {
        name: name?.value,
        value: value?,
        signing,
        rest: Map::new(),
    };
    Some(Spanned::new(label, node.span))
}

fn label_value(node: &Node, title: &str, reader: &mut Reader) -> Option<Value> {
    match json(node, reader)? {
        Value::String(text) if text.is_empty() => {
            reader.refuse(node.span, format!("the value of {title} is empty"), "");
            None
        }
        value @ (Value::String(_) | Value::Object(_)) => Some(value),
        _ => {
            let message = format!(
                "the value of {title} is {}, not text or an object",
                node.shape()
            );
            let help = match node.as_scalar() {
                Some(scalar) if !node.is_null() => format!("write \"{}\"", scalar.text),
                _ => "the official schema takes nothing else".to_owned(),
            };
            reader.refuse(node.span, message, help);
            None
        }
    }
}

/// Members of a label that are not copied to the descriptor.
fn unpublished_members(node: &Node, title: &str, reader: &mut Reader) {
    if let Some((key, version)) = node.entry("version") {
        let message = format!("`version` of {title} does not get into the descriptor");
        reader.warn(key.span, message, "put it inside of the value");
        let well_formed = |text: &str| {
            text.strip_prefix('v')
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        if version.as_str().is_some_and(|text| !well_formed(text)) {
            let message = format!("`version` of {title} is not like `v1`");
            reader.refuse(version.span, message, "leave it out");
        }
    }
    if let Some((key, merge)) = node.entry("merge") {
        let message = format!("`merge` of {title} does not get into the descriptor");
        reader.warn(key.span, message, "leave it out");
        let title = format!("`merge` of {title}");
        reader.object(merge, &title, &["algorithm", "config"], Unknown::Refused);
    }
}
