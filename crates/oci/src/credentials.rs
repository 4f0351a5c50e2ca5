//! Who a user is at an OCI registry.

mod docker;
mod helper;

use std::fmt;

pub use docker::{DockerConfig, DockerFiles, Locations};

/// A place that knows credentials.
///
/// It is asked when a registry demands some, once for each repository, on a thread that may
/// block.
pub trait Credentials: Send + Sync {
    /// Gives the credentials for a repository, or nothing, which means that nobody is logged in
    /// there.
    ///
    /// # Errors
    /// It is not known whether there are any.
    fn find(&self, wanted: &Wanted) -> Result<Option<Found>, CredentialsError>;
}

/// What credentials are wanted for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Host and port that the credentials will be sent to (`ghcr.io`, `127.0.0.1:5000`); the port
    /// only where it is not that of the scheme.
    pub host: String,
    /// The repository, in full.
    pub repository: String,
    /// The address of the registry as it was given, maybe with a scheme, without a path.
    pub spelled: String,
    /// What the repositories of the place in question have in common, without slashes around it;
    /// may be empty.
    pub path: String,
}

/// Nobody is logged in anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Anonymous;

impl Credentials for Anonymous {
    fn find(&self, _wanted: &Wanted) -> Result<Option<Found>, CredentialsError> {
        Ok(None)
    }
}

/// Credentials, and where they are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The credentials.
    pub login: Login,
    /// The file or program they are from, for messages.
    pub origin: String,
}

/// One form of credentials. Its debug form has no secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// A name and a password.
    Password {
        /// Name of the user.
        user: String,
        /// The password, or what a registry takes for one.
        password: String,
    },
    /// A token that buys access tokens.
    Identity(String),
    /// An access token that is sent as it is.
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

/// Why it is not known whether there are credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A file cannot be read or understood.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A helper program failed.
    #[error("`{program}` gives no credentials for {server}: {reason}")]
    Helper {
        /// The program.
        program: String,
        /// What it was asked for.
        server: String,
        /// What is wrong.
        reason: String,
    },
}

impl CredentialsError {
    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => {
                "repair the file, or let DOCKER_CONFIG name a folder with another one"
            }
            Self::Helper { .. } => {
                "install or repair the helper, or take it out of `credHelpers` and `credsStore` of the docker configuration"
            }
        }
    }
}
