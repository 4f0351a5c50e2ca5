//! Many small entries in one file.
//!
//! The benchmark rows `fast-publish-1000` and `registry-publish-1000` need it: their first
//! publication reads two thousand manifests and descriptors from a fast registry, and creating a
//! file for each takes longer than receiving it.
//!
//! An entry is a byte for its kind, its name (32 bytes), the length of its content (4 bytes,
//! little endian), and the content. Anything else ends the pack.

use std::collections::HashMap;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fs_err::File;

use super::folder::PACK_PREFIX;
use super::key::{Key, Kind};
use crate::digest::Digest;
use crate::file;

/// Maximum size in bytes of an entry of a pack.
pub(super) const LARGE: usize = 256 << 10;
/// Maximum number of packs in a cache.
const PACKS: usize = 16;
/// Maximum size in bytes of a pack.
const ROOM: u64 = 32 << 20;
const HEAD: usize = 1 + 32 + 4;

/// The packs of a directory, as they were when it was opened.
#[derive(Debug)]
pub(super) struct Packs {
    files: Vec<Mutex<File>>,
    entries: HashMap<Key, Location>,
}

#[derive(Clone, Copy, Debug)]
struct Location {
    file: usize,
    offset: u64,
    length: u32,
}

impl Packs {
    /// Opens the packs of a directory. One that cannot be read is ignored.
    pub(super) fn open(folder: &Path) -> Self {
        let mut packs = Self {
            files: Vec::new(),
            entries: HashMap::new(),
        };
        for path in sorted(folder).unwrap_or_default() {
            if let Ok(file) = file::open(&path) {
                packs.index(&file);
                packs.files.push(Mutex::new(file));
            }
        }
        packs
    }

    /// Adds the complete entries of a pack; they replace earlier ones of the same name.
    fn index(&mut self, file: &File) -> Option<()> {
        let end = file.metadata().ok()?.len().min(ROOM);
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut offset = 0;
        loop {
            let mut head = [0; HEAD];
            reader.read_exact(&mut head).ok()?;
            offset += HEAD as u64;
            let (key, length) = parse(&head)?;
            if offset + u64::from(length) > end {
                return None;
            }
            let file = self.files.len();
            let location = Location {
                file,
                offset,
                length,
            };
            self.entries.insert(key, location);
            reader.seek_relative(length.into()).ok()?;
            offset += u64::from(length);
        }
    }

    /// Returns the content of an entry, unchecked.
    pub(super) fn read(&self, key: Key) -> Option<Vec<u8>> {
        let location = self.entries.get(&key)?;
        let file = self.files.get(location.file)?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(location.offset)).ok()?;
        let mut bytes = vec![0; usize::try_from(location.length).ok()?];
        file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

fn parse(head: &[u8; HEAD]) -> Option<(Key, u32)> {
    let kind = match head[0] {
        b'c' => Kind::Content,
        b't' => Kind::Tag,
        _ => return None,
    };
    let name = Digest::from_bytes(head[1..33].try_into().ok()?);
    let length = u32::from_le_bytes(head[33..].try_into().ok()?);
    (1..=LARGE)
        .contains(&(length as usize))
        .then_some((Key { kind, name }, length))
}

/// A new pack.
pub(super) struct Pack {
    file: BufWriter<File>,
    left: u64,
}

impl Pack {
    /// Creates a pack, and removes the oldest if there are too many.
    pub(super) fn new(folder: &Path) -> std::io::Result<Self> {
        let paths = sorted(folder)?;
        for path in paths.iter().take((paths.len() + 1).saturating_sub(PACKS)) {
            fs_err::remove_file(path)?;
        }
        let new = tempfile::Builder::new()
            .prefix(PACK_PREFIX)
            .tempfile_in(folder)?;
        let (file, path) = new.keep()?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 16, File::from_parts(file, path)),
            left: ROOM,
        })
    }

    /// Adds an entry, unless the pack is full.
    pub(super) fn add(&mut self, key: Key, content: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(content.len()).ok();
        let rest = self.left.checked_sub((HEAD + content.len()) as u64);
        let (Some(length), Some(left)) = (length, rest) else {
            return Ok(());
        };
        self.left = left;
        let kind = match key.kind {
            Kind::Content => b'c',
            Kind::Tag => b't',
        };
        self.file.write_all(&[kind])?;
        self.file.write_all(key.name.as_bytes())?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(content)
    }

    pub(super) fn finish(mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The packs of a directory, the oldest first.
fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut packs = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PACK_PREFIX.as_bytes())
        {
            packs.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    packs.sort();
    Ok(packs.into_iter().map(|(_, path)| path).collect())
}
