//! Ctrl-C ends what the program has started as well, and the program by that signal.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::yard::Yard;

/// SIGINT.
const INTERRUPT: i32 = 2;

/// Sends a signal with the shell's own `kill`.
fn send(signal: &str, process: &str) -> bool {
    let sent = Command::new("sh")
        .args(["-c", "kill \"-$0\" \"$1\" 2>/dev/null", signal, process])
        .status();
    sent.unwrap().success()
}

/// Waits until a condition holds, at most 20 seconds.
#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process is running; one that has ended and was not waited for is not.
fn is_running(process: &str) -> bool {
    let status = Path::new("/proc").join(process).join("stat");
    match fs_err::read_to_string(status) {
        Ok(text) => !text.contains(") Z "),
        Err(_) => !Path::new("/proc/self").exists() && send("0", process),
    }
}

#[test]
fn ctrl_c_ends_a_plugin_and_what_it_has_started() {
    let yard = Yard::new();
    // Its child would outlive it, and writes down its number.
    yard.script("slow", "sleep 60 & echo $! >child\nwait");
    let mut inspection = yard
        .command()
        .args(["plugin", "inspect", "./slow"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let child = || {
        let number = fs_err::read_to_string(yard.path("child")).unwrap_or_default();
        number.trim().to_owned()
    };
    wait_until("the plugin starts its child", || !child().is_empty());
    let child = child();
    assert!(is_running(&child));
    assert!(send("INT", &inspection.id().to_string()));
    let status = inspection.wait().unwrap();
    assert_eq!(status.signal(), Some(INTERRUPT));
    wait_until("the plugin's child has ended", || !is_running(&child));
    let mut messages = String::new();
    inspection
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut messages)
        .unwrap();
    assert!(!messages.contains("panicked"), "{messages}");
}
