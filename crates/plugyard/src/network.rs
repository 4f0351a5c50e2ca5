//! The way to OCI registries: settings, the user's logins, and the log of requests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oci::Http;
use oci::credentials::{DockerFiles, Locations};
use oci::http::{Exchange, Observer, Settings};

use crate::environment::{
    CACHE, CACHE_HOME, CONFIG_HOME, DOCKER_CONFIG, HOME, LOCAL_APP_DATA, RETRY_BUDGET, RUNTIME_DIR,
    USER_PROFILE, folder, variable,
};
use crate::report::{self, Failure, Verbosity};

/// Prepares the way. It costs nothing until a registry is asked for something.
pub(crate) fn http(verbosity: Verbosity) -> Result<Http, Failure> {
    let locations = Locations {
        docker_config: folder(DOCKER_CONFIG),
        home: folder(HOME).or_else(|| folder(USER_PROFILE)),
        runtime: folder(RUNTIME_DIR),
        config: folder(CONFIG_HOME),
    };
    let mut settings = Settings {
        // The standard library's only source of random numbers.
        jitter: RandomState::new().hash_one(0),
        cache: cache(),
        ..Settings::default()
    };
    if let Some(text) = variable(RETRY_BUDGET) {
        settings.retry_budget = seconds(&text)?;
    }
    let observer = (verbosity >= Verbosity::Verbose).then(|| Box::new(say) as Box<Observer>);
    let credentials = Arc::new(DockerFiles::new(&locations));
    Ok(Http::new(settings, credentials, observer))
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

fn say(exchange: &Exchange<'_>) {
    let status = match exchange.status {
        Some(status) => status.to_string(),
        None => "no answer".to_owned(),
    };
    report::line(format_args!(
        "{} {}: {status}, {} ms, {} bytes",
        exchange.method,
        exchange.url,
        exchange.time.as_millis(),
        exchange.received
    ));
}
