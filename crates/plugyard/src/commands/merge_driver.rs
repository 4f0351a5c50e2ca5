//! `plugyard merge-driver`

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use keeper::merge::{self, Merged};

use crate::args::MergeDriver;
use crate::report::{Failure, Report};
use crate::source::Source;

pub(crate) fn run(arguments: &MergeDriver, report: &Report) -> Result<ExitCode, Failure> {
    let sides = [&arguments.base, &arguments.ours, &arguments.theirs];
    let [base, ours, theirs] = sides.map(|path| Source::read(path));
    // A side that is not text, or not a constructor, is left to git.
    let merged = match (base, ours, theirs) {
        (Ok(base), Ok(ours), Ok(theirs)) => {
            let merged = merge::merge(&base.text, &ours.text, &theirs.text);
            merged
                .map(|merged| (ours, merged))
                .map_err(|error| error.to_string())
        }
        _ => Err("a side cannot be read".to_owned()),
    };
    match merged {
        Ok((ours, Merged::Clean(text))) => {
            if text != ours.text {
                ours.replace(&text)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Ok((ours, Merged::Conflicts { text, about })) => {
            ours.replace(&text)?;
            Err(Failure::new(
                format_args!("both sides changed {}", about.join(", ")),
                Some("resolve the conflict markers, then run `git add` on the file".to_owned()),
            ))
        }
        Err(reason) => {
            report.note(format_args!(
                "merging by lines instead of by meaning: {reason}"
            ));
            by_lines(arguments)
        }
    }
}

/// Lets git merge the lines and leave conflict markers.
fn by_lines(arguments: &MergeDriver) -> Result<ExitCode, Failure> {
    let paths: [&Path; 3] = [&arguments.ours, &arguments.base, &arguments.theirs];
    let status = Command::new("git")
        .args([
            "merge-file",
            "-L",
            "ours",
            "-L",
            "base",
            "-L",
            "theirs",
            "--",
        ])
        .args(paths)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| Failure::new(format_args!("git cannot be started: {error}"), None))?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1..=127) => Err(Failure::new(
            "both sides changed the same lines",
            Some("resolve the conflict markers, then run `git add` on the file".to_owned()),
        )),
        _ => Err(Failure::new("git could not merge the files", None)),
    }
}
