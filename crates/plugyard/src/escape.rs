//! Text from outside, escaped for each kind of output, so that nothing in it acts.
//!
//! | output | escape |
//! |---|---|
//! | terminals and logs | [`terminal`] |
//! | Markdown of pull requests and job summaries | [`markdown`] |
//! | workflow commands of GitHub Actions | [`workflow_command`] |
//! | JSON | [`json`] |
//! | YAML | `ocm::yaml`, whose writer escapes the same characters |
//!
//! Which characters are hidden, and what a CI runner takes for a command, is in `oci::visible`.

pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod workflow_command;

use std::borrow::Cow;

use oci::visible::{REPLACEMENT, begins_command, visible};

/// Text for a terminal or a log: on one line, without hidden characters, and nothing that a CI
/// runner reading the log would take for a command.
pub(crate) fn terminal(text: &str) -> String {
    let line = visible(text);
    if !line.contains("##") && !line.trim_start().starts_with("::") {
        return line;
    }
    let mut escaped = String::with_capacity(line.len() + REPLACEMENT.len_utf8());
    let mut starts_line = true;
    for (at, character) in line.char_indices() {
        escaped.push(character);
        if begins_command(&line[at..], starts_line) {
            escaped.push(REPLACEMENT);
        }
        starts_line &= character.is_whitespace();
    }
    escaped
}

/// Cuts a text after a number of characters, and marks the cut with `…`.
pub(crate) fn limited(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Every character there is, as texts of a hundred.
#[cfg(test)]
fn every_character() -> impl Iterator<Item = String> {
    let mut characters = '\0'..=char::MAX;
    std::iter::from_fn(move || {
        let text: String = characters.by_ref().take(100).collect();
        (!text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use oci::visible::is_hidden;

    use super::*;

    #[test]
    fn nothing_in_a_log_line_is_hidden_or_a_command() {
        for (text, expected) in [
            ("größe, 大", "größe, 大"),
            (
                "std::string ## heading # [x]",
                "std::string ## heading # [x]",
            ),
            ("x\n::set-output name=a::b", "x ::set-output name=a::b"),
            ("\n ::error::x", "  :\u{fffd}:error::x"),
            ("a ##[error]x", "a #\u{fffd}#[error]x"),
            ("###[add-path]/x", "##\u{fffd}#[add-path]/x"),
            (
                "##vso[task.setvariable]x",
                "#\u{fffd}#vso[task.setvariable]x",
            ),
        ] {
            assert_eq!(terminal(text), expected, "{text:?}");
        }
        for text in every_character() {
            assert!(!terminal(&text).contains(is_hidden), "{text:?}");
        }
        for blank in ('\0'..=char::MAX).filter(|character| character.is_whitespace()) {
            let text = terminal(&format!("{blank}::error::x"));
            assert!(!text.trim_start().starts_with("::"), "{blank:?}");
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(limited("größe", 5), "größe");
        assert_eq!(limited("größe", 3), "grö…");
    }
}
