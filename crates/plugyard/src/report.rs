//! Talk: errors with their way out, warnings, and snippets of files. All of it goes to stderr.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use keeper::check::Lines;
use keeper::publication::Publication;
use oci::Reporter;
use oci::file::{FileError, Reason};
use oci::reporter::Exchange;
use ocm::Diagnostic;
use ocm::repository::Outcome;
use ocm::yaml::Span;
use registry::verify::{self, Status};

use crate::args::Color;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}

/// Why a command ends without having done what it should.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
    /// The message was printed already.
    told: bool,
    /// What was asked for is known not to be there, or to be something else.
    negative: bool,
    /// Nobody reads on: `plugyard list | head` has done its work.
    broken_pipe: bool,
}

impl Failure {
    /// Something went wrong: exit code 1.
    pub(crate) fn new(message: impl Display, hint: Option<String>) -> Self {
        Self {
            message: message.to_string(),
            hint,
            code: 1,
            told: false,
            negative: false,
            broken_pipe: false,
        }
    }

    /// A file cannot be read; `hint` is for a path that names no readable file.
    pub(crate) fn unreadable(error: &FileError, hint: &str) -> Self {
        let hint = match &error.reason {
            Reason::System(_) | Reason::Kind(_) => Some(hint.to_owned()),
            _ => error.hint().map(str::to_owned),
        };
        Self::new(error, hint)
    }

    /// Says that what was asked for is known not to be there, or to be something else.
    pub(crate) fn negative(self) -> Self {
        Self {
            negative: true,
            ..self
        }
    }

    /// For a command that asks whether all is as it should be: a negative answer is a finding.
    pub(crate) fn or_finding(self) -> Self {
        Self {
            code: if self.negative { FINDINGS } else { self.code },
            ..self
        }
    }

    /// The command was used wrongly: exit code 2.
    pub(crate) fn usage(message: impl Display, hint: &str) -> Self {
        Self {
            code: 2,
            ..Self::new(message, Some(hint.to_owned()))
        }
    }

    /// The findings were printed already.
    pub(crate) fn told() -> Self {
        Self {
            told: true,
            ..Self::new("", None)
        }
    }
}

/// Shorter waits are not reported: nobody notices them.
const NOTICEABLE: Duration = Duration::from_secs(3);

/// Exit code for findings that are no failure.
pub(crate) const FINDINGS: u8 = 3;

macro_rules! failure_with_hint {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let hint = error.hint();
                Self::new(error, hint.map(Into::into))
            }
        }
    )*};
}

failure_with_hint!(
    ocm::LookupError,
    ocm::repository::PublishError,
    registry::listing::ListingError,
    registry::information::InformationError,
    keeper::plugin_release::ReleaseError,
);

impl From<registry::capabilities::CapabilitiesError> for Failure {
    fn from(error: registry::capabilities::CapabilitiesError) -> Self {
        let hint = error.hint().to_owned();
        Self::new(error, Some(hint))
    }
}

impl From<ocm::ConfigError> for Failure {
    fn from(error: ocm::ConfigError) -> Self {
        let hint = error.hint().to_owned();
        Self::new(error, Some(hint))
    }
}

impl From<ocm::RepositoryError> for Failure {
    fn from(error: ocm::RepositoryError) -> Self {
        let negative = matches!(verify::status(&error), Status::Differs | Status::NotFound);
        let hint = error.hint();
        Self {
            negative,
            ..Self::new(error, hint)
        }
    }
}

/// Which component is the registry is for the user to say, so that it is a question of usage.
macro_rules! failure_or_usage {
    ($($error:ident in $module:ident),* $(,)?) => {$(
        impl From<keeper::$module::$error> for Failure {
            fn from(error: keeper::$module::$error) -> Self {
                let hint = error.hint();
                let usage = matches!(error, keeper::$module::$error::Roots(_));
                Self {
                    code: if usage { 2 } else { 1 },
                    ..Self::new(error, hint)
                }
            }
        }
    )*};
}

failure_or_usage!(ChangeError in change, CheckError in check, Refusal in publish);

/// Errors of writing the result.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self {
            broken_pipe: error.kind() == io::ErrorKind::BrokenPipe,
            ..Self::new(error, None)
        }
    }
}

/// Where talk goes.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    verbosity: Verbosity,
}

impl Report {
    /// Sets colours for the whole run.
    pub(crate) fn new(verbosity: Verbosity, color: Color) -> Self {
        match color {
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self { verbosity }
    }

    /// Says something about what is being done.
    pub(crate) fn note(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            say(&printable(&text.to_string()));
        }
    }

