//! Failures of HTTP requests.

use std::time::Duration;

use super::network_error::NetworkError;
use super::settings::SetupError;

/// Why a server did not do what was requested. `step` is the attempted action, as a verb.
#[derive(Debug, thiserror::Error)]
pub enum HttpFault {
    /// No client can be created from the settings.
    #[error("no connection can be made: {0}")]
    Setup(String),
    /// The settings could not be read.
    #[error(transparent)]
    Settings(#[from] SetupError),
    /// There was no response, or it was cut off.
    #[error("cannot {step}: {host}: {reason}{}", after(*.attempts))]
    Unreachable {
        /// The attempted action.
        step: &'static str,
        /// Host and port of the server.
        host: String,
        /// The network failure.
        #[source]
        reason: NetworkError,
        /// Number of attempts.
        attempts: u32,
    },
    /// The response is an error.
    #[error("cannot {step}: {host} answers {}{}", status_text(*.status, message), after(*.attempts))]
    Answer {
        /// The attempted action.
        step: &'static str,
        /// Host and port of the server.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The server's message; may be empty.
        message: String,
        /// Number of attempts.
        attempts: u32,
        /// The delay that the server asks for (`Retry-After`).
        wait: Option<Duration>,
    },
    /// The server refuses access (401, 403).
    #[error("cannot {step}: {host} {}", refusal(.login.as_deref(), message))]
    Denied {
        /// The attempted action.
        step: &'static str,
        /// Host and port of the registry, or of its token server.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The server's message; may be empty.
        message: String,
        /// File or program that the credentials were read from; `None` if none were sent.
        login: Option<String>,
    },
    /// The response is not what was requested, or must not be followed.
    #[error("cannot {step}: {host} {reason}")]
    Protocol {
        /// The attempted action.
        step: &'static str,
        /// Host and port of the server.
        host: String,
        /// The problem, as a verb with its object.
        reason: String,
    },
}

impl HttpFault {
    /// How to fix it.
    pub(crate) fn hint(&self) -> String {
        let text = match self {
            Self::Setup(_) => "check the certificates and the proxy settings of this machine",
            Self::Settings(error) => return error.hint.clone(),
            Self::Unreachable { reason, host, .. } => return reason.hint(host),
            Self::Answer {
                wait: Some(wait), ..
            } => return wait_hint(*wait),
            Self::Answer { status: 413, .. } => {
                "the registry, or a proxy in front of it, limits the size of uploads: have the limit raised"
            }
            Self::Answer { status: 429, .. } => {
                "log in, because known users may send more requests, or wait a while"
            }
            Self::Answer { status: 500.., .. } => "server-side error: try again later",
            Self::Answer { status: 405, .. } => "check the address: this registry may be read-only",
            // A 404 in response to a read request is handled elsewhere.
            Self::Answer { status: 404, .. } => {
                "some registries require that a repository is created before something is pushed to it"
            }
            Self::Answer { .. } => {
                "ask the operators of the registry, or of a proxy in front of it, about this answer"
            }
            Self::Protocol { .. } => {
                "check the address; if it is right, a proxy may answer in place of the registry"
            }
            Self::Denied { login: Some(_), .. } => {
                "check that this login is the right one, still valid, and allowed to do this; `docker login` renews it"
            }
            Self::Denied { .. } => {
                "if it exists, log in with `docker login`; some registries refuse what does not exist"
            }
        };
        text.to_owned()
    }

    /// Returns the same fault with the number of attempts made.
    pub(crate) fn after(mut self, number: u32) -> Self {
        if let Self::Unreachable { attempts, .. } | Self::Answer { attempts, .. } = &mut self {
            *attempts = number;
        }
        self
    }

    /// Returns whether another attempt may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { reason, .. } => !reason.is_lasting(),
            Self::Answer { status, .. } => is_transient(*status),
            _ => false,
        }
    }

    /// The delay before another attempt that the server requests.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answer { wait, .. } => *wait,
            _ => None,
        }
    }

    /// The server and its failure, as a noun.
    pub(crate) fn server(&self) -> String {
        match self {
            Self::Unreachable { host, reason, .. } => format!("{host} ({reason})"),
            Self::Answer { host, status, .. } => format!("{host} ({})", status_text(*status, "")),
            other => other.to_string(),
        }
    }
}

/// Returns whether a request that got this status may succeed later.
pub(crate) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

fn wait_hint(wait: Duration) -> String {
    const DAY: u64 = 24 * 3600;
    match wait.as_secs() {
        seconds @ 0..=DAY => format!("repeat the command in {} s", seconds.max(1)),
        _ => "the server asks to wait for more than a day: ask its operators why".to_owned(),
    }
}

fn after(attempts: u32) -> String {
    match attempts {
        0 | 1 => String::new(),
        _ => format!(" ({attempts} attempts)"),
    }
}

fn status_text(status: u16, message: &str) -> String {
    let reason = reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let mut text = status.to_string();
    if let Some(reason) = reason {
        text.push(' ');
        text.push_str(reason);
    }
    with_message(text, message)
}

fn refusal(login: Option<&str>, message: &str) -> String {
    let text = match login {
        Some(origin) => format!("rejects the login from {origin}"),
        None => "denies access without a login".to_owned(),
    };
    with_message(text, message)
}

fn with_message(mut text: String, message: &str) -> String {
    if !message.is_empty() {
        text.push_str(": ");
        text.push_str(message);
    }
    text
}
