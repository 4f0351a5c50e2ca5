//! What a plugin can do: the document that `PLUGIN capabilities` prints.
//!
//! Source: the official plugin contract. A document is
//! `{"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "git/v1"}]}]}`.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oci::child::{self, ChildError, Group};
use oci::file::{self, FileError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Maximum number of bytes of a document.
pub const LIMIT: u64 = 1 << 20;
/// How long a plugin may take to print its document.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The types of capability that the official CLI knows, and the keys of their lists.
const KNOWN: [(&str, &[&str]); 9] = [
    ("inputRepository", &["supportedInputTypes"]),
    (
        "credentialRepository",
        &["supportedCredentialRepositorySpecTypes"],
    ),
    ("credentialPlugin", &["supportedCredentialPluginTypes"]),
    (
        "componentVersionRepository",
        &["supportedRepositorySpecTypes"],
    ),
    ("componentLister", &["supportedRepositorySpecTypes"]),
    ("digestProcessorRepository", &["supportedAccessTypes"]),
    ("resourceRepository", &["supportedAccessTypes"]),
    ("blobTransformer", &["supportedTransformerSpecTypes"]),
    ("signingHandler", &["supportedSigningSpecTypes"]),
];

/// Returns whether the official CLI knows a type of capability.
pub fn is_known(kind: &str) -> bool {
    KNOWN.iter().any(|(known, _)| *known == kind)
}

/// One capability, as labels keep it. Texts are of type `T`, so that a reader of many entries can
/// borrow them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Capability<T = String> {
    /// Type, such as `inputRepository`.
    #[serde(rename = "type")]
    pub kind: T,
    /// The types it serves, such as `git/v1`; sorted.
    #[serde(default = "Vec::new")]
    pub types: Vec<T>,
}

/// What is wrong with a plugin's answer.
#[derive(Debug, thiserror::Error)]
pub enum CapabilitiesError {
    /// It could not be started.
    #[error("{file}: cannot be run: {source}")]
    Start {
        /// The program.
        file: String,
        /// Why not.
        #[source]
        source: ChildError,
    },
    /// It did not end in time.
    #[error("{file}: `capabilities` gave no answer within {} seconds", .patience.as_secs_f32())]
    Hangs {
        /// The program.
        file: String,
        /// How long was waited.
        patience: Duration,
    },
    /// It printed too much.
    #[error("{file}: `capabilities` prints more than {LIMIT} bytes")]
    TooLong {
        /// The program.
        file: String,
    },
    /// It failed.
    #[error("{file}: `capabilities` ended with {status}{}", quoted(.stderr))]
    Failed {
        /// The program.
        file: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of what it said.
        stderr: String,
    },
    /// It is not the document it should be.
    #[error("{file}: not a capabilities document: {reason}")]
    Document {
        /// The program or the file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] FileError),
}

impl CapabilitiesError {
    /// How to fix it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Start {
                source: ChildError::Start(error),
                ..
            } if error.kind() == ErrorKind::PermissionDenied => {
                "make it executable with `chmod +x FILE`: artifacts of CI jobs lose that permission"
            }
            Self::Start { .. } => {
                "build it for this machine, or give its answer as a file with --capabilities"
            }
            Self::Hangs { .. } | Self::TooLong { .. } | Self::Failed { .. } => {
                "the official CLI runs `capabilities` at every start: fix the plugin first"
            }
            Self::Document { .. } => {
                "it must look like {\"capabilities\": [{\"type\": \"inputRepository\", \"supportedInputTypes\": [{\"type\": \"demo/v1\"}]}]}"
            }
            Self::Read(_) => "name a file that holds what `PLUGIN capabilities` prints",
        }
    }
}

fn quoted(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!(": {stderr}")
    }
}

/// A document that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The capabilities, sorted by type.
    pub list: Vec<Capability>,
    /// The type of the first one in the document.
    pub first: Option<String>,
    /// Things the official CLI will not like.
    pub warnings: Vec<String>,
}

