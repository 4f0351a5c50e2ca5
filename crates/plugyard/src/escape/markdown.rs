//! Text in Markdown: it must not become markup, HTML, a link, a mention or a reference on any
//! forge.
//!
//! Names, versions and everything else from outside are shown as code, in which forges see
//! neither links nor mentions. Around them are sentences of ours, whose names are between
//! backticks; what is left of such a sentence is escaped too, as it may contain more than that.

use super::{limited, terminal};

/// Maximum number of characters of a piece of text, and of the pieces of a sentence together.
const LIMIT: usize = 200;
const SENTENCE_LIMIT: usize = 1000;

/// Not seen, and the only thing that keeps forges from making mentions, references and links of
/// text that they look for in the rendered page.
const BREAK: char = '\u{200b}';

/// Text as code.
pub(crate) fn code(text: &str) -> String {
    let text = terminal(&limited(text, LIMIT));
    let text = text.trim();
    if text.is_empty() {
        return "–".to_owned();
    }
    let runs = text.split(|character| character != '`');
    let longest = runs.map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A blank separates a backtick at either end from the fence.
    let gap = if longest > 0 { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// A name or a version: as it is if it is as harmless as it should be, otherwise as code.
pub(crate) fn word(text: &str) -> String {
    if is_harmless(text) {
        text.to_owned()
    } else {
        code(text)
    }
}

/// A sentence of ours, in which names are between backticks.
pub(crate) fn prose(text: &str) -> String {
    let text = limited(text, SENTENCE_LIMIT);
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    let pieces = parts.iter().enumerate().map(|(index, part)| {
        if paired && index % 2 == 1 {
            code(part)
        } else {
            escaped(part)
        }
    });
    pieces.collect()
}

/// The same in a cell of a table, where `|` ends the cell even in code.
pub(crate) mod cell {
    /// Text as code.
    pub(crate) fn code(text: &str) -> String {
        super::code(text).replace('|', "\\|")
    }

    /// A name or a version.
    pub(crate) fn word(text: &str) -> String {
        if super::is_harmless(text) {
            text.to_owned()
        } else {
            code(text)
        }
    }

    /// A sentence of ours, in which names are between backticks.
    pub(crate) fn prose(text: &str) -> String {
        // Outside of code `|` is escaped already.
        super::prose(text)
            .replace('|', "\\|")
            .replace("\\\\|", "\\|")
    }
}

/// Returns whether no forge makes anything of a text.
fn is_harmless(text: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b".+/-".contains(&byte);
    !text.is_empty() && text.len() <= LIMIT && text.bytes().all(harmless) && escaped(text) == text
}

fn escaped(text: &str) -> String {
    let line = terminal(text);
    let mut escaped = String::with_capacity(line.len());
    let mut word = String::new();
    for character in line.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '|' => {
                escaped.extend(['\\', character]);
            }
            // Mentions and references of GitHub, GitLab and others.
            '@' | '#' => escaped.extend([character, BREAK]),
            '!' | '$' | '%' | '&' | '~' | '^' => escaped.extend(['\\', character, BREAK]),
            // Of `https://`, and of `www.`.
            '/' if word.ends_with(':') => escaped.extend([BREAK, character]),
            '.' if word.eq_ignore_ascii_case("www") => escaped.extend([BREAK, character]),
            // Of `GH-1` and of the keys of other trackers.
            '0'..='9' if is_tracker_key(&word) => escaped.extend([BREAK, character]),
            _ => escaped.push(character),
        }
        if character.is_alphanumeric() || matches!(character, '-' | ':') {
            word.push(character);
        } else {
            word.clear();
        }
    }
    escaped
}

/// Returns whether a number after this text makes it the key of an issue, such as `GH-1`.
fn is_tracker_key(text: &str) -> bool {
    text.strip_suffix('-').is_some_and(|project| {
        project.len() > 1 && project.bytes().all(|byte| byte.is_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use oci::visible::is_hidden;

    use super::super::every_character;
    use super::*;

    #[test]
    fn text_from_outside_is_not_rendered_as_markup() {
        for (text, expected) in [
            ("plain", "`plain`"),
            ("@everybody #1 <b>", "`@everybody #1 <b>`"),
            ("a`b", "`` a`b ``"),
            ("``", "``` `` ```"),
            ("two\nlines", "`two lines`"),
            ("a|b", "`a\\|b`"),
            ("", "–"),
            ("  ", "–"),
            ("a\u{202e}b", "`a\u{fffd}b`"),
        ] {
            assert_eq!(cell::code(text), expected, "{text:?}");
        }
        assert_eq!(cell::code(&"x".repeat(1000)).chars().count(), LIMIT + 3);
        assert_eq!(
            prose("plugin `@demo` is <new> @x #1 a_b"),
            "plugin `@demo` is \\<new\\> @\u{200b}x #\u{200b}1 a\\_b"
        );
        assert_eq!(prose("odd ` tick"), "odd  tick");
        assert_eq!(cell::prose("a|b `c|d`"), "a\\|b `c\\|d`");
        assert!(prose(&"x ".repeat(9999)).chars().count() <= SENTENCE_LIMIT + 1);
    }

    #[test]
    fn addresses_and_references_are_broken_outside_of_code() {
        for (text, expected) in [
            (
                "https://evil.example",
                "https:\u{200b}/\u{200b}/evil.example",
            ),
            ("see www.evil.example", "see www\u{200b}.evil.example"),
            ("WWW.x", "WWW\u{200b}.x"),
            ("GH-1 and JIRA-7", "GH-\u{200b}1 and JIRA-\u{200b}7"),
            ("rc-1, A-1, 1.2.3-4", "rc-1, A-1, 1.2.3-4"),
            ("acme/demo#1", "acme/demo#\u{200b}1"),
            ("!1 ~bug %2", "\\!\u{200b}1 \\~\u{200b}bug \\%\u{200b}2"),
        ] {
            assert_eq!(
                prose(text),
                expected.replace("\u{200b}/\u{200b}/", "\u{200b}//"),
                "{text:?}"
            );
        }
        for (text, expected) in [
            ("demo-1.2", "demo-1.2"),
            ("ocm.software/demo", "ocm.software/demo"),
            ("www.evil.example", "`www.evil.example`"),
            ("GH-1", "`GH-1`"),
            ("a_b", "`a_b`"),
        ] {
            assert_eq!(word(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_character_stays_within_its_cell() {
        for text in every_character() {
            for escaped in [cell::code(&text), cell::prose(&text), cell::word(&text)] {
                let shown = escaped.replace("\\|", "").replace(BREAK, "");
                assert!(!shown.contains('|'), "{escaped}");
                assert!(!shown.contains(is_hidden), "{escaped:?}");
            }
        }
    }

    #[test]
    fn no_mark_of_a_forge_is_left_before_a_word() {
        for mark in "*_[]<>|`{}@#&!$%~^\\".chars() {
            let text = prose(&format!("x {mark}y"));
            assert!(!text.ends_with(&format!(" {mark}y")), "{text}");
        }
    }
}
