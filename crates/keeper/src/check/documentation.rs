//! The page about the rules, generated from the rules.

use std::fmt::Write;

use super::rules::RULES;

const HEAD: &str = "\
<!-- Generated from crates/keeper/src/check/rules; see CONTRIBUTING.md. -->

# Rules of `plugyard check`

`plugyard check` is the gate of a registry: it decides whether a change of the constructor may be merged. It never runs a plugin.

The constructor is compared with the latest published version; `--against REF` or `--against git:REV` names another one. Only the
components of entries that differ from it are read; `--all` reads all of them.

| exit code | meaning |
|---|---|
| 0 | no findings, or only warnings and notes |
| 3 | a rule of severity `error` is broken |
| 1 | a rule is undecided (status `unknown`), whatever its severity: *could not read* is never *absent* |
| 2 | wrong usage |

1 outranks 3. If the constructor itself cannot be read, no other rule is checked.

`rules` in [plugyard.yaml](plugyard-yaml.md) gives a rule another severity or switches it `off`; `exceptions` accepts the findings of a
rule at one entry, with a reason. Accepted findings are not shown; the last line counts them.

";

/// The text of `docs/checks.md`.
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
        let _ = write!(
            page,
            "\n## {}\n\n{}. Severity: `{}`.\n\n{}\n\n**How to fix:** {}.\n",
            rule.id,
            capitalised(rule.summary),
            rule.severity.word(),
            rule.reason,
            capitalised(rule.fix)
        );
    }
    page
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}
