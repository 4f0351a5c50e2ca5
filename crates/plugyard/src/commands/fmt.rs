//! `plugyard fmt`

use std::process::ExitCode;

use registry::format;

use crate::args::Fmt;
use crate::report::{FINDINGS, Failure, Kind, Report};
use crate::source::Source;

pub(crate) fn run(arguments: &Fmt, report: &Report) -> Result<ExitCode, Failure> {
    let source = Source::read(&arguments.constructor)?;
    source.constructor(report)?;
    let formatted = format::format(&source.text).map_err(|error| {
        let hint = error.hint();
        Failure::new(error, hint)
    })?;
    source.show(Kind::Warning, &formatted.notes, report);
    if formatted.text == source.text {
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.check {
        source.show(Kind::Note, &formatted.changes, report);
        report.note("`plugyard fmt` makes these changes");
        return Ok(ExitCode::from(FINDINGS));
    }
    source.replace(&formatted.text)?;
    Ok(ExitCode::SUCCESS)
}
