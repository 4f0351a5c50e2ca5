//! Archives of the official tools, and damaged archives.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

mod common;

use std::fs;
use std::path::Path;

use common::{fault, fixtures};
use oci::ctf::{Artifact, ArtifactIndex};
use oci::{Ctf, Descriptor, Digest, Fault, Index, Manifest, Silent, media_type};
use serde_json::{Value, json};
use testkit::{Archive, Random};

const FIXTURES: [&str; 4] = [
    "v1-writer-artifactset",
    "v1-writer-utf8-resource",
    "v2-writer-reference-and-blob",
    "v2-writer-subject-tracking",
];

// The artifact index

#[test]
fn artifacts_are_added_as_the_official_writer_does() {
    let path = fixtures().join("artifact-index-semantics.json");
    let known: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let cases = known["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let mut index = ArtifactIndex::default();
        for add in case["adds"].as_array().unwrap() {
            let part = |at: usize| add[at].as_str().unwrap().to_owned();
            index.add(Artifact {
                repository: part(0),
                tag: part(1),
                digest: part(2),
                media_type: String::new(),
            });
        }
        let result: Value = index
            .artifacts()
            .iter()
            .map(|artifact| json!([artifact.repository, artifact.tag, artifact.digest]))
            .collect();
        assert_eq!(result, case["result"], "{}", case["name"]);
        let read = ArtifactIndex::parse(&index.to_bytes()).unwrap();
        assert_eq!(read, index, "{}", case["name"]);
    }
}

