//! Reading a regular file within a limit.
//!
//! Everything that a person, a pull request or an archive names by path is read here, so that a
//! file that grows, never ends or never answers costs an error and not the run.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::fault::system_error;

/// Why a file was not read. Displays as `cannot read PATH: REASON`.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {reason}", .path.display())]
pub struct FileError {
    /// The path as the caller gave it.
    pub path: PathBuf,
    /// Why, without the path: for messages that name it in another way.
    #[source]
    pub reason: Reason,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The operating system refused.
    #[error("{}", system_error(.0))]
    System(#[source] io::Error),
    /// It is not a regular file, so reading it may block or never end.
    #[error("it is {0}, not a regular file")]
    Kind(Kind),
    /// A symbolic link to a target outside the permitted directory.
    #[error("it is a symbolic link to a file outside its folder")]
    LinkOutside,
    /// It has more bytes than the caller accepts.
    #[error("it is larger than the limit of {0} bytes")]
    TooLarge(u64),
    /// The text has invalid bytes.
    #[error("it is not UTF-8 text: byte {0} is invalid")]
    NotText(usize),
}

/// What is at a path instead of a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Folder,
    /// A named pipe, which may block.
    Fifo,
    /// A socket.
    Socket,
    /// A device, which may have no end.
    Device,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "a folder",
            Self::Fifo => "a named pipe (FIFO)",
            Self::Socket => "a socket",
            Self::Device => "a device",
        })
    }
}

impl FileError {
    fn new(path: &Path, reason: Reason) -> Self {
        Self {
            path: path.to_owned(),
            reason,
        }
    }

    /// Returns whether the file, or a directory of its path, does not exist.
    pub fn is_absent(&self) -> bool {
        match &self.reason {
            Reason::System(error) => matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ),
            _ => false,
        }
    }

    /// How to fix it; `None` if the path may be wrong rather than the file.
    pub fn hint(&self) -> Option<&'static str> {
        match self.reason {
            Reason::System(_) | Reason::Kind(_) | Reason::TooLarge(_) => None,
            Reason::LinkOutside => Some("replace the link with a copy of the file"),
            Reason::NotText(_) => Some("save it as UTF-8"),
        }
    }
}

/// Opens a regular file, following symbolic links.
///
/// Never waits: a FIFO is refused like a device, a socket or a directory. The one exception is a
/// pipe that this process was started with, under its own name (`/dev/stdin`, or `/dev/fd/63`, as
/// shells write `<(COMMAND)`).
///
/// # Errors
/// The file is absent, may not be read, or is not a regular file.
pub fn open(path: &Path) -> Result<fs_err::File, FileError> {
    let failed = |reason| FileError::new(path, reason);
    let system = |error| failed(Reason::System(error));
    // Checked before opening, because opening a device can have effects.
    let metadata = fs_err::metadata(path).map_err(system)?;
    if is_inherited_pipe(path, &metadata) {
        return fs_err::File::open(path).map_err(system);
    }
    regular(&metadata).map_err(failed)?;
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    // It may have been replaced by a FIFO since, and opening that would wait for a writer.
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(non_blocking());
    }
    let file = options.open(path).map_err(system)?;
    regular(&file.metadata().map_err(system)?).map_err(failed)?;
    Ok(file)
}

/// Reads a regular file of at most `limit` bytes, following symbolic links.
///
/// # Errors
/// As [`open`], or the file is larger than `limit`.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let failed = |reason| FileError::new(path, reason);
    let file = open(path)?;
    match read_all(file, limit) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(failed(Reason::TooLarge(limit))),
        Err(error) => Err(failed(Reason::System(error))),
    }
}

/// Reads a regular file of at most `limit` bytes. If it is a symbolic link, its target must be
/// below the directory part of `path`, so that a link in a checked-out repository cannot reveal
/// another file of the machine.
///
/// # Errors
/// As [`read`], or the link leaves its directory.
pub fn read_in_folder(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let failed = |reason| FileError::new(path, reason);
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let system = |error| failed(Reason::System(error));
    let target = fs_err::canonicalize(path).map_err(system)?;
    if !target.starts_with(fs_err::canonicalize(folder).map_err(system)?) {
        return Err(failed(Reason::LinkOutside));
    }
    read(&target, limit).map_err(|error| failed(error.reason))
}

/// Reads the first `length` bytes of a regular file, or all of a shorter one.
///
/// # Errors
/// As [`open`].
pub fn read_start(path: &Path, length: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    match open(path)?.take(length).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(FileError::new(path, Reason::System(error))),
    }
}

