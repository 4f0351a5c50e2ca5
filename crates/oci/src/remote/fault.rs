//! Failures of a registry.

use crate::credentials::CredentialsError;
use crate::transport::fault::HttpFault;
use crate::transport::settings::SetupError;

/// Why a registry did not do what was requested.
#[derive(Debug, thiserror::Error)]
pub enum RemoteFault {
    /// The server failed, or could not be reached.
    #[error(transparent)]
    Http(#[from] HttpFault),
    /// The text is not the address of a registry, repository or tag.
    #[error("`{text}` is not {what}")]
    Address {
        /// The text.
        text: String,
        /// The expected form, with an article.
        what: &'static str,
    },
    /// A 404 without an OCI error code.
    #[error(
        "cannot {step}: {host} answers 404 without an OCI error code, so this may not be an OCI registry"
    )]
    Ambiguous {
        /// The attempted action, as a verb.
        step: &'static str,
        /// Host and port of the server.
        host: String,
    },
    /// Looking up credentials failed.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

impl RemoteFault {
    /// How to fix it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Http(fault) => fault.hint(),
            Self::Address { .. } => {
                "write a repository as HOST/PATH in lower case, for instance ghcr.io/acme/plugins"
                    .to_owned()
            }
            Self::Ambiguous { .. } => {
                "check the address: it must be that of an OCI registry".to_owned()
            }
            Self::Credentials(error) => error.hint().to_owned(),
        }
    }

    /// Returns whether the server responded with this status, and not because credentials are
    /// missing.
    pub(crate) fn has_status(&self, expected: u16) -> bool {
        matches!(self, Self::Http(HttpFault::Answer { status, .. }) if *status == expected)
    }

    /// Returns whether the server responded with an error, and not because credentials are missing.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self, Self::Http(HttpFault::Answer { .. }))
    }

    /// Returns whether the registry or its token server rejected the credentials, or demands some
    /// (401).
    pub(crate) fn is_login_rejected(&self) -> bool {
        matches!(self, Self::Http(HttpFault::Denied { status: 401, .. }))
    }

    /// Returns whether the registry denied access, which some registries do for what does not
    /// exist.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Http(HttpFault::Denied { .. }))
    }
}

impl From<SetupError> for RemoteFault {
    fn from(error: SetupError) -> Self {
        Self::Http(error.into())
    }
}
