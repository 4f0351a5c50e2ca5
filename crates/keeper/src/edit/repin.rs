//! Sets the digest of an entry, and with it labels and version.

use ocm::yaml::Node;
use ocm::{ElementDigest, Label};

use super::error::EditError;
use super::insert;
use super::locate::{COMPONENT_KEYS, object, shape, unshared};
use super::render::{Content, Layout};
use super::source::{Source, Splice};
use super::value::ValueEditor;

/// Keys of an entry in their order.
const KEYS: [&str; 7] = [
    "name",
    "version",
    "component",
    "componentName",
    "extraIdentity",
    "digest",
    "labels",
];

/// Keys of a component that come before its labels.
const BEFORE_LABELS: [&str; 4] = ["name", "version", "provider", "creationTime"];

/// Keys of a digest in their order.
const DIGEST_KEYS: [&str; 3] = ["hashAlgorithm", "normalisationAlgorithm", "value"];

pub(super) struct Repin<'a> {
    pub(super) digest: &'a ElementDigest,
    pub(super) labels: Option<&'a [Label]>,
    pub(super) version: Option<&'a str>,
}

pub(super) fn repin(
    source: &Source,
    layout: Layout,
    entry: &Node,
    repin: &Repin,
) -> Result<Vec<Splice>, EditError> {
    let name = super::locate::member(entry, &["name"]);
    let what = |part: &str| format!("{part} of `{name}`");
    object(source, entry, &format!("entry `{name}`"))?;
    unshared(source, entry, &format!("entry `{name}`"))?;
    let mut splices = Vec::new();
    let [version, digest, labels] = ["version", "digest", "labels"].map(what);
    let editor = ValueEditor {
        source,
        layout,
        what: &digest,
    };
    if let Some(text) = repin.version {
        let editor = ValueEditor {
            what: &version,
            ..editor
        };
        splices.extend(editor.set_text(entry, "version", &KEYS[..1], text)?);
    }
    splices.extend(set_digest(editor, entry, repin.digest)?);
    if let Some(new) = repin.labels {
        let editor = ValueEditor {
            what: &labels,
            ..editor
        };
        splices.extend(set_labels(editor, entry, &KEYS[..6], new)?);
    }
    Ok(splices)
}

/// Sets a label of an entry, or of the component.
pub(super) fn label(
    source: &Source,
    layout: Layout,
    node: &Node,
    new: &Label,
) -> Result<Vec<Splice>, EditError> {
    let name = super::locate::member(node, &["name"]);
    object(source, node, &format!("`{name}`"))?;
    unshared(source, node, &format!("`{name}`"))?;
    let editor = ValueEditor {
        source,
        layout,
        what: &format!("labels of `{name}`"),
    };
    let is_entry = COMPONENT_KEYS.iter().any(|key| node.get(key).is_some());
    let before = if is_entry {
        &KEYS[..6]
    } else {
        &BEFORE_LABELS[..]
    };
    set_labels(editor, node, before, std::slice::from_ref(new))
}

fn set_digest(
    editor: ValueEditor<'_>,
    entry: &Node,
    digest: &ElementDigest,
) -> Result<Vec<Splice>, EditError> {
    let Some((key, node)) = entry.entry("digest") else {
        return Ok(editor.add(entry, "digest", &KEYS[..5], Content::digest(digest)));
    };
    unshared(editor.source, key, editor.what)?;
    unshared(editor.source, node, editor.what)?;
    let is_empty = node.as_mapping().is_some_and(<[_]>::is_empty);
    if node.is_null() || is_empty {
        let target = (entry, key, node);
        return insert::replace(
            editor.source,
            editor.layout,
            target,
            &Content::digest(digest),
        );
    }
    object(editor.source, node, editor.what)?;
    let values = [
        &digest.hash_algorithm,
        &digest.normalisation_algorithm,
        &digest.value,
    ];
    let mut splices = Vec::new();
    for (index, (key, value)) in DIGEST_KEYS.iter().zip(values).enumerate() {
        splices.extend(editor.set_text(node, key, &DIGEST_KEYS[..index], value)?);
    }
    Ok(splices)
}

fn set_labels(
    editor: ValueEditor<'_>,
    entry: &Node,
    before: &[&str],
    labels: &[Label],
) -> Result<Vec<Splice>, EditError> {
    let Some((key, node)) = entry.entry("labels") else {
        if labels.is_empty() {
            return Ok(Vec::new());
        }
        return Ok(editor.add(entry, "labels", before, Content::labels(labels)));
    };
    unshared(editor.source, key, editor.what)?;
    unshared(editor.source, node, editor.what)?;
    let items = match node.as_sequence() {
        Some(items) => items,
        None if node.is_null() => &[],
        None => return Err(shape(editor.source, node, editor.what, "a list")),
    };
    let mut splices = Vec::new();
    let mut new = Vec::new();
    for label in labels {
        let found = items
            .iter()
            .find(|item| item.get("name").and_then(Node::as_str) == Some(&label.name));
        match found {
            Some(item) => {
                let what = format!(
                    "label `{}` of `{}`",
                    label.name,
                    super::locate::member(entry, &["name"])
                );
                splices.extend(set_label(
                    ValueEditor {
                        what: &what,
                        ..editor
                    },
                    item,
                    label,
                )?);
            }
            None => new.push(label),
        }
    }
    splices.extend(add_labels(editor, (entry, key, node), items, &new)?);
    Ok(splices)
}

/// Adds labels at the end of a list.
fn add_labels(
    editor: ValueEditor<'_>,
    (entry, key, node): (&Node, &Node, &Node),
    items: &[Node],
    labels: &[&Label],
) -> Result<Vec<Splice>, EditError> {
    if labels.is_empty() {
        return Ok(Vec::new());
    }
    let ValueEditor { source, layout, .. } = editor;
    let contents = labels.iter().map(|label| Content::label(label)).collect();
    insert::items(source, layout, (entry, key, node), items.len(), contents)
}

fn set_label(
    editor: ValueEditor<'_>,
    item: &Node,
    label: &Label,
) -> Result<Vec<Splice>, EditError> {
    unshared(editor.source, item, editor.what)?;
    let mut splices = match item.entry("value") {
        Some((key, node)) => editor.set_value((item, key, node), &label.value)?,
        None => editor.add(item, "value", &["name"], Content::Inline(&label.value)),
    };
    let signing = item.entry("signing");
    let is_signed = match signing {
        Some((_, node)) => node.to_json()? == serde_json::Value::Bool(true),
        None => false,
    };
    if is_signed != label.signing {
        let content = Content::Flag(label.signing);
        splices.extend(match signing {
            Some((key, node)) => {
                unshared(editor.source, key, editor.what)?;
                unshared(editor.source, node, editor.what)?;
                editor.replace((item, key, node), &content)?
            }
            None => editor.add(item, "signing", &["name", "value"], content),
        });
    }
    Ok(splices)
}
