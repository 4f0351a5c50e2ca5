//! The commands that are disturbed: their files, the registry they find, and what comes of them
//! when nothing goes wrong.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use testkit::Registry;
use testkit::registry::{Asked, Login, Quirks};

use crate::yard::{CAPABILITIES, DEMO, REGISTRY, Yard};

/// Stands for the address of the registry, with its scheme.
const URL: &str = "[URL]";
/// Stands for its host and port.
const HOST: &str = "[HOST]";
/// A run that takes longer hangs. The budget of each step is one second.
const PATIENCE: Duration = Duration::from_secs(8);
const CONSTRUCTOR: &str = "component-constructor.yaml";

/// A command that talks to a registry.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The command line, with `[URL]`.
    line: String,
    /// What lies in the working folder, with `[URL]` and `[HOST]`.
    files: Vec<(&'static str, String)>,
    /// What the registry has before.
    pub(crate) seed: Registry,
    /// Whether the command stores something in the registry.
    pub(crate) writes: bool,
    /// The requests of a run that nothing disturbs, and what comes of it.
    pub(crate) requests: Vec<Asked>,
    pub(crate) expected: Run,
}

/// What comes of a run, with the places of the registry named alike whatever its port.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Nothing: ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) hangs: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) constructor: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Files that were forgotten.
    pub(crate) left: Vec<String>,
}

impl Scenario {
    /// Runs the command on a registry.
    pub(crate) fn run(&self, registry: &Registry) -> Run {
        run(&self.line, &self.files, registry)
    }

    /// The constructor before.
    pub(crate) fn constructor(&self) -> &str {
        let file = self.files.iter().find(|(name, _)| *name == CONSTRUCTOR);
        file.map_or("", |(_, text)| text)
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Scenario> {
    let seed = Registry::start();
    let login = Login::Bearer {
        account: Some(("alice".to_owned(), "s3cret".to_owned())),
        identity: None,
        expires_in: 300,
    };
    let behind_tokens = seed.twin(login, Quirks::default());
    let (before, after) = constructors(&seed);
    let config = r#"{"auths":{"[HOST]":{"auth":"YWxpY2U6czNjcmV0"}}}"#;
    let config = ("../home/.docker/config.json", config.to_owned());
    let policy = ("plugyard.yaml", format!("repository: {URL}/acme\n"));
    let program = |name| (name, format!("#!/bin/sh\n# {name}\n"));
    let named = format!("{URL}/acme//{REGISTRY}");
    let plugin = format!(
        "plugin publish --name acme.org/plugins/new --version 1.0.0 -r {URL}/acme \
         --capabilities capabilities.json linux/amd64=linux darwin/arm64=darwin"
    );
    let scenarios = [
        ("list", format!("list --registry {named}"), vec![], &seed),
        (
            "list with tokens",
            format!("list --registry {named}:v0.1.0"),
            vec![config],
            &behind_tokens,
        ),
        (
            "info",
            format!("info demo --registry {named}"),
            vec![],
            &seed,
        ),
        (
            "component verify",
            format!("component verify {named}:v0.1.0"),
            vec![],
            &seed,
        ),
        (
            "add",
            "add acme.org/plugins/other".to_owned(),
            vec![policy.clone(), (CONSTRUCTOR, before)],
            &seed,
        ),
        (
            "publish",
            "publish".to_owned(),
            vec![policy, (CONSTRUCTOR, after)],
            &seed,
        ),
        (
            "plugin publish",
            plugin,
            vec![
                program("linux"),
                program("darwin"),
                ("capabilities.json", CAPABILITIES.to_owned()),
            ],
            &seed,
        ),
    ];
    let scenarios = scenarios.into_iter();
    scenarios
        .map(|(name, line, files, seed)| undisturbed(name, line, files, seed))
        .collect()
}

/// Publishes two plugins and a registry with the first one. Gives the constructor of the
/// registry, and the one that has the second plugin, too.
fn constructors(registry: &Registry) -> (String, String) {
    let yard = Yard::new();
    let place = format!("{}/acme", registry.url());
    yard.plugin_in(&place, DEMO, "1.0.0");
    yard.done(&format!("init --name {REGISTRY} -r {place}"));
    yard.done(&format!("add {DEMO}"));
    yard.done("publish --first");
    yard.plugin_in(&place, "acme.org/plugins/other", "2.0.0");
    let before = yard.read(CONSTRUCTOR);
    yard.done("add acme.org/plugins/other");
    (before, yard.read(CONSTRUCTOR))
}

fn undisturbed(
    name: &'static str,
    line: String,
    files: Vec<(&'static str, String)>,
    seed: &Registry,
) -> Scenario {
    let registry = seed.fork();
    let expected = run(&line, &files, &registry);
    assert_eq!(expected.code, Some(0), "{name}: {}", expected.stderr);
    assert_eq!(registry.missing(), [].into(), "{name}");
    let requests = registry.log();
    registry.shut();
    Scenario {
        name,
        line,
        files,
        seed: seed.clone(),
        writes: name.ends_with("publish"),
        requests,
        expected,
    }
}

fn run(line: &str, files: &[(&'static str, String)], registry: &Registry) -> Run {
    let yard = Yard::new();
    let (url, host) = (registry.url(), registry.host());
    let filled = |text: &str| text.replace(URL, &url).replace(HOST, &host);
    for (name, text) in files {
        yard.write(name, filled(text));
    }
    let mut command = yard.command();
    command
        .env("PLUGYARD_RETRY_BUDGET", "1")
        .args(filled(line).split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let start = Instant::now();
    let mut hangs = false;
    while process.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            hangs = true;
            process.kill().unwrap();
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = process.wait_with_output().unwrap();
    let blank = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.replace(&url, URL).replace(&host, HOST)
    };
    let constructor = fs_err::read_to_string(yard.path(CONSTRUCTOR)).unwrap_or_default();
    Run {
        code: output.status.code(),
        hangs,
        stdout: blank(&output.stdout),
        stderr: blank(&output.stderr),
        constructor,
        tags: registry.tags(),
        left: left(&yard, files),
    }
}

/// Files that nobody has put there.
fn left(yard: &Yard, files: &[(&'static str, String)]) -> Vec<String> {
    let folders = [yard.path(""), yard.path("../temporary")];
    let names = folders.iter().flat_map(|folder| {
        let entries = fs_err::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
    });
    names
        .filter(|found| files.iter().all(|(name, _)| name != found))
        .collect()
}
