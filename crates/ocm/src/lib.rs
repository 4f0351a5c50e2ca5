//! Component versions of the Open Component Model.
//!
//! Descriptors and constructors, their digests, and how component versions are stored in
//! repositories of OCI artifacts. Nothing here knows HTTP, and nothing prints.
#![deny(missing_docs)]

pub mod artifact;
pub mod canonical_json;
mod component_name;
pub mod component_ref;
mod component_version_id;
pub mod config;
pub mod construct;
pub mod constructor;
mod count;
pub mod coverage;
pub mod descriptor;
mod diagnostic;
pub mod glob;
pub mod identity;
mod lines;
pub mod lookup;
pub mod name;
pub mod normal_form;
pub mod path;
pub mod published_location;
pub mod repository;
pub mod resolve;
pub mod version;
pub mod version_constraint;
pub mod yaml;

pub use component_name::{ComponentName, InvalidComponentName};
pub use component_ref::{ComponentRef, RepositorySpec};
pub use component_version_id::{ComponentVersionId, InvalidComponentVersionId};
pub use config::{Config, ConfigError};
pub use count::count;
pub use descriptor::{
    Component, Descriptor, ElementDigest, Label, Provider, Reference, Resource, Source,
};
pub use diagnostic::Diagnostic;
pub use lines::Lines;
pub use lookup::{Found, Lookup, LookupError, PinnedError};
pub use normal_form::{ComponentDigest, HashAlgorithm, Normalisation, PinComparison};
pub use repository::{ComponentVersion, Repository, RepositoryError};
pub use resolve::{ResolveError, Resolved};
pub use version::Version;
