//! What is to be checked, and how.

use std::path::Path;

use oci::Http;
use ocm::{ComponentRef, Lookup, RepositorySpec};

use crate::policy::Policy;

/// What is to be checked, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The text of the constructor.
    pub text: &'a str,
    /// The folder that its inputs are relative to.
    pub folder: &'a Path,
    /// What plugyard.yaml says.
    pub policy: &'a Policy,
    /// Where the registry is published.
    pub repository: &'a RepositorySpec,
    /// Opens repositories over HTTP.
    pub http: &'a Http,
    /// Finds the components of entries.
    pub lookup: &'a Lookup,
    /// What to compare with.
    pub against: &'a Against,
    /// Whether the components of unchanged entries are also read.
    pub all: bool,
}

/// What to compare with.
#[derive(Clone, Debug)]
pub enum Against {
    /// The latest published version.
    Latest,
    /// A published version.
    Reference(ComponentRef),
    /// The text of a constructor from elsewhere, such as an earlier revision.
    Text {
        /// Its name in messages.
        name: String,
        /// `None` if there was no constructor yet.
        text: Option<String>,
    },
}
