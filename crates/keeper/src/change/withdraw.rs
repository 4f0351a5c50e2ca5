//! Removing plugins from a registry, and yanking them.

use ocm::constructor::{ComponentConstructor, ReferenceConstructor, values};
use ocm::{ComponentDigest, Label, Version};

use super::{Change, ChangeError, ChangedEntry, Count, Keeper, entries_of};
use crate::edit::Edit;
use registry::EntryId;
use registry::labels::{self, EntryLabel, RegistryLabel, Yanked};
use registry::tombstone::Tombstone;
use registry::value::same_value;

impl Keeper<'_> {
    /// Removes an entry and leaves a tombstone, so that it cannot be added again. Without a version,
    /// all versions of the plugin are removed, and no version can be added again.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn remove(
        &self,
        name: &str,
        version: Option<&Version>,
        reason: &str,
    ) -> Result<Change, ChangeError> {
        let registry = self.registry()?;
        let entries = chosen(registry, name, version)?;
        let mut stones: Vec<Tombstone> = Vec::new();
        for (_, entry) in &entries {
            let stone = Tombstone {
                name: name.to_owned(),
                component: entry.component.value.to_string(),
                version: version.map(|_| entry.version.value.to_string()),
                reason: reason.to_owned(),
            };
            if !stones.contains(&stone) {
                stones.push(stone);
            }
        }
        let own: Vec<Label> = values(&registry.labels);
        let label =
            RegistryLabel::with_tombstones(&own, &stones).map_err(|_| ChangeError::Tombstones)?;
        let mut edits = vec![Edit::Label { index: None, label }];
        // From the end, so that the indices of the others stay valid.
        let matching = entries.iter().rev();
        edits.extend(matching.map(|&(index, _)| Edit::Remove { index }));
        let mut change = self
            .finish(&edits, Vec::new(), Count::SincePublished)
            .await?;
        change.pruned = entries.iter().map(|(_, entry)| spelled(entry)).collect();
        Ok(change)
    }

    /// Marks an entry as yanked, or all versions of the plugin if none is named. `instead` is the
    /// entry to use instead: a name, and optionally a version.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn yank(
        &self,
        name: &str,
        version: Option<&Version>,
        reason: &str,
        instead: Option<(&str, Option<&Version>)>,
    ) -> Result<Change, ChangeError> {
        let registry = self.registry()?;
        let entries = chosen(registry, name, version)?;
        if let Some((other, other_version)) = instead {
            let others = chosen(registry, other, other_version)?;
            let is_yanked = |(index, _): &(usize, _)| entries.iter().any(|(own, _)| own == index);
            if others.iter().all(is_yanked) {
                return Err(ChangeError::InsteadOfItself(other.to_owned()));
            }
        }
        let yanked = Yanked {
            reason: reason.to_owned(),
            instead: instead.map(|(name, version)| match version {
                Some(version) => EntryId::new(name, version).to_string(),
                None => name.to_owned(),
            }),
        };
        let (mut edits, mut changes) = (Vec::new(), Vec::new());
        for (index, entry) in entries {
            let before: Vec<Label> = values(&entry.labels);
            let label = EntryLabel::with_yanked(&before, &yanked);
            let same = ocm::descriptor::find_label(&before, labels::ENTRY)
                .is_some_and(|old| old.signing && same_value(&old.value, &label.value));
            if same || EntryLabel::of(&before).yanked.as_ref() == Some(&yanked) {
                continue;
            }
            changes.push(changed(entry));
            edits.push(Edit::Label {
                index: Some(index),
                label,
            });
        }
        self.finish(&edits, changes, Count::SincePublished).await
    }
}

/// The entry of this version, or all entries of the name.
fn chosen<'a>(
    registry: &'a ComponentConstructor,
    name: &str,
    version: Option<&Version>,
) -> Result<Vec<(usize, &'a ReferenceConstructor)>, ChangeError> {
    let entries = entries_of(registry, name)?;
    let Some(version) = version else {
        return Ok(entries);
    };
    let versions = entries.iter().map(|(_, entry)| &entry.version.value);
    let versions: Vec<String> = versions.map(ToString::to_string).collect();
    let same = |(_, entry): &(usize, &ReferenceConstructor)| entry.version.value.same_as(version);
    let found: Vec<_> = entries.into_iter().filter(same).collect();
    if found.is_empty() {
        return Err(ChangeError::NoVersion {
            name: name.to_owned(),
            version: version.clone(),
            versions,
        });
    }
    Ok(found)
}

fn spelled(entry: &ReferenceConstructor) -> String {
    EntryId::new(&entry.name.value, &entry.version.value).to_string()
}

fn changed(entry: &ReferenceConstructor) -> ChangedEntry {
    let pin = entry.digest.as_ref();
    let digest = pin.and_then(|digest| ComponentDigest::from_pin(&digest.value));
    ChangedEntry {
        name: entry.name.value.clone(),
        component: entry.component.value.to_string(),
        old: Some(entry.version.value.to_string()),
        new: entry.version.value.to_string(),
        digest: digest.map(|digest| digest.to_string()).unwrap_or_default(),
    }
}
