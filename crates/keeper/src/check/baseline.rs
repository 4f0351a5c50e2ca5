//! What a registry is compared with: the latest published version, or what is named instead.

use ocm::{ComponentRef, Repository, RepositoryError, Version};

use super::Trouble;
use registry::diff::Content;
use registry::pre_release;

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
    /// It is the latest of these, and was not read.
    There(Vec<Version>),
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
    let mut versions = match repository.versions(component).await {
        Ok(versions) => versions,
        Err(error) => return unknown("the published versions", component, error),
    };
    let (version, content) = match latest_of(repository, component, &mut versions).await {
        Ok(Some(latest)) => latest,
        Ok(None) => return Baseline::None,
        Err(error) => return unknown("the latest published version", component, error),
    };
    let in_the_way = match pre_release::in_the_way(ours, &versions) {
        Some(other) if other.same_as(&version) => InTheWay::None,
        Some(other) if other.same_as(ours) => {
            match read(repository, component, other.as_str()).await {
                Ok(None) => InTheWay::None,
                Ok(Some(content)) => InTheWay::Same(other.clone(), Ok(Box::new(content))),
                Err(error) => InTheWay::Same(other.clone(), Err(error)),
            }
        }
        Some(other) => InTheWay::Higher(other.clone()),
        None => InTheWay::None,
    };
    versions.retain(|other| other.precedence(&version).is_lt());
    Baseline::Known(Box::new(Published {
        name: format!("the published {version}"),
        version,
        content,
        before: Before::There(versions),
        in_the_way,
    }))
}

impl Published {
    /// Reads the version before, if it is there.
    pub(super) async fn read_before(&mut self, repository: &Repository) {
        if let Before::There(versions) = &mut self.before {
            let component = &self.content.name;
            self.before = match latest_of(repository, component, versions).await {
                Ok(Some((_, content))) => Before::Known(Box::new(content)),
                Ok(None) => Before::None,
                Err(error) => Before::Unknown(error),
            };
        }
    }
}

/// Reads the latest of these versions that is there; nothing where there are none.
async fn latest_of(
    repository: &Repository,
    component: &str,
    versions: &mut Vec<Version>,
) -> Result<Option<(Version, Content)>, Trouble> {
    if versions.is_empty() {
        return Ok(None);
    }
    match repository.latest_of(component, versions).await? {
        Some((version, found)) => {
            let content = Content::of_descriptor(&found.descriptor()?);
            Ok(Some((version, content)))
        }
        // Nobody shall take it for a registry that is new.
        None => Err(Trouble::new(
            &format_args!(
                "{}: none of the listed versions of {component} is there",
                repository.spec()
            ),
            None,
        )),
    }
}

async fn read(
    repository: &Repository,
    component: &str,
    version: &str,
) -> Result<Option<Content>, Trouble> {
    match repository.get(component, version, None).await? {
        Some(found) => Ok(Some(Content::of_descriptor(&found.descriptor()?))),
        None => Ok(None),
    }
}

fn unknown(what: &str, of: &str, error: impl Into<Trouble>) -> Baseline {
    let trouble = error.into();
    Baseline::Unknown(Trouble {
        message: format!("{what} of {of} could not be read: {}", trouble.message),
        help: trouble.help,
    })
}
