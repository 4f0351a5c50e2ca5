//! The newest version of a plugin never decreases unless the old version is removed or yanked.

use ocm::Version;

use crate::check::context::Context;
use crate::check::judge::Judge;
use crate::check::rule::{Judging, Rule};
use crate::severity::Severity;
use registry::labels::{EntryLabel, RegistryLabel};
use registry::offer::newest;
use registry::tombstone::Tombstones;

pub(super) static RULE: Rule = Rule {
    id: "version-not-lowered",
    summary: "the newest version of a plugin never decreases unless the old version is removed or yanked",
    reason: "Users would get an older program as the newest one. `plugyard remove` leaves a tombstone, `plugyard yank` marks the version: both make the decrease explicit.",
    fix: "list the newer version, or remove it with `plugyard remove NAME@VERSION --reason TEXT`",
    severity: Severity::Error,
    is_about_entries: true,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let Some(published) = context.published(judge) else {
        return;
    };
    let tombstones = Tombstones::new(RegistryLabel::of(&context.labels).removed);
    let before = published.content.by_name();
    for entry in context.entries.iter().filter(|entry| entry.newest) {
        let before = before.get(entry.name());
        let Some(before) = before.and_then(|entries| newest(entries)) else {
            continue;
        };
        let Ok(version) = Version::parse(&before.version) else {
            continue;
        };
        let removed = tombstones.of(&before.component_name, &before.version);
        let is_yanked = || {
            let yanked = |label: &EntryLabel| label.yanked.is_some();
            yanked(&EntryLabel::of(before.labels()))
                || context.entries.iter().any(|other| {
                    other.name() == before.name
                        && other.version().same_as(&version)
                        && other.details.as_ref().is_ok_and(yanked)
                })
        };
        let is_lower = entry.version().precedence(&version).is_lt();
        if is_lower && removed.is_none() && !is_yanked() {
            let message = format!(
                "the newest version of `{}` decreases from {version} in {} to {}",
                entry.name(),
                published.name,
                entry.version()
            );
            judge.fail(entry, entry.reference.version.span, message, None);
        }
    }
}
