//! The command line.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::capabilities;
use crate::config::{Config, ConfigError};
use crate::log::{Level, log};
use crate::server::{self, ServeError};

const WRONG_USAGE: u8 = 2;

const HELP: &str = "\
Pack a tree of a git repository for the Open Component Model CLI

`ocm` starts this plugin automatically if it is in the plugin directory.

Usage:
  gitinput capabilities     Print the plugin's capabilities as JSON
  gitinput --config JSON    Serve until idle or stopped
  gitinput --version        Print the version
  gitinput --help           Print this help

Input of a resource or source in component-constructor.yaml:
  input:
    type: git/v1
    repository: https://example.org/project.git   # or a local directory
    ref: v1.2.3        # branch, tag or commit; default: HEAD
    path: charts/app   # directory or file; default: the whole tree
";

/// What the user asked for.
#[derive(Debug, PartialEq)]
enum Invocation {
    Capabilities,
    Serve { config: String },
    Version,
    Help,
}

/// Why the command line is invalid.
#[derive(Debug, PartialEq, thiserror::Error)]
enum UsageError {
    #[error("no command given")]
    NoCommand,

    #[error("--config needs a JSON document")]
    NoConfig,

    #[error("the argument of --config is not valid UTF-8")]
    NotUtf8,

    #[error("unexpected argument {0:?}")]
    Unexpected(OsString),
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Config(#[from] ConfigError),

    #[error(transparent)]
    Serve(#[from] ServeError),

    #[error("cannot write to stdout: {0}")]
    Output(#[from] io::Error),
}

/// Executes the command given by `arguments`, which exclude the program's name.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let invocation = match parse(arguments) {
        Ok(invocation) => invocation,
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "gitinput: {error}; `gitinput --help` shows the usage"
            );
            return ExitCode::from(WRONG_USAGE);
        }
    };
    match execute(&invocation) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(Level::Error, &error.to_string(), &[]);
            match error {
                RunError::Config(_) => ExitCode::from(WRONG_USAGE),
                RunError::Serve(_) | RunError::Output(_) => ExitCode::FAILURE,
            }
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Invocation, UsageError> {
    let first = arguments.next().ok_or(UsageError::NoCommand)?;
    let invocation = match first.to_str() {
        Some("capabilities") => Invocation::Capabilities,
        Some("--config") => {
            let config = arguments.next().ok_or(UsageError::NoConfig)?;
            let config = config.into_string().map_err(|_| UsageError::NotUtf8)?;
            Invocation::Serve { config }
        }
        Some("--version" | "-V") => Invocation::Version,
        Some("--help" | "-h") => Invocation::Help,
        _ => return Err(UsageError::Unexpected(first)),
    };
    match arguments.next() {
        None => Ok(invocation),
        Some(extra) => Err(UsageError::Unexpected(extra)),
    }
}

fn execute(invocation: &Invocation) -> Result<(), RunError> {
    let mut out = io::stdout();
    match invocation {
        Invocation::Capabilities => writeln!(out, "{}", capabilities::document())?,
        Invocation::Serve { config } => server::run(&Config::parse(config)?)?,
        Invocation::Version => writeln!(out, "gitinput {}", env!("CARGO_PKG_VERSION"))?,
        Invocation::Help => out.write_all(HELP.as_bytes())?,
    }
    Ok(out.flush()?)
}
