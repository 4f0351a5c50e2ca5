//! Files that are written as a whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::report::Failure;

/// Creates a file that must not exist yet.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let file = write_beside(path, text)?;
    set_permissions(&file, None).map_err(|error| failed(path, &error))?;
    file.persist_noclobber(path)
        .map_err(|error| failed(path, &error.error))?;
    sync_folder(path);
    Ok(())
}

/// Creates a directory and its parents.
pub(crate) fn create_folder(path: &Path) -> Result<(), Failure> {
    fs_err::create_dir_all(path).map_err(|error| {
        let words = oci::fault::system_error(&error);
        Failure::new(
            format_args!("cannot create the directory {}: {words}", path.display()),
            Some("name another directory, or move what is in its way".to_owned()),
        )
    })
}

/// Replaces a file. Readers see the old or the new text, never a part of it. A symbolic link is
/// followed and kept.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let target = fs_err::canonicalize(path).map_err(|error| failed(path, &error))?;
    let permissions = fs_err::metadata(&target)
        .map_err(|error| failed(path, &error))?
        .permissions();
    let file = write_beside(&target, text)?;
    set_permissions(&file, Some(permissions)).map_err(|error| failed(path, &error))?;
    file.persist(&target)
        .map_err(|error| failed(path, &error.error))?;
    sync_folder(&target);
    Ok(())
}

/// Writes a temporary file to the same directory: a rename is atomic only within a file system.
fn write_beside(path: &Path, text: &str) -> Result<NamedTempFile, Failure> {
    let write = || -> io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new()
            .prefix(".plugyard-")
            .tempfile_in(folder(path))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error| failed(path, &error))
}

/// Temporary files can be read by their owner only; this one gets the permissions of the file it
/// replaces, or the usual ones.
fn set_permissions(file: &NamedTempFile, like: Option<std::fs::Permissions>) -> io::Result<()> {
    #[cfg(unix)]
    let default = Some(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    #[cfg(not(unix))]
    let default = None;
    match like.or(default) {
        Some(permissions) => file.as_file().set_permissions(permissions),
        None => Ok(()),
    }
}

/// Makes the rename survive a power failure. Errors are ignored: readers see the new file already.
fn sync_folder(path: &Path) {
    #[cfg(unix)]
    let _ = fs_err::File::open(folder(path)).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = path;
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let words = oci::fault::system_error(error);
    Failure::new(
        format_args!("cannot write {}: {words}", path.display()),
        Some("check free space and permissions, then repeat the command; the existing file was not changed".to_owned()),
    )
}
