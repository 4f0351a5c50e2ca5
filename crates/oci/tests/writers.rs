//! Several writers and readers of one archive, in one or more processes.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use common::{assert_complete, fault, publish, ready};
use oci::{Content, Ctf, Descriptor, Reporter, Silent, Store, media_type};
use testkit::Archive;

const REPOSITORY: &str = "component-descriptors/acme.org/a";
/// Makes a second run of the test binary write: a path and the prefix of tags.
const TASK: &str = "PLUGYARD_TEST_WRITE";
const EACH: usize = 12;

fn write_tags(path: &Path, start: &str) {
    for number in 0..EACH {
        publish(path, REPOSITORY, &format!("{start}{number}")).unwrap();
    }
}

fn assert_all_there(path: &Path, starts: &[&str]) {
    let ctf = Ctf::open(path).unwrap();
    let mut tags = ctf.tags(REPOSITORY).unwrap();
    assert_eq!(tags.len(), starts.len() * EACH);
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), starts.len() * EACH);
    for tag in tags {
        assert_complete(&ctf, REPOSITORY, &tag);
    }
    assert!(leftovers(path).is_empty(), "{:?}", leftovers(path));
}

/// Files that do not belong in an archive.
fn leftovers(path: &Path) -> Vec<String> {
    testkit::files::tree(path)
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            !name.starts_with("blobs/sha256.") && !name.starts_with("artifact-index.json")
        })
        .collect()
}

#[test]
fn threads_writing_to_one_archive_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    let starts = ["a", "b", "c", "d"];
    std::thread::scope(|scope| {
        for start in starts {
            let path = &path;
            scope.spawn(move || write_tags(path, start));
        }
    });
    assert_all_there(&path, &starts);
}

#[test]
fn processes_writing_to_one_archive_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    let starts = ["a", "b", "c"];
    let children: Vec<_> = starts
        .iter()
        .map(|start| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "writes_when_started_as_another_process"])
                .env(TASK, format!("{start}{}", path.display()))
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_all_there(&path, &starts);
}

#[test]
fn writes_when_started_as_another_process() {
    if let Ok(task) = std::env::var(TASK) {
        let (start, path) = task.split_at(1);
        write_tags(Path::new(path), start);
    }
}

#[test]
fn a_reader_sees_the_old_or_the_new_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    publish(&path, REPOSITORY, "first").unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            let mut rounds = 0;
            while !done.load(Ordering::Relaxed) || rounds == 0 {
                let ctf = Ctf::open(&path).unwrap();
                let tags = ctf.tags(REPOSITORY).unwrap();
                assert!(tags.len() >= seen, "a tag was there and is gone");
                seen = tags.len();
                for tag in &tags {
                    assert_complete(&ctf, REPOSITORY, tag);
                }
                rounds += 1;
            }
            rounds
        });
        write_tags(&path, "t");
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}

#[test]
fn a_tag_being_moved_is_never_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    let write = |content: &str| {
        let store = Store::Ctf(Ctf::create(&path).unwrap());
        let mut writer = ready(store.writer(&Silent)).unwrap();
        let manifest =
            ready(writer.push_manifest("r", media_type::OCI_MANIFEST, content.as_bytes())).unwrap();
        ready(writer.tag("r", "latest", &manifest)).unwrap();
    };
    write("0");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let ctf = Ctf::open(&path).unwrap();
                let manifest = ctf
                    .resolve("r", "latest")
                    .unwrap()
                    .expect("the tag is there");
                let bytes = ctf.read(&manifest, 100).unwrap().unwrap();
                let now: usize = String::from_utf8(bytes).unwrap().parse().unwrap();
                assert!(now >= last);
                last = now;
            }
        });
        for number in 1..20 {
            write(&number.to_string());
        }
        done.store(true, Ordering::Relaxed);
    });
    // Entries that lost their tag stay, as with the official writer.
    assert_eq!(Ctf::open(&path).unwrap().artifacts().unwrap().len(), 20);
}

/// Sends a message for each wait.
struct Waits(mpsc::Sender<String>);

impl Reporter for Waits {
    fn note(&self, _message: &dyn Display) {}
    fn warning(&self, _message: &dyn Display) {}
    fn waiting(&self, what: &dyn Display, time: Option<Duration>) {
        assert_eq!(time, None);
        self.0.send(what.to_string()).unwrap();
    }
}

