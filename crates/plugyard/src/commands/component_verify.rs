//! `plugyard component verify`

use std::process::ExitCode;

use ocm::{ComponentDigest, ComponentRef, Resolved, count};
use registry::verify::{self, Verification};
use serde::Serialize;

use crate::args::PlainOutput;
use crate::escape::terminal;
use crate::network::Network;
use crate::report::{FINDINGS, Failure, Report};
use crate::{output, repositories};

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
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    // A copy in the cache proves nothing about what the registry has.
    let network = &network.uncached();
    let resolved = Resolved::open(reference, &network.http).await;
    let Resolved {
        repository,
        version,
        found,
    } = resolved.map_err(|error| Failure::from(error).or_finding())?;
    let descriptor = found
        .descriptor()
        .map_err(|error| Failure::from(error).or_finding())?;
    let lookup = repositories::lookup_of(&descriptor, &reference.repository, report, network);
    let verification = verify::verify(&repository, &found, &lookup, shallow).await?;
    let document = Document {
        reference: format!(
            "{}@{}",
            reference.spelled_with(version.as_str()),
            found.root.digest
        ),
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

/// Findings that are shown as text; JSON has more.
const SHOWN: usize = 100;

fn print(document: &Document<'_>) -> std::io::Result<()> {
    let verification = document.verification;
    let mut text = String::new();
    for finding in verification.findings.iter().take(SHOWN) {
        let line = format!(
            "{}: {}: {}",
            finding.component, finding.element, finding.message
        );
        text.push_str(&terminal(&line));
        text.push('\n');
    }
    let findings = verification.findings.len() + verification.omitted;
    if findings > SHOWN {
        let more = format!("{} more findings are not shown\n", findings - SHOWN);
        text.push_str(&more);
    }
    let not_compared = match verification.not_compared {
        0 => String::new(),
        number => format!(", not compared: {number}"),
    };
    let summary = format!(
        "{}: {} in {}, {} and {}{not_compared}",
        document.reference,
        match findings {
            0 => "all digests match".to_owned(),
            number => count(number, "finding"),
        },
        count(verification.components, "component version"),
        count(verification.references, "reference"),
        count(verification.blobs, "local blob"),
    );
    output::text(&format!("{text}{}\n", terminal(&summary)))
}
