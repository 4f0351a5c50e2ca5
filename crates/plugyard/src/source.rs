//! A constructor file: read with its warnings shown, and replaced as a whole or not at all.

use std::path::{Path, PathBuf};

use oci::file;
use ocm::Diagnostic;
use ocm::constructor::{self, Constructor};
use ocm::yaml::Limits;

use crate::report::{Failure, File, Kind, Report};
use crate::whole_file;

/// The text of a constructor, and the file or revision it comes from.
#[derive(Debug)]
pub(crate) struct Source {
    path: PathBuf,
    name: String,
    pub(crate) text: String,
}

impl Source {
    /// Reads the constructor that `-c` names.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        Self::of_file(
            path,
            "create one with `plugyard init`, or name another file with -c",
        )
    }

    /// Reads another constructor; `hint` is for a file that cannot be read.
    pub(crate) fn of_file(path: &Path, hint: &str) -> Result<Self, Failure> {
        Ok(Self {
            path: path.to_owned(),
            name: path.display().to_string(),
            text: text(path, Limits::constructor(), hint)?,
        })
    }

    /// The path of the file as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A text that is not in a file of its own; messages refer to it by `name`.
    pub(crate) fn of(name: &str, text: String) -> Self {
        Self {
            path: PathBuf::new(),
            name: name.to_owned(),
            text,
        }
    }

    /// The directory that inputs are relative to.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Parses the text, and reports its errors and warnings.
    pub(crate) fn constructor(&self, report: &Report) -> Result<Constructor, Failure> {
        match constructor::parse(&self.text) {
            Ok(constructor) => {
                self.show(Kind::Warning, &constructor.warnings, report);
                Ok(constructor)
            }
            Err(error) => {
                self.show(Kind::Error, &error.diagnostics, report);
                Err(Failure::reported())
            }
        }
    }

    /// Shows the parts of the file that diagnostics are about.
    pub(crate) fn show(&self, kind: Kind, findings: &[Diagnostic], report: &Report) {
        let file = File {
            path: &self.name,
            text: &self.text,
        };
        report.findings(kind, &file, findings);
    }

    /// Replaces the content of the file.
    pub(crate) fn replace(&self, text: &str) -> Result<(), Failure> {
        whole_file::replace(&self.path, text)
    }
}

/// Reads a text file within limits; `hint` is for a file that cannot be read.
pub(crate) fn text(path: &Path, limits: Limits, hint: &str) -> Result<String, Failure> {
    file::read_in_folder(path, limits.bytes as u64)
        .and_then(|bytes| file::text(path, bytes))
        .map_err(|error| Failure::unreadable(&error, hint))
}
