//! `plugyard.yaml`: how a registry repository is kept. Optional; every member has a default.

mod read;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};

use ocm::glob::Glob;
use ocm::yaml;
use ocm::{Diagnostic, RepositorySpec, Version};

use crate::check::Severity;
use registry::platform::Platform;

/// What `plugyard.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Where the registry is published.
    pub repository: Option<RepositorySpec>,
    /// Further places where plugins live.
    pub sources: Vec<RepositorySpec>,
    /// The components that may be entries; all, if there are no patterns.
    pub allow: Vec<Glob>,
    /// Platforms that every plugin must have.
    pub platforms: Vec<Platform>,
    /// Versions that are published again with other content on purpose.
    pub moving: Vec<Moving>,
    /// How many versions of a plugin stay at least; nothing is said about it by default.
    pub keep: Option<NonZeroUsize>,
    /// Severities of rules, by their ids.
    pub rules: BTreeMap<String, Level>,
    /// Findings that are accepted.
    pub exceptions: Vec<Exception>,
}

/// Versions that are published again with other content on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// Whose versions.
    pub of: MovingOf,
    /// Which versions.
    pub version: Glob,
}

/// Whose versions move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MovingOf {
    /// Entries of these names.
    Name(Glob),
    /// Entries for these components.
    Component(Glob),
}

/// What becomes of the findings of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The rule is not looked at.
    Off,
    /// They have this severity.
    At(Severity),
}

/// Findings that are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Id of the rule.
    pub rule: String,
    /// Name of the entry.
    pub entry: Glob,
    /// Version of the entry; every one, if it is absent.
    pub version: Option<Version>,
    /// Why, for people.
    pub reason: String,
}

impl Policy {
    /// Reads the text of the file. Relative paths in it are relative to `folder`, the one it
    /// lies in.
    ///
    /// # Errors
    /// What is wrong with it, in the order of the text.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        let document = yaml::parse(text, yaml::Limits::constructor())
            .map_err(|error| vec![error.diagnostic])?;
        read::policy(&document.root, folder)
    }

    /// Says whether entries may be for this component.
    pub fn allows(&self, component: &str) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|pattern| pattern.matches(component))
    }

    /// Says whether a version is published again with other content on purpose.
    pub fn is_moving(&self, name: &str, component: &str, version: &str) -> bool {
        self.moving.iter().any(|moving| {
            let whose = match &moving.of {
                MovingOf::Name(pattern) => pattern.matches(name),
                MovingOf::Component(pattern) => pattern.matches(component),
            };
            whose && moving.version.matches(version)
        })
    }

    /// Says whether what a rule finds at an entry is accepted.
    pub fn accepts(&self, rule: &str, name: &str, version: Option<&Version>) -> bool {
        self.exceptions.iter().any(|exception| {
            exception.rule == rule
                && exception.entry.matches(name)
                && match (&exception.version, version) {
                    (None, _) => true,
                    (Some(accepted), Some(version)) => accepted.same_as(version),
                    (Some(_), None) => false,
                }
        })
    }
}

/// Makes the relative path of an archive, which is relative to `folder`, relative to the
/// working directory.
pub fn relative_to(folder: &Path, spec: RepositorySpec) -> RepositorySpec {
    match spec {
        RepositorySpec::Ctf { kind, path }
            if !Path::new(&path).is_absolute() && folder != Path::new("") =>
        {
            RepositorySpec::Ctf {
                kind,
                path: tidy(&folder.join(path)).display().to_string(),
            }
        }
        other => other,
    }
}

/// The path without `.` parts, and with a leading `./` where it would not read as a path.
fn tidy(path: &Path) -> PathBuf {
    let parts: PathBuf = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .collect();
    if parts.is_absolute() || parts.starts_with("..") {
        return parts;
    }
    Path::new(".").join(parts)
}
