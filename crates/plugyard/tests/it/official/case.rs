//! A captured case, copied to a directory in which commands can run.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::Value;
use tempfile::TempDir;

/// The directory of the cases.
pub(crate) fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/official/cases")
}

/// The names of all cases.
pub(crate) fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(cases())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A case and a copy of its working directory.
pub(crate) struct Case {
    pub(crate) name: String,
    /// A recorded command and its result.
    pub(crate) capture: Value,
    root: TempDir,
}

/// A command that was run.
pub(crate) struct Run<'a> {
    capture: &'a Value,
    case: &'a str,
}

/// The files after a command.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Case {
    /// The state before the first command.
    pub(crate) fn open(name: &str) -> Self {
        let case = Self::empty(name);
        case.copy("files");
        case
    }

    /// With the files that the commands wrote.
    pub(crate) fn after(name: &str) -> Self {
        let case = Self::open(name);
        case.copy("after");
        case
    }

    /// Without any files.
    pub(crate) fn empty(name: &str) -> Self {
        let capture = fs::read(cases().join(name).join("case.json")).unwrap();
        let case = Self {
            name: name.to_owned(),
            capture: serde_json::from_slice(&capture).unwrap(),
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(case.root.path().join("home")).unwrap();
        fs::create_dir(case.folder()).unwrap();
        case
    }

    fn copy(&self, part: &str) {
        let from = cases().join(&self.name).join(part);
        if from.is_dir() {
            testkit::files::copy(&from, &self.folder());
        }
    }

    /// The working directory.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// The recorded commands.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.capture["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|capture| Run {
                capture,
                case: &self.name,
            })
    }

    /// Runs Plugyard.
    pub(crate) fn plugyard(&self, arguments: &[&str]) -> Outcome {
        plugyard(&self.folder(), arguments)
    }

    /// Runs Plugyard, which must succeed, and returns its output.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let outcome = self.plugyard(arguments);
        assert_eq!(
            outcome.code,
            Some(0),
            "{}: {}: {}",
            self.name,
            arguments.join(" "),
            outcome.stderr
        );
        outcome.stdout
    }

    /// Runs Plugyard, which must refuse with this exit code and print only messages to stderr. Returns
    /// the messages.
    pub(crate) fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let outcome = self.plugyard(arguments);
        let command = || format!("{}: {}: {}", self.name, arguments.join(" "), outcome.stderr);
        assert_eq!(outcome.code, Some(code), "{}", command());
        assert_eq!(outcome.stdout, "", "{}", command());
        outcome.stderr
    }
}

/// Runs Plugyard in a directory, without this machine's configuration.
pub(crate) fn plugyard(folder: &Path, arguments: &[&str]) -> Outcome {
    run(
        Command::new(env!("CARGO_BIN_EXE_plugyard")),
        folder,
        arguments,
    )
}

/// Runs a command in a directory, without this machine's configuration.
pub(crate) fn run(mut command: Command, folder: &Path, arguments: &[&str]) -> Outcome {
    let home = folder.parent().unwrap().join("home");
    let output = command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", home.join("x"))
        .envs(testkit::official::QUIET)
        .output()
        .unwrap();
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl<'a> Run<'a> {
    /// The arguments of the command, without `ocm` and its global flags.
    pub(crate) fn words(&self) -> Vec<&'a str> {
        let words = self.capture["argv"].as_array().unwrap();
        words.iter().map(|word| word.as_str().unwrap()).collect()
    }

    /// Whether the arguments begin like this.
    pub(crate) fn is(&self, command: &[&str]) -> bool {
        self.words().starts_with(command)
    }

    /// The value of a flag; the last one, if it was given several times.
    pub(crate) fn flag(&self, flag: &str) -> Option<&'a str> {
        let words = self.words();
        let at = words.iter().rposition(|word| *word == flag)?;
        words.get(at + 1).copied()
    }

    /// Whether the official CLI succeeded.
    pub(crate) fn accepted(&self) -> bool {
        self.capture["exit"] == 0
    }

    /// The recorded output of the official CLI, if any.
    pub(crate) fn stdout(&self) -> Option<String> {
        let name = self.capture["stdout"].as_str()?;
        Some(fs::read_to_string(cases().join(self.case).join(name)).unwrap())
    }
}

/// Reads YAML as a JSON value.
pub(crate) fn yaml(text: &str) -> Value {
    let document = ocm::yaml::parse(text, ocm::yaml::Limits::descriptor()).unwrap();
    document.root.to_json().unwrap()
}

/// Reads a document, or one document per line, in the format that `-o` selects.
pub(crate) fn documents(text: &str, form: &str) -> Vec<Value> {
    let all = match form {
        "json" => serde_json::from_str(text).unwrap(),
        "yaml" => yaml(text),
        "ndjson" => text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .collect(),
        other => panic!("{other} is no form of documents"),
    };
    match all {
        Value::Array(documents) => documents,
        document => vec![document],
    }
}
