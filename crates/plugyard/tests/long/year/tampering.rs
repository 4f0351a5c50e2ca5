//! Wrong manual changes of the constructor.

use crate::yard::{WRONG, Yard};
use crate::year::keeper::FILE;
use crate::year::version::Version;

/// The position of the entry in the text.
fn range_of(text: &str, name: &str, version: &Version) -> std::ops::Range<usize> {
    let head = format!("  - name: {name}\n    version: {version}\n");
    let start = text.find(&head).unwrap();
    let next = text[start + 1..].find("\n  - name: ");
    start..next.map_or(text.len(), |at| start + at + 2)
}

fn change(yard: &Yard, name: &str, version: &Version, edit: impl FnOnce(&str) -> String) {
    let text = yard.read(FILE);
    let range = range_of(&text, name, version);
    let edited = edit(&text[range.clone()]);
    assert_ne!(edited, text[range.clone()]);
    yard.write(
        FILE,
        format!("{}{edited}{}", &text[..range.start], &text[range.end..]),
    );
}

/// The text of an entry.
pub(crate) fn entry(yard: &Yard, name: &str, version: &Version) -> String {
    let text = yard.read(FILE);
    text[range_of(&text, name, version)].to_owned()
}

/// Removes an entry.
pub(crate) fn cut(yard: &Yard, name: &str, version: &Version) {
    change(yard, name, version, |_| String::new());
    yard.done("bump");
}

/// Appends an entry.
pub(crate) fn append(yard: &Yard, entry: &str) {
    let text = yard.read(FILE);
    yard.write(FILE, format!("{}\n{entry}", text.trim_end()));
    yard.done("bump");
}

/// Pins an entry to something else.
pub(crate) fn other_digest(yard: &Yard, name: &str, version: &Version) {
    change(yard, name, version, |entry| {
        let (before, after) = entry.split_once("value: ").unwrap();
        format!("{before}value: {WRONG}{}", &after[64..])
    });
    yard.done("bump");
}

/// Removes the pin of an entry.
pub(crate) fn no_digest(yard: &Yard, name: &str, version: &Version) {
    change(yard, name, version, |entry| {
        let (before, after) = entry.split_once("    digest:\n").unwrap();
        let (_, after) = after.split_once("    labels:\n").unwrap();
        format!("{before}    labels:\n{after}")
    });
    yard.done("bump");
}

/// Adds a fact to an entry that its plugin does not have.
pub(crate) fn other_claim(yard: &Yard, name: &str, version: &Version) {
    let (from, to) = (format!("[{name}/v1]"), format!("[{name}/v1, {name}/v2]"));
    change(yard, name, version, |entry| entry.replace(&from, &to));
    yard.done("bump");
}

/// Restores the old version of the registry.
pub(crate) fn same_version(yard: &Yard, new: &Version, old: &Version) {
    let (from, to) = (format!("\nversion: {new}\n"), format!("\nversion: {old}\n"));
    let text = yard.read(FILE);
    assert!(text.contains(&from), "no {from:?} in {text}");
    yard.write(FILE, text.replacen(&from, &to, 1));
}

/// Renames the first entry `from` to `to`.
pub(crate) fn rename(yard: &Yard, from: &str, to: &str) {
    let (from, to) = (format!("  - name: {from}\n"), format!("  - name: {to}\n"));
    let text = yard.read(FILE);
    assert!(text.contains(&from), "no {from:?} in {text}");
    yard.write(FILE, text.replacen(&from, &to, 1));
}

/// Removes a tombstone that is not the last one.
pub(crate) fn lift(yard: &Yard, component: &str, version: &Version) {
    let text = yard.read(FILE);
    let head = format!("{{ component: {component}, name: ");
    let tail = format!(", version: {version} }}");
    let mut from = 0;
    loop {
        let start = from + text[from..].find(&head).unwrap();
        let end = start + text[start..].find('}').unwrap() + 1;
        from = end;
        if !text[start..end].ends_with(&tail) {
            continue;
        }
        let (start, end) = match text[end..].strip_prefix(", ") {
            Some(_) => (start, end + 2),
            None => (start - 2, end),
        };
        yard.write(FILE, format!("{}{}", &text[..start], &text[end..]));
        return;
    }
}
