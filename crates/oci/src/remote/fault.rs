//! What goes wrong between us and a registry.

use std::time::Duration;

use super::reply::is_transient;
use crate::credentials::CredentialsError;
use crate::http::SetupError;

/// Why a registry could not do what it was asked. `step` is what was tried, as a verb.
#[derive(Debug, thiserror::Error)]
pub enum RemoteFault {
    /// The text is no address of a registry, repository or tag.
    #[error("`{text}` is not {what}")]
    Address {
        /// The text.
        text: String,
        /// What it should be.
        what: &'static str,
    },
    /// No client can be made of the settings.
    #[error("no connection can be made: {0}")]
    Setup(String),
    /// It is not known how registries are to be spoken to.
    #[error(transparent)]
    Settings(#[from] SetupError),
    /// There is no answer, or it was cut off.
    #[error("cannot {step}: {host}: {reason}{}", after(*.attempts))]
    Unreachable {
        /// What was tried.
        step: &'static str,
        /// Who did not answer.
        host: String,
        /// The innermost cause.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// The answer is an error.
    #[error("cannot {step}: {host} answers {}{}", status_text(*.status, message), after(*.attempts))]
    Answer {
        /// What was tried.
        step: &'static str,
        /// Who answered.
        host: String,
        /// The status.
        status: u16,
        /// The words of the registry; may be empty.
        message: String,
        /// How often it was tried.
        attempts: u32,
        /// How long the registry wants to be left alone.
        wait: Option<Duration>,
    },
    /// The registry does not let us.
    #[error("cannot {step}: {host} {}", refusal(.login.as_deref(), message))]
    Denied {
        /// What was tried.
        step: &'static str,
        /// Who refused: the registry, or the server of its tokens.
        host: String,
        /// The words of the registry; may be empty.
        message: String,
        /// Where the credentials are from; absent if there were none.
        login: Option<String>,
    },
    /// A 404 that does not say that something is unknown, as a registry does.
    #[error(
        "cannot {step}: {host} answers 404, and not in the words of a registry that knows no such thing"
    )]
    Vague {
        /// What was tried.
        step: &'static str,
        /// Who answered.
        host: String,
    },
    /// The answer is not what the protocol asks for, or what must not be followed.
    #[error("cannot {step}: {host} {reason}")]
    Protocol {
        /// What was tried.
        step: &'static str,
        /// Who answered.
        host: String,
        /// What is wrong, as a verb.
        reason: String,
    },
    /// It is not known whether there are credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

/// Whether another attempt may do better.
pub(crate) enum Hope {
    /// It would be the same again.
    None,
    /// It may, after the time that the registry wants to be left alone for.
    After(Option<Duration>),
}

impl RemoteFault {
    /// The way out.
    pub(crate) fn hint(&self) -> String {
        let text = match self {
            Self::Address { .. } => {
                "write a repository as HOST/PATH in lower case, for instance ghcr.io/acme/plugins"
            }
            Self::Setup(_) => "check the certificates and the proxy settings of this machine",
            Self::Settings(error) => return error.hint.clone(),
            Self::Unreachable { reason, host, .. } => {
                return unreachable_hint(reason, host);
            }
            Self::Answer {
                wait: Some(wait), ..
            } => return format!("repeat the command in {} s", wait.as_secs().max(1)),
            Self::Answer { status: 413, .. } => {
                "the registry, or a proxy before it, limits the size of uploads: have it raised"
            }
            Self::Answer { status: 429, .. } => {
                "log in, for more requests are granted to known users, or wait a while"
            }
            Self::Answer { status: 500.., .. } => "the trouble is on their side: repeat it later",
            Self::Answer { status: 405, .. } => {
                "check the address: this may be a registry that is only read"
            }
            // Of a request that reads, it would have become *not there*.
            Self::Answer { status: 404, .. } => {
                "some registries want a repository to be made before something is stored in it"
            }
            Self::Answer { .. } => {
                "those who run the registry, or a proxy before it, may know why it answers so"
            }
            Self::Protocol { .. } => {
                "check the address; if it is right, something before the registry may answer in its place"
            }
            Self::Denied { login: Some(_), .. } => {
                "check that this login is the right one, still valid, and allowed to do this; `docker login` renews it"
            }
            Self::Denied { .. } => {
                "if it exists, log in with `docker login`; some registries refuse what does not exist"
            }
            Self::Vague { .. } => "check the address: is there an OCI registry?",
            Self::Credentials(error) => error.hint(),
        };
        text.to_owned()
    }

    /// The same, of so many attempts.
    pub(crate) fn after(mut self, number: u32) -> Self {
        if let Self::Unreachable { attempts, .. } | Self::Answer { attempts, .. } = &mut self {
            *attempts = number;
        }
        self
    }

    /// Says whether another attempt may do better, and how long the registry wants to be left
    /// alone before.
    pub(crate) fn may_pass(&self) -> Hope {
        match self {
            Self::Unreachable { .. } => Hope::After(None),
            Self::Answer { status, wait, .. } if is_transient(*status) => Hope::After(*wait),
            _ => Hope::None,
        }
    }

    /// The server that failed, and how, as a noun.
    pub(crate) fn server(&self) -> String {
        match self {
            Self::Unreachable { host, reason, .. } => format!("{host} ({reason})"),
            Self::Answer { host, status, .. } => format!("{host} ({})", status_text(*status, "")),
            other => other.to_string(),
        }
    }

    /// Says whether the registry refused us, which some do for what does not exist.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied { .. })
    }
}

fn unreachable_hint(reason: &str, host: &str) -> String {
    if ["InvalidContentType", "corrupt message", "handshake eof"]
        .iter()
        .any(|words| reason.contains(words))
    {
        return format!("it may speak plain HTTP: if that is meant, write http://{host}");
    }
    if reason.contains("certificate") || reason.contains("UnknownIssuer") {
        return "if its certificate is of an authority of your own, let SSL_CERT_FILE name a file with the authorities".to_owned();
    }
    "check the address, the network, and the proxy variables".to_owned()
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
    if !message.is_empty() {
        text.push_str(": ");
        text.push_str(message);
    }
    text
}

fn refusal(login: Option<&str>, message: &str) -> String {
    let mut text = match login {
        Some(origin) => format!("refuses the login of {origin}"),
        None => "refuses those who are not logged in".to_owned(),
    };
    if !message.is_empty() {
        text.push_str(": ");
        text.push_str(message);
    }
    text
}