/// Decodes the bytes of the file at `path` as UTF-8.
///
/// # Errors
/// [`Reason::NotText`].
pub fn text(path: &Path, bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        FileError::new(path, Reason::NotText(at))
    })
}

/// Reads `reader` to its end; returns `None` if it has more than `limit` bytes.
///
/// # Errors
/// Reading fails.
pub fn read_all(reader: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

fn regular(metadata: &std::fs::Metadata) -> Result<(), Reason> {
    let found = metadata.file_type();
    if found.is_file() {
        Ok(())
    } else if found.is_dir() {
        Err(Reason::Kind(Kind::Folder))
    } else {
        Err(Reason::Kind(special(found)))
    }
}

#[cfg(unix)]
fn is_inherited_pipe(path: &Path, metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let inherited = ["/dev/stdin", "/dev/fd", "/proc/self/fd"];
    metadata.file_type().is_fifo() && inherited.iter().any(|name| path.starts_with(name))
}

#[cfg(not(unix))]
fn is_inherited_pipe(_path: &Path, _metadata: &std::fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn special(found: std::fs::FileType) -> Kind {
    use std::os::unix::fs::FileTypeExt as _;
    if found.is_fifo() {
        Kind::Fifo
    } else if found.is_socket() {
        Kind::Socket
    } else {
        Kind::Device
    }
}

#[cfg(not(unix))]
fn special(_found: std::fs::FileType) -> Kind {
    Kind::Device
}

#[cfg(unix)]
fn non_blocking() -> i32 {
    rustix::fs::OFlags::NONBLOCK.bits().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_at_the_limit_is_read_and_a_larger_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("five");
        fs_err::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read_start(&path, 3).unwrap(), b"123");
        let error = read(&path, 4).unwrap_err();
        let expected = format!(
            "cannot read {}: it is larger than the limit of 4 bytes",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn an_absent_file_is_distinguished_from_an_unreadable_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs_err::write(&file, "").unwrap();
        assert!(
            read(&folder.path().join("none"), 1)
                .unwrap_err()
                .is_absent()
        );
        assert!(read(&file.join("below"), 1).unwrap_err().is_absent());
        assert!(!read(folder.path(), 1).unwrap_err().is_absent());
    }

    #[test]
    fn text_names_its_first_invalid_byte() {
        let error = text(Path::new("x.yaml"), b"abc\xff".to_vec()).unwrap_err();
        let expected = "cannot read x.yaml: it is not UTF-8 text: byte 3 is invalid";
        assert_eq!(error.to_string(), expected);
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_read_and_reading_never_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let socket = folder.path().join("socket");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, expected) in [
            (
                fifo.as_path(),
                "it is a named pipe (FIFO), not a regular file",
            ),
            (&socket, "it is a socket, not a regular file"),
            (Path::new("/dev/zero"), "it is a device, not a regular file"),
            (folder.path(), "it is a folder, not a regular file"),
        ] {
            assert_eq!(read(path, 10).unwrap_err().reason.to_string(), expected);
            assert_eq!(
                read_start(path, 10).unwrap_err().reason.to_string(),
                expected
            );
            let within = read_in_folder(path, 10).unwrap_err();
            assert_eq!(within.reason.to_string(), expected);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_from_the_shell_is_read() {
        use std::os::fd::AsRawFd as _;
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, b"piped").unwrap();
        drop(writer);
        let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        assert_eq!(read(&path, 5).unwrap(), b"piped");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_may_be_confined_to_its_folder() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs_err::create_dir_all(inside.join("deep")).unwrap();
        fs_err::write(inside.join("deep/file"), "in").unwrap();
        fs_err::write(folder.path().join("file"), "out").unwrap();
        symlink("deep/file", inside.join("kept")).unwrap();
        symlink("../file", inside.join("leaving")).unwrap();
        assert_eq!(read(&inside.join("leaving"), 9).unwrap(), b"out");
        assert_eq!(read_in_folder(&inside.join("kept"), 9).unwrap(), b"in");
        let error = read_in_folder(&inside.join("leaving"), 9).unwrap_err();
        assert!(matches!(error.reason, Reason::LinkOutside), "{error}");
        assert_eq!(error.path, inside.join("leaving"));
        // The directory itself may be reached through a link.
        symlink("inside", folder.path().join("alias")).unwrap();
        let through = folder.path().join("alias/kept");
        assert_eq!(read_in_folder(&through, 9).unwrap(), b"in");
    }
}
