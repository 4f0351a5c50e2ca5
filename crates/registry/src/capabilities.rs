//! What a plugin can do: the document that `PLUGIN capabilities` prints.
//!
//! Source: the official plugin contract. A document is
//! `{"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "git/v1"}]}]}`.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most bytes of a document.
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

/// Says whether the official CLI knows a type of capability.
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
    #[error("{file}: cannot be run: {}", oci::store::system_error(.source))]
    Start {
        /// The program.
        file: String,
        /// The answer of the operating system.
        #[source]
        source: std::io::Error,
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
    #[error("cannot read {file}: {}", oci::store::system_error(.source))]
    Read {
        /// The file.
        file: String,
        /// The answer of the operating system.
        #[source]
        source: std::io::Error,
    },
}

impl CapabilitiesError {
    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Start { .. } => {
                "build it for this machine, or give its answer as a file with --capabilities"
            }
            Self::Hangs { .. } | Self::TooLong { .. } | Self::Failed { .. } => {
                "the official CLI runs `capabilities` at every start: mend the plugin first"
            }
            Self::Document { .. } => {
                "it must look like {\"capabilities\": [{\"type\": \"inputRepository\", \"supportedInputTypes\": [{\"type\": \"demo/v1\"}]}]}"
            }
            Self::Read { .. } => "name a file that holds what `PLUGIN capabilities` prints",
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
        let file = path.display().to_string();
        let mut bytes = Vec::new();
        let read = fs_err::File::open(path)
            .and_then(|opened| opened.take(LIMIT + 1).read_to_end(&mut bytes));
        if let Err(source) = read {
            return Err(CapabilitiesError::Read { file, source });
        }
        if bytes.len() as u64 > LIMIT {
            return Err(CapabilitiesError::Document {
                file,
                reason: format!("it has more than {LIMIT} bytes"),
            });
        }
        Self::parse(&file, &bytes)
    }

    /// Asks a program of the author's own, built for this machine.
    ///
    /// # Errors
    /// It cannot be run, takes longer than `patience`, prints too much, fails, or prints
    /// something else. It is killed where it does not end by itself.
    pub fn ask(program: &Path, patience: Duration) -> Result<Self, CapabilitiesError> {
        let file = program.display().to_string();
        // A name without a folder would be looked for on PATH.
        let path = fs_err::canonicalize(program).map_err(|source| CapabilitiesError::Start {
            file: file.clone(),
            source,
        })?;
        let mut command = Command::new(path);
        // A group of its own, so that what it starts can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command
            .arg("capabilities")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| CapabilitiesError::Start {
                file: file.clone(),
                source,
            })?;
        let stdout = await_answer(child, &file, patience)?;
        Self::parse(&file, &stdout)
    }
}

/// Collects what a program prints, and ends it when it takes too long or prints too much.
fn await_answer(
    mut child: Child,
    file: &str,
    patience: Duration,
) -> Result<Vec<u8>, CapabilitiesError> {
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stdout) = stdout {
            let _ = stdout.take(LIMIT + 1).read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    let (talk_sender, talk_receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = (&mut stderr).take(2000).read_to_end(&mut bytes);
            // The rest is read too, or a talkative program would wait for ever.
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        }
        let _ = talk_sender.send(bytes);
    });
    let deadline = Instant::now() + patience;
    let hangs = || CapabilitiesError::Hangs {
        file: file.to_owned(),
        patience,
    };
    let Ok(bytes) = receiver.recv_timeout(patience) else {
        end(&mut child);
        return Err(hangs());
    };
    if bytes.len() as u64 > LIMIT {
        end(&mut child);
        return Err(CapabilitiesError::TooLong {
            file: file.to_owned(),
        });
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
            _ => {
                end(&mut child);
                return Err(hangs());
            }
        }
    };
    if !status.success() {
        let stderr = talk_receiver
            .recv_timeout(Duration::from_secs(1))
            .unwrap_or_default();
        let stderr = String::from_utf8_lossy(&stderr).trim().to_owned();
        return Err(CapabilitiesError::Failed {
            file: file.to_owned(),
            status,
            stderr,
        });
    }
    Ok(bytes)
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
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
    fn the_category_is_the_first_word() {
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
