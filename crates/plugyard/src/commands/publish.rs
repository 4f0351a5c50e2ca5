//! `plugyard publish`

use std::process::ExitCode;

use keeper::publish::{self, Pins, Refusal, Request};
use ocm::constructor::Form;

use crate::args::{PlainOutput, Publish};
use crate::network::Network;
use crate::output;
use crate::report::{Failure, Kind, Report};
use crate::repositories::Repositories;
use crate::source::Source;

pub(crate) async fn run(
    arguments: Publish,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let repositories = Repositories::new(&arguments.files.location, report)?;
    let source = Source::read(&arguments.files.constructor)?;
    let constructor = source.constructor(report)?;
    let lookup = repositories.lookup(None, network);
    let request = Request {
        constructor: &constructor,
        folder: source.folder(),
        repository: &repositories.repository,
        http: &network.http,
        lookup: &lookup,
        first: arguments.first,
        dry_run: arguments.dry_run,
        expect: arguments.expect.as_ref(),
        pins: Pins::Required,
    };
    let outcome = publish::publish(&request, report).await;
    let publications = match outcome {
        Ok(publications) => publications,
        Err(Refusal::Entries(findings)) => {
            source.show(Kind::Error, &findings, report);
            return Err(Failure::reported());
        }
        Err(error) => return Err(error.into()),
    };
    for publication in &publications {
        report.publication(publication);
    }
    match (constructor.form, arguments.output) {
        (Form::List, PlainOutput::Json) => output::json(&publications)?,
        _ => {
            for publication in &publications {
                output::publication(publication, arguments.output)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
