//! Errors of a store.

use std::io;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::remote::fault::RemoteFault;
use crate::transport::fault::HttpFault;

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct StoreError {
    /// The file, folder or address it happened at.
    pub place: String,
    /// What happened.
    #[source]
    pub fault: Fault,
}

impl StoreError {
    /// Names the place of a fault.
    pub fn new(place: impl Into<String>, fault: Fault) -> Self {
        Self {
            place: place.into(),
            fault,
        }
    }

    /// Gives the way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

/// What happened at a place.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no store at all.
    #[error("there is no archive here")]
    Absent,
    /// The operating system refused.
    #[error("cannot {action}: {}", system_error(.source))]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The answer, without the path, which the place already names.
        #[source]
        source: io::Error,
    },
    /// Content has other bytes than its digest says.
    #[error("expected {expected}, found {actual}")]
    Digest {
        /// The digest that was promised.
        expected: Digest,
        /// The digest of what is there.
        actual: Digest,
    },
    /// Content has another length than promised.
    #[error("{digest} should have {expected} bytes, but has {actual}")]
    Size {
        /// The content.
        digest: Digest,
        /// The length that was promised.
        expected: u64,
        /// The length found.
        actual: u64,
    },
    /// Content that something else refers to is gone.
    #[error("{digest} is referred to, but is not there")]
    Missing {
        /// The content.
        digest: Digest,
    },
    /// More bytes than are read into memory.
    #[error("{what} has {size} bytes, which is more than the {limit} that are read")]
    TooLarge {
        /// What it is.
        what: String,
        /// Its length in bytes.
        size: u64,
        /// The most that is accepted.
        limit: u64,
    },
    /// The bytes are not in the format they should be in.
    #[error("{0}")]
    Malformed(String),
    /// A registry did not do what it was asked.
    #[error(transparent)]
    Remote(#[from] RemoteFault),
    /// The kind of store cannot be written to.
    #[error("an archive file cannot be written to")]
    ReadOnlyForm,
}

impl Fault {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space and repeat the command: nothing was published"
                }
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                    "check the permissions, or name another place"
                }
                // What is there is wrong, and stays so.
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::NotFound
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory => return None,
                _ => {
                    "repeat the command; if that does not help, check the disk or name another place"
                }
            },
            Self::Digest { .. } | Self::Size { .. } => {
                "the content was changed or cut off after it was written: restore it from where it came from"
            }
            Self::Missing { .. } => {
                "what is stored there is incomplete: copy it again from where it came from"
            }
            Self::Remote(fault) => return Some(fault.hint()),
            Self::ReadOnlyForm => "unpack it into a folder and name that",
            Self::Absent => "check the path, which is relative to the working directory",
            Self::TooLarge { .. } => {
                "nothing of that kind is that long: check the place, and who has put it there"
            }
            Self::Malformed(_) => return None,
        };
        Some(text.to_owned())
    }
}

impl From<HttpFault> for Fault {
    fn from(fault: HttpFault) -> Self {
        Self::Remote(fault.into())
    }
}

/// The message of the operating system alone: `fs_err` and `tempfile` add the path, which our
/// messages name already.
pub fn system_error(error: &io::Error) -> String {
    use std::error::Error as _;
    // fs_err gives the original error as the cause.
    let source = error.source().and_then(|source| source.downcast_ref());
    if let Some(original) = source {
        return system_error(original);
    }
    // tempfile hides it, and puts ` at path "…"` behind its message.
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// Adds the path to an error of the operating system. `action` is what was tried, as a verb.
pub(crate) fn io_at(
    path: impl Into<PathBuf>,
    action: &'static str,
) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.into();
    move |source| StoreError::new(path.display().to_string(), Fault::Io { action, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_not_part_of_the_system_message() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("it's `: at path \"absent");
        let original = std::fs::metadata(&absent).unwrap_err();
        assert!(original.raw_os_error().is_some());
        let errors = [
            fs_err::metadata(&absent).unwrap_err(),
            fs_err::read_dir(&absent).unwrap_err(),
            fs_err::rename(&absent, folder.path()).unwrap_err(),
            tempfile::NamedTempFile::new_in(&absent).unwrap_err(),
            original,
        ];
        let expected = system_error(&io::Error::from(io::ErrorKind::NotFound));
        for error in errors {
            let message = system_error(&error);
            assert!(
                message.starts_with("No such file") || message == expected,
                "{message}"
            );
            assert!(!message.contains("absent"), "{message}");
        }
    }
}
