//! `plugyard bump`

use std::process::ExitCode;

use ocm::version::Part;
use registry::version_class::VersionClass;

use super::change_output;
use super::workspace::Workspace;
use crate::args::{Bump, VersionPart};
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: &Bump,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let workspace = Workspace::read(&arguments.files, None, report, network)?;
    let part = arguments.part.map(|part| match part {
        VersionPart::Patch => Part::Patch,
        VersionPart::Minor => Part::Minor,
        VersionPart::Major => Part::Major,
    });
    let change = workspace.keeper().bump(part).await?;
    if change.class != VersionClass::Major {
        for reason in &change.reasons {
            report.note(reason);
        }
    }
    if change.from == change.to {
        let why = match change.class {
            VersionClass::None => "nothing changed since the latest published version".to_owned(),
            class => format!("that version already covers a {} change", class.word()),
        };
        report.note(format_args!("the registry stays at {}: {why}", change.to));
    }
    change_output::write(&change, std::iter::empty(), &workspace.source, report)
}
