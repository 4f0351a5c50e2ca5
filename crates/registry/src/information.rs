//! Everything a user may want to know of one plugin.

use std::collections::BTreeSet;

use ocm::{
    ComponentDigest, ComponentVersion, ComponentVersionId, Descriptor, Found,
    InvalidComponentVersionId, Lookup, LookupError, PinnedError, RepositoryError, Version,
};
use serde::Serialize;

use crate::capabilities::Capability;
use crate::labels::{EntryLabel, Yanked};
use crate::plugin::{self, Plugin};

/// What is known of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Information {
    /// Name of the entry.
    pub name: String,
    /// Version.
    pub version: String,
    /// Component of the plugin.
    pub component: String,
    /// The registry, as it was named, with its version.
    pub registry: String,
    /// Component digest of the registry version.
    pub registry_digest: String,
    /// Description.
    pub description: String,
    /// Component digest of the plugin, as pinned by the registry.
    pub digest: String,
    /// Its programs.
    pub platforms: Vec<Program>,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// What kind of plugin it is.
    pub category: Option<String>,
    /// Set where it should not be used any more.
    pub yanked: Option<Yanked>,
    /// Whether it is published again with other content on purpose.
    pub moving: bool,
    /// All versions in the registry, newest first.
    pub versions: Vec<String>,
}

/// One program of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Program {
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub architecture: String,
    /// Length in bytes, where the content lies beside the descriptor.
    pub size: Option<u64>,
    /// Digest of the content.
    pub digest: Option<String>,
    /// Media type of the content.
    pub media_type: Option<String>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum InformationError {
    /// The registry has no such entry.
    #[error("{registry} has no plugin `{name}`{}", did_you_mean(.nearest.as_deref()))]
    Unknown {
        /// The registry.
        registry: String,
        /// The name that was asked for.
        name: String,
        /// An entry that may be meant.
        nearest: Option<String>,
    },
    /// The registry has no such version of it.
    #[error("{registry} has no version {version} of plugin `{name}`, but {}", .versions.join(", "))]
    UnknownVersion {
        /// The registry.
        registry: String,
        /// The name that was asked for.
        name: String,
        /// The version that was asked for.
        version: Version,
        /// What there is.
        versions: Vec<String>,
    },
    /// The plugin's component is not the one that the registry has pinned.
    #[error("{id} is {actual}, and {registry} has pinned {pinned}")]
    Pin {
        /// The registry.
        registry: String,
        /// The plugin's component version.
        id: ComponentVersionId,
        /// What the registry says.
        pinned: ComponentDigest,
        /// What is there.
        actual: ComponentDigest,
    },
    /// The entry does not name a component version.
    #[error(transparent)]
    Invalid(#[from] InvalidComponentVersionId),
    /// The plugin's component was not found or not read.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A descriptor cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl InformationError {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("`plugyard list --all` shows what there is".to_owned()),
            Self::UnknownVersion { .. } => {
                Some("name one of these versions, or none to mean the newest".to_owned())
            }
            Self::Pin { .. } => Some(
                "the plugin was changed after it was taken into the registry: do not use it, and tell the registry's keepers".to_owned(),
            ),
            Self::Invalid(_) => None,
            Self::Lookup(error) => error.hint(),
            Self::Repository(error) => error.hint(),
        }
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest
        .map(|nearest| format!("; did you mean `{nearest}`?"))
        .unwrap_or_default()
}

