//! `plugyard fmt`

use std::process::ExitCode;

use keeper::format;

use crate::args::Fmt;
use crate::report::{FINDINGS, Failure, Kind, Report};
use crate::source::Source;

pub(crate) fn run(arguments: &Fmt, report: &Report) -> Result<ExitCode, Failure> {
    let source = Source::read(&arguments.constructor)?;
    let constructor = source.constructor(report)?;
    let formatted = format::of_constructor(&source.text, &constructor).map_err(|error| {
        let hint = "change the layout there by hand; nothing was written";
        Failure::new(error, Some(hint.to_owned()))
    })?;
    source.show(Kind::Warning, &formatted.notes, report);
    if formatted.text == source.text {
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.check {
        source.show(Kind::Note, &formatted.changes, report);
        report.note("run `plugyard fmt` to make these changes");
        return Ok(ExitCode::from(FINDINGS));
    }
    source.replace(&formatted.text)?;
    Ok(ExitCode::SUCCESS)
}
