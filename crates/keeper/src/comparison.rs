//! Comparing two versions of a registry, wherever each of them is read from.

use std::path::Path;

use oci::Reporter;
use ocm::constructor::Constructor;
use ocm::{Descriptor, Repository, RepositorySpec, Version};
use registry::diff::{Content, Diff, diff};
use registry::version_class::VersionClass;

use crate::change::{ChangeError, UnpublishedChanges, component_name, latest_version};
use crate::{content, root};

/// One of the two versions.
#[derive(Debug)]
pub struct Operand {
    /// What it contains.
    pub content: Content,
    /// The repository it was read from; absent for a constructor, and where nothing is published.
    pub repository: Option<Repository>,
}

impl Operand {
    /// A published version.
    pub fn published(repository: Repository, descriptor: &Descriptor) -> Self {
        Self {
            content: Content::of_descriptor(descriptor),
            repository: Some(repository),
        }
    }

    /// The latest published version of the registry `name`. Where none is published, which the
    /// reporter gets a note, everything in the other operand is new.
    ///
    /// # Errors
    /// A version that is listed cannot be read.
    pub async fn latest(
        name: &str,
        repository: Option<Repository>,
        spec: &RepositorySpec,
        reporter: &dyn Reporter,
    ) -> Result<Self, ChangeError> {
        if let Some(repository) = repository {
            let mut versions = repository.versions(&component_name(name)?).await?;
            let latest = latest_version(&repository, name, &mut versions).await?;
            if let Some((_, content)) = latest {
                return Ok(Self {
                    content,
                    repository: Some(repository),
                });
            }
        }
        reporter.note(&format!("no version of {name} is published in {spec} yet"));
        Ok(Self {
            content: Content::nothing(name),
            repository: None,
        })
    }

    /// A constructor with the inputs in its directory. If they cannot be read, they are not
    /// compared, which the reporter gets a note about.
    ///
    /// # Errors
    /// It is not clear which component is the registry.
    pub fn in_folder(
        constructor: &Constructor,
        folder: &Path,
        reporter: &dyn Reporter,
    ) -> Result<Self, ChangeError> {
        match content::of_folder(root::registry(constructor)?, folder) {
            Ok(content) => Ok(Self {
                content,
                repository: None,
            }),
            Err(error) => {
                reporter.warning(&format!("inputs are not compared: {error}"));
                Self::without_inputs(constructor)
            }
        }
    }

    /// A constructor that is not on disk, so that its inputs cannot be compared.
    ///
    /// # Errors
    /// It is not clear which component is the registry.
    pub fn without_inputs(constructor: &Constructor) -> Result<Self, ChangeError> {
        Ok(Self {
            content: content::of_constructor(root::registry(constructor)?),
            repository: None,
        })
    }
}

/// Two versions and what differs.
#[derive(Debug)]
pub struct Comparison {
    /// The version before.
    pub old: Operand,
    /// The version after.
    pub new: Operand,
    /// What differs. A loss is a rollback, and so a patch, where the version published before the
    /// old one lacked it as well; that is only known of a published old version.
    pub diff: Diff,
}

impl Comparison {
    /// Compares two versions.
    ///
    /// # Errors
    /// The version published before the old one cannot be read.
    pub async fn new(old: Operand, new: Operand) -> Result<Self, ChangeError> {
        let version = Version::parse(&old.content.version).ok();
        let difference = match (&old.repository, version) {
            (Some(repository), Some(version)) => {
                let versions = repository
                    .versions(&component_name(&old.content.name)?)
                    .await?;
                let before = old.content.clone();
                let changes = UnpublishedChanges::since(
                    repository,
                    &versions,
                    &version,
                    before,
                    &new.content,
                );
                changes.await?.diff
            }
            _ => diff(&old.content, &new.content, None),
        };
        Ok(Self {
            old,
            new,
            diff: difference,
        })
    }

    /// The lowest version that the new side may have; absent if one of the two versions is not a
    /// semantic version, as that of a registry of which nothing is published.
    pub fn required_version(&self) -> Option<Version> {
        let old = Version::parse(&self.old.content.version).ok()?;
        let new = Version::parse(&self.new.content.version).ok()?;
        Some(match self.diff.class {
            VersionClass::None => old,
            class => class.raise(&new, Some(&old)),
        })
    }

    /// Whether the new side's version is at least the required one; absent as that one.
    pub fn is_version_high_enough(&self) -> Option<bool> {
        let new = Version::parse(&self.new.content.version).ok()?;
        Some(new.precedence(&self.required_version()?).is_ge())
    }
}
