//! Text as a YAML scalar: which quotes it needs.

use std::fmt::Write as _;

use ocm::yaml::{Kind, Node, Resolved, Scalar, ScalarStyle, Span};

/// The context of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surroundings {
    /// Lines and indentation.
    Block,
    /// Brackets or braces.
    Flow,
}

/// Renders text as a scalar on one line that every YAML reader reads as that text: without quotes
/// if possible, otherwise in double quotes.
///
/// ```yaml
/// main      "no"      "12:30"      "a: b"
/// ```
///
/// Text that readers of YAML 1.1 take for a date or a number in base 60 is quoted although the
/// official reader takes it for text.
pub fn scalar(text: &str, surroundings: Surroundings) -> String {
    if is_plain(text, surroundings) {
        text.to_owned()
    } else if text.contains(['"', '\\']) && text.chars().all(needs_no_escape) {
        single_quoted(text)
    } else {
        double_quoted(text)
    }
}

/// Renders text in the style of another scalar, or in the nearest style that can hold it.
pub(crate) fn restyled(text: &str, style: ScalarStyle, surroundings: Surroundings) -> String {
    match style {
        ScalarStyle::SingleQuoted if text.chars().all(needs_no_escape) => single_quoted(text),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => double_quoted(text),
        ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => {
            scalar(text, surroundings)
        }
    }
}

/// The meaning of text without quotes.
fn plain_meaning<T>(text: &str, judge: impl FnOnce(Resolved<'_>) -> T) -> Option<T> {
    let node = Node {
        span: Span::empty(0),
        kind: Kind::Scalar(Scalar {
            text: text.into(),
            style: ScalarStyle::Plain,
        }),
        properties: None,
        from_alias: false,
    };
    node.resolve().map(judge)
}

fn is_plain(text: &str, surroundings: Surroundings) -> bool {
    let means_text = plain_meaning(text, |meaning| matches!(meaning, Resolved::Text(_)));
    means_text == Some(true)
        && !matches!(text, "<<" | "=")
        && !is_number_elsewhere(text)
        && !is_date(text)
        && text.chars().all(needs_no_escape)
        && !is_syntax(text, surroundings)
}

/// Whether something in the text would be read as syntax.
fn is_syntax(text: &str, surroundings: Surroundings) -> bool {
    let bytes = text.as_bytes();
    let blank = |at: usize| bytes.get(at).is_none_or(|&byte| byte == b' ');
    let flow = surroundings == Surroundings::Flow;
    let at_start = match bytes.first() {
        Some(
            b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`',
        ) => true,
        Some(b'?' | b':') => flow || blank(1),
        Some(b'-') => blank(1),
        _ => false,
    };
    at_start
        || text.starts_with(' ')
        || text.ends_with(' ')
        || (1..bytes.len()).any(|at| match bytes[at] {
            b':' => blank(at + 1),
            b'#' => blank(at - 1),
            // The official reader also ends a plain scalar at `?`.
            b',' | b'[' | b']' | b'{' | b'}' | b'?' => flow,
            _ => false,
        })
}

/// Whether readers other than the official one take the text for a number: in base 60, with `_`
/// after a point, or outside the range of the official reader.
fn is_number_elsewhere(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let base_60 =
        unsigned.contains(':') && unsigned.starts_with(|first: char| first.is_ascii_digit());
    let fraction = unsigned.contains('_') && unsigned.starts_with('.');
    let mut bytes = unsigned.bytes();
    let digits = bytes.all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'_' | b'.'));
    (base_60 || fraction) && digits || is_core_number(text)
}

/// Whether text without quotes is a number by the core schema of YAML 1.2.
pub(crate) fn is_core_number(text: &str) -> bool {
    let some =
        |text: &str, digit: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(digit);
    if let Some(digits) = text.strip_prefix("0o") {
        return some(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return some(digits, u8::is_ascii_hexdigit);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        some(
            exponent.strip_prefix(['-', '+']).unwrap_or(exponent),
            u8::is_ascii_digit,
        )
    });
    let mantissa_fits = if whole.is_empty() {
        !fraction.is_empty() && mantissa.contains('.')
    } else {
        true
    };
    mantissa_fits && digits(whole) && digits(fraction) && exponent_fits
}

/// Whether the text starts like a date, such as `2006-1-2`.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut leading_digits = || {
        let part = parts.next().unwrap_or_default();
        let count = part.bytes().take_while(u8::is_ascii_digit).count();
        (count, part.len() == count)
    };
    leading_digits() == (4, true)
        && matches!(leading_digits(), (1..=2, true))
        && matches!(leading_digits(), (1..=2, _))
}

/// Whether a character can be in single quotes and, apart from syntax, in plain text.
fn needs_no_escape(character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= '\u{a0}',
    }
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Uses only escapes that JSON also has.
pub(crate) fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if needs_no_escape(character) => quoted.push(character),
            // All that need an escape have four digits or fewer. Writing to a string succeeds.
            _ => drop(write!(quoted, "\\u{:04x}", u32::from(character))),
        }
    }
    quoted.push('"');
    quoted
}
