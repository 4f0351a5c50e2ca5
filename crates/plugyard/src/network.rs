//! The way to OCI registries: settings, the user's logins, and the log of requests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use oci::Http;
use oci::credentials::{DockerFiles, Locations};
use oci::http::{Exchange, Observer, Settings};

use crate::environment::{CONFIG_HOME, DOCKER_CONFIG, HOME, RUNTIME_DIR, USER_PROFILE, folder};
use crate::report::{self, Verbosity};

/// Prepares the way. It costs nothing until a registry is asked for something.
pub(crate) fn http(verbosity: Verbosity) -> Http {
    let locations = Locations {
        docker_config: folder(DOCKER_CONFIG),
        home: folder(HOME).or_else(|| folder(USER_PROFILE)),
        runtime: folder(RUNTIME_DIR),
        config: folder(CONFIG_HOME),
    };
    let settings = Settings {
        // The standard library's only source of random numbers.
        jitter: RandomState::new().hash_one(0),
        ..Settings::default()
    };
    let observer = (verbosity >= Verbosity::Verbose).then(|| Box::new(say) as Box<Observer>);
    Http::new(settings, Arc::new(DockerFiles::new(&locations)), observer)
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
