//! Edits of a constructor that leave every other byte unchanged.
//!
//! An edit is a splice of text at a position found in the YAML tree. Setting the version to
//! v1.3.0:
//!
//! ```yaml
//! version:  'v1.2.0'   # raised by the pipeline
//! version:  'v1.3.0'   # raised by the pipeline
//! ```
//!
//! Whatever the layout, the outcome is checked: parsed, it must be the old content with the edit,
//! and have the same comments. Otherwise the edit is refused.

mod error;
mod insert;
mod locate;
mod model;
mod order;
mod remove;
mod render;
mod repin;
mod scalar;
mod source;
mod value;

use ocm::yaml::{Node, YamlError};
use ocm::{ElementDigest, Label};
use registry::value::same_value;

pub use self::error::EditError;
pub(crate) use self::insert::{is_flow, pair_span};
pub(crate) use self::locate::{COMPONENT_KEYS, LIST_KEYS, components, list_of};
use self::order::Entries;
use self::render::{Content, Layout};
use self::repin::{Repin, repin};
pub use self::scalar::{Surroundings, scalar};
pub(crate) use self::scalar::{double_quoted, is_core_number, restyled};
pub(crate) use self::source::{Source, Splice, is_blank, keeps_line_breaks};
use self::value::ValueEditor;

/// A change of a registry's constructor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Edit {
    /// Sets the registry's version and keeps its quotes.
    Version(String),
    /// Inserts an entry before the first that sorts after it, by name, then semver.
    Insert(Entry),
    /// Sets the digest, labels and version of an entry; missing ones are added.
    Repin {
        /// Index of the entry in the list that the earlier edits leave.
        index: usize,
        /// The component digest it is pinned to.
        digest: ElementDigest,
        /// Labels that replace those of the same names; others are kept.
        labels: Option<Vec<Label>>,
        /// The version of the component.
        version: Option<String>,
    },
    /// Sets a label of an entry or of the registry: its value, and whether it is signed. Other
    /// labels are kept.
    Label {
        /// Index of the entry in the list that the earlier edits leave; absent for the registry
        /// itself.
        index: Option<usize>,
        /// The label.
        label: Label,
    },
    /// Removes a label of an entry or of the registry, with the comments in it and directly above
    /// it. Does nothing if there is no such label.
    RemoveLabel {
        /// Index of the entry in the list that the earlier edits leave; absent for the registry
        /// itself.
        index: Option<usize>,
        /// The name of the label.
        name: String,
    },
    /// Removes an entry, with the comments in it and directly above it.
    Remove {
        /// Index of the entry in the list that the earlier edits leave.
        index: usize,
    },
}

/// An entry to insert.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name in the registry.
    pub name: String,
    /// The version of the component.
    pub version: String,
    /// The name of the component.
    pub component: String,
    /// The component digest it is pinned to.
    pub digest: ElementDigest,
    /// Its labels.
    pub labels: Vec<Label>,
}

/// Applies edits in order to the component of that name; in the single form, to the only
/// component.
///
/// Either all or none are applied. The text is parsed twice: before, and to check the outcome. Only
/// where two edits touch the same position are they applied, and checked, one at a time.
///
/// # Errors
/// See [`EditError`]: there is no such component, or the layout does not allow an edit.
pub fn apply(text: &str, component: &str, edits: &[Edit]) -> Result<String, EditError> {
    if edits.len() > 1
        && let Ok(edited) = apply_together(text, component, edits)
    {
        return Ok(edited);
    }
    let mut text = text.to_owned();
    for edit in edits {
        text = apply_together(&text, component, std::slice::from_ref(edit))?;
    }
    Ok(text)
}

