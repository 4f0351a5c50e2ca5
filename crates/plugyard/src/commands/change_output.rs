//! What `add` and `update` write and print.

use std::fmt::Write;
use std::process::ExitCode;

use registry::change::Change;

use crate::args::{self, ChangeOutput};
use crate::output;
use crate::report::{Failure, Report};
use crate::source::Source;

/// Replaces the constructor, unless nothing shall or need be, and prints the change.
pub(super) fn finish(
    change: &Change,
    source: &Source,
    arguments: &args::Change,
    report: &Report,
) -> Result<ExitCode, Failure> {
    if arguments.dry_run {
        report.note("nothing was written (dry run)");
    } else if change.text != source.text {
        source.replace(&change.text)?;
    }
    match arguments.output {
        ChangeOutput::Json => output::json(change)?,
        ChangeOutput::Markdown => output::text(&markdown(change))?,
        ChangeOutput::Text => output::text(&text(change))?,
    }
    if change.changes.is_empty() {
        report.note("everything is up to date");
    }
    Ok(ExitCode::SUCCESS)
}

fn text(change: &Change) -> String {
    let mut text = String::new();
    for entry in &change.changes {
        let _ = match &entry.old {
            None => writeln!(
                text,
                "added {}@{} ({}, {})",
                entry.name, entry.new, entry.component, entry.digest
            ),
            Some(old) if *old == entry.new => {
                writeln!(
                    text,
                    "pinned {}@{} to {}",
                    entry.name, entry.new, entry.digest
                )
            }
            Some(old) => writeln!(
                text,
                "updated {} from {old} to {} ({})",
                entry.name, entry.new, entry.digest
            ),
        };
    }
    if change.from != change.to {
        let _ = writeln!(
            text,
            "raised the registry from {} to {} ({})",
            change.from,
            change.to,
            change.class.word()
        );
    }
    text
}

fn markdown(change: &Change) -> String {
    let mut text = String::new();
    if change.changes.is_empty() {
        return "No changes.\n".to_owned();
    }
    let _ = writeln!(
        text,
        "Registry {} → {} ({})\n\n| plugin | before | after | component | digest |\n|---|---|---|---|---|",
        change.from,
        change.to,
        change.class.word()
    );
    for entry in &change.changes {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | `{}` |",
            entry.name,
            entry.old.as_deref().unwrap_or("–"),
            entry.new,
            entry.component,
            entry.digest
        );
    }
    text
}