/// Collects what is known of one plugin of a registry.
///
/// # Errors
/// The registry has no such plugin, or the plugin's component cannot be read or is another one
/// than the pinned one.
pub async fn information(
    registry: &Descriptor,
    called: &str,
    name: &str,
    version: Option<&Version>,
    lookup: &Lookup,
) -> Result<Information, InformationError> {
    let references = registry.component.references();
    let reference = choose(registry, called, name, version)?;
    let Found {
        version: found,
        descriptor,
        digest: actual,
        ..
    } = match lookup.pinned(reference).await {
        Ok(found) => found,
        Err(PinnedError::Unpinned(found)) => *found,
        Err(PinnedError::Differs { pinned, found }) => {
            return Err(InformationError::Pin {
                registry: called.to_owned(),
                id: found.version.id,
                pinned,
                actual: found.digest,
            });
        }
        Err(PinnedError::Invalid(error)) => return Err(error.into()),
        Err(PinnedError::Lookup(error)) => return Err(error.into()),
        Err(PinnedError::Descriptor(error)) => return Err(error.into()),
    };
    let entry = EntryLabel::of(reference.labels());
    let facts = Plugin::of(&descriptor).ok();
    let mut versions: Vec<&str> = references
        .iter()
        .filter(|other| other.name == name)
        .map(|other| other.version.as_str())
        .collect();
    versions.sort_by(
        |left, right| match (Version::parse(left), Version::parse(right)) {
            (Ok(left), Ok(right)) => right.precedence(&left),
            _ => right.cmp(left),
        },
    );
    Ok(Information {
        name: name.to_owned(),
        version: reference.version.clone(),
        component: reference.component_name.clone(),
        registry: called.to_owned(),
        registry_digest: ComponentDigest::of(registry).to_string(),
        description: facts
            .as_ref()
            .map(|facts| facts.description.clone())
            .unwrap_or_default(),
        digest: actual.to_string(),
        platforms: programs(&descriptor, &found),
        capabilities: facts
            .as_ref()
            .map(|facts| facts.capabilities.clone())
            .unwrap_or_default(),
        category: facts.and_then(|facts| facts.category),
        yanked: entry.yanked,
        moving: entry.moving,
        versions: versions.into_iter().map(str::to_owned).collect(),
    })
}

/// The entry that is meant: this version, or the highest stable one that is not yanked.
fn choose<'a>(
    registry: &'a Descriptor,
    called: &str,
    name: &str,
    version: Option<&Version>,
) -> Result<&'a ocm::Reference, InformationError> {
    let references = registry.component.references();
    let of_name: Vec<_> = references
        .iter()
        .filter(|entry| entry.name == name)
        .collect();
    let unknown = || {
        let names: Vec<_> = references.iter().map(|entry| entry.name.as_str()).collect();
        InformationError::Unknown {
            registry: called.to_owned(),
            name: name.to_owned(),
            nearest: ocm::name::nearest(name, &names).map(str::to_owned),
        }
    };
    if of_name.is_empty() {
        return Err(unknown());
    }
    let parsed = |entry: &ocm::Reference| Version::parse(&entry.version).ok();
    if let Some(version) = version {
        let same =
            |entry: &&ocm::Reference| parsed(entry).is_some_and(|other| other.same_as(version));
        return of_name.iter().copied().find(same).ok_or_else(|| {
            let versions: BTreeSet<_> = of_name.iter().map(|entry| entry.version.clone()).collect();
            InformationError::UnknownVersion {
                registry: called.to_owned(),
                name: name.to_owned(),
                version: version.clone(),
                versions: versions.into_iter().collect(),
            }
        });
    }
    let rank = |entry: &ocm::Reference| {
        let stable = parsed(entry).is_some_and(|version| !version.is_pre_release());
        (EntryLabel::of(entry.labels()).yanked.is_none(), stable)
    };
    let best = of_name.iter().copied().max_by(|left, right| {
        rank(left)
            .cmp(&rank(right))
            .then_with(|| match (parsed(left), parsed(right)) {
                (Some(left), Some(right)) => left.precedence(&right),
                _ => left.version.cmp(&right.version),
            })
    });
    best.ok_or_else(unknown)
}

fn programs(descriptor: &Descriptor, found: &ComponentVersion) -> Vec<Program> {
    let mut programs: Vec<_> = plugin::programs(descriptor)
        .filter_map(|resource| {
            let platform = plugin::platform(resource)?;
            let local = resource
                .access
                .as_ref()
                .and_then(|access| access.as_local_blob());
            let digest = resource.digest.as_ref().filter(|digest| !digest.is_unset());
            Some(Program {
                os: platform.os,
                architecture: platform.architecture,
                size: local
                    .and_then(|(reference, _)| found.local_blob(reference))
                    .map(|blob| blob.size),
                digest: digest.map(|digest| {
                    let algorithm = digest.hash_algorithm.to_lowercase().replace('-', "");
                    format!("{algorithm}:{}", digest.value)
                }),
                media_type: local.map(|(_, media_type)| media_type.to_owned()),
            })
        })
        .collect();
    programs.sort_by(|left, right| {
        (&left.os, &left.architecture).cmp(&(&right.os, &right.architecture))
    });
    programs
}
