//! Finding component versions in several places, in order.
//!
//! *Not found* goes on to the next place; a failure stops, because what could not be read is not
//! absent.

use std::sync::OnceLock;

use oci::Http;

use crate::component_ref::RepositorySpec;
use crate::repository::{ComponentVersion, Repository, RepositoryError};
use crate::version::Version;

/// Places where component versions are looked for, the first one first. Each is opened when it
/// is needed.
#[derive(Debug)]
pub struct Lookup {
    http: Http,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    spec: RepositorySpec,
    /// Nothing inside: there is no archive at that path.
    opened: OnceLock<Option<Repository>>,
}

/// Why a component version was not found.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// No place has it.
    #[error("{what} was not found in {}", .places.join(", "))]
    NotFound {
        /// Component, maybe with a version.
        what: String,
        /// The places, with a word on those that do not exist.
        places: Vec<String>,
    },
    /// A place could not be read, so it may be there.
    #[error("{what} could not be looked up: {source}{}", not_in(.absent))]
    Unreadable {
        /// Component, maybe with a version.
        what: String,
        /// What happened.
        #[source]
        source: RepositoryError,
        /// The places that do not have it.
        absent: Vec<String>,
    },
}

fn not_in(absent: &[String]) -> String {
    match absent {
        [] => String::new(),
        _ => format!("; it is not in {}", absent.join(", ")),
    }
}

impl LookupError {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } => Some(
                "publish it there first, or name the place where it is under `sources` in plugyard.yaml".to_owned(),
            ),
            Self::Unreadable { source, .. } => source.hint(),
        }
    }
}

impl Lookup {
    /// Looks in these places; one that is named twice is looked at once.
    pub fn new(specs: impl IntoIterator<Item = RepositorySpec>, http: &Http) -> Self {
        let mut places: Vec<Place> = Vec::new();
        for spec in specs {
            if places.iter().all(|place| place.spec != spec) {
                places.push(Place {
                    spec,
                    opened: OnceLock::new(),
                });
            }
        }
        Self {
            http: http.clone(),
            places,
        }
    }

    /// Finds a component version, and the place that has it.
    ///
    /// A look-up of something `pinned` also goes on where a registry refuses us, as some do for
    /// what does not exist: the digest makes any place safe.
    ///
    /// # Errors
    /// No place has it, or one could not be read.
    pub async fn find(
        &self,
        component: &str,
        version: &str,
        pinned: bool,
    ) -> Result<(&Repository, ComponentVersion), LookupError> {
        let what = || format!("{component}:{version}");
        let mut refused = None;
        let mut absent = Vec::new();
        for place in &self.places {
            let unreadable = |source| LookupError::Unreadable {
                what: what(),
                source,
                absent: Vec::new(),
            };
            let Some(repository) = place.open(&self.http).map_err(unreadable)? else {
                absent.push(place.spec.to_string());
                continue;
            };
            match repository.get(component, version, None).await {
                Ok(Some(found)) => return Ok((repository, found)),
                Ok(None) => absent.push(place.spec.to_string()),
                Err(error) if pinned && error.is_denied() => {
                    refused = refused.or(Some(error));
                }
                Err(error) => return Err(unreadable(error)),
            }
        }
        match refused {
            Some(source) => Err(LookupError::Unreadable {
                what: what(),
                source,
                absent,
            }),
            None => Err(self.not_found(what())),
        }
    }

    /// Lists the versions of a component in the first place that has any.
    ///
    /// # Errors
    /// No place has any, or one could not be read.
    pub async fn versions(&self, component: &str) -> Result<Vec<Version>, LookupError> {
        for place in &self.places {
            let unreadable = |source| LookupError::Unreadable {
                what: component.to_owned(),
                source,
                absent: Vec::new(),
            };
            let Some(repository) = place.open(&self.http).map_err(unreadable)? else {
                continue;
            };
            let versions = repository.versions(component).await.map_err(unreadable)?;
            if !versions.is_empty() {
                return Ok(versions);
            }
        }
        Err(self.not_found(component.to_owned()))
    }

    fn not_found(&self, what: String) -> LookupError {
        let absent = |place: &Place| matches!(place.opened.get(), Some(None));
        LookupError::NotFound {
            what,
            places: self
                .places
                .iter()
                .map(|place| {
                    let note = if absent(place) {
                        " (there is no archive)"
                    } else {
                        ""
                    };
                    format!("{}{note}", place.spec)
                })
                .collect(),
        }
    }
}

impl Place {
    fn open(&self, http: &Http) -> Result<Option<&Repository>, RepositoryError> {
        if self.opened.get().is_none() {
            let opened = Repository::open_if_there(&self.spec, http)?;
            // Another task may have been faster; its result is as good.
            let _ = self.opened.set(opened);
        }
        Ok(self.opened.get().and_then(Option::as_ref))
    }
}
