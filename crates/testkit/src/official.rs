//! The official CLI, if it is installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Keeps the official CLI from searching for a configuration and for a newer version of
/// itself.
pub const QUIET: [(&str, &str); 2] = [
    ("OCM_DISABLE_AUTO_CONFIG", "1"),
    ("OCM_DISABLE_VERSION_CHECK", "1"),
];

/// An empty configuration for it.
pub const NO_CONFIGURATION: &str = "type: generic.config.ocm.software/v1\nconfigurations: []\n";

/// Finds the official CLI: `PLUGYARD_OCM`, otherwise `ocm` on the `PATH` if it is the right program.
/// Without it, reports that the test is skipped.
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

/// Reports that a test is skipped, bypassing the output capture of the test harness.
pub fn skipped(test: &str, reason: &str) {
    // In one write, because other tests also write.
    let line = format!("skipped: {test}: {reason}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Returns whether a program is the official CLI: other programs are also called `ocm`.
fn is_official(program: &Path) -> bool {
    Command::new(program)
        .args(["plugin", "registry", "list", "--help"])
        .envs(QUIET)
        .output()
        .is_ok_and(|output| output.status.success())
}
