//! The list of a registry's plugins.
//!
//! Only what a row shows is decoded, without copying, because a registry may have tens of
//! thousands of entries.

use std::borrow::Cow;
use std::sync::OnceLock;

use ocm::glob::Glob;
use ocm::{ComponentRef, ComponentVersion, RepositoryError, Version, version};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::EntryId;
use crate::capabilities::Capability;
use crate::labels::{ENTRY, EntryLabel, PLUGIN_INFO, Yanked};

/// One plugin version of a registry, with the members of the official list first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row<'a> {
    /// Name of the entry.
    pub name: Cow<'a, str>,
    /// Version.
    pub version: Cow<'a, str>,
    /// Platforms; absent where the entry does not say.
    pub platforms: Option<Vec<Cow<'a, str>>>,
    /// Description.
    pub description: Cow<'a, str>,
    /// The registry, as it was named, with its version.
    pub registry: &'a str,
    /// Component of the plugin.
    pub component: Cow<'a, str>,
    /// Component digest.
    pub digest: Option<Pin<'a>>,
    /// What it can do.
    pub capabilities: Vec<Capability<Text<'a>>>,
    /// Set where it should not be used any more.
    pub yanked: Option<Yanked>,
    /// Whether it is published again with other content on purpose.
    pub moving: bool,
}

/// The hex digits of a component digest; shown as `sha256:HEX`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin<'a>(Cow<'a, str>);

impl Serialize for Pin<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("sha256:{}", self.0))
    }
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Every version instead of the newest of each plugin.
    pub all: bool,
    /// Pre-releases count as newest, too.
    pub pre: bool,
    /// Only names that match: `*` and `?` as in file names, or a part of name or description.
    pub pattern: Option<String>,
}

/// A registry's list could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// The registry's descriptor is not what it should be.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// An entry's label is not what it should be.
    #[error("{registry}: entry `{entry}`: its label `{PLUGIN_INFO}` cannot be read: {reason}")]
    Label {
        /// The registry.
        registry: String,
        /// The entry.
        entry: EntryId,
        /// What is wrong.
        reason: String,
    },
    /// Two entries of one name and version.
    #[error("{registry}: entry `{entry}` is there twice")]
    Twice {
        /// The registry.
        registry: String,
        /// The entry.
        entry: EntryId,
    },
}

impl ListingError {
    /// The way out.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Repository(error) => error.hint(),
            Self::Label { .. } => Some(
                "its keepers can mend it with `plugyard update NAME --repin` and publish a new version; an earlier version may still be readable".to_owned(),
            ),
            Self::Twice { .. } => Some(
                "its keepers must take one of them out and publish a new version; an earlier version may still be readable".to_owned(),
            ),
        }
    }
}

/// A registry version, fetched and ready to be listed.
#[derive(Debug)]
pub struct Registry {
    /// How it is called in rows: as it was named, with its version.
    pub name: String,
    found: ComponentVersion,
    /// The descriptor in its usual shape, where the one that was found has another.
    converted: OnceLock<Vec<u8>>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    component: ListedComponent<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedComponent<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    component_references: Option<Vec<ListedReference<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedReference<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow, default)]
    component_name: Cow<'a, str>,
    #[serde(borrow, default)]
    digest: Option<ListedDigest<'a>>,
    #[serde(borrow, default)]
    labels: Option<Vec<ListedLabel<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedDigest<'a> {
    #[serde(borrow, default)]
    hash_algorithm: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Cow<'a, str>,
}

#[derive(Deserialize)]
struct ListedLabel<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

impl Registry {
    /// Names a registry version that was read from `reference`.
    pub fn new(reference: &ComponentRef, version: &str, found: ComponentVersion) -> Self {
        Self {
            name: reference.spelled_with(version),
            found,
            converted: OnceLock::new(),
        }
    }

