//! Streams the content of git objects.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Take, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};

use crate::deadline::Deadline;
use crate::git_process::{GitError, GitProcess};
use crate::snapshot::Snapshot;

const COMMAND: &str = "cat-file";

/// A `git cat-file --batch` process, which serves one request at a time.
pub(crate) struct Objects {
    process: GitProcess,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Objects {
    /// Opens the objects of `snapshot`.
    pub(crate) fn open(snapshot: &Snapshot, deadline: &Deadline) -> Result<Self, GitError> {
        let mut git = snapshot.git();
        git.args(["cat-file", "--batch"]).stdin(Stdio::piped());
        let mut process = GitProcess::start(git, COMMAND, deadline)?;
        match process.pipes() {
            (Some(stdin), Some(stdout)) => Ok(Self {
                process,
                stdin,
                stdout: BufReader::with_capacity(64 << 10, stdout),
            }),
            _ => Err(GitError::Start(ErrorKind::BrokenPipe.into())),
        }
    }

    /// Requests the object `id` and returns its size in bytes. [`Self::content`]
    /// must be read to the end before the next request.
    pub(crate) fn request(&mut self, id: &str) -> io::Result<u64> {
        writeln!(self.stdin, "{id}")?;
        self.stdin.flush()?;
        let mut header = Vec::new();
        (&mut self.stdout)
            .take(256)
            .read_until(b'\n', &mut header)?;
        if header.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        // `<id> <type> <size>`, or `<id> missing`.
        let header = String::from_utf8_lossy(&header);
        header
            .split_ascii_whitespace()
            .nth(2)
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| {
                let message = format!("object {}; the clone may be incomplete", header.trim());
                io::Error::new(ErrorKind::InvalidData, message)
            })
    }

    /// The content of the requested object, `size` bytes.
    pub(crate) fn content(&mut self, size: u64) -> Take<&mut BufReader<ChildStdout>> {
        (&mut self.stdout).take(size)
    }

    /// Reads the newline after an object's content.
    pub(crate) fn end_content(&mut self) -> io::Result<()> {
        let mut end = [0];
        self.stdout.read_exact(&mut end)?;
        if end == *b"\n" {
            Ok(())
        } else {
            Err(io::Error::new(
                ErrorKind::InvalidData,
                "the content does not have the announced size",
            ))
        }
    }

    /// Closes git's input and returns whether it exited successfully.
    pub(crate) fn finish(self) -> Result<(), GitError> {
        drop(self.stdin);
        self.process.finish()
    }
}
