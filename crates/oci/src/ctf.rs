//! The Common Transport Format: artifacts in a directory or an archive file.
//!
//! Layout: `artifact-index.json` and `blobs/sha256.<hex>`, flat, shared by all repositories (OCM
//! specification, "Common Transport Format"). A directory can be read and written; a `.tar`,
//! `.tar.gz` or `.tgz` file is read-only.

mod archive;
mod artifact_index;
pub(crate) mod writer;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use archive::Archive;
use artifact_index::Indexed;
pub use artifact_index::{Artifact, ArtifactIndex};
use writer::CtfWriter;

use crate::digest::{Digest, Hasher, PIECE};
use crate::fault::{Fault, StoreError, io_at};
use crate::manifest::Descriptor;
use crate::reporter::Reporter;

/// Maximum size of an artifact index in bytes: enough for several hundred thousand artifacts.
const INDEX_LIMIT: u64 = 256 << 20;

/// An archive of artifacts on disk.
///
/// The artifact index is read on first use, and again after a writer is opened or has written.
#[derive(Debug)]
pub struct Ctf {
    name: String,
    path: PathBuf,
    form: Form,
    index: Mutex<Option<Arc<Indexed>>>,
}

#[derive(Debug)]
enum Form {
    Directory,
    Archive(Archive),
}

