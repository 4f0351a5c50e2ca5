//! `plugyard update`

use std::process::ExitCode;
use std::time::Duration;

use keeper::change::{self, Change, Release};
use ocm::version::Part;

use super::change_output;
use super::workspace::Workspace;
use crate::args::{Reach, Update};
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: Update,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let is_release = arguments.to.is_some() || arguments.component.is_some();
    if is_release && arguments.names.len() != 1 {
        return Err(Failure::usage(
            "--to and --component need exactly one NAME",
            "name the plugin that the version is of",
        ));
    }
    let mut workspace = Workspace::read(&arguments.change.files, None, report, network)?;
    let change = if is_release {
        let release = Release {
            name: &arguments.names[0],
            component: arguments.component.as_deref(),
            version: arguments.to.as_ref(),
            pre: arguments.pre,
        };
        let wait = arguments.wait.unwrap_or_default();
        patiently(&release, wait, &mut workspace, report, network).await?
    } else {
        let update = change::Update {
            names: &arguments.names,
            only: arguments.only.map(|reach| match reach {
                Reach::Patch => Part::Patch,
                Reach::Minor => Part::Minor,
            }),
            pre: arguments.pre,
            repin: arguments.repin,
            jobs: arguments.jobs,
        };
        workspace.keeper().update(&update).await?
    };
    change_output::finish(&change, &workspace.source, &arguments.change, report)
}

/// Takes a release; tries again while its version is not found and there is time left.
async fn patiently(
    release: &Release<'_>,
    wait: Duration,
    workspace: &mut Workspace,
    report: &Report,
    network: &Network,
) -> Result<Change, Failure> {
    for pause in change::pauses(wait) {
        match workspace.keeper().release(release).await {
            Err(error) if error.is_absence() => report.note(format_args!(
                "{error}; trying again in {} s",
                pause.as_secs_f32().ceil()
            )),
            outcome => return Ok(outcome?),
        }
        tokio::time::sleep(pause).await;
        workspace.look_again(network);
    }
    Ok(workspace.keeper().release(release).await?)
}
