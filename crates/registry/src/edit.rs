//! Edits of a constructor that leave everything else as it is, to the byte.
//!
//! An edit is a splice of text at a place found in the YAML tree. Whatever the layout, the
//! outcome is checked: it must say what was there before with the change, and have the same
//! comments. Otherwise the edit is refused.

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

pub use self::error::EditError;
pub(crate) use self::insert::{is_flow, pair_span};
pub(crate) use self::locate::{COMPONENT_KEYS, LIST_KEYS, components};
pub(crate) use self::model::canonical;
use self::render::{Content, Layout};
use self::repin::{Repin, repin};
pub use self::scalar::{Surroundings, scalar};
pub(crate) use self::scalar::{double_quoted, is_core_number, restyled};
pub(crate) use self::source::{Source, Splice, is_blank, keeps_line_breaks};
use self::value::Place;

/// Says whether two values are the same to the official reader, for whom 1.0 is 1.
pub(crate) fn same_value(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    one == other || canonical(one) == canonical(other)
}

/// A change of a registry's constructor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Edit {
    /// Sets the registry's version, in the quotes it has.
    Version(String),
    /// Inserts an entry before the first that sorts after it, by name, then semver.
    Insert(Entry),
    /// Sets pin, labels and version of an entry, and adds what is missing of them.
    Repin {
        /// The entry's place in the list when the edit's turn comes, counted from 0.
        index: usize,
        /// The pin.
        digest: ElementDigest,
        /// Labels that replace those of the same names; others stay.
        labels: Option<Vec<Label>>,
        /// The version of the component.
        version: Option<String>,
    },
    /// Removes an entry with the comments in it and directly above it.
    Remove {
        /// The entry's place in the list when the edit's turn comes, counted from 0.
        index: usize,
    },
}

/// An entry to be inserted.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name in the registry.
    pub name: String,
    /// The version of the component.
    pub version: String,
    /// The name of the component.
    pub component: String,
    /// The pin.
    pub digest: ElementDigest,
    /// Its labels.
    pub labels: Vec<Label>,
}

/// Applies edits one after the other to the component of that name; in the single form to the
/// component there is.
///
/// All or none are applied. Reads the text once, and once for each edit; edits of several
/// entries in a row, which do not move anything, count as one.
pub fn apply(text: &str, component: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut text = text.to_owned();
    let mut rest = edits;
    while !rest.is_empty() {
        let count = independent(rest);
        let (batch, later) = rest.split_at(count);
        text = apply_batch(&text, component, batch)?;
        rest = later;
    }
    Ok(text)
}

/// How many edits at the start touch different places, none of which moves another.
fn independent(edits: &[Edit]) -> usize {
    let mut seen = Vec::new();
    let batch = edits.iter().take_while(|edit| {
        let place = match edit {
            Edit::Version(_) => None,
            Edit::Repin { index, .. } => Some(*index),
            Edit::Insert(_) | Edit::Remove { .. } => return false,
        };
        let new = !seen.contains(&place);
        seen.push(place);
        new
    });
    batch.count().max(1)
}

fn apply_batch(text: &str, component: &str, edits: &[Edit]) -> Result<String, EditError> {
    let source = Source::parse(text)?;
    let mut expected = source.document.root.to_json()?;
    let mut splices = Vec::new();
    let mut comments: Vec<&str> = source.comments().collect();
    let mut described = Vec::new();
    for edit in edits {
        let plan = plan(&source, component, edit)?;
        let changed = model::edited(&expected, component, edit, plan.index);
        expected = changed.ok_or_else(|| unsafe_edit(&plan.name, "its place is not clear"))?;
        if let Some(gone) = plan.gone {
            let spans = source
                .document
                .comments
                .iter()
                .map(|comment| comment.span.start);
            let kept = spans
                .zip(comments)
                .filter(|(at, _)| !(gone.start..gone.end).contains(at));
            comments = kept.map(|(_, comment)| comment).collect();
        }
        splices.extend(plan.splices);
        described.push(plan.name);
    }
    let name = described.join(" and ");
    let overlap = || unsafe_edit(&name, "two changes meet at one place");
    let edited = source.spliced(splices).ok_or_else(overlap)?;
    check(&edited, &expected, &comments).map_err(|reason| unsafe_edit(&name, &reason))?;
    Ok(edited)
}

