//! Adopting a published registry: which files its repository starts with.

use oci::Reporter;
use ocm::{ComponentRef, Descriptor, Lookup, RepositorySpec};
use registry::Locations;

use super::{NewRegistry, import, policy};
use crate::change::ChangeError;

/// A published registry that is to be kept in a repository.
#[derive(Clone, Copy, Debug)]
pub struct Adoption<'a> {
    /// The published version.
    pub registry: &'a Descriptor,
    /// The reference that it was read from.
    pub from: &'a ComponentRef,
    /// Component name of the kept registry; that of the published one if absent.
    pub name: Option<&'a str>,
    /// Where the kept registry is published; where the published one is, if absent.
    pub repository: Option<&'a RepositorySpec>,
}

impl Adoption<'_> {
    /// Component name of the kept registry.
    pub fn component(&self) -> &str {
        self.name.unwrap_or(&self.registry.component.name)
    }

    /// Where the kept registry is published.
    pub fn repository(&self) -> &RepositorySpec {
        self.repository.unwrap_or(&self.from.repository)
    }

    /// Where else its plugins are: the `sources` of the published registry, and its repository if
    /// the kept one is published elsewhere. What cannot be used is reported.
    pub fn sources(&self, reporter: &dyn Reporter) -> Vec<RepositorySpec> {
        let mut sources = Vec::new();
        if *self.repository() != self.from.repository {
            sources.push(self.from.repository.clone());
        }
        let labels = self.registry.component.labels();
        let locations = Locations::new(labels, &self.from.repository);
        for unused in &locations.unused {
            reporter.warning(unused);
        }
        sources.extend(locations.sources);
        sources
    }

    /// Reads all plugins and writes the first files. `lookup` looks in the given repositories,
    /// in their order, the one of the published registry first. `seen_from_folder` spells a
    /// repository as the files name it.
    ///
    /// # Errors
    /// A plugin was not found, cannot be read, or is not a plugin.
    pub async fn files(
        &self,
        lookup: impl FnOnce(Vec<RepositorySpec>) -> Lookup,
        seen_from_folder: impl Fn(&RepositorySpec) -> RepositorySpec,
        reporter: &dyn Reporter,
    ) -> Result<NewRegistry, ChangeError> {
        let sources = self.sources(reporter);
        let mut repositories = vec![self.from.repository.clone(), self.repository().clone()];
        repositories.extend(sources.iter().cloned());
        let called = self.from.spelled_with(&self.registry.component.version);
        let constructor = import(
            self.registry,
            &called,
            self.name,
            &lookup(repositories),
            reporter,
        )
        .await?;
        let sources: Vec<RepositorySpec> = sources.iter().map(&seen_from_folder).collect();
        let repository = seen_from_folder(self.repository());
        Ok(NewRegistry {
            constructor,
            policy: policy(self.component(), Some(&repository), &sources),
        })
    }
}
