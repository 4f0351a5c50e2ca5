//! Names of components.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use crate::name::is_component_name;

/// The name of a component, such as `ocm.software/plugins/helminput`: a domain, a slash, and at
/// least one more segment, at most 255 bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentName(Box<str>);

/// The text is not a component name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a component name")]
pub struct InvalidComponentName(pub String);

impl ComponentName {
    /// Parses a name.
    ///
    /// # Errors
    /// The text does not match the pattern of the schema; the error contains its first 100
    /// characters.
    pub fn parse(text: &str) -> Result<Self, InvalidComponentName> {
        if is_component_name(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidComponentName(text.chars().take(100).collect()))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl InvalidComponentName {
    /// A description of a valid component name.
    pub const fn hint(&self) -> &'static str {
        "a component name is a domain and a path in lower case, for instance acme.org/plugins/demo"
    }
}

impl From<InvalidComponentName> for crate::RepositoryError {
    fn from(error: InvalidComponentName) -> Self {
        Self::Invalid(error.into())
    }
}

impl FromStr for ComponentName {
    type Err = InvalidComponentName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Deref for ComponentName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ComponentName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl PartialEq<str> for ComponentName {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for ComponentName {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl PartialEq<String> for ComponentName {
    fn eq(&self, other: &String) -> bool {
        *self.0 == **other
    }
}

impl From<ComponentName> for String {
    fn from(name: ComponentName) -> Self {
        name.0.into()
    }
}
