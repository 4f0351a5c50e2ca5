//! Finding component versions in several repositories, in order.
//!
//! After *not found*, the next repository is tried. A failure ends the look-up, because content
//! that could not be read may exist.

mod pinned;

use std::fmt;
use std::sync::OnceLock;

use oci::Http;

pub use pinned::{Found, PinnedError};

use crate::component_name::ComponentName;
use crate::component_ref::RepositorySpec;
use crate::component_version_id::ComponentVersionId;
use crate::config::{ConfigError, Resolvers, Unresolvable};
use crate::descriptor::Limits;
use crate::repository::{ComponentVersion, Repository, RepositoryError};
use crate::version::Version;

/// The repositories in which component versions are looked up, in order. Each is opened when it is
/// needed. After them, the repositories that the user's resolvers name for a component version are
/// tried.
pub struct Lookup {
    http: Http,
    repositories: Vec<LazyRepository>,
    source: Option<Box<ResolverSource>>,
    resolved: OnceLock<Result<Resolved, ConfigError>>,
}

/// Reads the user's resolvers when they are needed.
pub type ResolverSource = dyn Fn() -> Result<Resolvers, ConfigError> + Send + Sync;

/// The resolvers, and all repositories that they name.
#[derive(Debug, Default)]
struct Resolved {
    resolvers: Resolvers,
    repositories: Vec<LazyRepository>,
}

#[derive(Debug)]
struct LazyRepository {
    spec: RepositorySpec,
    /// The inner value is `None` if there is no archive at that path.
    opened: OnceLock<Option<Repository>>,
}

/// Why a component version was not found.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// No repository has it.
    #[error("{what} was not found in {}", .repositories.join(", "))]
    NotFound {
        /// The component, with the version if one was requested.
        what: String,
        /// The repositories that were tried; archives that do not exist are marked.
        repositories: Vec<String>,
    },
    /// A repository could not be read, so the component may be there.
    #[error("{what} could not be looked up: {source}{}{}{}", further(.others), not_in(.absent), unasked_words(.unasked))]
    Unreadable {
        /// The component, with the version if one was requested.
        what: String,
        /// The first failure.
        #[source]
        source: RepositoryError,
        /// The failures of other repositories.
        others: Vec<RepositoryError>,
        /// The repositories that do not have it.
        absent: Vec<String>,
        /// The repositories that were not tried because of the failure.
        unasked: Vec<String>,
    },
    /// The resolvers could not be read, so further repositories are unknown.
    #[error("{what} could not be looked up: {source}{}{}", further(.others), not_in(.absent))]
    Unresolved {
        /// The component, with the version if one was requested.
        what: String,
        /// Why the resolvers could not be read.
        #[source]
        source: UnresolvedRepositories,
        /// The failures of the known repositories.
        others: Vec<RepositoryError>,
        /// The repositories that do not have it.
        absent: Vec<String>,
    },
}

/// Why the repositories of the resolvers are unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnresolvedRepositories {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The repository of a resolver cannot be used.
    #[error(transparent)]
    Repository(#[from] Unresolvable),
}

fn further(errors: &[RepositoryError]) -> String {
    let mut text = String::new();
    for error in errors {
        text.push_str("; ");
        text.push_str(&error.to_string());
    }
    text
}

fn not_in(absent: &[String]) -> String {
    match absent {
        [] => String::new(),
        _ => format!("; it is not in {}", absent.join(", ")),
    }
}

fn unasked_words(unasked: &[String]) -> String {
    match unasked {
        [] => String::new(),
        _ => format!("; not asked: {}", unasked.join(", ")),
    }
}

impl LookupError {
    /// How the user can fix it, if known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } => Some(
                "publish it there first, or name its repository under `sources` in plugyard.yaml"
                    .to_owned(),
            ),
            Self::Unreadable { source, .. } => source.hint(),
            Self::Unresolved { source, .. } => Some(match source {
                UnresolvedRepositories::Config(error) => error.hint().to_owned(),
                UnresolvedRepositories::Repository(_) => {
                    "name a repository of type OCIRepository/v1 or CommonTransportFormat/v1 there"
                        .to_owned()
                }
            }),
        }
    }
}

