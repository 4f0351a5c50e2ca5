//! What scalars mean.
//!
//! Source: `resolve.go` of `go.yaml.in/yaml/v2`, the engine of `sigs.k8s.io/yaml`.

use std::borrow::Cow;

use super::{Node, Scalar, ScalarStyle};

/// What a scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved<'a> {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer too large for [`Resolved::Int`].
    UInt(u64),
    /// Any other number, infinities and not-a-number included.
    Float(f64),
    /// Text.
    Text(&'a str),
}

pub(super) const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// Resolves a scalar; a tag that does not fit leaves text, see [`fits`].
pub(super) fn of<'a>(scalar: &'a Scalar, tag: Option<&str>) -> Resolved<'a> {
    let text: &str = &scalar.text;
    match tag {
        None if scalar.style == ScalarStyle::Plain => plain(text),
        None => Resolved::Text(text),
        Some(tag) => tagged(text, tag).unwrap_or(Resolved::Text(text)),
    }
}

/// Returns whether the text can be what its tag says.
pub(super) fn fits(text: &str, tag: &str) -> bool {
    tagged(text, tag).is_some()
}

fn tagged<'a>(text: &'a str, tag: &str) -> Option<Resolved<'a>> {
    let Some(name) = tag.strip_prefix(TAG_PREFIX) else {
        return Some(Resolved::Text(text));
    };
    match (name, plain(text)) {
        ("null", found @ Resolved::Null)
        | ("bool", found @ Resolved::Bool(_))
        | ("int", found @ (Resolved::Int(_) | Resolved::UInt(_)))
        | ("float", found @ Resolved::Float(_)) => Some(found),
        #[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
        ("float", Resolved::Int(value)) => Some(Resolved::Float(value as f64)),
        ("null" | "bool" | "int" | "float" | "binary", _) => None,
        ("timestamp", _) if !starts_as_date(text) => None,
        _ => Some(Resolved::Text(text)),
    }
}

fn starts_as_date(text: &str) -> bool {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    year == 4 && text.as_bytes().get(4) == Some(&b'-')
}

/// Resolves text without quotes and tag.
pub(super) fn plain(text: &str) -> Resolved<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Resolved::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Resolved::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => float(text).map(Resolved::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => number(text),
        _ => None,
    }
    .unwrap_or(Resolved::Text(text))
}

fn number<'a>(text: &str) -> Option<Resolved<'a>> {
    let digits: Cow<'_, str> = if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    integer(&digits)
        .or_else(|| float(&digits).map(Resolved::Float))
        .or_else(|| signed_binary(&digits))
}

/// Go's `ParseInt` and `ParseUint` with base 0.
fn integer<'a>(text: &str) -> Option<Resolved<'a>> {
    let (sign, digits) = split_sign(text);
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    resolved_integer(sign, magnitude(digits, base)?)
}

fn resolved_integer<'a>(sign: Option<u8>, magnitude: u64) -> Option<Resolved<'a>> {
    if sign == Some(b'-') {
        return 0_i64.checked_sub_unsigned(magnitude).map(Resolved::Int);
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Resolved::Int(value)),
        // Go's `ParseUint` takes no sign.
        Err(_) if sign.is_none() => Some(Resolved::UInt(magnitude)),
        Err(_) => None,
    }
}

/// `0b-1` and `0b+1`, which Go takes for numbers.
fn signed_binary<'a>(text: &str) -> Option<Resolved<'a>> {
    let (sign, digits) = split_sign(text.strip_prefix("0b")?);
    resolved_integer(Some(sign?), magnitude(digits, 2)?)
}

fn split_sign(text: &str) -> (Option<u8>, &str) {
    match text.as_bytes() {
        [sign @ (b'+' | b'-'), ..] => (Some(*sign), &text[1..]),
        _ => (None, text),
    }
}

fn magnitude(digits: &str, base: u32) -> Option<u64> {
    // The standard library would take another sign.
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within the range of a double.
fn float(text: &str) -> Option<f64> {
    let (_, unsigned) = split_sign(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(split_sign(exponent).1)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits));
    if !well_formed {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// The member name a node makes as a key; nothing for null and collections.
pub(super) fn key(node: &Node) -> Option<Cow<'_, str>> {
    match node.resolve()? {
        Resolved::Bool(value) => Some(if value { "true" } else { "false" }.into()),
        Resolved::Int(value) => Some(value.to_string().into()),
        // Go's converter knows no keys above the signed 64 bit.
        Resolved::Null | Resolved::UInt(_) => None,
        #[expect(clippy::cast_possible_truncation, reason = "Go formats keys as 32 bit")]
        Resolved::Float(value) => Some(float_text(&format!("{:e}", value as f32)).into()),
        Resolved::Text(text) => Some(text.into()),
    }
}

/// Writes a number as Go's `FormatFloat(…, 'g', -1, …)`, given its shortest scientific form.
pub(super) fn float_text(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return match scientific {
            "inf" => ".inf",
            "-inf" => "-.inf",
            _ => ".nan",
        }
        .to_owned();
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    if !(-4..6).contains(&exponent) {
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{direction}{:02}", exponent.unsigned_abs());
    }
    let digits = mantissa.replace('.', "");
    let Ok(point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat((-exponent - 1).unsigned_abs() as usize);
        return format!("{sign}0.{zeros}{digits}");
    };
    if point == 0 {
        return format!("{sign}0.{digits}");
    }
    if point >= digits.len() {
        return format!("{sign}{digits}{}", "0".repeat(point - digits.len()));
    }
    format!("{sign}{}.{}", &digits[..point], &digits[point..])
}
