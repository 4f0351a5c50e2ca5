//! `plugyard merge-driver`

use std::process::ExitCode;

use crate::args::MergeDriver;
use crate::report::{Failure, Report};

pub(crate) fn run(arguments: &MergeDriver, _report: &Report) -> Result<ExitCode, Failure> {
    Err(Failure::new(
        format_args!("{} not yet", arguments.ours.display()),
        None,
    ))
}
