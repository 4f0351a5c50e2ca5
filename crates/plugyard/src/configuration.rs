//! The user's OCM configuration: found, read and put together when it is needed.
//!
//! A file that is found and cannot be used is an error, not a warning as for the official CLI:
//! what it says of logins would silently be missing. Work that needs no configuration does not
//! read it, and does not stumble over it.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ocm::config::{Config, ConfigError, Search};
use ocm::yaml::Limits;

use crate::environment::{CONFIG_HOME, HOME, OCM_CONFIG, USER_PROFILE, folder};
use crate::report::{Failure, Report};

/// The configuration, read once.
#[derive(Debug)]
pub(crate) struct Configuration {
    loaded: OnceLock<Result<Config, ConfigError>>,
    report: Report,
}

impl Configuration {
    /// Files that are named are read at once, and must be fine. Without any, the usual ones are
    /// read when they are needed.
    pub(crate) fn new(named: &[PathBuf], report: &Report) -> Result<Arc<Self>, Failure> {
        let configuration = Self {
            loaded: OnceLock::new(),
            report: report.clone(),
        };
        if !named.is_empty() {
            let mut config = Config::default();
            for path in named {
                let file = fs_err::File::open(path).map_err(|error| unreadable(path, &error))?;
                config.merge(parse(path, &read(file, path)?)?);
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
            let Some(file) = open(&path)? else {
                continue;
            };
            let real = fs_err::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if let Some((_, known)) = seen.iter().find(|(known, _)| *known == real) {
                // Read again it has more say, and nothing more to add.
                config.http.merge(known.http.clone());
                continue;
            }
            let text = read(file, &path)?;
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

fn open(path: &Path) -> Result<Option<fs_err::File>, ConfigError> {
    let outcome = match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Ok(None),
        Ok(_) => fs_err::File::open(path),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(file) => Ok(Some(file)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> ConfigError {
    let reason = oci::store::system_error(error);
    ConfigError::of_file(
        path.display().to_string(),
        format!("cannot be read: {reason}"),
    )
}

fn read(file: fs_err::File, path: &Path) -> Result<String, ConfigError> {
    // One more, for the reader to see that it is too much.
    let limit = Limits::configuration().bytes as u64 + 1;
    let mut bytes = Vec::new();
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!("it is not UTF-8 text: byte {at} is wrong");
        ConfigError::of_file(path.display().to_string(), message)
    })
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    Config::parse(&path.display().to_string(), text, home().as_deref())
}
