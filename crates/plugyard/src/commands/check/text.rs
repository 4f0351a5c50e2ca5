//! Findings as snippets of the file.

use std::fmt::Write;
use std::io;

use keeper::check::{Finding, Status};
use keeper::severity::Severity;

use super::shown::{Shown, groups};
use crate::output;
use crate::snippet::{File, Kind, rendered};

/// Maximum number of findings that are shown, those that stop the gate rather than others.
const LIMIT: usize = 200;

/// Prints all findings, those that stop the gate last, where they are seen.
pub(super) fn print(text: &str, shown: &[Shown], findings: &[Finding]) -> io::Result<()> {
    let mut groups = groups(shown);
    groups.sort_by_key(|group| (group.first.status, group.first.severity));
    let hidden = groups.len().saturating_sub(LIMIT);
    let mut printed = String::new();
    if hidden > 0 {
        let _ = writeln!(printed, "{hidden} more findings are not shown\n");
    }
    for group in groups.into_iter().skip(hidden) {
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
        let _ = writeln!(printed, "{snippet}\n");
    }
    output::styled(&printed)
}
