//! `plugyard check`

mod base;
mod github;
mod markdown;
mod shown;
mod text;

use std::fmt::Write;
use std::process::ExitCode;

use keeper::check::{self, Request, Verdict};
use serde::Serialize;

use self::shown::Shown;
use crate::args::{Against, Check, CheckOutput};
use crate::network::Network;
use crate::report::{FINDINGS, Failure, Report};
use crate::repositories::Repositories;
use crate::source::Source;
use crate::{output, revision};
use ocm::count;

#[derive(Serialize)]
struct Document<'a> {
    findings: &'a [Shown],
    policy: &'a [String],
}

pub(crate) async fn run(
    arguments: Check,
    report: &Report,
    network: &Network,
) -> Result<ExitCode, Failure> {
    // The cache does not show what the registry has.
    let network = &network.uncached();
    let location = &arguments.files.location;
    let mut repositories = Repositories::new(location, report)?;
    let source = Source::read(&arguments.files.constructor)?;
    let base = match &arguments.base {
        None => None,
        Some(revision) => {
            let base = base::read(revision, &location.policy, source.path(), report)?;
            repositories = repositories.judged_by(location, base.policy.as_ref());
            Some(base)
        }
    };
    let against = match arguments.against {
        None => check::Against::Latest,
        Some(Against::Reference(reference)) => check::Against::Reference(reference),
        Some(Against::Revision(revision)) => check::Against::Text {
            text: revision::read(&revision, source.path())?,
            name: format!("git:{revision}"),
        },
    };
    let verdict = check::check(&Request {
        text: &source.text,
        folder: source.folder(),
        policy: &repositories.policy,
        repository: &repositories.repository,
        http: &network.http,
        lookup: &repositories.lookup(None, network),
        against: &against,
        base: base.as_ref().map(base::Revision::as_base),
        all: arguments.all,
    })
    .await?;
    let file = source.path().display().to_string();
    let findings = shown::all(&file, &source.text, &verdict.findings);
    match arguments.output {
        CheckOutput::Json => output::json(&Document {
            findings: &findings,
            policy: &verdict.policy,
        })?,
        CheckOutput::Text => text::print(&source.text, &findings, &verdict.findings)?,
        CheckOutput::Github => output::text(&github::commands(&findings, &verdict.policy))?,
        CheckOutput::Markdown => {
            output::text(&markdown::page(
                &findings,
                &summary(&verdict),
                &verdict.policy,
            ))?;
        }
    }
    for line in &verdict.policy {
        report.note(format_args!("policy: {line}"));
    }
    report.note(summary(&verdict));
    Ok(if verdict.is_incomplete() {
        ExitCode::FAILURE
    } else if verdict.is_negative() {
        ExitCode::from(FINDINGS)
    } else {
        ExitCode::SUCCESS
    })
}

/// The numbers of findings and entries, in one line.
fn summary(verdict: &Verdict) -> String {
    use keeper::check::Status;
    use keeper::severity::Severity;
    let of = |severity| {
        let findings = verdict.findings.iter();
        let failed = findings.filter(|finding| finding.status == Status::Fail);
        failed
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let undecided = verdict
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Unknown);
    let outcomes: Vec<String> = [
        (undecided.count(), "unknown"),
        (of(Severity::Error), "error"),
        (of(Severity::Warning), "warning"),
        (of(Severity::Note), "note"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| match word {
        "unknown" => format!("{number} unknown"),
        word => count(number, word),
    })
    .collect();
    let mut text = if outcomes.is_empty() {
        "no findings".to_owned()
    } else {
        outcomes.join(", ")
    };
    if verdict.accepted > 0 {
        let _ = write!(text, ", {} accepted", verdict.accepted);
    }
    let entries = count(verdict.entries, "entry");
    let compared = match &verdict.compared_with {
        Some(name) => format!(", compared with {name}"),
        None => String::new(),
    };
    format!("{text}; {entries}, {} of them read{compared}", verdict.read)
}
