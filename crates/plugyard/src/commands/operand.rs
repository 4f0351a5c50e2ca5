//! An operand of a comparison, as it is named on the command line: a published registry, a git
//! revision, or a file.

use std::path::{Path, PathBuf};

use keeper::comparison::Operand;
use ocm::{ComponentRef, RepositorySpec, Resolved};
use registry::diff::Content;

use crate::network::Network;
use crate::report::{Failure, Report};
use crate::revision;
use crate::source::Source;

/// Where an operand is read from.
#[derive(Clone, Debug)]
pub(super) enum OperandSource {
    /// A published version.
    Published(ComponentRef),
    /// The constructor in a git revision.
    Git(String),
    /// A constructor on disk.
    File(PathBuf),
}

impl OperandSource {
    /// An existing file takes precedence over a reference.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        if let Some(revision) = text.strip_prefix("git:") {
            // git would take it for an option.
            if revision.is_empty() || revision.starts_with('-') {
                return Err(Failure::usage(
                    format_args!("`{text}` does not name a git revision"),
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

    /// The repository that it is published in.
    pub(super) fn repository(&self) -> Option<&RepositorySpec> {
        match self {
            Self::Published(reference) => Some(&reference.repository),
            Self::Git(_) | Self::File(_) => None,
        }
    }

    /// Reads it. A git revision has the constructor where `constructor` is now; `name` is the
    /// registry that a revision without the file has nothing of, and without it the file must
    /// exist.
    pub(super) async fn read(
        &self,
        constructor: &Path,
        name: Option<&str>,
        report: &Report,
        network: &Network,
    ) -> Result<Operand, Failure> {
        match self {
            Self::Published(reference) => {
                let resolved = Resolved::open(reference, &network.http).await?;
                let Resolved {
                    repository, found, ..
                } = resolved;
                Ok(Operand::published(repository, &found.descriptor()?))
            }
            Self::Git(revision) => {
                let text = revision::read(revision, constructor)?;
                match (text, name) {
                    (Some(text), _) => {
                        let source = Source::of(&format!("git:{revision}"), text);
                        Ok(Operand::without_inputs(&source.constructor(report)?)?)
                    }
                    (None, Some(name)) => {
                        let file = constructor.display();
                        report.note(format_args!("git:{revision} does not have {file}"));
                        Ok(Operand {
                            content: Content::nothing(name),
                            repository: None,
                        })
                    }
                    (None, None) => Err(Failure::new(
                        format_args!("git:{revision} does not have {}", constructor.display()),
                        Some(
                            "name a revision that has the constructor, or its path with -c"
                                .to_owned(),
                        ),
                    )),
                }
            }
            Self::File(path) => {
                let source = if path == constructor {
                    Source::read(path)?
                } else {
                    Source::of_file(path, "name a file, git:REV or REPO//COMPONENT:VERSION")?
                };
                let constructor = source.constructor(report)?;
                Ok(Operand::in_folder(&constructor, source.folder(), report)?)
            }
        }
    }
}
