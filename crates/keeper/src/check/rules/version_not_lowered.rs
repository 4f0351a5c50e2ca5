//! The newest version of a plugin does not fall without a word.

use ocm::Version;

use crate::check::Severity;
use crate::check::context::Context;
use crate::check::rule::{Judge, Judging, Rule};
use registry::labels::{EntryLabel, RegistryLabel};
use registry::precedence::newest;
use registry::tombstone::Tombstones;

pub(super) static RULE: Rule = Rule {
    id: "version-not-lowered",
    summary: "the newest version of a plugin does not fall without a word",
    reason: "Users would get an older program as the newest one. A word is a tombstone (`plugyard remove`) or that the version was withdrawn before (`plugyard yank`).",
    fix: "use the newer version, or take it out with `plugyard remove NAME@VERSION --reason TEXT`",
    severity: Severity::Error,
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
        let spoken = tombstones
            .of(&before.component_name, &before.version)
            .is_some()
            || EntryLabel::of(before.labels()).yanked.is_some();
        if entry.version().precedence(&version).is_lt() && !spoken {
            let message = format!(
                "the newest version of `{}` falls from {version} in {} to {}",
                entry.name(),
                published.name,
                entry.version()
            );
            judge.fail(entry, entry.reference.version.span, message, None);
        }
    }
}
