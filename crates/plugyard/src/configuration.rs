//! The user's OCM configuration: found, read and put together when it is needed.
//!
//! A file that is found and cannot be used is an error, not a warning as for the official CLI:
//! what it says of logins would silently be missing. Work that needs no configuration does not
//! read it, and does not stumble over it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use oci::file::{self, FileError, Kind, Reason};
use ocm::config::{Config, ConfigError, Search};
use ocm::yaml::Limits;

use crate::environment::{CONFIG_HOME, HOME, OCM_CONFIG, USER_PROFILE, folder};
use crate::report::{Failure, Report};

/// Maximum number of bytes of a file.
const LIMIT: u64 = Limits::configuration().bytes as u64;

/// The configuration, read once.
#[derive(Debug)]
pub(crate) struct Configuration {
    loaded: OnceLock<Result<Config, ConfigError>>,
    report: Report,
}

impl Configuration {
    /// Files that are named are read at once, and must be fine. Without any, the default ones are
    /// read when they are needed.
    pub(crate) fn new(named: &[PathBuf], report: &Report) -> Result<Arc<Self>, Failure> {
        let configuration = Self {
            loaded: OnceLock::new(),
            report: report.clone(),
        };
        if !named.is_empty() {
            let mut config = Config::default();
            for path in named {
                let text = file::read(path, LIMIT)
                    .and_then(|bytes| file::text(path, bytes))
                    .map_err(|error| unreadable(&error))?;
                config.merge(parse(path, &text)?);
            }
            configuration.warn(&config);
            let _ = configuration.loaded.set(Ok(config));
        }
        Ok(Arc::new(configuration))
    }

    /// What the files say.
    pub(crate) fn get(&self) -> Result<&Config, ConfigError> {
        let loaded = self.loaded.get_or_init(|| {
            let config = self.search()?;
            self.warn(&config);
            Ok(config)
        });
        loaded.as_ref().map_err(Clone::clone)
    }

    fn warn(&self, config: &Config) {
        for warning in &config.warnings {
            self.report.warning(warning);
        }
    }

    fn search(&self) -> Result<Config, ConfigError> {
        let search = Search {
            file: folder(OCM_CONFIG),
            config_home: folder(CONFIG_HOME),
            home: home(),
        };
        let mut config = Config::default();
        let mut seen: Vec<(PathBuf, Config)> = Vec::new();
        for path in search.paths() {
            let text = match file::read(&path, LIMIT).and_then(|bytes| file::text(&path, bytes)) {
                Ok(text) => text,
                Err(error) if is_none(&error) => continue,
                Err(error) => return Err(unreadable(&error)),
            };
            let real = fs_err::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if let Some((_, known)) = seen.iter().find(|(known, _)| *known == real) {
                // Read again it has more say, and nothing more to add.
                config.http.merge(known.http.clone());
                continue;
            }
            if text.trim().is_empty() {
                self.report
                    .warning(format_args!("{} is empty", path.display()));
                continue;
            }
            let found = parse(&path, &text)?;
            seen.push((real, found.clone()));
            self.report
                .detail(format_args!("configuration: {}", path.display()));
            config.merge(found);
        }
        Ok(config)
    }
}

/// The home of the user.
pub(crate) fn home() -> Option<PathBuf> {
    folder(HOME).or_else(|| folder(USER_PROFILE))
}

/// Whether a file that is not named is simply not there. A directory may have its name.
fn is_none(error: &FileError) -> bool {
    error.is_absent() || matches!(error.reason, Reason::Kind(Kind::Folder))
}

fn unreadable(error: &FileError) -> ConfigError {
    let reason = format!("cannot be read: {}", error.reason);
    ConfigError::of_file(error.path.display().to_string(), reason)
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    Config::parse(&path.display().to_string(), text, home().as_deref())
}
