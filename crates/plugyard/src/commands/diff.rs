//! `plugyard diff`

use std::process::ExitCode;

use keeper::comparison::{Comparison, Operand};
use keeper::sizes::{self, Sizes};

use super::diff_output::{self, Shown};
use super::operand::OperandSource;
use crate::args::{self, ChangeOutput};
use crate::network::Network;
use crate::output;
use crate::report::{FINDINGS, Failure, Report};
use crate::repositories::Repositories;

pub(crate) async fn run(
    arguments: args::Diff,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let repositories = Repositories::new(&arguments.files.location, report)?;
    let file = &arguments.files.constructor;
    let old = arguments.old.as_deref();
    let old = old.map(OperandSource::parse).transpose()?;
    let new = match arguments.new.as_deref() {
        Some(text) => OperandSource::parse(text)?,
        None => OperandSource::File(file.clone()),
    };
    let first = new
        .repository()
        .or(old.as_ref().and_then(OperandSource::repository));
    let lookup = repositories.lookup(first, network);
    let after = new.read(file, None, report, network).await?;
    let name = &after.content.name;
    let before = if let Some(operand) = &old {
        operand.read(file, Some(name), report, network).await?
    } else {
        let published = repositories.published(&network.http)?;
        Operand::latest(name, published, &repositories.repository, report).await?
    };
    let comparison = Comparison::new(before, after).await?;
    let sizes = match arguments.output {
        ChangeOutput::Json => Sizes::default(),
        _ => sizes::of(&comparison, &lookup).await?,
    };
    let shown = Shown {
        comparison: &comparison,
        sizes: &sizes,
    };
    match arguments.output {
        ChangeOutput::Json => output::json(&comparison.diff)?,
        ChangeOutput::Markdown => output::text(&diff_output::markdown(&shown))?,
        ChangeOutput::Text => output::text(&diff_output::text(&shown))?,
    }
    if arguments.exit_code && !comparison.diff.is_empty() {
        return Ok(ExitCode::from(FINDINGS));
    }
    Ok(ExitCode::SUCCESS)
}
