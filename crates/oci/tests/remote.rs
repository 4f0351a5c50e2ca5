//! Registries over HTTP, against a fake one that fails on demand.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(clippy::print_stdout, reason = "a skipped test reports it")]

#[path = "remote/answers.rs"]
mod answers;
#[path = "remote/cache.rs"]
mod cache;
#[path = "remote/credentials.rs"]
mod credentials;
#[path = "remote/login.rs"]
mod login;
#[path = "remote/reading.rs"]
mod reading;
#[path = "remote/real.rs"]
mod real;
#[path = "remote/saving.rs"]
mod saving;
#[path = "remote/uploads.rs"]
mod uploads;
#[path = "remote/writing.rs"]
mod writing;

use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oci::credentials::{Anonymous, Credentials, CredentialsError, Found, Login, Wanted};
use oci::http::Settings;
use oci::reporter::Exchange;
use oci::{Digest, Http, Remote, Reporter, Silent};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Credentials for one host.
#[derive(Debug)]
struct Only {
    host: String,
    login: Login,
}

impl Credentials for Only {
    fn find(&self, wanted: &Wanted) -> Result<Option<Found>, CredentialsError> {
        Ok((wanted.host == self.host).then(|| Found {
            login: self.login.clone(),
            origin: "the test".to_owned(),
        }))
    }
}

fn password(user: &str, password: &str) -> Login {
    Login::Password {
        user: user.to_owned(),
        password: password.to_owned(),
    }
}

fn settings() -> Settings {
    Settings {
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(5),
        retry_budget: Duration::from_secs(5),
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(50),
        ..Settings::default()
    }
}

fn http(credentials: impl Credentials + 'static) -> Http {
    Http::new(settings(), Arc::new(credentials), Arc::new(Silent))
}

/// Records the reported messages, one per line.
#[derive(Debug, Default)]
struct Reported(Mutex<Vec<String>>);

impl Reported {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Reporter for Reported {
    fn note(&self, message: &dyn Display) {
        self.add(format!("note: {message}"));
    }

    fn warning(&self, message: &dyn Display) {
        self.add(format!("warning: {message}"));
    }

    fn waiting(&self, what: &dyn Display, time: Option<Duration>) {
        self.add(format!("waiting {time:?} for {what}"));
    }

    fn exchange(&self, exchange: &Exchange<'_>) {
        self.add(format!(
            "{} {} {:?} {}",
            exchange.method, exchange.url, exchange.status, exchange.received
        ));
    }
}

fn reported_to(reporter: &Arc<Reported>) -> Http {
    let reporter = Arc::clone(reporter);
    Http::new(settings(), Arc::new(Anonymous), reporter)
}

/// A client of a registry without credentials.
fn anonymous(registry: &testkit::Registry) -> Remote {
    Remote::new(&http(Anonymous), &registry.url()).unwrap()
}

/// A client of a registry with credentials.
fn logged_in(registry: &testkit::Registry, login: Login) -> Remote {
    let host = registry.host();
    Remote::new(&http(Only { host, login }), &registry.url()).unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

fn digest(text: &str) -> Digest {
    text.parse().unwrap()
}
