//! The common interface of archives and registries.

use std::io::Write;
use std::path::Path;

use crate::content::Content;
use crate::ctf::Ctf;
use crate::ctf::writer::CtfWriter;
use crate::fault::{Fault, StoreError};
use crate::manifest::{Descriptor, MANIFEST_LIMIT};
use crate::remote::Remote;
use crate::remote::upload::RemoteWriter;
use crate::reporter::Reporter;
use crate::saving::SavedFile;
use crate::staged::Staged;

/// An archive or a registry.
///
/// An enum rather than a trait object: a `match` shows each point at which the kinds differ. The
/// functions are `async` because a registry is reached over the network; an archive never waits.
///
/// Every read has three outcomes: found (`Some`), not found (`None`), or an error, which means that
/// nothing is known.
#[derive(Debug)]
pub enum Store {
    /// An archive on disk.
    Ctf(Ctf),
    /// A registry over HTTP.
    Remote(Remote),
}

impl Store {
    /// The path or address as the user gave it.
    pub fn name(&self) -> &str {
        match self {
            Self::Ctf(ctf) => ctf.name(),
            Self::Remote(remote) => remote.name(),
        }
    }

    /// Looks up a tag and describes what it points to.
    ///
    /// # Errors
    /// The store could not be read.
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

    /// Reads and verifies the manifest that a tag points to; from a registry in one request.
    ///
    /// # Errors
    /// The store cannot be read, or the manifest is larger than [`MANIFEST_LIMIT`], or is missing
    /// although the tag exists.
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
    /// The store could not be read.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Ctf(ctf) => ctf.tags(repository),
            Self::Remote(remote) => remote.tags(repository).await,
        }
    }

    /// Reads content into memory and verifies its size and digest.
    ///
    /// # Errors
    /// The content is larger than `limit` bytes, or is not what `descriptor` promises, or could not
    /// be read.
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
    /// Returns `false` if there is no such content. `out` has received unverified bytes when
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

    /// Streams content to a file, which appears only when all of it has arrived, was checked,
    /// and is on the disk. A file of that name is replaced then. Only its owner may read it, and
    /// it is not executable.
    ///
    /// Returns `false`, and changes nothing, if there is no such content.
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

    /// Returns whether the store has content of this digest and size, without reading it.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn has(&self, repository: &str, descriptor: &Descriptor) -> Result<bool, StoreError> {
        match self {
            Self::Ctf(ctf) => ctf.has(descriptor),
            Self::Remote(remote) => remote.has(repository, descriptor).await,
        }
    }

    /// Opens the store for writing. A registry has no locks; an archive stays locked against other writers until the
    /// writer is dropped, and the wait for another writer is reported.
    ///
    /// # Errors
    /// The store cannot be written to.
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
    /// Returns whether other writers are excluded until this is dropped.
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

    /// Makes `tag` point to a manifest that was pushed before. Readers see the old state or the new
    /// one.
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
