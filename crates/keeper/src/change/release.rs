//! Adding a release: one version of one plugin, which its author announced.

use std::time::Duration;

use ocm::constructor::{ReferenceConstructor, values};
use ocm::{Label, Version};

use super::add::{Addition, check_free};
use super::update::{Found, Update};
use super::{
    Change, ChangeError, Count, HeldBack, Keeper, Limit, component_name, entries_of, read,
};
use crate::pruning::Retention;
use registry::labels::EntryLabel;
use registry::plugin::Plugin;

/// A release of a plugin.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// Name of the entry.
    pub name: &'a str,
    /// The component; an entry of another component is refused. Without it the entry must exist.
    pub component: Option<&'a str>,
    /// The version, in any spelling that is equal by semver; the newest one if absent.
    pub version: Option<&'a Version>,
    /// Whether pre-releases count where no version is named.
    pub pre: bool,
}

impl Keeper<'_> {
    /// Adds a release: as a new entry, as a newer version of one, or alongside newer versions.
    /// Nothing changes if the registry already has the version, unless it is a mutable one, which
    /// is re-pinned; nor if a component was named and `keep` would remove the version at once.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn release(&self, release: &Release<'_>) -> Result<Change, ChangeError> {
        let registry = self.registry()?;
        let entries = match entries_of(registry, release.name) {
            Ok(entries) => entries,
            Err(error) => match release.component {
                Some(component) => return self.add_release(release, component).await,
                None => return Err(error),
            },
        };
        let newest = entries
            .iter()
            .map(|(_, entry)| *entry)
            .max_by(|one, other| {
                let (one, other) = (&one.version.value, &other.version.value);
                one.precedence(other)
            });
        let bound = newest.map_or("", |entry| entry.component.value.as_str());
        if let Some(component) = release.component
            && component != bound
        {
            return Err(ChangeError::Bound {
                name: release.name.to_owned(),
                bound: bound.to_owned(),
                component: component.to_owned(),
            });
        }
        let Some(version) = release.version else {
            return self.update_one(release).await;
        };
        // A component in the constructor itself has no releases.
        let components = &self.constructor.components;
        if components.iter().any(|own| own.name.value == bound) {
            return self.finish(&[], Vec::new(), Count::Edits).await;
        }
        let found = match check_free(registry, release.name, bound, version) {
            Ok(()) => {
                if let Some(held_back) = self.held_back(release, &entries, version) {
                    let mut change = self.finish(&[], Vec::new(), Count::Edits).await?;
                    change.held_back.push(held_back);
                    return Ok(change);
                }
                let plugin = self.read_same(bound, version);
                vec![Found::Newer {
                    name: release.name.to_owned(),
                    old: newest.map_or(String::new(), |entry| entry.version.value.to_string()),
                    plugin: plugin.await?,
                }]
            }
            Err(ChangeError::AlreadyThere { .. }) => {
                self.repinned_if_mutable(&entries, version).await?
            }
            Err(error) => return Err(error),
        };
        self.apply_found(registry, found).await
    }

    /// Adds the first version of a plugin.
    async fn add_release(
        &self,
        release: &Release<'_>,
        component: &str,
    ) -> Result<Change, ChangeError> {
        let addition = Addition {
            component,
            version: release.version,
            name: Some(release.name),
        };
        let Some(version) = release.version else {
            return self.add(&[addition], release.pre).await;
        };
        let name = super::add::entry_name(&addition)?;
        check_free(self.registry()?, &name, component, version)?;
        let plugin = self.read_same(component, version).await?;
        self.insert(vec![(name, plugin)]).await
    }

    /// Looks for newer versions of the one plugin, as no version is named.
    async fn update_one(&self, release: &Release<'_>) -> Result<Change, ChangeError> {
        let names = [release.name.to_owned()];
        let update = Update {
            names: &names,
            only: None,
            pre: release.pre,
            repin: false,
            jobs: 1,
        };
        self.update(&update).await
    }

    async fn repinned_if_mutable(
        &self,
        entries: &[(usize, &ReferenceConstructor)],
        version: &Version,
    ) -> Result<Vec<Found>, ChangeError> {
        let mut same = entries.iter().filter(|(_, entry)| {
            entry.version.value.same_as(version) && self.is_mutable_entry(entry)
        });
        match same.next() {
            Some(&(index, entry)) => self.repinned(index, entry).await,
            None => Ok(Vec::new()),
        }
    }

    /// Whether `keep` would remove the version of a release at once.
    fn held_back(
        &self,
        release: &Release<'_>,
        entries: &[(usize, &ReferenceConstructor)],
        version: &Version,
    ) -> Option<HeldBack> {
        let (component, keep) = (release.component?, self.policy.keep?);
        if self
            .policy
            .is_mutable(release.name, component, version.as_str())
        {
            return None;
        }
        let is_counted = |entry: &&ReferenceConstructor| {
            let labels: Vec<Label> = values(&entry.labels);
            EntryLabel::of(&labels).yanked.is_none() && !self.is_mutable_entry(entry)
        };
        let counted = entries.iter().map(|(_, entry)| *entry).filter(is_counted);
        let versions = counted.map(|entry| &entry.version.value).chain([version]);
        let retention = Retention::of(keep, versions.collect());
        (!retention.keeps(version, false)).then(|| HeldBack {
            name: release.name.to_owned(),
            version: version.to_string(),
            limit: Limit::Keep,
        })
    }

    /// Reads a version in any spelling that is equal by semver: where only `2.0.0` is published,
    /// `v2.0.0` finds it.
    async fn read_same(&self, component: &str, version: &Version) -> Result<Plugin, ChangeError> {
        let error = match read(component, version.as_str(), self.lookup).await {
            Err(error) if error.is_absence() => error,
            outcome => return outcome,
        };
        let listed = match self
            .lookup
            .versions(&component_name(component)?)
            .await
            .map_err(ChangeError::from)
        {
            Ok(listed) => listed,
            Err(other) if other.is_absence() => return Err(error),
            Err(other) => return Err(other),
        };
        let mut same = listed
            .iter()
            .filter(|listed| listed.same_as(version) && *listed != version);
        match same.next() {
            Some(same) => read(component, same.as_str(), self.lookup).await,
            None => Err(error),
        }
    }
}

/// How long to pause before each further attempt to take a release whose version is not found:
/// a registry may list a version some time after its author announced it. The pauses grow from
/// one second to twenty, and are `total` long in all.
pub fn pauses(total: Duration) -> impl Iterator<Item = Duration> {
    let longest = Duration::from_secs(20);
    let mut left = total;
    let mut next = Duration::from_secs(1);
    std::iter::from_fn(move || {
        let pause = next.min(left);
        left -= pause;
        next = (next * 2).min(longest);
        (!pause.is_zero()).then_some(pause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_as_long_as_asked_for() {
        for (total, expected) in [
            (0, &[][..]),
            (1, &[1]),
            (40, &[1, 2, 4, 8, 16, 9]),
            (70, &[1, 2, 4, 8, 16, 20, 19]),
        ] {
            let pauses: Vec<u64> = pauses(Duration::from_secs(total))
                .map(|pause| pause.as_secs())
                .collect();
            assert_eq!(pauses, expected, "{total}");
        }
    }
}
