//! Git repositories for tests.

use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A path that does not fit into the name field of a tar header.
pub(crate) const LONG_NAME: &str = concat!(
    "deep/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.txt",
);

/// A clone with a work tree.
pub(crate) struct Repository {
    pub(crate) folder: PathBuf,
}

impl Repository {
    /// Creates an empty repository in `folder`.
    pub(crate) fn empty(folder: PathBuf) -> Self {
        fs_err::create_dir_all(&folder).unwrap();
        let repository = Self { folder };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Creates a repository with two commits on `main`, the tags `v1` (with a
    /// message) and `v2`, and the branch `next`.
    pub(crate) fn sample(folder: PathBuf) -> Self {
        let repository = Self::empty(folder);
        repository.write("README.md", "one\n");
        repository.write("docs/guide/start.md", "start\n");
        repository.write("docs-index.md", "index\n");
        repository.write("Ärger.txt", "");
        repository.write(LONG_NAME, "deep\n");
        repository.write("bin/run", "#!/bin/sh\n");
        let run = repository.folder.join("bin/run");
        fs_err::set_permissions(run, PermissionsExt::from_mode(0o775)).unwrap();
        symlink("./docs//guide/start.md", repository.folder.join("link")).unwrap();
        symlink(
            format!("../{LONG_NAME}"),
            repository.folder.join("bin/long"),
        )
        .unwrap();
        repository.commit("first");
        repository.git(&["tag", "--annotate", "--message=first", "v1"]);

        repository.write("README.md", "two\n");
        repository.commit("second");
        repository.git(&["tag", "v2"]);

        repository.git(&["checkout", "--quiet", "-b", "next"]);
        repository.write("README.md", "next\n");
        repository.commit("third");
        repository.git(&["checkout", "--quiet", "main"]);
        repository
    }

    /// Writes a file into the work tree.
    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.folder.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    /// Commits the whole work tree.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// The full id of `revision`.
    pub(crate) fn id(&self, revision: &str) -> String {
        self.git(&["rev-parse", revision])
    }

    /// Stores a tree with one file named `name`, even an invalid one, and points the
    /// branch `hostile` to it.
    pub(crate) fn commit_hostile_name(&self, name: &str) {
        let blob = self.id("main:README.md");
        let mut tree = format!("100644 {name}\0").into_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        tree.extend(blob.as_bytes().chunks(2).map(byte));
        let mut child = git(&self.folder)
            .args(["hash-object", "--literally", "-t", "tree", "-w", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&tree).unwrap();
        let output = child.wait_with_output().unwrap();
        let tree = String::from_utf8(output.stdout).unwrap();
        let commit = self.git(&["commit-tree", "-m", "hostile", tree.trim()]);
        self.git(&["branch", "--force", "hostile", &commit]);
    }

    /// Runs git in the work tree and returns what it prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = git(&self.folder).args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder);
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_NAME"), "Test")
            .env(format!("GIT_{who}_EMAIL"), "test@example.org");
    }
    git.env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    git
}
