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
mod source;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let report = report::Report::new(arguments.global.verbosity(), arguments.global.color);
    match commands::run(arguments, &report) {
        Ok(code) => code,
        Err(failure) => report::failure(&failure),
    }
}
