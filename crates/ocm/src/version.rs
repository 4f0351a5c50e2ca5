//! Component versions: relaxed semantic versions.
//!
//! A leading `v` and missing parts are allowed (`v1.2`), as in the schema's pattern. The spelling
//! is kept: `v1.0` and `1.0.0` are the same version by semver in two spellings.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A valid version of a component.
///
/// `==` compares the spelling; [`Version::same_as`] and [`Version::precedence`] compare by
/// semver, which ignores build metadata and a leading `v`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version {
    text: String,
    numbers: [u64; 3],
}

/// The text is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version such as 1.2.3 or v1.2.3-rc.1")]
pub struct InvalidVersion(pub String);

impl Version {
    /// Parses a relaxed semantic version.
    ///
    /// # Errors
    /// The text does not match the pattern of the schema, or a number does not fit into 64 bits.
    pub fn parse(text: &str) -> Result<Self, InvalidVersion> {
        match Parts::of(text) {
            Some(parts) => Ok(Self {
                text: text.to_owned(),
                numbers: parts.numbers,
            }),
            None => Err(InvalidVersion(text.chars().take(100).collect())),
        }
    }

    /// The spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Major, minor and patch number.
    pub fn numbers(&self) -> [u64; 3] {
        self.numbers
    }

    /// The pre-release part, without its hyphen; empty if there is none.
    pub fn pre_release(&self) -> &str {
        let (rest, _) = split_once(&self.text, '+');
        split_once(rest, '-').1.unwrap_or_default()
    }

    /// Returns whether it is a pre-release.
    pub fn is_pre_release(&self) -> bool {
        !self.pre_release().is_empty()
    }

    /// Returns whether both are the same version by semver.
    pub fn same_as(&self, other: &Self) -> bool {
        self.precedence(other) == Ordering::Equal
    }

    /// Compares by semver precedence (semver 2.0.0, section 11).
    pub fn precedence(&self, other: &Self) -> Ordering {
        self.parts().precedence(&other.parts())
    }

    fn parts(&self) -> Parts<'_> {
        Parts {
            numbers: self.numbers,
            pre_release: self.pre_release(),
        }
    }

    /// The tag in an OCI registry: the first `+` becomes `.build-`.
    pub fn tag(&self) -> String {
        tag(&self.text)
    }

    /// Converts a tag back to a version; `None` if the tag is not a version.
    ///
    /// A version may itself contain `.build-`, so this is a guess that the manifest's annotation
    /// confirms or corrects.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.rsplit_once(".build-") {
            Some((version, build)) => Self::parse(&format!("{version}+{build}"))
                .or_else(|_| Self::parse(tag))
                .ok(),
            None => Self::parse(tag).ok(),
        }
    }

    /// The version after raising one of the numbers; pre-release and build metadata are
    /// dropped, a leading `v` is kept, and missing parts are filled in.
    #[must_use]
    pub fn raised(&self, part: Part) -> Self {
        let [major, minor, patch] = self.numbers;
        let numbers = match part {
            Part::Major => [major.saturating_add(1), 0, 0],
            Part::Minor => [major, minor.saturating_add(1), 0],
            Part::Patch => [major, minor, patch.saturating_add(1)],
        };
        let prefix = if self.text.starts_with('v') { "v" } else { "" };
        let [major, minor, patch] = numbers;
        Self {
            text: format!("{prefix}{major}.{minor}.{patch}"),
            numbers,
        }
    }
}

/// The part of a version that semver comparison uses.
struct Parts<'a> {
    numbers: [u64; 3],
    pre_release: &'a str,
}

impl<'a> Parts<'a> {
    /// Returns `None` if the text is not a version.
    fn of(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = split_once(rest, '+');
        let (core, pre) = split_once(rest, '-');
        let mut numbers = [0; 3];
        for (index, part) in core.split('.').enumerate() {
            *numbers.get_mut(index)? = numeric(part)?;
        }
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let pre_release = |part: &str| {
            word(part)
                && (part.bytes().any(|byte| !byte.is_ascii_digit())
                    || part == "0"
                    || !part.starts_with('0'))
        };
        let well_formed = pre.is_none_or(|pre| pre.split('.').all(pre_release))
            && build.is_none_or(|build| build.split('.').all(word));
        well_formed.then_some(Self {
            numbers,
            pre_release: pre.unwrap_or_default(),
        })
    }