    /// Makes the rows, by name, then semver. `warn` is told what is odd but can be listed.
    ///
    /// # Errors
    /// The descriptor or an entry's label cannot be read, or an entry is there twice.
    pub fn rows(&self, warn: &mut dyn FnMut(String)) -> Result<Vec<Row<'_>>, ListingError> {
        let component = self.listed()?.component;
        self.found
            .check_identity(&component.name, &component.version)?;
        let references = component.component_references.unwrap_or_default();
        let mut rows = Vec::with_capacity(references.len());
        for reference in references {
            rows.push(self.row(reference, warn)?);
        }
        sort(&mut rows);
        for pair in rows.windows(2) {
            if pair[0].name == pair[1].name
                && pair[0].version == pair[1].version
                && pair[0].platforms == pair[1].platforms
            {
                return Err(ListingError::Twice {
                    registry: self.name.clone(),
                    entry: EntryId::new(&*pair[0].name, &pair[0].version),
                });
            }
        }
        Ok(rows)
    }

    fn listed(&self) -> Result<Listed<'_>, RepositoryError> {
        if let Ok(text) = std::str::from_utf8(&self.found.bytes)
            && let Ok(listed) = serde_json::from_str(text)
        {
            return Ok(listed);
        }
        // YAML, or JSON of an unusual shape: bring it into the usual one.
        let converted = self.found.descriptor()?.to_json();
        let bytes = self.converted.get_or_init(|| converted);
        serde_json::from_slice(bytes).map_err(|error| self.found.malformed(error.to_string()))
    }

    fn row<'a>(
        &'a self,
        reference: ListedReference<'a>,
        warn: &mut dyn FnMut(String),
    ) -> Result<Row<'a>, ListingError> {
        let registry = &self.name;
        let entry = || EntryId::new(&*reference.name, &reference.version);
        let labels = reference.labels.as_deref().unwrap_or_default();
        let value = |name: &str| {
            let label = labels.iter().find(|label| label.name == name)?;
            label.value.map(RawValue::get)
        };
        let mut info = PluginInfo::default();
        match labels.iter().find(|label| label.name == PLUGIN_INFO) {
            Some(label) => {
                let text = label.value.map_or("null", RawValue::get);
                let read: Option<PluginInfo> =
                    serde_json::from_str(text).map_err(|error| ListingError::Label {
                        registry: registry.clone(),
                        entry: entry(),
                        reason: plain(&error),
                    })?;
                info = read.unwrap_or_default();
                for key in &info.unknown {
                    warn(format!(
                        "{registry}: entry `{}`: unknown key `{key}` in its label `{PLUGIN_INFO}`, which the official CLI refuses",
                        entry()
                    ));
                }
            }
            None => warn(format!(
                "{registry}: entry `{}` has no label `{PLUGIN_INFO}`: its platforms are not known",
                entry()
            )),
        }
        let own = value(ENTRY).map(EntryLabel::parse).unwrap_or_default();
        let digest = reference
            .digest
            .filter(|digest| digest.hash_algorithm == "SHA-256" && !digest.value.is_empty())
            .map(|digest| Pin(digest.value));
        Ok(Row {
            name: reference.name,
            version: reference.version,
            platforms: info.platforms,
            description: info.description,
            registry,
            component: reference.component_name,
            digest,
            capabilities: own.capabilities,
            yanked: own.yanked,
            moving: own.moving,
        })
    }
}

/// Sorts rows by name, then semver; versions that are none come last, by text.
pub fn sort(rows: &mut [Row<'_>]) {
    rows.sort_by(|left, right| {
        left.name
            .cmp(&right.name)
            .then_with(|| version::compare(&left.version, &right.version))
            .then_with(|| left.registry.cmp(right.registry))
    });
}

impl Selection {
    /// Keeps the rows that are wanted; they must be sorted.
    pub fn apply<'a>(&self, mut rows: Vec<Row<'a>>) -> Vec<Row<'a>> {
        if let Some(pattern) = &self.pattern {
            let matches = matcher(pattern);
            rows.retain(matches);
        }
        if self.all {
            return rows;
        }
        let mut kept: Vec<Row<'a>> = Vec::new();
        for group in rows.chunk_by(|left, right| left.name == right.name) {
            let newest = group.iter().max_by(|left, right| {
                self.rank(left)
                    .cmp(&self.rank(right))
                    .then_with(|| version::compare(&left.version, &right.version))
            });
            kept.extend(newest.cloned());
        }
        kept
    }

    /// What counts before the version: not yanked, then stable.
    fn rank(&self, row: &Row<'_>) -> (bool, bool) {
        let stable = Version::parse(&row.version).is_ok_and(|version| !version.is_pre_release());
        (row.yanked.is_none(), self.pre || stable)
    }
}

/// Matches the whole name if there are wildcards, else a part of name or description.
fn matcher(pattern: &str) -> impl Fn(&Row<'_>) -> bool {
    let wildcards = pattern
        .contains(['*', '?'])
        .then(|| Glob::wildcards(pattern));
    let part = pattern.to_lowercase();
    move |row| match &wildcards {
        Some(glob) => glob.matches(&row.name),
        None => row.name.contains(&part) || row.description.to_lowercase().contains(&part),
    }
}

/// The message of a JSON error without its place, which is one inside the label.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// The value of the label that the official CLI lists an entry by. As there, the case of keys
/// does not matter, and name, version, registry and component are not taken from it.
#[derive(Debug, Default)]
struct PluginInfo<'a> {
    platforms: Option<Vec<Cow<'a, str>>>,
    description: Cow<'a, str>,
    unknown: Vec<String>,
}

impl<'de: 'a, 'a> Deserialize<'de> for PluginInfo<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = PluginInfo<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object with description and platforms")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut info = PluginInfo::default();
                while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
                    let known = [
                        "platforms",
                        "description",
                        "name",
                        "version",
                        "registry",
                        "component",
                    ];
                    let known = known
                        .into_iter()
                        .find(|known| key.eq_ignore_ascii_case(known));
                    match known {
                        Some("platforms") => {
                            let list = map.next_value::<Option<Vec<Text<'de>>>>()?;
                            info.platforms =
                                list.map(|list| list.into_iter().map(|Text(text)| text).collect());
                        }
                        Some("description") => {
                            let text = map.next_value::<Option<Text<'de>>>()?;
                            info.description = text.map(|Text(text)| text).unwrap_or_default();
                        }
                        Some(_) => {
                            map.next_value::<Option<Text<'de>>>()?;
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                            info.unknown.push(key.into_owned());
                        }
                    }
                }
                Ok(info)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Text that is borrowed where it has no escapes; `Cow` alone would be copied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
