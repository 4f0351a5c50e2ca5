//! A file as it is in a revision of git.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use ocm::yaml::Limits;

use crate::report::Failure;

/// Reads a file as it is in a revision; nothing, if the revision does not have it.
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
            Some("name a commit, branch or tag that is here; a shallow clone has few".to_owned()),
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
    let object = object.rsplit(' ').next().unwrap_or_default();
    let text = git(folder, ["cat-file", "blob", object]).map_err(broken)?;
    Ok(Some(text))
}

/// Runs git in a folder, and gives what it prints, within the limit of a constructor.
fn git(
    folder: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<String, String> {
    let limit = Limits::constructor().bytes as u64;
    let started = Command::new("git")
        .arg("--literal-pathspecs")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.map_err(|error| format!("git cannot be run: {error}"))?;
    let mut bytes = Vec::new();
    let read = match child.stdout.take() {
        Some(stdout) => stdout.take(limit + 1).read_to_end(&mut bytes),
        None => Err(io::Error::other("it gives no output")),
    };
    let output = child.wait_with_output();
    if bytes.len() as u64 > limit {
        return Err(format!(
            "it has more than {limit} bytes, which is more than is read"
        ));
    }
    let output = read
        .and(output)
        .map_err(|error| format!("git fails: {error}"))?;
    if !output.status.success() {
        let talk = String::from_utf8_lossy(&output.stderr);
        let line = talk.lines().find(|line| !line.trim().is_empty());
        return Err(line.unwrap_or("git fails and does not say why").to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}
