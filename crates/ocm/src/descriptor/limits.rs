//! How large a descriptor may be.

use super::DescriptorError;

/// Maximum number of levels of a JSON text; `serde_json` refuses more.
const DEEPEST: usize = 128;

/// Maximum number of bytes and JSON values of a descriptor. A value costs up to a hundred times its
/// bytes in memory, so bytes alone do not limit that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum size in bytes of the descriptor layer.
    pub bytes: u64,
    /// Maximum number of JSON values: scalars, lists and objects, at every level.
    pub values: usize,
}

impl Limits {
    /// For a registry: 64 MiB and 1,500,000 values, enough for about 40,000 entries.
    pub const REGISTRY: Self = Self {
        bytes: 64 << 20,
        values: 1_500_000,
    };

    /// For a plugin, of which many are read at once: 4 MiB and 100,000 values.
    pub const PLUGIN: Self = Self {
        bytes: 4 << 20,
        values: 100_000,
    };

    /// Refuses a JSON text with too many values, without decoding it.
    ///
    /// # Errors
    /// It has more values than the limit.
    pub fn check_json(&self, text: &[u8]) -> Result<(), DescriptorError> {
        // Each value takes at least two bytes, including the character that separates it from the
        // next.
        if text.len() / 2 < self.values || values(text, self.values) <= self.values {
            return Ok(());
        }
        Err(DescriptorError(format!(
            "it has more than {} JSON values",
            self.values
        )))
    }
}

/// Counts the values of a JSON text, up to one more than `most`. For text that is not JSON, or is
/// nested too deeply for the decoder, the result is arbitrary.
fn values(text: &[u8], most: usize) -> usize {
    let mut values = 1;
    // For each open collection, whether it is a list.
    let mut open = Vec::new();
    let mut list_starts = false;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        if list_starts && !byte.is_ascii_whitespace() {
            values += usize::from(*byte != b']');
            list_starts = false;
        }
        match byte {
            b'"' => skip_string(&mut bytes),
            b':' => values += 1,
            b',' if open.last() == Some(&true) => values += 1,
            b'[' | b'{' => {
                list_starts = *byte == b'[';
                open.push(list_starts);
            }
            b']' | b'}' => _ = open.pop(),
            _ => {}
        }
        if values > most || open.len() > DEEPEST {
            break;
        }
    }
    values
}

fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn counted(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(counted).sum(),
            Value::Object(members) => members.values().map(counted).sum(),
            _ => 0,
        }
    }

    #[test]
    fn values_are_counted_as_the_decoder_makes_them() {
        for text in [
            "1",
            "[]",
            "[ ]",
            "{}",
            "[1,[],{}]",
            r#"{"a":[1,2,{"b":"x,:[{\"]"}],"c,:":null}"#,
            r#"[ "[" , "\\" , [[[1]]] ]"#,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(values(text.as_bytes(), 1000), counted(&value), "{text}");
        }
    }

    #[test]
    fn more_values_than_the_limit_are_refused_with_the_limit() {
        let limits = Limits {
            bytes: 1000,
            values: 10,
        };
        let list = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        assert!(limits.check_json(list(9).as_bytes()).is_ok());
        let error = limits.check_json(list(10).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("more than 10 JSON values"));
        let objects = format!("[{}]", [r#"{"":0}"#; 5].join(","));
        assert!(limits.check_json(objects.as_bytes()).is_err());
        // Deeper nesting is left to the decoder, which refuses it.
        let limits = Limits {
            values: 200,
            ..limits
        };
        assert!(limits.check_json("[".repeat(1000).as_bytes()).is_ok());
    }
}
