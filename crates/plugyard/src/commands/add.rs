//! `plugyard add`

use std::process::ExitCode;

use registry::change::{self, Addition};

use super::change_output;
use crate::args::Add;
use crate::network::Network;
use crate::places::Places;
use crate::report::{Failure, Report};
use crate::source::Source;

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
    let files = &arguments.change.files;
    let places = Places::new(&files.place, report)?;
    let source = Source::read(&files.constructor)?;
    let constructor = source.constructor(report)?;
    let lookup = places.lookup(arguments.from.as_ref(), network);
    let published = places.published(&network.http)?;
    let additions: Vec<_> = arguments
        .components
        .iter()
        .map(|(component, version)| Addition {
            component,
            version: version.as_ref(),
            name: arguments.name.as_deref(),
        })
        .collect();
    let change = change::add(
        &source.text,
        &constructor,
        &additions,
        arguments.pre,
        &lookup,
        published.as_ref(),
    )
    .await?;
    change_output::finish(&change, &source, &arguments.change, report)
}
