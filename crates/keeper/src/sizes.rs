//! The sizes of the programs of plugins.

use std::collections::{BTreeMap, HashMap};

use futures_util::stream::{self, StreamExt};
use ocm::{ComponentVersionId, Lookup, LookupError, Reference};

use crate::change::{ChangeError, JOBS};
use crate::comparison::Comparison;
use registry::diff::{Change, Content, Kind};
use registry::plugin;

/// Bytes of a plugin's programs by platform.
pub type ByPlatform = BTreeMap<String, u64>;

/// Sizes of the programs of the plugin versions in a comparison. What was not found has none.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    /// By component, version and pin.
    of_entries: BTreeMap<Key, ByPlatform>,
    /// The old and the new entry of each change.
    of_changes: BTreeMap<(String, String), [Option<Key>; 2]>,
}

type Key = (String, String, String);

impl Sizes {
    /// The sizes before and after a change; empty where they are not known.
    pub fn of(&self, change: &Change) -> (ByPlatform, ByPlatform) {
        let found = of_change(change).and_then(|key| self.of_changes.get(&key));
        let sizes = |key: &Option<Key>| {
            let sizes = key.as_ref().and_then(|key| self.of_entries.get(key));
            sizes.cloned().unwrap_or_default()
        };
        match found {
            Some([old, new]) => (sizes(old), sizes(new)),
            None => Default::default(),
        }
    }
}

fn of_change(change: &Change) -> Option<(String, String)> {
    Some((change.name.clone()?, change.new.clone()?))
}

/// Looks up the plugins that were added or updated, with two requests for each version.
///
/// # Errors
/// A plugin cannot be read. One that no longer exists has no sizes.
pub async fn of(comparison: &Comparison, lookup: &Lookup) -> Result<Sizes, ChangeError> {
    let mut sizes = Sizes::default();
    let mut wanted: BTreeMap<Key, bool> = BTreeMap::new();
    let (old, new) = (&comparison.old.content, &comparison.new.content);
    let (old, new) = (by_name(old), by_name(new));
    for change in &comparison.diff.changes {
        let shown = matches!(change.kind, Kind::Added | Kind::Updated);
        let Some(key) = of_change(change).filter(|_| shown) else {
            continue;
        };
        let keys = [(&old, &change.old), (&new, &change.new)].map(|(entries, version)| {
            let name = (change.name.as_deref()?, version.as_deref()?);
            entries.get(&name).map(|entry| {
                let key = (
                    entry.component_name.clone(),
                    entry.version.clone(),
                    entry.digest.value.clone(),
                );
                wanted.insert(key.clone(), !entry.digest.is_unset());
                key
            })
        });
        sizes.of_changes.insert(key, keys);
    }
    let mut found = stream::iter(wanted)
        .map(async |(key, pinned)| (look(&key, pinned, lookup).await, key))
        .buffer_unordered(JOBS);
    while let Some((outcome, key)) = found.next().await {
        sizes.of_entries.insert(key, outcome?);
    }
    Ok(sizes)
}

/// The entries by name and version; the first of several with the same ones.
fn by_name(content: &Content) -> HashMap<(&str, &str), &Reference> {
    let mut entries = HashMap::with_capacity(content.entries.len());
    for entry in &content.entries {
        entries
            .entry((entry.name.as_str(), entry.version.as_str()))
            .or_insert(entry);
    }
    entries
}

/// The sizes of one version; none where it does not exist or its content differs from the pin.
async fn look(
    (component, version, pin): &Key,
    pinned: bool,
    lookup: &Lookup,
) -> Result<ByPlatform, ChangeError> {
    let id = ComponentVersionId::parse(component, version).map_err(ocm::RepositoryError::from)?;
    let (_, found) = match lookup.find(&id, pinned).await {
        Ok(found) => found,
        Err(LookupError::NotFound { .. }) => return Ok(ByPlatform::new()),
        Err(error) => return Err(error.into()),
    };
    let descriptor = found.descriptor()?;
    if pinned && ocm::ComponentDigest::of(&descriptor).to_pin().value != *pin {
        return Ok(ByPlatform::new());
    }
    let programs = plugin::programs(&descriptor).filter_map(|resource| {
        let platform = plugin::platform(resource)?;
        let access = resource.access.as_ref()?;
        let (reference, _) = access.as_local_blob()?;
        Some((platform.to_string(), found.local_blob(reference)?.size))
    });
    Ok(programs.collect())
}
