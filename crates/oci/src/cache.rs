//! Content that was read before, kept on disk.
//!
//! Content is found by its digest, and checked whenever it is read. What a tag pointed at is only
//! a guess, for the registry to confirm. So nothing here is trusted, and files are written in
//! place: half of one is no content.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
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
/// How many files may wait to be written. With more of them the reader waits instead.
const WAITING: usize = 64;
/// What is larger does not wait, for it would be in memory twice.
const LARGE: usize = 256 << 10;

/// A folder with content that was read before. It may be removed at any time.
///
/// Files are written by a thread of their own, for to make one takes longer than to receive it.
/// To drop this waits for that thread.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    writer: Mutex<Option<Writer>>,
}

#[derive(Debug)]
struct Writer {
    files: SyncSender<(PathBuf, Vec<u8>)>,
    thread: JoinHandle<()>,
}

impl Cache {
    /// Uses a folder, which is made when something is kept.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            writer: Mutex::default(),
        }
    }

    /// Gives content, if it is here and whole.
    pub(crate) fn content(&self, digest: Digest, size: u64) -> Option<Vec<u8>> {
        let bytes = read(&self.content_path(digest), size)?;
        (bytes.len() as u64 == size && Digest::of(&bytes) == digest).then_some(bytes)
    }

    /// Keeps content.
    pub(crate) fn keep(&self, digest: Digest, bytes: &[u8]) {
        let path = self.content_path(digest);
        if bytes.len() <= LARGE {
            self.write(path, bytes.to_owned());
        } else if prepare(&self.folder).is_ok() {
            let _ = fs_err::write(path, bytes);
        }
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
        if let Ok(mut file) = serde_json::to_vec(manifest) {
            file.push(b'\n');
            file.extend_from_slice(bytes);
            self.write(self.tag_path(place, tag), file);
        }
    }

    /// Has a file written. Whatever goes wrong: to keep something is a favour.
    fn write(&self, path: PathBuf, bytes: Vec<u8>) {
        let files = {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            if writer.is_none() {
                *writer = Writer::start(self.folder.clone());
            }
            writer.as_ref().map(|writer| writer.files.clone())
        };
        if let Some(files) = files {
            let _ = files.send((path, bytes));
        }
    }

    fn content_path(&self, digest: Digest) -> PathBuf {
        self.folder.join("content").join(digest.hex())
    }

    fn tag_path(&self, place: &str, tag: &str) -> PathBuf {
        let name = Digest::of(format!("{place}\n{tag}").as_bytes());
        self.folder.join("tags").join(name.hex())
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        let writer = self
            .writer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(Writer { files, thread }) = writer.take() {
            drop(files);
            let _ = thread.join();
        }
    }
}

impl Writer {
    fn start(folder: PathBuf) -> Option<Self> {
        let (files, waiting) = sync_channel(WAITING);
        let name = "cache".to_owned();
        let thread = Builder::new().name(name);
        let thread = thread.spawn(move || write_all(&folder, &waiting)).ok()?;
        Some(Self { files, thread })
    }
}

fn write_all(folder: &Path, waiting: &Receiver<(PathBuf, Vec<u8>)>) {
    // With the way in closed nobody waits for what cannot be written.
    if prepare(folder).is_ok() {
        for (path, bytes) in waiting {
            let _ = fs_err::write(path, bytes);
        }
    }
}

fn prepare(folder: &Path) -> std::io::Result<()> {
    for part in ["content", "tags"] {
        fs_err::create_dir_all(folder.join(part))?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What a registry shows to this user is not for all users of this machine.
        let only_ours = std::fs::Permissions::from_mode(0o700);
        fs_err::set_permissions(folder, only_ours)?;
    }
    // The time of the file system, as that of all other files here.
    let probe = tempfile::NamedTempFile::new_in(folder)?;
    let now = probe.as_file().metadata()?.modified()?;
    let mark = folder.join(SWEPT);
    let before = fs_err::metadata(&mark).and_then(|mark| mark.modified());
    if before.is_ok_and(|before| now.duration_since(before).is_ok_and(|age| age < EVERY)) {
        return Ok(());
    }
    fs_err::write(&mark, "")?;
    sweep(folder, now)
}

/// Removes what is old, then the oldest until there is room.
fn sweep(folder: &Path, now: SystemTime) -> std::io::Result<()> {
    let mut files = Vec::new();
    for part in ["content", "tags"] {
        for entry in fs_err::read_dir(folder.join(part))? {
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
