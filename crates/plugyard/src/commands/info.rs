//! `plugyard info`

use std::process::ExitCode;

use ocm::{Lookup, RepositorySpec};
use registry::information::{self, Information, InformationError};
use registry::labels::RegistryLabel;

use crate::args::{DocumentOutput, Info};
use crate::network::Network;
use crate::output::{self, Facts};
use crate::places;
use crate::report::Failure;

pub(crate) async fn run(arguments: Info, network: &Network) -> Result<ExitCode, Failure> {
    let (name, version) = &arguments.entry;
    let mut unknown = None;
    for reference in places::registries(&arguments.registries, network)? {
        let (_, found, registry_version) = places::open(&reference, &network.http).await?;
        let registry = found.descriptor()?;
        let sources = RegistryLabel::of(registry.component.labels()).sources;
        let sources = sources
            .iter()
            .filter_map(|text| RepositorySpec::parse(text).ok());
        let lookup = Lookup::new(
            [reference.repository.clone()].into_iter().chain(sources),
            &network.http,
        )
        .with_resolvers(network.resolvers());
        let called = reference.spelled_with(&registry_version);
        match information::information(&registry, &called, name, version.as_ref(), &lookup).await {
            Ok(information) => {
                print(&information, arguments.output)?;
                return Ok(ExitCode::SUCCESS);
            }
            // Another registry may have it.
            Err(
                error
                @ (InformationError::Unknown { .. } | InformationError::UnknownVersion { .. }),
            ) => {
                unknown = unknown.or(Some(error));
            }
            Err(error) => return Err(error.into()),
        }
    }
    match unknown {
        Some(error) => Err(error.into()),
        None => Err(Failure::usage("no registry is named", "use --registry REF")),
    }
}

fn print(information: &Information, form: DocumentOutput) -> std::io::Result<()> {
    match form {
        DocumentOutput::Json => return output::json(information),
        DocumentOutput::Yaml => return output::yaml(information),
        DocumentOutput::Text => {}
    }
    let mut facts = Facts::new();
    facts.add("name", &information.name);
    facts.add("version", &information.version);
    facts.add("description", &information.description);
    if let Some(yanked) = &information.yanked {
        let instead = yanked
            .instead
            .as_ref()
            .map(|instead| format!(" (use {instead})"));
        facts.add(
            "yanked",
            format!("{}{}", yanked.reason, instead.unwrap_or_default()),
        );
    }
    if information.moving {
        facts.add(
            "moving",
            "yes: this version is published again with other content",
        );
    }
    facts.add(
        "category",
        information.category.as_deref().unwrap_or_default(),
    );
    for capability in &information.capabilities {
        let types = capability.types.join(", ");
        facts.add("capabilities", format!("{}: {types}", capability.kind));
    }
    for program in &information.platforms {
        let size = program
            .size
            .map(|size| format!("  {size} bytes"))
            .unwrap_or_default();
        let digest = program.digest.as_ref().map(|digest| format!("  {digest}"));
        facts.add(
            "platforms",
            format!(
                "{}/{}{size}{}",
                program.os,
                program.architecture,
                digest.unwrap_or_default()
            ),
        );
    }
    facts.add("component", &information.component);
    facts.add("digest", &information.digest);
    facts.add("registry", &information.registry);
    facts.add("registry digest", &information.registry_digest);
    facts.add("versions", information.versions.join(", "));
    facts.print()
}
