//! The places where artifacts live, behind one interface.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::content::Content;
use crate::ctf::{Ctf, CtfWriter};
use crate::digest::Digest;
use crate::manifest::Descriptor;
use crate::remote::{Remote, RemoteFault, RemoteWriter};
use crate::reporter::Reporter;
use crate::saving::SavedFile;
use crate::staged::Staged;

/// Most bytes that a manifest or an index may have.
pub const MANIFEST_LIMIT: u64 = 4 << 20;

/// A place that holds artifacts.
///
/// An enum and not a trait object: a `match` shows each spot where the kinds differ. The
/// functions are `async` because a place reached over the network waits; an archive never does.
///
/// Every read has three outcomes: there (`Some`), not there (`None`), and an error, which means
/// that nothing is known.
#[derive(Debug)]
pub enum Store {
    /// An archive on disk.
    Ctf(Ctf),
    /// A registry over HTTP.
    Remote(Remote),
}

impl Store {
    /// Gives the name under which the user knows this place.
    pub fn name(&self) -> &str {
        match self {
            Self::Ctf(ctf) => ctf.name(),
            Self::Remote(remote) => remote.name(),
        }
    }

    /// Looks up a tag and describes what it points at.
    ///
    /// # Errors
    /// The place could not be read.
    pub async fn resolve(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<Descriptor>, StoreError> {
        match self {
            Self::Ctf(ctf) => ctf.resolve(repository, tag),
            Self::Remote(remote) => remote.resolve(repository, tag).await,
        }
    }

    /// Reads the manifest that a tag points at, having checked it; over the network in one request.
    ///
    /// # Errors
    /// The place could not be read, or the manifest is larger than [`MANIFEST_LIMIT`], or is not
    /// there although the tag is.
    pub async fn fetch(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, StoreError> {
        match self {
            Self::Ctf(ctf) => {
                let Some(descriptor) = ctf.resolve(repository, tag)? else {
                    return Ok(None);
                };
                let digest = descriptor.digest;
                match ctf.read(&descriptor, MANIFEST_LIMIT)? {
                    Some(bytes) => Ok(Some((descriptor, bytes))),
                    None => Err(StoreError::new(ctf.name(), Fault::Missing { digest })),
                }
            }
            Self::Remote(remote) => remote.fetch(repository, tag).await,
        }
    }

    /// Lists the tags of a repository, in no particular order. An unknown repository has none.
    ///
    /// # Errors
    /// The place could not be read.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Ctf(ctf) => ctf.tags(repository),
            Self::Remote(remote) => remote.tags(repository).await,
        }
    }

    /// Reads content into memory, having checked its size and its digest.
    ///
    /// # Errors
    /// The content is larger than `limit` bytes, or is not what `descriptor` promises, or could
    /// not be read.
    pub async fn read(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Ctf(ctf) => ctf.read(descriptor, limit),
            Self::Remote(remote) => remote.read(repository, descriptor, limit).await,
        }
    }

    /// Streams content to `out`, in constant memory, checking size and digest on the way.
    ///
    /// Gives `false` when there is no such content. `out` has received unverified bytes when
    /// this fails: write to a temporary file, and rename it only on success.
    ///
    /// # Errors
    /// The content is not what `descriptor` promises, or could not be read, or `out` failed.
    pub async fn copy(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        out: &mut (dyn Write + Send),
    ) -> Result<bool, StoreError> {
        match self {
            Self::Ctf(ctf) => ctf.copy(descriptor, out),
            Self::Remote(remote) => remote.copy(repository, descriptor, out).await,
        }
    }

    /// Reads the first `limit` bytes of content, over the network no more than these. They are
    /// checked only where they are all of it: a part has no digest.
    ///
    /// # Errors
    /// The content could not be read.
    pub async fn start(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if descriptor.size <= limit {
            return self.read(repository, descriptor, limit).await;
        }
        match self {
            Self::Ctf(ctf) => ctf.start(descriptor, limit),
            Self::Remote(remote) => remote.start(repository, descriptor, limit).await,
        }
    }

    /// Streams content to a file, which is there only when all of it has arrived, was checked,
    /// and is on the disk. A file of that name is replaced then. Only its owner may read it, and
    /// nobody may run it.
    ///
    /// Gives `false`, and leaves everything as it was, when there is no such content.
    ///
    /// # Errors
    /// The content is not what `descriptor` promises, or could not be read, or the file could not
    /// be written.
    pub async fn save(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        path: &Path,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Ctf(ctf) => {
                let mut file = SavedFile::new(path)?;
                let there = ctf.copy(descriptor, &mut file)?;
                if there {
                    file.keep(path)?;
                }
                Ok(there)
            }
            Self::Remote(remote) => remote.save(repository, descriptor, path).await,
        }
    }

    /// Says whether content of this digest and size is there, without reading it.
    ///
    /// # Errors
    /// The place could not be asked.
    pub async fn has(&self, repository: &str, descriptor: &Descriptor) -> Result<bool, StoreError> {
        match self {
            Self::Ctf(ctf) => ctf.has(descriptor),
            Self::Remote(remote) => remote.has(repository, descriptor).await,
        }
    }

    /// Opens the place for writing. A registry has no locks; an archive stays locked against other writers until the
    /// writer is dropped, and the wait for another writer is reported.
    ///
    /// # Errors
    /// The place cannot be written to.
    #[expect(
        clippy::unused_async,
        reason = "callers must not depend on the kind of store"
    )]
    pub async fn writer(&self, reporter: &dyn Reporter) -> Result<Writer<'_>, StoreError> {
        match self {
            Self::Ctf(ctf) => Ok(Writer::Ctf(ctf.writer(reporter)?)),
            Self::Remote(remote) => Ok(Writer::Remote(remote.writer())),
        }
    }
}

