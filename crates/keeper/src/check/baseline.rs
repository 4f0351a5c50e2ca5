//! What the constructor is compared with: the latest published version, or what the caller names.

use ocm::constructor::{self, ComponentConstructor};
use ocm::{ComponentName, ComponentRef, ComponentVersionId, Repository, RepositoryError, Version};

use super::cause::Cause;
use super::error::CheckError;
use super::request::{Against, Request};
use crate::{content, root};
use registry::diff::{Content, diff};
use registry::pre_release;

/// What the constructor is compared with.
#[derive(Debug)]
pub(super) enum Baseline {
    /// Nothing is published yet.
    None,
    /// A version of the registry.
    Known(Box<Published>),
    /// It could not be read.
    Unknown(Cause),
}

/// A version of the registry to compare with.
#[derive(Debug)]
pub(super) struct Published {
    /// Its name in messages, such as `the published v1.2.0`.
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) content: Content,
    pub(super) predecessor: Predecessor,
    pub(super) pre_release: ConflictingPreRelease,
}

/// The highest published pre-release of the release that the constructor's version belongs to, if
/// that version is not higher.
#[derive(Debug)]
pub(super) enum ConflictingPreRelease {
    None,
    /// It has a higher version.
    Higher(Version),
    /// It has the same version, and this content.
    Same(Version, Result<Box<Content>, Cause>),
}

/// The version published before the latest one. It is read only where it can make a difference,
/// see [`registry::diff::Diff::may_be_rollback`].
#[derive(Debug)]
pub(super) enum Predecessor {
    None,
    /// It was not read; it is the latest of these versions.
    Unread(Vec<Version>),
    Known(Box<Content>),
    Unknown(Cause),
}

/// Reads the baseline that a request asks for. `ours` is the content of the constructor, if its
/// inputs can be read.
pub(super) async fn read(
    request: &Request<'_>,
    registry: &ComponentConstructor,
    ours: Option<&Content>,
) -> Result<Baseline, CheckError> {
    let (component, version) = (&registry.name.value, &registry.version.value);
    match request.against {
        Against::Text { name, text } => Ok(match text {
            None => Baseline::None,
            Some(text) => of_text(name, text, component),
        }),
        Against::Latest => {
            let repository = match Repository::open_if_there(request.repository, request.http) {
                Ok(repository) => repository,
                Err(error) => return Ok(Baseline::Unknown(error.into())),
            };
            let mut baseline = latest(repository.as_ref(), component, version).await;
            if let (Baseline::Known(published), Some(repository), Some(ours)) =
                (&mut baseline, &repository, ours)
                && diff(&published.content, ours, None).may_be_rollback(ours)
            {
                published.read_predecessor(repository).await;
            }
            Ok(baseline)
        }
        Against::Reference(reference) => named(request, reference, version).await,
    }
}

/// Reads a published version that the caller names.
async fn named(
    request: &Request<'_>,
    reference: &ComponentRef,
    ours: &Version,
) -> Result<Baseline, CheckError> {
    let component = &reference.component;
    let repository = match Repository::open(&reference.repository, request.http) {
        Ok(repository) => repository,
        Err(error) => return Ok(Baseline::Unknown(error.into())),
    };
    let missing = |version: Option<&Version>| CheckError::NoBaseline {
        component: component.to_string(),
        version: version.cloned(),
        repository: reference.repository.clone(),
    };
    let Some(version) = &reference.version else {
        return match latest(Some(&repository), component, ours).await {
            Baseline::None => Err(missing(None)),
            baseline => Ok(baseline),
        };
    };
    let id = ComponentVersionId::new(component.clone(), version.clone());
    match repository.get(&id, reference.digest).await {
        Ok(None) => Err(missing(Some(version))),
        Ok(Some(found)) => Ok(match found.descriptor() {
            Ok(descriptor) => Baseline::alone(
                reference.to_string(),
                version.clone(),
                Content::of_descriptor(&descriptor),
            ),
            Err(error) => Baseline::Unknown(error.into()),
        }),
        Err(error) => Ok(Baseline::Unknown(error.into())),
    }
}

