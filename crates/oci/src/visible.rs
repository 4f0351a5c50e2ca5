//! Text from outside, made safe to show.
//!
//! Registries, archives and files may contain characters that move the cursor, reverse the
//! writing direction, or are not seen at all. Every text that is shown or written for people goes
//! through one list of them.

/// The replacement for a hidden character. It is visible, so that the text does not look unchanged.
pub const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Returns whether a character must not reach a terminal or a page unescaped.
///
/// These are the control characters (C0, DEL, C1), the line and paragraph separators, Unicode's
/// `Bidi_Control`, and all invisible characters: zero-width characters, fillers, tags and variation
/// selectors, apart from the two that choose between a plain and a coloured symbol.
///
/// Source: `Bidi_Control` and `Default_Ignorable_Code_Point` of Unicode 16.
pub const fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Puts a text on one line: line breaks and tabs become spaces, other hidden characters become
/// [`REPLACEMENT`].
pub fn visible(text: &str) -> String {
    let shown = |character| match character {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        hidden if is_hidden(hidden) => REPLACEMENT,
        other => other,
    };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

/// Returns whether a CI runner would interpret the beginning of `text` as a command if it were
/// printed in a log line.
///
/// GitHub Actions reads `::name` where a line begins, blanks aside, and `##[name]` anywhere. Other
/// runners read `##vso[` (Azure Pipelines) and the like.
pub fn begins_command(text: &str, starts_line: bool) -> bool {
    if starts_line && text.starts_with("::") {
        return true;
    }
    text.strip_prefix("##").is_some_and(|rest| {
        rest.trim_start_matches(|character: char| character.is_ascii_alphabetic())
            .starts_with('[')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Bidi_Control` of Unicode's `PropList.txt`.
    const BIDI_CONTROLS: [char; 12] = [
        '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
        '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
    ];

    #[test]
    fn control_and_bidirectional_characters_are_escaped() {
        for character in '\0'..=char::MAX {
            if character.is_control() || BIDI_CONTROLS.contains(&character) {
                assert!(is_hidden(character), "{character:?}");
            }
            if character.is_alphanumeric() && !is_filler(character) {
                assert!(!is_hidden(character), "{character:?}");
            }
        }
    }

    /// Letters by category that have no visible glyph.
    fn is_filler(character: char) -> bool {
        matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
    }

    #[test]
    fn text_from_outside_stays_on_its_line() {
        for (text, expected) in [
            ("größe, 大, ❤\u{fe0f}", "größe, 大, ❤\u{fe0f}"),
            ("two\nlines\tand\u{2028}more\r\n", "two lines and more "),
            ("\u{1b}[2Jx\u{9b}y\u{7f}", "\u{fffd}[2Jx\u{fffd}y\u{fffd}"),
            ("gnp.\u{202e}exe", "gnp.\u{fffd}exe"),
            (
                "\u{2066}x\u{2069}\u{200f}\u{61c}",
                "\u{fffd}x\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                "de\u{200b}mo\u{feff}\u{e0041}",
                "de\u{fffd}mo\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(visible(text), expected, "{text:?}");
        }
        assert!(!visible(&('\0'..=char::MAX).collect::<String>()).contains(is_hidden));
    }
}
