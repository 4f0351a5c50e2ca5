//! An environment to run the binary in, shared by the tests of this directory.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "test code may panic, and reads PATH from the environment"
)]

#[path = "yard/archive.rs"]
mod archive;
#[path = "yard/elsewhere.rs"]
mod elsewhere;
#[path = "yard/template.rs"]
mod template;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use elsewhere::Elsewhere;
use serde_json::Value;
use snapbox::{Assert, IntoData, Redactions, assert::DEFAULT_ACTION_ENV, cmd::cargo_bin};
use tempfile::TempDir;
pub(crate) use template::Template;

/// A plugin's output for `capabilities`, if a test does not depend on it.
pub(crate) const CAPABILITIES: &str =
    r#"{"capabilities":[{"type":"inputRepository","supportedInputTypes":[{"type":"demo/v1"}]}]}"#;
/// The registry in most tests.
pub(crate) const REGISTRY: &str = "acme.org/plugin-registry";
/// The same with its repository.
pub(crate) const PUBLISHED: &str = "./transport-archive//acme.org/plugin-registry";
/// The plugin in most tests.
pub(crate) const DEMO: &str = "acme.org/plugins/demo";

/// A digest that matches nothing. It has letters, because digits alone would be a number in YAML.
pub(crate) const WRONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A working directory with its own home and directory for temporary files, so that every written
/// file is seen.
///
/// If `PLUGYARD_TEST_REGISTRY` names a registry, `./transport-archive` in tests is a path on it.
pub(crate) struct Yard {
    root: TempDir,
    elsewhere: Option<Elsewhere>,
}

