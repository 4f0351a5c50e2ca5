//! Patterns for component names, as resolvers of the official configuration have them.
//!
//! The syntax is that of `gobwas/glob` without separators, which the official CLI uses: `*` and
//! `**` stand for any text, slashes included, `?` for one character, `[abc]`, `[a-z]` and `[!a]`
//! for one of (or none of) these, `{a,b}` for one of several patterns, `\` takes the meaning from
//! the character behind it. The whole name must fit.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

/// Most bytes of a pattern.
const LONGEST: usize = 1024;
/// Most braces inside one another.
const DEEPEST: usize = 16;

/// A pattern, known to be well formed. The default fits the empty text only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glob {
    text: String,
    parts: Vec<Part>,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {reason}")]
pub struct InvalidGlob {
    /// The text.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Character(char),
    One,
    Any,
    Class {
        not: bool,
        members: Vec<(char, char)>,
    },
    Either(Vec<Vec<Part>>),
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A class is not closed, empty, or backwards; or the pattern is too long or too deep.
    pub fn parse(text: &str) -> Result<Self, InvalidGlob> {
        let wrong = |reason| InvalidGlob {
            pattern: text.chars().take(100).collect(),
            reason,
        };
        if text.len() > LONGEST {
            return Err(wrong("it is too long"));
        }
        let mut characters = text.chars().peekable();
        let parts = sequence(&mut characters, 0).map_err(wrong)?;
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Says whether the whole of `name` fits. Takes time in proportion to the product of both
    /// lengths.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        advance(&self.parts, &name, BTreeSet::from([0])).contains(&name.len())
    }
}

/// Reads up to the end, or within braces up to the comma or brace that ends an alternative.
fn sequence(characters: &mut Peekable<Chars<'_>>, depth: usize) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    while let Some(&character) = characters.peek() {
        if depth > 0 && matches!(character, ',' | '}') {
            break;
        }
        characters.next();
        match character {
            '*' => parts.push(Part::Any),
            '?' => parts.push(Part::One),
            '[' => parts.push(class(characters)?),
            '{' => parts.push(Part::Either(alternatives(characters, depth + 1)?)),
            '\\' => parts.extend(characters.next().map(Part::Character)),
            other => parts.push(Part::Character(other)),
        }
    }
    Ok(parts)
}

/// Reads what is in braces. One that is not closed ends with the pattern, as in the official
/// implementation.
fn alternatives(
    characters: &mut Peekable<Chars<'_>>,
    depth: usize,
) -> Result<Vec<Vec<Part>>, &'static str> {
    if depth > DEEPEST {
        return Err("it has too many braces inside one another");
    }
    let mut all = Vec::new();
    loop {
        all.push(sequence(characters, depth)?);
        if characters.next() != Some(',') {
            return Ok(all);
        }
    }
}

/// Reads a class behind its `[`: one range, or several characters, not both.
fn class(characters: &mut Peekable<Chars<'_>>) -> Result<Part, &'static str> {
    const OPEN: &str = "a `[` is not closed";
    let not = characters.next_if_eq(&'!').is_some();
    let mut ahead = characters.clone();
    let first = ahead.next().ok_or(OPEN)?;
    if ahead.next() == Some('-') {
        let last = ahead.next().ok_or(OPEN)?;
        match ahead.next() {
            Some(']') => {}
            Some(_) => return Err("a class is either a range or a list of characters"),
            None => return Err(OPEN),
        }
        if last < first {
            return Err("a range is backwards");
        }
        *characters = ahead;
        let members = vec![(first, last)];
        return Ok(Part::Class { not, members });
    }
    let mut members = Vec::new();
    loop {
        match characters.next().ok_or(OPEN)? {
            ']' if members.is_empty() => return Err("a class is empty"),
            ']' => return Ok(Part::Class { not, members }),
            '\\' => {
                let escaped = characters.next().ok_or(OPEN)?;
                members.push((escaped, escaped));
            }
            other => members.push((other, other)),
        }
    }
}

/// Where one may stand in the name after these parts, having stood at one of `places`. All ways
/// are gone at once, so that no pattern takes exponential time.
fn advance(parts: &[Part], name: &[char], mut places: BTreeSet<usize>) -> BTreeSet<usize> {
    for part in parts {
        let fits = |wanted: &dyn Fn(char) -> bool| {
            let behind = |at: &usize| {
                name.get(*at)
                    .is_some_and(|found| wanted(*found))
                    .then_some(at + 1)
            };
            places.iter().filter_map(behind).collect()
        };
        places = match part {
            Part::Character(character) => fits(&|found| found == *character),
            Part::One => fits(&|_| true),
            Part::Class { not, members } => fits(&|found| {
                let range = |(first, last): &(char, char)| (*first..=*last).contains(&found);
                members.iter().any(range) != *not
            }),
            Part::Any => match places.first() {
                Some(first) => (*first..=name.len()).collect(),
                None => BTreeSet::new(),
            },
            Part::Either(all) => all
                .iter()
                .flat_map(|parts| advance(parts, name, places.clone()))
                .collect(),
        };
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_as_for_the_official_cli() {
        // (pattern, name, whether it fits)
        let cases = [
            ("*", "a.org/x/y", true),
            ("a.org/*", "a.org/x/y", true),
            ("a.org/**", "a.org/x", true),
            ("a.org/x", "a.org/x/y", false),
            ("{a,b}.org/*", "b.org/p", true),
            ("a.org/p?", "a.org/p1", true),
            ("a.org/p?", "a.org/p", false),
            ("a.org/p[0-9]", "a.org/px", false),
            ("a.org/p[0-9]", "a.org/p7", true),
            ("a.org/p[!0-9]", "a.org/px", true),
            ("a.org/p[xyz]", "a.org/py", true),
            ("a.org/p[!xyz]", "a.org/py", false),
            ("", "a.org/x", false),
            ("", "", true),
            ("*/x", "a.org/y/x", true),
            ("*x*y*", "a.org/x/y/z", true),
            ("{a.org/{x,y},b.org}/p", "a.org/y/p", true),
            ("{a.org/{x,y},b.org}/p", "b.org/p", true),
            ("{a.org/{x,y},b.org}/p", "a.org/p", false),
            ("{,x}y", "y", true),
            ("{a", "a", true),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            ("a,b}", "a,b}", true),
            ("[]]", "]", false),
            (r"[\]]", "]", true),
        ];
        for (pattern, name, expected) in cases {
            let fits = Glob::parse(pattern).is_ok_and(|glob| glob.matches(name));
            assert_eq!(fits, expected, "{pattern} {name}");
        }
    }

    #[test]
    fn broken_patterns_are_refused_with_the_reason() {
        let cases = [
            ("[", "is not closed"),
            ("[!", "is not closed"),
            ("[a", "is not closed"),
            ("[a-", "is not closed"),
            ("[a-b", "is not closed"),
            ("[]", "is empty"),
            ("[b-a]", "is backwards"),
            ("[a-bc]", "either a range or"),
        ];
        for (pattern, reason) in cases {
            let error = Glob::parse(pattern).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
        assert!(Glob::parse(&"{".repeat(17)).is_err());
        assert!(Glob::parse(&"a".repeat(1025)).is_err());
    }

    #[test]
    fn no_pattern_takes_long() {
        let glob = Glob::parse(&"*a{*a,*}".repeat(60)).unwrap();
        assert!(!glob.matches(&"b".repeat(255)));
    }
}
