//! Files that are there whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::report::Failure;

/// Makes a file that must not exist yet.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let file = write_beside(path, text)?;
    set_permissions(&file, None).map_err(|error| failed(path, &error))?;
    file.persist_noclobber(path)
        .map_err(|error| failed(path, &error.error))?;
    sync_folder(path);
    Ok(())
}

/// Makes a folder, and those that it lies in.
pub(crate) fn create_folder(path: &Path) -> Result<(), Failure> {
    fs_err::create_dir_all(path).map_err(|error| {
        let words = oci::fault::system_error(&error);
        Failure::new(
            format_args!("cannot make the folder {}: {words}", path.display()),
            Some("name another folder, or take away what is in its place".to_owned()),
        )
    })
}

/// Replaces a file. Readers see the old or the new text and never a part; a link stays one.
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

/// Writes a temporary file into the same folder: a rename is atomic only within one file system.
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

/// A temporary file is the owner's alone; this one is to be read like any other.
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

/// Has the rename survive a power cut. The file is there already, and readers see it, so that a
/// failure changes nothing.
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
        Some("see that there is room and that the folder can be written to, then repeat the command: what was there is unchanged".to_owned()),
    )
}
