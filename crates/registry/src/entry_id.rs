//! How people name an entry of a registry: `NAME` or `NAME@VERSION`.

use std::fmt;
use std::str::FromStr;

use ocm::version::InvalidVersion;
use ocm::{Reference, Version};

use crate::precedence::same_version;

/// An entry of a registry, or all entries of a name.
///
/// The version is kept as text, because a published registry may have entries whose version is
/// not a semantic version, and messages must be able to name them. One that was parsed from text
/// is valid.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Name of the entry.
    pub name: String,
    /// `None` for all versions, or for the newest one, depending on the caller.
    pub version: Option<String>,
}

impl EntryId {
    /// Names one version.
    pub fn new(name: impl Into<String>, version: impl fmt::Display) -> Self {
        Self {
            name: name.into(),
            version: Some(version.to_string()),
        }
    }

    /// Names the plugin, without a version.
    pub fn plugin(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: None,
        }
    }

    /// Returns whether it means this version, compared by semver.
    pub fn covers(&self, version: &str) -> bool {
        let own = self.version.as_ref();
        own.is_none_or(|own| same_version(own, version))
    }
}

impl From<&Reference> for EntryId {
    fn from(entry: &Reference) -> Self {
        Self::new(&entry.name, &entry.version)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

impl FromStr for EntryId {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('@') {
            Some((name, version)) => Ok(Self::new(name, version.parse::<Version>()?)),
            None => Ok(Self::plugin(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_with_or_without_a_version() {
        for text in ["demo", "demo@1.0.0", "demo@v1.0.0-rc.1"] {
            assert_eq!(text.parse::<EntryId>().unwrap().to_string(), text);
        }
        assert!("demo@newest".parse::<EntryId>().is_err());
        assert!("demo@".parse::<EntryId>().is_err());
        let entry: EntryId = "demo@1.0.0".parse().unwrap();
        assert!(entry.covers("v1.0.0") && !entry.covers("1.0.1"));
        assert!(EntryId::plugin("demo").covers("1.0.1"));
    }
}
