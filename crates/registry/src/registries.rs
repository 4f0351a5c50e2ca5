//! The set of registries that a reader uses, in the order in which they take precedence.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use oci::Http;
use ocm::component_ref::InvalidRef;
use ocm::{ComponentRef, ComponentVersion, Descriptor, RepositoryError, RepositorySpec};
use ocm::{ResolveError, Resolved, version};

use crate::listing::{self, Listed, Listing, ListingError, Selection};

/// Which registries are read, in their order: the `named` ones, else those of `environment`, a
/// list with commas, else the configured ones. Only the first of the three that names any counts,
/// and the configuration is not read where it is not needed.
///
/// # Errors
/// The configuration cannot be read, or the environment names something else than a reference.
pub fn references<E>(
    named: &[ComponentRef],
    environment: Option<&str>,
    configured: impl FnOnce() -> Result<Vec<ComponentRef>, E>,
) -> Result<Vec<ComponentRef>, ReferencesError<E>> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    if let Some(list) = environment {
        let references = list
            .split(',')
            .map(|text| ComponentRef::from_str(text.trim()));
        let references: Result<_, _> = references.collect();
        return references.map_err(ReferencesError::Environment);
    }
    let configured = configured().map_err(ReferencesError::Configuration)?;
    if configured.is_empty() {
        return Err(ReferencesError::None);
    }
    Ok(configured)
}

/// Why it is not known which registries are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferencesError<E> {
    /// An item of the environment's list is not a reference.
    Environment(InvalidRef),
    /// The configuration cannot be read.
    Configuration(E),
    /// No registry is named anywhere.
    None,
}

/// A published registry version that was read.
#[derive(Debug)]
pub struct Registry {
    /// The reference as the user wrote it, with the version that was read.
    name: String,
    repository: RepositorySpec,
    found: ComponentVersion,
    /// The descriptor in its usual shape, where the bytes have another.
    converted: OnceLock<String>,
}

impl Registry {
    /// Reads the version that a reference means.
    ///
    /// # Errors
    /// See [`ResolveError`].
    pub async fn open(reference: &ComponentRef, http: &Http) -> Result<Self, ResolveError> {
        let resolved = Resolved::open(reference, http).await?;
        Ok(Self::new(
            reference,
            resolved.version.as_str(),
            resolved.found,
        ))
    }

    /// Takes a version that was read from `reference`.
    pub fn new(reference: &ComponentRef, version: &str, found: ComponentVersion) -> Self {
        Self {
            name: reference.spelled_with(version),
            repository: reference.repository.clone(),
            found,
            converted: OnceLock::new(),
        }
    }

    /// The reference as the user wrote it, with the version that was read.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The repository that it was read from.
    pub fn repository(&self) -> &RepositorySpec {
        &self.repository
    }

    /// Decodes the whole descriptor.
    ///
    /// # Errors
    /// It is not the descriptor of this component version.
    pub fn descriptor(&self) -> Result<Descriptor, RepositoryError> {
        self.found.descriptor()
    }

    /// Makes the rows, by name, then semver.
    ///
    /// # Errors
    /// The descriptor or an entry's label cannot be read, or an entry is duplicated.
    pub fn listing(&self) -> Result<Listing<'_>, ListingError> {
        listing::rows(&self.name, self.listed()?)
    }

    fn listed(&self) -> Result<Listed<'_>, RepositoryError> {
        let listed = match std::str::from_utf8(&self.found.bytes) {
            Ok(text) => Listed::parse(text).ok(),
            Err(_) => None,
        };
        let listed = match listed {
            Some(listed) => listed,
            None => self.converted()?,
        };
        self.found.check_identity(&listed.name, &listed.version)?;
        Ok(listed)
    }

    /// Decodes YAML, or JSON of an unusual shape: it is brought into the usual one.
    fn converted(&self) -> Result<Listed<'_>, RepositoryError> {
        let malformed = |reason: String| self.found.malformed(reason);
        let json = self.found.descriptor()?.to_json();
        let json = String::from_utf8(json).map_err(|error| malformed(error.to_string()))?;
        let json = self.converted.get_or_init(|| json);
        Listed::parse(json).map_err(|error| malformed(error.to_string()))
    }

    /// The components that this registry binds a name to, without duplicates; empty if it does
    /// not have the name.
    fn components_of(&self, name: &str) -> Result<Vec<String>, RepositoryError> {
        let mut components: Vec<String> = Vec::new();
        for reference in self.listed()?.references {
            let is_new = components
                .iter()
                .all(|known| *known != reference.component_name);
            if reference.name == name && is_new {
                components.push(reference.component_name.into_owned());
            }
        }
        Ok(components)
    }
}

/// Published registries, in the order in which they take precedence.
#[derive(Debug)]
pub struct Registries(Vec<Registry>);

impl Registries {
    /// Reads all registries; a version that is named twice is read into the set once.
    ///
    /// # Errors
    /// One of them cannot be read: what it has is not absent.
    pub async fn open(references: &[ComponentRef], http: &Http) -> Result<Self, ResolveError> {
        let mut registries: Vec<Registry> = Vec::new();
        for reference in references {
            let registry = Registry::open(reference, http).await?;
            if registries.iter().all(|other| other.name != registry.name) {
                registries.push(registry);
            }
        }
        Ok(Self(registries))
    }