impl Capabilities {
    /// Reads a document. `file` names it in errors.
    ///
    /// # Errors
    /// It is not of the form above.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, CapabilitiesError> {
        let wrong = |reason: String| CapabilitiesError::Document {
            file: file.to_owned(),
            reason,
        };
        let document: Value =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        let items = document
            .get("capabilities")
            .and_then(Value::as_array)
            .ok_or_else(|| wrong("it has no list `capabilities`".to_owned()))?;
        let mut list = Vec::new();
        let mut warnings = Vec::new();
        for item in items {
            let kind = item
                .get("type")
                .and_then(Value::as_str)
                .filter(|kind| !kind.is_empty())
                .ok_or_else(|| wrong("a capability has no `type`".to_owned()))?;
            let Some((_, keys)) = KNOWN.iter().find(|(known, _)| *known == kind) else {
                warnings.push(format!(
                    "capability `{kind}` is unknown to the official CLI, which then refuses to start"
                ));
                list.push(Capability {
                    kind: kind.to_owned(),
                    types: Vec::new(),
                });
                continue;
            };
            let mut types = Vec::new();
            for served in keys
                .iter()
                .filter_map(|key| item.get(*key)?.as_array())
                .flatten()
            {
                let name = served
                    .get("type")
                    .and_then(Value::as_str)
                    .ok_or_else(|| wrong(format!("a type of capability `{kind}` has no `type`")))?;
                types.push(name.to_owned());
            }
            types.sort();
            types.dedup();
            list.push(Capability {
                kind: kind.to_owned(),
                types,
            });
        }
        let first = list.first().map(|capability| capability.kind.clone());
        if first.is_none() {
            warnings
                .push("it has no capability, and `ocm download plugin` refuses such".to_owned());
        }
        list.sort();
        Ok(Self {
            list,
            first,
            warnings,
        })
    }

    /// Reads a document from a file.
    ///
    /// # Errors
    /// The file cannot be read, is too long, or is no such document.
    pub fn read(path: &Path) -> Result<Self, CapabilitiesError> {
        let bytes = file::read(path, LIMIT)?;
        Self::parse(&path.display().to_string(), &bytes)
    }

    /// Asks a program of the author's own, built for this machine.
    ///
    /// # Errors
    /// It cannot be run, takes longer than `patience`, prints too much, fails, or prints
    /// something else. It is killed where it does not end by itself.
    pub fn ask(program: &Path, patience: Duration) -> Result<Self, CapabilitiesError> {
        let file = program.display().to_string();
        let failed = |source| match source {
            ChildError::Time { limit, .. } => CapabilitiesError::Hangs {
                file: file.clone(),
                patience: limit,
            },
            ChildError::Output(_) => CapabilitiesError::TooLong { file: file.clone() },
            source => CapabilitiesError::Start {
                file: file.clone(),
                source,
            },
        };
        // A name without a directory would be looked for on PATH.
        let path =
            fs_err::canonicalize(program).map_err(|error| failed(ChildError::Start(error)))?;
        let limits = child::Limits {
            time: patience,
            output: LIMIT,
            messages: 2000,
        };
        let mut command = Command::new(path);
        command.arg("capabilities");
        let finished = child::run(&mut command, b"", limits, Group::Own).map_err(failed)?;
        if !finished.status.success() {
            return Err(CapabilitiesError::Failed {
                file,
                status: finished.status,
                stderr: finished.message(),
            });
        }
        Self::parse(&file, &finished.output)
    }
}

impl Capabilities {
    /// What kind of plugin it is: the first capability without its ending `Repository`, `Plugin`
    /// or `Handler`, or `plugin` where nothing is left.
    pub fn category(&self) -> &str {
        let first = self.first.as_deref().unwrap_or_default();
        let word = ["Repository", "Plugin", "Handler"]
            .iter()
            .find_map(|ending| first.strip_suffix(ending))
            .unwrap_or(first);
        if word.is_empty() { "plugin" } else { word }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_becomes_sorted_capabilities() {
        let text = r#"{"capabilities":[
            {"type":"signingHandler","supportedSigningSpecTypes":[{"type":"x/v1"}]},
            {"type":"inputRepository","supportedInputTypes":[{"type":"git/v1"},{"type":"git"}]}]}"#;
        let capabilities = Capabilities::parse("p", text.as_bytes()).unwrap();
        assert_eq!(capabilities.category(), "signing");
        assert_eq!(capabilities.list[0].types, ["git", "git/v1"]);
        assert_eq!(capabilities.warnings, [""; 0]);
    }

    #[test]
    fn other_documents_are_refused() {
        for text in ["", "{}", "null", "[]", r#"{"capabilities":[{}]}"#, "hello"] {
            assert!(Capabilities::parse("p", text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn the_category_is_derived_from_the_first_capability() {
        for (first, word) in [
            (Some("inputRepository"), "input"),
            (Some("credentialPlugin"), "credential"),
            (Some("signingHandler"), "signing"),
            (Some("blobTransformer"), "blobTransformer"),
            (Some("Plugin"), "plugin"),
            (None, "plugin"),
        ] {
            let capabilities = Capabilities {
                list: Vec::new(),
                first: first.map(str::to_owned),
                warnings: Vec::new(),
            };
            assert_eq!(capabilities.category(), word);
        }
    }
}
