//! Timeouts, retries, certificates and the other settings of HTTP.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::proxy::Proxies;

/// How servers are contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Maximum time to establish a connection, including TLS.
    pub connect_timeout: Duration,
    /// Maximum time without a byte from the server: before its response, within it, and during an
    /// upload.
    pub read_timeout: Duration,
    /// Maximum time until a response begins; `read_timeout` if absent.
    pub answer_timeout: Option<Duration>,
    /// Maximum time of a whole request including its content; no limit if absent.
    pub total_timeout: Option<Duration>,
    /// How long an unused connection stays open.
    pub idle_timeout: Duration,
    /// Interval of TCP keep-alive probes; none are sent if absent.
    pub keep_alive: Option<Duration>,
    /// Maximum time for all attempts of one step, including waits. It starts again whenever the
    /// step makes progress.
    pub retry_budget: Duration,
    /// Maximum number of attempts of one step without progress; at least one is made.
    pub attempts: u32,
    /// The wait before the second attempt; each further wait is twice as long.
    pub first_wait: Duration,
    /// Maximum wait between two attempts, unless the server sends `Retry-After`.
    pub longest_wait: Duration,
    /// Whether certificates are verified.
    pub certificates: Certificates,
    /// PEM files with certificate authorities to trust in addition to those of the system.
    pub ca_files: Vec<PathBuf>,
    /// Value of the `User-Agent` header.
    pub user_agent: String,
    /// The proxies of the environment; if it names none, those of the system are used.
    pub proxies: Proxies,
    /// Directory for the cache, which is a subdirectory of it that may be deleted at any time; no
    /// cache if absent.
    pub cache: Option<PathBuf>,
    /// Seed of the random part of waits; it should differ between processes.
    pub jitter: u64,
    /// Settings of single servers, by `host:port` or `host`; the former takes precedence. Their
    /// `hosts`, `user_agent`, `proxies`, `cache` and `jitter` are ignored.
    pub hosts: BTreeMap<String, Self>,
}

/// Whether a server must prove its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificates {
    /// It must, with a certificate of a trusted authority.
    Checked,
    /// Anyone on the network path can impersonate the server.
    Unchecked,
}

impl Settings {
    /// Maximum time without a byte, but no longer than a step may take in total.
    pub(crate) fn silence(&self) -> Duration {
        self.read_timeout.min(self.retry_budget)
    }

    /// Maximum time without a byte before a response.
    pub(crate) fn silence_before_answer(&self) -> Duration {
        let own = self.answer_timeout.unwrap_or(self.read_timeout);
        own.min(self.retry_budget)
    }

    /// Returns the settings for a server, and their key in `hosts` unless they are the general
    /// ones.
    pub(crate) fn for_server(&self, url: &Url) -> (Option<&str>, &Self) {
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
            proxies: Proxies::default(),
            cache: None,
            jitter: 0,
            hosts: BTreeMap::new(),
        }
    }
}

/// Why the settings could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SetupError {
    /// The problem and its location.
    pub message: String,
    /// How to fix it.
    pub hint: String,
}
