//! `plugyard plugin inspect`

use std::path::Path;
use std::process::ExitCode;

use registry::capabilities::{Capabilities, PATIENCE};
use registry::platform::Platform;
use registry::program_header::Header;

use crate::output::Facts;
use crate::report::{Failure, Report};

pub(crate) fn run(file: &Path, report: &Report) -> Result<ExitCode, Failure> {
    let header = Header::read(file)
        .map_err(|error| Failure::unreadable(&error, "check the path of the program"))?;
    let native = Platform::native();
    let mut facts = Facts::new();
    facts.add("file", file.display().to_string());
    facts.add("header", header.to_string());
    if let Header::Program {
        systems: [system, ..],
        architectures,
        ..
    } = &header
    {
        for architecture in architectures {
            facts.add("platform", format!("{system}/{architecture}"));
        }
    }
    if !header.fits(&native) {
        facts.print()?;
        report.note(format_args!(
            "the program is not for {native}, so it was not run to show its capabilities"
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let capabilities = Capabilities::ask(file, PATIENCE)?;
    for warning in &capabilities.warnings {
        report.warning(warning);
    }
    facts.add("category", capabilities.category());
    for capability in &capabilities.list {
        facts.add(
            "capabilities",
            format!("{}: {}", capability.kind, capability.types.join(", ")),
        );
    }
    facts.print()?;
    Ok(ExitCode::SUCCESS)
}
