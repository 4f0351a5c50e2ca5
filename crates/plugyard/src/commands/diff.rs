//! `plugyard diff`

use std::process::ExitCode;

use keeper::change::{Since, latest_version};
use keeper::sizes;
use registry::diff::{Content, Diff, diff};

use super::diff_output::{self, Comparison};
use super::side::{Published, Side, Told};
use crate::args::{self, ChangeOutput};
use crate::network::Network;
use crate::output;
use crate::places::Places;
use crate::report::{FINDINGS, Failure, Report};

pub(crate) async fn run(
    arguments: args::Diff,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    let places = Places::new(&arguments.files.place, report)?;
    let file = &arguments.files.constructor;
    let old = arguments.old.as_deref().map(Side::parse).transpose()?;
    let new = match arguments.new.as_deref() {
        Some(text) => Side::parse(text)?,
        None => Side::File(file.clone()),
    };
    let first = new.repository().or(old.as_ref().and_then(Side::repository));
    let lookup = places.lookup(first, network);
    let after = new.read(file, report, network).await?;
    let before = match &old {
        Some(side) => side.read(file, report, network).await?,
        None => latest(&places, &after.content.name, report, network).await?,
    };
    let difference = compare(&before, &after.content).await?;
    let sizes = match arguments.output {
        ChangeOutput::Json => sizes::Sizes::default(),
        _ => sizes::of(&difference, &before.content, &after.content, &lookup).await?,
    };
    let comparison = Comparison {
        old: &before,
        new: &after,
        diff: &difference,
        sizes: &sizes,
    };
    match arguments.output {
        ChangeOutput::Json => output::json(&difference)?,
        ChangeOutput::Markdown => output::text(&diff_output::markdown(&comparison))?,
        ChangeOutput::Text => output::text(&diff_output::text(&comparison))?,
    }
    if arguments.exit_code && !difference.is_empty() {
        return Ok(ExitCode::from(FINDINGS));
    }
    Ok(ExitCode::SUCCESS)
}

/// The latest published version of a registry, or nothing where none is published.
async fn latest(
    places: &Places,
    name: &str,
    report: &Report,
    network: &Network,
) -> Result<Told, Failure> {
    if let Some(repository) = places.published(&network.http)? {
        let component = ocm::ComponentName::parse(name).map_err(ocm::RepositoryError::from)?;
        let mut versions = repository.versions(&component).await?;
        if let Some((version, content)) = latest_version(&repository, name, &mut versions).await? {
            return Ok(Told {
                content,
                published: Some(Published {
                    repository,
                    version,
                }),
            });
        }
    }
    let place = &places.repository;
    report.note(format_args!(
        "no version of {name} is published in {place} yet"
    ));
    Ok(Told {
        content: Content::nothing(name),
        published: None,
    })
}

/// Compares; what the version before a published one lacks may be taken back.
async fn compare(old: &Told, new: &Content) -> Result<Diff, Failure> {
    let Some(published) = &old.published else {
        return Ok(diff(&old.content, new, None));
    };
    let component =
        ocm::ComponentName::parse(&old.content.name).map_err(ocm::RepositoryError::from)?;
    let versions = published.repository.versions(&component).await?;
    let since = Since::version(
        &published.repository,
        &versions,
        &published.version,
        old.content.clone(),
        new,
    )
    .await?;
    Ok(since.diff)
}
