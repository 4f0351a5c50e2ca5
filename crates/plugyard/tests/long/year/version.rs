//! Semver ordering, implemented from the specification.

use std::cmp::Ordering;
use std::fmt;

/// A part of a pre-release: numbers sort before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

/// A version without build metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    numbers: [u64; 3],
    pre: Vec<Identifier>,
    text: String,
}

impl Version {
    /// Reads `1.2.3`, `v1.2.3` or `1.2.3-rc.1`.
    pub(crate) fn new(text: &str) -> Self {
        let plain = text.strip_prefix('v').unwrap_or(text);
        let (numbers, pre) = match plain.split_once('-') {
            Some((numbers, pre)) => (numbers, pre.split('.').collect()),
            None => (plain, Vec::new()),
        };
        let numbers: Vec<u64> = numbers
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect();
        let identifier = |part: &str| match part.parse() {
            Ok(number) => Identifier::Number(number),
            Err(_) => Identifier::Word(part.to_owned()),
        };
        Self {
            numbers: numbers.try_into().unwrap(),
            pre: pre.into_iter().map(identifier).collect(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn is_pre(&self) -> bool {
        !self.pre.is_empty()
    }

    pub(crate) fn numbers(&self) -> [u64; 3] {
        self.numbers
    }

    /// Another version in the same spelling.
    pub(crate) fn like(&self, [major, minor, patch]: [u64; 3], pre: Option<u64>) -> Self {
        let prefix = if self.text.starts_with('v') { "v" } else { "" };
        let pre = pre
            .map(|number| format!("-rc.{number}"))
            .unwrap_or_default();
        Self::new(&format!("{prefix}{major}.{minor}.{patch}{pre}"))
    }

    /// The next version with the same leading numbers.
    pub(crate) fn raised(&self, part: usize) -> Self {
        let mut numbers = self.numbers;
        numbers[part] += 1;
        numbers[part + 1..].fill(0);
        self.like(numbers, None)
    }

    /// The number of a release candidate.
    pub(crate) fn candidate(&self) -> Option<u64> {
        match self.pre.last() {
            Some(Identifier::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // A stable version sorts after its candidates.
        let rank = |version: &Self| (version.numbers, !version.is_pre());
        rank(self)
            .cmp(&rank(other))
            .then_with(|| self.pre.cmp(&other.pre))
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[test]
fn versions_are_ordered_as_specified() {
    let texts = [
        "0.0.0-main",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.9.0",
        "v1.10.0",
        "2.0.0",
    ];
    let versions: Vec<Version> = texts.iter().map(|text| Version::new(text)).collect();
    assert!(versions.is_sorted(), "{versions:?}");
}
