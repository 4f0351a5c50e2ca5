//! The on-disk cache of content that was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oci::credentials::Anonymous;
use oci::http::Settings;
use oci::{Descriptor, Digest, Http, Remote, Silent};
use testkit::Registry;
use testkit::registry::{Answer, Fault as Failing};

use super::{MANIFEST, digest, run, settings};

/// The subdirectory of the cache.
const CACHE: &str = "oci-v2";

fn remote(registry: &Registry, folder: &Path) -> Remote {
    let settings = Settings {
        cache: Some(folder.to_owned()),
        ..settings()
    };
    let http = Http::new(settings, Arc::new(Anonymous), Arc::new(Silent));
    Remote::new(&http, &registry.url()).unwrap()
}

/// Reads a manifest by tag and a blob; returns the methods of the requests.
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
        .map(|request| request.method)
        .collect()
}

fn published() -> (Registry, Descriptor) {
    let registry = Registry::start();
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{}");
    let name = registry.put_blob("acme/x", b"content");
    (registry, Descriptor::new("x/y", digest(&name), 7))
}

#[test]
fn cached_content_only_needs_to_be_confirmed() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("not/there/yet");
    assert_eq!(read(&registry, &folder, &blob), ["GET", "GET"]);
    assert_eq!(read(&registry, &folder, &blob), ["HEAD"]);
    // The tag has moved: its new target is read and cached.
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{ }");
    assert_eq!(read(&registry, &folder, &blob), ["HEAD", "GET"]);
    assert_eq!(read(&registry, &folder, &blob), ["HEAD"]);
}

