//! Why a command fails, and the exit code that follows from it.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use oci::file::{FileError, Reason};
use registry::registries::FindError;
use registry::verify::{self, Status};

/// Exit code for findings: the command did its work, and the answer is negative.
pub(crate) const FINDINGS: u8 = 3;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailureKind {
    /// Something could not be read or written, was refused, or conflicts with something.
    Failed,
    /// What was asked for is known to be absent, or to be something else.
    Mismatch,
    /// The command line, or what it refers to, does not say what to do.
    Usage,
    /// What was to be verified is not as it should be.
    Findings,
    /// As [`Self::Failed`]; the diagnostics were printed already.
    Reported,
    /// Nobody reads the result any more: `plugyard list | head` has done its work.
    BrokenPipe,
}

impl FailureKind {
    fn exit_code(self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Failed | Self::Mismatch | Self::Reported => 1,
            Self::Usage => 2,
            Self::Findings => FINDINGS,
        }
    }
}

/// Why a command ends without having done what it should.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    message: String,
    hint: Option<String>,
}

impl Failure {
    fn of(kind: FailureKind, message: impl Display, hint: Option<String>) -> Self {
        Self {
            kind,
            message: message.to_string(),
            hint,
        }
    }

    /// Something could not be done.
    pub(crate) fn new(message: impl Display, hint: Option<String>) -> Self {
        Self::of(FailureKind::Failed, message, hint)
    }

    /// A file cannot be read; `hint` is for a path that names no readable file.
    pub(crate) fn unreadable(error: &FileError, hint: &str) -> Self {
        let hint = match &error.reason {
            Reason::System(_) | Reason::Kind(_) => Some(hint.to_owned()),
            _ => error.hint().map(str::to_owned),
        };
        Self::new(error, hint)
    }

    /// What was asked for is known to be absent, or to be something else.
    pub(crate) fn mismatch(message: impl Display, hint: Option<String>) -> Self {
        Self::of(FailureKind::Mismatch, message, hint)
    }

    /// The command was used incorrectly.
    pub(crate) fn usage(message: impl Display, hint: &str) -> Self {
        Self::of(FailureKind::Usage, message, Some(hint.to_owned()))
    }

    /// The diagnostics were printed already.
    pub(crate) fn reported() -> Self {
        Self::of(FailureKind::Reported, "", None)
    }

    /// The same for a command that verifies something: a mismatch is a finding there.
    pub(crate) fn or_finding(self) -> Self {
        let kind = match self.kind {
            FailureKind::Mismatch => FailureKind::Findings,
            kind => kind,
        };
        Self { kind, ..self }
    }

    /// The message, unless there is nothing to say.
    pub(crate) fn message(&self) -> Option<&str> {
        match self.kind {
            FailureKind::Reported | FailureKind::BrokenPipe => None,
            _ => Some(&self.message),
        }
    }

    /// What to do next, where that is known.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The exit code of the program.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind.exit_code())
    }
}

macro_rules! failure_with_hint {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let hint = error.hint();
                Self::new(error, hint.map(Into::into))
            }
        }
    )*};
}

failure_with_hint!(
    ocm::LookupError,
    ocm::repository::PublishError,
    registry::listing::ListingError,
    registry::information::InformationError,
    keeper::plugin_release::ReleaseError,
);

impl From<registry::capabilities::CapabilitiesError> for Failure {
    fn from(error: registry::capabilities::CapabilitiesError) -> Self {
        let hint = error.hint().to_owned();
        Self::new(error, Some(hint))
    }
}

impl From<ocm::ConfigError> for Failure {
    fn from(error: ocm::ConfigError) -> Self {
        let hint = error.hint().to_owned();
        Self::new(error, Some(hint))
    }
}

impl From<ocm::ResolveError> for Failure {
    fn from(error: ocm::ResolveError) -> Self {
        match error {
            ocm::ResolveError::Repository(error) => error.into(),
            absent => {
                let hint = absent.hint();
                Self::mismatch(absent, hint)
            }
        }
    }
}

impl From<FindError> for Failure {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Resolve(error) => error.into(),
            unknown @ FindError::Unknown { .. } => {
                let hint = "`plugyard list --all` shows all plugins";
                Self::new(unknown, Some(hint.to_owned()))
            }
        }
    }
}

impl From<ocm::RepositoryError> for Failure {
    fn from(error: ocm::RepositoryError) -> Self {
        let kind = match verify::status(&error) {
            Status::Differs | Status::NotFound => FailureKind::Mismatch,
            _ => FailureKind::Failed,
        };
        let hint = error.hint();
        Self::of(kind, error, hint)
    }
}

/// Which component of a constructor is the registry is for the user to say, so that several are
/// a question of usage.
macro_rules! failure_or_usage {
    ($($error:ident in $module:ident),* $(,)?) => {$(
        impl From<keeper::$module::$error> for Failure {
            fn from(error: keeper::$module::$error) -> Self {
                let kind = match error {
                    keeper::$module::$error::Roots(_) => FailureKind::Usage,
                    _ => FailureKind::Failed,
                };
                let hint = error.hint();
                Self::of(kind, error, hint)
            }
        }
    )*};
}

failure_or_usage!(ChangeError in change, CheckError in check, Refusal in publish);

/// Errors of writing the result.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => FailureKind::BrokenPipe,
            _ => FailureKind::Failed,
        };
        Self::of(kind, error, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_follows_from_the_kind() {
        let pipe = io::Error::from(io::ErrorKind::BrokenPipe);
        for (failure, code, says) in [
            (Failure::new("x", None), 1, true),
            (Failure::mismatch("x", None), 1, true),
            (Failure::mismatch("x", None).or_finding(), 3, true),
            (Failure::new("x", None).or_finding(), 1, true),
            (Failure::usage("x", "y"), 2, true),
            (Failure::reported(), 1, false),
            (Failure::from(pipe), 0, false),
        ] {
            assert_eq!(failure.kind.exit_code(), code, "{failure:?}");
            assert_eq!(failure.message().is_some(), says, "{failure:?}");
        }
    }
}
