//! `plugyard add`

use std::process::ExitCode;

use keeper::change::Addition;

use super::change_output;
use super::workspace::Workspace;
use crate::args::Add;
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: Add,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    if arguments.name.is_some() && arguments.components.len() > 1 {
        return Err(Failure::usage(
            "--name cannot be used with several components",
            "add the components one at a time",
        ));
    }
    let workspace = Workspace::read(
        &arguments.change.files,
        arguments.from.as_ref(),
        report,
        network,
    )?;
    let additions: Vec<_> = arguments
        .components
        .iter()
        .map(|(component, version)| Addition {
            component,
            version: version.as_ref(),
            name: arguments.name.as_deref(),
        })
        .collect();
    let change = workspace.keeper().add(&additions, arguments.pre).await?;
    change_output::finish(&change, &workspace.source, &arguments.change, report)
}
