//! The `plugyard` command: translates arguments into calls, and results into text.

mod args;
mod commands;
mod configuration;
mod environment;
mod escape;
mod failure;
mod interrupt;
mod network;
mod output;
mod report;
mod repositories;
mod revision;
mod snippet;
mod source;
mod whole_file;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments();
    let report = report::Report::new(arguments.global.verbosity(), arguments.global.color);
    let outcome = interrupt::stop_programs()
        .map_err(failure::Failure::from)
        .and_then(|()| commands::run(arguments, &report));
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            report.failure(&failure);
            failure.exit_code()
        }
    }
}

/// Reads the command line. The message about one that is not valid repeats its words, which may
/// come from anywhere.
fn arguments() -> args::Arguments {
    let words: Vec<OsString> = std::env::args_os().collect();
    args::Arguments::try_parse_from(&words).unwrap_or_else(|error| {
        let escaped = words
            .iter()
            .map(|word| escape::terminal(&word.to_string_lossy()));
        match args::Arguments::try_parse_from(escaped) {
            Err(shown) => shown.exit(),
            Ok(_) => error.exit(),
        }
    })
}
