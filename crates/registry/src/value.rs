//! When two JSON values are equal to the official reader.

use serde_json::{Number, Value};

/// Returns whether two values are the same to the official reader, for whom 1.0 is 1.
pub fn same_value(one: &Value, other: &Value) -> bool {
    one == other || canonical(one) == canonical(other)
}

/// The value with numbers as the official reader has them: integers where they are.
pub fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), canonical(value)))
            .collect(),
        Value::Number(number) => Value::Number(integer(number).unwrap_or_else(|| number.clone())),
        _ => value.clone(),
    }
}

fn integer(number: &Number) -> Option<Number> {
    let value = number.as_f64().filter(|_| number.is_f64())?;
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() != 0.0 || negative_zero {
        return None;
    }
    let text = format!("{value:.0}");
    let signed = text.parse::<i64>().ok().map(Number::from);
    signed.or_else(|| text.parse::<u64>().ok().map(Number::from))
}
