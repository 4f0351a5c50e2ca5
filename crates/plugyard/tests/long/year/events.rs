//! Events other than adding a release.

use crate::yard::Yard;
use crate::year::change::{self, How};
use crate::year::keeper::Edit;
use crate::year::plugins::Plugin;
use crate::year::release::Release;
use crate::year::state::{State, is_moving, newest};
use crate::year::story::{Event, Year};
use crate::year::tampering;
use crate::year::version::Version;

/// One of the events, if one is possible now.
pub(crate) fn pass(year: &mut Year) {
    for _ in 0..year.events.len() {
        let event = year.events.remove(0);
        if happens(year, event) {
            return;
        }
        year.events.push(event);
    }
}

fn happens(year: &mut Year, event: Event) -> bool {
    match event {
        Event::Yank => yank(year),
        Event::Remove => remove(year),
        Event::RemovePlugin => remove_plugin(year),
        Event::Lift => lift(year),
        Event::SameVersion => same_version(year),
        Event::Lower | Event::Lose => lose(year, event == Event::Lower),
        Event::OtherDigest => tamper(
            year,
            &["content-kept", "digest-correct"],
            tampering::other_digest,
        ),
        Event::NoDigest => tamper(year, &["digest-present"], tampering::no_digest),
        Event::OtherClaim => tamper(year, &["labels-computed"], tampering::other_claim),
    }
}

/// A version of a plugin that is not mutable and satisfies this condition.
fn some(
    year: &mut Year,
    fits: impl Fn(&State, &str, &Version) -> bool,
) -> Option<(&'static str, Version)> {
    let entries = |year: &Year, plugin: &Plugin| -> Vec<Version> {
        let state = &year.keeper.state;
        let entries = state.of(plugin.name).into_iter();
        let versions = entries
            .map(|(version, _)| version)
            .filter(|version| !is_moving(version));
        versions
            .filter(|version| fits(state, plugin.name, version))
            .cloned()
            .collect()
    };
    let index = year.pick(|year, plugin| !entries(year, plugin).is_empty())?;
    let plugin = &year.plugins[index];
    let mut versions = entries(year, plugin);
    let name = plugin.name;
    Some((
        name,
        versions.swap_remove(year.random.below(versions.len())),
    ))
}

fn yank(year: &mut Year) -> bool {
    let Some((name, version)) = some(year, |state, name, version| {
        let entries = state.of(name);
        entries
            .iter()
            .any(|(other, entry)| *other == version && entry.yanked.is_null())
    }) else {
        return false;
    };
    let reason = format!("loses data: week {} – beware", year.week);
    let others = year.keeper.state.of(name).into_iter();
    let good = others.filter(|(other, entry)| **other != version && entry.yanked.is_null());
    let instead = good.map(|(other, _)| format!("{name}@{other}")).next_back();
    let instead = instead.filter(|_| year.random.once_in(2));
    let flag = instead.as_ref().map(|instead| format!(" --use {instead}"));
    let line = format!(
        "yank {name}@{version} --reason '{reason}'{}",
        flag.unwrap_or_default()
    );
    let next = change::yank(
        &year.keeper.state,
        name,
        &version,
        &reason,
        instead.as_deref(),
    );
    year.keeper
        .accept(&line.clone(), &Edit::Command(line), next);
    year.keeper.info(&year.upstream, name);
    true
}

/// A version is removed, and someone tries to add it again.
fn remove(year: &mut Year) -> bool {
    let several = |state: &State, name: &str, _: &Version| state.of(name).len() > 1;
    let Some((name, version)) = some(year, several) else {
        return false;
    };
    let entry = tampering::entry(&year.keeper.yard, name, &version);
    remove_version(year, name, &version);
    let title = format!("Bring {name}@{version} back");
    let append = |yard: &Yard| tampering::append(yard, &entry);
    year.keeper
        .refuse(&title, &Edit::Hand(&append), &["not-removed"]);
    true
}