fn apply_together(text: &str, component: &str, edits: &[Edit]) -> Result<String, EditError> {
    let source = Source::parse(text)?;
    let mut expected = source.document.root.to_json()?;
    let mut splices = Vec::new();
    let mut gone = Vec::new();
    let target = Target::of(&source, component)?;
    let mut entries = Entries::of(target.items());
    let mut name = String::new();
    for edit in edits {
        let plan = plan(&source, &target, &mut entries, edit)?;
        name = plan.name;
        model::edit(&mut expected, component, edit, plan.index)
            .ok_or_else(|| unsafe_edit(&name, "its position is not clear"))?;
        gone.extend(plan.gone);
        splices.extend(plan.splices);
    }
    let kept = source.document.comments.iter().filter(|comment| {
        let at = comment.span.start;
        !gone.iter().any(|gone| (gone.start..gone.end).contains(&at))
    });
    let comments: Vec<&str> = kept.map(|comment| comment.span.slice(text)).collect();
    if edits.len() > 1 {
        name = format!("making {} changes together", edits.len());
    }
    let overlap = || unsafe_edit(&name, "two changes touch the same position");
    let edited = source.spliced(splices).ok_or_else(overlap)?;
    check(&edited, &expected, &comments).map_err(|reason| unsafe_edit(&name, &reason))?;
    Ok(edited)
}

/// The component that is edited, and its list of references.
struct Target<'a> {
    component: &'a Node,
    references: Option<(&'a Node, &'a Node)>,
}

impl<'a> Target<'a> {
    fn of(source: &'a Source<'_>, name: &str) -> Result<Self, EditError> {
        let component = locate::component(source, name)?;
        let references = locate::references(source, component)?;
        Ok(Self {
            component,
            references,
        })
    }

    fn list(&self) -> Option<&'a Node> {
        self.references.map(|(_, list)| list)
    }

    fn items(&self) -> &'a [Node] {
        let list = self.list().and_then(Node::as_sequence);
        list.unwrap_or_default()
    }
}

fn unsafe_edit(edit: &str, reason: &str) -> EditError {
    EditError::Unsafe {
        edit: edit.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Checks an edited text; the error is what is wrong with it.
fn check(edited: &str, expected: &serde_json::Value, comments: &[&str]) -> Result<(), String> {
    let unreadable = |error: YamlError| format!("the result could not be parsed: {error}");
    let source = Source::parse(edited).map_err(unreadable)?;
    let content = source.document.root.to_json().map_err(unreadable)?;
    if !same_value(&content, expected) {
        return Err("the result would have a different meaning".to_owned());
    }
    if !source.comments().eq(comments.iter().copied()) {
        return Err("a comment would be lost or moved".to_owned());
    }
    Ok(())
}

/// An edit as splices.
struct Plan {
    /// The edit, for messages.
    name: String,
    splices: Vec<Splice>,
    /// Index at which an entry is inserted.
    index: Option<usize>,
    /// What is removed, including its comments.
    gone: Option<ocm::yaml::Span>,
}

impl Plan {
    fn new(name: String, splices: Vec<Splice>) -> Self {
        Self {
            name,
            splices,
            index: None,
            gone: None,
        }
    }
}

fn plan<'a>(
    source: &'a Source<'_>,
    target: &Target<'a>,
    entries: &mut Entries<'a>,
    edit: &'a Edit,
) -> Result<Plan, EditError> {
    let layout = || Layout::of(source, target.component, target.list());
    match edit {
        Edit::Version(version) => {
            let what = "the registry's `version`";
            let editor = ValueEditor {
                source,
                layout: Layout::of(source, target.component, None),
                what,
            };
            let splices = editor.set_text(target.component, "version", &["name"], version)?;
            Ok(Plan::new(format!("setting {what} to {version}"), splices))
        }
        Edit::Insert(entry) => insertion(source, target, entries, entry),
        Edit::Repin {
            index,
            digest,
            labels,
            version,
        } => {
            let entry = item(target, entries, *index, edit)?.1;
            let name = locate::member(entry, &["name"]);
            let change = Repin {
                digest,
                labels: labels.as_deref(),
                version: version.as_deref(),
            };
            let splices = repin(source, layout(), entry, &change)?;
            Ok(Plan::new(format!("pinning `{name}`"), splices))
        }
        Edit::Label { index, label } => {
            let node = labelled(target, entries, *index, edit)?;
            let name = locate::member(node, &["name"]);
            let splices = repin::label(source, layout(), node, label)?;
            let name = format!("setting label `{}` of `{name}`", label.name);
            Ok(Plan::new(name, splices))
        }
        Edit::RemoveLabel { index, name: label } => {
            let node = labelled(target, entries, *index, edit)?;
            let of = locate::member(node, &["name"]);
            let removed = remove::label(source, node, label)?;
            let (splices, gone) = removed.unzip();
            let name = format!("removing label `{label}` of `{of}`");
            Ok(Plan {
                gone,
                ..Plan::new(name, splices.unwrap_or_default())
            })
        }
        Edit::Remove { index } => {
            let (in_text, entry) = item(target, entries, *index, edit)?;
            let what = format!("entry `{}`", locate::member(entry, &["name"]));
            locate::unshared_within(source, entry, &what)?;
            let name = format!("removing `{}`", locate::member(entry, &["name"]));
            let (splices, gone) = remove::item(source, target.references, in_text);
            Ok(Plan {
                gone: Some(gone),
                ..Plan::new(name, splices)
            })
        }
    }
}

/// The entry, or the component, whose labels an edit is about.
fn labelled<'a>(
    target: &Target<'a>,
    entries: &mut Entries<'a>,
    index: Option<usize>,
    edit: &Edit,
) -> Result<&'a Node, EditError> {
    match index {
        Some(index) => Ok(item(target, entries, index, edit)?.1),
        None => Ok(target.component),
    }
}

