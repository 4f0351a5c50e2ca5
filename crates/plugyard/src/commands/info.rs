//! `plugyard info`

use std::process::ExitCode;

use registry::information::{Information, information};
use registry::registries;

use crate::args::{DocumentOutput, Info};
use crate::network::Network;
use crate::output::{self, Facts};
use crate::report::{Failure, Report};
use crate::repositories;

pub(crate) async fn run(
    arguments: Info,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let entry = &arguments.entry;
    let references = repositories::registries(&arguments.registries, network)?;
    let found = registries::find_plugin(&references, &network.http, &entry.name).await?;
    for notice in &found.notices {
        report.warning(notice);
    }
    let registry = found.registry;
    let descriptor = registry.descriptor()?;
    let lookup = repositories::lookup_of(&descriptor, registry.repository(), report, network);
    let information = information(&descriptor, registry.name(), entry, &lookup).await?;
    if let Some(withheld) = &information.withheld {
        report.warning(withheld);
    }
    for program in &information.platforms {
        if let Some(reason) = &program.uncovered {
            report.warning(format_args!(
                "the program for {}/{} may be replaced without notice: {reason}",
                program.os, program.architecture
            ));
        }
    }
    print(&information, arguments.output)?;
    Ok(ExitCode::SUCCESS)
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
        facts.add("yanked", yanked.to_string());
    }
    if information.moving {
        facts.add(
            "moving",
            "yes: this version is mutable, so its content may change",
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