fn unsafe_edit(edit: &str, reason: &str) -> EditError {
    EditError::Unsafe {
        edit: edit.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The guard: says what is wrong with an edited text.
fn check(edited: &str, expected: &serde_json::Value, comments: &[&str]) -> Result<(), String> {
    let unreadable = |error: YamlError| format!("the outcome could not be read: {error}");
    let source = Source::parse(edited).map_err(unreadable)?;
    let content = source.document.root.to_json().map_err(unreadable)?;
    if canonical(&content) != canonical(expected) {
        return Err("the outcome would say something else".to_owned());
    }
    if !source.comments().eq(comments.iter().copied()) {
        return Err("a comment would be lost or moved".to_owned());
    }
    Ok(())
}

/// An edit as splices.
struct Plan {
    /// The edit in words.
    name: String,
    splices: Vec<Splice>,
    /// Where an entry is inserted.
    index: Option<usize>,
    /// What goes with its comments.
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

fn plan(source: &Source, component: &str, edit: &Edit) -> Result<Plan, EditError> {
    let component = locate::component(source, component)?;
    let references = locate::references(source, component);
    match edit {
        Edit::Version(version) => {
            let layout = Layout::of(source, component, None);
            let what = "the registry's `version`";
            let place = Place {
                source,
                layout,
                what,
            };
            let splices = place.set_text(component, "version", &["name"], version)?;
            Ok(Plan::new(format!("setting {what} to {version}"), splices))
        }
        Edit::Insert(entry) => insertion(source, component, references?, entry),
        Edit::Repin {
            index,
            digest,
            labels,
            version,
        } => {
            let list = references?.map(|(_, list)| list);
            let entry = entry(list, *index)?;
            let name = locate::member(entry, &["name"]);
            let change = Repin {
                digest,
                labels: labels.as_deref(),
                version: version.as_deref(),
            };
            let layout = Layout::of(source, component, list);
            let splices = repin(source, layout, entry, &change)?;
            Ok(Plan::new(format!("pinning `{name}`"), splices))
        }
        Edit::Remove { index } => {
            let found = references?;
            let entry = entry(found.map(|(_, list)| list), *index)?;
            let name = format!("removing `{}`", locate::member(entry, &["name"]));
            let (splices, gone) = remove::entry(source, found, *index);
            Ok(Plan {
                gone: Some(gone),
                ..Plan::new(name, splices)
            })
        }
    }
}

fn entry(list: Option<&Node>, index: usize) -> Result<&Node, EditError> {
    let items = list.and_then(Node::as_sequence).unwrap_or_default();
    items.get(index).ok_or(EditError::NoEntry {
        index,
        count: items.len(),
    })
}

fn insertion(
    source: &Source,
    component: &Node,
    references: Option<(&Node, &Node)>,
    entry: &Entry,
) -> Result<Plan, EditError> {
    let list = references.map(|(_, list)| list);
    let layout = Layout::of(source, component, list);
    let items = list.and_then(Node::as_sequence).unwrap_or_default();
    let index = order::place(source, items, entry)?;
    let key = match references {
        Some((key, _)) if key.key() == LIST_KEYS[1] => {
            let old = |item: &Node| item.get(COMPONENT_KEYS[1]).is_some();
            COMPONENT_KEYS[usize::from(!items.is_empty() && items.iter().all(old))]
        }
        _ => COMPONENT_KEYS[0],
    };
    let content = Content::entry(entry, key);
    let splices = if let Some((key, list)) = references {
        insert::items(source, layout, (component, key, list), index, vec![content])?
    } else {
        let content = Content::List(vec![content]);
        insert::member(source, layout, component, None, LIST_KEYS[0], content)
    };
    let name = format!("inserting `{}` {}", entry.name, entry.version);
    Ok(Plan {
        index: Some(index),
        ..Plan::new(name, splices)
    })
}
