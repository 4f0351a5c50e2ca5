//! The way to OCI registries: settings, the user's logins, and the log of requests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oci::Http;
use oci::credentials::{Credentials, DockerFiles, Locations};
use oci::http::{Settings, SetupError};
use ocm::ComponentRef;
use ocm::config::{Config, Logins};
use ocm::lookup::ResolverSource;

use crate::configuration::{self, Configuration};
use crate::environment::{
    CACHE, CACHE_HOME, CONFIG_HOME, DOCKER_CONFIG, HOME, LOCAL_APP_DATA, RETRY_BUDGET, RUNTIME_DIR,
    folder, variable,
};
use crate::report::{Failure, Report};

/// What commands reach others with: the way to registries, and the user's configuration.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) http: Http,
    configuration: Arc<Configuration>,
}

impl Network {
    /// Prepares the way. It costs nothing until a registry is asked for something, but for files
    /// that are named with `--config`.
    pub(crate) fn new(configuration: &[PathBuf], report: &Report) -> Result<Self, Failure> {
        let configuration = Configuration::new(configuration, report)?;
        let mut settings = Settings {
            // The standard library's only source of random numbers.
            jitter: RandomState::new().hash_one(0),
            cache: cache(),
            ..Settings::default()
        };
        if let Some(text) = variable(RETRY_BUDGET) {
            settings.retry_budget = seconds(&text)?;
        }
        let reporter = Arc::new(report.clone());
        let (source, report) = (Arc::clone(&configuration), report.clone());
        let prepare = move || {
            let config = source.get().map_err(|error| SetupError {
                message: error.to_string(),
                hint: error.hint().to_owned(),
            })?;
            warn(config, &report);
            let logins = Logins::new(&config.credentials, docker_files);
            let credentials: Arc<dyn Credentials> = Arc::new(logins);
            Ok((config.http.settings(&settings), credentials))
        };
        Ok(Self {
            http: Http::lazy(Box::new(prepare), reporter),
            configuration,
        })
    }

    /// The same, for a command that wants to know what the registries themselves have.
    pub(crate) fn uncached(&self) -> Self {
        Self {
            http: self.http.uncached(),
            configuration: Arc::clone(&self.configuration),
        }
    }

    /// Gives the resolvers of the configuration, when they are needed.
    pub(crate) fn resolvers(&self) -> Box<ResolverSource> {
        let configuration = Arc::clone(&self.configuration);
        Box::new(move || Ok(configuration.get()?.resolvers.clone()))
    }

    /// The plugin registries of the configuration.
    pub(crate) fn registries(&self) -> Result<Vec<ComponentRef>, Failure> {
        Ok(self.configuration.get()?.registries.clone())
    }
}

/// Where docker and podman keep logins.
fn docker_files() -> DockerFiles {
    DockerFiles::new(&Locations {
        docker_config: folder(DOCKER_CONFIG),
        home: configuration::home(),
        runtime: folder(RUNTIME_DIR),
        config: folder(CONFIG_HOME),
    })
}

/// Says what a user should know before anything is sent.
fn warn(config: &Config, report: &Report) {
    for (origin, host) in config.http.unchecked() {
        let whom = host.unwrap_or("all servers");
        report.alarm(format_args!(
            "{origin}: insecureSkipVerify: certificates of {whom} are NOT checked; anybody on the way can read and change everything, logins included"
        ));
    }
    for path in config
        .credentials
        .docker_files()
        .filter(|path| !path.exists())
    {
        report.warning(format_args!(
            "{}, which the configuration names for logins, does not exist",
            path.display()
        ));
    }
}

/// Where content is kept that was read before: `$PLUGYARD_CACHE`, else where this system has its
/// caches.
fn cache() -> Option<PathBuf> {
    if let Some(folder) = folder(CACHE) {
        return (folder.as_os_str() != "off").then_some(folder);
    }
    let home = || folder(HOME);
    let caches = folder(CACHE_HOME).or_else(|| {
        if cfg!(windows) {
            folder(LOCAL_APP_DATA)
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Caches"))
        } else {
            home().map(|home| home.join(".cache"))
        }
    });
    caches.map(|caches| caches.join("plugyard"))
}

fn seconds(text: &str) -> Result<Duration, Failure> {
    let number = text.parse().ok();
    number
        .and_then(|number| Duration::try_from_secs_f64(number).ok())
        .ok_or_else(|| {
            Failure::usage(
                format_args!("{RETRY_BUDGET}: `{text}` is no number of seconds"),
                "set it to a number, for instance 60, or leave it out",
            )
        })
}
