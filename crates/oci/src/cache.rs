//! A disk cache of what was read from registries.
//!
//! Content is found by its digest and verified whenever it is read. The manifest that a tag pointed
//! to is used only after the registry has confirmed it. Every entry contains its digest or is named
//! by it, so files can be written in place: a damaged entry is treated as missing. A few entries
//! are stored as one file each, many as one pack.

mod folder;
mod key;
mod pack;
mod writer;

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::digest::Digest;
use crate::file;
use crate::manifest::{Descriptor, MANIFEST_LIMIT};
use folder::PACKS;
use key::Key;
use pack::{LARGE, Packs};
use writer::Writer;

/// A cache directory. It may be deleted at any time.
///
/// Dropping this waits until all entries are written.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// Whether entries may be read.
    is_own: OnceLock<bool>,
    packs: OnceLock<Packs>,
    writer: Mutex<Option<Writer>>,
}

impl Cache {
    /// Uses a subdirectory of `folder`, which is created when the first entry is added.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder::within(folder),
            is_own: OnceLock::new(),
            packs: OnceLock::new(),
            writer: Mutex::default(),
        }
    }

    /// Returns cached content with this digest, after verifying it.
    pub(crate) fn content(&self, digest: Digest, size: u64) -> Option<Vec<u8>> {
        let bytes = self.read(Key::content(digest), size)?;
        (bytes.len() as u64 == size && Digest::of(&bytes) == digest).then_some(bytes)
    }

    /// Adds content.
    pub(crate) fn keep(&self, digest: Digest, bytes: &[u8]) {
        self.write(Key::content(digest), bytes.into());
    }

    /// Returns the manifest that a tag pointed to when it was last read.
    pub(crate) fn tagged(&self, scope: &str, tag: &str) -> Option<(Descriptor, Vec<u8>)> {
        let mut bytes = self.read(Key::tag(scope, tag), MANIFEST_LIMIT + (64 << 10))?;
        // A digest of everything after it, because the manifest's own digest does not cover its
        // media type.
        let (digest, rest) = bytes.split_first_chunk()?;
        if Digest::of(rest) != Digest::from_bytes(*digest) {
            return None;
        }
        let start = digest.len();
        let end = start + rest.iter().position(|byte| *byte == b'\n')?;
        let descriptor: Descriptor = serde_json::from_slice(&bytes[start..end]).ok()?;
        bytes.drain(..=end);
        (Digest::of(&bytes) == descriptor.digest).then_some((descriptor, bytes))
    }

    /// Adds the manifest that a tag points to.
    pub(crate) fn keep_tagged(&self, scope: &str, tag: &str, manifest: &Descriptor, bytes: &[u8]) {
        if let Ok(mut content) = serde_json::to_vec(manifest) {
            content.push(b'\n');
            content.extend_from_slice(bytes);
            let digest = Digest::of(&content);
            content.splice(..0, *digest.as_bytes());
            self.write(Key::tag(scope, tag), content.into());
        }
    }

    fn read(&self, key: Key, limit: u64) -> Option<Vec<u8>> {
        if !self.is_own.get_or_init(|| folder::is_own(&self.folder)) {
            return None;
        }
        read(&key.path(&self.folder), limit).or_else(|| {
            let packs = || Packs::open(&self.folder.join(PACKS));
            self.packs.get_or_init(packs).read(key)
        })
    }

    /// Failures are ignored: nothing depends on the cache.
    fn write(&self, key: Key, content: Cow<'_, [u8]>) {
        if content.is_empty() {
            return;
        }
        // Larger content would be held in memory twice, and does not fit into a pack.
        if content.len() > LARGE {
            if folder::prepare(&self.folder).is_ok() {
                let _ = fs_err::write(key.path(&self.folder), content);
            }
            return;
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() {
            *writer = Writer::start(self.folder.clone());
        }
        if let Some(writer) = &*writer {
            writer.write(key, content.into_owned());
        }
    }
}

fn read(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let file = file::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    if length > limit {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