#[test]
fn a_tag_that_is_deleted_or_unreachable_is_not_served_from_the_cache() {
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
fn changed_cache_files_are_not_used() {
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
            for entry in fs_err::read_dir(path.join(CACHE).join(part)).unwrap() {
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

/// Reads many tags of a registry; returns the number of requests per method.
fn read_many(registry: &Registry, folder: &Path) -> (usize, usize) {
    registry.forget();
    let remote = remote(registry, folder);
    run(async {
        for number in 0..MANY {
            let tag = format!("1.{number}");
            let (manifest, bytes) = remote.fetch("acme/x", &tag).await.unwrap().unwrap();
            assert_eq!(bytes, many(number));
            let digest = Digest::of(&bytes);
            assert_eq!(
                manifest,
                Descriptor::new(MANIFEST, digest, bytes.len() as u64)
            );
        }
    });
    let log = registry.log();
    let count = |method: &str| {
        log.iter()
            .filter(|request| request.method == method)
            .count()
    };
    (count("HEAD"), count("GET"))
}

const MANY: usize = 40;

fn many(number: usize) -> Vec<u8> {
    format!("{{\"schemaVersion\":2,\"number\":{number}}}").into_bytes()
}

fn published_many() -> Registry {
    let registry = Registry::start();
    for number in 0..MANY {
        registry.put_manifest("acme/x", &format!("1.{number}"), MANIFEST, &many(number));
    }
    registry
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn many_items_are_cached_in_one_file() {
    let registry = published_many();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert_eq!(read_many(&registry, path), (0, MANY));
    assert_eq!(files(&path.join(CACHE).join("packs")).len(), 1);
    assert_eq!(files(&path.join(CACHE).join("tags")).len(), 0);
    assert_eq!(read_many(&registry, path), (MANY, 0));
    // A few changed items are separate files and take precedence.
    registry.put_manifest("acme/x", "1.7", MANIFEST, b"{}");
    let fetch = || run(remote(&registry, path).fetch("acme/x", "1.7")).unwrap();
    assert_eq!(fetch().unwrap().1, b"{}");
    assert_eq!(files(&path.join(CACHE).join("tags")).len(), 1);
    registry.forget();
    assert_eq!(fetch().unwrap().1, b"{}");
    assert_eq!(registry.log().len(), 1);
    assert_eq!(files(&path.join(CACHE).join("packs")).len(), 1);
}

#[test]
fn a_cached_file_is_superseded_by_a_newer_pack() {
    let registry = published_many();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    registry.put_manifest("acme/x", "1.7", MANIFEST, b"{}");
    run(remote(&registry, path).fetch("acme/x", "1.7")).unwrap();
    assert_eq!(files(&path.join(CACHE).join("tags")).len(), 1);
    registry.put_manifest("acme/x", "1.7", MANIFEST, &many(7));
    assert_eq!(read_many(&registry, path), (1, MANY));
    assert_eq!(read_many(&registry, path), (MANY, 0));
}

#[test]
fn the_intact_part_of_a_damaged_pack_is_used() {
    let registry = published_many();
    let folder = tempfile::tempdir().unwrap();
    read_many(&registry, folder.path());
    let pack = files(&folder.path().join(CACHE).join("packs")).remove(0);
    let whole = fs_err::read(&pack).unwrap();
    let (small, blob) = published();
    let mut found = Vec::new();
    for cut in (0..whole.len()).step_by(whole.len() / 13) {
        for damage in [None, Some(0), Some(0xff)] {
            let other = tempfile::tempdir().unwrap();
            read(&small, other.path(), &blob);
            let packs = other.path().join(CACHE).join("packs");
            let mut bytes = whole.clone();
            match damage {
                None => bytes.truncate(cut),
                Some(byte) => bytes[cut..(cut + 40).min(whole.len())].fill(byte),
            }
            fs_err::write(packs.join("pack-one"), bytes).unwrap();
            let (confirmed, read) = read_many(&registry, other.path());
            assert_eq!(confirmed + read, MANY);
            found.push(confirmed);
        }
    }
    assert!(
        found.contains(&0) && found.iter().any(|count| *count > MANY / 2),
        "{found:?}"
    );
    assert!(!found.contains(&MANY), "{found:?}");
}

#[test]
fn the_number_of_packs_is_limited() {
    let registry = published_many();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for round in 0..18_u8 {
        for number in 0..MANY {
            let bytes = [many(number), vec![b' '; usize::from(round) + 1]].concat();
            registry.put_manifest("acme/x", &format!("1.{number}"), MANIFEST, &bytes);
        }
        run(async {
            let remote = remote(&registry, path);
            for number in 0..MANY {
                let tag = format!("1.{number}");
                assert!(remote.fetch("acme/x", &tag).await.unwrap().is_some());
            }
        });
    }
    assert_eq!(files(&path.join(CACHE).join("packs")).len(), 16);
}

#[test]
fn tags_are_cached_per_registry_and_repository() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    read(&registry, folder.path(), &blob);
    let (other, _) = published();
    assert_eq!(read(&other, folder.path(), &blob), ["GET"]);
    let fetched = run(remote(&registry, folder.path()).fetch("acme/y", "1.0"));
    assert!(fetched.unwrap().is_none());
}

#[test]
fn an_unusable_cache_folder_is_ignored() {
    let (registry, blob) = published();
    let file = tempfile::NamedTempFile::new().unwrap();
    for _ in 0..2 {
        assert_eq!(read(&registry, file.path(), &blob), ["GET", "GET"]);
    }
}

#[cfg(unix)]
#[test]
fn other_users_cannot_read_the_cache() {
    use std::os::unix::fs::PermissionsExt;
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("cache");
    read(&registry, &folder, &blob);
    let mode = fs_err::metadata(folder.join(CACHE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn old_cache_entries_are_removed() {
    let (registry, blob) = published();
    let folder = tempfile::tempdir().unwrap();
    read(&registry, folder.path(), &blob);
    let old = folder
        .path()
        .join(CACHE)
        .join("content")
        .join("ab".repeat(32));
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
    age(&folder.path().join(CACHE).join("swept"));
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{  }");
    read(&registry, folder.path(), &blob);
    assert!(!old.exists());
    assert_eq!(read(&registry, folder.path(), &blob), ["HEAD"]);
}
