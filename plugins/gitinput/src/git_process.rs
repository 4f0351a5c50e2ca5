//! Runs git so that it cannot hang, prompt, or do anything beyond the given command.

use std::io::{self, ErrorKind, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::Pid;

use crate::deadline::Deadline;
use crate::watchdog::Watchdog;

const STDERR_LIMIT: usize = 4 << 10;
const OUTPUT_LIMIT: u64 = 64 << 20;

/// Variables that would redirect git to another repository (they are set while a
/// git hook runs), or change the content of its trees.
const FOREIGN_VARIABLES: [&str; 10] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Why a git command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    #[error("git is not on the PATH; install it")]
    NotInstalled,

    #[error("cannot start git: {0}")]
    Start(io::Error),

    #[error("git {command} timed out and was stopped")]
    TimedOut { command: &'static str },

    #[error("git {command}: {message}")]
    Failed {
        command: &'static str,
        /// What git printed to stderr; may be empty.
        message: String,
    },

    #[error("cannot read from git {command}: {source}")]
    Read {
        command: &'static str,
        source: io::Error,
    },

    #[error("git {command} printed more than {} MiB; choose a smaller path", OUTPUT_LIMIT >> 20)]
    TooLong { command: &'static str },
}

/// A running git process. Killed with its children if dropped before it exits.
pub(crate) struct GitProcess {
    command: &'static str,
    child: Child,
    watchdog: Watchdog,
    stderr: Tail,
    reaped: bool,
}

/// The beginning of a stream. The rest is read and discarded, so that the writer
/// does not block.
struct Tail {
    text: Arc<Mutex<Vec<u8>>>,
    end: mpsc::Receiver<()>,
}

/// A git command that runs in `folder`, without inherited settings that would
/// change its result.
pub(crate) fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    for name in FOREIGN_VARIABLES {
        git.env_remove(name);
    }
    git.arg("--no-optional-locks")
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env("GIT_ALLOW_PROTOCOL", "file:https:http:ssh:git")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_LITERAL_PATHSPECS", "1")
        // Nobody can answer a prompt. The first two are for git itself, the others
        // for ssh.
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "")
        .env("SSH_ASKPASS", "false")
        .env("SSH_ASKPASS_REQUIRE", "force");
    git
}

/// Runs `git` to completion and returns its output.
///
/// `command` names it in errors.
pub(crate) fn output(
    mut git: Command,
    command: &'static str,
    deadline: &Deadline,
) -> Result<Vec<u8>, GitError> {
    git.stdin(Stdio::null());
    let mut process = GitProcess::start(git, command, deadline)?;
    let mut bytes = Vec::new();
    if let Some(stdout) = process.child.stdout.take() {
        stdout
            .take(OUTPUT_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| GitError::Read { command, source })?;
    }
    if bytes.len() as u64 > OUTPUT_LIMIT {
        return Err(GitError::TooLong { command });
    }
    process.finish()?;
    Ok(bytes)
}

impl GitProcess {
    /// Starts `git` with its output piped.
    pub(crate) fn start(
        mut git: Command,
        command: &'static str,
        deadline: &Deadline,
    ) -> Result<Self, GitError> {
        // Its own process group, so that ssh and other helpers are killed with it.
        git.process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = git.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => GitError::NotInstalled,
            _ => GitError::Start(error),
        })?;
        Ok(Self {
            command,
            watchdog: Watchdog::start(Pid::from_child(&child), deadline.clone()),
            stderr: Tail::start(child.stderr.take()),
            child,
            reaped: false,
        })
    }

    /// Our ends of git's pipes; each is returned once.
    pub(crate) fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>) {
        (self.child.stdin.take(), self.child.stdout.take())
    }

    /// Waits until git exits and returns its outcome.
    pub(crate) fn finish(mut self) -> Result<(), GitError> {
        let command = self.command;
        self.watchdog.wait_for_end();
        let timed_out = self.watchdog.dismiss();
        self.watchdog.kill();
        let status = self.child.wait();
        self.reaped = true;
        let status = status.map_err(|source| GitError::Read { command, source })?;
        if timed_out {
            Err(GitError::TimedOut { command })
        } else if status.success() {
            Ok(())
        } else {
            let message = self.stderr.text();
            Err(GitError::Failed { command, message })
        }
    }
}

impl Drop for GitProcess {
    fn drop(&mut self) {
        if !self.reaped {
            self.watchdog.dismiss();
            self.watchdog.kill();
            let _ = self.child.wait();
        }
    }
}

impl Tail {
    fn start(stream: Option<impl Read + Send + 'static>) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let (ended, end) = mpsc::channel();
        if let Some(mut stream) = stream {
            let text = Arc::clone(&text);
            thread::spawn(move || {
                let mut chunk = [0; 1024];
                while let Ok(length @ 1..) = stream.read(&mut chunk) {
                    let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                    let room = STDERR_LIMIT - text.len();
                    text.extend_from_slice(&chunk[..length.min(room)]);
                }
                drop(ended);
            });
        }
        Self { text, end }
    }

    /// The text of the stream, on one line.
    fn text(&self) -> String {
        // A helper outside the group, such as the master of a shared ssh
        // connection, may keep the stream open indefinitely.
        let _ = self.end.recv_timeout(Duration::from_secs(1));
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        lines.join(" / ").replace("fatal: ", "")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::deadline::Flag;

    fn hanging_git() -> Command {
        let mut git = git(Path::new("/"));
        // Reads object names until its stdin is closed, which never happens here.
        git.args(["hash-object", "--stdin-paths"])
            .stdin(Stdio::piped());
        git
    }

    #[test]
    fn a_hanging_git_is_killed_at_the_deadline() {
        let deadline = Deadline::after(Duration::from_millis(100), &Flag::default());
        let mut process = GitProcess::start(hanging_git(), "hash-object", &deadline).unwrap();
        let _stdin = process.pipes();
        let error = process.finish().unwrap_err();
        assert_eq!(
            error.to_string(),
            "git hash-object timed out and was stopped"
        );
    }

    #[test]
    fn git_is_killed_when_the_plugin_stops() {
        let stopping = Flag::default();
        let deadline = Deadline::after(Duration::from_mins(10), &stopping);
        let mut process = GitProcess::start(hanging_git(), "hash-object", &deadline).unwrap();
        let _stdin = process.pipes();
        let start = Instant::now();
        stopping.raise();
        assert!(matches!(process.finish(), Err(GitError::TimedOut { .. })));
        assert!(start.elapsed() < Duration::from_mins(1));
    }
}
