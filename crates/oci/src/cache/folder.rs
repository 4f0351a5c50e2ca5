//! The cache directory: its creation, its owner, and the removal of old entries.
//!
//! The user may name any existing directory. All files are in a subdirectory that was created here,
//! is marked as a cache, and is accessible to this user only. Another directory of that name is
//! neither read nor changed.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::key::Kind;
use crate::file;

/// Name of the subdirectory of packs.
pub(super) const PACKS: &str = "packs";
/// File name prefix of a pack.
pub(super) const PACK_PREFIX: &str = "pack-";
/// Name of the cache's subdirectory; it changes with the format of the entries.
const SUBFOLDER: &str = "oci-v2";
/// File that marks a directory as a cache (<https://bford.info/cachedir/>), and as this one.
const MARK: &str = "CACHEDIR.TAG";
const MARK_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of OCI registries that plugyard created. It can be removed at any time.
";
/// Its modification time is the time at which old entries were last removed.
const SWEPT: &str = "swept";
/// The permission bits of the group and of all other users.
#[cfg(unix)]
const OTHERS: u32 = 0o077;
/// Maximum size in bytes of all entries.
const ROOM: u64 = 512 << 20;
/// Entries are removed at this age.
const AGE: Duration = Duration::from_hours(30 * 24);
/// Interval between searches for old entries.
const EVERY: Duration = Duration::from_hours(24);

/// Returns the path of the cache in the directory that the user named.
pub(super) fn within(folder: &Path) -> PathBuf {
    folder.join(SUBFOLDER)
}

/// Returns whether a directory is a cache of this user, so that its entries may be read.
pub(super) fn is_own(folder: &Path) -> bool {
    let marked = file::read(&folder.join(MARK), MARK_TEXT.len() as u64)
        .is_ok_and(|text| text == MARK_TEXT.as_bytes());
    marked && fs_err::symlink_metadata(folder).is_ok_and(|metadata| is_private(&metadata))
}

/// Returns whether it is a directory, not a link, that no other user can change.
#[cfg(unix)]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid().as_raw();
    metadata.is_dir() && metadata.uid() == user && metadata.mode() & OTHERS == 0
}

#[cfg(not(unix))]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    metadata.is_dir()
}

/// Creates the cache if it does not exist, and removes old entries once a day.
///
/// # Errors
/// It is another user's directory, or is not writable.
pub(super) fn prepare(folder: &Path) -> io::Result<()> {
    create(folder)?;
    if !is_own(folder) {
        let text = "the folder was not created as a cache of this user";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    for subfolder in subfolders() {
        create_private(&folder.join(subfolder))?;
    }
    // The clock of the file system, which is also the one of all files here.
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

/// Creates the directory under a temporary name, so that it is never visible without the mark.
fn create(folder: &Path) -> io::Result<()> {
    if fs_err::symlink_metadata(folder).is_ok() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(parent)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".plugyard-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What a registry shows this user must not be readable by other users of the machine.
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    let new = builder.tempdir_in(parent)?;
    let mut mark = fs_err::File::create_new(new.path().join(MARK))?;
    mark.write_all(MARK_TEXT.as_bytes())?;
    match fs_err::rename(new.path(), folder) {
        Ok(()) => {
            let _ = new.keep();
            Ok(())
        }
        // Another process created it first.
        Err(_) if fs_err::symlink_metadata(folder).is_ok() => Ok(()),
        Err(error) => Err(error),
    }
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn subfolders() -> [&'static str; 3] {
    [Kind::Content.folder(), Kind::Tag.folder(), PACKS]
}

/// Removes entries that are too old, then the oldest ones until the rest is within the limit.
fn sweep(folder: &Path, now: SystemTime) -> io::Result<()> {
    let mut files = Vec::new();
    for subfolder in subfolders() {
        for entry in fs_err::read_dir(folder.join(subfolder))? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_file() && is_entry(&entry.file_name()) {
                files.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
    }
    files.sort();
    let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (time, length, path) in files {
        let is_old = now.duration_since(time).is_ok_and(|age| age > AGE);
        if !is_old && total <= ROOM {
            break;
        }
        fs_err::remove_file(path)?;
        total -= length;
    }
    Ok(())
}

/// Returns whether a file name has the form of those written here: a pack, or a digest in hex.
fn is_entry(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        let is_hex = || name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        name.starts_with(PACK_PREFIX) || is_hex()
    })
}
