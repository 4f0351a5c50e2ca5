//! Entries are sorted by name, then by version.

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;

pub(super) static RULE: Rule = Rule {
    id: "entries-sorted",
    summary: "entries are sorted by name, then by version",
    reason: "Changes are easier to read, and two changes made at the same time rarely conflict.",
    fix: "move the entry; `plugyard add` and `plugyard update` insert entries in order",
    severity: Severity::Note,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    for pair in context.entries.windows(2) {
        let [before, entry] = pair else {
            continue;
        };
        let order = before
            .name()
            .cmp(entry.name())
            .then_with(|| before.version().precedence(entry.version()));
        if order.is_gt() {
            let message = format!("{} must be before {}", entry.spelled(), before.spelled());
            judge.fail(entry, entry.reference.name.span, message, None);
        }
    }
}
