//! The events of the year: releases and other events, shuffled by a seed.

use std::collections::{BTreeMap, BTreeSet};

use testkit::{Random, Server};

use crate::year::change::{self, How};
use crate::year::keeper::Keeper;
use crate::year::plugins::{Plugin, plugins};
use crate::year::release::Release;
use crate::year::upstream::Upstream;
use crate::year::version::Version;

/// A release by an author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Card {
    /// A plugin that is not in the registry yet.
    First,
    /// A stable version.
    Stable,
    /// A release candidate.
    Candidate,
    /// A stable version of an older line.
    Backport,
    /// Other content of a mutable version.
    Moving,
    /// Other content of a version that is not mutable.
    Retag,
    /// A version that violates this rule.
    Flawed(&'static str),
    /// A plugin of another owner under an existing name.
    Takeover,
}

/// How often; three hundred together with the thirty first releases.
const DECK: [(Card, usize); 10] = [
    (Card::Stable, 168),
    (Card::Candidate, 32),
    (Card::Backport, 6),
    (Card::Takeover, 8),
    (Card::Flawed("binary-platform"), 12),
    (Card::Flawed("platforms-required"), 6),
    (Card::Flawed("capabilities-known"), 5),
    (Card::Flawed("capability-unique"), 3),
    (Card::Flawed("no-dollar"), 2),
    (Card::Flawed("component-allowed"), 4),
];
/// The same for releases that leave outdated pins: at most one a week.
const STALE: [(Card, usize); 2] = [(Card::Moving, 16), (Card::Retag, 8)];

/// Other events that maintainers cause or face, besides adding releases.
const EVENTS: [(Event, usize); 10] = [
    (Event::Yank, 12),
    (Event::Remove, 6),
    (Event::RemovePlugin, 3),
    (Event::Lift, 2),
    (Event::OtherDigest, 3),
    (Event::NoDigest, 2),
    (Event::OtherClaim, 3),
    (Event::SameVersion, 3),
    (Event::Lower, 4),
    (Event::Lose, 3),
];
const WEEKS: usize = 52;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    Yank,
    Remove,
    RemovePlugin,
    Lift,
    OtherDigest,
    NoDigest,
    OtherClaim,
    SameVersion,
    Lower,
    Lose,
}

/// The state during the year and at its end.
pub(crate) struct Year {
    pub(crate) upstream: Upstream,
    pub(crate) keeper: Keeper,
    pub(crate) plugins: Vec<Plugin>,
    pub(crate) random: Random,
    deck: Vec<Card>,
    stale: Vec<Card>,
    pub(crate) events: Vec<Event>,
    pub(crate) dealt: BTreeMap<Card, usize>,
    /// Plugins that changed this week.
    busy: BTreeSet<&'static str>,
    pub(crate) week: usize,
}

/// A card, the index of its plugin, and the release of this week.
type Issue = (Card, usize, Release);

fn shuffled<T: Copy>(cards: &[(T, usize)], random: &mut Random) -> Vec<T> {
    let all = cards
        .iter()
        .flat_map(|(card, count)| std::iter::repeat_n(*card, *count));
    let mut deck: Vec<T> = all.collect();
    for last in (1..deck.len()).rev() {
        deck.swap(last, random.below(last + 1));
    }
    deck
}

impl Year {
    /// Replays the year.
    pub(crate) fn replay(server: Server) -> Self {
        let mut random = Random::new(2026);
        let upstream = Upstream::new(server);
        let mut year = Self {
            keeper: Keeper::new(&upstream),
            upstream,
            plugins: plugins(),
            deck: shuffled(&DECK, &mut random),
            stale: shuffled(&STALE, &mut random),
            events: shuffled(&EVENTS, &mut random),
            random,
            dealt: BTreeMap::new(),
            busy: BTreeSet::new(),
            week: 0,
        };
        year.begin();
        for week in 2..=WEEKS {
            year.week = week;
            year.busy.clear();
            year.pass();
        }
        assert_eq!(
            (year.deck.len(), year.stale.len(), year.events.len()),
            (0, 0, 0)
        );
        year
    }

    /// The first week: the registry gets its first plugins.
    fn begin(&mut self) {
        let first: Vec<Plugin> = self
            .plugins
            .iter()
            .filter(|plugin| plugin.week == 1)
            .cloned()
            .collect();
        let releases = first
            .iter()
            .map(|plugin| plugin.release(plugin.first.clone(), ""));
        self.upstream.publish(releases.collect());
        let added: Vec<_> = first
            .iter()
            .map(|plugin| (plugin.name, plugin.component.as_str(), None))
            .collect();
        *self.dealt.entry(Card::First).or_default() += added.len();
        let change = change::add(&self.keeper.state, &self.upstream, &added, false);
        let components: Vec<&str> = added.iter().map(|(_, component, _)| *component).collect();
        self.keeper
            .edit(&format!("add {}", components.join(" ")), change);
    }

