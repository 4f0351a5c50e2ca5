//! The `git/v1` input, validated before any of it is passed to git.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::capabilities::INPUT_TYPES;

const SCHEMES: [&str; 5] = ["https", "ssh", "file", "http", "git"];

/// Which tree to pack.
#[derive(Debug, PartialEq)]
pub(crate) struct InputSpec {
    pub(crate) repository: Repository,
    /// A branch, a tag or a commit.
    pub(crate) reference: String,
    /// Path in the tree, without a slash at either end; empty for the whole tree.
    pub(crate) path: String,
}

/// Where the repository is.
#[derive(Debug, PartialEq)]
pub(crate) enum Repository {
    /// A directory on this machine, read in place.
    Folder(PathBuf),
    /// A URL, or `host:path` for ssh.
    Remote(String),
}

/// What is wrong with an input.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum SpecError {
    #[error("input is not a git/v1 specification: {0}")]
    Malformed(String),

    #[error("input type {0:?} is not served by this plugin; use git/v1")]
    UnknownType(String),

    #[error("repository is empty; give a local directory or a URL")]
    EmptyRepository,

    #[error("repository {0:?} contains a control character")]
    ControlInRepository(String),

    #[error(
        "repository {0:?} starts with a dash and could be mistaken for an option; for a directory of this name, prefix it with ./"
    )]
    OptionAsRepository(String),

    #[error(
        "repository {0:?} uses a transport helper, which could run any command; use https, ssh, file or a local directory"
    )]
    TransportHelper(String),

    #[error("repository {0:?} has a scheme other than https, ssh, file, http and git")]
    UnknownScheme(String),

    #[error(
        "the repository URL for {0} contains a password, which would appear in logs; remove it and configure a git credential helper"
    )]
    Password(String),

    #[error("ref {0:?} is not a valid name of a branch, tag or commit")]
    UnusableRef(String),

    #[error("path {0:?} leaves the tree; use a relative path without `..`")]
    UnusablePath(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    r#type: String,
    repository: String,
    r#ref: Option<String>,
    path: Option<String>,
}

impl InputSpec {
    /// Reads the `input` of a resource or source.
    pub(crate) fn parse(input: Value) -> Result<Self, SpecError> {
        // Checked first, because the fields depend on the type.
        if let Some(name) = input.get("type").and_then(Value::as_str)
            && !INPUT_TYPES.contains(&name)
        {
            return Err(SpecError::UnknownType(name.to_owned()));
        }
        let document: Document = serde_json::from_value(input)
            .map_err(|error| SpecError::Malformed(error.to_string()))?;
        debug_assert!(INPUT_TYPES.contains(&document.r#type.as_str()));
        Ok(Self {
            repository: Repository::parse(document.repository)?,
            reference: parse_reference(document.r#ref.unwrap_or_else(|| "HEAD".to_owned()))?,
            path: parse_path(document.path.unwrap_or_default())?,
        })
    }
}

impl Repository {
    fn parse(text: String) -> Result<Self, SpecError> {
        if text.is_empty() {
            return Err(SpecError::EmptyRepository);
        }
        if text.contains(char::is_control) {
            return Err(SpecError::ControlInRepository(text));
        }
        if text.starts_with('-') {
            return Err(SpecError::OptionAsRepository(text));
        }
        let is_scheme = |text: &str| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        if text
            .split_once("::")
            .is_some_and(|(helper, _)| is_scheme(helper))
        {
            return Err(SpecError::TransportHelper(text));
        }
        if let Some((scheme, rest)) = text.split_once("://")
            && is_scheme(scheme)
        {
            if !SCHEMES.contains(&scheme) {
                return Err(SpecError::UnknownScheme(text));
            }
            let authority = rest.split('/').next().unwrap_or_default();
            if let Some((user, host)) = authority.rsplit_once('@')
                && user.contains(':')
            {
                return Err(SpecError::Password(host.to_owned()));
            }
            return Ok(Self::Remote(text));
        }
        // Like git: `host:path` is ssh unless such a directory exists.
        if text
            .split_once(':')
            .is_some_and(|(host, _)| !host.contains('/'))
            && !Path::new(&text).exists()
        {
            return Ok(Self::Remote(text));
        }
        Ok(Self::Folder(text.into()))
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Remote(url) => f.write_str(url),
        }
    }
}

/// The rules of git-check-ref-format(1) that prevent a name from being read as an
/// option, a revision expression or a refspec.
fn parse_reference(text: String) -> Result<String, SpecError> {
    let is_usable = !text.is_empty()
        && !text.starts_with(['-', '/', '+'])
        && !text.ends_with(['/', '.'])
        && !text.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
        && ["..", "@{", "//"].iter().all(|part| !text.contains(part));
    if is_usable {
        Ok(text)
    } else {
        Err(SpecError::UnusableRef(text))
    }
}

fn parse_path(text: String) -> Result<String, SpecError> {
    if text.starts_with('/') || text.contains('\0') || text.split('/').any(|part| part == "..") {
        return Err(SpecError::UnusablePath(text));
    }
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn omitted_fields_have_defaults() {
        assert_eq!(
            InputSpec::parse(json!({"type": "git", "repository": "."})),
            Ok(InputSpec {
                repository: Repository::Folder(".".into()),
                reference: "HEAD".to_owned(),
                path: String::new(),
            })
        );
    }

    #[test]
    fn distinguishes_folders_from_remotes() {
        for (text, is_remote) in [
            ("/srv/project", false),
            ("./a:b", false),
            ("no/such:thing", false),
            ("https://example.org/a.git", true),
            ("ssh://git@example.org/a", true),
            ("file:///srv/project", true),
            ("git@example.org:a/b.git", true),
            ("example.org:a", true),
        ] {
            let repository = Repository::parse(text.to_owned()).unwrap();
            assert_eq!(
                matches!(repository, Repository::Remote(_)),
                is_remote,
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_values_that_git_could_misread() {
        for (field, value, expected) in [
            ("repository", "", "repository is empty"),
            (
                "repository",
                "--upload-pack=x",
                "could be mistaken for an option",
            ),
            ("repository", "ext::sh -c id", "transport helper"),
            ("repository", "::x", "transport helper"),
            (
                "repository",
                "ftp://example.org/a",
                "has a scheme other than",
            ),
            (
                "repository",
                "HTTPS://example.org/a",
                "has a scheme other than",
            ),
            (
                "repository",
                "https://me:secret@example.org/a",
                "URL for example.org contains a password",
            ),
            ("repository", "a\nb", "control character"),
            ("ref", "", "is not a valid name of"),
            ("ref", "--upload-pack=x", "is not a valid name of"),
            ("ref", "main:main", "is not a valid name of"),
            ("ref", "+main", "is not a valid name of"),
            ("ref", "main~1", "is not a valid name of"),
            ("ref", "main..next", "is not a valid name of"),
            ("path", "/etc/passwd", "leaves the tree"),
            ("path", "a/../../b", "leaves the tree"),
            ("branch", "main", "unknown field `branch`"),
            ("type", "helm/v1", r#"input type "helm/v1" is not served"#),
        ] {
            let mut input = json!({"type": "git/v1", "repository": "."});
            input[field] = value.into();
            let message = InputSpec::parse(input).unwrap_err().to_string();
            assert!(message.contains(expected), "{field} {value:?}: {message}");
        }
    }

    #[test]
    fn paths_are_normalised() {
        for (text, expected) in [("", ""), (".", ""), ("./a//b/", "a/b")] {
            assert_eq!(parse_path(text.to_owned()).unwrap(), expected);
        }
    }
}
