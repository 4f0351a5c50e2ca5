//! The commands under test: their files, the registry they use, and their result without faults.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use testkit::Registry;
use testkit::registry::{Login, Quirks, Request};

use crate::yard::{CAPABILITIES, DEMO, REGISTRY, Yard};

/// Placeholder for the address of the registry, with its scheme.
const URL: &str = "[URL]";
/// Placeholder for its host and port.
const HOST: &str = "[HOST]";
/// A run that takes longer is considered hanging and is killed. Busy machines are slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// Seconds that a step may take if a fault is permanent.
pub(crate) const SHORT: &str = "1";
/// The same if the step finally succeeds; allows for busy machines.
pub(crate) const LONG: &str = "20";
/// The command whose result is its findings.
pub(crate) const VERIFY: &str = "component verify";
const CONSTRUCTOR: &str = "component-constructor.yaml";

/// A file name in the working directory, and its text.
type File = (&'static str, String);

/// A command that accesses a registry.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The command line, with `[URL]`.
    line: String,
    /// The files in the working directory, with `[URL]` and `[HOST]`.
    files: Vec<File>,
    /// The initial content of the registry.
    pub(crate) seed: Registry,
    /// Whether the command has run before, so that its content is cached.
    again: bool,
    /// Whether the command stores something in the registry.
    pub(crate) writes: bool,
    /// The requests into which faults are injected: those that no other scenario covers.
    pub(crate) disturbs: fn(&Request) -> bool,
    /// The requests and the result of a run without faults.
    pub(crate) requests: Vec<Request>,
    pub(crate) expected: Run,
}

/// The result of a run, with addresses of the registry that do not depend on its port.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    /// `None` if ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) hangs: bool,
    pub(crate) time: Duration,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) constructor: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Leftover files.
    pub(crate) left: Vec<String>,
}

impl Scenario {
    /// Runs the command on a registry with a retry budget in seconds. `disturb` is called before the
    /// run under test.
    pub(crate) fn run(&self, registry: &Registry, budget: &str, disturb: impl FnOnce()) -> Run {
        let attempt = Attempt::new(&self.files, registry);
        if self.again {
            let before = attempt.run(&self.line, LONG);
            assert_eq!(before.code, Some(0), "{}: {}", self.name, before.stderr);
        }
        registry.forget();
        disturb();
        attempt.run(&self.line, budget)
    }