fn remove_version(year: &mut Year, name: &str, version: &Version) {
    let reason = format!("a hole: week {}", year.week);
    let state = &year.keeper.state;
    let component = state.of(name)[0].1.component.clone();
    let next = change::remove(state, name, Some(version), &reason);
    let line = format!("remove {name}@{version} --reason '{reason}'");
    year.keeper
        .accept(&line.clone(), &Edit::Command(line), next);
    year.keeper
        .says_no(&format!("add {component}:{version}"), &reason);
    year.keeper
        .says_no(&format!("update {name} --to {version}"), &reason);
}

/// A plugin is removed with all its versions.
fn remove_plugin(year: &mut Year) -> bool {
    if year.week < 20 {
        return false;
    }
    let Some((name, _)) = some(year, |_, _, _| true) else {
        return false;
    };
    let reason = format!("nobody keeps it: week {}", year.week);
    let state = &year.keeper.state;
    let component = state.of(name)[0].1.component.clone();
    let next = change::remove(state, name, None, &reason);
    let line = format!("remove {name} --reason '{reason}'");
    year.keeper
        .accept(&line.clone(), &Edit::Command(line), next);
    let words = "was removed from this registry: ";
    year.keeper.says_no(&format!("add {component}"), words);
    year.keeper
        .says_no(&format!("update {name}"), "the constructor has no entry");
    if year.week.is_multiple_of(2) {
        year.succeed(name);
    }
    true
}

/// A removed version is added again, with a reviewed change of the tombstones.
fn lift(year: &mut Year) -> bool {
    let state = &year.keeper.state;
    let liftable = state.tombstones.iter().position(|tombstone| {
        let Some(version) = &tombstone.version else {
            return false;
        };
        let release = year.upstream.release(&tombstone.component, version);
        let mut entries = state.of(&tombstone.name).into_iter();
        release.is_some() && entries.any(|(_, entry)| entry.component == tombstone.component)
    });
    let Some(index) = liftable.filter(|_| state.tombstones.len() > 1) else {
        return false;
    };
    let mut next = state.clone();
    let tombstone = next.tombstones.remove(index);
    let version = tombstone.version.unwrap();
    let (name, component) = (tombstone.name.as_str(), tombstone.component.as_str());
    let plugins = [(name, component, Some(&version))];
    next = change::add(&next, &year.upstream, &plugins, false).state;
    let edit = |yard: &Yard| {
        tampering::lift(yard, component, &version);
        yard.done(&format!("add {component}:{version}"));
    };
    let title = format!("Take {name}@{version} back, as it was no hole");
    year.keeper.accept(&title, &Edit::Hand(&edit), next);
    true
}

/// A manual change that violates these rules.
fn tamper(year: &mut Year, rules: &[&str], change: fn(&Yard, &str, &Version)) -> bool {
    let Some((name, version)) = some(year, |_, _, _| true) else {
        return false;
    };
    let title = format!("Change {name}@{version} by hand");
    let edit = |yard: &Yard| change(yard, name, &version);
    year.keeper.refuse(&title, &Edit::Hand(&edit), rules);
    true
}

/// Something changes without raising the version of the registry.
fn same_version(year: &mut Year) -> bool {
    let Some((name, version)) = some(year, |state, name, version| {
        state
            .of(name)
            .iter()
            .any(|(other, entry)| *other == version && entry.yanked.is_null())
    }) else {
        return false;
    };
    let old = year.keeper.state.version.clone();
    let new = crate::year::state::Class::Patch.after(&old);
    let edit = |yard: &Yard| {
        yard.done(&format!("yank {name}@{version} --reason hurry"));
        tampering::same_version(yard, &new, &old);
    };
    let title = format!("Withdraw {name}@{version} in a hurry");
    year.keeper
        .refuse(&title, &Edit::Hand(&edit), &["registry-version"]);
    true
}

