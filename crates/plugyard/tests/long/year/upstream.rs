//! The releases of the plugins' authors, on a real registry.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::Server;

use crate::yard::Yard;
use crate::year::release::Release;
use crate::year::version::Version;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Path in the registry that contains everything.
pub(crate) const PATH: &str = "hub";

/// All plugins as currently published.
pub(crate) struct Upstream {
    pub(crate) server: Server,
    authors: Yard,
    there: BTreeMap<String, BTreeMap<Version, Release>>,
    /// Number of releases.
    pub(crate) released: usize,
}

impl Upstream {
    pub(crate) fn new(server: Server) -> Self {
        Self {
            server,
            authors: Yard::new(),
            there: BTreeMap::new(),
            released: 0,
        }
    }

    /// The repository of plugins and registry.
    pub(crate) fn repository(&self) -> String {
        format!("{}/{PATH}", self.server.url())
    }

    /// The versions of a component.
    pub(crate) fn versions(&self, component: &str) -> impl DoubleEndedIterator<Item = &Version> {
        self.there
            .get(component)
            .into_iter()
            .flat_map(BTreeMap::keys)
    }

    pub(crate) fn release(&self, component: &str, version: &Version) -> Option<&Release> {
        self.there.get(component)?.get(version)
    }

    /// All components and the tags that their versions must have.
    pub(crate) fn tags(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let tags = |releases: &BTreeMap<Version, Release>| {
            releases.keys().map(ToString::to_string).collect()
        };
        let components = self.there.iter();
        components
            .map(|(component, releases)| (component.as_str(), tags(releases)))
            .collect()
    }

    /// Authors release concurrently.
    pub(crate) fn publish(&mut self, releases: Vec<Release>) {
        let (scripted, direct): (Vec<&Release>, Vec<&Release>) =
            releases.iter().partition(|release| is_scripted(release));
        std::thread::scope(|scope| {
            for half in direct.chunks(direct.len().div_ceil(2).max(1)) {
                let this = &*self;
                scope.spawn(move || half.iter().for_each(|release| this.publish_one(release)));
            }
            for release in scripted {
                self.publish_one(release);
            }
        });
        for release in releases {
            self.know(release);
        }
    }

    fn know(&mut self, release: Release) {
        self.released += 1;
        let versions = self.there.entry(release.component.clone()).or_default();
        let before = versions.insert(release.version.clone(), release);
        assert_eq!(before, None, "a version is released once");
    }

    fn publish_one(&self, release: &Release) {
        let folder = format!("{}-{}", release.component, release.version).replace('/', "-");
        let repository = self.repository();
        let version = release.version.to_string();
        let description = format!("--description={}", release.description);
        let mut line = vec![
            "plugin",
            "publish",
            "--name",
            &release.component,
            "--version",
            &version,
            &description,
            "-r",
            &repository,
            "-o",
            "json",
        ];
        let capabilities = format!("{folder}/capabilities.json");
        if !is_scripted(release) {
            self.authors
                .write(&capabilities, release.document().to_string());
            line.extend(["--capabilities", &capabilities]);
        }
        let programs: Vec<String> = release
            .programs
            .iter()
            .map(|(platform, program)| {
                let file = format!("{folder}/{}", platform.replace('/', "-"));
                self.authors.write(&file, program);
                if is_scripted(release) && *platform == NATIVE {
                    self.authors.program(&file, program);
                }
                format!("{platform}={file}")
            })
            .collect();
        line.extend(programs.iter().map(String::as_str));
        let outcome = self.authors.run_all(&line);
        if release.flaw == Some("binary-platform") {
            assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
            assert!(
                outcome.stderr.contains("its header says"),
                "{}",
                outcome.stderr
            );
            self.put(release);
            return;
        }
        let published = outcome.json();
        assert_eq!(published["status"], "published", "{release:?}");
        let digest = format!("sha256:{}", release.digest());
        assert_eq!(published["componentDigest"], digest, "{release:?}");
    }

    /// Stores a component version directly, like a program without checks.
    fn put(&self, release: &Release) {
        let repository = repository(&release.component);
        let store = |media_type: &str, bytes: &[u8]| {
            let digest = self.server.put_blob(&repository, bytes);
            json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
        };
        let descriptor = release.descriptor().to_string();
        let layer = store(
            "application/vnd.ocm.software.component-descriptor.v2+json",
            descriptor.as_bytes(),
        );
        let config = json!({"componentDescriptorLayer": layer}).to_string();
        let config = store(
            "application/vnd.ocm.software.component.config.v1+json",
            config.as_bytes(),
        );
        let mut layers = vec![layer];
        layers.extend(
            release
                .programs
                .values()
                .map(|program| store("application/octet-stream", program)),
        );
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers,
        });
        let tag = release.version.to_string();
        let bytes = manifest.to_string();
        self.server
            .put_manifest(&repository, &tag, MANIFEST, bytes.as_bytes());
    }

    /// Deletes a version.
    pub(crate) fn withdraw(&mut self, component: &str, version: &Version) -> Release {
        let repository = repository(component);
        let (status, bytes) = self
            .server
            .get(&format!("/v2/{repository}/manifests/{version}"));
        assert_eq!(status, 200, "{component}:{version}");
        let digest = format!("sha256:{}", testkit::sha256(&bytes));
        self.server.delete(&repository, &digest);
        let versions = self.there.get_mut(component).unwrap();
        versions.remove(version).unwrap()
    }

    /// Publishes other content under a version; returns the previous content.
    pub(crate) fn retag(&mut self, release: Release) -> Release {
        let before = self.withdraw(&release.component, &release.version);
        assert_ne!(before.digest(), release.digest());
        self.publish(vec![release]);
        before
    }

    /// Restores the previous content of a version.
    pub(crate) fn restore(&mut self, release: Release) {
        self.retag(release);
        self.released -= 1;
    }

    /// The tags of a repository.
    pub(crate) fn tags_of(&self, component: &str) -> BTreeSet<String> {
        let target = format!("/v2/{}/tags/list?n=10000", repository(component));
        let (status, bytes) = self.server.get(&target);
        if status == 404 {
            return BTreeSet::new();
        }
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        let tags = answer["tags"].as_array().into_iter().flatten();
        tags.map(|tag| tag.as_str().unwrap().to_owned()).collect()
    }

    /// The digest of the manifest that a tag points to.
    pub(crate) fn manifest(&self, component: &str, tag: &str) -> String {
        let target = format!("/v2/{}/manifests/{tag}", repository(component));
        let (status, bytes) = self.server.get(&target);
        assert_eq!(status, 200, "{target}");
        format!("sha256:{}", testkit::sha256(&bytes))
    }
}

fn repository(component: &str) -> String {
    format!("{PATH}/component-descriptors/{component}")
}

/// The one platform whose program is a script that can be run here.
const NATIVE: &str = "linux/amd64";

/// Whether the program is run for its capabilities, if it runs on this machine.
fn is_scripted(release: &Release) -> bool {
    let runs = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    runs && release.component.ends_with('t') && release.programs.contains_key(NATIVE)
}
