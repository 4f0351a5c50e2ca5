//! `plugyard yank`

use std::process::ExitCode;

use super::change_output;
use super::kept::Kept;
use crate::args::Yank;
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: Yank,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let kept = Kept::read(&arguments.files, None, report, network)?;
    let (name, version) = &arguments.entry;
    let instead = arguments.instead.as_ref();
    let change = kept
        .keeper()
        .yank(
            name,
            version.as_ref(),
            &arguments.reason,
            instead.map(|(name, version)| (name.as_str(), version.as_ref())),
        )
        .await?;
    if change.changes.is_empty() {
        report.note("it is yanked already, for this reason");
    }
    let entries = change.changes.iter();
    let told = entries.map(|entry| format!("yanked {}@{}", entry.name, entry.new));
    change_output::write(&change, told, &kept.source, report)
}
