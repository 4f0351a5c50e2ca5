//! What a comparison shows, in one line: the title of a pull request.

use std::collections::BTreeSet;

use super::{Change, Content, Kind};

/// The most characters of a title: GitHub accepts 256.
const LONGEST: usize = 250;
/// The most plugins that a title names.
const NAMES: usize = 5;

/// The title for these changes, on one line. The registry itself is only named where no plugin
/// changes.
pub(super) fn title(old: &Content, new: &Content, changes: &[Change]) -> String {
    let plugins: Vec<(&str, &Change)> = changes
        .iter()
        .filter_map(|change| Some((change.name.as_deref()?, change)))
        .collect();
    let names: BTreeSet<&str> = plugins.iter().map(|(name, _)| *name).collect();
    let title = match (plugins.as_slice(), names.first()) {
        ([(name, change)], _) => of_one(name, change),
        (several, Some(name)) if names.len() == 1 => {
            let versions: BTreeSet<_> = several
                .iter()
                .filter_map(|(_, change)| change.new.as_deref().or(change.old.as_deref()))
                .collect();
            match versions.len() {
                1 => format!("{} {name}", verb(several)),
                count => format!("{} {count} versions of {name}", verb(several)),
            }
        }
        (several, Some(_)) => {
            let shown: Vec<&str> = names.iter().take(NAMES).copied().collect();
            let more = match names.len() - shown.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let list = shown.join(", ");
            format!("{} {} plugins: {list}{more}", verb(several), names.len())
        }
        (_, None) if !changes.is_empty() => format!("Change the metadata of {}", new.name),
        (_, None) if old.version != new.version && !old.is_nothing() => format!(
            "Raise the registry version from {} to {}",
            old.version, new.version
        ),
        (_, None) if old.is_nothing() => format!("Publish {} {}", new.name, new.version),
        (_, None) => "Change nothing".to_owned(),
    };
    one_line(&title)
}

fn of_one(name: &str, change: &Change) -> String {
    let version = change.new.as_deref().or(change.old.as_deref());
    let version = version.unwrap_or_default();
    match (change.kind, &change.old) {
        (Kind::Added, _) => format!("Add {name} {version}"),
        (Kind::Removed, _) => format!("Remove {name} {version}"),
        (Kind::Updated, Some(old)) if old != version => {
            format!("Update {name} from {old} to {version}")
        }
        (Kind::Updated, _) => format!("Re-pin {name} {version}"),
        (Kind::Yanked, _) => format!("Yank {name} {version}"),
        (Kind::Metadata, _) => format!("Change the metadata of {name} {version}"),
    }
}

/// The verb for several changes: the one they share, else "Update".
fn verb(changes: &[(&str, &Change)]) -> &'static str {
    let kinds: BTreeSet<Kind> = changes.iter().map(|(_, change)| change.kind).collect();
    match kinds.into_iter().collect::<Vec<_>>().as_slice() {
        [Kind::Added] => "Add",
        [Kind::Removed] => "Remove",
        [Kind::Yanked] => "Yank",
        _ => "Update",
    }
}

/// Names and versions of a descriptor may be anything; a title is one line of limited length.
fn one_line(title: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    let mut line: String = title.chars().take(LONGEST).map(plain).collect();
    if title.chars().nth(LONGEST).is_some() {
        line.pop();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::Details;
    use super::*;

    fn change(kind: Kind, name: Option<&str>, old: Option<&str>, new: Option<&str>) -> Change {
        Change {
            kind,
            name: name.map(str::to_owned),
            component: "acme.org/x".to_owned(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            platforms_gained: Vec::new(),
            platforms_lost: Vec::new(),
            details: Details::default(),
        }
    }

    fn registry(version: &str) -> Content {
        Content {
            version: version.to_owned(),
            ..Content::nothing("acme.org/registry")
        }
    }

    #[track_caller]
    fn assert_title(changes: &[Change], expected: &str) {
        let title = title(&registry("v0.1.0"), &registry("v0.1.1"), changes);
        assert_eq!(title, expected);
    }

    #[test]
    fn one_change_is_named() {
        let (one, two) = (Some("1.0.0"), Some("2.0.0"));
        for (kind, old, new, expected) in [
            (Kind::Added, None, two, "Add demo 2.0.0"),
            (Kind::Updated, one, two, "Update demo from 1.0.0 to 2.0.0"),
            (Kind::Updated, one, one, "Re-pin demo 1.0.0"),
            (Kind::Removed, one, None, "Remove demo 1.0.0"),
            (Kind::Yanked, one, one, "Yank demo 1.0.0"),
            (
                Kind::Metadata,
                one,
                one,
                "Change the metadata of demo 1.0.0",
            ),
        ] {
            assert_title(&[change(kind, Some("demo"), old, new)], expected);
        }
    }

    #[test]
    fn several_changes_are_counted() {
        let added = |name, version| change(Kind::Added, Some(name), None, Some(version));
        let updated = change(Kind::Updated, Some("b"), Some("1.0.0"), Some("2.0.0"));
        let registry = change(Kind::Metadata, None, None, None);
        assert_title(&[added("b", "3.0.0"), registry.clone()], "Add b 3.0.0");
        assert_title(
            &[added("b", "1.0.0"), added("b", "3.0.0")],
            "Add 2 versions of b",
        );
        assert_title(
            &[added("b", "3.0.0"), updated.clone()],
            "Update 2 versions of b",
        );
        let yanked = change(Kind::Yanked, Some("b"), Some("2.0.0"), Some("2.0.0"));
        assert_title(&[updated.clone(), yanked], "Update b");
        assert_title(
            &[updated, added("a", "1.0.0"), added("a", "2.0.0")],
            "Update 2 plugins: a, b",
        );
        let many: Vec<Change> = ["f", "e", "d", "c", "b", "a"]
            .map(|name| added(name, "1.0.0"))
            .to_vec();
        assert_title(&many, "Add 6 plugins: a, b, c, d, e and 1 more");
        assert_title(&[registry], "Change the metadata of acme.org/registry");
    }

    #[test]
    fn without_a_change_the_version_is_named() {
        assert_title(&[], "Raise the registry version from v0.1.0 to v0.1.1");
        let nothing = Content::nothing("acme.org/registry");
        let first = title(&nothing, &registry("v0.1.0"), &[]);
        assert_eq!(first, "Publish acme.org/registry v0.1.0");
        let same = title(&registry("v0.1.0"), &registry("v0.1.0"), &[]);
        assert_eq!(same, "Change nothing");
    }

    #[test]
    fn a_title_is_one_line_that_a_forge_accepts() {
        let name = "a\nb\r".to_owned() + &"ö".repeat(300);
        let changes = [change(Kind::Added, Some(&name), None, Some("1"))];
        let title = title(&registry("1"), &registry("2"), &changes);
        assert!(title.starts_with("Add a b ö"), "{title}");
        assert!(title.ends_with("ö…"), "{title}");
        assert_eq!(title.chars().count(), 250);
    }
}
