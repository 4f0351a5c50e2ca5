//! The official CLI, where there is one to test with.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Keeps the official CLI from what it would do on its own: look for a configuration, and for a
/// newer version of itself.
pub const QUIET: [(&str, &str); 2] = [
    ("OCM_DISABLE_AUTO_CONFIG", "1"),
    ("OCM_DISABLE_VERSION_CHECK", "1"),
];

/// A configuration for it that has nothing.
pub const NO_CONFIGURATION: &str = "type: generic.config.ocm.software/v1\nconfigurations: []\n";

/// Finds the official CLI: what `PLUGYARD_OCM` names, else `ocm` on `PATH`, if it is the one.
/// Where there is none, it is said that the test is skipped.
pub fn official(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("PLUGYARD_OCM").map(PathBuf::from);
    let found = named.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join("ocm"))
            .find(|file| file.is_file() && is_official(file))
    });
    if found.is_none() {
        skipped(test, "no official ocm CLI");
    }
    found
}

/// Says that a test is skipped, past the capture of the test harness, so that it is seen.
pub fn skipped(test: &str, reason: &str) {
    // In one piece, because other tests write, too.
    let line = format!("skipped: {test}: {reason}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Says whether a program of that name is the one that is meant: others are called `ocm`, too.
fn is_official(program: &Path) -> bool {
    Command::new(program)
        .args(["plugin", "registry", "list", "--help"])
        .envs(QUIET)
        .output()
        .is_ok_and(|output| output.status.success())
}
