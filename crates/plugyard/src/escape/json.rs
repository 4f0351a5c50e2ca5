//! JSON whose text is escaped where a terminal or a CI runner would act on it. The values are the
//! same: only their notation differs.

use std::io::{self, Write};

use oci::visible::{begins_command, is_hidden};

/// Passes on JSON, and escapes hidden characters in its strings as `\uXXXX`.
///
/// Outside of strings JSON has no such characters. Every piece that is written has to consist of
/// whole characters, as those of a JSON encoder do.
pub(crate) struct Escaped<W> {
    out: W,
}

impl<W: Write> Escaped<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out }
    }

    fn escape(&mut self, text: &str) -> io::Result<()> {
        let mut start = 0;
        for (at, character) in text.char_indices() {
            let hidden = is_hidden(character) && character != '\n';
            if !hidden && !begins_command(&text[at..], false) {
                continue;
            }
            self.out.write_all(&text.as_bytes()[start..at])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(self.out, "\\u{unit:04x}")?;
            }
            start = at + character.len_utf8();
        }
        self.out.write_all(&text.as_bytes()[start..])
    }
}

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Nearly all pieces are plain. Without an early end the compiler compares many bytes at
        // a time.
        let special = bytes.iter().fold(false, |special, byte| {
            special | matches!(byte, b'#' | 0x7f..)
        });
        if special {
            let text = std::str::from_utf8(bytes)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.escape(text)?;
        } else {
            self.out.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::every_character;
    use super::*;

    fn written(value: &serde_json::Value) -> String {
        let mut bytes = Vec::new();
        oci::go_json::to_writer_pretty(Escaped::new(&mut bytes), value).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_hidden_character_is_escaped_and_every_value_is_kept() {
        for text in every_character() {
            let value = serde_json::json!({ &text: [format!("<{text}>")] });
            let text = written(&value);
            let hidden = |shown| is_hidden(shown) && shown != '\n';
            assert!(!text.contains(hidden), "{text}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&text).unwrap(),
                value
            );
        }
    }

    #[test]
    fn text_that_a_runner_would_take_for_a_command_is_escaped() {
        let value = serde_json::json!(["# a ## b", "x ##[error]y"]);
        let text = written(&value);
        assert_eq!(text, "[\n  \"# a ## b\",\n  \"x \\u0023#[error]y\"\n]");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
