//! What all OCI registries share: settings, connections, tokens, and the log of requests.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};

use crate::cache::Cache;
use crate::credentials::{Anonymous, Credentials};
use crate::remote::RemoteFault;
use crate::remote::auth::Auth;
use crate::reporter::{Reporter, Silent};
use crate::store::system_error;

/// How registries are spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a connection may take to come up, TLS included.
    pub connect_timeout: Duration,
    /// How long a registry may be silent: before its answer, within it, and within an upload.
    pub read_timeout: Duration,
    /// How long a registry may take until its answer begins, instead of `read_timeout`.
    pub answer_timeout: Option<Duration>,
    /// How long a request may take altogether, its content included.
    pub total_timeout: Option<Duration>,
    /// How long a connection that nobody uses is kept.
    pub idle_timeout: Duration,
    /// How often a connection that is silent is probed; never without one.
    pub keep_alive: Option<Duration>,
    /// How long one step may be repeated, its waits included. A step that makes progress starts
    /// anew.
    pub retry_budget: Duration,
    /// Most attempts of one step that makes no progress; at least one is made.
    pub attempts: u32,
    /// The wait before the second attempt; each further one is twice as long.
    pub first_wait: Duration,
    /// The longest wait between two attempts, unless the registry wants a longer one.
    pub longest_wait: Duration,
    /// Whether certificates are checked.
    pub certificates: Certificates,
    /// Files with further certificate authorities (PEM), besides those of the system.
    pub ca_files: Vec<PathBuf>,
    /// Who asks.
    pub user_agent: String,
    /// Folder in which content is kept that was read before; nothing is kept without one. It may be
    /// removed at any time.
    pub cache: Option<PathBuf>,
    /// Where the jitter of waits begins; any number, another one in each process.
    pub jitter: u64,
    /// Servers that are spoken to in another way, by `host:port` or `host`, the former before the
    /// latter. What these settings say of hosts, user agent, cache and jitter is not looked at.
    pub hosts: BTreeMap<String, Self>,
}

/// Whether a server has to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificates {
    /// It has to.
    Checked,
    /// Anybody on the way can pass for the server.
    Unchecked,
}

impl Settings {
    /// How long a registry may be silent: no longer than a step may take altogether.
    pub(crate) fn silence(&self) -> Duration {
        self.read_timeout.min(self.retry_budget)
    }

    /// How long a registry may be silent before its answer.
    pub(crate) fn silence_before_answer(&self) -> Duration {
        let own = self.answer_timeout.unwrap_or(self.read_timeout);
        own.min(self.retry_budget)
    }

    /// The key of `hosts` for a server, and the settings for it.
    fn for_server(&self, url: &Url) -> (Option<&str>, &Self) {
        let name = url.host_str().unwrap_or_default();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default().unwrap_or_default();
        [&format!("{name}:{port}"), name, bare]
            .into_iter()
            .find_map(|key| self.hosts.get_key_value(key))
            .map_or((None, self), |(key, settings)| (Some(key), settings))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_mins(1),
            answer_timeout: None,
            total_timeout: None,
            idle_timeout: Duration::from_secs(90),
            keep_alive: Some(Duration::from_secs(15)),
            retry_budget: Duration::from_mins(1),
            attempts: 5,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(3),
            certificates: Certificates::Checked,
            ca_files: Vec::new(),
            user_agent: concat!("plugyard/", env!("CARGO_PKG_VERSION")).to_owned(),
            cache: None,
            jitter: 0,
            hosts: BTreeMap::new(),
        }
    }
}

/// The way to all OCI registries. Clones share connections and tokens.
///
/// It costs nothing until the first request: only then are settings and certificates read and a
/// client made.
#[derive(Clone)]
pub struct Http {
    lazy: Arc<Lazy>,
    cached: bool,
}

/// Gives settings, and a place to ask for credentials, when they are needed.
pub type Prepare = dyn Fn() -> Result<(Settings, Arc<dyn Credentials>), SetupError> + Send + Sync;

/// Why there are no settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SetupError {
    /// What is wrong, and where.
    pub message: String,
    /// The way out.
    pub hint: String,
}

struct Lazy {
    prepare: Box<Prepare>,
    reporter: Arc<dyn Reporter>,
    shared: OnceLock<Result<Arc<Shared>, SetupError>>,
}

