//! Version constraints of resolvers in the official configuration.
//!
//! Syntax and meaning are those of `Masterminds/semver` v3: `>= 1.2, < 2`, `^1.2.3`,
//! `~1.2`, `1.x`, `1.2 - 2.3`, `^1 || ^3`. A pre-release matches only a group that contains one.

use std::cmp::Ordering;

use crate::version::Version;

/// Maximum number of bytes of a constraint.
const LONGEST: usize = 512;
/// Maximum number of groups between `||`.
const GROUPS: usize = 32;

/// A valid constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionConstraint {
    text: String,
    groups: Vec<Vec<Comparison>>,
}

/// The text is not a constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a constraint on versions such as `>= 1.2, < 2` or `^1.2 || ~3`")]
pub struct InvalidConstraint(pub String);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: Version,
    left_out: LeftOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

/// The numbers that are absent or wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftOut {
    None,
    Patch,
    Minor,
    All,
}

/// Longer operators come before their prefixes.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::AtLeast),
    ("=>", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=<", Operator::AtMost),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

impl VersionConstraint {
    /// Parses a constraint.
    ///
    /// # Errors
    /// The text is not a constraint.
    pub fn parse(text: &str) -> Result<Self, InvalidConstraint> {
        let wrong = || InvalidConstraint(text.chars().take(100).collect());
        let groups: Vec<&str> = text.split("||").collect();
        if text.len() > LONGEST || groups.len() > GROUPS {
            return Err(wrong());
        }
        let groups: Option<_> = groups.into_iter().map(group).collect();
        Ok(Self {
            text: text.to_owned(),
            groups: groups.ok_or_else(wrong)?,
        })
    }

    /// The constraint as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether a version matches.
    pub fn matches(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let names_one = group.iter().any(|one| one.version.is_pre_release());
            (names_one || !version.is_pre_release()) && group.iter().all(|one| one.holds(version))
        })
    }
}

impl Comparison {
    fn holds(&self, version: &Version) -> bool {
        let order = version.precedence(&self.version);
        let [major, minor, _] = version.numbers();
        let [own_major, own_minor, _] = self.version.numbers();
        match self.operator {
            Operator::AtLeast => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::Equal if self.left_out == LeftOut::None => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => order != Ordering::Less && self.is_near(version),
            Operator::NotEqual => self.differs(version),
            Operator::Greater => match self.left_out {
                LeftOut::None | LeftOut::All if major == own_major => order == Ordering::Greater,
                // `> 1.2` means that 1.2.3 is not greater.
                LeftOut::Patch if major == own_major => minor > own_minor,
                _ => major > own_major,
            },
            Operator::AtMost => match self.left_out {
                LeftOut::None => order != Ordering::Greater,
                LeftOut::Minor => major <= own_major,
                LeftOut::Patch | LeftOut::All => {
                    major < own_major || (major == own_major && minor <= own_minor)
                }
            },
            Operator::Caret => order != Ordering::Less && self.is_compatible(version),
        }
    }

    /// `~`: the given numbers are fixed, except for the patch.
    fn is_near(&self, version: &Version) -> bool {
        let [major, minor, _] = version.numbers();
        let [own_major, own_minor, _] = self.version.numbers();
        match self.left_out {
            LeftOut::None | LeftOut::All if self.version.numbers() == [0; 3] => true,
            LeftOut::Minor => major == own_major,
            _ => major == own_major && minor == own_minor,
        }
    }

    /// `^`: the first non-zero number is fixed.
    fn is_compatible(&self, version: &Version) -> bool {
        let [major, minor, patch] = version.numbers();
        let [own_major, own_minor, own_patch] = self.version.numbers();
        if major != own_major {
            return false;
        }
        if own_major > 0 || self.left_out == LeftOut::Minor {
            return true;
        }
        if own_minor > 0 || self.left_out == LeftOut::Patch {
            return minor == own_minor;
        }
        minor == 0 && patch == own_patch
    }

