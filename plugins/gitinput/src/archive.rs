//! Writes a tree as a tar that depends on nothing but the tree.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use tar::{Builder, EntryType, Header};

use crate::objects::Objects;
use crate::tree::{Entry, Kind};

const CONTENT_LIMIT: u64 = 8 << 30;
/// Linux allows no longer targets.
const LINK_LIMIT: u64 = 4096;
/// Length of the link target field in a header, in bytes.
const SHORT_LINK: usize = 100;

/// Why a tree could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("cannot read {path:?} from git: {source}")]
    Read { path: String, source: io::Error },

    #[error("cannot write {path:?} to the archive: {source}")]
    Write { path: String, source: io::Error },

    #[error("the files of this tree are larger than {} GiB; choose a smaller path", CONTENT_LIMIT >> 30)]
    TooLarge,

    #[error("the target of link {0:?} is longer than {LINK_LIMIT} bytes")]
    LongLink(String),

    #[error("link {0:?} has no valid target; remove it from the repository")]
    NoTarget(String),

    #[error("cannot finish the archive: {0}")]
    Finish(io::Error),
}

/// Content being copied to the archive. `failure` distinguishes a read error from
/// a write error.
struct Content<R> {
    inner: R,
    left: u64,
    failure: Option<io::Error>,
}

/// Writes `entries` to `out`, with contents from `objects`.
///
/// Owners, times and the umask have no effect: user and group 0 without names, time 0, mode 0755
/// for directories and executables, 0644 for files and 0777 for links.
pub(crate) fn write<W: Write>(
    entries: &[Entry],
    objects: &mut Objects,
    out: W,
) -> Result<W, ArchiveError> {
    let mut tar = Builder::new(out);
    let mut left = CONTENT_LIMIT;
    for entry in entries {
        let path = || entry.path().display().to_string();
        let read = |source| ArchiveError::Read {
            path: path(),
            source,
        };
        let written = match entry.kind {
            Kind::Folder | Kind::Submodule => write_folder(&mut tar, entry.path()),
            Kind::File | Kind::Executable => {
                let size = objects.request(&entry.object).map_err(read)?;
                left = left.checked_sub(size).ok_or(ArchiveError::TooLarge)?;
                let mode = if entry.kind == Kind::File {
                    0o644
                } else {
                    0o755
                };
                let mut header = header(EntryType::Regular, mode, size);
                let mut content = Content {
                    inner: objects.content(size),
                    left: size,
                    failure: None,
                };
                let written = tar.append_data(&mut header, entry.path(), &mut content);
                let Content {
                    left: missing,
                    failure,
                    ..
                } = content;
                if let Some(source) = failure {
                    return Err(read(source));
                }
                if written.is_ok() {
                    // Missing content would shift everything that follows.
                    if missing > 0 {
                        return Err(read(ErrorKind::UnexpectedEof.into()));
                    }
                    objects.end_content().map_err(read)?;
                }
                written
            }
            Kind::Link => {
                let size = objects.request(&entry.object).map_err(read)?;
                if size > LINK_LIMIT {
                    return Err(ArchiveError::LongLink(path()));
                }
                let mut target = Vec::new();
                objects
                    .content(size)
                    .read_to_end(&mut target)
                    .map_err(read)?;
                objects.end_content().map_err(read)?;
                if target.is_empty() || target.contains(&0) {
                    return Err(ArchiveError::NoTarget(path()));
                }
                write_link(&mut tar, entry.path(), &target)
            }
        };
        written.map_err(|source| ArchiveError::Write {
            path: path(),
            source,
        })?;
    }
    tar.into_inner().map_err(ArchiveError::Finish)
}

fn write_folder<W: Write>(tar: &mut Builder<W>, path: &Path) -> io::Result<()> {
    let mut header = header(EntryType::Directory, 0o755, 0);
    // In a tar file, the name of a directory ends with a slash.
    tar.append_data(&mut header, path.join(""), io::empty())
}

fn write_link<W: Write>(tar: &mut Builder<W>, path: &Path, target: &[u8]) -> io::Result<()> {
    let mut header = header(EntryType::Symlink, 0o777, 0);
    if target.len() > SHORT_LINK {
        return tar.append_link(&mut header, path, OsStr::from_bytes(target));
    }
    // `append_link` would normalise the target, and a link to `./a` is not a
    // link to `a`.
    header.set_link_name_literal(target)?;
    tar.append_data(&mut header, path, io::empty())
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(length) => {
                self.left -= length as u64;
                Ok(length)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failure = Some(error);
                Err(kind.into())
            }
        }
    }
}
