//! What is kept on disk of what was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use oci::credentials::Anonymous;
use oci::http::Settings;
use oci::{Descriptor, Digest, Http, Remote, Silent};
use testkit::Registry;
use testkit::registry::{Answer, Fault as Failing};

use super::{MANIFEST, digest, run, settings};

fn remote(registry: &Registry, folder: &Path) -> Remote {
    let settings = Settings {
        cache: Some(folder.to_owned()),
        ..settings()
    };
    let http = Http::new(settings, Arc::new(Anonymous), Arc::new(Silent));
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

/// Reads many tags of a registry that has so many; gives how many requests were of which method.
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
    let count = |method: &str| log.iter().filter(|asked| asked.method == method).count();
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
fn many_are_kept_in_one_file() {
    let registry = published_many();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert_eq!(read_many(&registry, path), (0, MANY));
    assert_eq!(files(&path.join("packs")).len(), 1);
    assert_eq!(files(&path.join("tags")).len(), 0);
    assert_eq!(read_many(&registry, path), (MANY, 0));
    // A few that have changed are files beside it, and count more.
    registry.put_manifest("acme/x", "1.7", MANIFEST, b"{}");
    let fetch = || run(remote(&registry, path).fetch("acme/x", "1.7")).unwrap();
    assert_eq!(fetch().unwrap().1, b"{}");
    assert_eq!(files(&path.join("tags")).len(), 1);
    registry.forget();
    assert_eq!(fetch().unwrap().1, b"{}");
    assert_eq!(registry.log().len(), 1);
    assert_eq!(files(&path.join("packs")).len(), 1);
}

#[test]
fn a_file_gives_way_to_a_newer_pack() {
    let registry = published_many();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    registry.put_manifest("acme/x", "1.7", MANIFEST, b"{}");
    run(remote(&registry, path).fetch("acme/x", "1.7")).unwrap();
    assert_eq!(files(&path.join("tags")).len(), 1);
    registry.put_manifest("acme/x", "1.7", MANIFEST, &many(7));
    assert_eq!(read_many(&registry, path), (1, MANY));
    assert_eq!(read_many(&registry, path), (MANY, 0));
}

#[test]
fn a_pack_that_was_damaged_is_read_as_far_as_it_is_whole() {
    let registry = published_many();
    let folder = tempfile::tempdir().unwrap();
    read_many(&registry, folder.path());
    let pack = files(&folder.path().join("packs")).remove(0);
    let whole = fs_err::read(&pack).unwrap();
    let mut found = Vec::new();
    for cut in (0..whole.len()).step_by(whole.len() / 13) {
        for damage in [None, Some(0), Some(0xff)] {
            let other = tempfile::tempdir().unwrap();
            fs_err::create_dir(other.path().join("packs")).unwrap();
            let mut bytes = whole.clone();
            match damage {
                None => bytes.truncate(cut),
                Some(byte) => bytes[cut..(cut + 40).min(whole.len())].fill(byte),
            }
            fs_err::write(other.path().join("packs/one"), bytes).unwrap();
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
fn no_more_than_some_packs_are_kept() {
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
    assert_eq!(files(&path.join("packs")).len(), 16);
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
