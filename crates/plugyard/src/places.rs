//! Which repositories and registries a command is about.

use std::path::Path;

use keeper::check::known_rules;
use keeper::policy::Policy;
use oci::Http;
use ocm::yaml::Limits;
use ocm::{
    ComponentName, ComponentRef, ComponentVersionId, Lookup, Repository, RepositorySpec, Version,
};

use crate::args::{Place, Registries};
use crate::environment;
use crate::network::Network;
use crate::report::{Failure, File, Kind, Report};
use crate::source;

/// Where components are published if nobody says otherwise: nothing has to run to try anything.
const DEFAULT: &str = "./transport-archive";

/// Where components are published, and where else plugins are.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) repository: RepositorySpec,
    pub(crate) sources: Vec<RepositorySpec>,
    pub(crate) policy: Policy,
}

impl Places {
    /// `-r`, else `repository` of plugyard.yaml, else the default.
    pub(crate) fn new(place: &Place, report: &Report) -> Result<Self, Failure> {
        let policy = read_policy(&place.policy, report)?;
        let repository = place
            .repository
            .clone()
            .or_else(|| policy.repository.clone())
            .unwrap_or_else(|| RepositorySpec::ctf(DEFAULT));
        report.detail(format_args!("components are published in {repository}"));
        Ok(Self {
            repository,
            sources: policy.sources.clone(),
            policy,
        })
    }

    /// Opens the place where components are published, if there is one.
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
    let hint = "see that it is a file you may read, or name another one with -p";
    let text = source::text(path, Limits::constructor(), hint)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Policy::parse(&text, folder, &known_rules()).map_err(|findings| {
        let file = File {
            path: &path.display().to_string(),
            text: &text,
        };
        report.findings(Kind::Error, &file, &findings);
        Failure::reported()
    })
}

/// The registries to read: the flags, else the environment, else the user's configuration.
pub(crate) fn registries(
    registries: &Registries,
    network: &Network,
) -> Result<Vec<ComponentRef>, Failure> {
    if !registries.references.is_empty() {
        return Ok(registries.references.clone());
    }
    let Some(text) = environment::variable(environment::REGISTRY) else {
        let configured = network.registries()?;
        if !configured.is_empty() {
            return Ok(configured);
        }
        return Err(Failure::usage(
            "no registry is named",
            "use --registry REF or set PLUGYARD_REGISTRY, for instance to ./transport-archive//acme.org/plugin-registry",
        ));
    };
    text.split(',')
        .map(|part| {
            part.trim()
                .parse()
                .map_err(|error: ocm::component_ref::InvalidRef| {
                    Failure::usage(
                        format_args!("{}: {error}", environment::REGISTRY),
                        error.hint(),
                    )
                })
        })
        .collect()
}

/// Opens the repository of a reference and finds the version that is meant: the one it names, or
/// that its pin is of, else the highest stable one.
pub(crate) async fn open(
    reference: &ComponentRef,
    http: &Http,
) -> Result<(Repository, ocm::ComponentVersion, String), Failure> {
    let repository = Repository::open(&reference.repository, http)?;
    let component = &reference.component;
    let version = if let Some(version) = &reference.version {
        version.clone()
    } else {
        let mut versions = repository.versions(component).await?;
        let pinned = match reference.digest {
            Some(pin) => pinned(&repository, component, pin, &versions).await?,
            None => None,
        };
        if let Some(version) = pinned {
            version
        } else if reference.digest.is_some() {
            // The error tells what it is instead.
            let latest = ocm::version::latest(&versions).cloned();
            latest.ok_or_else(|| unpublished(&repository, component))?
        } else {
            let latest = repository.latest_of(component, &mut versions).await?;
            let (version, found) = latest.ok_or_else(|| unpublished(&repository, component))?;
            return Ok((repository, found, version.to_string()));
        }
    };
    let id = ComponentVersionId::new(component.clone(), version.clone());
    let found = repository.get(&id, reference.digest).await?;
    if let Some(found) = found {
        return Ok((repository, found, version.to_string()));
    }
    let versions = repository.versions(component).await?;
    let hint = match ocm::version::latest(&versions) {
        Some(latest) => format!("the latest version is {latest}"),
        None => "no version of it is published there".to_owned(),
    };
    Err(Failure::mismatch(
        format_args!("{}: {id} does not exist", reference.repository),
        Some(hint),
    ))
}

/// The version that a pin is of, if it is one of these.
async fn pinned(
    repository: &Repository,
    component: &ComponentName,
    pin: oci::Digest,
    versions: &[Version],
) -> Result<Option<Version>, Failure> {
    for version in versions {
        let id = ComponentVersionId::new(component.clone(), version.clone());
        let found = repository.resolve(&id).await?;
        if found.is_some_and(|found| found.digest == pin) {
            return Ok(Some(version.clone()));
        }
    }
    Ok(None)
}

fn unpublished(repository: &Repository, component: &str) -> Failure {
    Failure::mismatch(
        format_args!(
            "{}: no version of {component} is published",
            repository.spec()
        ),
        Some("check the spelling of the component and the repository".to_owned()),
    )
}
