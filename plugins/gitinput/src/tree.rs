//! The content of a commit's tree.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::deadline::Deadline;
use crate::git_process::{self, GitError};
use crate::snapshot::Snapshot;

/// A directory, file or link of the tree.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// Relative, without `.` and `..`.
    path: Vec<u8>,
    pub(crate) kind: Kind,
    /// The id of the git object with its content.
    pub(crate) object: String,
}

/// The kind of an entry, as git distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Folder,
    File,
    Executable,
    Link,
    Submodule,
}

/// Why a tree cannot be packed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TreeError {
    #[error(
        "commit {commit} has no path {path:?}; `git ls-tree -r --name-only {commit}` lists its paths"
    )]
    NoSuchPath { commit: String, path: String },

    #[error(
        "{0:?} is a submodule, whose files are not in this repository; choose a path without it, or pack its own repository"
    )]
    Submodule(String),

    #[error(
        "the tree contains the name {0:?}, which could overwrite other files when unpacked; remove it from the repository"
    )]
    HostileName(String),

    #[error("the tree contains {0:?} twice; check the repository with `git fsck`")]
    Twice(String),

    #[error("unexpected line {0:?} in the output of git ls-tree")]
    Unexpected(String),

    #[error(transparent)]
    Git(#[from] GitError),
}

/// Lists the content of `path` in `snapshot`, sorted by name, each directory before its content.
///
/// Names are relative to `path` if that is a directory. A file is listed alone, by its base name.
/// The empty path is the whole tree.
pub(crate) fn list(
    snapshot: &Snapshot,
    path: &str,
    deadline: &Deadline,
) -> Result<Vec<Entry>, TreeError> {
    let tree = if path.is_empty() {
        format!("{}^{{tree}}", snapshot.commit())
    } else {
        let no_such_path = || TreeError::NoSuchPath {
            commit: snapshot.commit().to_owned(),
            path: path.to_owned(),
        };
        let mut entry = ls_tree(snapshot, &[], &[snapshot.commit(), path], deadline)?
            .into_iter()
            .find(|entry| entry.path == path.as_bytes())
            .ok_or_else(no_such_path)?;
        if entry.kind != Kind::Folder {
            entry.path = path.rsplit('/').next().unwrap_or(path).into();
            return check(vec![entry]);
        }
        entry.object
    };
    check(ls_tree(snapshot, &["-r", "-t"], &[&tree], deadline)?)
}

fn ls_tree(
    snapshot: &Snapshot,
    options: &[&str],
    operands: &[&str],
    deadline: &Deadline,
) -> Result<Vec<Entry>, TreeError> {
    let mut git = snapshot.git();
    git.args(["ls-tree", "-z", "--full-tree"])
        .args(options)
        .arg("--end-of-options")
        .args(operands);
    git_process::output(git, "ls-tree", deadline)?
        .split(|&byte| byte == 0)
        .filter(|line| !line.is_empty())
        .map(|line| Entry::parse(line).ok_or_else(|| TreeError::Unexpected(readable(line))))
        .collect()
}

fn check(mut entries: Vec<Entry>) -> Result<Vec<Entry>, TreeError> {
    for entry in &entries {
        if entry.kind == Kind::Submodule {
            return Err(TreeError::Submodule(readable(&entry.path)));
        }
        // git does not create such trees, but a server can.
        let is_hostile =
            |name: &[u8]| matches!(name, b"" | b"." | b"..") || name.eq_ignore_ascii_case(b".git");
        if entry.path.split(|&byte| byte == b'/').any(is_hostile) {
            return Err(TreeError::HostileName(readable(&entry.path)));
        }
    }
    entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    match entries.windows(2).find(|pair| pair[0].path == pair[1].path) {
        Some(pair) => Err(TreeError::Twice(readable(&pair[0].path))),
        None => Ok(entries),
    }
}

impl Entry {
    /// Reads `100644 blob <id>\t<path>`.
    fn parse(line: &[u8]) -> Option<Self> {
        let tab = line.iter().position(|&byte| byte == b'\t')?;
        let mut words = str::from_utf8(&line[..tab]).ok()?.split(' ');
        let kind = match words.next()? {
            "040000" => Kind::Folder,
            "100755" => Kind::Executable,
            "120000" => Kind::Link,
            "160000" => Kind::Submodule,
            // Old trees also contain group-writable files.
            mode if mode.starts_with("100") => Kind::File,
            _ => return None,
        };
        let object = words.nth(1)?.to_owned();
        Some(Self {
            path: line[tab + 1..].to_vec(),
            kind,
            object,
        })
    }

    /// The relative path of the entry.
    pub(crate) fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }
}

/// `bytes` as text for a message; `{:?}` then escapes control characters.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(lines: &[&str]) -> Vec<Entry> {
        lines
            .iter()
            .map(|line| Entry::parse(line.as_bytes()).unwrap())
            .collect()
    }

    #[test]
    fn a_folder_is_listed_before_its_files() {
        let listed = check(entries(&[
            "100644 blob 1\ta-b",
            "100644 blob 2\ta/x",
            "040000 tree 3\ta",
            "100664 blob 4\tB",
        ]))
        .unwrap();
        let names: Vec<_> = listed
            .iter()
            .map(|entry| entry.path().to_str().unwrap())
            .collect();
        assert_eq!(names, ["B", "a", "a-b", "a/x"]);
        assert_eq!(listed[0].kind, Kind::File);
    }

    #[test]
    fn refuses_trees_that_are_unsafe_to_unpack() {
        for (lines, expected) in [
            (&["100644 blob 1\t../a"][..], r#"contains the name "../a""#),
            (
                &["100644 blob 1\tb/.GIT/config"],
                r#"contains the name "b/.GIT/config""#,
            ),
            (
                &["100644 blob 1\t/etc/passwd"],
                r#"contains the name "/etc/passwd""#,
            ),
            (&["160000 commit 1\tlibs/x"], r#""libs/x" is a submodule"#),
            (
                &["120000 blob 1\ta", "040000 tree 2\ta"],
                r#"contains "a" twice"#,
            ),
        ] {
            let message = check(entries(lines)).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