#[test]
fn a_wait_for_another_writer_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    let first = Ctf::create(&path).unwrap();
    let second = Ctf::open(&path).unwrap();
    let (waits, waiting) = mpsc::channel();
    let waits = Waits(waits);
    let writer = first.writer(&waits).unwrap();
    let reported = std::thread::scope(|scope| {
        let other = scope.spawn(move || second.writer(&waits).map(drop));
        let first = waiting.recv().unwrap();
        drop(writer);
        other.join().unwrap().unwrap();
        [first].into_iter().chain(waiting).collect::<Vec<_>>()
    });
    assert_eq!(reported, [format!("another writer of {}", path.display())]);
}

#[test]
fn an_archive_of_the_official_tools_can_be_extended() {
    let content = Archive::read(&common::fixtures().join("v2-writer-subject-tracking"));
    let (_folder, path) = common::folder(&content);
    publish(&path, REPOSITORY, "1.0.0").unwrap();
    let after = Archive::read(&path);
    assert_eq!(
        after.artifacts[..content.artifacts.len()],
        content.artifacts[..]
    );
    assert_eq!(after.artifacts.len(), content.artifacts.len() + 1);
    for (digest, bytes) in &content.blobs {
        assert_eq!(&after.blobs[digest], bytes);
    }
}

#[test]
fn setting_a_tag_to_its_current_target_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    publish(&path, REPOSITORY, "1.0.0").unwrap();
    let before = testkit::files::tree(&path);
    publish(&path, REPOSITORY, "1.0.0").unwrap();
    assert_eq!(testkit::files::tree(&path), before);
}

#[test]
fn only_leftovers_of_a_killed_writer_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    publish(&path, REPOSITORY, "1.0.0").unwrap();
    for name in [
        ".plugyard-abc",
        "blobs/.plugyard-def",
        ".gitignore",
        "blobs/notes",
    ] {
        fs::write(path.join(name), "").unwrap();
    }
    publish(&path, REPOSITORY, "2.0.0").unwrap();
    assert_eq!(leftovers(&path), [".gitignore", "blobs/notes"]);
    assert_complete(&Ctf::open(&path).unwrap(), REPOSITORY, "1.0.0");
}

#[test]
fn dropping_staged_content_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    let store = Store::Ctf(Ctf::create(&path).unwrap());
    let writer = ready(store.writer(&Silent)).unwrap();
    let staged = ready(writer.stage(&Content::Bytes(vec![1; 100]))).unwrap();
    assert_eq!(staged.size, 100);
    drop(staged);
    assert_eq!(fs::read_dir(path.join("blobs")).unwrap().count(), 0);
}

#[test]
fn a_large_file_is_stored_with_the_digest_of_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    // Above the size from which reading and writing overlap, and not a multiple of a piece.
    let bytes: Vec<u8> = (0..(9 << 20) + 12_345_u32)
        .map(|at| (at % 251) as u8)
        .collect();
    let file = folder.path().join("program");
    fs::write(&file, &bytes).unwrap();
    let store = Store::Ctf(Ctf::create(&path).unwrap());
    let writer = ready(store.writer(&Silent)).unwrap();
    let staged = ready(writer.stage(&Content::File(file))).unwrap();
    let descriptor = Descriptor::of("application/octet-stream", &bytes);
    assert_eq!(
        (staged.digest, staged.size),
        (descriptor.digest, descriptor.size)
    );
    ready(writer.push("r", staged)).unwrap();
    assert!(ready(store.has("r", &descriptor)).unwrap());
    let stored = fs::read(path.join(format!("blobs/sha256.{}", descriptor.digest.hex()))).unwrap();
    assert!(stored == bytes);
}

#[test]
#[cfg(unix)]
fn files_have_the_mode_of_the_official_writer() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ctf");
    publish(&path, REPOSITORY, "1.0.0").unwrap();
    for (name, _) in testkit::files::tree(&path) {
        let mode = fs::metadata(path.join(&name)).unwrap().permissions().mode() & 0o777;
        if name != "artifact-index.json.lock" {
            assert_eq!(mode, 0o444, "{name}");
        }
    }
}

#[test]
fn archive_files_are_read_only() {
    let content = Archive::read(&common::fixtures().join("v2-writer-reference-and-blob"));
    let (folder, path) = common::file("x.tgz", &content.to_tgz());
    for (path, made) in [(path, true), (folder.path().join("new.tar"), false)] {
        let error = Ctf::create(&path)
            .and_then(|ctf| ctf.writer(&Silent).map(drop))
            .unwrap_err();
        assert_eq!(fault(&error), "an archive file is read-only");
        assert_eq!(
            error.hint().unwrap(),
            "unpack it into a folder and pass that folder"
        );
        assert_eq!(path.exists(), made);
    }
}
