//! The way to OCI registries: settings, the user's logins, and the log of requests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oci::credentials::{Credentials, DockerFiles, Helpers, Locations, Runtime};
use oci::http::{Settings, SetupError};
use oci::proxy::{Exceptions, Proxies};
use oci::{Http, Reporter};
use ocm::config::{Config, Logins, PlainHttp};
use ocm::lookup::ResolverSource;
use ocm::{ComponentRef, RepositorySpec};

use crate::configuration::{self, Configuration};
use crate::environment::{
    ALL_PROXY, CACHE, CACHE_HOME, CONFIG_HOME, DOCKER_AUTH_CONFIG, DOCKER_CONFIG, HOME, HTTP_PROXY,
    HTTPS_PROXY, LOCAL_APP_DATA, NO_PROXY, PATH, REGISTRY, REGISTRY_AUTH_FILE, REQUEST_METHOD,
    RETRY_BUDGET, RUNTIME_DIR, folder, variable,
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
    ///
    /// `named` are the locations on the command line, which may get a login in plain HTTP.
    pub(crate) fn new(
        configuration: &[PathBuf],
        named: &[RepositorySpec],
        report: &Report,
    ) -> Result<Self, Failure> {
        let configuration = Configuration::new(configuration, report)?;
        let mut settings = Settings {
            // The standard library's only source of random numbers.
            jitter: RandomState::new().hash_one(0),
            cache: cache(),
            proxies: proxies(),
            ..Settings::default()
        };
        if let Some(text) = variable(RETRY_BUDGET) {
            settings.retry_budget = seconds(&text)?;
        }
        let mut plain_http = PlainHttp::default();
        named
            .iter()
            .chain(&registries_of_the_environment())
            .for_each(|location| plain_http.allow(location));
        let reporter: Arc<dyn Reporter> = Arc::new(report.clone());
        let for_logins = Arc::clone(&reporter);
        let (source, report) = (Arc::clone(&configuration), report.clone());
        let prepare = move || {
            let config = source.get().map_err(|error| SetupError {
                message: error.to_string(),
                hint: error.hint().to_owned(),
            })?;
            warn(config, &report);
            let (named, reporter) = (plain_http.clone(), Arc::clone(&for_logins));
            let logins = Logins::new(config, docker_files, named, reporter);
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

/// The registries that the environment names; what cannot be read is an error where it is used.
fn registries_of_the_environment() -> Vec<RepositorySpec> {
    let text = variable(REGISTRY).unwrap_or_default();
    let references = text.split(',').filter_map(|part| part.trim().parse().ok());
    references
        .map(|reference: ComponentRef| reference.repository)
        .collect()
}

/// The proxies of the environment, whose variables may be in capitals or not.
fn proxies() -> Proxies {
    let either = |name: &str| variable(name).or_else(|| variable(&name.to_lowercase()));
    let all = either(ALL_PROXY);
    let http = if variable(REQUEST_METHOD).is_some() {
        variable(&HTTP_PROXY.to_lowercase())
    } else {
        either(HTTP_PROXY)
    };
    Proxies {
        http: http.or_else(|| all.clone()),
        https: either(HTTPS_PROXY).or(all),
        exceptions: Exceptions::parse(&either(NO_PROXY).unwrap_or_default()),
    }
}

/// Where docker and podman keep logins.
fn docker_files() -> DockerFiles {
    let locations = Locations {
        docker_auth: variable(DOCKER_AUTH_CONFIG),
        registry_auth_file: folder(REGISTRY_AUTH_FILE),
        docker_config: folder(DOCKER_CONFIG),
        home: configuration::home(),
        runtime: folder(RUNTIME_DIR).map(Runtime::Folder).or_else(user),
        config: folder(CONFIG_HOME),
    };
    let helpers = Helpers {
        path: folder(PATH).map(PathBuf::into_os_string),
        prompt: std::io::stdin().is_terminal(),
        ..Helpers::default()
    };
    DockerFiles::new(&locations, helpers)
}

/// The user, for podman's files of those who have no `XDG_RUNTIME_DIR`.
#[cfg_attr(
    target_os = "linux",
    expect(clippy::unnecessary_wraps, reason = "other systems have no such files")
)]
fn user() -> Option<Runtime> {
    #[cfg(target_os = "linux")]
    return Some(Runtime::User(rustix::process::getuid().as_raw()));
    #[cfg(not(target_os = "linux"))]
    return None;
}

/// Says what a user should know before anything is sent.
fn warn(config: &Config, report: &Report) {
    for (origin, host) in config.http.unchecked() {
        let whom = host.unwrap_or("all servers");
        report.alarm(format_args!(
            "{origin}: insecureSkipVerify: certificates of {whom} are NOT checked; anybody on the way can read and change everything, logins included"
        ));
    }
    if let Some(path) = folder(REGISTRY_AUTH_FILE).filter(|path| !path.exists()) {
        let path = path.display();
        report.warning(format_args!(
            "{path}, which {REGISTRY_AUTH_FILE} names, does not exist"
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
