//! Characters that a review does not show.

use oci::visible::is_hidden;
use ocm::Diagnostic;
use ocm::yaml::Span;

/// Invisible and bidirectional characters in a YAML text, apart from line breaks, tabs, and a byte
/// order mark at the start. Escapes such as `\\u200b` are visible.
pub(crate) fn characters(text: &str) -> impl Iterator<Item = Diagnostic> {
    let hidden = text.char_indices().filter(|(at, character)| {
        let is_layout = matches!(character, '\n' | '\r' | '\t');
        let is_byte_order_mark = *at == 0 && *character == '\u{feff}';
        is_hidden(*character) && !is_layout && !is_byte_order_mark
    });
    hidden.map(|(start, character)| {
        let span = Span {
            start,
            end: start + character.len_utf8(),
        };
        let code = u32::from(character);
        let message = format!("the character U+{code:04X} is invisible, or reverses the text");
        Diagnostic::new(span, message).with_help(FIX)
    })
}

pub(crate) const FIX: &str = "delete the character, or write it as an escape in double quotes";