/// The registry in the text of another constructor, without its inputs, which are not available.
fn of_text(name: &str, text: &str, component: &str) -> Baseline {
    let parsed = match constructor::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let message = format!("the constructor of {name} cannot be read: {error}");
            let help = "compare with a revision whose constructor can be read".to_owned();
            return Baseline::Unknown(Cause::new(&message, Some(help)));
        }
    };
    let registry = parsed
        .components
        .iter()
        .find(|candidate| candidate.name.value == component)
        .or_else(|| root::registry(&parsed).ok());
    match registry {
        None => Baseline::None,
        Some(registry) => Baseline::alone(
            name.to_owned(),
            registry.version.value.clone(),
            content::of_constructor(registry),
        ),
    }
}

/// Reads the latest published version of a component, for a constructor that has version `ours`.
async fn latest(repository: Option<&Repository>, component: &str, ours: &Version) -> Baseline {
    let Some(repository) = repository else {
        return Baseline::None;
    };
    let name = match ComponentName::parse(component) {
        Ok(name) => name,
        Err(error) => {
            return unknown(
                "the published versions",
                component,
                RepositoryError::from(error),
            );
        }
    };
    let mut versions = match repository.versions(&name).await {
        Ok(versions) => versions,
        Err(error) => return unknown("the published versions", component, error),
    };
    let (version, content) = match latest_of(repository, &name, &mut versions).await {
        Ok(Some(latest)) => latest,
        Ok(None) => return Baseline::None,
        Err(error) => return unknown("the latest published version", component, error),
    };
    let pre_release = match pre_release::in_the_way(ours, &versions) {
        Some(other) if other.same_as(&version) => ConflictingPreRelease::None,
        Some(other) if other.same_as(ours) => match get(repository, &name, other).await {
            Ok(None) => ConflictingPreRelease::None,
            Ok(Some(content)) => ConflictingPreRelease::Same(other.clone(), Ok(Box::new(content))),
            Err(cause) => ConflictingPreRelease::Same(other.clone(), Err(cause)),
        },
        Some(other) => ConflictingPreRelease::Higher(other.clone()),
        None => ConflictingPreRelease::None,
    };
    versions.retain(|other| other.precedence(&version).is_lt());
    Baseline::Known(Box::new(Published {
        name: format!("the published {version}"),
        version,
        content,
        predecessor: Predecessor::Unread(versions),
        pre_release,
    }))
}

impl Baseline {
    /// A version without the other published ones.
    fn alone(name: String, version: Version, content: Content) -> Self {
        Self::Known(Box::new(Published {
            name,
            version,
            content,
            predecessor: Predecessor::None,
            pre_release: ConflictingPreRelease::None,
        }))
    }
}

impl Published {
    async fn read_predecessor(&mut self, repository: &Repository) {
        if let Predecessor::Unread(versions) = &mut self.predecessor {
            let latest = match ComponentName::parse(&self.content.name) {
                Ok(component) => latest_of(repository, &component, versions).await,
                Err(error) => Err(RepositoryError::from(error).into()),
            };
            self.predecessor = match latest {
                Ok(Some((_, content))) => Predecessor::Known(Box::new(content)),
                Ok(None) => Predecessor::None,
                Err(cause) => Predecessor::Unknown(cause),
            };
        }
    }
}

/// Reads the latest of these versions that exists; `None` if `versions` is empty.
async fn latest_of(
    repository: &Repository,
    component: &ComponentName,
    versions: &mut Vec<Version>,
) -> Result<Option<(Version, Content)>, Cause> {
    let Some((version, found)) = repository.latest_of(component, versions).await? else {
        return Ok(None);
    };
    let content = Content::of_descriptor(&found.descriptor()?);
    Ok(Some((version, content)))
}

async fn get(
    repository: &Repository,
    component: &ComponentName,
    version: &Version,
) -> Result<Option<Content>, Cause> {
    let id = ComponentVersionId::new(component.clone(), version.clone());
    match repository.get(&id, None).await? {
        Some(found) => Ok(Some(Content::of_descriptor(&found.descriptor()?))),
        None => Ok(None),
    }
}

fn unknown(what: &str, of: &str, error: impl Into<Cause>) -> Baseline {
    let cause = error.into();
    Baseline::Unknown(Cause {
        message: format!("{what} of {of} could not be read: {}", cause.message),
        help: cause.help,
    })
}
