//! `plugyard bump`

use std::process::ExitCode;

use ocm::version::Part;
use registry::version_class::VersionClass;

use super::change_output;
use super::kept::Kept;
use crate::args::{Bump, VersionPart};
use crate::network::Network;
use crate::report::{Failure, Report};

pub(crate) async fn run(
    arguments: &Bump,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let kept = Kept::read(&arguments.files, None, report, network)?;
    let part = arguments.part.map(|part| match part {
        VersionPart::Patch => Part::Patch,
        VersionPart::Minor => Part::Minor,
        VersionPart::Major => Part::Major,
    });
    let change = kept.keeper().bump(part).await?;
    if change.class != VersionClass::Major {
        for reason in &change.reasons {
            report.note(reason);
        }
    }
    if change.from == change.to {
        let why = match change.class {
            VersionClass::None => "nothing changed since a version was published".to_owned(),
            class => format!("it is enough for a {} change", class.word()),
        };
        report.note(format_args!("the registry stays at {}: {why}", change.to));
    }
    change_output::write(&change, std::iter::empty(), &kept.source, report)
}
