//! A published registry in a temporary directory, and ways to change it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use keeper::change::{Addition, Keeper, Update};
use keeper::check::{self, Against, Base, Finding, Request, Status, Verdict, known_rules};
use keeper::plugin_release::Release;
use keeper::policy::Policy;
use keeper::{change, init, publish};
use oci::{Http, Silent};
use ocm::constructor;
use ocm::{ComponentDigest, ComponentVersionId, Lookup, Repository, RepositorySpec, Version};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const DEMO: &str = "acme.org/plugins/demo";
pub(crate) const OTHER: &str = "acme.org/plugins/other";
pub(crate) const REGISTRY: &str = "acme.org/plugin-registry";
/// The digest of nothing. It has letters, because YAML would read digits alone as a number.
pub(crate) const WRONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const CONSTRUCTOR: &str = "component-constructor.yaml";
const POLICY: &str = "plugyard.yaml";
const ARCHIVE: &str = "transport-archive";

/// A registry repository, and an archive in which everything is published.
pub(crate) struct Yard {
    folder: TempDir,
}

impl Yard {
    /// `demo` 1.0.0 and `other` 2.0.0 are published as v0.1.0; the constructor adds `demo` 1.1.0.
    pub(crate) fn good() -> Self {
        static GOOD: LazyLock<Yard> = LazyLock::new(|| {
            let yard = Yard::empty();
            yard.plugin(DEMO, "1.0.0", "demo/v1");
            yard.plugin(DEMO, "1.1.0", "demo/v1");
            yard.plugin(OTHER, "2.0.0", "other/v1");
            yard.add(DEMO, "1.0.0");
            yard.add(OTHER, "2.0.0");
            yard.publish();
            yard.add(DEMO, "1.1.0");
            yard
        });
        let folder = tempfile::tempdir().unwrap();
        copy(GOOD.folder.path(), folder.path());
        Self { folder }
    }

    /// A registry without entries of which nothing is published.
    pub(crate) fn empty() -> Self {
        let yard = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let registry = init::new_registry(REGISTRY, None);
        yard.write(CONSTRUCTOR, registry.constructor);
        yard.write(POLICY, format!("repository: ./{ARCHIVE}\n"));
        yard
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs_err::write(self.path(name), content).unwrap();
    }

    /// The text of the constructor.
    pub(crate) fn text(&self) -> String {
        fs_err::read_to_string(self.path(CONSTRUCTOR)).unwrap()
    }

    pub(crate) fn set_text(&self, text: impl AsRef<[u8]>) {
        self.write(CONSTRUCTOR, text);
    }

    /// Replaces the first occurrence of a text in the constructor.
    #[track_caller]
    pub(crate) fn replace(&self, from: &str, to: &str) {
        let text = self.text();
        assert!(text.contains(from), "no `{from}` in\n{text}");
        self.set_text(text.replacen(from, to, 1));
    }

