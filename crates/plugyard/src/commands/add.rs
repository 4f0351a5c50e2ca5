//! `plugyard add`

use std::process::ExitCode;

use keeper::change::Addition;

use super::change_output;
use super::kept::Kept;
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
            "--name is given, and several components",
            "add them one after the other",
        ));
    }
    let kept = Kept::read(
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
    let change = kept.keeper().add(&additions, arguments.pre).await?;
    change_output::finish(&change, &kept.source, &arguments.change, report)
}
