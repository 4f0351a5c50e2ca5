//! Errors of a store.

use std::io;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::remote::fault::RemoteFault;
use crate::transport::fault::HttpFault;

/// Why a store could not do what was requested.
#[derive(Debug, thiserror::Error)]
#[error("{location}: {fault}")]
pub struct StoreError {
    /// The file, directory or address that the fault is about.
    pub location: String,
    /// What happened.
    #[source]
    pub fault: Fault,
}

impl StoreError {
    /// Adds the location to a fault.
    pub fn new(location: impl Into<String>, fault: Fault) -> Self {
        Self {
            location: location.into(),
            fault,
        }
    }

    /// How to fix it, if known.
    pub fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

/// Why a store failed, without the location.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The archive does not exist.
    #[error("the archive does not exist")]
    Absent,
    /// The operating system reported an error.
    #[error("cannot {action}: {}", system_error(.source))]
    Io {
        /// The attempted action, as a verb.
        action: &'static str,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The content does not have the digest it is stored under.
    #[error("expected {expected}, found {actual}")]
    Digest {
        /// The expected digest.
        expected: Digest,
        /// The actual digest.
        actual: Digest,
    },
    /// The content does not have the expected length.
    #[error("{digest} should have {expected} bytes, but has {actual}")]
    Size {
        /// Digest of the content.
        digest: Digest,
        /// The expected length in bytes.
        expected: u64,
        /// The actual length in bytes.
        actual: u64,
    },
    /// Referenced content is missing.
    #[error("{digest} is referenced but missing")]
    Missing {
        /// Digest of the content.
        digest: Digest,
    },
    /// Content exceeds the limit for reading into memory.
    #[error("{what} has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its media type or another description.
        what: String,
        /// Its length in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The bytes do not have the expected format.
    #[error("{0}")]
    Malformed(String),
    /// A registry failed.
    #[error(transparent)]
    Remote(#[from] RemoteFault),
    /// Archive files can only be read.
    #[error("an archive file is read-only")]
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
                    "check the permissions, or use another location"
                }
                // Repeating the command would not help.
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::NotFound
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory => return None,
                _ => {
                    "repeat the command; if it fails again, check the disk or use another location"
                }
            },
            Self::Digest { .. } | Self::Size { .. } => {
                "the content was changed or truncated after it was written: restore it from its source"
            }
            Self::Missing { .. } => {
                "the stored content is incomplete: copy it again from its source"
            }
            Self::Remote(fault) => return Some(fault.hint()),
            Self::ReadOnlyForm => "unpack it into a folder and pass that folder",
            Self::Absent => "check the path, which is relative to the working directory",
            Self::TooLarge { .. } => {
                "no valid content of this kind is that large: check the location, and who published it"
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

/// The operating system's message alone: `fs_err` and `tempfile` add the path, which our messages
/// already contain.
pub fn system_error(error: &io::Error) -> String {
    use std::error::Error as _;
    // fs_err gives the original error as the cause.
    let source = error.source().and_then(|source| source.downcast_ref());
    if let Some(original) = source {
        return system_error(original);
    }
    // tempfile hides it, and appends ` at path "…"` to its message.
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// Adds the path to an error of the operating system. `action` is the attempted action, as a verb.
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
