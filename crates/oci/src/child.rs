//! Running another program within limits.
//!
//! A program that hangs, prints without end or is interrupted leaves nothing running: it is
//! killed with everything it has started, when its time is up, when the caller gives up, and when
//! [`stop_all`] is called because this process was told to end.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::fault::system_error;
use crate::file;

/// The limits of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum run time.
    pub time: Duration,
    /// Maximum size in bytes of its standard output; a program that prints more is killed.
    pub output: u64,
    /// Number of bytes of its standard error to keep; the rest is discarded.
    pub messages: u64,
}

/// Which process group a program is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Its own group, so that its children are killed with it. It cannot read from the terminal.
    Own,
    /// The caller's group, so that it can prompt the user on the terminal. Ctrl-C reaches it and
    /// its children; a timeout kills only the program itself.
    Shared,
}

/// The outcome of a program that exited on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub output: Vec<u8>,
    /// The beginning of its standard error.
    pub messages: Vec<u8>,
}

impl Finished {
    /// The program's standard error, trimmed, with replacements for bytes that are
    /// not UTF-8.
    pub fn message(&self) -> String {
        lossy(&self.messages)
    }
}

/// Why a program has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It could not be started.
    #[error("{}", system_error(.0))]
    Start(#[source] io::Error),
    /// It is a script, and the program named in its first line is missing.
    #[error("its interpreter `{0}` does not exist")]
    Interpreter(String),
    /// It ran longer than allowed and was killed.
    #[error("it did not finish within {} s", .limit.as_secs_f32())]
    Time {
        /// The limit.
        limit: Duration,
        /// Its standard error until then.
        message: String,
    },
    /// It was killed because it printed too much.
    #[error("it printed more than {0} bytes")]
    Output(u64),
    /// This process is about to end, so nothing is started.
    #[error("interrupted")]
    Stopping,
    /// The operating system could not report how it ended.
    #[error("{}", system_error(.0))]
    System(#[source] io::Error),
}

/// Runs a program with `input` and returns its output once it has exited.
///
/// Blocks. The standard streams and the group of `command` are set here.
///
/// # Errors
/// It cannot be started, exceeds a limit, or [`stop_all`] was called. In each case it is no longer
/// running.
pub fn run(
    command: &mut Command,
    input: &[u8],
    limits: Limits,
    group: Group,
) -> Result<Finished, ChildError> {
    let started = Instant::now();
    let running = Running::start(command, group)?;
    let (stdin, stdout, stderr) = {
        let mut process = running.lock();
        let child = &mut process.child;
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    };
    let input = input.to_vec();
    // A thread, as a program may print much before it reads.
    thread::spawn(move || {
        // A program that does not read its input still gives a result.
        let _ = stdin.map(|mut stdin| stdin.write_all(&input));
    });
    let output = Stream::read(stdout, limits.output.saturating_add(1), false);
    let messages = Stream::read(stderr, limits.messages, true);
    let timeout = || ChildError::Time {
        limit: limits.time,
        message: lossy(&messages.so_far()),
    };
    if !output.ended(remaining(limits.time, started)) {
        return Err(timeout());
    }
    let bytes = output.so_far();
    if bytes.len() as u64 > limits.output {
        return Err(ChildError::Output(limits.output));
    }
    let status = running.wait(limits.time, started)?.ok_or_else(timeout)?;
    // A process that it left running may keep the stream open.
    messages.ended(remaining(limits.time, started).min(LAST_WORDS));
    Ok(Finished {
        status,
        output: bytes,
        messages: messages.so_far(),
    })
}

/// Kills every program that [`run`] waits for and prevents it from starting others. Called when
/// this process is about to exit.
pub fn stop_all() {
    let mut table = table();
    table.stopping = true;
    for process in &table.running {
        kill(&mut lock(process));
    }
}

/// The interpreter named in the first line of the script at `path`; `None` if the file is not a
/// script. If the interpreter is missing, the system reports the existing script as *not found*. A
/// carriage return at the end of the line is part of the name.
pub fn interpreter(path: &Path) -> Option<String> {
    let start = file::read_start(path, 256).ok()?;
    let line = start
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    let name = line.trim_matches([' ', '\t']).split([' ', '\t']).next()?;
    Some(name.escape_debug().to_string())
}

/// How long a program that has ended may leave its standard error open.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Interval between checks whether a program that closed its output has exited.
const POLL: Duration = Duration::from_millis(2);

struct Process {
    child: Child,
    group: Group,
    /// After this, the process ID may belong to another process, so it is not killed.
    ended: bool,
}

struct Table {
    running: Vec<Arc<Mutex<Process>>>,
    stopping: bool,
}

static TABLE: Mutex<Table> = Mutex::new(Table {
    running: Vec::new(),
    stopping: false,
});

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(process: &Mutex<Process>) -> MutexGuard<'_, Process> {
    process.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that is killed when this is dropped.
struct Running(Arc<Mutex<Process>>);

impl Running {
    fn start(command: &mut Command, group: Group) -> Result<Self, ChildError> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        if group == Group::Own {
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
        // Held while it starts, so that `stop_all` misses none.
        let mut table = table();
        if table.stopping {
            return Err(ChildError::Stopping);
        }
        let child = command.spawn().map_err(|error| {
            let program = Path::new(command.get_program());
            // A bare name is one on PATH, not a file in the working directory.
            let path = (program.components().count() > 1).then_some(program);
            let script = path.filter(|_| error.kind() == io::ErrorKind::NotFound);
            script
                .and_then(interpreter)
                .map_or(ChildError::Start(error), ChildError::Interpreter)
        })?;
        let process = Arc::new(Mutex::new(Process {
            child,
            group,
            ended: false,
        }));
        table.running.push(Arc::clone(&process));
        Ok(Self(process))
    }

    fn lock(&self) -> MutexGuard<'_, Process> {
        lock(&self.0)
    }

    /// Waits until the program exits; returns `None` if it does not exit in time.
    fn wait(&self, limit: Duration, started: Instant) -> Result<Option<ExitStatus>, ChildError> {
        loop {
            let mut process = self.lock();
            if let Some(status) = process.child.try_wait().map_err(ChildError::System)? {
                process.ended = true;
                return Ok(Some(status));
            }
            drop(process);
            if remaining(limit, started).is_zero() {
                return Ok(None);
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        kill(&mut self.lock());
        table()
            .running
            .retain(|process| !Arc::ptr_eq(process, &self.0));
    }
}

fn kill(process: &mut Process) {
    if process.ended {
        return;
    }
    #[cfg(unix)]
    if process.group == Group::Own
        && let Some(group) = i32::try_from(process.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = process.child.kill();
    let _ = process.child.wait();
    process.ended = true;
}

/// The remaining part of `limit`, counted from `started`.
fn remaining(limit: Duration, started: Instant) -> Duration {
    limit.saturating_sub(started.elapsed())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// A stream of a program, read by a detached thread, because a process that the program started may
/// hold the stream open forever.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

impl Stream {
    /// Keeps the first `limit` bytes, then either reads and discards the rest or stops.
    fn read(stream: Option<impl Read + Send + 'static>, limit: u64, drain: bool) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (sender, end) = mpsc::channel::<()>();
        let output = Arc::clone(&bytes);
        thread::spawn(move || {
            // Dropped at the end of the thread, which is what the receiver waits for.
            let _sender = sender;
            let Some(mut stream) = stream else { return };
            let mut piece = [0; 8192];
            let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
            while left > 0 || drain {
                let length = match stream.read(&mut piece) {
                    Ok(0) => return,
                    Ok(length) => length,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(_) => return,
                };
                let length = length.min(left);
                left -= length;
                let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
                output.extend_from_slice(&piece[..length]);
            }
        });
        Self { bytes, end }
    }

    /// Waits for the end of the stream; returns whether it was reached in time.
    fn ended(&self, time: Duration) -> bool {
        let outcome = self.end.recv_timeout(time);
        matches!(outcome, Err(mpsc::RecvTimeoutError::Disconnected))
    }

    fn so_far(&self) -> Vec<u8> {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.clone()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        time: Duration::from_secs(20),
        output: 100_000,
        messages: 10,
    };

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn is_running(pid: &str) -> bool {
        // A killed child of a killed parent may be a zombie until its new parent reaps it.
        let state = fs_err::read_to_string(format!("/proc/{pid}/stat"));
        state.is_ok_and(|state| !state.contains(") Z "))
    }

    fn eventually(what: impl Fn() -> bool) -> bool {
        (0..500).any(|_| {
            let so = what();
            if !so {
                thread::sleep(Duration::from_millis(10));
            }
            so
        })
    }

    #[test]
    fn input_output_messages_and_status_are_passed_on() {
        let mut command = shell("cat; printf 'a long message' >&2; exit 3");
        let done = run(&mut command, &vec![b'x'; 80_000], LIMITS, Group::Own).unwrap();
        assert_eq!(done.output, vec![b'x'; 80_000]);
        assert_eq!(done.message(), "a long mes");
        assert_eq!(done.status.code(), Some(3));
    }

    #[test]
    fn a_program_may_exit_without_reading_its_input() {
        let done = run(
            &mut shell("exit 0"),
            &vec![b'x'; 200_000],
            LIMITS,
            Group::Shared,
        );
        assert!(done.unwrap().status.success());
    }

    #[test]
    fn a_program_that_prints_too_much_is_killed() {
        let error = run(&mut shell("yes"), b"", LIMITS, Group::Own).unwrap_err();
        assert!(matches!(error, ChildError::Output(100_000)), "{error}");
    }

    #[test]
    fn endless_stderr_output_does_not_block_a_program() {
        let mut command = shell("head -c 1000000 /dev/zero >&2; echo done");
        let done = run(&mut command, b"", LIMITS, Group::Own).unwrap();
        assert_eq!(done.output, b"done\n");
    }

    #[test]
    fn a_program_that_times_out_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let mut command = shell("sleep 300 & echo $! >\"$FILE\"; echo waiting >&2; wait");
        command.env("FILE", &file);
        let limits = Limits {
            time: Duration::from_millis(500),
            messages: 100,
            ..LIMITS
        };
        let error = run(&mut command, b"", limits, Group::Own).unwrap_err();
        assert_eq!(error.to_string(), "it did not finish within 0.5 s");
        assert!(matches!(error, ChildError::Time { message, .. } if message == "waiting"));
        let pid = fs_err::read_to_string(file).unwrap();
        assert!(eventually(|| !is_running(pid.trim())), "{pid}");
    }

    #[test]
    fn a_missing_script_interpreter_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("script");
        for (text, expected) in [
            (
                "#!/bin/sh\r\necho\r\n",
                "its interpreter `/bin/sh\\r` does not exist",
            ),
            (
                "#! /no/such -x\n",
                "its interpreter `/no/such` does not exist",
            ),
        ] {
            fs_err::write(&script, text).unwrap();
            fs_err::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
            let error = run(&mut Command::new(&script), b"", LIMITS, Group::Own).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let none = folder.path().join("none");
        let error = run(&mut Command::new(none), b"", LIMITS, Group::Own).unwrap_err();
        assert!(matches!(error, ChildError::Start(_)), "{error}");
    }
}
