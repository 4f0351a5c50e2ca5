//! One side of a comparison: a published registry, a git revision, or a file.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keeper::root;
use oci::Http;
use ocm::constructor::{ComponentConstructor, Constructor};
use ocm::yaml::Limits;
use ocm::{ComponentRef, Descriptor, RepositorySpec, Version};
use registry::diff::Content;

use crate::network::Network;
use crate::places;
use crate::report::{Failure, Report};
use crate::source::Source;

/// Where a side is to be read from.
#[derive(Clone, Debug)]
pub(super) enum Side {
    /// A published version.
    Published(ComponentRef),
    /// The constructor in a git revision.
    Git(String),
    /// A constructor on disk.
    File(PathBuf),
}

/// What was read of a side.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) content: Content,
    /// Where it is published, with all versions there, if it is a published one.
    pub(super) published: Option<Published>,
}

/// A published version among the others.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) repository: ocm::Repository,
    pub(super) version: Version,
}

impl Side {
    /// An existing file wins over a reference.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        if let Some(revision) = text.strip_prefix("git:") {
            // git would take it for an option.
            if revision.is_empty() || revision.starts_with('-') {
                return Err(Failure::usage(
                    format_args!("`{text}` names no git revision"),
                    "write git:REV, for instance git:HEAD~1 or git:origin/main",
                ));
            }
            return Ok(Self::Git(revision.to_owned()));
        }
        if Path::new(text).is_file() || !text.contains("//") {
            return Ok(Self::File(text.into()));
        }
        let reference = text
            .parse()
            .map_err(|error: ocm::component_ref::InvalidRef| {
                Failure::usage(&error, error.hint())
            })?;
        Ok(Self::Published(reference))
    }

    /// The repository it is published in.
    pub(super) fn repository(&self) -> Option<&RepositorySpec> {
        match self {
            Self::Published(reference) => Some(&reference.repository),
            Self::Git(_) | Self::File(_) => None,
        }
    }

    /// Reads it. A git revision has the constructor where `constructor` is now.
    pub(super) async fn read(
        &self,
        constructor: &Path,
        report: &Report,
        network: &Network,
    ) -> Result<Told, Failure> {
        match self {
            Self::Published(reference) => published(reference, &network.http).await,
            Self::Git(revision) => {
                let text = of_revision(revision, constructor)?;
                let source = Source::of(&format!("git:{revision}"), text);
                let constructor = source.constructor(report)?;
                let content = keeper::content::of_constructor(registry_of(&constructor)?);
                Ok(Told {
                    content,
                    published: None,
                })
            }
            Self::File(path) => {
                let source = if path == constructor {
                    Source::read(path)?
                } else {
                    Source::of_file(path, "a side is a file, git:REV or REPO//COMPONENT:VERSION")?
                };
                let constructor = source.constructor(report)?;
                let registry = registry_of(&constructor)?;
                let content = match keeper::content::of_folder(registry, source.folder()) {
                    Ok(content) => content,
                    Err(error) => {
                        report.warning(format_args!("inputs are not compared: {error}"));
                        keeper::content::of_constructor(registry)
                    }
                };
                Ok(Told {
                    content,
                    published: None,
                })
            }
        }
    }
}

async fn published(reference: &ComponentRef, http: &Http) -> Result<Told, Failure> {
    let (repository, found, version) = places::open(reference, http).await?;
    let descriptor: Descriptor = found.descriptor()?;
    let version = version
        .parse()
        .map_err(|error: ocm::version::InvalidVersion| Failure::new(error, None))?;
    Ok(Told {
        content: Content::of_descriptor(&descriptor),
        published: Some(Published {
            repository,
            version,
        }),
    })
}

fn registry_of(constructor: &Constructor) -> Result<&ComponentConstructor, Failure> {
    Ok(root::registry(constructor).map_err(keeper::change::ChangeError::from)?)
}

/// The text of a file in a git revision. git is started without a shell.
fn of_revision(revision: &str, path: &Path) -> Result<String, Failure> {
    let (folder, file) = match (
        path.parent(),
        path.file_name().and_then(|name| name.to_str()),
    ) {
        (Some(folder), Some(file)) => (folder, file),
        _ => (Path::new(""), "component-constructor.yaml"),
    };
    let folder = if folder == Path::new("") {
        Path::new(".")
    } else {
        folder
    };
    let what = format!("{revision}:./{file}");
    let failed = |reason: String| {
        let message = format!(
            "git:{revision}: {} cannot be read: {reason}",
            path.display()
        );
        let hint = "see that the revision is there (a shallow clone may lack it) and has the file";
        Failure::new(message, Some(hint.to_owned()))
    };
    let mut git = Command::new("git")
        .args(["cat-file", "blob", what.as_str()])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("git cannot be started: {error}")))?;
    let limit = Limits::constructor().bytes as u64;
    let mut bytes = Vec::new();
    if let Some(stdout) = git.stdout.take() {
        // With the pipe closed behind it, git ends even if there is more.
        stdout.take(limit + 1).read_to_end(&mut bytes)?;
    }
    let outcome = git.wait_with_output()?;
    if bytes.len() as u64 > limit {
        return Err(failed(format!("it has more than {limit} bytes")));
    }
    if !outcome.status.success() {
        let talk = String::from_utf8_lossy(&outcome.stderr);
        let first = talk.lines().next().unwrap_or("git failed").trim();
        return Err(failed(first.to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text".to_owned()))
}
