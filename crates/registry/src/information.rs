//! Everything a registry and a plugin's own component say about the plugin.

use std::collections::BTreeSet;

use ocm::coverage::{Covered, Uncovered, covered};
use ocm::{
    ComponentDigest, ComponentVersion, ComponentVersionId, Descriptor, Found,
    InvalidComponentVersionId, Lookup, LookupError, PinnedError, Reference, RepositoryError,
    Version,
};
use serde::Serialize;

use crate::EntryId;
use crate::capabilities::Capability;
use crate::labels::{EntryLabel, Yanked};
use crate::offer::{Candidate, Offer, PreReleases, Withheld};
use crate::plugin::{self, Plugin};

/// What is known about one plugin version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Information {
    /// Name of the entry.
    pub name: String,
    /// Version.
    pub version: String,
    /// Component of the plugin.
    pub component: String,
    /// The registry, as the user named it, with its version.
    pub registry: String,
    /// Component digest of the registry version, as `sha256:HEX`.
    pub registry_digest: String,
    /// A text for people; empty if there is none.
    pub description: String,
    /// Component digest of the plugin, as `sha256:HEX`.
    pub digest: String,
    /// Its programs.
    pub platforms: Vec<Program>,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// What kind of plugin it is, for instance `input`.
    pub category: Option<String>,
    /// Set where the version must not be used any more.
    pub yanked: Option<Yanked>,
    /// Whether the version is mutable.
    pub moving: bool,
    /// All versions in the registry, newest first.
    pub versions: Vec<String>,
    /// Set where no version was named and the highest one is yanked.
    #[serde(skip)]
    pub withheld: Option<Withheld>,
}

/// One program of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Program {
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub architecture: String,
    /// Length in bytes, if the content is a local blob.
    pub size: Option<u64>,
    /// Digest of the content, as `sha256:HEX`; `None` if the component digest does not cover it,
    /// so that it may be any program.
    pub digest: Option<String>,
    /// Media type of the content.
    pub media_type: Option<String>,
    /// Why no digest covers the content.
    #[serde(skip)]
    pub uncovered: Option<Uncovered>,
}

/// Why no information can be given.
#[derive(Debug, thiserror::Error)]
pub enum InformationError {
    /// The registry has no such entry.
    #[error("{registry} has no plugin `{name}`{}", ocm::name::also_did_you_mean(.nearest.as_deref()))]
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
        version: String,
        /// The versions that it has.
        versions: Vec<String>,
    },
    /// The plugin's component is not the one that the registry pins.
    #[error("{id} has component digest {actual}, but {registry} pins {pinned}")]
    Pin {
        /// The registry.
        registry: String,
        /// The plugin's component version.
        id: ComponentVersionId,
        /// The digest in the registry.
        pinned: ComponentDigest,
        /// The digest of what was read.
        actual: ComponentDigest,
    },
    /// The entry has a digest that cannot be compared with the plugin's component.
    #[error(
        "the digest of {id} in {registry} cannot be compared, so the plugin may be another one"
    )]
    UnusablePin {
        /// The registry.
        registry: String,
        /// The plugin's component version.
        id: ComponentVersionId,
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
    /// How to fix it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some("`plugyard list --all` shows all plugins".to_owned()),
            Self::UnknownVersion { .. } => {
                Some("name one of these versions, or none to mean the newest".to_owned())
            }
            Self::Pin { .. } => Some(
                "the plugin was changed after it was added to the registry: do not use it, and report it to the registry's keepers".to_owned(),
            ),
            Self::Invalid(_) => None,
            Self::UnusablePin { .. } => Some(
                "ask the registry's keepers to re-pin the entry: its digest must be SHA-256 of jsonNormalisation/v4alpha1".to_owned(),
            ),
            Self::Lookup(error) => error.hint(),
            Self::Repository(error) => error.hint(),
        }
    }
}

/// Collects what is known about one plugin of a registry that is called `called` in messages.
///
/// # Errors
/// The registry has no such entry, or the plugin's component cannot be read or is not the pinned
/// one.
pub async fn information(
    registry: &Descriptor,
    called: &str,
    asked: &EntryId,
    lookup: &Lookup,
) -> Result<Information, InformationError> {
    let references = registry.component.references();
    let name = &asked.name;
    let (reference, withheld) = choose(registry, called, asked)?;
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
        Err(PinnedError::Unusable(found)) => {
            return Err(InformationError::UnusablePin {
                registry: called.to_owned(),
                id: found.version.id,
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
        .filter(|other| other.name == *name)
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
        withheld,
    })
}

/// The entry that is meant: this version, or the newest, and whether a higher one is yanked.
fn choose<'a>(
    registry: &'a Descriptor,
    called: &str,
    asked: &EntryId,
) -> Result<(&'a Reference, Option<Withheld>), InformationError> {
    let references = registry.component.references();
    let name = &asked.name;
    let mut of_name = references.iter().filter(|entry| entry.name == *name);
    let Some(version) = &asked.version else {
        let candidate = |entry: &'a Reference| Candidate::new(&entry.version, entry.labels());
        let offer = Offer::choose(of_name, candidate, PreReleases::AfterStable);
        let offer = offer.ok_or_else(|| unknown(references, called, name))?;
        let withheld = offer.withheld.and_then(|higher| {
            Some(Withheld {
                name: name.clone(),
                version: higher.version.clone(),
                newest: offer.newest.version.clone(),
                yanked: EntryLabel::of(higher.labels()).yanked?,
            })
        });
        return Ok((offer.newest, withheld));
    };
    let versions: BTreeSet<&str> = of_name.clone().map(|entry| &*entry.version).collect();
    if versions.is_empty() {
        return Err(unknown(references, called, name));
    }
    match of_name.find(|entry| asked.covers(&entry.version)) {
        Some(entry) => Ok((entry, None)),
        None => Err(InformationError::UnknownVersion {
            registry: called.to_owned(),
            name: name.clone(),
            version: version.clone(),
            versions: versions.into_iter().map(str::to_owned).collect(),
        }),
    }
}

fn unknown(references: &[Reference], called: &str, name: &str) -> InformationError {
    let names: Vec<_> = references.iter().map(|entry| entry.name.as_str()).collect();
    InformationError::Unknown {
        registry: called.to_owned(),
        name: name.to_owned(),
        nearest: ocm::name::nearest(name, &names).map(str::to_owned),
    }
}

fn programs(descriptor: &Descriptor, found: &ComponentVersion) -> Vec<Program> {
    let mut programs: Vec<_> = plugin::programs(descriptor)
        .filter_map(|resource| {
            let platform = plugin::platform(resource)?;
            let local = resource
                .access
                .as_ref()
                .and_then(|access| access.as_local_blob());
            let covered = covered(resource);
            let hex = resource.digest.as_ref().map(|digest| &digest.value);
            Some(Program {
                os: platform.os,
                architecture: platform.architecture,
                size: local
                    .and_then(|(reference, _)| found.local_blob(reference))
                    .map(|blob| blob.size),
                digest: match (&covered, hex) {
                    (Ok(Covered::LocalBlob(_) | Covered::Artifact(_)), Some(hex)) => {
                        Some(format!("sha256:{hex}"))
                    }
                    _ => None,
                },
                media_type: local.map(|(_, media_type)| media_type.to_owned()),
                uncovered: covered.err(),
            })
        })
        .collect();
    programs.sort_by(|left, right| {
        (&left.os, &left.architecture).cmp(&(&right.os, &right.architecture))
    });
    programs
}
