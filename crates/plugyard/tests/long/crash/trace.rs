//! Commands under strace: which system calls change something, and what happens if one of them
//! kills the command, stops it, or fails.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::crash::workshop::{Ended, PLUGYARD, Workshop};

/// Time limit for every wait.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// System calls that change files. Not every system has all of them, which `?` allows.
const CHANGING: &str = "?open,?creat,?openat,?openat2,?write,?pwrite64,?writev,?pwritev,?pwritev2,\
    ?copy_file_range,?sendfile,?splice,?fsync,?fdatasync,?sync_file_range,?rename,?renameat,\
    ?renameat2,?chmod,?fchmod,?fchmodat,?mkdir,?mkdirat,?unlink,?unlinkat,?rmdir,?flock,?fcntl,\
    ?ftruncate,?fallocate,?link,?linkat,?symlink,?symlinkat";

/// One system call of a run without faults.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Its number among the calls of this name in its thread, from 1.
    pub(crate) nth: usize,
    /// The output of strace, with the paths of open files.
    pub(crate) text: String,
}

/// The fault injected into a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Kill,
    /// The call does nothing and returns this error.
    Error(&'static str),
}

/// Returns whether strace can be used; if not, reports that the test is skipped.
pub(crate) fn available(test: &str) -> bool {
    let traced = Command::new("strace")
        .args(["-o", "/dev/null", PLUGYARD, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let available = traced.is_ok_and(|status| status.success());
    if !available {
        println!("skipped: {test}: no strace");
    }
    available
}

/// Runs a command without faults and returns the calls that change something.
pub(crate) fn record(workshop: &Workshop, arguments: &[String]) -> (Ended, Vec<Call>) {
    let trace = format!("trace={CHANGING}");
    let ended = strace(workshop, arguments, &["-y", "-e", &trace])
        .output()
        .unwrap();
    let mut counts: HashMap<(String, String), usize> = HashMap::new();
    let mut calls = Vec::new();
    for line in log(workshop).lines() {
        let (thread, text) = line.split_once(' ').unwrap();
        let text = text.trim_start();
        // Signals, exits and resumed calls are not calls.
        let Some((name, _)) = text.split_once('(').filter(|(name, _)| is_name(name)) else {
            continue;
        };
        let count = counts
            .entry((thread.to_owned(), name.to_owned()))
            .or_default();
        *count += 1;
        calls.push(Call {
            name: name.to_owned(),
            nth: *count,
            text: text.to_owned(),
        });
    }
    calls.retain(Call::changes);
    (ended.into(), calls)
}

fn is_name(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Call {
    fn changes(&self) -> bool {
        match self.name.as_str() {
            "open" | "openat" | "openat2" => {
                self.text.contains("O_CREAT") || self.text.contains("O_TRUNC")
            }
            "fcntl" => self.text.contains("F_SETLK") || self.text.contains("F_OFD_SETLK"),
            _ => true,
        }
    }

    pub(crate) fn renames(&self) -> bool {
        self.name.starts_with("rename") || self.name.starts_with("link")
    }

    pub(crate) fn flushes(&self) -> bool {
        self.name == "fsync" || self.name == "fdatasync"
    }

    /// Whether the call writes to a pipe and not to a file.
    pub(crate) fn talks(&self) -> bool {
        self.text.starts_with("write(1<") || self.text.starts_with("write(2<")
    }

    /// The error that a broken disk would return for this call, if it accesses the disk.
    pub(crate) fn plausible_errors(&self) -> &'static [&'static str] {
        // The directory already exists, which the caller accepts.
        if self.talks() || self.text.contains("EEXIST") {
            return &[];
        }
        match self.name.as_str() {
            "write" | "pwrite64" | "writev" | "copy_file_range" | "sendfile" => {
                &["ENOSPC", "EDQUOT"]
            }
            "fsync" => &["EIO"],
            "open" | "openat" | "openat2" => &["EROFS", "EACCES"],
            name if name.starts_with("mkdir") => &["EROFS", "EACCES"],
            name if name.starts_with("rename") => &["EROFS", "ENOSPC"],
            name if name.starts_with("unlink") => &["EROFS"],
            name if name.starts_with("fchmod") => &["EROFS"],
            _ => &[],
        }
    }
}

/// Runs a command with a fault at a call.
pub(crate) fn disturb(
    workshop: &Workshop,
    arguments: &[String],
    call: &Call,
    fault: Fault,
) -> Result<Ended, String> {
    let trace = format!("trace={}", call.name);
    let what = match fault {
        Fault::Kill => "signal=KILL".to_owned(),
        Fault::Error(error) => format!("error={error}"),
    };
    let inject = format!("inject={}:{what}:when={}", call.name, call.nth);
    let ended = strace(workshop, arguments, &["-e", &trace, "-e", &inject])
        .output()
        .unwrap();
    let log = log(workshop);
    let sign = match fault {
        Fault::Kill => "+++ killed by SIGKILL +++",
        Fault::Error(_) => "(INJECTED)",
    };
    if !log.contains(sign) {
        return Err(format!("the call was never reached:\n{log}"));
    }
    Ok(ended.into())
}

/// Runs a command on a system where every call of this name fails.
pub(crate) fn without(workshop: &Workshop, arguments: &[String], name: &str, error: &str) -> Ended {
    let trace = format!("trace={name}");
    let inject = format!("inject={name}:error={error}");
    strace(workshop, arguments, &["-e", &trace, "-e", &inject])
        .output()
        .unwrap()
        .into()
}

fn strace(workshop: &Workshop, arguments: &[String], options: &[&str]) -> Command {
    let mut command = workshop.command("strace");
    command
        .args(["-f", "-qq", "-o"])
        .arg(log_file(workshop))
        .args(options)
        .arg("--")
        .arg(PLUGYARD)
        .args(arguments);
    command
}

fn log_file(workshop: &Workshop) -> PathBuf {
    workshop.beside("trace.log")
}

fn log(workshop: &Workshop) -> String {
    String::from_utf8_lossy(&fs_err::read(log_file(workshop)).unwrap()).into_owned()
}

/// A command that was stopped by a signal. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Stopped {
    strace: Option<Child>,
    process: String,
}

impl Stopped {
    /// Starts a command and waits until it has stopped, right after the given call.
    pub(crate) fn after(workshop: &Workshop, arguments: &[String], name: &str, nth: usize) -> Self {
        let trace = format!("trace={name}");
        let inject = format!("inject={name}:signal=STOP:when={nth}");
        Self::start(workshop, arguments, &["-e", &trace, "-e", &inject])
    }

    /// Starts a command and waits until it is stopped, right after it checked for a file.
    pub(crate) fn after_looking_for(workshop: &Workshop, arguments: &[String], path: &str) -> Self {
        let calls = "?statx,?newfstatat,?fstatat64,?stat,?stat64";
        let trace = format!("trace={calls}");
        let inject = format!("inject={calls}:signal=STOP:when=1");
        Self::start(
            workshop,
            arguments,
            &["-P", path, "-e", &trace, "-e", &inject],
        )
    }

    fn start(workshop: &Workshop, arguments: &[String], options: &[&str]) -> Self {
        // A log of an earlier run would indicate that this one has stopped.
        fs_err::write(log_file(workshop), "").unwrap();
        let child = strace(workshop, arguments, options).spawn().unwrap();
        let mut stopped = Self {
            strace: Some(child),
            process: String::new(),
        };
        stopped.process = poll("a stopped command", || {
            let log = log(workshop);
            let line = log
                .lines()
                .find(|line| line.contains("--- stopped by SIGSTOP ---"))?;
            line.split(' ').next().map(str::to_owned)
        });
        stopped
    }

    /// Continues it and waits until it exits.
    pub(crate) fn resume(mut self) -> Ended {
        self.signal("CONT");
        self.strace
            .take()
            .unwrap()
            .wait_with_output()
            .unwrap()
            .into()
    }

    fn signal(&self, signal: &str) {
        // The shell's built-in `kill`, so that no program is needed.
        let line = format!("kill -{signal} {}", self.process);
        let _ = Command::new("sh").args(["-c", &line]).status();
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        if let Some(mut strace) = self.strace.take() {
            if self.process.is_empty() {
                let _ = strace.kill();
            } else {
                self.signal("KILL");
            }
            let _ = strace.wait();
        }
    }
}

/// Polls until there is a result.
pub(crate) fn poll<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
