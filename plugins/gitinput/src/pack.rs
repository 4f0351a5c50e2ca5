//! Turns an input into an archive file.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::archive::{self, ArchiveError};
use crate::deadline::Deadline;
use crate::git_process::GitError;
use crate::objects::Objects;
use crate::snapshot::{OpenError, Snapshot};
use crate::spec::InputSpec;
use crate::tree::{self, TreeError};

/// The finished archive.
pub(crate) struct Packed {
    /// The file, which belongs to the caller.
    pub(crate) path: PathBuf,
    /// The full id of the packed commit.
    pub(crate) commit: String,
}

/// Why packing failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackError {
    #[error(transparent)]
    Open(#[from] OpenError),

    #[error(transparent)]
    Tree(#[from] TreeError),

    #[error(transparent)]
    Archive(#[from] ArchiveError),

    #[error(transparent)]
    Git(#[from] GitError),

    #[error("cannot write the archive: {0}")]
    Write(#[from] io::Error),
}

/// Who must act on an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Blame {
    /// The author of the input.
    Input,
    /// The server with the repository.
    Remote,
    /// Nobody: it timed out.
    Time,
    /// The operator of the machine.
    Machine,
}

/// Packs the tree that `spec` names into a new file in `workspace`.
///
/// Blocks on git and, for remote repositories, on the network. Nothing is
/// left behind on failure.
pub(crate) fn pack(
    spec: &InputSpec,
    workspace: &Path,
    deadline: &Deadline,
) -> Result<Packed, PackError> {
    let snapshot = Snapshot::open(&spec.repository, &spec.reference, workspace, deadline)?;
    let entries = tree::list(&snapshot, &spec.path, deadline)?;
    let file = tempfile::Builder::new()
        .suffix(".tar")
        .tempfile_in(workspace)?;
    let mut objects = Objects::open(&snapshot, deadline)?;
    let mut file = match archive::write(&entries, &mut objects, BufWriter::new(file)) {
        Ok(out) => {
            objects.finish()?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?
        }
        Err(error) => {
            // If git caused the read error, its message is more precise.
            if let ArchiveError::Read { .. } = error {
                objects.finish()?;
            }
            return Err(error.into());
        }
    };
    file.flush()?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(Packed {
        path,
        commit: snapshot.commit().to_owned(),
    })
}

impl PackError {
    /// Who must act on it.
    pub(crate) fn blame(&self) -> Blame {
        match self {
            Self::Open(OpenError::Git(git)) | Self::Tree(TreeError::Git(git)) | Self::Git(git) => {
                match git {
                    GitError::TimedOut { .. } => Blame::Time,
                    GitError::TooLong { .. } => Blame::Input,
                    _ => Blame::Machine,
                }
            }
            Self::Open(OpenError::Fetch { .. }) => Blame::Remote,
            Self::Archive(
                ArchiveError::Read { .. } | ArchiveError::Write { .. } | ArchiveError::Finish(_),
            )
            | Self::Open(OpenError::Temporary(_))
            | Self::Write(_) => Blame::Machine,
            Self::Open(_) | Self::Tree(_) | Self::Archive(_) => Blame::Input,
        }
    }
}
