//! Content that was read before, kept on disk.
//!
//! Content is found by its digest, and checked whenever it is read. What a tag pointed at is only
//! a guess, for the registry to confirm. So nothing here is trusted, and files are written in
//! place: half of one is no content.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::digest::Digest;
use crate::manifest::Descriptor;
use crate::store::MANIFEST_LIMIT;

/// Most bytes that are kept altogether.
const ROOM: u64 = 512 << 20;
/// What was kept for longer goes.
const AGE: Duration = Duration::from_hours(30 * 24);
/// How often it is looked for what should go.
const EVERY: Duration = Duration::from_hours(24);
const SWEPT: &str = "swept";

/// A folder with content that was read before. It may be removed at any time.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    prepared: AtomicBool,
}

impl Cache {
    /// Uses a folder, which is made when something is kept.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            prepared: AtomicBool::new(false),
        }
    }

    /// Gives content, if it is here and whole.
    pub(crate) fn content(&self, digest: Digest, size: u64) -> Option<Vec<u8>> {
        let bytes = read(&self.content_path(digest), size)?;
        (bytes.len() as u64 == size && Digest::of(&bytes) == digest).then_some(bytes)
    }

    /// Keeps content.
    pub(crate) fn keep(&self, digest: Digest, bytes: &[u8]) {
        self.write(&self.content_path(digest), &[bytes]);
    }

    /// Gives the manifest that a tag pointed at when it was read the last time.
    pub(crate) fn tagged(&self, place: &str, tag: &str) -> Option<(Descriptor, Vec<u8>)> {
        let mut bytes = read(&self.tag_path(place, tag), MANIFEST_LIMIT + (64 << 10))?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let descriptor: Descriptor = serde_json::from_slice(&bytes[..end]).ok()?;
        bytes.drain(..=end);
        (Digest::of(&bytes) == descriptor.digest).then_some((descriptor, bytes))
    }

    /// Keeps the manifest that a tag points at.
    pub(crate) fn keep_tagged(&self, place: &str, tag: &str, manifest: &Descriptor, bytes: &[u8]) {
        if let Ok(line) = serde_json::to_vec(manifest) {
            self.write(&self.tag_path(place, tag), &[&line, b"\n", bytes]);
        }
    }

    fn content_path(&self, digest: Digest) -> PathBuf {
        self.folder.join("content").join(digest.hex())
    }

    fn tag_path(&self, place: &str, tag: &str) -> PathBuf {
        let name = Digest::of(format!("{place}\n{tag}").as_bytes());
        self.folder.join("tags").join(name.hex())
    }

    /// Writes a file. Whatever goes wrong: to keep something is a favour.
    fn write(&self, path: &Path, parts: &[&[u8]]) {
        if !self.prepared.swap(true, Ordering::Relaxed) && self.prepare().is_err() {
            return;
        }
        let _ = fs_err::write(path, parts.concat());
    }

    fn prepare(&self) -> std::io::Result<()> {
        for part in ["content", "tags"] {
            fs_err::create_dir_all(self.folder.join(part))?;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What a registry shows to this user is not for all users of this machine.
            let only_ours = std::fs::Permissions::from_mode(0o700);
            fs_err::set_permissions(&self.folder, only_ours)?;
        }
        // The time of the file system, as that of all other files here.
        let probe = tempfile::NamedTempFile::new_in(&self.folder)?;
        let now = probe.as_file().metadata()?.modified()?;
        let mark = self.folder.join(SWEPT);
        let before = fs_err::metadata(&mark).and_then(|mark| mark.modified());
        if before.is_ok_and(|before| now.duration_since(before).is_ok_and(|age| age < EVERY)) {
            return Ok(());
        }
        fs_err::write(&mark, "")?;
        self.sweep(now)
    }

    /// Removes what is old, then the oldest until there is room.
    fn sweep(&self, now: SystemTime) -> std::io::Result<()> {
        let mut files = Vec::new();
        for part in ["content", "tags"] {
            for entry in fs_err::read_dir(self.folder.join(part))? {
                let entry = entry?;
                let metadata = entry.metadata()?;
                files.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        files.sort();
        let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (time, length, path) in files {
            let old = now.duration_since(time).is_ok_and(|age| age > AGE);
            if !old && total <= ROOM {
                break;
            }
            fs_err::remove_file(path)?;
            total -= length;
        }
        Ok(())
    }
}

fn read(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let file = fs_err::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    if length > limit {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