    /// A week.
    fn pass(&mut self) {
        if self.week.is_multiple_of(2) || self.stale.len() > (WEEKS - self.week) / 2 {
            self.stale_pins();
        }
        let issues = self.deal();
        self.upstream
            .publish(issues.iter().map(|(.., release)| release.clone()).collect());
        for (card, plugin, release) in &issues {
            self.react(*card, *plugin, release);
        }
        if self.week.is_multiple_of(2) {
            self.scan();
        }
        for (card, plugin, release) in issues {
            if let Card::Flawed(_) = card {
                self.mend(plugin, &release);
            }
        }
        if !self.events.is_empty() && (self.week > 4) {
            crate::year::events::pass(self);
        }
    }

    /// A plugin of the registry that did not change this week.
    pub(crate) fn pick(&mut self, fits: impl Fn(&Self, &Plugin) -> bool) -> Option<usize> {
        let start = self.random.below(self.plugins.len());
        let indices = (0..self.plugins.len()).map(|step| (start + step) % self.plugins.len());
        let found = indices.into_iter().find(|index| {
            let plugin = &self.plugins[*index];
            !self.busy.contains(plugin.name) && self.is_there(plugin) && fits(self, plugin)
        });
        if let Some(index) = found {
            self.busy.insert(self.plugins[index].name);
        }
        found
    }

    fn is_there(&self, plugin: &Plugin) -> bool {
        let entries = self.keeper.state.of(plugin.name);
        !entries.is_empty()
    }

    /// This week's releases, except those that leave wrong pins.
    fn deal(&mut self) -> Vec<Issue> {
        let mut issues: Vec<Issue> = Vec::new();
        for index in 0..self.plugins.len() {
            let plugin = &self.plugins[index];
            if plugin.week == self.week {
                self.busy.insert(plugin.name);
                issues.push((Card::First, index, plugin.release(plugin.first.clone(), "")));
            }
        }
        let count = self.deck.len().div_ceil(WEEKS + 1 - self.week);
        let mut tries = self.deck.len();
        let mut dealt = 0;
        while dealt < count && tries > 0 {
            tries -= 1;
            let card = self.deck.remove(0);
            match self.issue(card) {
                Some((index, release)) => {
                    issues.push((card, index, release));
                    dealt += 1;
                }
                // Another week.
                None => self.deck.push(card),
            }
        }
        for (card, ..) in &issues {
            *self.dealt.entry(*card).or_default() += 1;
        }
        issues
    }

    /// A release of this kind, by an author who can create one.
    fn issue(&mut self, card: Card) -> Option<(usize, Release)> {
        let index = match card {
            Card::Backport => {
                self.pick(|year, plugin| plugin.backport(&year.upstream).is_some())?
            }
            _ => self.pick(|_, plugin| !plugin.only_moves())?,
        };
        let plugin = self.plugins[index].clone();
        let version = plugin.stable(&self.upstream, &mut self.random);
        let release = match card {
            Card::Candidate => plugin.release(plugin.candidate(&self.upstream), ""),
            Card::Backport => plugin.release(plugin.backport(&self.upstream)?, ""),
            Card::Takeover => self.intruder(&plugin),
            Card::Flawed("component-allowed") => {
                let mut stranger = plugin.clone();
                let name = format!("stranger{}", self.deck.len());
                stranger.component = format!("rival.example/plugins/{name}");
                let mut release = stranger.release(Version::new("1.0.0"), "");
                release.claims(format!("{name}/v1"));
                release
            }
            _ => plugin.next(version, &mut self.random),
        };
        let Card::Flawed(rule) = card else {
            return Some((index, release));
        };
        let other = if rule == "capability-unique" {
            let victim = self.pick(|year, plugin| {
                let entries = year.keeper.state.of(plugin.name);
                crate::year::state::newest(&entries)
                    .is_some_and(|(_, entry)| entry.yanked.is_null())
            })?;
            self.plugins[victim].claim()
        } else {
            String::new()
        };
        Some((index, release.spoilt(rule, &other, &mut self.random)))
    }

    /// Another author's plugin whose component ends in the same name.
    fn intruder(&self, plugin: &Plugin) -> Release {
        let owners = [
            "acme.org/plugins",
            "other.example/plugins",
            "lab.example/tools",
        ];
        let owner = owners
            .iter()
            .find(|owner| !plugin.component.starts_with(*owner))
            .unwrap();
        let mut intruder = plugin.clone();
        intruder.component = format!("{owner}/{}", plugin.name);
        let mut release = intruder.release(Version::new(&format!("99.0.{}", self.week)), "");
        release.claims(format!(
            "{}/of-{}",
            plugin.name,
            owner.replace(['.', '/'], "-")
        ));
        release
    }

