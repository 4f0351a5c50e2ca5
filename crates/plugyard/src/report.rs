//! Messages on stderr: errors with their hints, warnings, notes and snippets of files.

use std::fmt::Display;
use std::io::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use keeper::publication::Publication;
use oci::Reporter;
use oci::reporter::Exchange;
use ocm::repository::Outcome;
use ocm::{Diagnostic, Lines};

use crate::escape::{limited, terminal};
pub(crate) use crate::failure::{FINDINGS, Failure};
use crate::snippet::rendered;
pub(crate) use crate::snippet::{File, Kind};

/// Maximum number of findings of one kind that are shown of a file.
const SHOWN: usize = 100;

/// Maximum number of characters of a message.
const LIMIT: usize = 4000;

/// Shorter waits are not reported: nobody notices them.
const NOTICEABLE: Duration = Duration::from_secs(3);

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// How much is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}

/// The one way to stderr.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    verbosity: Verbosity,
}

impl Report {
    /// Sets colours for the whole run.
    pub(crate) fn new(verbosity: Verbosity, color: ColorChoice) -> Self {
        match color {
            ColorChoice::Auto => {}
            ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
            ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self { verbosity }
    }

    /// Reports what is done, or what follows from it.
    pub(crate) fn note(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            line(escaped(text));
        }
    }

    /// Reports something that matters only for an investigation.
    pub(crate) fn detail(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            line(escaped(text));
        }
    }

    /// Reports something that the user should know or fix.
    pub(crate) fn warning(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.alarm(text);
        }
    }

    /// Reports a danger, which even `--quiet` does not hide.
    #[expect(
        clippy::unused_self,
        reason = "all that is printed is printed by a report"
    )]
    pub(crate) fn alarm(&self, text: impl Display) {
        line(format_args!(
            "{WARNING}warning{WARNING:#}: {}",
            escaped(text)
        ));
    }

    /// Reports what a publication did.
    pub(crate) fn publication(&self, publication: &Publication) {
        match publication.status {
            Outcome::Published => self.note("published"),
            Outcome::Unchanged => self.note("unchanged: the same content is already published"),
            Outcome::Planned => self.note("would be published (dry run)"),
        }
    }

    /// Shows the parts of a file that diagnostics are about.
    pub(crate) fn findings(&self, kind: Kind, file: &File<'_>, findings: &[Diagnostic]) {
        if findings.is_empty() || kind != Kind::Error && self.verbosity < Verbosity::Normal {
            return;
        }
        let lines = Lines::new(file.text);
        for finding in findings.iter().take(SHOWN) {
            let (number, _) = lines.position(finding.span.start);
            let location = (finding.span, number);
            let help = finding.help.as_deref();
            line(rendered(
                kind,
                file,
                location,
                (None, &finding.message),
                help,
            ));
        }
        if let Some(more) = findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            line(format_args!(
                "{more} more in {} are not shown",
                escaped(file.path)
            ));
        }
    }

    /// Reports why the command fails, and what to do next.
    #[expect(
        clippy::unused_self,
        reason = "all that is printed is printed by a report"
    )]
    pub(crate) fn failure(&self, failure: &Failure) {
        if let Some(message) = failure.message() {
            line(format_args!("{ERROR}error{ERROR:#}: {}", escaped(message)));
        }
        if let Some(hint) = failure.hint() {
            line(format_args!("{HINT}hint{HINT:#}: {}", escaped(hint)));
        }
    }
}

impl Reporter for Report {
    fn note(&self, message: &dyn Display) {
        self.note(message);
    }

    fn warning(&self, message: &dyn Display) {
        self.warning(message);
    }

    fn waiting(&self, what: &dyn Display, time: Option<Duration>) {
        match time {
            None => self.note(format_args!("waiting for {what}")),
            Some(time) if time >= NOTICEABLE => {
                self.note(format_args!("waiting {} s for {what}", time.as_secs()));
            }
            Some(_) => {}
        }
    }

    fn exchange(&self, exchange: &Exchange<'_>) {
        let status = match exchange.status {
            Some(status) => status.to_string(),
            None => "no answer".to_owned(),
        };
        self.detail(format_args!(
            "{} {}: {status}, {} ms, {} bytes",
            exchange.method,
            exchange.url,
            exchange.time.as_millis(),
            exchange.received
        ));
    }
}

fn escaped(text: impl Display) -> String {
    terminal(&limited(&text.to_string(), LIMIT))
}

fn line(text: impl Display) {
    // If stderr cannot be written to, there is nobody to report that to.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