    /// The number of registries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no registry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lists the plugins of all registries: by name, then semver, then registry, as the official
    /// list does. A name that different registries bind to different components is marked in each.
    ///
    /// # Errors
    /// A registry cannot be listed.
    pub fn listing(&self, selection: &Selection) -> Result<Listing<'_>, ListingError> {
        let mut listing = Listing::default();
        for registry in &self.0 {
            let mut more = registry.listing()?;
            listing.notices.append(&mut more.notices);
            // The rows of the first registry, usually the only one, are not moved.
            if listing.rows.is_empty() {
                listing.rows = more.rows;
            } else {
                listing.rows.append(&mut more.rows);
            }
        }
        if self.0.len() > 1 {
            // Stable: the versions of each registry stay together.
            listing
                .rows
                .sort_by(|left, right| left.name.cmp(&right.name));
            let same_name = listing
                .rows
                .chunk_by_mut(|left, right| left.name == right.name);
            for rows in same_name {
                let first = &rows[0];
                let differs = rows.iter().any(|row| row.component != first.component);
                for row in rows {
                    row.ambiguous = differs;
                }
            }
        }
        selection.apply(&mut listing);
        if self.0.len() > 1 {
            listing.rows.sort_by(|left, right| {
                let by_name = left.name.cmp(&right.name);
                by_name
                    .then_with(|| version::compare(&left.version, &right.version))
                    .then_with(|| left.registry.cmp(right.registry))
            });
        }
        Ok(listing)
    }
}

/// The registry that an unqualified plugin name means: the first one that has it.
#[derive(Debug)]
pub struct PluginRegistry {
    /// The registry.
    pub registry: Registry,
    /// What users should know about the registries after it.
    pub notices: Vec<Notice>,
}

/// What is known about the registries after the one that a name means.
#[derive(Debug)]
pub enum Notice {
    /// Another registry also has the name.
    AlsoIn {
        /// Name of the plugin.
        name: String,
        /// The registry that is used.
        used: String,
        /// The other registry.
        other: String,
        /// The components that the other registry binds the name to, if they are not the same.
        components: Vec<String>,
    },
    /// Another registry could not be read.
    Unread {
        /// Name of the plugin.
        name: String,
        /// Why.
        error: ResolveError,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlsoIn {
                name,
                used,
                other,
                components,
            } => {
                write!(
                    f,
                    "plugin `{name}` of {used} is shown; {other} also has one of this name"
                )?;
                match &components[..] {
                    [] => Ok(()),
                    components => write!(f, ", from another component: {}", components.join(", ")),
                }
            }
            Self::Unread { name, error } => write!(
                f,
                "a further registry could not be read and may also have plugin `{name}`: {error}"
            ),
        }
    }
}

/// Why no registry is found that has a plugin.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A registry that may have it cannot be read.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// No registry has it.
    #[error("{} no plugin `{name}`{}", have(.registries), ocm::name::also_did_you_mean(.nearest.as_deref()))]
    Unknown {
        /// The registries, in their order.
        registries: Vec<String>,
        /// Name of the plugin.
        name: String,
        /// A name that may be meant.
        nearest: Option<String>,
    },
}

fn have(registries: &[String]) -> String {
    match registries {
        [only] => format!("{only} has"),
        several => format!("{} have", several.join(" and ")),
    }
}

impl From<RepositoryError> for FindError {
    fn from(error: RepositoryError) -> Self {
        Self::Resolve(error.into())
    }
}

/// Finds the registry that an unqualified plugin name means. Registries after it are read to tell
/// whether they also have the name.
///
/// # Errors
/// No registry has it, or one that is asked before could not be read.
pub async fn find_plugin(
    references: &[ComponentRef],
    http: &Http,
    name: &str,
) -> Result<PluginRegistry, FindError> {
    let (mut without, mut names) = (Vec::new(), Vec::new());
    let mut rest = references.iter();
    for reference in rest.by_ref() {
        let registry = Registry::open(reference, http).await?;
        let components = registry.components_of(name)?;
        if !components.is_empty() {
            let notices = others(&registry, &components, rest.as_slice(), http, name).await;
            return Ok(PluginRegistry { registry, notices });
        }
        let listed = registry.listed()?.references;
        names.extend(listed.into_iter().map(|entry| entry.name.into_owned()));
        without.push(registry.name);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Err(FindError::Unknown {
        registries: without,
        name: name.to_owned(),
        nearest: ocm::name::nearest(name, &names).map(str::to_owned),
    })
}

/// What the registries after the used one have of a name.
async fn others(
    used: &Registry,
    components: &[String],
    references: &[ComponentRef],
    http: &Http,
    name: &str,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    for reference in references {
        let opened = Registry::open(reference, http).await;
        let read = opened.and_then(|other| {
            let found = other.components_of(name)?;
            Ok((other.name, found))
        });
        match read {
            Ok((other, found)) if !found.is_empty() && other != used.name => {
                let is_same = found == components;
                notices.push(Notice::AlsoIn {
                    name: name.to_owned(),
                    used: used.name.clone(),
                    other,
                    components: if is_same { Vec::new() } else { found },
                });
            }
            Ok(_) => {}
            Err(error) => notices.push(Notice::Unread {
                name: name.to_owned(),
                error,
            }),
        }
    }
    notices
}
