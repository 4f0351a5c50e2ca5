//! What all OCI registries share: settings, connections, tokens, and the log of requests.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};

use crate::cache::Cache;
use crate::credentials::{Anonymous, Credentials};
use crate::remote::RemoteFault;
use crate::remote::auth::Auth;

/// How registries are spoken to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a connection may take to come up, TLS included.
    pub connect_timeout: Duration,
    /// How long a registry may be silent: before its answer, within it, and within an upload.
    pub read_timeout: Duration,
    /// How long one step may be repeated, its waits included. A step that makes progress starts
    /// anew.
    pub retry_budget: Duration,
    /// Files with further certificate authorities (PEM), besides those of the system.
    pub ca_files: Vec<PathBuf>,
    /// Who asks.
    pub user_agent: String,
    /// Folder in which content is kept that was read before; nothing is kept without one. It may be
    /// removed at any time.
    pub cache: Option<PathBuf>,
    /// Where the jitter of waits begins; any number, another one in each process.
    pub jitter: u64,
}

impl Settings {
    /// How long a registry may be silent: no longer than a step may take altogether.
    pub(crate) fn silence(&self) -> Duration {
        self.read_timeout.min(self.retry_budget)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_mins(1),
            retry_budget: Duration::from_mins(1),
            ca_files: Vec::new(),
            user_agent: concat!("plugyard/", env!("CARGO_PKG_VERSION")).to_owned(),
            cache: None,
            jitter: 0,
        }
    }
}

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The address, without anything that could be secret.
    pub url: &'a str,
    /// The status of the answer; absent if there was none.
    pub status: Option<u16>,
    /// Time until the answer was read, or dropped.
    pub time: Duration,
    /// Bytes of the answer's body that were read.
    pub received: u64,
}

/// Is told of every request.
pub type Observer = dyn Fn(&Exchange<'_>) + Send + Sync;

/// The way to all OCI registries. Clones share connections and tokens.
///
/// It costs nothing until the first request: only then are certificates read and a client made.
#[derive(Clone)]
pub struct Http {
    shared: Arc<Shared>,
    cached: bool,
}

struct Shared {
    settings: Settings,
    credentials: Arc<dyn Credentials>,
    observer: Option<Box<Observer>>,
    plain: OnceLock<Client>,
    secure: OnceLock<Client>,
    auth: Auth,
    cache: Option<Cache>,
    jitter: AtomicU64,
}

impl Http {
    /// Takes settings, a place to ask for credentials, and who is told of requests.
    pub fn new(
        settings: Settings,
        credentials: Arc<dyn Credentials>,
        observer: Option<Box<Observer>>,
    ) -> Self {
        let shared = Shared {
            jitter: AtomicU64::new(settings.jitter),
            cache: settings.cache.clone().map(Cache::new),
            settings,
            credentials,
            observer,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            auth: Auth::default(),
        };
        Self {
            shared: Arc::new(shared),
            cached: true,
        }
    }

    /// The same, but all content is read from the registries themselves.
    #[must_use]
    pub fn uncached(&self) -> Self {
        Self {
            cached: false,
            ..self.clone()
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(crate) fn credentials(&self) -> &Arc<dyn Credentials> {
        &self.shared.credentials
    }

    pub(crate) fn auth(&self) -> &Auth {
        &self.shared.auth
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.shared.cache.as_ref().filter(|_| self.cached)
    }

    pub(crate) fn observe(&self, exchange: &Exchange<'_>) {
        if let Some(observer) = &self.shared.observer {
            observer(exchange);
        }
    }

    /// Gives a number from 0 to 1 that differs from call to call.
    pub(crate) fn jitter(&self) -> f64 {
        // splitmix64: spreads well, whatever it begins with.
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.shared.jitter.fetch_add(step, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap_or_default();
        f64::from(bits) / f64::from(u32::MAX)
    }

    /// Gives the client for an address, made on first use.
    pub(crate) fn client(&self, url: &Url) -> Result<&Client, RemoteFault> {
        let secure = url.scheme() == "https";
        let slot = if secure {
            &self.shared.secure
        } else {
            &self.shared.plain
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = self.build(secure)?;
        Ok(slot.get_or_init(|| client))
    }

    fn build(&self, secure: bool) -> Result<Client, RemoteFault> {
        // Idempotent: whoever came first has installed this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = self.settings();
        let mut authorities = Vec::new();
        for path in &settings.ca_files {
            let failed =
                |reason: String| RemoteFault::Setup(format!("{}: {reason}", path.display()));
            let pem = fs_err::read(path).map_err(|error| RemoteFault::Setup(error.to_string()))?;
            let found =
                Certificate::from_pem_bundle(&pem).map_err(|error| failed(cause(&error)))?;
            if found.is_empty() {
                return Err(failed("it has no certificate".to_owned()));
            }
            authorities.extend(found);
        }
        let builder = Client::builder()
            .user_agent(&settings.user_agent)
            .connect_timeout(settings.connect_timeout)
            .referer(false)
            // Followed by hand: credentials must not go along.
            .redirect(Policy::none());
        let builder = if secure {
            builder.tls_certs_merge(authorities)
        } else {
            // Plain HTTP must work where no certificates are installed, and need not read them.
            builder.tls_certs_only(authorities)
        };
        builder
            .build()
            .map_err(|error| RemoteFault::Setup(cause(&error)))
    }
}

impl Default for Http {
    /// The usual settings, and nobody is logged in.
    fn default() -> Self {
        Self::new(Settings::default(), Arc::new(Anonymous), None)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("settings", self.settings())
            .finish_non_exhaustive()
    }
}

/// The innermost cause of an error: the outer ones only repeat that something failed, or the
/// address with its secrets.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
