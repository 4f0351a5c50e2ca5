//! What was published stays, unless it is taken out or the major version rises.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;

use ocm::{Reference, Version};

use crate::check::Severity;
use crate::check::context::{Context, Entry};
use crate::check::rule::{Judge, Judging, Rule, Subject};
use crate::pruning::Staying;
use registry::EntryId;
use registry::labels::{EntryLabel, RegistryLabel};
use registry::precedence::{Precedence, precedence};
use registry::tombstone::Tombstones;

pub(super) static RULE: Rule = Rule {
    id: "nothing-lost",
    summary: "what was published stays, unless it is taken out or the major version rises",
    reason: "An entry that is lost in a merge would be missed by those who use it. A newer version in place of an older one, and what `keep` prunes, is no loss.",
    fix: "put the entry back, or take it out with `plugyard remove NAME@VERSION --reason TEXT`",
    severity: Severity::Error,
    judge: Judging::Registry(judge),
};

fn judge(context: &Context<'_>, judge: &mut Judge<'_>) {
    let Some(published) = context.published(judge) else {
        return;
    };
    let major = |version: &Version| version.numbers()[0];
    if major(&context.registry.version.value) > major(&published.version) {
        return;
    }
    let mut stays: HashMap<&str, Vec<(Precedence, &Version)>> = HashMap::new();
    for entry in &context.entries {
        let version = entry.version();
        let of_name = stays.entry(entry.name()).or_default();
        of_name.push((precedence(version.as_str()), version));
    }
    let kept: HashSet<(&str, &Precedence)> = stays
        .iter()
        .flat_map(|(name, versions)| versions.iter().map(|(key, _)| (*name, key)))
        .collect();
    let tombstones = Tombstones::new(RegistryLabel::of(&context.labels).removed);
    for lost in &published.content.entries {
        let key = precedence(&lost.version);
        if kept.contains(&(lost.name.as_str(), &key))
            || tombstones.of(&lost.component_name, &lost.version).is_some()
        {
            continue;
        }
        let version = Version::parse(&lost.version).ok();
        let now = stays.get(lost.name.as_str()).map_or(&[][..], Vec::as_slice);
        if is_pruned(version.as_ref(), now, context)
            || version
                .as_ref()
                .is_some_and(|version| is_more_than_kept(lost, version, context))
        {
            continue;
        }
        let message = format!(
            "{} of {} has gone, and nothing says why",
            EntryId::from(lost),
            published.name
        );
        let subject = Subject::Entry(&lost.name, version.as_ref());
        judge.fail(subject, context.span(), message, None);
    }
}

/// Says whether enough newer versions are there instead.
fn is_pruned(
    lost: Option<&Version>,
    now: &[(Precedence, &Version)],
    context: &Context<'_>,
) -> bool {
    let keep = context.policy.keep.map_or(1, NonZeroUsize::get);
    let newer = now
        .iter()
        .filter(|(_, version)| lost.is_none_or(|lost| version.precedence(lost).is_gt()));
    newer.take(keep).count() == keep
}

/// Says whether `update` would take it out, as more versions of the plugin stay than shall be
/// kept: a yanked one does not count, and a pre-release goes where no stable version is older.
fn is_more_than_kept(lost: &Reference, version: &Version, context: &Context<'_>) -> bool {
    let Some(keep) = context.policy.keep else {
        return false;
    };
    let details = EntryLabel::of(lost.labels());
    let moves = |component: &str, version: &Version| {
        let policy = context.policy;
        policy.is_moving(&lost.name, component, version.as_str())
    };
    if details.moving || moves(&lost.component_name, version) {
        return false;
    }
    let yanked = details.yanked.is_some();
    let entries = context.entries.iter();
    let others = entries.filter(|entry| {
        let plain = |details: &EntryLabel| !details.moving && details.yanked.is_none();
        entry.name() == lost.name
            && entry.details.as_ref().is_ok_and(plain)
            && !moves(entry.component(), entry.version())
    });
    let mut counted: Vec<&Version> = others.map(Entry::version).collect();
    if !yanked {
        counted.push(version);
    }
    !Staying::of(keep, counted).stays(version, yanked)
}
