//! Writes git's conflict markers around what both sides changed.
//!
//! ```yaml
//! <<<<<<< ours
//!   - { name: demo, version: 1.1.0 }
//! =======
//!   - { name: demo, version: 1.2.0 }
//! >>>>>>> theirs
//! ```

use ocm::yaml::{Node, Span};

use crate::edit::{COMPONENT_KEYS, Source, Splice, components, list_of};
use registry::precedence::same_version;

/// What is in conflict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// An entry, by name and version.
    Entry(String, String),
    /// A label of the registry.
    Label(String),
}

/// Writes both sides' lines of each subject between markers.
///
/// Nothing if they are not on their own lines.
pub(super) fn mark(
    ours: &str,
    theirs: &str,
    component: &str,
    subjects: &[Subject],
) -> Option<String> {
    let (our_source, their_source) = (Source::parse(ours).ok()?, Source::parse(theirs).ok()?);
    let our_root = registry(&our_source.document.root, component)?;
    let their_root = registry(&their_source.document.root, component)?;
    let mut splices = Vec::new();
    for subject in subjects {
        let own = find(our_root, subject).map(|span| lines(&our_source, span));
        let other = find(their_root, subject).map(|span| lines(&their_source, span));
        let span = match own {
            Some(span) => span,
            None => Span::empty(end_of_list(&our_source, our_root)),
        };
        let line_break = our_source.line_break(span.start);
        let text = |span: Option<Span>, text: &str| {
            let lines = span.map_or("", |span| span.slice(text));
            if lines.is_empty() || lines.ends_with('\n') {
                lines.to_owned()
            } else {
                format!("{lines}{line_break}")
            }
        };
        let marked = format!(
            "<<<<<<< ours{line_break}{}======={line_break}{}>>>>>>> theirs{line_break}",
            text(own, ours),
            text(other, theirs)
        );
        splices.push(Splice::new(span.start, span.end, marked));
    }
    our_source.spliced(splices)
}

fn registry<'a>(root: &'a Node, name: &str) -> Option<&'a Node> {
    let mut all = components(root).iter();
    all.find(|component| component.get("name").and_then(Node::as_str) == Some(name))
}

fn find(registry: &Node, subject: &Subject) -> Option<Span> {
    let text = |node: &Node, key: &str| {
        let scalar = node.get(key).and_then(Node::as_scalar);
        scalar.map(|scalar| scalar.text.to_string())
    };
    match subject {
        Subject::Entry(name, version) => {
            let mut entries = list_of(registry)?.as_sequence()?.iter();
            let entry = entries.find(|entry| {
                text(entry, "name").as_ref() == Some(name)
                    && text(entry, "version").is_some_and(|other| same_version(&other, version))
                    && COMPONENT_KEYS.iter().any(|key| entry.get(key).is_some())
            });
            Some(entry?.outer_span())
        }
        Subject::Label(name) => {
            let mut labels = registry.get("labels")?.as_sequence()?.iter();
            let label = labels.find(|label| text(label, "name").as_ref() == Some(name));
            Some(label?.outer_span())
        }
    }
}

/// The whole lines of something.
fn lines(source: &Source<'_>, span: Span) -> Span {
    let mut start = source.line_start(span.start);
    // The dash of an item may be on a line of its own.
    while let Some(above) = source.line_before(start)
        && source.starts_line(span.start)
        && source.text[above..source.line_end(above)].trim() == "-"
    {
        start = above;
    }
    Span {
        start,
        end: source.next_line(span.end).unwrap_or(source.text.len()),
    }
}

/// Start of the line after the list of references.
fn end_of_list(source: &Source<'_>, registry: &Node) -> usize {
    let list = list_of(registry).unwrap_or(registry);
    let end = list.outer_span().end;
    source.next_line(end).unwrap_or(source.text.len())
}