    /// The initial state of a run without faults.
    fn undisturbed(mut self) -> Self {
        let registry = self.seed.fork();
        let expected = self.run(&registry, LONG, || {});
        assert_eq!(expected.code, Some(0), "{}: {}", self.name, expected.stderr);
        assert_eq!(registry.missing(), [].into(), "{}", self.name);
        self.expected = expected;
        self.requests = registry.log();
        registry.shut();
        self
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
    // Like most registries before version 1.1 of the specification.
    let older = Quirks {
        single_post: false,
        mounts: false,
        absolute: true,
        ..Quirks::default()
    };
    let older = seed.twin(Login::None, older);
    let (before, after) = constructors(&seed);
    let config = r#"{"auths":{"[HOST]":{"auth":"YWxpY2U6czNjcmV0"}}}"#;
    let config = ("../home/.docker/config.json", config.to_owned());
    // A login is sent in plain HTTP only where the user has named the address.
    let named_by_user = (
        "../home/.ocmconfig",
        format!(
            "type: generic.config.ocm.software/v1
configurations:
  - type: resolvers.config.ocm.software/v1alpha1
    resolvers:
      - componentNamePattern: none.example/x
        repository: {{ type: OCIRepository/v1, baseUrl: '{URL}' }}
"
        ),
    );
    let policy = ("plugyard.yaml", format!("repository: {URL}/acme\n"));
    let keeper = |constructor: &str| vec![policy.clone(), (CONSTRUCTOR, constructor.to_owned())];
    let author = vec![
        ("linux", "#!/bin/sh\n# linux\n".to_owned()),
        ("darwin", "#!/bin/sh\n# darwin\n".to_owned()),
        ("capabilities.json", CAPABILITIES.to_owned()),
    ];
    let named = format!("{URL}/acme//{REGISTRY}");
    let list = format!("list --registry {named}");
    let plugin = format!(
        "plugin publish --name acme.org/plugins/new --version 1.0.0 -r {URL}/acme \
         --capabilities capabilities.json linux/amd64=linux darwin/arm64=darwin"
    );
    let scenario = |name, line: &str, files, seed: &Registry| Scenario {
        name,
        line: line.to_owned(),
        files,
        seed: seed.clone(),
        again: name.ends_with(" again"),
        writes: line.contains("publish"),
        disturbs: |_| true,
        requests: Vec::new(),
        expected: Run::default(),
    };
    let info = format!("info demo --registry {named}");
    let verify = format!("component verify {named}:v0.1.0");
    let several = several(&seed, &policy);
    let with_login = |mut files: Vec<File>| {
        files.extend([config.clone(), named_by_user.clone()]);
        files
    };
    let mut scenarios = vec![
        scenario("list", &list, vec![], &seed),
        scenario("list again", &list, vec![], &seed),
        scenario("info", &info, vec![], &seed),
        scenario(VERIFY, &verify, vec![], &seed),
        scenario("add", "add acme.org/plugins/other", keeper(&before), &seed),
        scenario("publish", "publish", keeper(&after), &seed),
        scenario("publish again", "publish", keeper(&after), &seed),
        scenario("plugin publish", &plugin, author.clone(), &seed),
    ];
    let mut only = |disturbs, scenario| {
        scenarios.push(Scenario {
            disturbs,
            ..scenario
        });
    };
    let files = with_login(vec![]);
    only(
        |_| true,
        scenario("list with tokens", &list, files, &behind_tokens),
    );
    let files = with_login(keeper(&after));
    only(
        logs_in,
        scenario("publish with tokens", "publish", files, &behind_tokens),
    );
    only(
        mounts,
        scenario("publish several", "publish --first", several, &seed),
    );
    let files = keeper(&after);
    only(
        uploads,
        scenario("publish, older registry", "publish", files, &older),
    );
    only(
        uploads,
        scenario("plugin publish, older registry", &plugin, author, &older),
    );
    scenarios.into_iter().map(Scenario::undisturbed).collect()
}

fn logs_in(request: &Request) -> bool {
    request.status == 401 || request.path == "/token"
}

fn mounts(request: &Request) -> bool {
    request.parameter("mount").is_some()
}

fn uploads(request: &Request) -> bool {
    request.path.contains("/blobs/uploads/")
}

/// A constructor of two components that share content, the second one referring to the first.
fn several(seed: &Registry, policy: &File) -> Vec<File> {
    let content = ("shared.txt", "shared content\n".to_owned());
    let resource = "
    resources:
      - { name: text, type: blob, version: 1.0.0, input: { type: file, path: shared.txt } }";
    let child = format!(
        "  - name: acme.org/child
    version: 1.0.0
    provider: {{ name: acme.org }}{resource}
"
    );
    let registry = seed.fork();
    let only = format!("components:\n{child}");
    let files = vec![policy.clone(), content.clone(), (CONSTRUCTOR, only)];
    let attempt = Attempt::new(&files, &registry);
    let published = attempt.run("publish --first", LONG);
    assert_eq!(published.code, Some(0), "{}", published.stderr);
    let line = format!("component hash {URL}/acme//acme.org/child:1.0.0");
    let digest = attempt.run(&line, LONG);
    let digest = digest
        .stdout
        .trim_end()
        .strip_prefix("sha256:")
        .unwrap()
        .to_owned();
    registry.shut();
    let parent = format!(
        "  - name: acme.org/parent
    version: 1.0.0
    provider: {{ name: acme.org }}{resource}
    componentReferences:
      - name: child
        version: 1.0.0
        componentName: acme.org/child
        digest:
          hashAlgorithm: SHA-256
          normalisationAlgorithm: jsonNormalisation/v4alpha1
          value: {digest}
"
    );
    let both = format!("components:\n{child}{parent}");
    vec![policy.clone(), content, (CONSTRUCTOR, both)]
}

/// Publishes two plugins and a registry with the first one. Returns the constructor of the
/// registry, and one that also has the second plugin.
fn constructors(registry: &Registry) -> (String, String) {
    let yard = Yard::new();
    let repository = format!("{}/acme", registry.url());
    yard.plugin_in(&repository, DEMO, "1.0.0");
    yard.done(&format!("init --name {REGISTRY} -r {repository}"));
    yard.done(&format!("add {DEMO}"));
    yard.done("publish --first");
    yard.plugin_in(&repository, "acme.org/plugins/other", "2.0.0");
    let before = yard.read(CONSTRUCTOR);
    yard.done("add acme.org/plugins/other");
    (before, yard.read(CONSTRUCTOR))
}

/// A working directory for one registry.
struct Attempt<'a> {
    yard: Yard,
    files: &'a [File],
    registry: &'a Registry,
}

impl<'a> Attempt<'a> {
    fn new(files: &'a [File], registry: &'a Registry) -> Self {
        let attempt = Self {
            yard: Yard::new(),
            files,
            registry,
        };
        for (name, text) in files {
            attempt.yard.write(name, attempt.filled(text));
        }
        attempt
    }

    fn filled(&self, text: &str) -> String {
        text.replace(URL, &self.registry.url())
            .replace(HOST, &self.registry.host())
    }

    fn run(&self, line: &str, budget: &str) -> Run {
        let mut command = self.yard.command();
        command
            .env("PLUGYARD_RETRY_BUDGET", budget)
            .args(self.filled(line).split_whitespace())
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
        let time = start.elapsed();
        let output = process.wait_with_output().unwrap();
        let (url, host) = (self.registry.url(), self.registry.host());
        let blank = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.replace(&url, URL).replace(&host, HOST)
        };
        let constructor = fs_err::read_to_string(self.yard.path(CONSTRUCTOR));
        Run {
            code: output.status.code(),
            hangs,
            time,
            stdout: blank(&output.stdout),
            stderr: blank(&output.stderr),
            constructor: constructor.unwrap_or_default(),
            tags: self.registry.tags(),
            left: self.left(),
        }
    }

    /// Unexpected files.
    fn left(&self) -> Vec<String> {
        let folders = [self.yard.path(""), self.yard.path("../temporary")];
        let names = folders.iter().flat_map(|folder| {
            let entries = fs_err::read_dir(folder).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
        });
        let known = |found: &String| self.files.iter().any(|(name, _)| name == found);
        names.filter(|found| !known(found)).collect()
    }
}
