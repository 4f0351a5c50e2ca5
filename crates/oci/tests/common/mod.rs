//! Shared code of the archive tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests may panic, and each test binary uses a part"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use oci::{Content, Ctf, Descriptor, Silent, Store, StoreError, media_type};
use tempfile::TempDir;
use testkit::Archive;

/// The official archives.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ctf")
}

/// Runs a future of a store that never blocks.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("an archive never waits"),
    }
}

/// A directory with one file in it.
pub fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A directory with an archive in it.
pub fn folder(archive: &Archive) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    archive.write_folder(&path);
    (folder, path)
}

/// The message without the repository in front of it.
pub fn fault(error: &StoreError) -> String {
    error.fault.to_string()
}

/// Publishes a manifest with one blob under a tag.
pub fn publish(path: &Path, repository: &str, tag: &str) -> Result<(), StoreError> {
    let store = Store::Ctf(Ctf::create(path)?);
    let mut writer = ready(store.writer(&Silent))?;
    let blob = ready(writer.stage(&Content::Bytes(format!("blob of {tag}").into_bytes())))?;
    let layer = Descriptor::new("text/plain", blob.digest, blob.size);
    ready(writer.push(repository, blob))?;
    let manifest = oci::Manifest::new("test", Descriptor::of("text/plain", b""), vec![layer]);
    let manifest =
        ready(writer.push_manifest(repository, media_type::OCI_MANIFEST, &manifest.to_bytes()))?;
    ready(writer.tag(repository, tag, &manifest))
}

/// Asserts that a tag points to a manifest whose blob also exists.
pub fn assert_complete(ctf: &Ctf, repository: &str, tag: &str) {
    let manifest = ctf
        .resolve(repository, tag)
        .unwrap()
        .unwrap_or_else(|| panic!("tag {tag} is there"));
    let bytes = ctf.read(&manifest, 1 << 20).unwrap().unwrap();
    let manifest: oci::Manifest = serde_json::from_slice(&bytes).unwrap();
    let blob = ctf.read(&manifest.layers[0], 1 << 20).unwrap().unwrap();
    assert_eq!(blob, format!("blob of {tag}").into_bytes());
}