    fn differs(&self, version: &Version) -> bool {
        let [major, minor, _] = version.numbers();
        let [own_major, own_minor, _] = self.version.numbers();
        match self.left_out {
            LeftOut::None | LeftOut::All => version.precedence(&self.version) != Ordering::Equal,
            LeftOut::Minor => major != own_major,
            LeftOut::Patch => {
                (major, minor) != (own_major, own_minor)
                    || version.pre_release() != self.version.pre_release()
            }
        }
    }
}

/// Parses comparisons that must all hold, separated by spaces or commas.
fn group(text: &str) -> Option<Vec<Comparison>> {
    let mut rest = text.trim_start();
    let mut comparisons = Vec::new();
    let mut comma = true;
    loop {
        let (operator, behind) = operator(rest);
        let (first, behind) = version(behind.trim_start())?;
        match hyphen(behind) {
            // Text before a range must be followed by a comma.
            Some(upper) if operator.is_none() && comma => {
                let (last, behind) = version(upper)?;
                comparisons.push(first.with(Operator::AtLeast));
                comparisons.push(last.with(Operator::AtMost));
                rest = behind;
            }
            Some(_) => return None,
            None => {
                comparisons.push(first.with(operator.unwrap_or(Operator::Equal)));
                rest = behind;
            }
        }
        let blank = rest.trim_start();
        if blank.is_empty() {
            return Some(comparisons);
        }
        let after_comma = blank.strip_prefix(',');
        comma = after_comma.is_some();
        if !comma && blank.len() == rest.len() {
            return None;
        }
        rest = after_comma.unwrap_or(blank).trim_start();
    }
}

fn operator(text: &str) -> (Option<Operator>, &str) {
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    match found {
        Some((operator, behind)) => (Some(operator), behind),
        None => (None, text),
    }
}

/// The text after a hyphen with spaces around it.
fn hyphen(text: &str) -> Option<&str> {
    let behind = text.trim_start().strip_prefix('-')?;
    let upper = behind.trim_start();
    let blanks = text.starts_with(char::is_whitespace) && upper.len() < behind.len();
    blanks.then_some(upper)
}

struct Partial {
    version: Version,
    left_out: LeftOut,
}

impl Partial {
    fn with(self, operator: Operator) -> Comparison {
        Comparison {
            operator,
            version: self.version,
            left_out: self.left_out,
        }
    }
}

/// Parses a version in which numbers may be absent, or `x`, `X` or `*`.
fn version(text: &str) -> Option<(Partial, &str)> {
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    let mut numbers = [0_u64; 3];
    let mut written = 0;
    let mut wild = false;
    for (index, number) in numbers.iter_mut().enumerate() {
        let behind = match index {
            0 => rest,
            _ => match rest.strip_prefix('.') {
                Some(behind) => behind,
                None => break,
            },
        };
        let end = behind
            .find(|character: char| !(character.is_ascii_digit() || "xX*".contains(character)))
            .unwrap_or(behind.len());
        let (part, behind) = behind.split_at(end);
        if part.is_empty() {
            return None;
        }
        rest = behind;
        wild |= matches!(part, "x" | "X" | "*");
        // After a wildcard, the rest is ignored.
        if !wild {
            *number = part.parse().ok()?;
            written = index + 1;
        }
    }
    let (pre_release, behind) = identifiers(rest, '-')?;
    let (_, behind) = identifiers(behind, '+')?;
    let [major, minor, patch] = numbers;
    let left_out = match written {
        0 => LeftOut::All,
        1 => LeftOut::Minor,
        2 => LeftOut::Patch,
        _ => LeftOut::None,
    };
    let version = Version::parse(&format!("{major}.{minor}.{patch}{pre_release}")).ok()?;
    Some((Partial { version, left_out }, behind))
}

/// Parses dotted identifiers after a sign, if present.
fn identifiers(text: &str, sign: char) -> Option<(&str, &str)> {
    let Some(behind) = text.strip_prefix(sign) else {
        return Some(("", text));
    };
    let end = behind
        .find(|character: char| !(character.is_ascii_alphanumeric() || "-.".contains(character)))
        .unwrap_or(behind.len());
    if behind[..end].split('.').any(str::is_empty) {
        return None;
    }
    Some(text.split_at(end + sign.len_utf8()))
}