impl Yard {
    /// An empty working directory.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["work", "home", "temporary"] {
            fs_err::create_dir(root.path().join(folder)).unwrap();
        }
        let elsewhere = Elsewhere::from_environment(&root.path().join("home"));
        Self { root, elsewhere }
    }

    /// What `build` makes, built once for all tests that share a template.
    ///
    /// On a registry it is built each time, as it is not only in the directory.
    pub(crate) fn shared(template: &OnceLock<Template>, build: fn() -> Self) -> Self {
        if elsewhere::is_meant() {
            return build();
        }
        let template = template.get_or_init(|| Template::read(build().root.path()));
        let yard = Self::new();
        template.write(yard.root.path());
        yard
    }

    /// With `acme.org/plugins/demo:1.0.0` published.
    pub(crate) fn with_plugin() -> Self {
        static TEMPLATE: OnceLock<Template> = OnceLock::new();
        Self::shared(&TEMPLATE, || {
            let yard = Self::new();
            yard.plugin(DEMO, "1.0.0");
            yard
        })
    }

    /// With a registry, published as v0.1.0, that has this plugin.
    pub(crate) fn with_registry() -> Self {
        static TEMPLATE: OnceLock<Template> = OnceLock::new();
        Self::shared(&TEMPLATE, || {
            let yard = Self::with_plugin();
            yard.done("init --name acme.org/plugin-registry");
            yard.done("add acme.org/plugins/demo");
            yard.done("publish --first");
            yard
        })
    }

    /// A path in the working directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// Writes a file and creates its parent directories.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    /// Lets the user's OCM configuration name the registry that the tests run on, if that is in
    /// plain HTTP: where only plugyard.yaml names it, it gets no login.
    pub(crate) fn names_own_registry(&self) {
        if let Some(url) = self.elsewhere.as_ref().and_then(Elsewhere::plain_http) {
            self.names_plain_http(url);
        }
    }

    /// Lets the user's OCM configuration name a registry in plain HTTP.
    pub(crate) fn names_plain_http(&self, url: &str) {
        let config = format!(
            "type: generic.config.ocm.software/v1
configurations:
  - type: resolvers.config.ocm.software/v1alpha1
    resolvers:
      - componentNamePattern: none.example/x
        repository: {{ type: OCIRepository/v1, baseUrl: '{url}' }}
"
        );
        self.write("../home/.ocmconfig", config);
    }

    /// Writes the registry's constructor.
    pub(crate) fn constructor(&self, text: impl AsRef<[u8]>) {
        self.write("component-constructor.yaml", text);
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a shell script.
    pub(crate) fn script(&self, name: &str, commands: &str) {
        self.program(name, format!("#!/bin/sh\n{commands}\n"));
    }

    /// Writes a program.
    pub(crate) fn program(&self, name: &str, content: impl AsRef<[u8]>) {
        self.write("program.new", content);
        // Copied by another process: a program cannot be started while it is open for writing, and a
        // child of another test could have inherited the open file.
        let copied = Command::new("cp")
            .arg(self.path("program.new"))
            .arg(self.path(name))
            .status();
        assert!(copied.unwrap().success());
        fs_err::remove_file(self.path("program.new")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs_err::set_permissions(self.path(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
    }

    /// Publishes a plugin for two platforms, the same bytes on every machine. Gives the hex
    /// digits of its component digest.
    pub(crate) fn plugin(&self, component: &str, version: &str) -> String {
        self.plugin_in("./transport-archive", component, version)
    }

    /// The same, in another archive.
    pub(crate) fn plugin_in(&self, repository: &str, component: &str, version: &str) -> String {
        let published = self.publish_plugin(repository, component, version, "Reads demo");
        let digest = published["componentDigest"].as_str().unwrap();
        digest.strip_prefix("sha256:").unwrap().to_owned()
    }

    /// Publishes a plugin with its own description.
    pub(crate) fn publish_plugin(
        &self,
        repository: &str,
        component: &str,
        version: &str,
        text: &str,
    ) -> Value {
        for platform in ["linux", "darwin"] {
            self.write(
                platform,
                format!("#!/bin/sh\n# {component} {version} {platform}\n"),
            );
        }
        self.write("capabilities.json", CAPABILITIES);
        let outcome = self.run_all(&[
            "plugin",
            "publish",
            "--name",
            component,
            "--version",
            version,
            "--description",
            text,
            "--capabilities",
            "capabilities.json",
            "-r",
            repository,
            "linux/amd64=linux",
            "darwin/arm64=darwin",
            "-o",
            "json",
        ]);
        for file in ["linux", "darwin", "capabilities.json"] {
            fs_err::remove_file(self.path(file)).unwrap();
        }
        outcome.json()
    }

    /// Runs a command line; arguments in single quotes may contain spaces.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_all(&words(line))
    }

    /// Runs a command.
    pub(crate) fn run_all(&self, arguments: &[&str]) -> Outcome {
        let arguments = self.arguments(arguments);
        self.outcome(self.command().args(arguments).output().unwrap())
    }

    /// The arguments of a command, with the actual repositories.
    fn arguments(&self, words: &[&str]) -> Vec<String> {
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.arguments(words, &self.path("plugyard.yaml")),
            None => words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn feed(&self, line: &str, input: &[u8]) -> Outcome {
        self.write("../standard-input", input);
        let file = fs_err::File::open(self.path("../standard-input")).unwrap();
        let mut command = self.command();
        command
            .args(self.arguments(&words(line)))
            .stdin(file.into_parts().0);
        self.outcome(command.output().unwrap())
    }

    /// Runs a command line with a variable set.
    pub(crate) fn run_with(&self, name: &str, value: &str, line: &str) -> Outcome {
        let value = match &self.elsewhere {
            Some(elsewhere) => elsewhere.meant(value),
            None => value.to_owned(),
        };
        self.outcome(
            self.command()
                .env(name, value)
                .args(self.arguments(&words(line)))
                .output()
                .unwrap(),
        )
    }

    /// Runs a command line that must succeed.
    #[track_caller]
    pub(crate) fn done(&self, line: &str) -> Outcome {
        let outcome = self.run(line);
        assert_eq!(outcome.code, Some(0), "plugyard {line}\n{}", outcome.stderr);
        outcome
    }

    /// Runs a command line that must write nothing at all.
    #[track_caller]
    pub(crate) fn writes_nothing(&self, line: &str) -> Outcome {
        let before = self.tree();
        let stored = self.elsewhere.as_ref().map(Elsewhere::writes);
        let outcome = self.run(line);
        self.assert_tree(&before, line);
        let after = self.elsewhere.as_ref().map(Elsewhere::writes);
        assert_eq!(stored, after, "plugyard {line} has written to the registry");
        outcome
    }

    /// Checks that every file is unchanged.
    #[track_caller]
    pub(crate) fn assert_tree(&self, before: &BTreeMap<PathBuf, Vec<u8>>, line: &str) {
        let after = self.tree();
        let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
        let changed: Vec<_> = before.keys().chain(after.keys()).filter(differs).collect();
        assert!(
            changed.is_empty(),
            "plugyard {line} has written {changed:?}"
        );
    }

    /// Every path, with the bytes of a file or the target of a link.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut tree = BTreeMap::new();
        let mut folders = vec![self.root.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                // Content that was read from a registry is cached there.
                if self.elsewhere.is_some() && path.ends_with("home/.cache") {
                    continue;
                }
                let kind = fs_err::symlink_metadata(&path).unwrap().file_type();
                let content = if kind.is_symlink() {
                    let target = fs_err::read_link(&path).unwrap();
                    target.into_os_string().into_encoded_bytes()
                } else if kind.is_dir() {
                    folders.push(path.clone());
                    b"a folder".to_vec()
                } else {
                    fs_err::read(&path).unwrap_or_else(|_| b"unreadable".to_vec())
                };
                tree.insert(path, content);
            }
        }
        tree
    }

    /// The binary, without the environment variables that it reads.
    pub(crate) fn command(&self) -> Command {
        self.program_of_others(cargo_bin!("plugyard"))
    }

    /// Another program in the same environment.
    pub(crate) fn program_of_others(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path().join("home"))
            .env("TMPDIR", self.root.path().join("temporary"))
            .stdin(Stdio::null());
        if let Some(authority) = elsewhere::authority() {
            command.env(elsewhere::AUTHORITY, authority);
        }
        command
    }

    /// The output of a process, with the temporary directory replaced by `[YARD]`.
    pub(crate) fn outcome(&self, output: Output) -> Outcome {
        let mut redactions = Redactions::new();
        redactions
            .insert("[YARD]", self.root.path().to_owned())
            .unwrap();
        let (mut stdout, mut stderr) = (output.stdout, String::from_utf8(output.stderr).unwrap());
        if let Some(elsewhere) = &self.elsewhere {
            if let Ok(text) = std::str::from_utf8(&stdout) {
                stdout = elsewhere.called(text).into_bytes();
            }
            stderr = elsewhere::without_requests(&elsewhere.called(&stderr));
        }
        Outcome {
            code: output.status.code(),
            stdout,
            stderr,
            elsewhere: self.elsewhere.is_some(),
            assert: Assert::new()
                .action_env(DEFAULT_ACTION_ENV)
                .redact_with(redactions),
        }
    }
}

