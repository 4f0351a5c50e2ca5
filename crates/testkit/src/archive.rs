//! A transport archive in memory, built and parsed without the code under test.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::sha256;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DESCRIPTOR: &str = "application/vnd.ocm.software.component-descriptor.v2";

/// The content of an archive.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// The entries of its artifact index.
    pub artifacts: Vec<Value>,
    /// Its blobs by digest (`sha256:…`).
    pub blobs: BTreeMap<String, Vec<u8>>,
}

/// A parsed component version of an archive.
#[derive(Clone, Debug)]
pub struct Component {
    /// Name of the component.
    pub name: String,
    /// Version, as spelled in the tag.
    pub tag: String,
    /// The manifest that contains the descriptor.
    pub manifest: Value,
    /// Bytes of the config.
    pub config: Vec<u8>,
    /// Bytes of the descriptor layer as stored.
    pub layer: Vec<u8>,
    /// Media type of the descriptor layer.
    pub media_type: String,
}

impl Archive {
    /// Creates an empty archive.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a directory or an archive file.
    pub fn read(path: &Path) -> Self {
        let files = if path.is_dir() {
            crate::files::tree(path)
        } else {
            let bytes = fs::read(path).unwrap();
            let mut expanded = Vec::new();
            if bytes.starts_with(&[0x1f, 0x8b]) {
                GzDecoder::new(bytes.as_slice())
                    .read_to_end(&mut expanded)
                    .unwrap();
            } else {
                expanded = bytes;
            }
            untar(&expanded)
        };
        let mut archive = Self::new();
        for (name, bytes) in files {
            if name == "artifact-index.json" {
                let index: Value = serde_json::from_slice(&bytes).unwrap();
                archive.artifacts = index["artifacts"].as_array().cloned().unwrap_or_default();
            } else if let Some(hex) = name.strip_prefix("blobs/sha256.") {
                archive.blobs.insert(format!("sha256:{hex}"), bytes);
            }
        }
        archive
    }

    /// Adds a blob and returns its digest.
    pub fn blob(&mut self, bytes: &[u8]) -> String {
        let digest = format!("sha256:{}", sha256(bytes));
        self.blobs.insert(digest.clone(), bytes.to_vec());
        digest
    }

    /// Adds a blob and an index entry that points to it.
    pub fn artifact(
        &mut self,
        repository: &str,
        tag: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> String {
        let digest = self.blob(bytes);
        let mut entry =
            json!({"repository": repository, "digest": digest, "mediaType": media_type});
        if !tag.is_empty() {
            entry["tag"] = json!(tag);
        }
        self.artifacts.push(entry);
        digest
    }

    /// Adds a component version: descriptor, config, and a manifest without other layers.
    pub fn component(&mut self, name: &str, tag: &str, descriptor: &[u8], media_type: &str) {
        let layer = json!({
            "mediaType": media_type,
            "digest": self.blob(descriptor),
            "size": descriptor.len(),
        });
        let config = json!({"componentDescriptorLayer": layer}).to_string();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.ocm.software.component.config.v1+json",
                "digest": self.blob(config.as_bytes()),
                "size": config.len(),
            },
            "layers": [layer],
        });
        let repository = format!("component-descriptors/{name}");
        self.artifact(&repository, tag, MANIFEST, manifest.to_string().as_bytes());
    }

    /// The files of the archive, the artifact index first.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let index = json!({"schemaVersion": 1, "artifacts": self.artifacts}).to_string();
        let mut files = vec![("artifact-index.json".to_owned(), index.into_bytes())];
        for (digest, bytes) in &self.blobs {
            files.push((
                format!("blobs/{}", digest.replacen(':', ".", 1)),
                bytes.clone(),
            ));
        }
        files
    }

    /// Writes the archive as a directory.
    pub fn write_folder(&self, path: &Path) {
        fs::create_dir_all(path.join("blobs")).unwrap();
        for (name, bytes) in self.files() {
            fs::write(path.join(name), bytes).unwrap();
        }
    }

    /// Returns the archive as a tar file.
    pub fn to_tar(&self) -> Vec<u8> {
        tar(&self.files())
    }

    /// Returns the archive as a compressed tar file.
    pub fn to_tgz(&self) -> Vec<u8> {
        gzip(&self.to_tar())
    }

    /// The component versions, in the order of the index.
    pub fn components(&self) -> Vec<Component> {
        let mut found = Vec::new();
        for artifact in &self.artifacts {
            let repository = artifact["repository"].as_str().unwrap();
            let (Some(name), Some(tag)) = (
                repository.strip_prefix("component-descriptors/"),
                artifact["tag"].as_str(),
            ) else {
                continue;
            };
            let mut manifest = self.json(&artifact["digest"]);
            if artifact["mediaType"] == INDEX {
                manifest = self.json(&manifest["manifests"][0]["digest"]);
            }
            let Some(layer) = manifest["layers"].as_array().and_then(|layers| {
                let is_descriptor =
                    |layer: &&Value| layer["mediaType"].as_str().unwrap().starts_with(DESCRIPTOR);
                layers.iter().find(is_descriptor)
            }) else {
                continue;
            };
            found.push(Component {
                name: name.to_owned(),
                tag: tag.to_owned(),
                config: self.bytes(&manifest["config"]["digest"]).to_vec(),
                layer: self.bytes(&layer["digest"]).to_vec(),
                media_type: layer["mediaType"].as_str().unwrap().to_owned(),
                manifest: manifest.clone(),
            });
        }
        found
    }

    /// Finds a component version by its tag.
    pub fn find(&self, name: &str, tag: &str) -> Option<Component> {
        self.components()
            .into_iter()
            .find(|component| component.name == name && component.tag == tag)
    }

    /// The bytes of a blob, by a digest in a JSON document.
    pub fn bytes(&self, digest: &Value) -> &[u8] {
        let digest = digest.as_str().unwrap();
        self.blobs
            .get(digest)
            .unwrap_or_else(|| panic!("blob {digest} is missing"))
    }

    fn json(&self, digest: &Value) -> Value {
        serde_json::from_slice(self.bytes(digest)).unwrap()
    }
}

impl Component {
    /// The descriptor. Supports JSON layers only.
    pub fn descriptor(&self) -> Value {
        serde_json::from_slice(&self.layer).unwrap()
    }
}

/// Puts files into a tar file.
pub fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        builder
            .append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

/// Compresses bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn untar(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(bytes).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.push((name, content));
    }
    files
}
