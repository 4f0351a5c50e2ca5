//! Findings as a table, for the summary of a job or a comment.

use std::fmt::Write;

use keeper::check::Status;

use super::shown::{Shown, groups};

/// Rows that are printed at most: the summary of a job has a limit.
const ROWS: usize = 500;

/// The whole page.
pub(super) fn page(findings: &[Shown], summary: &str) -> String {
    let mut page = format!("### plugyard check\n\n{}\n", plain(summary));
    let groups = groups(findings);
    if groups.is_empty() {
        return page;
    }
    page.push_str("\n| | rule | place | finding |\n|---|---|---|---|\n");
    for group in groups.iter().take(ROWS) {
        let finding = group.first;
        let word = match finding.status {
            Status::Unknown => "unknown",
            Status::Fail => finding.severity.word(),
        };
        let _ = writeln!(
            page,
            "| {word} | {} | {}:{}:{} | {}<br>{} |",
            group.rules.join("<br>"),
            plain(&finding.file),
            finding.line,
            finding.column,
            plain(&group.message()),
            plain(&finding.help)
        );
    }
    if groups.len() > ROWS {
        let _ = writeln!(page, "\nand {} more", groups.len() - ROWS);
    }
    page
}

/// Text from outside as plain text: no table cell, HTML, link, image, code or mention comes out
/// of it. An entity alone would not do for `@`, as mentions are looked for in the rendered text.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '@' => safe.push_str("&#64;&#8203;"),
            ':' | '`' | '|' | '<' | '>' | '&' | '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '#'
            | '~' | '!' | '"' | '\'' | '$' => {
                let _ = write!(safe, "&#{};", u32::from(character));
            }
            '\n' | '\r' | '\t' => safe.push(' '),
            other if other.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe.replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_comes_out_as_markup() {
        let text = "a|b`c`<img src=x>@team [x](http://e.org) **b** #1 www.e.org\n| x |";
        let safe = plain(text);
        for markup in ["|", "`", "<", ">", "[", "](", "*", "\n", "://", "www."] {
            assert!(!safe.contains(markup), "{markup} in {safe}");
        }
        assert!(safe.contains("&#64;&#8203;team"), "{safe}");
    }
}
