//! The page about the rules, written from the rules.

use std::fmt::Write;

use super::RULES;

const HEAD: &str = "\
# What `plugyard check` looks at

`plugyard check` is the gate of a registry: it says whether a change of the constructor may be merged. It never runs a plugin.

It compares with the latest published version (`--against REF` or `--against git:REV` name another one), and reads the components
of those entries only that differ from it, or of all with `--all`.

| exit code | meaning |
|---|---|
| 0 | nothing was found, or warnings and notes only |
| 3 | a rule of severity `error` is broken |
| 1 | something could not be decided (status `unknown`), whatever the severity of the rule: *could not read* is never *absent* |
| 2 | the command was used wrongly |

1 outranks 3. If the constructor itself cannot be read, nothing else is looked at.

`rules` in [plugyard.yaml](plugyard-yaml.md) gives a rule another severity, or switches it `off`; `exceptions` accepts what a rule
finds at one entry, with a reason. An accepted finding is not shown, and is counted in the last line.

This page is written from the rules: `SNAPSHOTS=overwrite cargo test -p plugyard-keeper --test check_documents`.

";

/// The page `docs/checks.md`.
pub fn documentation() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| rule | severity | what must hold |\n|---|---|---|\n");
    for rule in RULES {
        let _ = writeln!(
            page,
            "| [{id}](#{id}) | {} | {} |",
            rule.severity.word(),
            rule.summary,
            id = rule.id
        );
    }
    for rule in RULES {
        let mut summary = rule.summary.chars();
        let first = summary.next().into_iter().flat_map(char::to_uppercase);
        let summary: String = first.chain(summary).collect();
        let mut fix = rule.fix.chars();
        let first = fix.next().into_iter().flat_map(char::to_uppercase);
        let fix: String = first.chain(fix).collect();
        let _ = write!(
            page,
            "\n## {}\n\n{summary}. Severity: `{}`.\n\n{}\n\n**The way out:** {fix}.\n",
            rule.id,
            rule.severity.word(),
            rule.reason
        );
    }
    page
}
