//! Findings as workflow commands of GitHub Actions, which become annotations.

use std::fmt::Write;

use keeper::check::Status;
use keeper::severity::Severity;

use super::shown::{Shown, groups};
use crate::escape::workflow_command::{message, property};

/// Maximum number of findings that become annotations; GitHub shows far fewer of one step.
const LIMIT: usize = 500;

/// One command for each finding, and one for each line about the policy.
pub(super) fn commands(findings: &[Shown], policy: &[String]) -> String {
    let mut text = String::new();
    for line in policy {
        let _ = writeln!(text, "::notice title=policy::{}", message(line));
    }
    let groups = groups(findings);
    for group in groups.iter().take(LIMIT) {
        let finding = group.first;
        let command = match (finding.status, finding.severity) {
            (Status::Unknown, _) | (Status::Fail, Severity::Error) => "error",
            (Status::Fail, Severity::Warning) => "warning",
            (Status::Fail, Severity::Note) => "notice",
        };
        let lines = format!("{}\n{}", group.message(), finding.help);
        let _ = writeln!(
            text,
            "::{command} file={},line={},col={},title={}::{}",
            property(&finding.file),
            finding.line,
            finding.column,
            property(&group.rules.join(" ")),
            message(&lines)
        );
    }
    if let Some(more) = groups.len().checked_sub(LIMIT).filter(|more| *more > 0) {
        let _ = writeln!(text, "::notice::{more} more findings are not shown");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_stay_within_their_command() {
        let finding = Shown {
            rule: "not-removed",
            severity: Severity::Note,
            status: Status::Fail,
            file: "a,b:c\n::d%".to_owned(),
            line: 1,
            column: 2,
            message: "50%\r\n::set-output name=x::y".to_owned(),
            help: "h".to_owned(),
        };
        assert_eq!(
            commands(&[finding], &[]),
            "::notice file=a%2Cb%3Ac%0A%3A%3Ad%25,line=1,col=2,title=not-removed::50%25%0D%0A::set-output name=x::y%0Ah\n"
        );
    }
}
