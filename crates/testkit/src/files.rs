//! Directories for tests.

use std::fs;
use std::path::{Path, PathBuf};

/// Copies a directory with its content. Files become writable, as in a checkout.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Not `fs::copy`, which would copy the mode of a read-only blob.
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Lists all files below a directory by their relative paths, sorted, with their content.
pub fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    collect(folder, folder, &mut found);
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            found.push((name, fs::read(&path).unwrap()));
        }
    }
}

/// Lists the archives below a directory: directories that contain an artifact index, and archive
/// files.
pub fn archives(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    find_archives(folder, &mut found);
    found.sort();
    found
}

fn find_archives(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("artifact-index.json").is_file() {
        found.push(folder.to_owned());
        return;
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            find_archives(&path, found);
        } else if [".tgz", ".tar.gz", ".tar"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            found.push(path);
        }
    }
}
