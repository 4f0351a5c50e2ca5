//! `plugyard update`

use std::process::ExitCode;

use keeper::change;
use ocm::version::Part;

use super::change_output;
use super::kept::Kept;
use crate::args::{Reach, Update};
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: Update,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    if arguments.to.is_some() && arguments.names.len() != 1 {
        return Err(Failure::usage(
            "--to is given, and not one plugin",
            "name the one plugin that is to go to this version",
        ));
    }
    let kept = Kept::read(&arguments.change.files, None, report, network)?;
    let update = change::Update {
        names: &arguments.names,
        to: arguments.to.as_ref(),
        only: arguments.only.map(|reach| match reach {
            Reach::Patch => Part::Patch,
            Reach::Minor => Part::Minor,
        }),
        pre: arguments.pre,
        repin: arguments.repin,
        jobs: arguments.jobs,
    };
    let change = kept.keeper().update(&update).await?;
    change_output::finish(&change, &kept.source, &arguments.change, report)
}
