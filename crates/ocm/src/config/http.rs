//! `http.config.ocm.software`: HTTP settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use oci::http::{Certificates, Settings};

use super::ConfigError;
use super::duration::{self, Time};
use super::source::{Source, member};
use crate::yaml::{Node, Resolved};

/// Represents "no limit" where a limit is required.
const NEVER: Duration = Duration::from_hours(24 * 365);

/// The HTTP settings in the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSettings {
    /// Settings for all servers.
    pub general: HttpValues,
    /// Settings by `host:port` or `host`; unset values fall back to those for all servers.
    pub hosts: BTreeMap<String, HttpValues>,
}

/// The settings that are present. A duration of zero means no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpValues {
    /// Limit for a whole request, including its content.
    pub timeout: Option<Duration>,
    /// Limit for establishing a connection.
    pub tcp_dial_timeout: Option<Duration>,
    /// Keep-alive probes of a connection.
    pub tcp_keep_alive: Option<KeepAlive>,
    /// Limit for the TLS handshake.
    pub tls_handshake_timeout: Option<Duration>,
    /// Limit until a response begins.
    pub response_header_timeout: Option<Duration>,
    /// Maximum time that an unused connection is kept.
    pub idle_timeout: Option<Duration>,
    /// Whether certificates are not verified, and the `FILE:LINE` of the setting.
    pub insecure_skip_verify: Option<(bool, String)>,
    /// Number and timing of retries.
    pub retry: Retry,
    /// Files with further certificate authorities. This key is our own extension, which the
    /// official CLI ignores.
    pub ca_files: Option<Vec<PathBuf>>,
}

/// Keep-alive probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepAlive {
    /// No probes.
    Never,
    /// At this interval.
    Every(Duration),
}

/// Number and timing of retries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    /// Maximum number of retries: -1 for none, 0 for as many as the budget allows.
    pub max_retries: Option<i64>,
    /// The first delay.
    pub min_wait: Option<Duration>,
    /// The maximum delay.
    pub max_wait: Option<Duration>,
}

impl HttpSettings {
    /// Merges later settings: field by field, hosts as a whole.
    pub fn merge(&mut self, later: Self) {
        self.general = self.general.overridden_by(&later.general);
        self.hosts.extend(later.hosts);
    }

    /// Returns the settings with those of `defaults` for unset values.
    pub fn settings(&self, defaults: &Settings) -> Settings {
        let all = self.general.apply(defaults);
        let host = |(host, values): (&String, &HttpValues)| {
            let values = self.general.overridden_by(values);
            (host.clone(), values.apply(defaults))
        };
        Settings {
            hosts: self.hosts.iter().map(host).collect(),
            ..all
        }
    }

    /// The locations of settings that disable certificate verification, and their host; `None`
    /// means all hosts.
    pub fn unchecked(&self) -> Vec<(&str, Option<&str>)> {
        let general = [(None, &self.general)].into_iter();
        let hosts = self.hosts.iter();
        general
            .chain(hosts.map(|(host, values)| (Some(host.as_str()), values)))
            .filter_map(|(host, values)| match &values.insecure_skip_verify {
                Some((true, origin)) => Some((origin.as_str(), host)),
                _ => None,
            })
            .collect()
    }
}

impl HttpValues {
    fn overridden_by(&self, later: &Self) -> Self {
        Self {
            timeout: later.timeout.or(self.timeout),
            tcp_dial_timeout: later.tcp_dial_timeout.or(self.tcp_dial_timeout),
            tcp_keep_alive: later.tcp_keep_alive.or(self.tcp_keep_alive),
            tls_handshake_timeout: later.tls_handshake_timeout.or(self.tls_handshake_timeout),
            response_header_timeout: later
                .response_header_timeout
                .or(self.response_header_timeout),
            idle_timeout: later.idle_timeout.or(self.idle_timeout),
            insecure_skip_verify: later
                .insecure_skip_verify
                .as_ref()
                .or(self.insecure_skip_verify.as_ref())
                .cloned(),
            retry: Retry {
                max_retries: later.retry.max_retries.or(self.retry.max_retries),
                min_wait: later.retry.min_wait.or(self.retry.min_wait),
                max_wait: later.retry.max_wait.or(self.retry.max_wait),
            },
            ca_files: later.ca_files.as_ref().or(self.ca_files.as_ref()).cloned(),
        }
    }