    /// Replaces the last occurrence of a text in the constructor.
    #[track_caller]
    pub(crate) fn replace_last(&self, from: &str, to: &str) {
        let text = self.text();
        let at = text.rfind(from).unwrap();
        self.set_text(format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
    }

    /// The text of an entry of the constructor.
    #[track_caller]
    pub(crate) fn entry(&self, name: &str, version: &str) -> String {
        let text = self.text();
        let head = format!("  - name: {name}\n    version: {version}\n");
        let start = text.find(&head).unwrap();
        let rest = &text[start + 4..];
        let end = rest
            .find("\n  - name: ")
            .map_or(text.len(), |at| start + 5 + at);
        format!("{}\n", text[start..end].trim_end())
    }

    /// Deletes an entry and returns its text.
    #[track_caller]
    pub(crate) fn cut(&self, name: &str, version: &str) -> String {
        let entry = self.entry(name, version);
        let text = format!("{}\n", self.text().trim_end());
        self.set_text(text.replacen(&entry, "", 1));
        entry
    }

    /// Appends the text of an entry.
    pub(crate) fn append(&self, entry: &str) {
        self.set_text(format!("{}\n{entry}", self.text().trim_end()));
    }

    /// Adds a label to the registry.
    #[track_caller]
    pub(crate) fn label(&self, label: &str) {
        self.replace("labels:\n", &format!("labels:\n  - {label}\n"));
    }

    /// Adds lines to plugyard.yaml.
    pub(crate) fn append_policy(&self, lines: &str) {
        let text = fs_err::read_to_string(self.path(POLICY)).unwrap();
        self.write(POLICY, format!("{text}{lines}\n"));
    }

    /// Replaces plugyard.yaml, but for `repository`.
    pub(crate) fn set_policy(&self, lines: &str) {
        self.write(POLICY, format!("repository: ./{ARCHIVE}\n{lines}\n"));
    }

    /// Publishes a plugin for two platforms that claims one type of input.
    pub(crate) fn plugin(&self, component: &str, version: &str, claims: &str) {
        self.plugin_in(ARCHIVE, component, version, &input(claims));
    }

    /// The same with other capabilities, in another archive.
    pub(crate) fn plugin_in(
        &self,
        archive: &str,
        component: &str,
        version: &str,
        capabilities: &Value,
    ) {
        self.write("capabilities.json", capabilities.to_string());
        let program = format!("#!/bin/sh\n# {component} {version} {capabilities}\n");
        self.write("program", program);
        let platform = |text: &str| (text.parse().unwrap(), self.path("program"));
        let mut release = Release {
            component: component.to_owned(),
            version: version.parse().unwrap(),
            programs: vec![platform("linux/amd64"), platform("darwin/arm64")],
            provider: None,
            description: Some("Demo".to_owned()),
            capabilities: Some(self.path("capabilities.json")),
        };
        let capabilities = release.check().unwrap();
        let spec = self.spec(archive);
        let http = Http::default();
        wait(release.publish(&capabilities, &spec, &http, false, &Silent)).unwrap();
    }

    /// Changes the descriptor of a published component.
    pub(crate) fn change_descriptor(
        &self,
        component: &str,
        version: &str,
        change: impl FnOnce(&mut Value),
    ) {
        let index = self.path(ARCHIVE).join("artifact-index.json");
        let read = |path: &Path| -> Value {
            serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap()
        };
        let mut artifacts = read(&index);
        let list = artifacts["artifacts"].as_array_mut().unwrap();
        let artifact = list
            .iter_mut()
            .find(|artifact| {
                artifact["repository"]
                    .as_str()
                    .unwrap()
                    .ends_with(component)
                    && artifact["tag"] == ocm::version::tag(version)
            })
            .unwrap();
        let mut manifest = read(&self.blob(artifact["digest"].as_str().unwrap()));
        let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
        let mut descriptor = read(&self.blob(&layer));
        change(&mut descriptor);
        let (digest, size) = self.store(descriptor.to_string().as_bytes());
        manifest["layers"][0]["digest"] = json!(digest);
        manifest["layers"][0]["size"] = json!(size);
        let config = json!({ "componentDescriptorLayer": manifest["layers"][0] });
        let (digest, size) = self.store(config.to_string().as_bytes());
        manifest["config"]["digest"] = json!(digest);
        manifest["config"]["size"] = json!(size);
        artifact["digest"] = json!(self.store(manifest.to_string().as_bytes()).0);
        fs_err::write(index, artifacts.to_string()).unwrap();
    }

    fn blob(&self, digest: &str) -> PathBuf {
        self.path(ARCHIVE)
            .join("blobs")
            .join(digest.replace(':', "."))
    }

    fn store(&self, bytes: &[u8]) -> (String, usize) {
        let digest = oci::Digest::of(bytes).to_string();
        fs_err::write(self.blob(&digest), bytes).unwrap();
        (digest, bytes.len())
    }

    /// Removes a version from the index of the archive.
    pub(crate) fn unpublish(&self, component: &str, version: &str) {
        let path = self.path(ARCHIVE).join("artifact-index.json");
        let mut index: Value = serde_json::from_slice(&fs_err::read(&path).unwrap()).unwrap();
        let list = index["artifacts"].as_array_mut().unwrap();
        list.retain(|artifact| {
            !artifact["repository"]
                .as_str()
                .unwrap()
                .ends_with(component)
                || artifact["tag"] != version
        });
        fs_err::write(path, index.to_string()).unwrap();
    }

    /// The component digest of a published component, as hex digits.
    pub(crate) fn digest(&self, component: &str, version: &str) -> String {
        let repository = Repository::open(&self.spec(ARCHIVE), &Http::default()).unwrap();
        let id = ComponentVersionId::parse(component, version).unwrap();
        let found = wait(repository.get(&id, None)).unwrap();
        let digest = ComponentDigest::of(&found.unwrap().descriptor().unwrap());
        digest.to_pin().value
    }

    /// Pins an entry to the published component by hand.
    pub(crate) fn pin(&self, name: &str, component: &str, version: &str) {
        let entry = self.entry(name, version);
        let digits = entry.split("value: ").nth(1).unwrap()[..64].to_owned();
        let digest = self.digest(component, version);
        self.replace(&entry, &entry.replace(&digits, &digest));
    }

    /// Runs `plugyard add`.
    pub(crate) fn add(&self, component: &str, version: &str) {
        self.add_as(component, version, None);
    }

    /// Runs `plugyard add --name NAME`.
    pub(crate) fn add_as(&self, component: &str, version: &str, name: Option<&str>) {
        let version: Version = version.parse().unwrap();
        let addition = Addition {
            component,
            version: Some(&version),
            name,
        };
        self.change(async |keeper| keeper.add(&[addition], true).await);
    }

    /// Runs `plugyard update`: looks for newer versions of all plugins.
    pub(crate) fn update(&self) {
        self.change(async |keeper| keeper.update(&update(&[], false)).await);
    }

    /// Runs `plugyard update NAME --repin`.
    pub(crate) fn repin(&self, name: &str) {
        let names = [name.to_owned()];
        self.change(async |keeper| keeper.update(&update(&names, true)).await);
    }

    /// Runs `plugyard yank`.
    pub(crate) fn yank(&self, name: &str, version: &str) {
        let version: Version = version.parse().unwrap();
        self.change(async |keeper| keeper.yank(name, Some(&version), "broken", None).await);
    }

    /// Runs `plugyard bump`.
    pub(crate) fn bump(&self) {
        self.change(async |keeper| keeper.bump(None).await);
    }

    fn change(
        &self,
        work: impl AsyncFnOnce(&Keeper<'_>) -> Result<change::Change, change::ChangeError>,
    ) {
        let (text, policy, http) = (self.text(), self.policy(), Http::default());
        let constructor = constructor::parse(&text).unwrap();
        let lookup = self.lookup(&policy);
        let published = Repository::open_if_there(&self.spec(ARCHIVE), &http).unwrap();
        let keeper = Keeper {
            text: &text,
            folder: self.folder.path(),
            constructor: &constructor,
            policy: &policy,
            lookup: &lookup,
            published: published.as_ref(),
        };
        let change = wait(work(&keeper)).unwrap();
        self.set_text(change.text);
    }

    /// Publishes what the constructor says.
    pub(crate) fn publish(&self) {
        let (text, policy, http) = (self.text(), self.policy(), Http::default());
        let request = publish::Request {
            constructor: &constructor::parse(&text).unwrap(),
            folder: self.folder.path(),
            repository: &self.spec(ARCHIVE),
            http: &http,
            lookup: &self.lookup(&policy),
            first: true,
            dry_run: false,
            expect: None,
            pins: publish::Pins::Required,
        };
        wait(publish::publish(&request, &Silent)).unwrap();
    }

    pub(crate) fn policy(&self) -> Policy {
        let text = fs_err::read_to_string(self.path(POLICY)).unwrap();
        Policy::parse(&text, self.folder.path(), &known_rules()).unwrap()
    }

    pub(crate) fn spec(&self, archive: &str) -> RepositorySpec {
        RepositorySpec::ctf(self.path(archive).display().to_string())
    }

    fn lookup(&self, policy: &Policy) -> Lookup {
        let specs = [self.spec(ARCHIVE)].into_iter();
        Lookup::new(specs.chain(policy.sources.clone()), &Http::default())
    }

    /// Checks the constructor against the latest published version.
    pub(crate) fn check(&self) -> Verdict {
        self.check_with(&Against::Latest, false)
    }

    /// Checks the constructor as a change for a revision that has this plugyard.yaml and this
    /// constructor.
    pub(crate) fn check_for(&self, policy: Option<&Policy>, constructor: &str) -> Verdict {
        let base = Base {
            name: "git:main",
            policy,
            constructor: Some(constructor),
        };
        self.run(&Against::Latest, Some(base), false)
    }

    pub(crate) fn check_with(&self, against: &Against, all: bool) -> Verdict {
        self.run(against, None, all)
    }

    fn run(&self, against: &Against, base: Option<Base<'_>>, all: bool) -> Verdict {
        let (text, policy) = (self.text(), self.policy());
        let request = Request {
            text: &text,
            folder: self.folder.path(),
            policy: &policy,
            repository: &self.spec(ARCHIVE),
            http: &Http::default(),
            lookup: &self.lookup(&policy),
            against,
            base,
            all,
        };
        wait(check::check(&request)).unwrap()
    }

    /// The rules that are broken. Fails if a rule is undecided.
    #[track_caller]
    pub(crate) fn failed(&self) -> Vec<&'static str> {
        failed(&self.check())
    }
}

/// The rules that are broken. Fails if a rule is undecided.
#[track_caller]
pub(crate) fn failed(verdict: &Verdict) -> Vec<&'static str> {
    assert!(!verdict.is_incomplete(), "{:#?}", verdict.findings);
    rules(&verdict.findings, Status::Fail)
}

/// The rules of findings with a status, sorted.
pub(crate) fn rules(findings: &[Finding], status: Status) -> Vec<&'static str> {
    let of_status = findings.iter().filter(|finding| finding.status == status);
    let rules: BTreeSet<&str> = of_status.map(|finding| finding.rule).collect();
    rules.into_iter().collect()
}

/// Capabilities that claim one type of input.
pub(crate) fn input(claims: &str) -> Value {
    json!({"capabilities": [
        {"type": "inputRepository", "supportedInputTypes": [{"type": claims}]},
    ]})
}

fn update(names: &[String], repin: bool) -> Update<'_> {
    Update {
        names,
        only: None,
        pre: false,
        repin,
        jobs: 4,
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs_err::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs_err::create_dir(&target).unwrap();
            copy(&path, &target);
        } else {
            fs_err::copy(&path, target).unwrap();
        }
    }
}