struct Shared {
    settings: Settings,
    credentials: Arc<dyn Credentials>,
    reporter: Arc<dyn Reporter>,
    /// By whether they speak TLS, and the key of the server's settings.
    clients: Mutex<HashMap<(bool, Option<String>), Client>>,
    auth: Auth,
    cache: Option<Cache>,
    jitter: AtomicU64,
}

impl Http {
    /// Uses the given settings and credentials. Waits and requests are reported to `reporter`.
    pub fn new(
        settings: Settings,
        credentials: Arc<dyn Credentials>,
        reporter: Arc<dyn Reporter>,
    ) -> Self {
        let prepare = move || Ok((settings.clone(), Arc::clone(&credentials)));
        Self::lazy(Box::new(prepare), reporter)
    }

    /// Takes what gives settings and credentials. It is called once, when the first address of a
    /// registry is named; an error of it is that of each use.
    pub fn lazy(prepare: Box<Prepare>, reporter: Arc<dyn Reporter>) -> Self {
        let lazy = Lazy {
            prepare,
            reporter,
            shared: OnceLock::new(),
        };
        Self {
            lazy: Arc::new(lazy),
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

    /// The way to one registry.
    pub(crate) fn line(&self, url: &Url) -> Result<Line, RemoteFault> {
        let shared = self.lazy.shared.get_or_init(|| {
            let (settings, credentials) = (self.lazy.prepare)()?;
            Ok(Arc::new(Shared {
                jitter: AtomicU64::new(settings.jitter),
                cache: settings.cache.clone().map(Cache::new),
                settings,
                credentials,
                reporter: Arc::clone(&self.lazy.reporter),
                clients: Mutex::default(),
                auth: Auth::default(),
            }))
        });
        let shared = shared.as_ref().map_err(Clone::clone)?;
        let (_, settings) = shared.settings.for_server(url);
        Ok(Line {
            settings: Arc::new(settings.clone()),
            shared: Arc::clone(shared),
            cached: self.cached,
        })
    }
}

/// The way to one registry, and from there to the servers that it names.
#[derive(Clone)]
pub(crate) struct Line {
    shared: Arc<Shared>,
    /// Those of the registry.
    settings: Arc<Settings>,
    cached: bool,
}

impl Line {
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
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

    pub(crate) fn reporter(&self) -> &dyn Reporter {
        &*self.shared.reporter
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

    /// Gives the client for an address, made on first use. It is the server's own settings that
    /// count, whoever has named it: what one may do without is not for another to leave out.
    pub(crate) fn client(&self, url: &Url) -> Result<Client, RemoteFault> {
        let secure = url.scheme() == "https";
        let (key, settings) = self.shared.settings.for_server(url);
        let key = (secure, key.map(str::to_owned));
        let clients = &self.shared.clients;
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.build(secure, settings)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn build(&self, secure: bool, settings: &Settings) -> Result<Client, RemoteFault> {
        // Idempotent: whoever came first has installed this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut authorities = Vec::new();
        for path in &settings.ca_files {
            let failed =
                |reason: String| RemoteFault::Setup(format!("{}: {reason}", path.display()));
            let pem = fs_err::read(path)
                .map_err(|error| failed(format!("cannot be read: {}", system_error(&error))))?;
            let found =
                Certificate::from_pem_bundle(&pem).map_err(|error| failed(cause(&error)))?;
            if found.is_empty() {
                return Err(failed("it has no certificate".to_owned()));
            }
            authorities.extend(found);
        }
        let builder = Client::builder()
            .user_agent(&self.shared.settings.user_agent)
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(settings.idle_timeout)
            .tcp_keepalive(settings.keep_alive)
            .referer(false)
            // Followed by hand: credentials must not go along.
            .redirect(Policy::none());
        let builder = if secure && settings.certificates == Certificates::Unchecked {
            builder
                .tls_danger_accept_invalid_certs(true)
                .tls_certs_only(authorities)
        } else if secure {
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
        Self::new(Settings::default(), Arc::new(Anonymous), Arc::new(Silent))
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self
            .lazy
            .shared
            .get()
            .and_then(|shared| shared.as_ref().ok());
        f.debug_struct("Http")
            .field("settings", &shared.map(|shared| &shared.settings))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
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
