//! The files of a registry repository, and the repositories they refer to.

use keeper::change::Keeper;
use ocm::constructor::Constructor;
use ocm::{Lookup, Repository, RepositorySpec};

use crate::args::Files;
use crate::network::Network;
use crate::report::{Failure, Report};
use crate::repositories::Repositories;
use crate::source::Source;

/// Everything that a command needs to change a registry.
pub(super) struct Workspace {
    pub(super) source: Source,
    repositories: Repositories,
    constructor: Constructor,
    lookup: Lookup,
    published: Option<Repository>,
}

impl Workspace {
    /// Reads the files; `first` is where plugins are looked up first.
    pub(super) fn read(
        files: &Files,
        first: Option<&RepositorySpec>,
        report: &Report,
        network: &Network,
    ) -> Result<Self, Failure> {
        let repositories = Repositories::new(&files.location, report)?;
        let source = Source::read(&files.constructor)?;
        let constructor = source.constructor(report)?.without_document();
        let lookup = repositories.lookup(first, network);
        let published = repositories.published(&network.http)?;
        Ok(Self {
            source,
            repositories,
            constructor,
            lookup,
            published,
        })
    }

    /// Forgets where plugins were found: a local archive is otherwise read once.
    pub(super) fn look_again(&mut self, network: &Network) {
        self.lookup = self.repositories.lookup(None, network);
    }

    pub(super) fn keeper(&self) -> Keeper<'_> {
        Keeper {
            text: &self.source.text,
            folder: self.source.folder(),
            constructor: &self.constructor,
            policy: &self.repositories.policy,
            lookup: &self.lookup,
            published: self.published.as_ref(),
        }
    }
}
