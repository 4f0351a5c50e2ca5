//! Values with members in a chosen order.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::super::scalar::float_text;

pub(super) enum Tree {
    Null,
    Text(String),
    /// A number or boolean, as it is written.
    Other(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// Copies a value, members in the order of the official writer.
    pub(super) fn sorted(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Other(value.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::sorted).collect()),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (None, None, Some(value)) => Self::float(value),
                _ => Self::Other(number.to_string()),
            },
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by(|(one, _), (other, _)| natural_order(one, other));
                let members = members.into_iter();
                Self::Map(
                    members
                        .map(|(name, value)| (name.clone(), Self::sorted(value)))
                        .collect(),
                )
            }
        }
    }

    fn float(value: f64) -> Self {
        // Go reads the JSON number `1.0` as the integer it is, up to the digits JSON shows.
        if value.fract() == 0.0 && value.abs() < 1e15 && !(value == 0.0 && value.is_sign_negative())
        {
            return Self::Other(format!("{value:.0}"));
        }
        Self::Other(float_text(&format!("{value:e}")))
    }
}

/// The order of keys in `yaml/v2`: digits as numbers, letters behind everything else.
fn natural_order(one: &str, other: &str) -> Ordering {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let Some(at) = one.iter().zip(&other).position(|(a, b)| a != b) else {
        return one.len().cmp(&other.len());
    };
    let (a, b) = (one[at], other[at]);
    match (is_letter(a), is_letter(b)) {
        (true, true) => return a.cmp(&b),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // Zeros behind other digits count as digits of the number.
    let within_number = (a == '0' || b == '0')
        && one[..at]
            .iter()
            .rev()
            .take_while(|digit| digit.is_ascii_digit())
            .any(|&digit| digit != '0');
    let (a_number, a_length) = leading_number(&one[at..], within_number);
    let (b_number, b_length) = leading_number(&other[at..], within_number);
    a_number
        .cmp(&b_number)
        .then(a_length.cmp(&b_length))
        .then(a.cmp(&b))
}

fn is_letter(character: char) -> bool {
    // Numbers such as `Ⅷ` are alphabetic, but no letters to Go.
    character.is_alphabetic() && !character.is_numeric()
}

fn leading_number(text: &[char], within_number: bool) -> (i64, usize) {
    let mut number = i64::from(within_number);
    let mut length = 0;
    for digit in text.iter().map_while(|digit| digit.to_digit(10)) {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
        length += 1;
    }
    (number, length)
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Other(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Other(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Other(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Map(members))
    }
}
