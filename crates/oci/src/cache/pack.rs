//! Many small entries in one file, because to make a file takes longer than to receive an entry.
//!
//! An entry is the byte of its part, its name (32 bytes), the length of its content (4 bytes,
//! little endian), and the content. What does not look like that ends the pack.

use std::collections::HashMap;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fs_err::File;

use super::{Key, LARGE, Part};
use crate::digest::Digest;

/// Most packs that are kept.
const PACKS: usize = 16;
/// Most bytes of a pack.
const ROOM: u64 = 32 << 20;
const HEAD: usize = 1 + 32 + 4;

/// The packs of a folder, as they were when it was opened.
#[derive(Debug)]
pub(super) struct Packs {
    files: Vec<Mutex<File>>,
    entries: HashMap<Key, Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    file: usize,
    offset: u64,
    length: u32,
}

impl Packs {
    /// Opens those of a folder. One that cannot be read is left out.
    pub(super) fn open(folder: &Path) -> Self {
        let mut packs = Self {
            files: Vec::new(),
            entries: HashMap::new(),
        };
        for path in sorted(folder).unwrap_or_default() {
            if let Ok(file) = File::open(path) {
                packs.index(&file);
                packs.files.push(Mutex::new(file));
            }
        }
        packs
    }

    /// Finds the entries of a pack, as far as they are whole; later ones replace earlier ones.
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
            let place = Place {
                file,
                offset,
                length,
            };
            self.entries.insert(key, place);
            reader.seek_relative(length.into()).ok()?;
            offset += u64::from(length);
        }
    }

    /// Gives the content of an entry.
    pub(super) fn read(&self, key: Key) -> Option<Vec<u8>> {
        let place = self.entries.get(&key)?;
        let file = self.files.get(place.file)?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.offset)).ok()?;
        let mut bytes = vec![0; usize::try_from(place.length).ok()?];
        file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

fn parse(head: &[u8; HEAD]) -> Option<(Key, u32)> {
    let part = match head[0] {
        b'c' => Part::Content,
        b't' => Part::Tags,
        _ => return None,
    };
    let name = Digest::from_bytes(head[1..33].try_into().ok()?);
    let length = u32::from_le_bytes(head[33..].try_into().ok()?);
    (1..=LARGE)
        .contains(&(length as usize))
        .then_some((Key { part, name }, length))
}

/// A new pack.
pub(super) struct Pack {
    file: BufWriter<File>,
    left: u64,
}

impl Pack {
    /// Makes one, and removes the oldest where there are too many.
    pub(super) fn new(folder: &Path) -> std::io::Result<Self> {
        let paths = sorted(folder)?;
        for path in paths.iter().take((paths.len() + 1).saturating_sub(PACKS)) {
            fs_err::remove_file(path)?;
        }
        let (file, path) = tempfile::NamedTempFile::new_in(folder)?.keep()?;
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
        let part = match key.part {
            Part::Content => b'c',
            Part::Tags => b't',
        };
        self.file.write_all(&[part])?;
        self.file.write_all(key.name.as_bytes())?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(content)
    }

    pub(super) fn finish(mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The packs of a folder, the oldest first.
fn sorted(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let mut packs = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        packs.push((entry.metadata()?.modified()?, entry.path()));
    }
    packs.sort();
    Ok(packs.into_iter().map(|(_, path)| path).collect())
}
