//! Files in git revisions.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oci::child::{self, ChildError, Group};
use ocm::yaml::Limits;

use crate::report::Failure;

/// How long git may take for one answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// Reads a file as it is in a revision; `None` if the revision does not have it.
pub(crate) fn read(revision: &str, path: &Path) -> Result<Option<String>, Failure> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or(path.as_os_str());
    let commit = format!("{revision}^{{commit}}");
    let commit = git(
        folder,
        ["rev-parse", "--verify", "--end-of-options", &commit],
    )
    .map_err(|failure| {
        Failure::new(
            format_args!("git:{revision} cannot be read: {failure}"),
            Some(
                "name a commit, branch or tag of this clone; a shallow clone has few of them"
                    .to_owned(),
            ),
        )
    })?;
    let broken = |failure| {
        let name = path.display();
        Failure::new(
            format_args!("git:{revision}: {name} cannot be read: {failure}"),
            None,
        )
    };
    let arguments = ["ls-tree", "-z", commit.trim(), "--"].map(OsStr::new);
    let listed = git(folder, arguments.into_iter().chain([name])).map_err(broken)?;
    let Some(object) = listed
        .split(['\t', '\0'])
        .next()
        .filter(|row| !row.is_empty())
    else {
        return Ok(None);
    };
    // MODE TYPE OBJECT
    if object.starts_with("120000 ") {
        return Err(broken("it is a symbolic link there".to_owned()));
    }
    let object = object.rsplit(' ').next().unwrap_or_default();
    let text = git(folder, ["cat-file", "blob", object]).map_err(broken)?;
    Ok(Some(text))
}

/// Runs git in a directory, and returns what it prints, within the limit of a constructor.
fn git(
    folder: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<String, String> {
    let mut git = Command::new("git");
    git.arg("--literal-pathspecs")
        .args(arguments)
        .current_dir(folder);
    let limits = child::Limits {
        time: PATIENCE,
        output: Limits::constructor().bytes as u64,
        messages: 8 << 10,
    };
    // A partial clone may have to fetch the file, and ask for a password.
    let finished =
        child::run(&mut git, b"", limits, Group::Shared).map_err(|error| match error {
            ChildError::Output(limit) => format!("it is larger than the limit of {limit} bytes"),
            error => format!("git cannot be run: {error}"),
        })?;
    if !finished.status.success() {
        let messages = finished.message();
        let line = messages.lines().find(|line| !line.trim().is_empty());
        return Err(line.unwrap_or("git failed without a message").to_owned());
    }
    String::from_utf8(finished.output).map_err(|_| "it is not UTF-8 text".to_owned())
}
