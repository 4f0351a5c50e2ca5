//! Findings as workflow commands of GitHub Actions, which become annotations.

use std::fmt::Write;

use keeper::check::Status;
use keeper::severity::Severity;

use super::shown::{Shown, groups};

/// One command for each finding.
pub(super) fn commands(findings: &[Shown]) -> String {
    let mut text = String::new();
    for group in groups(findings) {
        let finding = group.first;
        let command = match (finding.status, finding.severity) {
            (Status::Unknown, _) | (Status::Fail, Severity::Error) => "error",
            (Status::Fail, Severity::Warning) => "warning",
            (Status::Fail, Severity::Note) => "notice",
        };
        let message = format!("{}\n{}", group.message(), finding.help);
        let _ = writeln!(
            text,
            "::{command} file={},line={},col={},title={}::{}",
            property(&finding.file),
            finding.line,
            finding.column,
            property(&group.rules.join(" ")),
            data(&message)
        );
    }
    text
}

/// Nothing in it may end the command, or start another one.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Nor may it end the property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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
            commands(&[finding]),
            "::notice file=a%2Cb%3Ac%0A%3A%3Ad%25,line=1,col=2,title=not-removed::50%25%0D%0A::set-output name=x::y%0Ah\n"
        );
    }
}
