//! JSON as Go's `encoding/json` writes it.
//!
//! Manifests and descriptors are written by the official tools with that encoder, and their
//! digests depend on every byte: compact, with `<`, `>`, `&`, U+2028 and U+2029 escaped, and
//! numbers in Go's notation.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

/// Writes `value` compactly; object members keep the order in which they are serialized.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    write(value, GoFormatter(serde_json::ser::CompactFormatter))
}

/// Writes `value` with an indentation of two blanks, without a final newline.
pub fn to_vec_pretty<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    write(value, GoFormatter(PrettyFormatter::new()))
}

/// Writes `value` compactly into `out`.
///
/// # Errors
/// Those of `out`.
pub fn to_writer<T: Serialize + ?Sized>(out: impl io::Write, value: &T) -> io::Result<()> {
    let formatter = GoFormatter(serde_json::ser::CompactFormatter);
    value
        .serialize(&mut Serializer::with_formatter(out, formatter))
        .map_err(io::Error::from)
}

/// Writes `value` into `out` with an indentation of two blanks, without a final newline.
///
/// # Errors
/// Those of `out`.
pub fn to_writer_pretty<T: Serialize + ?Sized>(out: impl io::Write, value: &T) -> io::Result<()> {
    let formatter = GoFormatter(PrettyFormatter::new());
    value
        .serialize(&mut Serializer::with_formatter(out, formatter))
        .map_err(io::Error::from)
}

#[expect(
    clippy::expect_used,
    reason = "writing to memory cannot fail, and no type here has keys that are not text"
)]
fn write<T: Serialize + ?Sized, F: Formatter>(value: &T, formatter: F) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, formatter))
        .expect("serializing to memory");
    bytes
}

/// Returns a number in the notation of Go's encoder, which is that of ECMAScript.
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    if (1e-6..1e21).contains(&magnitude) {
        // The standard library prints the shortest digits that read back, without exponent.
        return value.to_string();
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => {
            format!("{mantissa}e+{exponent}")
        }
        _ => text,
    }
}

struct GoFormatter<F>(F);

impl<F: Formatter> Formatter for GoFormatter<F> {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let bytes = fragment.as_bytes();
        // Almost no text needs escaping. A check of all bytes that never ends early is vectorized.
        let escapes = bytes.iter().fold(false, |found, byte| {
            found | matches!(byte, b'<' | b'>' | b'&' | 0xe2)
        });
        if !escapes {
            return writer.write_all(bytes);
        }
        let mut start = 0;
        let mut at = 0;
        while at < bytes.len() {
            let (length, escape) = match bytes[at] {
                b'<' => (1, "\\u003c"),
                b'>' => (1, "\\u003e"),
                b'&' => (1, "\\u0026"),
                // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
                0xe2 if bytes[at + 1..].starts_with(&[0x80, 0xa8]) => (3, "\\u2028"),
                0xe2 if bytes[at + 1..].starts_with(&[0x80, 0xa9]) => (3, "\\u2029"),
                _ => {
                    at += 1;
                    continue;
                }
            };
            writer.write_all(&bytes[start..at])?;
            writer.write_all(escape.as_bytes())?;
            at += length;
            start = at;
        }
        writer.write_all(&bytes[start..])
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_go_does() {
        let text = "<a&b>\u{2028}\u{2029}é€\u{1f600}/\"\\\u{1}\u{8}\u{c}\n\r\t\u{7f}";
        assert_eq!(
            String::from_utf8(to_vec(text)).unwrap(),
            "\"\\u003ca\\u0026b\\u003e\\u2028\\u2029é€\u{1f600}/\\\"\\\\\\u0001\\b\\f\\n\\r\\t\u{7f}\""
        );
    }

    #[test]
    fn numbers_are_written_as_go_does() {
        for (value, text) in [
            (1.0, "1"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
