//! The expected effect of each command on a registry.

use serde_json::{Value, json};

use crate::year::release::Release;
use crate::year::state::{Entry, State, Tombstone, Versioned, is_moving};
use crate::year::upstream::Upstream;
use crate::year::version::Version;

/// The value of `keep` in the registry's plugyard.yaml.
pub(crate) const KEEP: usize = 2;

/// The effect of a command on a registry.
#[derive(Debug)]
pub(crate) struct Change {
    /// The registry afterwards, with its previous version.
    pub(crate) state: State,
    /// Its output for each entry.
    pub(crate) changes: Vec<Value>,
    /// The rules that the new entries violate, each once.
    pub(crate) flaws: Vec<&'static str>,
}

impl Change {
    fn of(state: &State) -> Self {
        Self {
            state: state.clone(),
            changes: Vec::new(),
            flaws: Vec::new(),
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.changes.is_empty()
    }

    fn take(&mut self, name: &str, old: Option<&Version>, release: &Release) {
        let mut entry = Entry::of(release);
        let key = (name.to_owned(), release.version.clone());
        if let Some(before) = self.state.entries.get(&key) {
            entry.yanked = before.yanked.clone();
        }
        self.changes.push(json!({
            "name": name,
            "component": release.component,
            "old": old.map(ToString::to_string),
            "new": release.version.to_string(),
            "digest": format!("sha256:{}", entry.digest()),
        }));
        self.state.entries.insert(key, entry);
        self.flaws.extend(release.flaw);
        self.flaws.sort_unstable();
        self.flaws.dedup();
    }
}

/// `add COMPONENT[:VERSION]…`, with the names of the entries.
pub(crate) fn add(
    state: &State,
    upstream: &Upstream,
    plugins: &[(&str, &str, Option<&Version>)],
    pre: bool,
) -> Change {
    let mut change = Change::of(state);
    for (name, component, version) in plugins {
        let rank = |version: &&Version| (pre || !version.is_pre(), (*version).clone());
        let latest = || upstream.versions(component).max_by_key(rank).unwrap();
        let version = version.unwrap_or_else(latest);
        change.take(name, None, upstream.release(component, version).unwrap());
    }
    change
}

/// The arguments of `update`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct How<'a> {
    pub(crate) pre: bool,
    pub(crate) repin: bool,
    pub(crate) to: Option<&'a Version>,
}

/// `update NAME…`.
pub(crate) fn update(state: &State, upstream: &Upstream, names: &[&str], how: How<'_>) -> Change {
    let mut change = Change::of(state);
    let mut names = names.to_vec();
    names.sort_unstable();
    for name in names {
        let entries = state.of(name);
        let component = &entries[0].1.component;
        let release = |version: &Version| upstream.release(component, version).unwrap();
        let mut new: Vec<(Version, &Release)> = Vec::new();
        if let Some(to) = how.to {
            let highest = highest(&entries).unwrap();
            new.push((highest.clone(), release(to)));
        } else if !how.repin {
            let newer = newer(state, upstream, &entries, how.pre);
            new.extend(newer.into_iter().map(|(old, to)| (old, release(&to))));
        }
        for (version, entry) in &entries {
            let looked_at = how.repin || how.to.is_none() && entry.moving;
            if looked_at && release(version).digest() != entry.digest() {
                new.push(((*version).clone(), release(version)));
            }
        }
        new.sort_by(|(_, one), (_, other)| one.version.cmp(&other.version));
        let came = new.iter().any(|(old, new)| *old != new.version);
        for (old, release) in new {
            change.take(name, Some(&old), release);
        }
        if came {
            prune(&mut change.state, name, how.to);
        }
    }
    change
}

/// The highest version of these entries; mutable ones count only if there are no others.
fn highest<'a>(entries: &[Versioned<'a>]) -> Option<&'a Version> {
    let fixed = entries.iter().filter(|(_, entry)| !entry.moving);
    let highest = fixed.map(|(version, _)| *version).max();
    highest.or_else(|| entries.iter().map(|(version, _)| *version).max())
}

