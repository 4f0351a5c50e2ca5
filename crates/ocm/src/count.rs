//! Counts in words.

/// Spells a count: `1 entry`, `3 entries`, `0 matches`. The plural is that of a regular English
/// noun.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        return format!("1 {noun}");
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| noun.ends_with(end));
    match noun.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{number} {stem}ies"),
        _ if ends(&["s", "x", "ch", "sh"]) => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_have_their_regular_plural() {
        for (number, noun, expected) in [
            (0, "entry", "0 entries"),
            (1, "entry", "1 entry"),
            (2, "entry", "2 entries"),
            (2, "key", "2 keys"),
            (2, "match", "2 matches"),
            (3, "component version", "3 component versions"),
        ] {
            assert_eq!(count(number, noun), expected);
        }
    }
}
