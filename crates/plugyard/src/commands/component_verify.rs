//! `plugyard component verify`

use std::process::ExitCode;

use ocm::{ComponentDigest, ComponentRef, Lookup, RepositorySpec};
use registry::labels::RegistryLabel;
use registry::verify::{self, Verification};
use serde::Serialize;

use crate::args::PlainOutput;
use crate::escape::terminal;
use crate::network::Network;
use crate::report::{FINDINGS, Failure};
use crate::{output, places};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    reference: String,
    component_digest: String,
    #[serde(flatten)]
    verification: &'a Verification,
}

pub(crate) async fn run(
    reference: &ComponentRef,
    shallow: bool,
    form: PlainOutput,
    network: &Network,
) -> Result<ExitCode, Failure> {
    // What is kept on disk says nothing about what the registry has.
    let http = &network.http.uncached();
    let opened = places::open(reference, http)
        .await
        .map_err(Failure::or_finding)?;
    let (repository, found, version) = opened;
    let descriptor = found
        .descriptor()
        .map_err(|error| Failure::from(error).or_finding())?;
    let sources = RegistryLabel::of(descriptor.component.labels()).sources;
    let sources = sources
        .iter()
        .filter_map(|text| RepositorySpec::parse(text).ok());
    let lookup = Lookup::new(
        [reference.repository.clone()].into_iter().chain(sources),
        http,
    )
    .with_resolvers(network.resolvers());
    let verification = verify::verify(&repository, &found, &lookup, shallow).await?;
    let document = Document {
        reference: format!("{}@{}", reference.spelled_with(&version), found.root.digest),
        component_digest: ComponentDigest::of(&descriptor).to_string(),
        verification: &verification,
    };
    match form {
        PlainOutput::Json => output::json(&document)?,
        PlainOutput::Text => print(&document)?,
    }
    Ok(if verification.is_incomplete() {
        ExitCode::FAILURE
    } else if verification.is_negative() {
        ExitCode::from(FINDINGS)
    } else {
        ExitCode::SUCCESS
    })
}

fn print(document: &Document<'_>) -> std::io::Result<()> {
    let verification = document.verification;
    let mut text = String::new();
    for finding in &verification.findings {
        let line = format!(
            "{}: {}: {}",
            finding.component, finding.element, finding.message
        );
        text.push_str(&terminal(&line));
        text.push('\n');
    }
    let count = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    };
    let summary = format!(
        "{}: {} in {}, {} and {}",
        document.reference,
        match verification.findings.len() {
            0 => "all digests are right".to_owned(),
            number => count(number, "finding"),
        },
        count(verification.components, "component version"),
        count(verification.references, "reference"),
        count(verification.blobs, "local blob"),
    );
    output::text(&format!("{text}{}\n", terminal(&summary)))
}
