//! Entries stand in the order of names, then of versions.

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};

pub(super) static RULE: Rule = Rule {
    id: "entries-sorted",
    summary: "entries stand in the order of names, then of versions",
    reason: "Changes are easier to read, and two changes at once rarely meet in one place.",
    fix: "move the entry to its place; `plugyard add` and `plugyard update` put entries there by themselves",
    severity: Severity::Note,
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
            let message = format!("{} stands behind {}", entry.spelled(), before.spelled());
            judge.fail(entry, entry.reference.name.span, message, None);
        }
    }
}
