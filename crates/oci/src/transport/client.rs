//! Connections to servers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Proxy, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::fault::HttpFault;
use super::network_error::innermost;
use super::proxy;
use super::settings::{Certificates, Settings};
use super::trust;
use crate::file;
use crate::reporter::Reporter;

/// Maximum timeout passed to the HTTP stack, which adds it to points in time.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(24);

/// Maximum size in bytes of a file of certificate authorities; a system's complete list has about
/// 300 KiB.
const AUTHORITIES_LIMIT: u64 = 16 << 20;

/// Connects to servers, with the settings of one of them. Clones share connections.
#[derive(Clone)]
pub(crate) struct Client {
    shared: Arc<Shared>,
    settings: Arc<Settings>,
}

struct Shared {
    settings: Settings,
    reporter: Arc<dyn Reporter>,
    clients: Mutex<HashMap<Key, reqwest::Client>>,
    random: Mutex<fastrand::Rng>,
}

/// What an HTTP client depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    tls: bool,
    /// Whether it is for servers on this machine, which are never reached through a proxy.
    loopback: bool,
    /// The key of the server's settings.
    settings: Option<String>,
}

impl Client {
    /// Creates a client with the general settings. It reads no file and opens no connection yet.
    pub(crate) fn new(settings: Settings, reporter: Arc<dyn Reporter>) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            shared: Arc::new(Shared {
                random: Mutex::new(fastrand::Rng::with_seed(settings.jitter)),
                settings,
                reporter,
                clients: Mutex::default(),
            }),
        }
    }

    /// Returns the same client with the timeouts and retries of one server.
    pub(crate) fn for_server(&self, url: &Url) -> Self {
        let (_, settings) = self.shared.settings.for_server(url);
        Self {
            settings: Arc::new(settings.clone()),
            shared: Arc::clone(&self.shared),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn reporter(&self) -> &dyn Reporter {
        &*self.shared.reporter
    }

    /// Returns a random number between 0 and 1.
    pub(crate) fn jitter(&self) -> f64 {
        let mut random = self
            .shared
            .random
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        random.f64()
    }

    /// Returns the HTTP client for a URL, created on first use. Certificates are verified according
    /// to the settings of that URL's server, even if another server named it: one server must not
    /// disable the verification of another.
    pub(crate) fn connection(&self, url: &Url) -> Result<reqwest::Client, HttpFault> {
        let (name, settings) = self.shared.settings.for_server(url);
        let key = Key {
            tls: url.scheme() == "https",
            loopback: url.host_str().is_some_and(proxy::is_loopback),
            settings: name.map(str::to_owned),
        };
        let clients = &self.shared.clients;
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.build(&key, settings)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn build(&self, key: &Key, settings: &Settings) -> Result<reqwest::Client, HttpFault> {
        // Fails if a provider is already installed, which is then this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authorities = authorities(settings)?;
        let builder = reqwest::Client::builder()
            .user_agent(&self.shared.settings.user_agent)
            .connect_timeout(settings.connect_timeout.min(LONGEST_TIMEOUT))
            .pool_idle_timeout(settings.idle_timeout.min(LONGEST_TIMEOUT))
            .tcp_keepalive(
                settings
                    .keep_alive
                    .map(|interval| interval.min(LONGEST_TIMEOUT)),
            )
            .referer(false)
            // Redirects are followed by our own code, because credentials must not be forwarded.
            .redirect(Policy::none());
        let proxies = &self.shared.settings.proxies;
        let builder = if key.loopback {
            builder.no_proxy()
        } else if proxies.is_empty() {
            builder
        } else {
            let proxies = proxies.clone();
            builder.proxy(Proxy::custom(move |url| proxies.proxy_for(url)))
        };
        let builder = if key.tls && settings.certificates == Certificates::Unchecked {
            builder
                .tls_danger_accept_invalid_certs(true)
                .tls_certs_only([])
        } else if key.tls {
            let config = trust::client_config(&authorities).map_err(HttpFault::Setup)?;
            builder.tls_backend_preconfigured(config)
        } else {
            // Plain HTTP must work where no certificates are installed, and does not need to read
            // them.
            builder.tls_certs_only([])
        };
        builder
            .build()
            .map_err(|error| HttpFault::Setup(innermost(&error)))
    }
}

fn authorities(settings: &Settings) -> Result<Vec<CertificateDer<'static>>, HttpFault> {
    let mut authorities = Vec::new();
    for path in &settings.ca_files {
        let failed = |reason: String| HttpFault::Setup(format!("{}: {reason}", path.display()));
        let pem = file::read(path, AUTHORITIES_LIMIT)
            .map_err(|error| failed(format!("cannot be read: {}", error.reason)))?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let found = found.map_err(|error| failed(error.to_string()))?;
        if found.is_empty() {
            return Err(failed("it contains no certificate".to_owned()));
        }
        authorities.extend(found);
    }
    Ok(authorities)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
