//! Writes the changed constructor, and prints the change.

use std::fmt::Write;
use std::process::ExitCode;

use keeper::change::{Change, Limit};
use registry::version_class::VersionClass;

use crate::args::{self, ChangeOutput};
use crate::escape::markdown::{cell, code};
use crate::escape::terminal;
use crate::output;
use crate::report::{Failure, Report};
use crate::source::Source;

/// Replaces the constructor, unless this is a dry run or nothing changed, and prints the change.
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
    for held_back in &change.held_back {
        let (name, version) = (&held_back.name, &held_back.version);
        report.note(match held_back.limit {
            Limit::Keep => format!(
                "{name}@{version} is not added: `keep` of plugyard.yaml would remove it at once"
            ),
            Limit::Only => format!("{name}@{version} is held back by --only"),
        });
    }
    if change.from != change.to {
        reasons(change, report);
    }
    if let [first, others @ ..] = change.failed.as_slice() {
        let (name, message) = (&first.name, &first.message);
        let message = match others.len() {
            0 => format!("plugin `{name}` could not be read: {message}"),
            more => format!(
                "{} plugins could not be read; the first, `{name}`: {message}",
                more + 1
            ),
        };
        return Err(Failure::new(message, first.hint.clone()));
    }
    if change.changes.is_empty() && change.held_back.is_empty() {
        report.note("everything is up to date");
    }
    Ok(ExitCode::SUCCESS)
}

/// Reports why the version of the registry must be raised that far.
fn reasons(change: &Change, report: &Report) {
    for reason in &change.reasons {
        report.note(format_args!("{}: {reason}", change.class.word()));
    }
}

/// Replaces the constructor if it changed, and prints one line for each action.
pub(super) fn write(
    change: &Change,
    actions: impl Iterator<Item = String>,
    source: &Source,
    report: &Report,
) -> Result<ExitCode, Failure> {
    if change.text != source.text {
        source.replace(&change.text)?;
    }
    let mut text: String = actions.map(|line| line + "\n").collect();
    text.push_str(&raised(change));
    output::text(&text)?;
    if change.class == VersionClass::Major {
        reasons(change, report);
    }
    Ok(ExitCode::SUCCESS)
}

fn raised(change: &Change) -> String {
    if change.from == change.to {
        return String::new();
    }
    let (from, to, class) = (&change.from, &change.to, change.class.word());
    format!("raised the registry from {from} to {to} ({class})\n")
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
                    "re-pinned {}@{} to {}",
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
    for entry in &change.pruned {
        let _ = writeln!(text, "removed {entry} (keep)");
    }
    for plugin in &change.failed {
        let message = terminal(&plugin.message);
        let _ = writeln!(text, "failed {}: {message}", terminal(&plugin.name));
    }
    text + &raised(change)
}

fn markdown(change: &Change) -> String {
    let mut text = String::new();
    if change.changes.is_empty() && change.failed.is_empty() {
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
            "| {} | {} | {} | {} | {} |",
            cell::word(&entry.name),
            entry.old.as_deref().map_or("–".to_owned(), cell::word),
            cell::word(&entry.new),
            cell::word(&entry.component),
            cell::code(&entry.digest)
        );
    }
    for plugin in &change.failed {
        let (name, message) = (cell::word(&plugin.name), cell::code(&plugin.message));
        let _ = writeln!(
            text,
            "| {name} | – | **could not be read** | – | {message} |"
        );
    }
    if !change.pruned.is_empty() {
        let entries: Vec<String> = change.pruned.iter().map(|entry| code(entry)).collect();
        let _ = writeln!(text, "\nRemoved by `keep`: {}", entries.join(", "));
    }
    text
}
