//! Converting YAML to JSON.

use serde_json::{Map, Number, Value};

use super::{Kind, Node, Resolved, YamlError};

impl Node {
    /// Converts it to JSON as the official reader does.
    ///
    /// Numbers without a fraction become integers if they fit into 64 bits (`1.0` is 1), as Go
    /// writes them. Infinities and not-a-number are errors.
    pub fn to_json(&self) -> Result<Value, YamlError> {
        match &self.kind {
            Kind::Scalar(_) => self.scalar_to_json(),
            Kind::Sequence { items, .. } => items.iter().map(Self::to_json).collect(),
            Kind::Mapping { pairs, .. } => {
                let mut members = Map::new();
                for (key, value) in pairs {
                    members.insert(key.key().into_owned(), value.to_json()?);
                }
                Ok(Value::Object(members))
            }
        }
    }

    fn scalar_to_json(&self) -> Result<Value, YamlError> {
        Ok(match self.resolve() {
            Some(Resolved::Null) | None => Value::Null,
            Some(Resolved::Bool(value)) => Value::Bool(value),
            Some(Resolved::Int(value)) => value.into(),
            Some(Resolved::UInt(value)) => value.into(),
            Some(Resolved::Text(text)) => text.into(),
            Some(Resolved::Float(value)) => {
                let number = json_number(value).ok_or_else(|| {
                    let text = self.as_scalar().map_or("", |scalar| &scalar.text);
                    YamlError::new(self.span, format!("`{text}` is no number that JSON knows"))
                        .help(format!("write \"{text}\" for text"))
                })?;
                Value::Number(number)
            }
        })
    }
}

/// The number in Go's JSON: an integer if it has no fraction and fits into 64 bits, with the digits
/// that distinguish the double from others (2^63 becomes 9223372036854776000).
fn json_number(value: f64) -> Option<Number> {
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() == 0.0 && value.abs() < 1e20 && !negative_zero {
        let digits = format!("{value}");
        let integer = digits.parse::<i64>().map(Number::from);
        if let Ok(integer) = integer.or_else(|_| digits.parse::<u64>().map(Number::from)) {
            return Some(integer);
        }
    }
    Number::from_f64(value)
}
