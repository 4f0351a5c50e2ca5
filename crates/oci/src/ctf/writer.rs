//! Writing an archive directory.
//!
//! Order of a publication: first the blobs, each through a temporary file, an fsync and a rename;
//! then the artifact index, the same way. A crash leaves unreferenced content or a temporary file,
//! which the next writer removes.

use std::fs::TryLockError;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc;

use tempfile::NamedTempFile;

use super::{Artifact, ArtifactIndex, Ctf, artifact_index};
use crate::content::Content;
use crate::digest::{Digest, Hasher, PIECE};
use crate::fault::{StoreError, io_at};
use crate::manifest::Descriptor;
use crate::reporter::Reporter;
use crate::staged::{Staged, StagedContent};

const LOCK_FILE: &str = "artifact-index.json.lock";
const TEMPORARY_PREFIX: &str = ".plugyard-";
/// Size in bytes from which reading, hashing and writing overlap.
const OVERLAP_FROM: u64 = 8 << 20;
/// Number of bytes after which the operating system is asked to start writing them to the disk.
const FLUSH_EVERY: u64 = 32 << 20;

/// An archive directory that is locked against other writers.
#[derive(Debug)]
pub struct CtfWriter<'a> {
    ctf: &'a Ctf,
    _lock: std::fs::File,
    index: ArtifactIndex,
}

impl<'a> CtfWriter<'a> {
    pub(super) fn new(ctf: &'a Ctf, reporter: &dyn Reporter) -> Result<Self, StoreError> {
        let blobs = ctf.path.join("blobs");
        fs_err::create_dir_all(&blobs).map_err(io_at(&blobs, "create it"))?;
        let waiting = || {
            let what = format!("another writer of {}", ctf.name);
            reporter.waiting(&what, None);
        };
        let lock = lock(&ctf.path.join(LOCK_FILE), waiting)?;
        remove_leftovers(&ctf.path)?;
        remove_leftovers(&blobs)?;
        // Read again, because the entries of a previous writer must be kept.
        ctf.forget_index();
        let index = ctf.index()?.index.clone();
        Ok(Self {
            ctf,
            _lock: lock,
            index,
        })
    }

    /// Copies content into the archive under a temporary name and hashes it on the way.
    pub(crate) fn stage(&self, content: &Content) -> Result<Staged, StoreError> {
        let blobs = self.ctf.path.join("blobs");
        let mut file = temporary(&blobs)?;
        let (digest, size) = match content {
            Content::Bytes(bytes) => {
                file.write_all(bytes)
                    .map_err(io_at(&blobs, "write to it"))?;
                (Digest::of(bytes), bytes.len() as u64)
            }
            Content::File(path) => copy_file(path, &blobs, file.as_file())?,
        };
        Ok(Staged {
            digest,
            size,
            content: StagedContent::Temporary(file),
        })
    }

    /// Renames staged content to its final name.
    pub(crate) fn push(&self, staged: Staged) -> Result<(), StoreError> {
        let path = self.ctf.blob_path(staged.digest);
        match staged.content {
            StagedContent::Temporary(file) => persist(file, &path),
            // It was staged for a registry, so it must be copied first.
            StagedContent::Source(content) => self.push(self.stage(&content)?),
        }
    }

    pub(crate) fn push_manifest(
        &self,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Descriptor, StoreError> {
        let staged = self.stage(&Content::Bytes(bytes.to_vec()))?;
        let descriptor = Descriptor::new(media_type, staged.digest, staged.size);
        self.push(staged)?;
        Ok(descriptor)
    }

    pub(crate) fn tag(
        &mut self,
        repository: &str,
        tag: &str,
        manifest: &Descriptor,
    ) -> Result<(), StoreError> {
        let entry = |tag: &str| Artifact {
            repository: repository.to_owned(),
            tag: tag.to_owned(),
            digest: manifest.digest.to_string(),
            media_type: manifest.media_type.clone(),
        };
        let before = self.index.clone();
        self.index.add(entry(tag));
        if self.index == before && self.ctf.path.join(artifact_index::FILE).exists() {
            return Ok(());
        }
        let path = self.ctf.path.join(artifact_index::FILE);
        let mut file = temporary(&self.ctf.path)?;
        file.write_all(&self.index.to_bytes())
            .map_err(io_at(&path, "write it"))?;
        persist(file, &path)?;
        self.ctf.forget_index();
        Ok(())
    }
}

fn lock(path: &Path, waiting: impl FnOnce()) -> Result<std::fs::File, StoreError> {
    let file = fs_err::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)
        .map_err(io_at(path, "open it for writing"))?
        .into_file();
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => waiting(),
        Err(TryLockError::Error(_)) => {}
    }
    match file.lock() {
        Ok(()) => Ok(file),
        // Some network file systems have no locks. Plugyard then continues without one, as other
        // programs do.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(error) => Err(io_at(path, "lock it")(error)),
    }
}

