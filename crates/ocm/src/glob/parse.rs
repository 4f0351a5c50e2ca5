//! Parsing patterns.

use std::iter::Peekable;
use std::str::Chars;

use super::Part;

/// Maximum nesting of braces.
const DEEPEST: usize = 16;

const OPEN: &str = "a `[` is not closed";

type Reason = &'static str;

/// The syntax of a pattern.
#[derive(Clone, Copy)]
pub(super) enum Syntax {
    PathMatch,
    Gobwas,
}

/// Parses up to the end, or within braces up to the comma or brace that ends an alternative.
pub(super) fn sequence(
    characters: &mut Peekable<Chars<'_>>,
    syntax: Syntax,
    depth: usize,
) -> Result<Vec<Part>, Reason> {
    let mut parts = Vec::new();
    while let Some(&character) = characters.peek() {
        if depth > 0 && matches!(character, ',' | '}') {
            break;
        }
        characters.next();
        parts.push(match (character, syntax) {
            ('*', _) => Part::Any,
            ('?', _) => Part::One,
            ('[', Syntax::PathMatch) => go_class(characters)?,
            ('[', Syntax::Gobwas) => gobwas_class(characters)?,
            ('{', Syntax::Gobwas) => Part::Either(alternatives(characters, depth + 1)?),
            ('\\', _) => match (characters.next(), syntax) {
                (Some(escaped), _) => Part::Character(escaped),
                (None, Syntax::Gobwas) => break,
                (None, _) => return Err("nothing follows the last `\\`"),
            },
            (other, _) => Part::Character(other),
        });
    }
    Ok(parts)
}

/// Parses the text after a `{`. An unclosed brace ends with the pattern, as in `gobwas/glob`.
fn alternatives(
    characters: &mut Peekable<Chars<'_>>,
    depth: usize,
) -> Result<Vec<Vec<Part>>, Reason> {
    if depth > DEEPEST {
        return Err("it has too many braces inside one another");
    }
    let mut all = Vec::new();
    loop {
        all.push(sequence(characters, Syntax::Gobwas, depth)?);
        if characters.next() != Some(',') {
            return Ok(all);
        }
    }
}

/// Parses a class of `gobwas/glob` after its `[`: either one range or several characters.
fn gobwas_class(characters: &mut Peekable<Chars<'_>>) -> Result<Part, Reason> {
    let negated = characters.next_if_eq(&'!').is_some();
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
        let ranges = vec![(first, last)];
        return Ok(Part::Class { negated, ranges });
    }
    let mut ranges = Vec::new();
    loop {
        match characters.next().ok_or(OPEN)? {
            ']' if ranges.is_empty() => return Err("a class is empty"),
            ']' => return Ok(Part::Class { negated, ranges }),
            '\\' => {
                let escaped = characters.next().ok_or(OPEN)?;
                ranges.push((escaped, escaped));
            }
            other => ranges.push((other, other)),
        }
    }
}

/// Parses a class of Go's `path.Match` after its `[`: ranges and characters. A reversed range is
/// allowed there and matches nothing.
fn go_class(characters: &mut Peekable<Chars<'_>>) -> Result<Part, Reason> {
    let negated = characters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && characters.next_if_eq(&']').is_some() {
            return Ok(Part::Class { negated, ranges });
        }
        let first = go_member(characters)?;
        let last = match characters.next_if_eq(&'-') {
            Some(_) => go_member(characters)?,
            None => first,
        };
        ranges.push((first, last));
    }
}

fn go_member(characters: &mut Peekable<Chars<'_>>) -> Result<char, Reason> {
    match characters.next().ok_or(OPEN)? {
        ']' => Err("a class is empty, or a range in it has no end"),
        '-' => Err("a `-` in a class stands between two characters, or after `\\`"),
        '\\' => characters.next().ok_or(OPEN),
        other => Ok(other),
    }
}
