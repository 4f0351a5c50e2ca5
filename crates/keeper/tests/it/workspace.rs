//! A registry repository in a temporary directory, with the store that its plugins and the registry
//! itself are published in.

use std::path::PathBuf;

use keeper::change::{Addition, Change, ChangeError, Keeper, Release, Update};
use keeper::init;
use keeper::plugin_release;
use keeper::policy::Policy;
use keeper::publication::Publication;
use keeper::publish::{self, Pins, Refusal, Request};
use oci::{Http, Silent};
use ocm::version::Part;
use ocm::{ComponentDigest, Lookup, Repository, RepositorySpec, Version};
use tempfile::TempDir;

/// The plugin in most tests.
pub(crate) const DEMO: &str = "acme.org/plugins/demo";
/// The registry that the tests keep.
pub(crate) const REGISTRY: &str = "acme.org/plugin-registry";
/// What plugins print for `capabilities`.
const CAPABILITIES: &str =
    r#"{"capabilities":[{"type":"inputRepository","supportedInputTypes":[{"type":"demo/v1"}]}]}"#;

/// How to publish.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) first: bool,
    pub(crate) dry_run: bool,
    pub(crate) expect: Option<&'a ComponentDigest>,
    pub(crate) pins: Pins,
}

/// Also a first version may be published.
pub(crate) const FIRST: Settings<'_> = Settings {
    first: true,
    dry_run: false,
    expect: None,
    pins: Pins::Required,
};

pub(crate) struct Workspace {
    folder: TempDir,
    /// Text of the constructor.
    pub(crate) text: String,
    /// Text of plugyard.yaml.
    pub(crate) policy: String,
}

