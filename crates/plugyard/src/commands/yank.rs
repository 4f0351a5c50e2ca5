//! `plugyard yank`

use std::process::ExitCode;

use super::change_output;
use super::workspace::Workspace;
use crate::args::Yank;
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: Yank,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let workspace = Workspace::read(&arguments.files, None, report, network)?;
    let (name, version) = &arguments.entry;
    let instead = arguments.instead.as_ref();
    let change = workspace
        .keeper()
        .yank(
            name,
            version.as_ref(),
            &arguments.reason,
            instead.map(|(name, version)| (name.as_str(), version.as_ref())),
        )
        .await?;
    if change.changes.is_empty() {
        report.note("already yanked for this reason");
    }
    let entries = change.changes.iter();
    let actions = entries.map(|entry| format!("yanked {}@{}", entry.name, entry.new));
    change_output::write(&change, actions, &workspace.source, report)
}
