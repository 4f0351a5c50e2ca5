//! `plugyard remove`

use std::process::ExitCode;

use super::change_output;
use super::workspace::Workspace;
use crate::args::Remove;
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: Remove,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let workspace = Workspace::read(&arguments.files, None, report, network)?;
    let (name, version) = &arguments.entry;
    let change = workspace
        .keeper()
        .remove(name, version.as_ref(), &arguments.reason)
        .await?;
    let actions = change.pruned.iter().map(|entry| format!("removed {entry}"));
    change_output::write(&change, actions, &workspace.source, report)
}
