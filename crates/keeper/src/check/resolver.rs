//! Where the components that a constructor refers to are found.

use ocm::{
    ComponentVersion, ComponentVersionId, Descriptor, Lookup, LookupError, Repository,
    RepositoryError,
};

use super::cause::Cause;
use super::local::{LocalComponent, LocalComponents};
use registry::verify::{self, Status};

/// Resolves references: first in the constructor itself, then in the configured locations.
#[derive(Clone, Copy)]
pub(super) struct Resolver<'a> {
    pub(super) lookup: &'a Lookup,
    pub(super) local: &'a LocalComponents,
    /// Name and version of the registry.
    pub(super) registry: (&'a str, &'a str),
}

/// A component version that was found.
pub(super) enum Found<'a> {
    /// The constructor itself makes it.
    Local(&'a LocalComponent),
    /// It is published.
    Published(Box<PublishedComponent<'a>>),
}

/// A component version that is published.
pub(super) struct PublishedComponent<'a> {
    pub(super) repository: &'a Repository,
    pub(super) version: ComponentVersion,
    pub(super) descriptor: Descriptor,
}

/// Why there is no component version.
#[derive(Debug)]
pub(super) enum Unresolved {
    /// No location has it, or what is stored there is not a component version.
    Absent(Cause),
    /// It may exist, but could not be read.
    Unreadable(Cause),
}

impl<'a> Resolver<'a> {
    /// Finds a component version; see [`Lookup::find`] for what `pinned` means.
    pub(super) async fn find(
        self,
        component: &str,
        version: &str,
        pinned: bool,
    ) -> Result<Found<'a>, Unresolved> {
        match self.local.get(component, version) {
            Some(Ok(local)) => return Ok(Found::Local(local)),
            Some(Err(cause)) => return Err(Unresolved::Unreadable(cause.clone())),
            None => {}
        }
        let id = ComponentVersionId::parse(component, version)
            .map_err(|error| Unresolved::Absent(RepositoryError::from(error).into()))?;
        let found = self.lookup.find(&id, pinned).await;
        let (repository, version) = found.map_err(|error| unresolved(&error))?;
        match version.descriptor() {
            Ok(descriptor) => Ok(Found::Published(Box::new(PublishedComponent {
                repository,
                version,
                descriptor,
            }))),
            Err(error) => Err(Unresolved::Absent(error.into())),
        }
    }
}

impl Found<'_> {
    /// What the component version says of itself.
    pub(super) fn into_descriptor(self) -> Descriptor {
        match self {
            Self::Local(local) => local.descriptor.clone(),
            Self::Published(published) => published.descriptor,
        }
    }
}

fn unresolved(error: &LookupError) -> Unresolved {
    let cause = Cause::new(error, error.hint());
    match error {
        LookupError::NotFound { .. } => Unresolved::Absent(cause),
        LookupError::Unreadable { source, .. } if is_about_content(source) => {
            Unresolved::Absent(cause)
        }
        LookupError::Unreadable { .. } | LookupError::Unresolved { .. } => {
            Unresolved::Unreadable(cause)
        }
    }
}

/// Returns whether an error is about what is stored rather than about access to it. Content that
/// does not match its digest is not among these: it may have been changed in transit.
pub(super) fn is_about_content(error: &RepositoryError) -> bool {
    match error {
        RepositoryError::Store(_) => verify::status(error) == Status::NotFound,
        RepositoryError::Malformed { .. }
        | RepositoryError::Other { .. }
        | RepositoryError::Pin { .. }
        | RepositoryError::NoneListedExists { .. }
        | RepositoryError::Invalid(_) => true,
    }
}
