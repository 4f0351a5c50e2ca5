//! A directory that many tests start from: built once, kept in memory, and written for each of
//! them.
//!
//! Building one takes several runs of the program, writing one a few files.

use std::fs::Permissions;
use std::path::{Path, PathBuf};

/// The content of a directory.
pub(crate) struct Template(Vec<(PathBuf, Content)>);

enum Content {
    Folder,
    File(Vec<u8>, Permissions),
}

impl Template {
    /// Reads everything in a directory, which must have nothing but directories and files.
    pub(crate) fn read(root: &Path) -> Self {
        let mut entries = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root).unwrap().to_owned();
                let metadata = fs_err::symlink_metadata(&path).unwrap();
                assert!(!metadata.is_symlink(), "{} is a link", path.display());
                if metadata.is_dir() {
                    entries.push((name, Content::Folder));
                    folders.push(path);
                } else {
                    let bytes = fs_err::read(&path).unwrap();
                    entries.push((name, Content::File(bytes, metadata.permissions())));
                }
            }
        }
        Self(entries)
    }

    /// Writes everything into a directory.
    pub(crate) fn write(&self, root: &Path) {
        // A directory comes before what is in it.
        for (name, content) in &self.0 {
            let path = root.join(name);
            match content {
                Content::Folder => fs_err::create_dir_all(path).unwrap(),
                Content::File(bytes, permissions) => {
                    fs_err::write(&path, bytes).unwrap();
                    fs_err::set_permissions(path, permissions.clone()).unwrap();
                }
            }
        }
    }
}