impl Ctf {
    /// Opens the archive at `path` for reading.
    ///
    /// # Errors
    /// [`Fault::Absent`] if the path does not exist; otherwise the reason why it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let compressed = match archive_form(path) {
            ArchiveForm::None => None,
            ArchiveForm::Tar => Some(false),
            ArchiveForm::Gzip => Some(true),
        };
        let metadata = match fs_err::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::new(name, Fault::Absent));
            }
            Err(error) => return Err(io_at(path, "open it")(error)),
        };
        let form = match compressed {
            Some(compressed) if metadata.is_file() => {
                Form::Archive(Archive::open(path, compressed)?)
            }
            _ if metadata.is_dir() => Form::Directory,
            _ => {
                let text = "not an archive: the file name does not end in .tar, .tar.gz or .tgz";
                return Err(StoreError::new(name, Fault::Malformed(text.to_owned())));
            }
        };
        let ctf = Self {
            name,
            path: path.to_owned(),
            form,
            index: Mutex::new(None),
        };
        let is_archive = || path.join(artifact_index::FILE).exists() || path.join("blobs").is_dir();
        if matches!(ctf.form, Form::Directory)
            && !is_archive()
            && fs_err::read_dir(path)
                .map_err(io_at(path, "open it"))?
                .next()
                .is_some()
            // Checked again, because another process may have created it in the meantime.
            && !is_archive()
        {
            let text = format!("not an archive: the folder has no {}", artifact_index::FILE);
            return Err(StoreError::new(ctf.name, Fault::Malformed(text)));
        }
        Ok(ctf)
    }

    /// Opens the archive directory at `path`, or creates an empty one if `path` does not exist.
    ///
    /// # Errors
    /// It is an archive file, or cannot be created.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        match Self::open(path) {
            Err(error) if matches!(error.fault, Fault::Absent) => {
                if !matches!(archive_form(path), ArchiveForm::None) {
                    return Err(StoreError::new(error.location, Fault::ReadOnlyForm));
                }
                fs_err::create_dir_all(path.join("blobs")).map_err(io_at(path, "create it"))?;
                #[cfg(unix)]
                if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
                    // The archive itself must also survive a power failure.
                    fs_err::File::open(folder)
                        .and_then(|folder| folder.sync_all())
                        .map_err(io_at(path, "create it"))?;
                }
                Self::open(path)
            }
            outcome => outcome,
        }
    }

    /// The path as the caller gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Finds what a tag points to.
    ///
    /// # Errors
    /// The index cannot be read, or the manifest's blob is missing.
    pub fn resolve(&self, repository: &str, tag: &str) -> Result<Option<Descriptor>, StoreError> {
        let indexed = self.index()?;
        let Some(artifact) = indexed.find(repository, tag) else {
            return Ok(None);
        };
        let digest: Digest = artifact.digest.parse().map_err(|error| {
            let text = format!("{repository}:{tag}: {error}");
            malformed(&self.path.join(artifact_index::FILE), text)
        })?;
        let Some(size) = self.length(digest)? else {
            return Err(StoreError::new(&self.name, Fault::Missing { digest }));
        };
        Ok(Some(Descriptor::new(artifact.media_type(), digest, size)))
    }

    /// Lists the tags of a repository.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn tags(&self, repository: &str) -> Result<Vec<String>, StoreError> {
        let indexed = self.index()?;
        Ok(indexed
            .index
            .artifacts()
            .iter()
            .filter(|artifact| artifact.repository == repository && !artifact.tag.is_empty())
            .map(|artifact| artifact.tag.clone())
            .collect())
    }

    /// Lists the artifacts of all repositories.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn artifacts(&self) -> Result<Vec<Artifact>, StoreError> {
        Ok(self.index()?.index.artifacts().to_vec())
    }

    /// Returns whether the archive has content with this digest and size.
    ///
    /// # Errors
    /// The file system reports an error.
    pub fn has(&self, descriptor: &Descriptor) -> Result<bool, StoreError> {
        Ok(self.length(descriptor.digest)? == Some(descriptor.size))
    }

    /// Reads content of at most `limit` bytes and verifies it.
    ///
    /// # Errors
    /// See [`crate::Store::read`].
    pub fn read(&self, descriptor: &Descriptor, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((mut reader, length)) = self.open_blob(descriptor.digest)? else {
            return Ok(None);
        };
        let location = self.blob_location(descriptor.digest);
        if length > limit {
            return Err(StoreError::new(
                location,
                Fault::TooLarge {
                    what: descriptor.media_type.clone(),
                    size: length,
                    limit,
                },
            ));
        }
        // The length was checked above, so that no allocation depends on a descriptor alone.
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        reader
            .read_exact(&mut bytes)
            .map_err(io_at(&location, "read it"))?;
        check(&location, descriptor, Digest::of(&bytes), length)?;
        Ok(Some(bytes))
    }

    /// Reads the first `limit` bytes of content.
    ///
    /// # Errors
    /// See [`crate::Store::start`].
    pub fn start(
        &self,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((reader, _)) = self.open_blob(descriptor.digest)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let location = self.blob_location(descriptor.digest);
        reader
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(io_at(&location, "read it"))?;
        Ok(Some(bytes))
    }

    /// Streams content to `out` and verifies it on the way.
    ///
    /// # Errors
    /// See [`crate::Store::copy`].
    pub fn copy(&self, descriptor: &Descriptor, out: &mut dyn Write) -> Result<bool, StoreError> {
        let Some((mut reader, _)) = self.open_blob(descriptor.digest)? else {
            return Ok(false);
        };
        let location = self.blob_location(descriptor.digest);
        let mut hasher = Hasher::new();
        let mut piece = vec![0; PIECE];
        let mut left = descriptor.size;
        loop {
            let length = match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(io_at(&location, "read it")(error)),
            };
            hasher.update(&piece[..length]);
            // Checked before the write, so that content longer than declared cannot fill a disk.
            match left.checked_sub(length as u64) {
                Some(rest) => left = rest,
                None => break,
            }
            out.write_all(&piece[..length])
                .map_err(io_at(&location, "write a copy of it"))?;
        }
        let (digest, length) = hasher.finish();
        check(&location, descriptor, digest, length)?;
        Ok(true)
    }

    /// Locks the archive and opens it for writing; see [`crate::Store::writer`].
    ///
    /// # Errors
    /// It is an archive file, or the directory is not writable.
    pub fn writer(&self, reporter: &dyn Reporter) -> Result<CtfWriter<'_>, StoreError> {
        match self.form {
            Form::Archive(_) => Err(StoreError::new(&self.name, Fault::ReadOnlyForm)),
            Form::Directory => CtfWriter::new(self, reporter),
        }
    }

    fn index(&self) -> Result<Arc<Indexed>, StoreError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = &*index {
            return Ok(Arc::clone(index));
        }
        let read = Arc::new(Indexed::new(self.read_index()?));
        *index = Some(Arc::clone(&read));
        Ok(read)
    }

    /// Discards the index, so that it is read again when needed.
    fn forget_index(&self) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn read_index(&self) -> Result<ArtifactIndex, StoreError> {
        let path = self.path.join(artifact_index::FILE);
        let mut bytes = Vec::new();
        match &self.form {
            Form::Directory => match fs_err::File::open(&path) {
                Ok(file) => {
                    let mut file = file.take(INDEX_LIMIT + 1);
                    file.read_to_end(&mut bytes)
                        .map_err(io_at(&path, "read it"))?;
                    if bytes.is_empty() && self.has_blobs()? {
                        let text = "it is empty, although the archive has blobs";
                        return Err(malformed(&path, text.to_owned()));
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(io_at(&path, "read it")(error)),
            },
            Form::Archive(archive) => {
                let Some(entry) = archive.entry(artifact_index::FILE) else {
                    let text = format!("the archive has no {}", artifact_index::FILE);
                    return Err(malformed(&self.path, text));
                };
                let mut entry = entry.take(INDEX_LIMIT + 1);
                entry
                    .read_to_end(&mut bytes)
                    .map_err(io_at(&path, "read it"))?;
            }
        }
        if bytes.len() as u64 > INDEX_LIMIT {
            let text = format!("an artifact index of more than {INDEX_LIMIT} bytes");
            return Err(malformed(&path, text));
        }
        ArtifactIndex::parse(&bytes).map_err(|text| malformed(&path, text))
    }

    /// Returns whether a directory contains blobs, other than temporary files of a writer.
    fn has_blobs(&self) -> Result<bool, StoreError> {
        let folder = self.path.join("blobs");
        let entries = match fs_err::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(io_at(&folder, "read it")(error)),
        };
        for entry in entries {
            let name = entry.map_err(io_at(&folder, "read it"))?.file_name();
            if name.as_encoded_bytes().starts_with(b"sha256.") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn blob_path(&self, digest: Digest) -> PathBuf {
        self.path.join(blob_name(digest))
    }

    fn blob_location(&self, digest: Digest) -> String {
        self.blob_path(digest).display().to_string()
    }

    fn length(&self, digest: Digest) -> Result<Option<u64>, StoreError> {
        match &self.form {
            Form::Archive(archive) => Ok(archive.length(&blob_name(digest))),
            Form::Directory => {
                let path = self.blob_path(digest);
                match fs_err::metadata(&path) {
                    Ok(metadata) => Ok(Some(metadata.len())),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(io_at(path, "read it")(error)),
                }
            }
        }
    }

    fn open_blob(&self, digest: Digest) -> Result<Option<Opened<'_>>, StoreError> {
        match &self.form {
            Form::Archive(archive) => {
                let name = blob_name(digest);
                let entry = archive.entry(&name).zip(archive.length(&name));
                Ok(entry.map(|(entry, length)| (Box::new(entry) as _, length)))
            }
            Form::Directory => {
                let path = self.blob_path(digest);
                match fs_err::File::open(&path) {
                    Ok(file) => {
                        let length = file.metadata().map_err(io_at(&path, "read it"))?.len();
                        Ok(Some((Box::new(file), length)))
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(io_at(path, "read it")(error)),
                }
            }
        }
    }
}

/// A reader of content, and the length of the content in bytes.
type Opened<'a> = (Box<dyn Read + 'a>, u64);

enum ArchiveForm {
    None,
    Tar,
    Gzip,
}

/// The archive format implied by a file name; case-sensitive, as in the official library.
fn archive_form(path: &Path) -> ArchiveForm {
    let name = path.as_os_str().as_encoded_bytes();
    if name.ends_with(b".tar.gz") || name.ends_with(b".tgz") {
        ArchiveForm::Gzip
    } else if name.ends_with(b".tar") {
        ArchiveForm::Tar
    } else {
        ArchiveForm::None
    }
}

fn malformed(path: &Path, text: String) -> StoreError {
    StoreError::new(path.display().to_string(), Fault::Malformed(text))
}

fn blob_name(digest: Digest) -> String {
    format!("blobs/sha256.{}", digest.hex())
}

fn check(
    location: &str,
    descriptor: &Descriptor,
    actual: Digest,
    length: u64,
) -> Result<(), StoreError> {
    if length != descriptor.size {
        return Err(StoreError::new(
            location,
            Fault::Size {
                digest: descriptor.digest,
                expected: descriptor.size,
                actual: length,
            },
        ));
    }
    if actual != descriptor.digest {
        return Err(StoreError::new(
            location,
            Fault::Digest {
                expected: descriptor.digest,
                actual,
            },
        ));
    }
    Ok(())
}