/// The outcome of a run.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    elsewhere: bool,
    assert: Assert,
}

impl Outcome {
    /// Compares exit code, standard output and standard error. Of a digest, eight digits are
    /// compared.
    #[track_caller]
    pub(crate) fn is(self, code: i32, stdout: impl IntoData, stderr: impl IntoData) {
        let out = shortened(&String::from_utf8(self.stdout).unwrap());
        let talk = shortened(&self.stderr);
        assert_eq!(self.code, Some(code), "\n{out}\n{talk}");
        if self.elsewhere && out.contains('│') {
            // The repository's name is shorter than that of an archive.
            let expected = stdout.into_data().to_string();
            assert_eq!(squeezed(&out), squeezed(&expected));
        } else {
            self.assert.eq(out, stdout);
        }
        self.assert.eq(talk, stderr);
    }

    /// Compares stderr if stdout is empty.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, stderr: impl IntoData) {
        assert!(
            self.stdout.is_empty(),
            "{}",
            String::from_utf8_lossy(&self.stdout)
        );
        let talk = shortened(&self.stderr);
        assert_eq!(self.code, Some(code), "\n{talk}");
        self.assert.eq(talk, stderr);
    }

    /// The output as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// The output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        serde_json::from_slice(&self.stdout).unwrap()
    }
}

/// The keys of an object in the order of the text.
pub(crate) fn keys(text: &str, indentation: usize) -> Vec<String> {
    let margin = format!("{}\"", " ".repeat(indentation));
    let members = text
        .lines()
        .filter_map(|line| line.strip_prefix(margin.as_str()));
    members
        .map(|line| line.split('"').next().unwrap().to_owned())
        .collect()
}

/// An entry of a constructor.
pub(crate) fn entry(name: &str, version: &str, component: &str, digest: &str) -> String {
    format!(
        "  - name: {name}
    version: {version}
    componentName: {component}
    digest:
      hashAlgorithm: SHA-256
      normalisationAlgorithm: jsonNormalisation/v4alpha1
      value: {digest}
"
    )
}

/// A constructor of the registry with these entries.
pub(crate) fn registry(version: &str, entries: &[String]) -> String {
    let list = if entries.is_empty() {
        " []\n".to_owned()
    } else {
        format!("\n{}", entries.concat())
    };
    format!(
        "name: {REGISTRY}\nversion: {version}\nprovider: {{ name: acme.org }}\ncomponentReferences:{list}"
    )
}

/// Whether the tests run as a user who ignores file permissions.
pub(crate) fn is_root(folder: &Path) -> bool {
    let probe = folder.join("probe");
    fs_err::write(&probe, "").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs_err::set_permissions(&probe, PermissionsExt::from_mode(0o000)).unwrap();
    }
    let readable = fs_err::read(&probe).is_ok();
    fs_err::remove_file(probe).unwrap();
    readable
}

/// The arguments of a command line.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        if number % 2 == 1 {
            words.push(part);
        } else {
            words.extend(part.split_whitespace());
        }
    }
    words
}

/// The text of a table without padding.
fn squeezed(table: &str) -> String {
    let mut text = table.trim_matches('\n').to_owned();
    text.retain(|character| character != ' ' && character != '─');
    text
}

/// Reports that a test is only about archives if the tests run on a registry.
#[expect(clippy::print_stdout, reason = "a skipped test reports it")]
pub(crate) fn is_about_archives(test: &str) -> bool {
    let skipped = elsewhere::is_meant();
    if skipped {
        println!("skipped: {test}: it is about archives");
    }
    skipped
}

/// The text with each SHA-256 digest shortened to eight digits.
fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_hexdigit()) {
        let length = rest[start..]
            .find(|character: char| !character.is_ascii_hexdigit())
            .unwrap_or(rest.len() - start);
        let (before, after) = rest.split_at(start + length);
        if length == 64 {
            short.push_str(&before[..start + 8]);
            short.push('…');
        } else {
            short.push_str(before);
        }
        rest = after;
    }
    short + rest
}
