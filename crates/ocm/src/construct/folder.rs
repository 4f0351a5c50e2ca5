//! A directory as a reproducible tar archive.
//!
//! The bytes are those of the official tools with `reproducible: true`: sorted entries without
//! times, owners and owner names.

use std::fs::Metadata;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use super::content::InputError;
use crate::glob::Glob;

/// Maximum nesting of directories.
const DEPTH_LIMIT: usize = 128;

/// Maximum number of files and directories in an archive: followed links can lead back to a parent
/// directory again and again.
const ENTRY_LIMIT: usize = 100_000;

/// The directory to pack, with its options.
pub(super) struct Archive<'a> {
    pub(super) root: &'a Path,
    pub(super) spelled: &'a str,
    /// The constructor's directory, which followed links may not leave.
    pub(super) boundary: &'a Path,
    pub(super) preserve_dir: bool,
    pub(super) follow_symlinks: bool,
    pub(super) include: &'a [Glob],
    pub(super) exclude: &'a [Glob],
}

impl Archive<'_> {
    /// Writes the archive to a temporary file.
    pub(super) fn write(&self) -> Result<tempfile::TempPath, InputError> {
        let failed = |source| InputError::Unreadable {
            path: self.spelled.to_owned(),
            source,
        };
        if !self.root.is_dir() {
            return Err(InputError::Kind {
                path: self.spelled.to_owned(),
                expected: "folder",
            });
        }
        let file = tempfile::NamedTempFile::new().map_err(failed)?;
        let mut builder = Builder::new(BufWriter::new(file));
        let top = match self.root.file_name() {
            Some(name) if self.preserve_dir => PathBuf::from(name),
            _ => PathBuf::from("."),
        };
        let metadata = fs_err::metadata(self.root).map_err(failed)?;
        append_folder(&mut builder, &top, &metadata).map_err(failed)?;
        let prefix = if self.preserve_dir {
            top
        } else {
            PathBuf::new()
        };
        self.append(&mut builder, Path::new(""), &prefix, 0, &mut 0)?;
        let mut writer = builder.into_inner().map_err(failed)?;
        writer.flush().map_err(failed)?;
        let file = writer
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        Ok(file.into_temp_path())
    }

    fn append(
        &self,
        builder: &mut Builder<impl Write>,
        below: &Path,
        prefix: &Path,
        depth: usize,
        count: &mut usize,
    ) -> Result<(), InputError> {
        let folder = self.root.join(below);
        let failed = |source| InputError::Unreadable {
            path: Path::new(self.spelled).join(below).display().to_string(),
            source,
        };
        if depth > DEPTH_LIMIT {
            return Err(failed(io::Error::other(format!(
                "more than {DEPTH_LIMIT} folders deep"
            ))));
        }
        let too_many = || {
            let reason = format!("more than {ENTRY_LIMIT} files and folders");
            failed(io::Error::other(reason))
        };
        let entries = fs_err::read_dir(&folder).map_err(failed)?;
        let mut names = entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<io::Result<Vec<_>>>()
            .map_err(failed)?;
        names.sort();
        for name in names {
            *count += 1;
            if *count > ENTRY_LIMIT {
                return Err(too_many());
            }
            let inner = below.join(&name);
            let path = folder.join(&name);
            let mut metadata = fs_err::symlink_metadata(&path).map_err(failed)?;
            if metadata.is_symlink() && self.follow_symlinks {
                let target = fs_err::canonicalize(&path).map_err(failed)?;
                if !target.starts_with(self.boundary) {
                    return Err(InputError::Outside {
                        path: Path::new(self.spelled).join(inner).display().to_string(),
                        target: target.display().to_string(),
                    });
                }
                metadata = fs_err::metadata(&path).map_err(failed)?;
            }
            if metadata.is_dir() {
                append_folder(builder, &prefix.join(&inner), &metadata).map_err(failed)?;
                self.append(builder, &inner, prefix, depth + 1, count)?;
            } else if metadata.is_file() {
                if self.takes(&inner) {
                    append_file(builder, &prefix.join(&inner), &path, &metadata).map_err(failed)?;
                }
            } else {
                return Err(InputError::Kind {
                    path: Path::new(self.spelled).join(inner).display().to_string(),
                    expected: "folder or regular file",
                });
            }
        }
        Ok(())
    }

    fn takes(&self, inner: &Path) -> bool {
        let text = inner.to_string_lossy();
        let matches = |patterns: &[Glob]| patterns.iter().any(|pattern| pattern.matches(&text));
        (self.include.is_empty() || matches(self.include)) && !matches(self.exclude)
    }
}

fn header(metadata: &Metadata, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode(metadata));
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    // Go writes zeros here, not spaces.
    let _ = header.set_device_major(0);
    let _ = header.set_device_minor(0);
    header
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
}

#[cfg(not(unix))]
fn mode(metadata: &Metadata) -> u32 {
    if metadata.is_dir() { 0o755 } else { 0o644 }
}

fn append_folder(
    builder: &mut Builder<impl Write>,
    path: &Path,
    metadata: &Metadata,
) -> io::Result<()> {
    let mut header = header(metadata, EntryType::Directory, 0);
    let name = format!("{}/", path.display());
    set_path(&mut header, &name)?;
    set_checksum(&mut header);
    builder.append(&header, io::empty())
}

fn append_file(
    builder: &mut Builder<impl Write>,
    name: &Path,
    path: &Path,
    metadata: &Metadata,
) -> io::Result<()> {
    let mut header = header(metadata, EntryType::Regular, metadata.len());
    set_path(&mut header, &name.display().to_string())?;
    set_checksum(&mut header);
    builder.append(
        &header,
        io::Read::take(fs_err::File::open(path)?, metadata.len()),
    )
}

/// Writes the checksum as Go does: six digits, a zero byte and a space.
fn set_checksum(header: &mut Header) {
    header.set_cksum();
    if let Ok(sum) = header.cksum() {
        let text = format!("{sum:06o}\0 ");
        header.as_old_mut().cksum.copy_from_slice(text.as_bytes());
    }
}

/// Writes the name as spelled; the library would remove `./`.
fn set_path(header: &mut Header, name: &str) -> io::Result<()> {
    let bytes = name.as_bytes();
    let ustar = header
        .as_ustar_mut()
        .ok_or_else(|| io::Error::other("not a ustar header"))?;
    if bytes.len() <= ustar.name.len() {
        ustar.name[..bytes.len()].copy_from_slice(bytes);
        return Ok(());
    }
    // Go splits at the last slash that leaves a prefix of at most 155 bytes.
    let limit = bytes.len().min(ustar.prefix.len() + 1);
    let trimmed = &bytes[..limit.min(bytes.len() - 1)];
    let split = trimmed
        .iter()
        .rposition(|byte| *byte == b'/')
        .filter(|at| *at > 0);
    match split {
        Some(at) if bytes.len() - at - 1 <= ustar.name.len() => {
            ustar.prefix[..at].copy_from_slice(&bytes[..at]);
            ustar.name[..bytes.len() - at - 1].copy_from_slice(&bytes[at + 1..]);
            Ok(())
        }
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("the name `{name}` is too long for a tar archive"),
        )),
    }
}
