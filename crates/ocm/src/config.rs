//! The OCM configuration (`.ocmconfig`): credentials, resolvers, HTTP
//! settings, registries.
//!
//! A file is an object of type `generic.config.ocm.software/v1` with a list of `configurations`,
//! each with its own type. Unknown types are ignored. Messages
//! name the location and never a value, because values may be secrets.

mod credentials;
mod duration;
mod http;
mod identity;
mod plain_http;
mod registries;
mod resolvers;
mod search;
mod source;

use std::collections::VecDeque;
use std::path::Path;

pub use credentials::{CredentialsConfig, Logins};
pub use http::{HttpSettings, HttpValues, KeepAlive, Retry};
pub use identity::Identity;
pub use plain_http::PlainHttp;
pub use resolvers::{Resolvers, Unresolvable};
pub use search::Search;

use self::source::Source;
use crate::component_ref::ComponentRef;
use crate::yaml::{self, Limits, Node};

/// The merged content of the files.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Credentials.
    pub credentials: CredentialsConfig,
    /// Resolvers of component repositories.
    pub resolvers: Resolvers,
    /// HTTP settings.
    pub http: HttpSettings,
    /// The plugin registries to read if none is given explicitly.
    pub registries: Vec<ComponentRef>,
    /// Warnings for the user.
    pub warnings: Vec<ConfigError>,
}

/// An invalid part of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {message}", colons(*.position))]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// Line and column, both from 1, if the error has a location in the file.
    pub position: Option<(usize, usize)>,
    /// The problem. Never contains a value that could be a secret.
    pub message: String,
}

fn colons(position: Option<(usize, usize)>) -> String {
    position.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"))
}

impl ConfigError {
    /// An error about a file as a whole.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            position: None,
            message: message.into(),
        }
    }

    /// How to fix it.
    pub fn hint(&self) -> &'static str {
        "repair the configuration, or name another file with --config"
    }
}

impl Config {
    /// Reads one file. `home` replaces a leading `~` in paths.
    ///
    /// A file or item of another type is ignored.
    ///
    /// # Errors
    /// The text is empty, not YAML, too large or nested too deeply, or a part of a known type
    /// is invalid.
    pub fn parse(file: &str, text: &str, home: Option<&Path>) -> Result<Self, ConfigError> {
        let source = Source { file, text, home };
        if text.trim().is_empty() {
            return Err(ConfigError::of_file(file, "the file is empty"));
        }
        let document =
            yaml::parse(text, Limits::configuration()).map_err(|error| source.syntax(&error))?;
        let root = &document.root;
        let mut config = Self::default();
        source.mapping(root)?;
        if !is_generic(source.text(root, "type")?) {
            let message =
                "its type is not generic.config.ocm.software/v1, so that nothing of it is used";
            config.warnings.push(ConfigError::of_file(file, message));
            return Ok(config);
        }
        // Items of a nested list follow all items of the outer one.
        let mut waiting = VecDeque::from([root]);
        while let Some(generic) = waiting.pop_front() {
            for item in source.list(generic, "configurations")? {
                source.mapping(item)?;
                let kind = source.text(item, "type")?;
                if is_generic(kind) {
                    waiting.push_back(item);
                } else {
                    config.read(source, kind.unwrap_or_default(), item)?;
                }
            }
        }
        Ok(config)
    }

    fn read(&mut self, source: Source<'_>, kind: &str, item: &Node) -> Result<(), ConfigError> {
        match kind {
            "credentials.config.ocm.software" | "credentials.config.ocm.software/v1" => {
                self.credentials.read(source, item, &mut self.warnings)
            }
            "resolvers.config.ocm.software" | "resolvers.config.ocm.software/v1alpha1" => {
                self.resolvers.read(source, item)
            }
            "ocm.config.ocm.software" | "ocm.config.ocm.software/v1" => {
                self.resolvers.read_fallback(source, item)
            }
            "http.config.ocm.software" | "http.config.ocm.software/v1alpha1" => {
                self.http.merge(http::read(source, item)?);
                Ok(())
            }
            _ if kind.split('/').next() == Some("plugin.registry.config.ocm.software") => {
                self.registries.extend(registries::read(source, item)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The servers that resolvers and registries name with `http://`.
    pub fn plain_http(&self) -> PlainHttp {
        let registries = self.registries.iter().map(|registry| &registry.repository);
        let mut named = PlainHttp::default();
        for location in self.resolvers.all().chain(registries) {
            named.allow(location);
        }
        named
    }

    /// Merges a later file: its lists are appended, and its HTTP settings take precedence.
    pub fn merge(&mut self, later: Self) {
        self.credentials.merge(later.credentials);
        self.resolvers.merge(later.resolvers);
        self.http.merge(later.http);
        for registry in later.registries {
            if !self.registries.contains(&registry) {
                self.registries.push(registry);
            }
        }
        self.warnings.extend(later.warnings);
    }
}

fn is_generic(kind: Option<&str>) -> bool {
    matches!(
        kind,
        Some("generic.config.ocm.software" | "generic.config.ocm.software/v1")
    )
}
