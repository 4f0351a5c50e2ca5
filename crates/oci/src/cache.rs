//! Content that was read before, kept on disk.
//!
//! Content is found by its digest, and checked whenever it is read. What a tag pointed at is only
//! a guess, for the registry to confirm. So nothing here is trusted, and files are written in
//! place: half of one is no content. A few entries are a file each, many are one pack.

mod pack;
mod writer;

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use crate::digest::Digest;
use crate::manifest::Descriptor;
use crate::store::MANIFEST_LIMIT;
use pack::Packs;
use writer::Writer;

/// Most bytes that are kept altogether.
const ROOM: u64 = 512 << 20;
/// What was kept for longer goes.
const AGE: Duration = Duration::from_hours(30 * 24);
/// How often it is looked for what should go.
const EVERY: Duration = Duration::from_hours(24);
const SWEPT: &str = "swept";
/// The folder of packs.
const PACKS: &str = "packs";
const FOLDERS: [&str; 3] = [Part::Content.folder(), Part::Tags.folder(), PACKS];
/// What is larger is written at once: it would be in memory twice, and is no matter for a pack.
const LARGE: usize = 256 << 10;

/// A folder with content that was read before. It may be removed at any time.
///
/// To drop this waits until what is kept is written.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    packs: OnceLock<Packs>,
    writer: Mutex<Option<Writer>>,
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    /// Content, by its digest.
    Content,
    /// What tags point at.
    Tags,
}

impl Part {
    const fn folder(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Tags => "tags",
        }
    }
}

/// The name of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    part: Part,
    name: Digest,
}

impl Key {
    fn content(digest: Digest) -> Self {
        Self {
            part: Part::Content,
            name: digest,
        }
    }

    fn tag(place: &str, tag: &str) -> Self {
        Self {
            part: Part::Tags,
            name: Digest::of(format!("{place}\n{tag}").as_bytes()),
        }
    }

    /// Its file, where it is not in a pack.
    fn path(self, folder: &Path) -> PathBuf {
        folder.join(self.part.folder()).join(self.name.hex())
    }
}

impl Cache {
    /// Uses a folder, which is made when something is kept.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            packs: OnceLock::new(),
            writer: Mutex::default(),
        }
    }

    /// Gives content, if it is here and whole.
    pub(crate) fn content(&self, digest: Digest, size: u64) -> Option<Vec<u8>> {
        let bytes = self.read(Key::content(digest), size)?;
        (bytes.len() as u64 == size && Digest::of(&bytes) == digest).then_some(bytes)
    }

    /// Keeps content.
    pub(crate) fn keep(&self, digest: Digest, bytes: &[u8]) {
        self.write(Key::content(digest), bytes.into());
    }

    /// Gives the manifest that a tag pointed at when it was read the last time.
    pub(crate) fn tagged(&self, place: &str, tag: &str) -> Option<(Descriptor, Vec<u8>)> {
        let mut bytes = self.read(Key::tag(place, tag), MANIFEST_LIMIT + (64 << 10))?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let descriptor: Descriptor = serde_json::from_slice(&bytes[..end]).ok()?;
        bytes.drain(..=end);
        (Digest::of(&bytes) == descriptor.digest).then_some((descriptor, bytes))
    }

    /// Keeps the manifest that a tag points at.
    pub(crate) fn keep_tagged(&self, place: &str, tag: &str, manifest: &Descriptor, bytes: &[u8]) {
        if let Ok(mut content) = serde_json::to_vec(manifest) {
            content.push(b'\n');
            content.extend_from_slice(bytes);
            self.write(Key::tag(place, tag), content.into());
        }
    }

    fn read(&self, key: Key, limit: u64) -> Option<Vec<u8>> {
        read(&key.path(&self.folder), limit).or_else(|| {
            let packs = || Packs::open(&self.folder.join(PACKS));
            self.packs.get_or_init(packs).read(key)
        })
    }

    /// Whatever goes wrong: to keep something is a favour.
    fn write(&self, key: Key, content: Cow<'_, [u8]>) {
        if content.is_empty() {
            return;
        }
        if content.len() > LARGE {
            if prepare(&self.folder).is_ok() {
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

fn prepare(folder: &Path) -> std::io::Result<()> {
    for part in FOLDERS {
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
    for part in FOLDERS {
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
