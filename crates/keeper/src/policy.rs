//! `plugyard.yaml`: how a registry repository is kept. The file and all its keys are optional.

mod changes;
mod read;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use ocm::glob::Glob;
use ocm::{RepositorySpec, Version};

use crate::severity::Severity;
use registry::platform::Platform;

pub use self::changes::{loosened, loosened_since};

/// What `plugyard.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Where the registry is published.
    pub repository: Option<RepositorySpec>,
    /// Further repositories that have plugins.
    pub sources: Vec<RepositorySpec>,
    /// Components that may be entries; without patterns, all may. Patterns are
    /// [`Glob::wildcards`], here and below.
    pub allow: Vec<Glob>,
    /// Platforms that the newest version of every plugin must have.
    pub platforms: Vec<Platform>,
    /// Versions whose content may change.
    pub moving: Vec<MutableVersions>,
    /// Number of stable versions of a plugin that `update` leaves; `None` leaves all.
    pub keep: Option<NonZeroUsize>,
    /// Severities by rule id.
    pub rules: BTreeMap<String, Level>,
    /// Findings that are accepted.
    pub exceptions: Vec<Exception>,
}

/// Versions whose content may change: an item of `moving`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutableVersions {
    /// The entries they belong to.
    pub of: MutableEntries,
    /// Matches their version.
    pub version: Glob,
}

/// Entries with mutable versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MutableEntries {
    /// Entries whose name matches.
    Name(Glob),
    /// Entries whose component matches.
    Component(Glob),
}

/// What `rules` says about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The rule is not checked.
    Off,
    /// Its findings have this severity.
    At(Severity),
}

/// Findings of one rule that are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Id of the rule.
    pub rule: String,
    /// Matches the name of the entry.
    pub entry: Glob,
    /// Version of the entry; `None` means all versions.
    pub version: Option<Version>,
    /// Why they are accepted, for people.
    pub reason: String,
}

/// A rule that `rules` and `exceptions` may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownRule {
    /// Id of the rule.
    pub id: &'static str,
    /// An id it had before, which is refused with a hint.
    pub former_id: Option<&'static str>,
    /// Its severity, unless `rules` sets another one.
    pub severity: Severity,
    /// Whether its severity cannot be changed.
    pub is_fixed: bool,
    /// Whether its findings can be about an entry, so that an exception can apply.
    pub is_about_entries: bool,
}

impl Policy {
    /// The policy of a repository without `plugyard.yaml`.
    pub const DEFAULT: Self = Self {
        repository: None,
        sources: Vec::new(),
        allow: Vec::new(),
        platforms: Vec::new(),
        moving: Vec::new(),
        keep: None,
        rules: BTreeMap::new(),
        exceptions: Vec::new(),
    };

    /// Returns whether `allow` permits entries for this component.
    pub fn allows(&self, component: &str) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|pattern| pattern.matches(component))
    }

    /// Returns whether `moving` lists this version of an entry.
    pub fn is_mutable(&self, name: &str, component: &str, version: &str) -> bool {
        self.moving.iter().any(|mutable| {
            let matches = match &mutable.of {
                MutableEntries::Name(pattern) => pattern.matches(name),
                MutableEntries::Component(pattern) => pattern.matches(component),
            };
            matches && mutable.version.matches(version)
        })
    }
}

impl Exception {
    /// Returns whether it accepts the findings of a rule at an entry.
    pub fn covers(&self, rule: &str, name: &str, version: Option<&Version>) -> bool {
        self.rule == rule
            && self.entry.matches(name)
            && match (&self.version, version) {
                (None, _) => true,
                (Some(accepted), Some(version)) => accepted.same_as(version),
                (Some(_), None) => false,
            }
    }
}

/// Resolves the relative path of an archive against `folder`.
pub fn relative_to(folder: &Path, spec: RepositorySpec) -> RepositorySpec {
    match spec {
        RepositorySpec::Ctf { kind, path }
            if !Path::new(&path).is_absolute() && folder != Path::new("") =>
        {
            RepositorySpec::Ctf {
                kind,
                path: spelled(&folder.join(path)).display().to_string(),
            }
        }
        other => other,
    }
}

/// Cleans a path; one that does not begin like a path gets a leading `./`: `a/./b` becomes
/// `./a/b`.
fn spelled(path: &Path) -> PathBuf {
    let cleaned = ocm::path::clean(path);
    if cleaned.is_absolute() || cleaned.starts_with("..") {
        return cleaned;
    }
    Path::new(".").join(cleaned)
}
