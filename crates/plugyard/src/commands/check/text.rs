//! Findings as snippets of the file.

use std::io::{self, Write};

use keeper::check::{Finding, Status};
use keeper::severity::Severity;

use super::shown::{Shown, groups};
use crate::report::{File, Kind, rendered};

/// Prints all findings, those that stop the gate last, where they are seen.
pub(super) fn print(text: &str, shown: &[Shown], findings: &[Finding]) -> io::Result<()> {
    let mut groups = groups(shown);
    groups.sort_by_key(|group| (group.first.status, group.first.severity));
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    for group in groups {
        let finding = group.first;
        let kind = match (finding.status, finding.severity) {
            (Status::Unknown, _) | (Status::Fail, Severity::Error) => Kind::Error,
            (Status::Fail, Severity::Warning) => Kind::Warning,
            (Status::Fail, Severity::Note) => Kind::Note,
        };
        let file = File {
            path: &finding.file,
            text,
        };
        let rules = group.rules.join(", ");
        let snippet = rendered(
            kind,
            &file,
            (findings[group.index].span, finding.line),
            (Some(&rules), &group.message()),
            Some(&finding.help),
        );
        writeln!(out, "{snippet}\n")?;
    }
    out.flush()
}
