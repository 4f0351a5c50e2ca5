//! What is kept on disk of what was read.

use std::path::Path;
use std::sync::Arc;

use oci::credentials::Anonymous;
use oci::http::Settings;
use oci::{Descriptor, Http, Remote};
use testkit::Registry;
use testkit::registry::{Answer, Fault as Failing};

use super::{MANIFEST, digest, run, settings};

fn remote(registry: &Registry, folder: &Path) -> Remote {
    let settings = Settings {
        cache: Some(folder.to_owned()),
        ..settings()
    };
    let http = Http::new(settings, Arc::new(Anonymous), None);
    Remote::new(&http, &registry.url()).unwrap()
}

/// Reads a manifest by its tag, and a blob; gives the methods of the requests.
fn read(registry: &Registry, folder: &Path, blob: &Descriptor) -> Vec<String> {
    registry.forget();
    let remote = remote(registry, folder);
    run(async {
        let (_, manifest) = remote.fetch("acme/x", "1.0").await.unwrap().unwrap();
        assert!(manifest.starts_with(b"{"));
        let bytes = remote.read("acme/x", blob, 100).await.unwrap().unwrap();
        assert_eq!(bytes, b"content");
    });
    registry
        .log()
        .into_iter()
        .map(|asked| asked.method)
        .collect()
}

fn published() -> (Registry, Descriptor) {
    let registry = Registry::start();
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{}");
    let name = registry.put_blob("acme/x", b"content");
    (registry, Descriptor::new("x/y", digest(&name), 7))
}

#[test]
fn what_was_read_is_only_confirmed_the_next_time() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("not/there/yet");
    assert_eq!(read(&registry, &folder, &blob), ["GET", "GET"]);
    assert_eq!(read(&registry, &folder, &blob), ["HEAD"]);
    // The tag has moved: what it points at is read, and known from then on.
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{ }");
    assert_eq!(read(&registry, &folder, &blob), ["HEAD", "GET"]);
    assert_eq!(read(&registry, &folder, &blob), ["HEAD"]);
}

#[test]
fn a_tag_that_is_gone_or_cannot_be_asked_for_is_not_made_up_from_memory() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    read(&registry, folder.path(), &blob);
    for (answer, gone) in [
        (Answer::error(404, "MANIFEST_UNKNOWN"), true),
        (Answer::error(403, "DENIED"), false),
        (Answer::status(404), false),
    ] {
        registry.fail("HEAD", "", 1, 1, Failing::Answer(answer.clone()));
        registry.fail("GET", "", 1, 1, Failing::Answer(answer));
        let fetched = run(remote(&registry, folder.path()).fetch("acme/x", "1.0"));
        assert_eq!(fetched.is_ok_and(|found| found.is_none()), gone);
    }
}

#[test]
fn what_was_changed_on_disk_is_read_again() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    read(&registry, path, &blob);
    for (part, expected) in [("content", vec!["HEAD", "GET"]), ("tags", vec!["GET"])] {
        for change in [
            |bytes: &mut Vec<u8>| bytes.iter_mut().last().map_or((), |byte| *byte ^= 1),
            |bytes: &mut Vec<u8>| bytes.truncate(3),
            |bytes: &mut Vec<u8>| bytes.clear(),
            |bytes: &mut Vec<u8>| bytes.push(b' '),
        ] {
            for entry in fs_err::read_dir(path.join(part)).unwrap() {
                let file = entry.unwrap().path();
                let mut bytes = fs_err::read(&file).unwrap();
                change(&mut bytes);
                fs_err::write(&file, bytes).unwrap();
            }
            assert_eq!(read(&registry, path, &blob), expected);
            assert_eq!(read(&registry, path, &blob), ["HEAD"]);
        }
    }
}

#[test]
fn another_registry_or_repository_has_tags_of_its_own() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    read(&registry, folder.path(), &blob);
    let (other, _) = published();
    assert_eq!(read(&other, folder.path(), &blob), ["GET"]);
    let fetched = run(remote(&registry, folder.path()).fetch("acme/y", "1.0"));
    assert!(fetched.unwrap().is_none());
}

#[test]
fn a_folder_that_cannot_be_used_is_no_trouble() {
    let (registry, blob) = published();
    let file = tempfile::NamedTempFile::new().unwrap();
    for _ in 0..2 {
        assert_eq!(read(&registry, file.path(), &blob), ["GET", "GET"]);
    }
}

#[cfg(unix)]
#[test]
fn other_users_of_the_machine_cannot_look_into_it() {
    use std::os::unix::fs::PermissionsExt;
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("cache");
    read(&registry, &folder, &blob);
    let mode = fs_err::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn what_is_old_goes_some_day() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    read(&registry, folder.path(), &blob);
    let old = folder.path().join("content/old");
    let month = std::time::Duration::from_hours(31 * 24);
    let long_ago = std::time::SystemTime::now() - month;
    let age = |name: &Path| {
        let file = fs_err::OpenOptions::new().write(true).open(name).unwrap();
        file.file().set_modified(long_ago).unwrap();
    };
    fs_err::write(&old, "old").unwrap();
    age(&old);
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{ }");
    read(&registry, folder.path(), &blob);
    assert!(old.exists(), "it was looked for a moment ago");
    age(&folder.path().join("swept"));
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{  }");
    read(&registry, folder.path(), &blob);
    assert!(!old.exists());
    assert_eq!(read(&registry, folder.path(), &blob), ["HEAD"]);
}