    /// How the maintainers handle a release.
    fn react(&mut self, card: Card, plugin: usize, release: &Release) {
        let name = self.plugins[plugin].name;
        match card {
            Card::First | Card::Flawed("component-allowed") => {
                let name = release.component.rsplit('/').next().unwrap();
                self.add(name, &release.component, self.random_is_even());
            }
            // The next scan finds it.
            Card::Stable if !self.random.once_in(12) => {}
            Card::Candidate => {
                if self.random.once_in(2) {
                    self.update(&[name], How::default());
                }
                if self.random.once_in(2) {
                    let how = How {
                        pre: true,
                        ..How::default()
                    };
                    self.update(&[name], how);
                }
            }
            Card::Backport => {
                self.update(&[name], How::default());
                let how = How {
                    to: Some(&release.version),
                    ..How::default()
                };
                self.update(&[name], how);
            }
            Card::Takeover => crate::year::events::takeover(self, name, release),
            _ => {
                self.update(&[name], How::default());
            }
        }
    }

    fn random_is_even(&self) -> bool {
        self.week.is_multiple_of(2)
    }

    /// Someone else continues an abandoned plugin under its name.
    pub(crate) fn succeed(&mut self, name: &str) {
        let Some(card) = self.deck.iter().position(|card| *card == Card::Takeover) else {
            return;
        };
        self.deck.remove(card);
        *self.dealt.entry(Card::Takeover).or_default() += 1;
        let mut plugins = self.plugins.iter_mut();
        let plugin = plugins.find(|plugin| plugin.name == name).unwrap();
        plugin.component = format!("acme.org/successors/{name}");
        let component = plugin.component.clone();
        let release = plugin.release(Version::new("1.0.0"), "");
        self.upstream.publish(vec![release]);
        self.add(name, &component, false);
    }

    /// `add`, compared with the model.
    pub(crate) fn add(&mut self, name: &str, component: &str, pre: bool) {
        let plugins = [(name, component, None)];
        let change = change::add(&self.keeper.state, &self.upstream, &plugins, pre);
        let flag = if pre { " --pre" } else { "" };
        if self.keeper.edit(&format!("add {component}{flag}"), change) {
            self.keeper.info(&self.upstream, name);
        }
    }

    /// `update`, compared with the model.
    pub(crate) fn update(&mut self, names: &[&str], how: How<'_>) -> bool {
        let change = change::update(&self.keeper.state, &self.upstream, names, how);
        let to = how.to.map(|to| format!(" --to {to}")).unwrap_or_default();
        let pre = if how.pre { " --pre" } else { "" };
        let repin = if how.repin { " --repin" } else { "" };
        let line = format!("update {}{pre}{repin}{to}", names.join(" "));
        let merged = self.keeper.edit(&line, change);
        if merged && names.len() == 1 && self.keeper.merged().is_multiple_of(3) {
            self.keeper.info(&self.upstream, names[0]);
        }
        merged
    }

    /// A scan for newer versions of all plugins. If one of them would be refused, the
    /// others are proposed without it.
    fn scan(&mut self) {
        let state = self.keeper.state.clone();
        let names = state.names();
        let change = |name: &str| change::update(&state, &self.upstream, &[name], How::default());
        let good: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| {
                let change = change(name);
                change.flaws.is_empty() && !change.is_none()
            })
            .collect();
        let all = change::update(&state, &self.upstream, &names, How::default());
        let stopped = !all.flaws.is_empty();
        self.keeper.edit("update", all);
        if stopped && !good.is_empty() {
            self.update(&good, How::default());
        }
    }

    /// The author of a bad release deletes it, or releases another one.
    fn mend(&mut self, plugin: usize, release: &Release) {
        let spare = self.deck.iter().position(|card| *card == Card::Stable);
        let own = self.plugins[plugin].component == release.component;
        match spare.filter(|_| own && self.random.once_in(2)) {
            Some(index) => {
                self.deck.remove(index);
                *self.dealt.entry(Card::Stable).or_default() += 1;
                let plugin = self.plugins[plugin].clone();
                let version = plugin.stable(&self.upstream, &mut self.random);
                self.upstream
                    .publish(vec![plugin.release(version, "mended")]);
                self.update(&[plugin.name], How::default());
            }
            None => {
                self.upstream.withdraw(&release.component, &release.version);
            }
        }
    }

    /// A version has different content than before: the maintainers handle this first.
    fn stale_pins(&mut self) {
        let mut tries = self.stale.len();
        while tries > 0 {
            tries -= 1;
            let card = self.stale.remove(0);
            let index = match card {
                Card::Moving => self.pick(|_, plugin| plugin.moves()),
                _ => self
                    .pick(|year, plugin| crate::year::events::retaggable(year, plugin).is_some()),
            };
            let Some(index) = index else {
                self.stale.push(card);
                continue;
            };
            *self.dealt.entry(card).or_default() += 1;
            let plugin = self.plugins[index].clone();
            match card {
                Card::Moving => crate::year::events::moving(self, &plugin),
                _ => crate::year::events::retag(self, &plugin),
            }
            return;
        }
    }
}
