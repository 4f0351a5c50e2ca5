//! Positions in the text.

use super::super::Span;

/// The bytes of a parser span.
pub(super) fn bytes(span: granit_parser::Span) -> Span {
    let start = span.start.byte_offset().unwrap_or_default();
    Span {
        start,
        end: span.end.byte_offset().unwrap_or(start).max(start),
    }
}

/// The start of the character at a position.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The position behind an indicator, if nothing but blanks, line breaks and comments stand between
/// `from` and it.
pub(super) fn behind(text: &str, from: usize, indicator: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at += bytes[at..].iter().position(|&byte| byte == b'\n')?,
            &byte if byte == indicator => return Some(at + 1),
            _ => return None,
        }
    }
}

/// The span of a block scalar from its `|` or `>`, which stands behind `from`, to the end of its
/// last line that is not blank. The parser's own span has the lines only.
pub(super) fn block_scalar(text: &str, lines: Span, from: usize, blank: bool) -> Span {
    let start = behind(text, from, b'|')
        .or_else(|| behind(text, from, b'>'))
        .map_or(lines.start, |behind| behind - 1);
    let visible = lines.slice(text).trim_end();
    if blank || visible.is_empty() {
        // A comment may follow the indicators.
        let indicators = text[start..]
            .bytes()
            .take_while(|byte| matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9'))
            .count();
        return Span {
            start,
            end: start + indicators,
        };
    }
    let end = lines.start + visible.len();
    let line = &text[end..lines.end];
    Span {
        start,
        end: end + line.find(['\n', '\r']).unwrap_or(line.len()),
    }
}

/// The first escape of a double-quoted token that the official reader does not know: `\/`, or
/// half of a surrogate pair.
pub(super) fn foreign_escape(text: &str, span: Span) -> Option<Span> {
    let token = span.slice(text);
    let mut at = 0;
    while let Some(found) = token[at..].find('\\') {
        let start = at + found;
        let rest = &token[start + 1..];
        let foreign = match rest.as_bytes() {
            [b'/', ..] => Some(2),
            [
                b'u',
                b'd' | b'D',
                b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F',
                ..,
            ] => Some(6),
            _ => None,
        };
        if let Some(length) = foreign {
            let start = span.start + start;
            let end = floor(text, (start + length).min(span.end));
            return Some(Span { start, end });
        }
        at = start + 1 + rest.chars().next().map_or(0, char::len_utf8);
    }
    None
}