/// Removes temporary files of writers that were killed. The lock must be held.
fn remove_leftovers(folder: &Path) -> Result<(), StoreError> {
    let unreadable = |error| io_at(folder, "read it")(error);
    for entry in fs_err::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        if name
            .as_encoded_bytes()
            .starts_with(TEMPORARY_PREFIX.as_bytes())
        {
            fs_err::remove_file(entry.path()).map_err(io_at(entry.path(), "remove it"))?;
        }
    }
    Ok(())
}

fn temporary(folder: &Path) -> Result<NamedTempFile, StoreError> {
    // Beside the target: a rename is atomic only within one file system.
    tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .tempfile_in(folder)
        .map_err(io_at(folder, "write to it"))
}

fn persist(file: NamedTempFile, path: &Path) -> Result<(), StoreError> {
    let failed = |error| io_at(path, "write it")(error);
    file.as_file().sync_all().map_err(failed)?;
    let mut permissions = file.as_file().metadata().map_err(failed)?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o444);
    #[cfg(not(unix))]
    permissions.set_readonly(false);
    file.as_file()
        .set_permissions(permissions)
        .map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // The rename itself must survive a power failure before something refers to it.
        fs_err::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(())
}

/// Copies a file in constant memory and hashes it on the way.
fn copy_file(from: &Path, to: &Path, target: &std::fs::File) -> Result<(Digest, u64), StoreError> {
    let source = fs_err::File::open(from).map_err(io_at(from, "read it"))?;
    let size = source.metadata().map_err(io_at(from, "read it"))?.len();
    if size < OVERLAP_FROM {
        return copy_plainly(source, from, to, target);
    }
    copy_overlapping(source, from, to, target)
}

fn copy_plainly(
    mut source: impl Read,
    from: &Path,
    to: &Path,
    mut target: &std::fs::File,
) -> Result<(Digest, u64), StoreError> {
    let mut hasher = Hasher::new();
    let mut piece = vec![0; PIECE];
    loop {
        let length = read_piece(&mut source, &mut piece).map_err(io_at(from, "read it"))?;
        if length == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(&piece[..length]);
        target
            .write_all(&piece[..length])
            .map_err(io_at(to, "write to it"))?;
    }
}

/// One thread reads and hashes, one writes, and one pushes written bytes to the disk, so that
/// the final fsync has little left to do.
fn copy_overlapping(
    mut source: impl Read,
    from: &Path,
    to: &Path,
    target: &std::fs::File,
) -> Result<(Digest, u64), StoreError> {
    std::thread::scope(|scope| {
        let (full, filled) = mpsc::sync_channel::<Vec<u8>>(8);
        let (empty, emptied) = mpsc::sync_channel::<Vec<u8>>(8);
        let (flush, flushed) = mpsc::sync_channel::<()>(1);
        scope.spawn(move || {
            for () in flushed {
                // This only starts the write; the fsync before the rename guarantees it.
                let _ = target.sync_data();
            }
        });
        let writer = scope.spawn(move || {
            let mut target = target;
            let mut since = 0;
            for piece in filled {
                target.write_all(&piece)?;
                since += piece.len() as u64;
                if since >= FLUSH_EVERY {
                    since = 0;
                    let _ = flush.try_send(());
                }
                let _ = empty.try_send(piece);
            }
            Ok::<_, io::Error>(())
        });
        let mut hasher = Hasher::new();
        let mut outcome = Ok(());
        loop {
            let mut piece = emptied.try_recv().unwrap_or_default();
            piece.resize(PIECE, 0);
            match read_piece(&mut source, &mut piece) {
                Ok(0) => break,
                Ok(length) => piece.truncate(length),
                Err(error) => {
                    outcome = Err(io_at(from, "read it")(error));
                    break;
                }
            }
            hasher.update(&piece);
            // The writer has failed; its error is returned below.
            if full.send(piece).is_err() {
                break;
            }
        }
        drop(full);
        let written = writer
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the writing thread has failed")));
        written.map_err(io_at(to, "write to it"))?;
        outcome?;
        Ok(hasher.finish())
    })
}

fn read_piece(source: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
