//! Canonical JSON (RFC 8785): each value has exactly one byte sequence.

use serde_json::Value;

/// Returns the canonical bytes of a value.
///
/// Members are sorted by the UTF-16 code units of their keys, numbers are doubles in the notation
/// of ECMAScript, and text has no unnecessary escapes.
pub fn to_vec(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 12);
    canonical(value, &mut out);
    out
}

/// A `Map` is sorted by bytes, which is the required order unless a key has a character above
/// U+FFFF.
fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            // Adding zero removes the sign of minus zero.
            out.extend_from_slice(oci::go_json::number(number + 0.0).as_bytes());
        }
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                canonical(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            if members.keys().all(|key| key.is_ascii()) {
                object(members.iter(), out);
            } else {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|left, right| left.0.encode_utf16().cmp(right.0.encode_utf16()));
                object(sorted.into_iter(), out);
            }
            out.push(b'}');
        }
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, out: &mut Vec<u8>) {
    for (at, (key, value)) in members.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        string(key, out);
        out.push(b':');
        canonical(value, out);
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_rfc_8785_requires() {
        for (text, expected) in [
            (
                r#"{"b":1,"a":[true,null,"x"]}"#,
                r#"{"a":[true,null,"x"],"b":1}"#,
            ),
            ("[1.0,-0.0,1e21,1e-7,0.000001]", "[1,0,1e+21,1e-7,0.000001]"),
            (
                "[12345678901234567890,9007199254740993]",
                "[12345678901234567000,9007199254740992]",
            ),
            (
                "[333333333.33333329,4.50,2e-3]",
                "[333333333.3333333,4.5,0.002]",
            ),
            (
                "\"</\\u2028\\u000f\\n\\\"\"",
                "\"</\u{2028}\\u000f\\n\\\"\"",
            ),
            (
                "{\"\u{fb33}\":1,\"\u{1f600}\":2,\"\u{e9}\":3}",
                "{\"\u{e9}\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}",
            ),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(String::from_utf8(to_vec(&value)).unwrap(), expected);
        }
    }
}