#[test]
fn an_index_in_another_format_is_refused() {
    let path = fixtures().join("artifact-index-semantics.json");
    let known: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let errors = known["decode_errors"].as_array().unwrap();
    let messages = [
        "an artifact index of version 999, but only version 1 is supported",
        "not an artifact index: unknown field `unknown`",
    ];
    assert_eq!(errors.len(), messages.len());
    for (text, message) in errors.iter().zip(messages) {
        let error = ArtifactIndex::parse(text.as_str().unwrap().as_bytes()).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
    for (text, message) in [
        ("[]", "not an artifact index: "),
        ("{", "not an artifact index: EOF"),
        (
            r#"{"artifacts":[]}"#,
            "not an artifact index: missing field `schemaVersion`",
        ),
        (
            r#"{"schemaVersion":1,"artifacts":[{"repository":"a","x":1}]}"#,
            "not an artifact index: unknown field `x`",
        ),
    ] {
        let error = ArtifactIndex::parse(text.as_bytes()).unwrap_err();
        assert!(error.starts_with(message), "{text}: {error}");
    }
    for empty in [
        "",
        r#"{"schemaVersion":1,"artifacts":null}"#,
        r#"{"schemaVersion":1,"artifacts":[]}"#,
    ] {
        assert_eq!(
            ArtifactIndex::parse(empty.as_bytes()).unwrap().artifacts(),
            []
        );
    }
}

#[test]
fn an_index_is_written_unchanged() {
    for name in FIXTURES {
        let bytes = fs::read(fixtures().join(name).join("artifact-index.json")).unwrap();
        let index = ArtifactIndex::parse(&bytes).unwrap();
        assert_eq!(
            String::from_utf8(index.to_bytes()).unwrap(),
            String::from_utf8(bytes).unwrap().trim_end(),
            "{name}"
        );
    }
}

// The three forms

/// Reads everything that an archive has, by its index and by the names of its blobs.
fn assert_readable(ctf: &Ctf, content: &Archive, name: &str) {
    let artifacts = ctf.artifacts().unwrap();
    assert_eq!(artifacts.len(), content.artifacts.len(), "{name}");
    for artifact in &artifacts {
        if artifact.tag.is_empty() {
            continue;
        }
        let found = ctf
            .resolve(&artifact.repository, &artifact.tag)
            .unwrap()
            .unwrap();
        assert_eq!(found.digest.to_string(), artifact.digest, "{name}");
        let bytes = ctf.read(&found, 4 << 20).unwrap().unwrap();
        let again = if found.media_type == media_type::OCI_INDEX {
            serde_json::from_slice::<Index>(&bytes).unwrap().to_bytes()
        } else {
            serde_json::from_slice::<Manifest>(&bytes)
                .unwrap()
                .to_bytes()
        };
        assert_eq!(
            String::from_utf8(again).unwrap(),
            String::from_utf8(bytes).unwrap(),
            "{name}"
        );
        assert!(
            ctf.tags(&artifact.repository)
                .unwrap()
                .contains(&artifact.tag)
        );
    }
    for (digest, bytes) in &content.blobs {
        let digest: Digest = digest.parse().unwrap();
        let descriptor = Descriptor::new("", digest, bytes.len() as u64);
        assert!(ctf.has(&descriptor).unwrap(), "{name}: {digest}");
        assert_eq!(
            ctf.read(&descriptor, 4 << 20).unwrap().as_ref(),
            Some(bytes),
            "{name}"
        );
        let mut copy = Vec::new();
        assert!(ctf.copy(&descriptor, &mut copy).unwrap());
        assert_eq!(&copy, bytes, "{name}");
        let start = ctf.start(&descriptor, 3).unwrap().unwrap();
        assert_eq!(start, bytes[..bytes.len().min(3)], "{name}");
    }
    let absent = Descriptor::of("", b"nobody has this");
    assert!(!ctf.has(&absent).unwrap());
    assert_eq!(ctf.read(&absent, 10).unwrap(), None);
    assert!(!ctf.copy(&absent, &mut Vec::new()).unwrap());
    assert_eq!(ctf.start(&absent, 3).unwrap(), None);
    assert_eq!(ctf.resolve("nothing", "1.0.0").unwrap(), None);
    assert!(ctf.tags("nothing").unwrap().is_empty());
}

#[test]
fn official_archives_are_read_in_every_form() {
    for name in FIXTURES {
        let path = fixtures().join(name);
        let content = Archive::read(&path);
        assert!(!content.blobs.is_empty(), "{name}");
        assert_readable(&Ctf::open(&path).unwrap(), &content, name);
        for (file, bytes) in [
            ("x.tar", content.to_tar()),
            ("x.tgz", content.to_tgz()),
            ("x.tar.gz", content.to_tgz()),
        ] {
            let (_folder, path) = common::file(file, &bytes);
            assert_readable(
                &Ctf::open(&path).unwrap(),
                &content,
                &format!("{name} as {file}"),
            );
        }
    }
}

#[test]
fn archive_files_of_the_official_tools_are_read() {
    for name in [
        "v1-writer-utf8-resource.tar",
        "v1-writer-utf8-resource.tar.gz",
    ] {
        let path = fixtures().join(name);
        let content = Archive::read(&path);
        assert_eq!(
            (content.artifacts.len(), content.blobs.len()),
            (1, 4),
            "{name}"
        );
        assert_readable(&Ctf::open(&path).unwrap(), &content, name);
    }
}

#[test]
fn entries_may_be_in_any_order_and_begin_with_a_dot() {
    let content = Archive::read(&fixtures().join("v2-writer-reference-and-blob"));
    let mut files = content.files();
    files.reverse();
    for (name, _) in &mut files {
        name.insert_str(0, "./");
    }
    files.push(("README.md".to_owned(), b"not ours".to_vec()));
    let (_folder, path) = common::file("x.tar", &testkit::archive::tar(&files));
    assert_readable(&Ctf::open(&path).unwrap(), &content, "reversed");
}

#[test]
fn the_format_is_derived_from_the_name() {
    let content = Archive::read(&fixtures().join("v2-writer-reference-and-blob"));
    for name in ["x", "x.TAR", "x.zip", "x.tar.GZ"] {
        let (_folder, path) = common::file(name, &content.to_tar());
        let error = Ctf::open(&path).unwrap_err();
        assert_eq!(
            fault(&error),
            "not an archive: the file name does not end in .tar, .tar.gz or .tgz"
        );
    }
    // A directory stays a directory, whatever its name is.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    content.write_folder(&path);
    assert_readable(&Ctf::open(&path).unwrap(), &content, "folder");
}

#[test]
fn unknown_manifest_members_are_kept() {
    let text = json!({
        "schemaVersion": 2,
        "config": {"mediaType": "a", "digest": Digest::of(b""), "size": 0, "future": {"a": [1, null]}},
        "layers": [{
            "mediaType": "b", "digest": Digest::of(b""), "size": 0,
            "platform": {"architecture": "amd64", "os": "linux", "future": true},
        }],
        "future": "kept",
    });
    let manifest: Manifest = serde_json::from_value(text.clone()).unwrap();
    let written: Value = serde_json::from_slice(&manifest.to_bytes()).unwrap();
    assert_eq!(written, text);
    let text = json!({"schemaVersion": 2, "manifests": [text["config"]], "future": [1]});
    let index: Index = serde_json::from_value(text.clone()).unwrap();
    let written: Value = serde_json::from_slice(&index.to_bytes()).unwrap();
    assert_eq!(written, text);
}

// Absent or invalid content

fn one_blob(bytes: &[u8]) -> (Archive, Descriptor) {
    let mut archive = Archive::new();
    archive.artifact("r", "t", media_type::OCI_MANIFEST, bytes);
    (archive, Descriptor::of("text/plain", bytes))
}

#[test]
fn a_changed_blob_is_detected() {
    let (mut archive, descriptor) = one_blob(b"hello");
    for (found, message) in [
        (
            b"hellO".as_slice(),
            format!(
                "expected {}, found {}",
                descriptor.digest,
                Digest::of(b"hellO")
            ),
        ),
        (
            b"hell",
            format!("{} should have 5 bytes, but has 4", descriptor.digest),
        ),
        (
            b"hello, world",
            format!("{} should have 5 bytes, but has 12", descriptor.digest),
        ),
        (
            b"",
            format!("{} should have 5 bytes, but has 0", descriptor.digest),
        ),
    ] {
        archive
            .blobs
            .insert(descriptor.digest.to_string(), found.to_vec());
        let (_folder, path) = common::folder(&archive);
        let (_file, tgz) = common::file("x.tgz", &archive.to_tgz());
        for path in [path, tgz] {
            let ctf = Ctf::open(&path).unwrap();
            assert_eq!(fault(&ctf.read(&descriptor, 100).unwrap_err()), message);
            let mut copy = Vec::new();
            let error = ctf.copy(&descriptor, &mut copy).unwrap_err();
            assert!(error.location.contains(&descriptor.digest.hex()), "{error}");
            assert!(fault(&error).starts_with(&message[..20]), "{error}");
            assert!(copy.len() <= 5, "no more is written than was promised");
            assert!(error.hint().unwrap().contains("was changed or truncated"));
        }
    }
}

#[test]
fn a_blob_over_the_limit_is_not_read() {
    let (archive, descriptor) = one_blob(&[7; 1000]);
    let (_folder, path) = common::folder(&archive);
    let (_file, tar) = common::file("x.tar", &archive.to_tar());
    for path in [path, tar] {
        let ctf = Ctf::open(&path).unwrap();
        let error = ctf.read(&descriptor, 999).unwrap_err();
        assert_eq!(
            fault(&error),
            "text/plain has 1000 bytes, more than the limit of 999"
        );
        assert!(ctf.read(&descriptor, 1000).unwrap().is_some());
    }
}

#[test]
fn an_index_that_points_nowhere_is_an_error() {
    let (mut archive, descriptor) = one_blob(b"hello");
    archive.blobs.clear();
    archive
        .artifacts
        .push(json!({"repository": "r", "tag": "odd", "digest": "sha256:ABC"}));
    let (_folder, path) = common::folder(&archive);
    let ctf = Ctf::open(&path).unwrap();
    let error = ctf.resolve("r", "t").unwrap_err();
    assert!(matches!(error.fault, Fault::Missing { digest } if digest == descriptor.digest));
    let error = ctf.resolve("r", "odd").unwrap_err();
    assert_eq!(
        fault(&error),
        "r:odd: `sha256:ABC` is not a digest: expected `sha256:` and 64 lower-case hex digits"
    );
}

#[test]
fn an_index_with_a_newer_schema_makes_the_archive_unreadable() {
    for (index, message) in [
        (
            r#"{"schemaVersion":999,"artifacts":[]}"#,
            "an artifact index of version 999, but only version 1 is supported",
        ),
        (
            r#"{"schemaVersion":1,"artifacts":[],"unknown":1}"#,
            "not an artifact index: unknown field `unknown`",
        ),
        ("nonsense", "not an artifact index: "),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("artifact-index.json"), index).unwrap();
        let files = [("artifact-index.json".to_owned(), index.as_bytes().to_vec())];
        let (_file, tar) = common::file("x.tar", &testkit::archive::tar(&files));
        for path in [folder.path(), &tar] {
            let ctf = Ctf::open(path).unwrap();
            for error in [
                ctf.tags("r").unwrap_err(),
                ctf.resolve("r", "t").unwrap_err(),
                ctf.artifacts().unwrap_err(),
            ] {
                assert!(fault(&error).starts_with(message), "{error}");
                assert!(error.location.ends_with("artifact-index.json"), "{error}");
            }
        }
        // A writer must not replace what it does not understand.
        let ctf = Ctf::open(folder.path()).unwrap();
        let error = ctf.writer(&Silent).unwrap_err();
        assert!(fault(&error).starts_with(message), "{error}");
        let left = fs::read_to_string(folder.path().join("artifact-index.json")).unwrap();
        assert_eq!(left, index);
    }
}