/// The newer versions of a plugin, each with the version that it replaces.
fn newer(
    state: &State,
    upstream: &Upstream,
    entries: &[Versioned<'_>],
    pre: bool,
) -> Vec<(Version, Version)> {
    let component = &entries[0].1.component;
    let there: Vec<&Version> = upstream
        .versions(component)
        .filter(|version| !state.is_removed(component, version))
        .collect();
    let any = highest(entries).unwrap();
    let stable: Vec<_> = entries
        .iter()
        .filter(|(version, _)| !version.is_pre())
        .copied()
        .collect();
    let above = highest(&stable).unwrap_or(any);
    let better = |pre: bool, above: &Version| {
        let candidates = there.iter().filter(|version| version.is_pre() == pre);
        candidates.copied().filter(|version| *version > above).max()
    };
    let mut newer = Vec::new();
    let best = better(false, above);
    newer.extend(best.map(|best| (above.clone(), best.clone())));
    // A pre-release is updated to later pre-releases.
    if pre || any.is_pre() && !is_moving(any) {
        let candidate = better(true, best.map_or(any, |best| best.max(any)));
        newer.extend(candidate.map(|version| (any.clone(), version.clone())));
    }
    newer
}

/// Removes surplus versions: the newest stable versions stay, and up to the same number of the
/// newest candidates that are newer than the oldest of those. Withdrawn versions do not count, and
/// are removed once all remaining ones are newer. Mutable and requested versions stay.
fn prune(state: &mut State, name: &str, requested: Option<&Version>) {
    let entries: Vec<(Version, bool)> = state
        .of(name)
        .into_iter()
        .filter(|(_, entry)| !entry.moving)
        .map(|(version, entry)| (version.clone(), !entry.yanked.is_null()))
        .collect();
    let newest = |pre: bool| {
        let good = entries
            .iter()
            .filter(move |(version, yanked)| !yanked && version.is_pre() == pre);
        good.map(|(version, _)| version).rev().take(KEEP)
    };
    let oldest = newest(false).last();
    let candidates: Vec<&Version> = newest(true)
        .filter(|version| oldest.is_none_or(|oldest| *version > oldest))
        .collect();
    for (version, yanked) in &entries {
        let stays = if *yanked {
            let oldest = oldest.or(candidates.last().copied());
            oldest.is_none_or(|oldest| version > oldest)
        } else if version.is_pre() {
            candidates.contains(&version)
        } else {
            oldest.is_none_or(|oldest| version >= oldest)
        };
        if !stays && requested != Some(version) {
            state.entries.remove(&(name.to_owned(), version.clone()));
        }
    }
}

/// `yank NAME@VERSION`.
pub(crate) fn yank(
    state: &State,
    name: &str,
    version: &Version,
    reason: &str,
    instead: Option<&str>,
) -> State {
    let mut state = state.clone();
    let mut yanked = json!({"reason": reason});
    if let Some(instead) = instead {
        yanked["use"] = json!(instead);
    }
    state.entry(name, version).yanked = yanked;
    state
}

/// `remove NAME[@VERSION]`.
pub(crate) fn remove(state: &State, name: &str, version: Option<&Version>, reason: &str) -> State {
    let mut state = state.clone();
    let tombstone = Tombstone {
        name: name.to_owned(),
        component: state.of(name)[0].1.component.clone(),
        version: version.cloned(),
        reason: reason.to_owned(),
    };
    let is_old =
        |old: &Tombstone| old.component == tombstone.component && old.version == tombstone.version;
    state.tombstones.retain(|old| !is_old(old));
    state.tombstones.push(tombstone);
    state
        .entries
        .retain(|(other, own), _| other != name || version.is_some_and(|version| version != own));
    state
}