/// The state of a look-up: the outcomes of the repositories tried so far.
struct Inquiry {
    what: String,
    pinned: bool,
    absent: Vec<String>,
    refused: Vec<RepositoryError>,
}

impl Inquiry {
    fn new(what: String, pinned: bool) -> Self {
        Self {
            what,
            pinned,
            absent: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Records the outcome of one repository. Returns the component version if it was found; a
    /// failure ends the look-up.
    fn take<T>(
        &mut self,
        candidate: &LazyRepository,
        outcome: Result<Option<T>, RepositoryError>,
    ) -> Result<Option<T>, RepositoryError> {
        match outcome {
            Ok(None) => {
                let note = match candidate.opened.get() {
                    Some(None) => " (there is no archive)",
                    _ => "",
                };
                self.absent.push(format!("{}{note}", candidate.spec));
                Ok(None)
            }
            Err(error) if self.pinned && error.is_denied() => {
                self.refused.push(error);
                Ok(None)
            }
            other => other,
        }
    }

    fn failed(self, source: RepositoryError, unasked: &[&LazyRepository]) -> LookupError {
        let names = unasked.iter().map(|candidate| candidate.spec.to_string());
        LookupError::Unreadable {
            what: self.what,
            source,
            others: self.refused,
            absent: self.absent,
            unasked: names.collect(),
        }
    }

    fn unresolved(self, source: UnresolvedRepositories) -> LookupError {
        LookupError::Unresolved {
            what: self.what,
            source,
            others: self.refused,
            absent: self.absent,
        }
    }

    /// The error if nothing was found. A repository that refused access may have the component.
    fn nothing(mut self) -> LookupError {
        if self.refused.is_empty() {
            return LookupError::NotFound {
                what: self.what,
                repositories: self.absent,
            };
        }
        let source = self.refused.remove(0);
        self.failed(source, &[])
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup")
            .field("repositories", &self.repositories)
            .finish_non_exhaustive()
    }
}

impl Lookup {
    /// Looks in these repositories. A repository that is named several times is tried once.
    pub fn new(specs: impl IntoIterator<Item = RepositorySpec>, http: &Http) -> Self {
        Self {
            http: http.clone(),
            repositories: distinct(specs),
            source: None,
            resolved: OnceLock::new(),
        }
    }

    /// Adds the repositories that the user's resolvers name. The resolvers are read only if nothing
    /// was found elsewhere.
    #[must_use]
    pub fn with_resolvers(mut self, source: Box<ResolverSource>) -> Self {
        self.source = Some(source);
        self
    }

    /// The repositories that are tried before those of the resolvers.
    pub fn repositories(&self) -> impl Iterator<Item = &RepositorySpec> {
        self.repositories.iter().map(|candidate| &candidate.spec)
    }

    /// The access to registries.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Finds a component version and the repository that contains it.
    ///
    /// If `pinned`, the look-up also tries the next repository after a registry refused access
    /// (401, 403), as some registries do for content that does not exist: the digest makes every
    /// location safe.
    ///
    /// The component versions looked up here are plugins, so the limits are [`Limits::PLUGIN`].
    ///
    /// # Errors
    /// No repository has it, or one could not be read.
    pub async fn find(
        &self,
        id: &ComponentVersionId,
        pinned: bool,
    ) -> Result<(&Repository, ComponentVersion), LookupError> {
        let inquiry = Inquiry::new(id.to_string(), pinned);
        let get =
            async |repository: &Repository| repository.get_within(id, None, Limits::PLUGIN).await;
        self.first(inquiry, &id.name, Some(&id.version), get).await
    }

    /// Lists the versions of a component in the first repository that has any.
    ///
    /// # Errors
    /// No repository has any, or one could not be read.
    pub async fn versions(&self, component: &ComponentName) -> Result<Vec<Version>, LookupError> {
        let inquiry = Inquiry::new(component.to_string(), false);
        let list = async |repository: &Repository| {
            let versions = repository.versions(component).await?;
            Ok(Some(versions).filter(|versions| !versions.is_empty()))
        };
        let (_, versions) = self.first(inquiry, component, None, list).await?;
        Ok(versions)
    }

    /// Tries the repositories one after the other until one has a result.
    async fn first<T>(
        &self,
        mut inquiry: Inquiry,
        component: &str,
        version: Option<&Version>,
        ask: impl AsyncFn(&Repository) -> Result<Option<T>, RepositoryError>,
    ) -> Result<(&Repository, T), LookupError> {
        let mut queue: Vec<&LazyRepository> = self.repositories.iter().collect();
        let mut is_last = false;
        loop {
            for (index, candidate) in queue.iter().enumerate() {
                let outcome = match candidate.open(&self.http) {
                    Ok(Some(repository)) => {
                        let found = ask(repository).await;
                        found.map(|found| found.map(|found| (repository, found)))
                    }
                    Ok(None) => Ok(None),
                    Err(error) => Err(error),
                };
                match inquiry.take(candidate, outcome) {
                    Ok(Some(found)) => return Ok(found),
                    Ok(None) => {}
                    Err(error) => return Err(inquiry.failed(error, &queue[index + 1..])),
                }
            }
            if is_last {
                return Err(inquiry.nothing());
            }
            // Not earlier, because a successful look-up needs no configuration.
            is_last = true;
            queue = match self.resolved(component, version) {
                Ok(repositories) => repositories,
                Err(error) => return Err(inquiry.unresolved(error)),
            };
        }
    }

    /// The repositories that the resolvers name for a component version, except those already
    /// tried.
    fn resolved(
        &self,
        component: &str,
        version: Option<&Version>,
    ) -> Result<Vec<&LazyRepository>, UnresolvedRepositories> {
        let resolved = self.resolved.get_or_init(|| {
            let Some(source) = &self.source else {
                return Ok(Resolved::default());
            };
            let resolvers = source()?;
            let repositories = distinct(resolvers.all().cloned());
            Ok(Resolved {
                resolvers,
                repositories,
            })
        });
        let resolved = resolved.as_ref().map_err(Clone::clone)?;
        let chosen = resolved.resolvers.repositories(component, version)?;
        let is_new = |spec: &RepositorySpec| {
            let mut tried = self.repositories.iter();
            tried.all(|candidate| !candidate.spec.is_same_location(spec))
        };
        let mut queue: Vec<&LazyRepository> = Vec::new();
        for spec in chosen.into_iter().filter(|spec| is_new(spec)) {
            let candidate = resolved
                .repositories
                .iter()
                .find(|candidate| candidate.spec.is_same_location(spec));
            if let Some(candidate) = candidate
                && !queue.iter().any(|other| std::ptr::eq(*other, candidate))
            {
                queue.push(candidate);
            }
        }
        Ok(queue)
    }
}

fn distinct(specs: impl IntoIterator<Item = RepositorySpec>) -> Vec<LazyRepository> {
    let mut repositories: Vec<LazyRepository> = Vec::new();
    for spec in specs {
        if repositories
            .iter()
            .all(|candidate| !candidate.spec.is_same_location(&spec))
        {
            repositories.push(LazyRepository {
                spec,
                opened: OnceLock::new(),
            });
        }
    }
    repositories
}

impl LazyRepository {
    fn open(&self, http: &Http) -> Result<Option<&Repository>, RepositoryError> {
        if self.opened.get().is_none() {
            let opened = Repository::open_if_there(&self.spec, http)?;
            // Another task may have opened it first; its result is equivalent.
            let _ = self.opened.set(opened);
        }
        Ok(self.opened.get().and_then(Option::as_ref))
    }
}
