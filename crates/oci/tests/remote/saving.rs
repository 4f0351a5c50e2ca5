//! Saving content to a file: completely or not at all.

use std::path::Path;

use oci::{Content, Ctf, Descriptor, Silent, Store};
use testkit::Registry;
use testkit::registry::Fault as Failing;

use super::{anonymous, digest, run};

fn bytes() -> Vec<u8> {
    (0_u32..2_000_000).flat_map(u32::to_le_bytes).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs_err::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().into_owned()
    };
    entries.map(name).collect()
}

#[test]
fn content_is_saved_from_registries_and_archives() {
    let bytes = bytes();
    let registry = Registry::start();
    let name = registry.put_blob("acme/x", &bytes);
    let blob = Descriptor::new("x/y", digest(&name), bytes.len() as u64);
    // The transfer is interrupted and continues.
    registry.fail("GET", "/blobs/", 1, 1, Failing::Truncated(3_000_000));
    let archive = tempfile::tempdir().unwrap();
    let archive = Store::Ctf(Ctf::create(archive.path()).unwrap());
    run(async {
        let writer = archive.writer(&Silent).await.unwrap();
        let staged = writer.stage(&Content::Bytes(bytes.clone())).await.unwrap();
        writer.push("acme/x", staged).await.unwrap();
    });
    for store in [Store::Remote(anonymous(&registry)), archive] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs_err::write(&path, "what was there before").unwrap();
        assert!(run(store.save("acme/x", &blob, &path)).unwrap());
        assert!(fs_err::read(&path).unwrap() == bytes);
        assert_eq!(names(folder.path()), ["program"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs_err::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o111, 0, "nobody may run it");
        }
    }
}

#[test]
fn wrong_or_absent_content_changes_no_file() {
    let bytes = bytes();
    for (fault, size) in [
        (Some(Failing::FlipMiddle), bytes.len()),
        (Some(Failing::Close), bytes.len()),
        (None, bytes.len() - 1),
        (None, bytes.len() + 1),
    ] {
        let registry = Registry::start();
        let name = registry.put_blob("acme/x", &bytes);
        let blob = Descriptor::new("x/y", digest(&name), size as u64);
        if let Some(fault) = fault {
            registry.fail("GET", "/blobs/", 1, 99, fault);
        }
        let store = Store::Remote(anonymous(&registry));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        run(store.save("acme/x", &blob, &path)).unwrap_err();
        assert_eq!(names(folder.path()), [""; 0]);
    }
    let registry = Registry::start();
    let store = Store::Remote(anonymous(&registry));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    fs_err::write(&path, "before").unwrap();
    let unknown = Descriptor::of("x/y", b"unknown");
    assert!(!run(store.save("acme/x", &unknown, &path)).unwrap());
    assert_eq!(fs_err::read(&path).unwrap(), b"before");
    let nowhere = folder.path().join("no/such/folder");
    let error = run(store.save("acme/x", &unknown, &nowhere)).unwrap_err();
    assert!(error.to_string().contains("no/such"), "{error}");
}
