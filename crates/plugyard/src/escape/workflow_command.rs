//! Text in workflow commands of GitHub Actions: it must not end its command, or begin another.
//!
//! Source: the escapes that the toolkit of GitHub Actions uses in `core.error` and its like.

use std::fmt::Write;

use oci::visible::{REPLACEMENT, is_hidden};

use super::limited;

/// Maximum number of characters of a message or a property.
const LIMIT: usize = 2000;

/// The message of a command.
pub(crate) fn message(text: &str) -> String {
    escaped(text, "%\r\n")
}

/// The value of a property, such as `file` or `title`.
pub(crate) fn property(text: &str) -> String {
    escaped(text, "%\r\n:,")
}

fn escaped(text: &str, special: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in limited(text, LIMIT).chars() {
        if special.contains(character) {
            // Writing to a string does not fail.
            let _ = write!(escaped, "%{:02X}", u32::from(character));
        } else if is_hidden(character) {
            escaped.push(REPLACEMENT);
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::every_character;
    use super::*;

    #[test]
    fn no_character_ends_a_command_or_is_hidden() {
        for text in every_character() {
            for escape in [message, property] {
                let text = escape(&text);
                assert!(!text.contains(is_hidden), "{text:?}");
                assert!(!text.contains(['\r', '\n']), "{text:?}");
            }
        }
        assert_eq!(message("50%\r\n::x::y, z"), "50%25%0D%0A::x::y, z");
        assert_eq!(property("a,b:c\n::d%"), "a%2Cb%3Ac%0A%3A%3Ad%25");
        assert_eq!(message(&"x".repeat(9999)).chars().count(), LIMIT + 1);
    }
}