    fn apply(&self, defaults: &Settings) -> Settings {
        let limit = |given: Option<Duration>| given.filter(|time| !time.is_zero());
        let skip = self
            .insecure_skip_verify
            .as_ref()
            .is_some_and(|(skip, _)| *skip);
        let first_wait = self.retry.min_wait.unwrap_or(defaults.first_wait);
        let longest_wait = self
            .retry
            .max_wait
            .unwrap_or(defaults.longest_wait.max(first_wait));
        Settings {
            connect_timeout: self.connect_timeout(defaults.connect_timeout),
            answer_timeout: match self.response_header_timeout {
                Some(Duration::ZERO) => Some(NEVER),
                given => given,
            },
            total_timeout: limit(self.timeout),
            idle_timeout: match self.idle_timeout {
                Some(Duration::ZERO) => NEVER,
                given => given.unwrap_or(defaults.idle_timeout),
            },
            keep_alive: match self.tcp_keep_alive {
                None => defaults.keep_alive,
                Some(KeepAlive::Never) => None,
                Some(KeepAlive::Every(time)) => Some(time),
            },
            attempts: match self.retry.max_retries {
                None => defaults.attempts,
                Some(0) => u32::MAX,
                Some(number) => u32::try_from(number).unwrap_or(0).saturating_add(1),
            },
            first_wait: first_wait.min(longest_wait),
            longest_wait,
            certificates: if skip {
                Certificates::Unchecked
            } else {
                defaults.certificates
            },
            ca_files: self
                .ca_files
                .clone()
                .unwrap_or_else(|| defaults.ca_files.clone()),
            hosts: BTreeMap::new(),
            ..defaults.clone()
        }
    }

    /// Plugyard treats connecting and the TLS handshake as one step.
    fn connect_timeout(&self, default: Duration) -> Duration {
        match (self.tcp_dial_timeout, self.tls_handshake_timeout) {
            (None, None) => default,
            (Some(Duration::ZERO), _) | (_, Some(Duration::ZERO)) => NEVER,
            (dial, handshake) => {
                let both = dial
                    .unwrap_or(default)
                    .saturating_add(handshake.unwrap_or(default));
                both.min(NEVER)
            }
        }
    }
}

pub(super) fn read(source: Source<'_>, item: &Node) -> Result<HttpSettings, ConfigError> {
    let mut settings = HttpSettings {
        general: values(source, item)?,
        hosts: BTreeMap::new(),
    };
    if let Some(hosts) = member(item, "hosts") {
        for (host, node) in source.mapping(hosts)? {
            if node.is_null() {
                continue;
            }
            source.mapping(node)?;
            settings
                .hosts
                .insert(host.key().into_owned(), values(source, node)?);
        }
    }
    Ok(settings)
}

fn values(source: Source<'_>, node: &Node) -> Result<HttpValues, ConfigError> {
    let time = |key| limit(source, node, key);
    let ca_files = member(node, "caFiles")
        .map(|_| {
            let files = source.list(node, "caFiles")?.iter();
            files
                .map(|file| Ok(source.path(source.text_of(file)?)))
                .collect()
        })
        .transpose()?;
    let insecure = member(node, "insecureSkipVerify")
        .map(|value| match value.resolve() {
            Some(Resolved::Bool(skip)) => Ok((skip, source.line(value))),
            _ => Err(source.expected(value, "true or false")),
        })
        .transpose()?;
    Ok(HttpValues {
        timeout: time("timeout")?,
        tcp_dial_timeout: time("tcpDialTimeout")?,
        tcp_keep_alive: member(node, "tcpKeepAlive")
            .map(|value| {
                Ok(match span_of_time(source, value)? {
                    Time::Negative => KeepAlive::Never,
                    Time::Of(time) => KeepAlive::Every(time),
                })
            })
            .transpose()?,
        tls_handshake_timeout: time("tlsHandshakeTimeout")?,
        response_header_timeout: time("responseHeaderTimeout")?,
        idle_timeout: time("idleConnTimeout")?,
        insecure_skip_verify: insecure,
        retry: retry(source, node)?,
        ca_files,
    })
}

fn retry(source: Source<'_>, node: &Node) -> Result<Retry, ConfigError> {
    let Some(node) = member(node, "retry") else {
        return Ok(Retry::default());
    };
    source.mapping(node)?;
    let max_retries = member(node, "maxRetries")
        .map(|value| match value.resolve() {
            Some(Resolved::Int(number)) if number >= -1 => Ok(number),
            _ => Err(source.wrong(
                value,
                "expected -1 (off), 0 (no limit) or a number of retries",
            )),
        })
        .transpose()?;
    let min_wait = limit(source, node, "minWait")?;
    let max_wait = limit(source, node, "maxWait")?;
    if let (Some(least), Some(most)) = (min_wait, max_wait)
        && least > most
    {
        return Err(source.wrong(node, "`minWait` is longer than `maxWait`"));
    }
    Ok(Retry {
        max_retries,
        min_wait,
        max_wait,
    })
}

fn limit(source: Source<'_>, node: &Node, key: &str) -> Result<Option<Duration>, ConfigError> {
    let Some(value) = member(node, key) else {
        return Ok(None);
    };
    match span_of_time(source, value)? {
        Time::Of(time) => Ok(Some(time)),
        Time::Negative => Err(source.wrong(value, "a limit cannot be negative")),
    }
}

fn span_of_time(source: Source<'_>, value: &Node) -> Result<Time, ConfigError> {
    let given = match value.resolve() {
        Some(Resolved::Text(text)) => duration::parse(text),
        Some(Resolved::Int(number)) => Some(match u64::try_from(number) {
            Ok(number) => Time::Of(Duration::from_nanos(number)),
            Err(_) => Time::Negative,
        }),
        _ => None,
    };
    given.ok_or_else(|| {
        source.wrong(
            value,
            "expected a duration such as 30s, 5m or 1h30m, or a number of nanoseconds",
        )
    })
}
