//! What a registry is compared with: the latest published version, or what is named instead.

use ocm::{ComponentRef, Repository, RepositoryError, Version};

use super::Trouble;
use crate::diff::Content;
use crate::pre_release;

/// What to compare with.
#[derive(Clone, Debug)]
pub enum Against {
    /// The latest version in the place where the registry is published.
    Latest,
    /// A published version.
    Reference(ComponentRef),
    /// The text of a constructor from elsewhere, such as an earlier revision.
    Text {
        /// What it is called in messages.
        name: String,
        /// The text; nothing, if there was no constructor yet.
        text: Option<String>,
    },
}

/// What a registry is compared with.
#[derive(Debug)]
pub(super) enum Baseline {
    /// Nothing is published yet.
    None,
    /// A version of the registry.
    Known(Box<Published>),
    /// It could not be read.
    Unknown(Trouble),
}

/// A version of the registry to compare with.
#[derive(Debug)]
pub(super) struct Published {
    /// What it is called in messages.
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) content: Content,
    /// The version that was published before it, if it was needed.
    pub(super) before: Before,
    /// The published pre-release that is in the way of the registry's version.
    pub(super) in_the_way: InTheWay,
}

/// A published pre-release that the version of the registry is not higher than.
#[derive(Debug)]
pub(super) enum InTheWay {
    /// There is none.
    None,
    /// It has a higher version.
    Higher(Version),
    /// It has the same version, and this content.
    Same(Version, Result<Box<Content>, Trouble>),
}

/// The version that was published before the latest one.
#[derive(Debug)]
pub(super) enum Before {
    /// There is none, or nobody needs it.
    None,
    /// It is there, with this version, and was not read.
    There(Version),
    Known(Box<Content>),
    Unknown(Trouble),
}

impl From<RepositoryError> for Trouble {
    fn from(error: RepositoryError) -> Self {
        let help = error.hint();
        Self::new(&error, help)
    }
}

/// Reads the latest published version of a component, for a constructor that has version `ours`.
pub(super) async fn latest(
    repository: Option<&Repository>,
    component: &str,
    ours: &Version,
) -> Baseline {
    let Some(repository) = repository else {
        return Baseline::None;
    };
    let versions = match repository.versions(component).await {
        Ok(versions) => versions,
        Err(error) => return unknown("the published versions", component, error),
    };
    let Some(latest) = ocm::version::latest(&versions) else {
        return Baseline::None;
    };
    let earlier = versions
        .iter()
        .filter(|version| version.precedence(latest).is_lt());
    let before = match ocm::version::latest(earlier) {
        Some(before) => Before::There(before.clone()),
        None => Before::None,
    };
    let mut baseline = read(repository, component, latest, before).await;
    if let Baseline::Known(published) = &mut baseline
        && let Some(other) = pre_release::in_the_way(ours, &versions)
        && !other.same_as(latest)
    {
        published.in_the_way = if other.same_as(ours) {
            let content = content(repository, component, other).await;
            InTheWay::Same(other.clone(), content.map(Box::new))
        } else {
            InTheWay::Higher(other.clone())
        };
    }
    baseline
}

/// Reads a version of a component that is known to be there.
pub(super) async fn read(
    repository: &Repository,
    component: &str,
    version: &Version,
    before: Before,
) -> Baseline {
    match content(repository, component, version).await {
        Ok(content) => Baseline::Known(Box::new(Published {
            name: format!("the published {version}"),
            version: version.clone(),
            content,
            before,
            in_the_way: InTheWay::None,
        })),
        Err(error) => unknown(
            "the published version",
            &format!("{component}:{version}"),
            error,
        ),
    }
}

impl Published {
    /// Reads the version before, if it is there.
    pub(super) async fn read_before(&mut self, repository: &Repository) {
        if let Before::There(version) = &self.before {
            let component = &self.content.name;
            self.before = match content(repository, component, version).await {
                Ok(content) => Before::Known(Box::new(content)),
                Err(error) => Before::Unknown(error),
            };
        }
    }
}

async fn content(
    repository: &Repository,
    component: &str,
    version: &Version,
) -> Result<Content, Trouble> {
    match repository.get(component, version.as_str(), None).await? {
        Some(found) => Ok(Content::of_descriptor(&found.descriptor()?)),
        None => Err(Trouble::new(
            &format_args!("{}: {component}:{version} has gone", repository.spec()),
            None,
        )),
    }
}

fn unknown(what: &str, of: &str, error: impl Into<Trouble>) -> Baseline {
    let trouble = error.into();
    Baseline::Unknown(Trouble {
        message: format!("{what} of {of} could not be read: {}", trouble.message),
        help: trouble.help,
    })
}
