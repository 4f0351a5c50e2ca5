//! A directory with a registry, and what a reader in another process sees there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const PLUGYARD: &str = env!("CARGO_BIN_EXE_plugyard");
pub(crate) const ARCHIVE: &str = "transport-archive";
pub(crate) const CONSTRUCTOR: &str = "component-constructor.yaml";
pub(crate) const REGISTRY: &str = "acme.org/plugin-registry";
pub(crate) const DEMO: &str = "acme.org/plugins/demo";
/// The prefix of all temporary files of archive writers.
pub(crate) const TEMPORARY: &str = ".plugyard-";

const CAPABILITIES: &str = r#"{"capabilities": [{"type": "inputRepository", "supportedInputTypes": [{"type": "demo/v1"}]}]}"#;

/// A registry's own directory, removed when dropped.
#[derive(Debug)]
pub(crate) struct Workshop {
    root: TempDir,
}

/// The outcome of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What a reader sees of a component: the output of each reading command, or that it is absent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct View(Vec<Option<String>>);

impl Workshop {
    /// One with only a program and its capabilities.
    pub(crate) fn new() -> Self {
        let workshop = Self {
            root: TempDir::new().unwrap(),
        };
        fs_err::create_dir(workshop.folder()).unwrap();
        workshop.write("demo", "#!/bin/sh\necho 1\n");
        workshop.write("capabilities.json", CAPABILITIES);
        workshop
    }

    /// One with the plugin `demo` in versions 0.1.0 to 0.`count`.0, and a registry of the first.
    pub(crate) fn with_registry(count: usize) -> Self {
        let workshop = Self::new();
        for version in 1..=count {
            workshop.done(&plugin(DEMO, &format!("0.{version}.0")));
        }
        workshop.done(&["init", "--name", REGISTRY]);
        workshop.done(&["add", "acme.org/plugins/demo:0.1.0"]);
        workshop
    }

    pub(crate) fn copy(&self) -> Self {
        let copy = Self {
            root: TempDir::new().unwrap(),
        };
        testkit::files::copy(&self.folder(), &copy.folder());
        copy
    }

    /// The working directory of commands.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("registry")
    }

    /// A separate directory, for files that are not part of the registry.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs_err::write(self.folder().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.folder().join(name)).unwrap()
    }

    /// All files with their content.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        testkit::files::tree(&self.folder())
    }

    /// Paths of temporary files that a writer left.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let names = self.files().into_iter().map(|(name, _)| name);
        names.filter(|name| name.contains(TEMPORARY)).collect()
    }

    /// A command to be run in the registry's directory.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder())
            .env_remove("PLUGYARD_REGISTRY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ended {
        self.command(PLUGYARD)
            .args(arguments)
            .output()
            .unwrap()
            .into()
    }

    /// Runs a command that must succeed and returns its stdout.
    pub(crate) fn done<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    }

    /// What readers see of a component.
    pub(crate) fn view(&self, component: &str) -> Result<View, String> {
        let reference = format!("./{ARCHIVE}//{component}");
        let mut commands = vec![
            vec!["component", "get", &reference, "-o", "raw"],
            vec!["component", "verify", &reference],
        ];
        if component == REGISTRY {
            commands.push(vec![
                "list",
                "--all",
                "-o",
                "json",
                "--registry",
                &reference,
            ]);
        }
        let mut view = Vec::new();
        for command in commands {
            let ended = self.run(&command);
            let absent = ["the archive does not exist", "no version of"];
            view.push(match ended.code {
                Some(0) => Some(ended.stdout),
                Some(1 | 3) if absent.iter().any(|text| ended.stderr.contains(text)) => None,
                _ => return Err(format!("{command:?} sees a part: {ended:?}")),
            });
        }
        Ok(View(view))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The command that publishes the program of a workshop as a plugin.
pub(crate) fn plugin(component: &str, version: &str) -> Vec<String> {
    plugin_of(component, version, Path::new("demo"))
}

/// The command that publishes a program as a plugin. Nothing is executed.
pub(crate) fn plugin_of(component: &str, version: &str, program: &Path) -> Vec<String> {
    let program = format!("linux/amd64={}", program.display());
    let words = [
        "plugin",
        "publish",
        "--name",
        component,
        "--version",
        version,
    ];
    let more = ["--capabilities", "capabilities.json", &program];
    words
        .iter()
        .chain(&more)
        .map(|word| (*word).to_owned())
        .collect()
}
