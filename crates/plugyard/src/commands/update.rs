//! `plugyard update`

use std::process::ExitCode;

use registry::change;

use super::change_output;
use crate::args::Update;
use crate::network::Network;
use crate::places::Places;
use crate::report::{Failure, Report};
use crate::source::Source;

pub(crate) async fn run(
    arguments: Update,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    debug_assert!(arguments.repin, "the arguments demand it");
    let files = &arguments.change.files;
    let places = Places::new(&files.place, report)?;
    let source = Source::read(&files.constructor)?;
    let constructor = source.constructor(report)?;
    let published = places.published(&network.http)?;
    let change = change::repin(
        &source.text,
        &constructor,
        &arguments.names,
        &places.lookup(None, network),
        published.as_ref(),
    )
    .await?;
    change_output::finish(&change, &source, &arguments.change, report)
}
