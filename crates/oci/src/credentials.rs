//! Credentials of a user for OCI registries.

mod docker_config;
mod docker_files;
mod helper;
mod server_key;

use std::fmt;

pub use docker_config::DockerConfig;
pub use docker_files::{DockerFiles, Helpers, Locations, Runtime};

/// A source of credentials.
///
/// It is queried when a registry demands a login, once per repository, on a thread that may block.
pub trait Credentials: Send + Sync {
    /// Finds the credentials for a repository; `None` if there are none.
    ///
    /// # Errors
    /// A file or helper program that may have some cannot be read.
    fn find(&self, wanted: &Wanted) -> Result<Option<Found>, CredentialsError>;
}

/// The registry and repository that credentials are needed for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Host and port that the credentials will be sent to, in lower case (`ghcr.io`,
    /// `127.0.0.1:5000`); the port is omitted if it is the default of the scheme.
    pub host: String,
    /// The full name of the repository.
    pub repository: String,
    /// The address of the registry as the user gave it, possibly with a scheme, without a path.
    pub spelled: String,
    /// The common path prefix of the repositories at this address, without leading or trailing
    /// slashes; may be empty.
    pub path: String,
}

impl Wanted {
    /// Returns whether the credentials would be sent over plain HTTP, where anyone on the network can
    /// read them.
    pub fn is_plain_http(&self) -> bool {
        let scheme = self.spelled.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
    }
}

/// A source without any credentials.
#[derive(Clone, Copy, Debug)]
pub struct Anonymous;

impl Credentials for Anonymous {
    fn find(&self, _wanted: &Wanted) -> Result<Option<Found>, CredentialsError> {
        Ok(None)
    }
}

/// Credentials and their source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The credentials.
    pub login: Login,
    /// The file, variable or program they were read from, for messages.
    pub origin: String,
}

/// One form of credentials. Its `Debug` output contains no secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// A user name and a password.
    Password {
        /// The user name.
        user: String,
        /// The password, or a token that the registry accepts as one.
        password: String,
    },
    /// A refresh token, exchanged for access tokens at the token server.
    Identity(String),
    /// An access token that is sent unchanged.
    Access(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => write!(f, "Password({user:?})"),
            Self::Identity(_) => f.write_str("Identity"),
            Self::Access(_) => f.write_str("Access"),
        }
    }
}

/// Why credentials could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A file cannot be read or parsed.
    #[error("{file}: {reason}")]
    File {
        /// The file or variable.
        file: String,
        /// The problem, without any part of the credentials.
        reason: String,
    },
    /// A helper failed.
    #[error("`{program}` has no answer for {server}: {reason}")]
    Helper {
        /// The program.
        program: String,
        /// The requested server.
        server: String,
        /// The problem; the program's own message, if any.
        reason: String,
    },
}

impl CredentialsError {
    /// How to fix it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => "fix the file, or name another folder with DOCKER_CONFIG",
            Self::Helper { .. } => {
                "install or fix the helper, or remove it from `credHelpers` and `credsStore` in the docker configuration"
            }
        }
    }
}
