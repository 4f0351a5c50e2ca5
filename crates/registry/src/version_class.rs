//! How far a change raises the version of a registry.

use std::cmp::Ordering;

use ocm::Version;
use ocm::version::Part;
use serde::Serialize;

use crate::pre_release;

/// The version increase that a change requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VersionClass {
    /// Nothing changed.
    None,
    /// A new version of a plugin, or other facts about one.
    Patch,
    /// A new plugin.
    Minor,
    /// A plugin or a platform was removed.
    Major,
}

impl From<Part> for VersionClass {
    fn from(part: Part) -> Self {
        match part {
            Part::Patch => Self::Patch,
            Part::Minor => Self::Minor,
            Part::Major => Self::Major,
        }
    }
}

impl VersionClass {
    /// The version of the registry after a change of this class: at least what the class calls
    /// for, counted from the latest published version, and never lower than it is. Without a
    /// published version it stays.
    ///
    /// A pre-release stays one; for it, the numbers alone are to be what the class calls for.
    /// Where nothing stable is published, whatever is higher will do, as a pre-release promises
    /// nothing.
    pub fn raise(self, current: &Version, published: Option<&Version>) -> Version {
        let Some(published) = published else {
            return current.clone();
        };
        let part = match self {
            Self::None => return current.clone(),
            Self::Patch => Part::Patch,
            Self::Minor => Part::Minor,
            Self::Major => Part::Major,
        };
        if published.is_pre_release() {
            return match current.precedence(published) {
                Ordering::Greater => current.clone(),
                _ if current.is_pre_release() => pre_release::next(published),
                _ => pre_release::release(published),
            };
        }
        let required = published.raised(part);
        if current.is_pre_release() && current.numbers() < required.numbers() {
            return pre_release::first(&required, current);
        }
        if current.is_pre_release() || current.precedence(&required).is_ge() {
            current.clone()
        } else {
            required
        }
    }

    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_at_least_what_the_change_requires() {
        use VersionClass::{Major, Minor, None, Patch};
        for (class, current, published, expected) in [
            (Minor, "v0.1.0", Option::None, "v0.1.0"),
            (Minor, "v0.1.0", Some("v0.1.0"), "v0.2.0"),
            (Patch, "v0.2.0", Some("v0.1.0"), "v0.2.0"),
            (Minor, "v0.1.1", Some("v0.1.0"), "v0.2.0"),
            (Patch, "1.2.3", Some("1.2.3"), "1.2.4"),
            (Patch, "1.2.3", Some("v1.2.3"), "v1.2.4"),
            (None, "1.2.3", Some("1.2.3"), "1.2.3"),
            // The numbers of a pre-release count.
            (Patch, "1.2.4-rc.1", Some("1.2.3"), "1.2.4-rc.1"),
            (Minor, "1.2.4-rc.3", Some("1.2.3"), "1.3.0-rc.1"),
            (Major, "v2.0.0-rc.1", Some("v1.2.3"), "v2.0.0-rc.1"),
            (Patch, "1.2.3-rc.1", Some("1.2.3"), "1.2.4-rc.1"),
            (None, "1.2.4-rc.1", Some("1.2.3"), "1.2.4-rc.1"),
            // Nothing stable is published.
            (Major, "1.0.0-rc.1", Some("1.0.0-rc.1"), "1.0.0-rc.2"),
            (Patch, "v0.9.0-beta", Some("v1.0.0-rc.1"), "v1.0.0-rc.2"),
            (Patch, "v0.9.0", Some("v1.0.0-rc.1"), "v1.0.0"),
            (Major, "1.0.0", Some("1.0.0-rc.1"), "1.0.0"),
            (None, "1.0.0-rc.1", Some("1.0.0-rc.1"), "1.0.0-rc.1"),
        ] {
            let published = published.map(|text| Version::parse(text).unwrap());
            let current = Version::parse(current).unwrap();
            assert_eq!(class.raise(&current, published.as_ref()).as_str(), expected);
        }
    }
}
