//! The `plugyard` command: translates arguments into calls, and results into text.

mod args;
mod commands;
mod configuration;
mod environment;
mod markdown;
mod network;
mod output;
mod places;
mod report;
mod revision;
mod source;
mod whole_file;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments();
    let report = report::Report::new(arguments.global.verbosity(), arguments.global.color);
    match commands::run(arguments, &report) {
        Ok(code) => code,
        Err(failure) => report::failure(&failure),
    }
}

/// Reads the command line. The words of one that is wrong are repeated in the message, and may
/// come from anywhere.
fn arguments() -> args::Arguments {
    let words: Vec<OsString> = std::env::args_os().collect();
    args::Arguments::try_parse_from(&words).unwrap_or_else(|error| {
        let printable = words
            .iter()
            .map(|word| report::printable(&word.to_string_lossy()));
        match args::Arguments::try_parse_from(printable) {
            Err(shown) => shown.exit(),
            Ok(_) => error.exit(),
        }
    })
}
