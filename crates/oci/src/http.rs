//! The settings, connections, credentials and cache shared by all registries of a run.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::cache::Cache;
use crate::credentials::{Anonymous, Credentials};
use crate::remote::auth::Auth;
use crate::reporter::{Reporter, Silent};
use crate::transport::client::Client;
pub use crate::transport::settings::{Certificates, Settings, SetupError};

/// Access to OCI registries. Clones share connections, credentials and the cache.
///
/// Creating it does no work: settings are read when the first registry is opened, certificates with
/// the first request.
#[derive(Clone)]
pub struct Http {
    lazy: Arc<Lazy>,
    cached: bool,
}

/// Returns the settings and the source of credentials when they are first needed.
pub type Prepare = dyn Fn() -> Result<(Settings, Arc<dyn Credentials>), SetupError> + Send + Sync;

struct Lazy {
    prepare: Box<Prepare>,
    reporter: Arc<dyn Reporter>,
    shared: OnceLock<Result<Arc<Shared>, SetupError>>,
}

/// State that is created once for all registries.
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) auth: Auth,
    pub(crate) cache: Option<Cache>,
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

    /// Calls `prepare` for settings and credentials once, when the first registry is opened. If it
    /// fails, every use returns its error.
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

    /// Returns the same access without the cache: everything is read from the registries.
    #[must_use]
    pub fn uncached(&self) -> Self {
        Self {
            cached: false,
            ..self.clone()
        }
    }

    pub(crate) fn is_cached(&self) -> bool {
        self.cached
    }

    pub(crate) fn shared(&self) -> Result<Arc<Shared>, SetupError> {
        let shared = self.lazy.shared.get_or_init(|| {
            let (settings, credentials) = (self.lazy.prepare)()?;
            Ok(Arc::new(Shared {
                cache: settings.cache.as_deref().map(Cache::new),
                client: Client::new(settings, Arc::clone(&self.lazy.reporter)),
                auth: Auth::new(credentials),
            }))
        });
        shared.clone()
    }
}

impl Default for Http {
    /// Default settings, without credentials, cache or reports.
    fn default() -> Self {
        Self::new(Settings::default(), Arc::new(Anonymous), Arc::new(Silent))
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.lazy.shared.get();
        let shared = shared.and_then(|shared| shared.as_ref().ok());
        f.debug_struct("Http")
            .field("client", &shared.map(|shared| &shared.client))
            .finish_non_exhaustive()
    }
}
