//! Which repositories and registries a command is about.

use std::path::Path;

use oci::Http;
use ocm::constructor::Finding;
use ocm::{ComponentRef, Lookup, Repository, RepositorySpec, Version};
use registry::policy::{self, Policy};

use crate::args::{Place, Registries};
use crate::environment;
use crate::network::Network;
use crate::report::{Failure, File, Kind, Report};

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
    let text = match fs_err::read_to_string(path) {
        Ok(text) => text,
        Err(error)
            if error.kind() == std::io::ErrorKind::NotFound
                && path == Path::new("plugyard.yaml") =>
        {
            return Ok(Policy::default());
        }
        Err(error) => return Err(error.into()),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    policy::Policy::parse(&text, folder).map_err(|findings| {
        let file = File {
            path: &path.display().to_string(),
            text: &text,
        };
        let findings = findings.into_iter().map(|finding| Finding {
            span: finding.span,
            message: finding.message,
            help: finding.help,
        });
        let findings: Vec<Finding> = findings.collect();
        report.findings(Kind::Error, &file, &findings);
        Failure::told()
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

/// Opens the repository of a reference and finds the version that is meant: the one it names,
/// else the highest stable one.
pub(crate) async fn open(
    reference: &ComponentRef,
    http: &Http,
) -> Result<(Repository, ocm::ComponentVersion, String), Failure> {
    let repository = Repository::open(&reference.repository, http)?;
    let mut gone = Vec::new();
    let version = loop {
        let version = match &reference.version {
            Some(version) => version.clone(),
            None => choose(&repository, reference, &gone).await?,
        };
        let found = repository
            .get(&reference.component, version.as_str(), reference.digest)
            .await?;
        if let Some(found) = found {
            return Ok((repository, found, version.to_string()));
        }
        if reference.version.is_some() || reference.digest.is_some() {
            break version;
        }
        // Some registries list a tag a moment before it points at anything.
        gone.push(version);
    };
    let versions = repository.versions(&reference.component).await?;
    let hint = match ocm::version::latest(&versions) {
        Some(latest) => format!("the latest version is {latest}"),
        None => "no version of it is published there".to_owned(),
    };
    Err(Failure::new(
        format_args!(
            "{}: {}:{version} does not exist",
            reference.repository, reference.component
        ),
        Some(hint),
    )
    .negative())
}

/// The version that is meant where none is named: the one that the pin is of, else the latest
/// that is not known to be `gone`.
async fn choose(
    repository: &Repository,
    reference: &ComponentRef,
    gone: &[Version],
) -> Result<Version, Failure> {
    let component = &reference.component;
    let mut versions = repository.versions(component).await?;
    versions.retain(|version| !gone.contains(version));
    if let Some(pin) = reference.digest {
        for version in &versions {
            let found = repository.resolve(component, version.as_str()).await?;
            if found.is_some_and(|found| found.digest == pin) {
                return Ok(version.clone());
            }
        }
    }
    ocm::version::latest(&versions).cloned().ok_or_else(|| {
        Failure::new(
            format_args!(
                "{}: no version of {component} is published",
                repository.spec()
            ),
            Some("check the spelling of the component and the repository".to_owned()),
        )
        .negative()
    })
}