/// The entry that an edit is about, with its index in the text.
fn item<'a>(
    target: &Target<'a>,
    entries: &mut Entries<'a>,
    index: usize,
    edit: &Edit,
) -> Result<(usize, &'a Node), EditError> {
    let count = entries.len();
    let position = entries.position(index, edit);
    let found = position.and_then(|position| {
        let entry = target.items().get(position.in_text)?;
        Some((position.in_text, entry))
    });
    found.ok_or(EditError::NoEntry { index, count })
}

fn insertion<'a>(
    source: &'a Source<'_>,
    target: &Target<'a>,
    entries: &mut Entries<'a>,
    entry: &'a Entry,
) -> Result<Plan, EditError> {
    let layout = Layout::of(source, target.component, target.list());
    let items = target.items();
    let position = entries.insert(entry).map_err(|there| {
        let there = there.and_then(|index| items.get(index));
        let span = there.map(|item| item.span).unwrap_or_default();
        EditError::Duplicate {
            name: entry.name.clone(),
            version: there
                .map_or(entry.version.as_str(), |item| {
                    locate::member(item, &["version"])
                })
                .to_owned(),
            line: source.line_number(span.start),
            span,
        }
    })?;
    let key = match target.references {
        Some((key, _)) if key.key() == LIST_KEYS[1] => {
            let old = |item: &Node| item.get(COMPONENT_KEYS[1]).is_some();
            COMPONENT_KEYS[usize::from(!items.is_empty() && items.iter().all(old))]
        }
        _ => COMPONENT_KEYS[0],
    };
    let content = Content::entry(entry, key);
    let splices = if let Some((key, list)) = target.references {
        let list = (target.component, key, list);
        insert::items(source, layout, list, position.in_text, vec![content])?
    } else {
        let content = Content::List(vec![content]);
        insert::member(
            source,
            layout,
            target.component,
            None,
            LIST_KEYS[0],
            content,
        )
    };
    let name = format!("inserting `{}` {}", entry.name, entry.version);
    Ok(Plan {
        index: Some(position.index),
        ..Plan::new(name, splices)
    })
}