    fn precedence(&self, other: &Self) -> Ordering {
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| compare_pre_releases(self.pre_release, other.pre_release))
    }
}

/// Compares two texts: versions by semver precedence, then by spelling; invalid versions sort
/// after all valid ones.
pub fn compare(left: &str, right: &str) -> Ordering {
    match (Parts::of(left), Parts::of(right)) {
        (Some(one), Some(other)) => one.precedence(&other).then_with(|| left.cmp(right)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// A number of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

/// The tag of a version text; see [`Version::tag`].
pub fn tag(version: &str) -> String {
    version.replacen('+', ".build-", 1)
}

/// The version that is used if none is given: the highest stable one, else the highest pre-release.
/// If a version has several spellings, the first by text is used, so that the choice does not
/// depend on the order.
pub fn latest<'a>(versions: impl IntoIterator<Item = &'a Version>) -> Option<&'a Version> {
    versions.into_iter().max_by(|left, right| {
        (!left.is_pre_release())
            .cmp(&!right.is_pre_release())
            .then_with(|| left.precedence(right))
            .then_with(|| right.text.cmp(&left.text))
    })
}

fn split_once(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn numeric(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}

fn compare_pre_releases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let mut left = left.split('.');
    let mut right = right.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => compare_identifiers(left, right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare_identifiers(left: &str, right: &str) -> Ordering {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (digits(left), digits(right)) {
        // Without leading zeros, the longer number is larger.
        (true, true) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.cmp(right),
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn relaxed_versions_are_parsed_and_others_refused() {
        for text in [
            "1",
            "v1",
            "1.2",
            "v1.2.3",
            "0.0.0-main",
            "1.0.0-rc.1+65",
            "1.0.0+a-b.c",
            "1-0a",
        ] {
            assert_eq!(version(text).to_string(), text);
        }
        for text in [
            "",
            "v",
            "V1",
            "01.2.3",
            "1.2.3.4",
            "1.",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "latest",
            "1.2.3-a..b",
            "1.0.0+a+b",
            "1 ",
            "-1",
            "99999999999999999999",
            "1.0.0-é",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_by_semver() {
        let ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.2",
            "9.0.0",
            "v10.0.0",
        ];
        for (index, left) in ordered.iter().enumerate() {
            for (other, right) in ordered.iter().enumerate() {
                assert_eq!(
                    version(left).precedence(&version(right)),
                    index.cmp(&other),
                    "{left} {right}"
                );
            }
        }
        assert!(version("v1").same_as(&version("1.0.0+x")));
    }

    #[test]
    fn the_latest_is_the_highest_stable_one() {
        for (all, expected) in [
            (vec!["0.9.0", "0.10.0"], "0.10.0"),
            (vec!["1.0.0-rc.1", "0.9.0"], "0.9.0"),
            (vec!["1.0.0-rc.1", "1.0.0-rc.2"], "1.0.0-rc.2"),
            (vec!["v0.0.1", "0.0.1"], "0.0.1"),
            (vec!["0.0.1", "v0.0.1"], "0.0.1"),
        ] {
            let all: Vec<_> = all.into_iter().map(version).collect();
            assert_eq!(latest(&all).unwrap().as_str(), expected);
        }
        assert_eq!(latest([]), None);
    }

    #[test]
    fn raising_a_version_keeps_the_prefix_and_drops_the_rest() {
        for (from, part, to) in [
            ("v0.0.1", Part::Patch, "v0.0.2"),
            ("1.9.9", Part::Minor, "1.10.0"),
            ("1.2.3-rc.4+b", Part::Patch, "1.2.4"),
            ("v1", Part::Patch, "v1.0.1"),
            ("1.2", Part::Major, "2.0.0"),
        ] {
            assert_eq!(version(from).raised(part).as_str(), to);
        }
    }
}
