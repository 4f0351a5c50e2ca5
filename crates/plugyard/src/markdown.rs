//! Text from outside in Markdown: it must not become markup, a mention or a link.

use crate::report::printable;

/// Most characters of a piece of text.
const LIMIT: usize = 200;

/// Text as code, for which forges make neither mentions nor links. In a table `|` would end the
/// cell even there.
pub(crate) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A name or a version, as code only where it is not as harmless as it should be.
pub(crate) fn word(text: &str) -> String {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b".+/-".contains(&byte);
    if !text.is_empty() && text.len() <= LIMIT && text.bytes().all(harmless) {
        text.to_owned()
    } else {
        cell(text)
    }
}

/// Text as code, outside of tables.
pub(crate) fn code(text: &str) -> String {
    let text = tame(text);
    let text = text.trim();
    if text.is_empty() {
        return "–".to_owned();
    }
    let runs = text.split(|character| character != '`');
    let longest = runs.map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A blank keeps a backtick at either end apart from the fence.
    let gap = if longest > 0 { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// A sentence of ours, in which names stand between backticks.
pub(crate) fn prose(text: &str) -> String {
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

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in tame(text).chars() {
        match character {
            '\\' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '|' | '~' | '!' | '&' => {
                out.push('\\');
                out.push(character);
            }
            // Nothing that is invisible keeps a forge from making a mention or link otherwise.
            '@' | '#' => {
                out.push(character);
                out.push('\u{200b}');
            }
            _ => out.push(character),
        }
    }
    out
}

/// On one line, and not too long.
fn tame(text: &str) -> String {
    let line = printable(text);
    match line.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_no_markup() {
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
            assert_eq!(cell(text), expected, "{text:?}");
        }
        assert_eq!(cell(&"x".repeat(1000)).chars().count(), LIMIT + 3);
        assert_eq!(
            prose("plugin `@demo` is <new> @x #1 a_b"),
            "plugin `@demo` is \\<new\\> @\u{200b}x #\u{200b}1 a\\_b"
        );
        assert_eq!(prose("odd ` tick"), "odd  tick");
    }
}
