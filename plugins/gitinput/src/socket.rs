//! The unix socket the plugin listens on.

use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// The socket's file, removed when this is dropped.
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

/// Listens on `<folder>/<id>-plugin.socket`.
///
/// If another running instance uses that path, or it cannot be used for another
/// reason, a free one is chosen: `ocm` only reads the printed address.
pub(crate) fn listen(folder: &Path, id: &str) -> io::Result<(UnixListener, SocketFile)> {
    let folder = std::path::absolute(folder)?;
    let preferred = folder.join(format!("{id}-plugin.socket"));
    let (listener, path) = match listen_at(&folder, &preferred) {
        Ok(listener) => (listener, preferred),
        Err(_) => listen_elsewhere(&folder)?,
    };
    let inode = fs_err::symlink_metadata(&path)?.ino();
    let file = SocketFile { path, inode };
    // Anyone who can write to the socket can make us read this user's files.
    fs_err::set_permissions(&file.path, PermissionsExt::from_mode(0o600))?;
    Ok((listener, file))
}

fn listen_at(folder: &Path, path: &Path) -> io::Result<UnixListener> {
    // Two instances that find the same stale file must not both remove it, because
    // the second would remove the new socket of the first.
    let lock = fs_err::File::open(folder)?;
    lock.file().try_lock()?;
    match fs_err::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
        Ok(metadata) => {
            let refused = UnixStream::connect(path)
                .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
            if !metadata.file_type().is_socket() || !refused {
                return Err(ErrorKind::AddrInUse.into());
            }
            fs_err::remove_file(path)?;
        }
    }
    UnixListener::bind(path)
}

/// Uses short names, because the path of a socket must fit into about 100 bytes.
fn listen_elsewhere(folder: &Path) -> io::Result<(UnixListener, PathBuf)> {
    tempfile::Builder::new()
        .prefix("gitinput-")
        .suffix(".socket")
        .make_in(folder, |path| UnixListener::bind(path))?
        .keep()
        .map_err(Into::into)
}

impl SocketFile {
    /// The absolute path of the socket.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours =
            fs_err::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.ino() == self.inode);
        if is_ours {
            let _ = fs_err::remove_file(&self.path);
        }
    }
}