    /// Says something that only matters when something is looked into.
    pub(crate) fn detail(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            say(&printable(&text.to_string()));
        }
    }

    /// Says that something is odd.
    pub(crate) fn warning(&self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            alarm(text);
        }
    }

    /// Says what a publication did.
    pub(crate) fn publication(&self, publication: &Publication) {
        match publication.status {
            Outcome::Published => self.note("published"),
            Outcome::Unchanged => self.note("unchanged: this very content is published already"),
            Outcome::Planned => self.note("would be published (dry run)"),
        }
    }

    /// Shows places in a file.
    pub(crate) fn findings(&self, kind: Kind, file: &File<'_>, findings: &[Diagnostic]) {
        if findings.is_empty() || kind != Kind::Error && self.verbosity < Verbosity::Normal {
            return;
        }
        let lines = Lines::new(file.text);
        for finding in findings {
            let (line, _) = lines.place(finding.span.start);
            let place = (finding.span, line);
            let help = finding.help.as_deref();
            say(&rendered(kind, file, place, (None, &finding.message), help));
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
        if self.verbosity < Verbosity::Verbose {
            return;
        }
        let status = match exchange.status {
            Some(status) => status.to_string(),
            None => "no answer".to_owned(),
        };
        say(&format_args!(
            "{} {}: {status}, {} ms, {} bytes",
            exchange.method,
            exchange.url,
            exchange.time.as_millis(),
            exchange.received
        ));
    }
}

fn level(kind: Kind) -> Level<'static> {
    match kind {
        Kind::Error => Level::ERROR,
        Kind::Warning => Level::WARNING,
        Kind::Note => Level::NOTE,
    }
}

/// Shows a place in a file, and the line it begins in, as text: with what it is called, and what is the matter with it. Only
/// the lines it stands in are looked at, so that the cost does not depend on the file.
pub(crate) fn rendered(
    kind: Kind,
    file: &File<'_>,
    (span, line): (Span, usize),
    (id, message): (Option<&str>, &str),
    help: Option<&str>,
) -> String {
    const LINES: usize = 6;
    let text = file.text;
    let start = span.start.min(text.len());
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let mut to = from;
    for _ in 0..LINES {
        to = text[to..].find('\n').map_or(text.len(), |at| to + at + 1);
        if to >= span.end {
            break;
        }
    }
    let end = span.end.clamp(start, to);
    let snippet = Snippet::source(&text[from..to])
        .path(file.path)
        .line_start(line)
        .fold(true)
        .annotation(AnnotationKind::Primary.span(start - from..end - from));
    let (message, help) = (printable(message), help.map(printable));
    let mut title = level(kind).primary_title(&message);
    if let Some(id) = id {
        title = title.id(id);
    }
    let mut group = title.element(snippet);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help));
    }
    Renderer::styled().render(&[group])
}

/// Says what went wrong, and gives the exit code.
pub(crate) fn failure(failure: &Failure) -> ExitCode {
    if failure.broken_pipe {
        return ExitCode::SUCCESS;
    }
    if !failure.told {
        say(&format_args!(
            "\u{1b}[1;31merror\u{1b}[0m: {}",
            printable(&failure.message)
        ));
    }
    if let Some(hint) = &failure.hint {
        say(&format_args!(
            "\u{1b}[1;36mhint\u{1b}[0m: {}",
            printable(hint)
        ));
    }
    ExitCode::from(failure.code)
}

/// A file that snippets are taken from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    Warning,
    Note,
}

/// Says that something is dangerous, also to those who want to hear errors only.
pub(crate) fn alarm(text: impl Display) {
    say(&format_args!(
        "\u{1b}[1;33mwarning\u{1b}[0m: {}",
        printable(&text.to_string())
    ));
}

fn say(text: &dyn Display) {
    // Nobody to tell that telling failed.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Text from outside on one line, without characters that would move the cursor or turn the
/// direction of writing.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            other if other.is_control() => '\u{fffd}',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_stays_on_its_line() {
        for (text, expected) in [
            ("größe, 大", "größe, 大"),
            ("two\nlines\tand\u{2028}more", "two lines and more"),
            ("\u{1b}[2Jx\r", "\u{fffd}[2Jx\u{fffd}"),
            ("gnp.\u{202e}exe", "gnp.\u{fffd}exe"),
            ("\u{2066}x\u{2069}\u{200f}", "\u{fffd}x\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(printable(text), expected, "{text:?}");
        }
    }
}
