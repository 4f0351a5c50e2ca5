//! Reading an archive that is a tar file, possibly compressed with gzip.
//!
//! Nothing is unpacked by name: the entries are located once, and content is read from its position
//! in the tar file. A compressed archive is first expanded into an unnamed temporary file.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path};
use std::sync::Mutex;

use flate2::read::MultiGzDecoder;
use fs_err::File;

use super::artifact_index;
use crate::fault::{Fault, StoreError, io_at};

/// Maximum number of entries of an archive.
const ENTRY_LIMIT: usize = 1_000_000;
/// Number of bytes that any compressed archive may expand to.
const EXPANDED_BASE: u64 = 64 << 20;
/// Additionally, a compressed archive may expand to its size times this factor. Programs shrink to
/// a third; only archives made to fill a disk shrink to a hundredth.
const EXPANDED_RATIO: u64 = 100;

/// A tar file with the positions of its entries.
#[derive(Debug)]
pub(super) struct Archive {
    file: Mutex<std::fs::File>,
    entries: HashMap<String, (u64, u64)>,
}

impl Archive {
    /// Locates the entries of the tar file at `path`.
    pub(super) fn open(path: &Path, compressed: bool) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(io_at(path, "open it"))?;
        let file = if compressed {
            expand(path, file)?
        } else {
            file.into_file()
        };
        let entries = locate(path, &file)?;
        Ok(Self {
            file: Mutex::new(file),
            entries,
        })
    }

    /// The length of the entry with this name, if there is one.
    pub(super) fn length(&self, name: &str) -> Option<u64> {
        self.entries.get(name).map(|&(_, length)| length)
    }

    /// Opens an entry.
    pub(super) fn entry(&self, name: &str) -> Option<EntryReader<'_>> {
        let &(position, length) = self.entries.get(name)?;
        Some(EntryReader {
            archive: self,
            position,
            left: length,
        })
    }
}

/// Reads one entry of an archive.
pub(super) struct EntryReader<'a> {
    archive: &'a Archive,
    position: u64,
    left: u64,
}

impl Read for EntryReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let mut file = self
            .archive
            .file
            .lock()
            .map_err(|_| io::Error::other("another reader of this archive has failed"))?;
        file.seek(SeekFrom::Start(self.position))?;
        let length = file.read(&mut out[..most])?;
        if length == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive ends inside an entry",
            ));
        }
        self.position += length as u64;
        self.left -= length as u64;
        Ok(length)
    }
}

fn expand(path: &Path, file: File) -> Result<std::fs::File, StoreError> {
    let size = file.metadata().map_err(io_at(path, "read it"))?.len();
    let limit = EXPANDED_BASE.saturating_add(size.saturating_mul(EXPANDED_RATIO));
    let mut expanded =
        tempfile::tempfile().map_err(io_at(std::env::temp_dir(), "create a temporary file"))?;
    let mut reader = MultiGzDecoder::new(BufReader::new(file)).take(limit + 1);
    let length = io::copy(&mut reader, &mut expanded).map_err(io_at(path, "expand it"))?;
    if length > limit {
        let text =
            format!("a compressed archive of {size} bytes that expands to more than {limit}");
        return Err(StoreError::new(
            path.display().to_string(),
            Fault::Malformed(text),
        ));
    }
    expanded.rewind().map_err(io_at(path, "expand it"))?;
    Ok(expanded)
}

fn locate(path: &Path, file: &std::fs::File) -> Result<HashMap<String, (u64, u64)>, StoreError> {
    let malformed =
        |text: String| StoreError::new(path.display().to_string(), Fault::Malformed(text));
    let unreadable = |error: io::Error| {
        // The library has only this message for a truncated header; a test pins it.
        let cut = error.kind() == io::ErrorKind::UnexpectedEof
            || error.to_string() == "failed to read entire block";
        malformed(format!(
            "not a readable tar archive{}: {error}",
            if cut { " (truncated)" } else { "" }
        ))
    };
    let total = file.metadata().map_err(io_at(path, "read it"))?.len();
    let mut entries = HashMap::new();
    let mut archive = tar::Archive::new(file);
    for (number, entry) in archive.entries_with_seek().map_err(unreadable)?.enumerate() {
        let entry = entry.map_err(unreadable)?;
        if number >= ENTRY_LIMIT {
            return Err(malformed(format!(
                "an archive of more than {ENTRY_LIMIT} entries"
            )));
        }
        let raw = entry.path().map_err(unreadable)?.into_owned();
        let kind = entry.header().entry_type();
        let Some(name) = plain_name(&raw) else {
            let text = format!("entry `{}` points outside the archive", raw.display());
            return Err(malformed(text));
        };
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        if !kind.is_file() {
            let text = format!("entry `{}` is a link or a special file", raw.display());
            return Err(malformed(text));
        }
        if name != artifact_index::FILE && !name.starts_with("blobs/") {
            continue;
        }
        let (position, length) = (entry.raw_file_position(), entry.size());
        if position.checked_add(length).is_none_or(|end| end > total) {
            return Err(malformed(format!(
                "entry `{name}` extends past the end of the archive"
            )));
        }
        if entries.insert(name, (position, length)).is_some() {
            let text = format!("entry `{}` is duplicated", raw.display());
            return Err(malformed(text));
        }
    }
    Ok(entries)
}

/// The name without `./`; `None` if it is absolute or has `..`.
fn plain_name(path: &Path) -> Option<String> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => names.push(name.to_str()?),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(names.join("/"))
}
