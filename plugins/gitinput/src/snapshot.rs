//! One commit of a repository, made available on this machine.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::deadline::Deadline;
use crate::git_process::{self, GitError};
use crate::spec::Repository;

/// Where a fetched ref is kept in the temporary repository.
const WANTED: &str = "refs/gitinput/wanted";

/// A commit whose objects can be read.
pub(crate) struct Snapshot {
    folder: PathBuf,
    commit: String,
    /// Removed with the snapshot; `None` if the repository is read in place.
    _fetched: Option<TempDir>,
}

/// Why a repository could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error(
        "cannot open repository {path:?}: {source}; a relative path is relative to the working directory of `ocm`"
    )]
    NoFolder { path: PathBuf, source: io::Error },

    #[error(
        "{0:?} is not a git repository; use the top-level directory of a clone, or a bare repository"
    )]
    NotARepository(PathBuf),

    #[error("repository {repository} has no branch, tag or commit {reference:?}; {hint}")]
    NoSuchRef {
        repository: String,
        reference: String,
        hint: String,
    },

    #[error("cannot read repository {repository}: {message}")]
    Unreadable { repository: String, message: String },

    #[error("cannot fetch from {url}: {message}")]
    Fetch { url: String, message: String },

    #[error("cannot create a temporary directory: {0}")]
    Temporary(io::Error),

    #[error(transparent)]
    Git(#[from] GitError),
}

impl Snapshot {
    /// Finds `reference` in `repository`.
    ///
    /// A remote is fetched into a directory below `workspace`: only the one commit if
    /// the server allows it, otherwise all branches and tags.
    pub(crate) fn open(
        repository: &Repository,
        reference: &str,
        workspace: &Path,
        deadline: &Deadline,
    ) -> Result<Self, OpenError> {
        match repository {
            Repository::Folder(path) => Self::read_in_place(path, reference, deadline),
            Repository::Remote(url) => Self::fetch(url, reference, workspace, deadline),
        }
    }

    /// The commit's full id.
    pub(crate) fn commit(&self) -> &str {
        &self.commit
    }

    /// A git command that reads this snapshot.
    pub(crate) fn git(&self) -> Command {
        git_in(&self.folder)
    }

    fn read_in_place(path: &Path, reference: &str, deadline: &Deadline) -> Result<Self, OpenError> {
        let folder = path
            .canonicalize()
            .and_then(|folder| folder.read_dir().map(|_| folder))
            .map_err(|source| OpenError::NoFolder {
                path: path.to_owned(),
                source,
            })?;
        let repository = path.display().to_string();
        let commit = match resolve(&folder, reference, deadline) {
            Ok(commit) => commit,
            // With --quiet, git prints nothing only for an unknown name.
            Err(GitError::Failed { message, .. }) if message.is_empty() => {
                return Err(OpenError::NoSuchRef {
                    hint: format!(
                        "`git -C {repository} branch --all` lists the branches; fetch it if it is new"
                    ),
                    repository,
                    reference: reference.to_owned(),
                });
            }
            Err(GitError::Failed { message, .. }) if message.contains("not a git repository") => {
                return Err(OpenError::NotARepository(path.to_owned()));
            }
            Err(GitError::Failed { message, .. }) => {
                return Err(OpenError::Unreadable {
                    repository,
                    message,
                });
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            folder,
            commit,
            _fetched: None,
        })
    }

    fn fetch(
        url: &str,
        reference: &str,
        workspace: &Path,
        deadline: &Deadline,
    ) -> Result<Self, OpenError> {
        let fetched = tempfile::Builder::new()
            .prefix("fetch-")
            .tempdir_in(workspace)
            .map_err(OpenError::Temporary)?;
        let folder = fetched.path().to_owned();
        let mut init = git_in(&folder);
        // Without the user's template, which may contain hooks.
        init.args(["init", "--quiet", "--bare", "--template="]);
        git_process::output(init, "init", deadline)?;

        let wanted = format!("{reference}:{WANTED}");
        let commit = match run_fetch(
            &folder,
            url,
            &["--depth=1", "--no-tags"],
            &[&wanted],
            deadline,
        ) {
            Ok(()) => resolve(&folder, WANTED, deadline),
            // A short id cannot be requested, and not every server provides a
            // commit that no branch or tag points to.
            Err(GitError::Failed { .. }) if could_be_commit(reference) => {
                let everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
                run_fetch(&folder, url, &[], &everything, deadline)
                    .and_then(|()| resolve(&folder, reference, deadline))
            }
            Err(error) => Err(error),
        };
        match commit {
            Ok(commit) => Ok(Self {
                folder,
                commit,
                _fetched: Some(fetched),
            }),
            Err(GitError::Failed { message, .. })
                if message.is_empty() || message.contains("couldn't find remote ref") =>
            {
                Err(OpenError::NoSuchRef {
                    repository: url.to_owned(),
                    reference: reference.to_owned(),
                    hint: format!("`git ls-remote {url}` lists them"),
                })
            }
            Err(GitError::Failed { message, .. }) => Err(OpenError::Fetch {
                url: url.to_owned(),
                message,
            }),
            Err(error) => Err(error.into()),
        }
    }
}

fn git_in(folder: &Path) -> Command {
    let mut git = git_process::git(folder);
    // The repository must be at `folder`, not in a parent directory.
    let above = folder.parent().map_or(OsStr::new(""), Path::as_os_str);
    git.env("GIT_CEILING_DIRECTORIES", above)
        // A partial clone must not run the commands in its configuration to fetch
        // missing objects.
        .env("GIT_NO_LAZY_FETCH", "1");
    git
}

fn run_fetch(
    folder: &Path,
    url: &str,
    options: &[&str],
    refspecs: &[&str],
    deadline: &Deadline,
) -> Result<(), GitError> {
    let mut fetch = git_in(folder);
    fetch
        .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        .args(["fetch", "--quiet", "--no-recurse-submodules"])
        .args(options)
        .args(["--end-of-options", url])
        .args(refspecs);
    git_process::output(fetch, "fetch", deadline).map(drop)
}

/// The full id of the commit `reference` names.
fn resolve(folder: &Path, reference: &str, deadline: &Deadline) -> Result<String, GitError> {
    let mut parse = git_in(folder);
    parse.args(["rev-parse", "--verify", "--quiet", "--end-of-options"]);
    parse.arg(format!("{reference}^{{commit}}"));
    let output = git_process::output(parse, "rev-parse", deadline)?;
    Ok(String::from_utf8_lossy(&output).trim().to_owned())
}

fn could_be_commit(reference: &str) -> bool {
    (7..=64).contains(&reference.len()) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}
