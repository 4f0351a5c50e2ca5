//! Findings as they are printed.

use keeper::check::{Finding, Status};
use keeper::severity::Severity;
use ocm::Lines;
use serde::Serialize;

/// A finding with its line and column. The members are those of the JSON form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    pub(super) rule: &'static str,
    pub(super) severity: Severity,
    pub(super) status: Status,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    pub(super) help: String,
}

/// Adds lines and columns to findings.
pub(super) fn all(file: &str, text: &str, findings: &[Finding]) -> Vec<Shown> {
    let lines = Lines::new(text);
    let shown = findings.iter().map(|finding| {
        let (line, column) = lines.position(finding.span.start);
        Shown {
            rule: finding.rule,
            severity: finding.severity,
            status: finding.status,
            file: file.to_owned(),
            line,
            column,
            message: finding.message.clone(),
            help: finding.help.clone(),
        }
    });
    shown.collect()
}

/// Findings that are shown as one: rules that are undecided at one location for one reason.
pub(super) struct Group<'a> {
    /// The first of them.
    pub(super) first: &'a Shown,
    /// Its index.
    pub(super) index: usize,
    pub(super) rules: Vec<&'static str>,
}

/// Groups findings; see [`Group`].
pub(super) fn groups(findings: &[Shown]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (index, finding) in findings.iter().enumerate() {
        match groups.last_mut() {
            Some(group)
                if finding.status == Status::Unknown
                    && group.first.status == Status::Unknown
                    && (group.first.line, group.first.column) == (finding.line, finding.column)
                    && group.first.message == finding.message =>
            {
                group.rules.push(finding.rule);
            }
            _ => groups.push(Group {
                first: finding,
                index,
                rules: vec![finding.rule],
            }),
        }
    }
    groups
}

impl Group<'_> {
    /// The problem, or why the rules are undecided.
    pub(super) fn message(&self) -> String {
        let finding = self.first;
        match (finding.status, self.rules.len()) {
            (Status::Fail, _) => finding.message.clone(),
            (Status::Unknown, 1) => format!("undecided: {}", finding.message),
            (Status::Unknown, number) => {
                format!("{number} rules are undecided: {}", finding.message)
            }
        }
    }
}
