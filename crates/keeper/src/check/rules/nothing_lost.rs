//! Published entries stay, unless they are removed explicitly or the major version rises.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;

use ocm::{Reference, Version};

use crate::check::context::{Context, Entry};
use crate::check::judge::{Judge, Subject};
use crate::check::rule::{Judging, Rule};
use crate::pruning::Retention;
use crate::severity::Severity;
use registry::EntryId;
use registry::labels::{EntryLabel, RegistryLabel};
use registry::precedence::{Precedence, precedence};
use registry::tombstone::Tombstones;

pub(super) static RULE: Rule = Rule {
    id: "nothing-lost",
    summary: "published entries stay, unless they are removed explicitly or the major version rises",
    reason: "Users would miss an entry that is lost in a merge. An older version that a newer one replaces (a stable version only by a stable one), or that `keep` prunes, is not a loss.",
    fix: "add the entry again, or remove it with `plugyard remove NAME@VERSION --reason TEXT`",
    severity: Severity::Error,
    is_about_entries: true,
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
    let mut listed: HashMap<&str, Vec<(Precedence, &Version)>> = HashMap::new();
    for entry in &context.entries {
        let version = entry.version();
        let of_name = listed.entry(entry.name()).or_default();
        of_name.push((precedence(version.as_str()), version));
    }
    let kept: HashSet<(&str, &Precedence)> = listed
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
        let now = listed
            .get(lost.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        if is_replaced(version.as_ref(), now, context)
            || version
                .as_ref()
                .is_some_and(|version| is_pruned(lost, version, context))
        {
            continue;
        }
        let message = format!(
            "{} of {} was dropped without a tombstone",
            EntryId::from(lost),
            published.name
        );
        let subject = Subject::Entry(&lost.name, version.as_ref());
        judge.fail(subject, context.span(), message, None);
    }
}

/// Returns whether as many newer versions are listed as `keep` asks for; without `keep`, one. A
/// pre-release does not replace a stable version.
fn is_replaced(
    lost: Option<&Version>,
    now: &[(Precedence, &Version)],
    context: &Context<'_>,
) -> bool {
    let keep = context.policy.keep.map_or(1, NonZeroUsize::get);
    let newer = now.iter().filter(|(_, version)| {
        lost.is_none_or(|lost| {
            let is_as_stable = lost.is_pre_release() || !version.is_pre_release();
            is_as_stable && version.precedence(lost).is_gt()
        })
    });
    newer.take(keep).count() == keep
}

/// Returns whether `update` would remove the entry because of `keep`.
fn is_pruned(lost: &Reference, version: &Version, context: &Context<'_>) -> bool {
    let Some(keep) = context.policy.keep else {
        return false;
    };
    let details = EntryLabel::of(lost.labels());
    let is_mutable = |component: &str, version: &Version| {
        context.may_change(&lost.name, component, version.as_str())
    };
    if details.moving || is_mutable(&lost.component_name, version) {
        return false;
    }
    let yanked = details.yanked.is_some();
    let entries = context.entries.iter();
    let others = entries.filter(|entry| {
        let counts = |details: &EntryLabel| !details.moving && details.yanked.is_none();
        entry.name() == lost.name
            && entry.details.as_ref().is_ok_and(counts)
            && !is_mutable(entry.component(), entry.version())
    });
    let mut counted: Vec<&Version> = others.map(Entry::version).collect();
    if !yanked {
        counted.push(version);
    }
    !Retention::of(keep, counted).keeps(version, yanked)
}
