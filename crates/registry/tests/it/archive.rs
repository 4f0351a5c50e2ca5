//! Registries and plugins in archives on disk, published from descriptors that are built here.

use std::path::Path;

use oci::Http;
use ocm::repository::{LocalBlobs, Prepared};
use ocm::{
    ComponentDigest, ComponentRef, Descriptor, Label, Provider, Reference, Repository,
    RepositorySpec,
};
use registry::labels::{self, EntryLabel};
use serde_json::{Value, json};

/// The registry that tests publish unless they say otherwise.
pub(crate) const REGISTRY: &str = "acme.org/plugin-registry";
/// Component of the plugin `demo`.
pub(crate) const DEMO: &str = "acme.org/plugins/demo";

/// A directory with archives in it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, archive: &str) -> String {
        let path: &Path = self.0.path();
        path.join(archive).display().to_string()
    }

    pub(crate) fn spec(&self, archive: &str) -> RepositorySpec {
        RepositorySpec::ctf(self.path(archive))
    }

    pub(crate) fn reference(&self, archive: &str, component: &str) -> ComponentRef {
        format!("{}//{component}", self.path(archive))
            .parse()
            .unwrap()
    }

    /// Publishes a descriptor in an archive, which is made if it is not there.
    pub(crate) async fn publish(&self, archive: &str, descriptor: &Descriptor) {
        let repository = Repository::create(&self.spec(archive), &Http::default()).unwrap();
        let prepared = Prepared::new(descriptor, &LocalBlobs::new(), "tests").unwrap();
        let mut writer = repository.writer(&oci::reporter::Silent).await.unwrap();
        repository
            .publish(&mut writer, &prepared, Vec::new())
            .await
            .unwrap();
    }
}

/// Reads a descriptor from JSON.
pub(crate) fn descriptor(json: &Value) -> Descriptor {
    Descriptor::parse(json.to_string().as_bytes()).unwrap()
}

/// A plugin component without content.
pub(crate) fn plugin(component: &str, version: &str) -> Descriptor {
    let provider = Provider::named("acme.org");
    let mut descriptor = Descriptor::new(component, version, provider);
    descriptor.component.labels = Some(vec![Label::signed("description", json!("Reads demo"))]);
    descriptor
}

/// An entry for a plugin, pinned to it.
pub(crate) fn entry(name: &str, plugin: &Descriptor, label: &EntryLabel) -> Reference {
    let mut labels = vec![labels::plugin_info(
        "Reads demo",
        &["linux/amd64".to_owned()],
    )];
    labels.extend(label.label());
    let reference = json!({
        "name": name,
        "version": plugin.component.version,
        "componentName": plugin.component.name,
        "digest": ComponentDigest::of(plugin).to_pin(),
        "labels": labels,
    });
    serde_json::from_value(reference).unwrap()
}

/// A registry with these entries.
pub(crate) fn registry(component: &str, version: &str, entries: Vec<Reference>) -> Descriptor {
    let provider = Provider::named("acme.org");
    let mut descriptor = Descriptor::new(component, version, provider);
    descriptor.component.references = Some(entries);
    descriptor
}
