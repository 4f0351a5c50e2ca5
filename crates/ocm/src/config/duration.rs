//! Durations in Go's notation: `1h15m`, `300ms`, `1.5s`.

use std::time::Duration;

const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
/// The maximum duration in Go, 292 years.
const LONGEST: u128 = i64::MAX as u128;

/// A duration, which may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    Negative,
    Of(Duration),
}

/// Parses a duration; returns `None` if it is invalid.
pub(super) fn parse(text: &str) -> Option<Time> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(Time::Of(Duration::ZERO));
    }
    if rest.is_empty() {
        return None;
    }
    let mut sum: u128 = 0;
    while !rest.is_empty() {
        let (whole, behind) = digits(rest);
        let (fraction, behind) = match behind.strip_prefix('.') {
            Some(behind) => digits(behind),
            None => ("", behind),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = behind
            .find(|character: char| character == '.' || character.is_ascii_digit())
            .unwrap_or(behind.len());
        let (name, behind) = behind.split_at(end);
        let (_, unit) = UNITS.iter().find(|(unit, _)| *unit == name)?;
        sum = sum
            .checked_add(amount(whole, fraction, *unit)?)
            .filter(|sum| *sum <= LONGEST)?;
        rest = behind;
    }
    if negative && sum > 0 {
        return Some(Time::Negative);
    }
    let nanoseconds = u64::try_from(sum).ok()?;
    Some(Time::Of(Duration::from_nanos(nanoseconds)))
}

fn amount(whole: &str, fraction: &str, unit: u128) -> Option<u128> {
    let number = |digits: &str| match digits {
        "" => Some(0),
        _ => digits.parse::<u64>().ok().map(u128::from),
    };
    // Fractions of a nanosecond are dropped.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let whole = number(whole)?.checked_mul(unit)?;
    whole.checked_add(number(fraction)? * unit / scale)
}

fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_like_in_go() {
        let cases = [
            ("0", 0),
            ("5s", 5_000_000_000),
            ("+5s", 5_000_000_000),
            ("-0s", 0),
            ("30s", 30_000_000_000),
            ("1478s", 1_478_000_000_000),
            ("5.6s", 5_600_000_000),
            ("5.s", 5_000_000_000),
            (".5s", 500_000_000),
            ("1.004s", 1_004_000_000),
            ("1.00400s", 1_004_000_000),
            ("100.00100s", 100_001_000_000),
            ("10ns", 10),
            ("11us", 11_000),
            ("12µs", 12_000),
            ("12μs", 12_000),
            ("13ms", 13_000_000),
            ("15m", 900_000_000_000),
            ("1h15m30.918273645s", 4_530_918_273_645),
            ("39h9m14.425s", 140_954_425_000_000),
            ("0.9223372036854775807h", 3_320_413_933_267),
            ("9223372036854775807ns", 9_223_372_036_854_775_807),
        ];
        for (text, expected) in cases {
            assert_eq!(
                parse(text),
                Some(Time::Of(Duration::from_nanos(expected))),
                "{text}"
            );
        }
        assert_eq!(parse("-5s"), Some(Time::Negative));
        for text in [
            "",
            "3",
            "-",
            "s",
            ".",
            "-.",
            ".s",
            "+.s",
            "1d",
            "5 s",
            "s5",
            "9223372036854775808ns",
            "9223372036854775.808us",
            "3000000h",
            "1e3s",
            "99999999999999999999s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