/// A store that is open for writing.
#[derive(Debug)]
pub enum Writer<'a> {
    /// An archive, locked.
    Ctf(CtfWriter<'a>),
    /// A registry.
    Remote(RemoteWriter<'a>),
}

impl Writer<'_> {
    /// Says whether nobody else can write until this is dropped.
    pub fn is_exclusive(&self) -> bool {
        match self {
            Self::Ctf(_) => true,
            Self::Remote(_) => false,
        }
    }

    /// Hashes content and prepares it for [`Writer::push`], in one pass. Nothing is visible to
    /// readers yet, and nothing stays when the result is dropped.
    ///
    /// # Errors
    /// The content cannot be read, or there is no room for it.
    #[expect(
        clippy::unused_async,
        reason = "callers must not depend on the kind of store"
    )]
    pub async fn stage(&self, content: &Content) -> Result<Staged, StoreError> {
        match self {
            Self::Ctf(writer) => writer.stage(content),
            Self::Remote(_) => RemoteWriter::stage(content),
        }
    }

    /// Stores staged content.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn push(&self, repository: &str, staged: Staged) -> Result<(), StoreError> {
        match self {
            Self::Ctf(writer) => writer.push(staged),
            Self::Remote(writer) => writer.push(repository, &staged).await,
        }
    }

    /// Stores a manifest or an index under its digest.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn push_manifest(
        &self,
        repository: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Descriptor, StoreError> {
        match self {
            Self::Ctf(writer) => writer.push_manifest(media_type, bytes),
            Self::Remote(writer) => writer.push_manifest(repository, media_type, bytes).await,
        }
    }

    /// Makes `tag` point at a manifest that was pushed before. Readers see the old state or the
    /// new one.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn tag(
        &mut self,
        repository: &str,
        tag: &str,
        manifest: &Descriptor,
    ) -> Result<(), StoreError> {
        match self {
            Self::Ctf(writer) => writer.tag(repository, tag, manifest),
            Self::Remote(writer) => writer.tag(repository, tag, manifest).await,
        }
    }
}

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

/// The operating system's words alone. `fs_err` puts a path in front of them and `tempfile` one
/// behind, and both hide the error itself; the place is named already.
pub fn system_error(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text
        .rsplit_once("`: ")
        .map_or(text.as_str(), |(_, words)| words);
    let words = text.split_once(" at path \"").map(|(words, _)| words);
    words.unwrap_or(text).to_owned()
}

/// Adds the place to an error of the operating system.
pub(crate) fn io_at(
    path: impl Into<PathBuf>,
    action: &'static str,
) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.into();
    move |source| StoreError::new(path.display().to_string(), Fault::Io { action, source })
}
