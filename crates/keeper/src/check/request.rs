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
    /// The directory that its inputs are relative to.
    pub folder: &'a Path,
    /// What plugyard.yaml of the change says.
    pub policy: &'a Policy,
    /// Where the registry is published.
    pub repository: &'a RepositorySpec,
    /// Opens repositories over HTTP.
    pub http: &'a Http,
    /// Finds the components of entries.
    pub lookup: &'a Lookup,
    /// What to compare with.
    pub against: &'a Against,
    /// The revision that the change is for; `None` if the change's own policy judges it.
    pub base: Option<Base<'a>>,
    /// Whether the components of unchanged entries are also read.
    pub all: bool,
}

/// The revision that a change is for. Its policy judges the change, so that the change cannot
/// loosen its own gate.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// Its name in messages, such as `git:main`.
    pub name: &'a str,
    /// What its plugyard.yaml says; `None` if it has none, so that the defaults judge.
    pub policy: Option<&'a Policy>,
    /// The text of its constructor; `None` if it has none.
    pub constructor: Option<&'a str>,
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