impl Workspace {
    /// A registry without entries, nothing published.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            text: init::new_registry(REGISTRY, None).constructor,
            policy: String::new(),
        }
    }

    /// A published registry with these versions of `demo`, and versions published since.
    pub(crate) fn with_demo(entries: &[&str], since: &[&str]) -> Self {
        let mut workspace = Self::new();
        for version in entries {
            workspace.plugin(DEMO, version);
            workspace.add(&format!("{DEMO}:{version}")).unwrap();
        }
        workspace.publish().unwrap();
        for version in since {
            workspace.plugin(DEMO, version);
        }
        workspace
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The store in this subdirectory.
    pub(crate) fn store(&self, name: &str) -> RepositorySpec {
        RepositorySpec::ctf(self.path(name).to_str().unwrap())
    }

    /// Publishes a plugin for two platforms, the same bytes on every machine.
    pub(crate) fn plugin(&self, component: &str, version: &str) -> Publication {
        self.plugin_in(
            "store",
            component,
            version,
            &["linux/amd64", "darwin/arm64"],
        )
    }

    pub(crate) fn plugin_in(
        &self,
        store: &str,
        component: &str,
        version: &str,
        platforms: &[&str],
    ) -> Publication {
        let programs = platforms.iter().map(|platform| {
            let path = self.path(&platform.replace('/', "-"));
            fs_err::write(
                &path,
                format!("#!/bin/sh\n# {component} {version} {platform}\n"),
            )
            .unwrap();
            (platform.parse().unwrap(), path)
        });
        let capabilities = self.path("capabilities.json");
        fs_err::write(&capabilities, CAPABILITIES).unwrap();
        let mut release = plugin_release::Release {
            component: component.to_owned(),
            version: version.parse().unwrap(),
            programs: programs.collect(),
            provider: None,
            description: Some("Reads demo".to_owned()),
            capabilities: Some(capabilities),
        };
        let capabilities = release.check().unwrap();
        let (spec, http) = (self.store(store), Http::default());
        run(release.publish(&capabilities, &spec, &http, false, &Silent)).unwrap()
    }

    /// Calls something of the keeper, and gives what came of it.
    pub(crate) fn keeper<T>(&self, call: impl AsyncFnOnce(Keeper<'_>) -> T) -> T {
        let constructor = ocm::constructor::parse(&self.text).unwrap();
        let policy = Policy::parse(&self.policy, self.folder.path(), &[]).unwrap();
        let http = Http::default();
        let store = self.store("store");
        let repositories = [&store].into_iter().chain(&policy.sources).cloned();
        let lookup = Lookup::new(repositories, &http);
        let published = Repository::open_if_there(&store, &http).unwrap();
        run(call(Keeper {
            text: &self.text,
            folder: self.folder.path(),
            constructor: &constructor,
            policy: &policy,
            lookup: &lookup,
            published: published.as_ref(),
        }))
    }

    /// Does what was worked out.
    fn apply(&mut self, change: Result<Change, ChangeError>) -> Result<Change, ChangeError> {
        let change = change?;
        self.text.clone_from(&change.text);
        Ok(change)
    }

    /// Adds `COMPONENT[:VERSION]`.
    pub(crate) fn add(&mut self, what: &str) -> Result<Change, ChangeError> {
        self.add_all(&[what], false)
    }

    pub(crate) fn add_all(&mut self, all: &[&str], pre: bool) -> Result<Change, ChangeError> {
        let all: Vec<(&str, Option<Version>)> = all
            .iter()
            .map(|what| match what.split_once(':') {
                Some((component, version)) => (component, Some(version.parse().unwrap())),
                None => (*what, None),
            })
            .collect();
        let additions: Vec<Addition<'_>> = all
            .iter()
            .map(|(component, version)| Addition {
                component,
                version: version.as_ref(),
                name: None,
            })
            .collect();
        let change = self.keeper(async |keeper| keeper.add(&additions, pre).await);
        self.apply(change)
    }

    pub(crate) fn remove(
        &mut self,
        name: &str,
        version: Option<&str>,
    ) -> Result<Change, ChangeError> {
        let version: Option<Version> = version.map(|version| version.parse().unwrap());
        let change =
            self.keeper(async |keeper| keeper.remove(name, version.as_ref(), "broken").await);
        self.apply(change)
    }

    /// `instead` is `NAME[@VERSION]`.
    pub(crate) fn yank(
        &mut self,
        name: &str,
        version: Option<&str>,
        instead: Option<&str>,
    ) -> Result<Change, ChangeError> {
        let parse = |version: &str| version.parse::<Version>().unwrap();
        let version = version.map(parse);
        let instead = instead.map(|instead| match instead.split_once('@') {
            Some((name, version)) => (name, Some(parse(version))),
            None => (instead, None),
        });
        let instead = instead
            .as_ref()
            .map(|(name, version)| (*name, version.as_ref()));
        let change = self
            .keeper(async |keeper| keeper.yank(name, version.as_ref(), "broken", instead).await);
        self.apply(change)
    }

    pub(crate) fn bump(&mut self, part: Option<Part>) -> Result<Change, ChangeError> {
        let change = self.keeper(async |keeper| keeper.bump(part).await);
        self.apply(change)
    }

    pub(crate) fn update(&mut self, update: &Update<'_>) -> Result<Change, ChangeError> {
        let change = self.keeper(async |keeper| keeper.update(update).await);
        self.apply(change)
    }

    pub(crate) fn release(&mut self, release: &Release<'_>) -> Result<Change, ChangeError> {
        let change = self.keeper(async |keeper| keeper.release(release).await);
        self.apply(change)
    }

    /// Publishes the constructor, also as the first version.
    pub(crate) fn publish(&self) -> Result<Vec<Publication>, Refusal> {
        self.publish_with(FIRST)
    }

    pub(crate) fn publish_with(&self, settings: Settings<'_>) -> Result<Vec<Publication>, Refusal> {
        let (store, http) = (self.store("store"), Http::default());
        let policy = Policy::parse(&self.policy, self.folder.path(), &[]).unwrap();
        let repositories = [&store].into_iter().chain(&policy.sources).cloned();
        let lookup = Lookup::new(repositories, &http);
        let constructor = ocm::constructor::parse(&self.text).unwrap();
        let request = Request {
            constructor: &constructor,
            folder: self.folder.path(),
            repository: &store,
            http: &http,
            lookup: &lookup,
            first: settings.first,
            dry_run: settings.dry_run,
            expect: settings.expect,
            pins: settings.pins,
        };
        run(publish::publish(&request, &Silent))
    }

    /// The entries as `NAME@VERSION`.
    pub(crate) fn entries(&self) -> Vec<String> {
        let constructor = ocm::constructor::parse(&self.text).unwrap();
        let references = constructor.components[0].references.iter();
        references
            .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
            .collect()
    }

    /// The version of the registry in the constructor.
    pub(crate) fn version(&self) -> Version {
        let constructor = ocm::constructor::parse(&self.text).unwrap();
        constructor.components[0].version.value.clone()
    }
}

/// Runs a future.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(future)
}
