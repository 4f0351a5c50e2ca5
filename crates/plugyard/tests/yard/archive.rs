//! Manipulates archives, and registries where the operation also exists there.

use std::path::PathBuf;
use std::process::Command;

use oci::Digest;
use serde_json::{Value, json};

use super::Yard;

impl Yard {
    /// Stores a blob in the archive.
    pub(crate) fn blob(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.write(
            &format!("transport-archive/blobs/sha256.{}", digest.hex()),
            bytes,
        );
        digest
    }

    /// The path of a blob.
    pub(crate) fn blob_path(&self, digest: &str) -> PathBuf {
        self.path(&format!(
            "transport-archive/blobs/{}",
            digest.replace(':', ".")
        ))
    }

    /// Changes the artifact index.
    pub(crate) fn change_index(&self, change: impl FnOnce(&mut Vec<Value>)) {
        let mut index: Value =
            serde_json::from_str(&self.read("transport-archive/artifact-index.json")).unwrap();
        change(index["artifacts"].as_array_mut().unwrap());
        self.write("transport-archive/artifact-index.json", index.to_string());
    }

    /// Changes the target of a component version's tag.
    pub(crate) fn retag(&self, component: &str, version: &str, manifest: &str) {
        self.change_index(|artifacts| {
            for artifact in artifacts {
                let repository = artifact["repository"].as_str().unwrap();
                if repository.ends_with(component) && artifact["tag"] == version {
                    artifact["digest"] = manifest.into();
                }
            }
        });
    }

    /// The target of a component version's tag.
    pub(crate) fn manifest_digest(&self, component: &str, version: &str) -> String {
        if let Some(elsewhere) = &self.elsewhere {
            return elsewhere.manifest(component, version).0;
        }
        let index: Value =
            serde_json::from_str(&self.read("transport-archive/artifact-index.json")).unwrap();
        let artifacts = index["artifacts"].as_array().unwrap();
        let found = artifacts.iter().find(|artifact| {
            artifact["repository"]
                .as_str()
                .unwrap()
                .ends_with(component)
                && artifact["tag"] == version
        });
        found.unwrap()["digest"].as_str().unwrap().to_owned()
    }

    /// The manifest of a component version.
    pub(crate) fn manifest(&self, component: &str, version: &str) -> Value {
        if let Some(elsewhere) = &self.elsewhere {
            return elsewhere.manifest(component, version).1;
        }
        let path = self.blob_path(&self.manifest_digest(component, version));
        serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap()
    }

    /// Replaces the descriptor of a component version and adjusts its manifest.
    pub(crate) fn replace_descriptor(&self, component: &str, version: &str, bytes: &[u8]) {
        let mut manifest = self.manifest(component, version);
        if let Some(elsewhere) = &self.elsewhere {
            return elsewhere.replace_descriptor(component, version, manifest, bytes);
        }
        manifest["layers"][0]["digest"] = json!(self.blob(bytes));
        manifest["layers"][0]["size"] = bytes.len().into();
        let manifest = self.blob(manifest.to_string().as_bytes());
        self.retag(component, version, &manifest.to_string());
    }

    /// Packs the archive into a tar file.
    pub(crate) fn pack(&self, name: &str) {
        let flags = if name.ends_with(".tar") {
            "-cf"
        } else {
            "-czf"
        };
        let packed = Command::new("tar")
            .current_dir(self.path("transport-archive"))
            .args([flags, &format!("../{name}"), "artifact-index.json", "blobs"])
            .status();
        assert!(packed.unwrap().success());
    }
}
