//! Kills processes that take too long.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use crate::deadline::Deadline;

const WATCH_INTERVAL: Duration = Duration::from_millis(50);

/// A thread that kills a process group when the deadline passes.
pub(crate) struct Watchdog {
    group: Pid,
    dismiss: mpsc::Sender<()>,
    thread: Option<JoinHandle<bool>>,
}

impl Watchdog {
    /// Watches the process group whose leader is `group`.
    pub(crate) fn start(group: Pid, deadline: Deadline) -> Self {
        let (dismiss, dismissed) = mpsc::channel();
        let thread = thread::spawn(move || {
            while let Err(mpsc::RecvTimeoutError::Timeout) = dismissed.recv_timeout(WATCH_INTERVAL)
            {
                if deadline.has_passed() {
                    let _ = rustix::process::kill_process_group(group, Signal::KILL);
                    return true;
                }
            }
            false
        });
        Self {
            group,
            dismiss,
            thread: Some(thread),
        }
    }

    /// Blocks until the leader has exited, and leaves it as a zombie. Its process id
    /// thus stays in use, and the watchdog cannot kill another process.
    pub(crate) fn wait_for_end(&self) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ =
            rustix::io::retry_on_intr(|| rustix::process::waitid(WaitId::Pid(self.group), options));
    }

    /// Stops watching and returns whether the deadline had passed.
    pub(crate) fn dismiss(&mut self) -> bool {
        let _ = self.dismiss.send(());
        self.thread
            .take()
            .is_some_and(|thread| thread.join().unwrap_or(false))
    }

    /// Kills the rest of the group. Call this only before its leader is reaped.
    pub(crate) fn kill(&self) {
        let _ = rustix::process::kill_process_group(self.group, Signal::KILL);
    }
}