#[test]
fn a_folder_without_an_index_is_empty_or_not_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Ctf::open(folder.path());
    assert!(open().unwrap().artifacts().unwrap().is_empty());
    fs::create_dir(folder.path().join("blobs")).unwrap();
    assert!(open().unwrap().artifacts().unwrap().is_empty());
    fs::write(folder.path().join("artifact-index.json"), "").unwrap();
    assert!(open().unwrap().artifacts().unwrap().is_empty());
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("holiday.jpg"), "").unwrap();
    let error = Ctf::open(other.path()).unwrap_err();
    assert_eq!(
        fault(&error),
        "not an archive: the folder has no artifact-index.json"
    );
}

#[test]
fn an_absent_archive_differs_from_an_unreadable_one() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["missing", "missing.tgz", "missing/inside"] {
        let error = Ctf::open(&folder.path().join(name)).unwrap_err();
        assert!(matches!(error.fault, Fault::Absent), "{error}");
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Ctf::open(&folder.path().join("file/inside")).unwrap_err();
    assert!(matches!(error.fault, Fault::Io { .. }), "{error}");
}

#[test]
fn every_damage_to_an_archive_file_is_detected() {
    let content = Archive::read(&fixtures().join("v2-writer-reference-and-blob"));
    let mut random = Random::new(5);
    let (_folder, path) = common::file("x.tar", b"");
    let (_folder, compressed) = common::file("x.tgz", b"");
    for (path, bytes) in [(path, content.to_tar()), (compressed, content.to_tgz())] {
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len());
                damaged[at] ^= 1 << random.below(8);
            }
            if random.once_in(4) {
                damaged.truncate(random.below(damaged.len()));
            }
            fs::write(&path, damaged).unwrap();
            assert_honest(&path, &content);
        }
    }
}

/// Everything that can be read is unchanged.
fn assert_honest(path: &Path, content: &Archive) {
    let Ok(ctf) = Ctf::open(path) else {
        return;
    };
    let _ = ctf.artifacts();
    for (digest, bytes) in &content.blobs {
        let descriptor = Descriptor::new("", digest.parse().unwrap(), bytes.len() as u64);
        if let Ok(Some(read)) = ctf.read(&descriptor, 1 << 20) {
            assert_eq!(&read, bytes);
        }
        let mut copy = Vec::new();
        if let Ok(true) = ctf.copy(&descriptor, &mut copy) {
            assert_eq!(&copy, bytes);
        }
    }
}
