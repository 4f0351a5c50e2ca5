//! Go's `path.Match`: patterns of paths in consumer identities.
//!
//! `*` stands for any text without a slash, `?` for one character other than a slash, `[a-c]` and
//! `[^a-c]` for one (or none) of these, `\` takes the meaning from the character behind it. The
//! whole path must fit; a pattern that is not well formed fits nothing.

use std::collections::BTreeSet;

enum Part {
    Character(char),
    One,
    Any,
    Class {
        not: bool,
        members: Vec<(char, char)>,
    },
}

/// Says whether a path fits a pattern.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let Some(parts) = parse(pattern) else {
        return false;
    };
    let path: Vec<char> = path.chars().collect();
    let mut places = BTreeSet::from([0]);
    for part in &parts {
        let behind = |at: usize| {
            let found = *path.get(at)?;
            let fits = match part {
                Part::Character(character) => found == *character,
                Part::One | Part::Any => found != '/',
                Part::Class { not, members } => {
                    let range = |(first, last): &(char, char)| (*first..=*last).contains(&found);
                    members.iter().any(range) != *not
                }
            };
            fits.then_some(at + 1)
        };
        let mut next = BTreeSet::new();
        if matches!(part, Part::Any) {
            for &start in &places {
                let mut at = start;
                // A place that is known already was followed to its end already.
                while next.insert(at) {
                    match behind(at) {
                        Some(further) => at = further,
                        None => break,
                    }
                }
            }
        } else {
            next.extend(places.iter().filter_map(|at| behind(*at)));
        }
        places = next;
    }
    places.contains(&path.len())
}

/// Counts the characters of a pattern that stand for themselves, and says whether all do.
pub(super) fn literal(pattern: &str) -> (usize, bool) {
    let parts = parse(pattern).unwrap_or_default();
    let is_literal = |part: &&Part| matches!(part, Part::Character(_));
    let count = parts.iter().filter(is_literal).count();
    (count, count == parts.len())
}

fn parse(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '*' => Part::Any,
            '?' => Part::One,
            '\\' => Part::Character(characters.next()?),
            '[' => class(&mut characters)?,
            other => Part::Character(other),
        });
    }
    Some(parts)
}

fn class(characters: &mut std::str::Chars<'_>) -> Option<Part> {
    let mut members = Vec::new();
    let mut ahead = characters.clone();
    let not = ahead.next() == Some('^');
    if not {
        *characters = ahead;
    }
    loop {
        let mut ahead = characters.clone();
        if ahead.next()? == ']' && !members.is_empty() {
            *characters = ahead;
            return Some(Part::Class { not, members });
        }
        let first = member(characters)?;
        let mut ahead = characters.clone();
        let last = if ahead.next()? == '-' {
            *characters = ahead;
            member(characters)?
        } else {
            first
        };
        members.push((first, last));
    }
}

fn member(characters: &mut std::str::Chars<'_>) -> Option<char> {
    match characters.next()? {
        '-' | ']' => None,
        '\\' => characters.next(),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_as_in_go() {
        // (pattern, path, whether it fits); those of Go's own tests among them.
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^b-d]", "abc", false),
            ("ab[^e-g]", "abc", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            (r"[\]a]", "]", true),
            (r"[\-]", "-", true),
            (r"[x\-]", "x", true),
            (r"[x\-]", "z", false),
            (r"[\-x]", "a", false),
            ("[]a]", "]", false),
            ("[-]", "-", false),
            ("[x-]", "x", false),
            ("[-x]", "x", false),
            ("[a-b-c]", "a", false),
            ("[", "a", false),
            ("[^", "a", false),
            ("[^bc", "a", false),
            ("a[", "a", false),
            ("a[", "ab", false),
            (r"\", "a", false),
            ("*x", "xxx", true),
            ("a[^b]c", "a/c", true),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn paths_fit_as_the_library_of_go_has_computed() {
        let table = include_str!("../../tests/vectors/matching/paths.json");
        let table: serde_json::Value = serde_json::from_str(table).unwrap();
        let rows = table["patterns"].as_array().unwrap();
        assert!(rows.len() > 20);
        for row in rows {
            let pattern = row["pattern"].as_str().unwrap();
            let fits = |path: &&serde_json::Value| matches(pattern, path.as_str().unwrap());
            let found: Vec<_> = table["paths"]
                .as_array()
                .unwrap()
                .iter()
                .filter(fits)
                .collect();
            let expected: Vec<_> = row["fits"].as_array().unwrap().iter().collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        assert!(!matches(&"*a".repeat(500), &"a".repeat(400)));
        assert!(matches(&"*a".repeat(300), &"a".repeat(400)));
    }

    #[test]
    fn literal_characters_are_counted() {
        assert_eq!(literal("team/*"), (5, false));
        assert_eq!(literal("team/x"), (6, true));
        assert_eq!(literal(r"te\*m"), (4, true));
    }
}