/// An entry is lost: the newest one, or an older one with too few newer ones.
fn lose(year: &mut Year, newest_one: bool) -> bool {
    let Some((name, version)) = some(year, |state, name, version| {
        let entries = state.of(name);
        let highest = newest(&entries).unwrap();
        let newer = entries.iter().filter(|(other, _)| *other > version).count();
        let falls = highest.0 == version && highest.1.yanked.is_null();
        let fits = if newest_one {
            falls
        } else {
            highest.0 != version
        };
        entries.len() > 1 && fits && newer < change::KEEP
    }) else {
        return false;
    };
    let state = &year.keeper.state;
    let mut next = state.clone();
    next.entries.remove(&(name.to_owned(), version.clone()));
    let mut rules = Vec::new();
    if next.class_since(state, None) != crate::year::state::Class::Major {
        rules.push("nothing-lost");
    }
    if newest_one {
        rules.push("version-not-lowered");
    }
    let title = format!("Lose {name}@{version}");
    let edit = |yard: &Yard| tampering::cut(yard, name, &version);
    year.keeper.refuse(&title, &Edit::Hand(&edit), &rules);
    true
}

/// Someone else wants a name: refused, unless it was given up.
pub(crate) fn takeover(year: &mut Year, name: &str, release: &Release) {
    let component = release.component.as_str();
    let words = format!("the name `{name}` belongs to ");
    year.keeper.says_no(&format!("add {component}"), &words);
    let other = format!("{name}0");
    let edit = |yard: &Yard| {
        yard.done(&format!("add {component} --name {other}"));
        tampering::rename(yard, &other, name);
        yard.done("bump");
    };
    let title = format!("Give {name} to {component}");
    year.keeper
        .refuse(&title, &Edit::Hand(&edit), &["name-bound"]);
}

/// A plugin version in the registry that could be overwritten.
pub(crate) fn retaggable(year: &Year, plugin: &Plugin) -> Option<Version> {
    let entries = year.keeper.state.of(plugin.name);
    let versions = entries.iter().map(|(version, _)| *version);
    versions
        .filter(|version| !is_moving(version))
        .max()
        .cloned()
}

/// A mutable version has changed.
pub(crate) fn moving(year: &mut Year, plugin: &Plugin) {
    let text = format!("of week {}", year.week);
    let release = plugin.release(Version::new("0.0.0-main"), &text);
    year.upstream.retag(release);
    if year.random.once_in(4) {
        wrong_pin(year, "check --all");
    }
    let repin = year.random.once_in(2);
    let how = How {
        repin,
        ..How::default()
    };
    assert!(
        year.update(&[plugin.name], how),
        "{} has moved",
        plugin.name
    );
}

/// A pin is wrong: the gate reports it, and nothing can be published.
fn wrong_pin(year: &mut Year, title: &str) {
    let outcome = year.keeper.yard.run("check --all -o json");
    year.keeper.broken(title, &outcome, &["digest-correct"]);
    year.keeper.says_no("publish", "is sha256:");
}

/// A version was overwritten. The new content is not accepted: the old one is restored, or the
/// version is removed from the registry.
pub(crate) fn retag(year: &mut Year, plugin: &Plugin) {
    let name = plugin.name;
    let version = retaggable(year, plugin).unwrap();
    let component = year.keeper.state.of(name)[0].1.component.clone();
    let mut release = year.upstream.release(&component, &version).unwrap().clone();
    release.build(&release.platforms(), &format!("anew in week {}", year.week));
    let before = year.upstream.retag(release);
    let title = format!("{name}@{version} has other content");
    wrong_pin(year, &title);
    let line = format!("update {name} --repin");
    let how = How {
        repin: true,
        ..How::default()
    };
    let change = change::update(&year.keeper.state, &year.upstream, &[name], how);
    let edit = Edit::JsonCommand(line.clone(), &change.changes);
    year.keeper.refuse(&line, &edit, &["content-kept"]);
    if year.keeper.state.of(name).len() > 1 && year.random.once_in(2) {
        remove_version(year, name, &version);
        return;
    }
    year.upstream.restore(before);
    year.keeper.passes(&title, "check --all -o json");
    let published = year.keeper.yard.done("publish -o json").json();
    assert_eq!(published["status"], "unchanged", "{title}");
}
