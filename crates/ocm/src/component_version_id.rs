//! Identifiers of component versions.

use std::fmt;

use crate::component_name::{ComponentName, InvalidComponentName};
use crate::version::{InvalidVersion, Version};

/// Name and version of a component, spelled `NAME:VERSION`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ComponentVersionId {
    /// Name of the component.
    pub name: ComponentName,
    /// Its version; the spelling matters, `v1.0` and `1.0.0` have different tags.
    pub version: Version,
}

/// A text that is not a valid component name or version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidComponentVersionId {
    /// The component name is invalid.
    #[error(transparent)]
    Name(#[from] InvalidComponentName),
    /// The version is invalid.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
}

impl ComponentVersionId {
    /// Combines a name and a version.
    pub fn new(name: ComponentName, version: Version) -> Self {
        Self { name, version }
    }

    /// Parses a name and a version, for instance those of a descriptor.
    ///
    /// # Errors
    /// One of them is not valid.
    pub fn parse(name: &str, version: &str) -> Result<Self, InvalidComponentVersionId> {
        Ok(Self {
            name: ComponentName::parse(name)?,
            version: Version::parse(version)?,
        })
    }
}

impl fmt::Display for ComponentVersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.version)
    }
}
