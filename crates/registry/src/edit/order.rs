//! The sorted place of an entry.

use std::cmp::Ordering;

use ocm::Version;
use ocm::yaml::Node;

use super::Entry;
use super::error::EditError;
use super::locate::member;
use super::source::Source;

/// The index at which an entry is inserted; an error if its version is there already.
pub(super) fn place(source: &Source, items: &[Node], entry: &Entry) -> Result<usize, EditError> {
    let mut place = items.len();
    for (index, item) in items.iter().enumerate() {
        let (name, version) = (member(item, &["name"]), member(item, &["version"]));
        let order = name
            .cmp(&entry.name)
            .then_with(|| compare(version, &entry.version));
        match order {
            Ordering::Equal => {
                return Err(EditError::Duplicate {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    line: source.line_number(item.span.start),
                    span: item.span,
                });
            }
            Ordering::Greater => place = place.min(index),
            Ordering::Less => {}
        }
    }
    Ok(place)
}

/// By semver; text that is no version sorts as text.
fn compare(one: &str, other: &str) -> Ordering {
    match (one.parse::<Version>(), other.parse::<Version>()) {
        (Ok(one), Ok(other)) => one.precedence(&other),
        _ => one.cmp(other),
    }
}
