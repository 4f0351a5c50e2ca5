//! The repositories and registries a command works on.

use std::path::Path;

use keeper::check::known_rules;
use keeper::policy::Policy;
use oci::Http;
use ocm::yaml::Limits;
use ocm::{ComponentRef, Descriptor, Diagnostic, Lookup, Repository, RepositorySpec};
use registry::Locations;
use registry::registries::{self, ReferencesError};

use crate::args::{Location, Registries};
use crate::environment;
use crate::network::Network;
use crate::report::{Failure, File, Kind, Report};
use crate::source;

/// The default repository: an archive on disk, so that trying Plugyard needs no server.
const DEFAULT: &str = "./transport-archive";

/// Where components are published, and where else plugins are looked up.
#[derive(Debug)]
pub(crate) struct Repositories {
    pub(crate) repository: RepositorySpec,
    pub(crate) sources: Vec<RepositorySpec>,
    pub(crate) policy: Policy,
}

impl Repositories {
    /// `-r`, else `repository` of plugyard.yaml, else the default.
    pub(crate) fn new(location: &Location, report: &Report) -> Result<Self, Failure> {
        let policy = read_policy(&location.policy, report)?;
        let repository = location
            .repository
            .clone()
            .or_else(|| policy.repository.clone())
            .unwrap_or_else(|| RepositorySpec::ctf(DEFAULT));
        report.detail(format_args!("components are published to {repository}"));
        Ok(Self {
            repository,
            sources: policy.sources.clone(),
            policy,
        })
    }

    /// The repositories for a change that the policy of another revision judges: plugins are looked
    /// up where that policy says, so that the change cannot bring its own. Without such a policy,
    /// the change's own repository is used, but not its sources.
    pub(crate) fn judged_by(self, location: &Location, base: Option<&Policy>) -> Self {
        let repository = match (&location.repository, base) {
            (Some(named), _) => named.clone(),
            (None, None) => self.repository,
            (None, Some(base)) => {
                let repository = base.repository.clone();
                repository.unwrap_or_else(|| RepositorySpec::ctf(DEFAULT))
            }
        };
        Self {
            repository,
            sources: base.map_or_else(Vec::new, |base| base.sources.clone()),
            policy: self.policy,
        }
    }

    /// Opens the repository that components are published to, if there is one.
    pub(crate) fn published(&self, http: &Http) -> Result<Option<Repository>, Failure> {
        Ok(Repository::open_if_there(&self.repository, http)?)
    }

    /// Looks for plugins in `first`, then where components are published, then in the sources, then
    /// where the resolvers of the user's configuration lead.
    pub(crate) fn lookup(&self, first: Option<&RepositorySpec>, network: &Network) -> Lookup {
        let specs = first
            .into_iter()
            .chain([&self.repository])
            .chain(&self.sources);
        Lookup::new(specs.cloned(), &network.http).with_resolvers(network.resolvers())
    }
}

fn read_policy(path: &Path, report: &Report) -> Result<Policy, Failure> {
    if path == Path::new("plugyard.yaml") && matches!(path.try_exists(), Ok(false)) {
        return Ok(Policy::default());
    }
    let hint = "check the path and its permissions, or name another file with -p";
    let text = source::text(path, Limits::constructor(), hint)?;
    let name = path.display().to_string();
    let policy = Policy::parse(&text, folder_of(path), &known_rules());
    policy.map_err(|findings| refused(&name, &text, &findings, report))
}

/// Reads the text that a policy had at `path` in an earlier revision; `name` is its name in
/// messages.
pub(crate) fn earlier_policy(
    text: &str,
    path: &Path,
    name: &str,
    report: &Report,
) -> Result<Policy, Failure> {
    let policy = Policy::parse_earlier(text, folder_of(path), &known_rules());
    policy.map_err(|findings| refused(name, text, &findings, report))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn refused(name: &str, text: &str, findings: &[Diagnostic], report: &Report) -> Failure {
    let file = File { path: name, text };
    report.findings(Kind::Error, &file, findings);
    Failure::reported()
}

/// Looks for the plugins of a registry that was read from `repository`.
pub(crate) fn lookup_of(
    registry: &Descriptor,
    repository: &RepositorySpec,
    report: &Report,
    network: &Network,
) -> Lookup {
    let locations = Locations::new(registry.component.labels(), repository);
    for unused in &locations.unused {
        report.warning(unused);
    }
    locations
        .lookup(&network.http)
        .with_resolvers(network.resolvers())
}

/// The registries to read: the flags, else the environment, else the user's configuration.
pub(crate) fn registries(
    registries: &Registries,
    network: &Network,
) -> Result<Vec<ComponentRef>, Failure> {
    let environment = environment::variable(environment::REGISTRY);
    let configured = || network.registries();
    registries::references(&registries.references, environment.as_deref(), configured).map_err(
        |error| match error {
            ReferencesError::Configuration(failure) => failure,
            ReferencesError::Environment(error) => Failure::usage(
                format_args!("{}: {error}", environment::REGISTRY),
                error.hint(),
            ),
            ReferencesError::None => Failure::usage(
                "no registry is named",
                "use --registry REF or set PLUGYARD_REGISTRY, for instance to ./transport-archive//acme.org/plugin-registry",
            ),
        },
    )
}
