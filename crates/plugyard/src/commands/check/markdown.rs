//! Findings as a table, for the summary of a job or a comment.

use std::fmt::Write;

use keeper::check::Status;

use super::shown::{Shown, groups};
use crate::escape::markdown::{cell, prose};

/// Maximum number of rows, and of bytes before the last row: a job summary may have 1 MiB.
const ROWS: usize = 500;
const BYTES: usize = 1_000_000;

/// The whole page: the summary, the lines about the policy, and a table of findings.
pub(super) fn page(findings: &[Shown], summary: &str, policy: &[String]) -> String {
    let mut page = format!("### plugyard check\n\n{}\n\n", prose(summary));
    for line in policy {
        let _ = writeln!(page, "* policy: {}", prose(line));
    }
    let groups = groups(findings);
    if groups.is_empty() {
        return page;
    }
    page.push_str("\n| | rule | location | finding |\n|---|---|---|---|\n");
    let mut rows = 0;
    for group in groups.iter().take(ROWS) {
        if page.len() > BYTES {
            break;
        }
        rows += 1;
        let finding = group.first;
        let word = match finding.status {
            Status::Unknown => "unknown",
            Status::Fail => finding.severity.word(),
        };
        let _ = writeln!(
            page,
            "| {word} | {} | {}:{}:{} | {}<br>{} |",
            group.rules.join("<br>"),
            cell::word(&finding.file),
            finding.line,
            finding.column,
            cell::prose(&group.message()),
            cell::prose(&finding.help)
        );
    }
    if groups.len() > rows {
        let _ = writeln!(page, "\nand {} more findings", groups.len() - rows);
    }
    page
}
