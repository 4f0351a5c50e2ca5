//! `plugyard plugin publish`

use std::process::ExitCode;

use keeper::plugin_release::Release;
use oci::Http;

use crate::args::PluginPublish;
use crate::output;
use crate::report::{Failure, Report};
use crate::repositories::Repositories;

pub(crate) async fn run(
    arguments: PluginPublish,
    report: &Report,
    http: &Http,
) -> Result<ExitCode, Failure> {
    let repositories = Repositories::new(&arguments.location, report)?;
    let mut release = Release {
        component: arguments.name,
        version: arguments.release,
        programs: arguments.programs,
        provider: arguments.provider,
        description: arguments.description,
        capabilities: arguments.capabilities,
    };
    let capabilities = release.check()?;
    for warning in release.warning().iter().chain(&capabilities.warnings) {
        report.warning(warning);
    }
    let publication = release
        .publish(
            &capabilities,
            &repositories.repository,
            http,
            arguments.dry_run,
            report,
        )
        .await?;
    report.publication(&publication);
    output::publication(&publication, arguments.output)?;
    Ok(ExitCode::SUCCESS)
}
