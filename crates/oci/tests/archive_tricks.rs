//! Malicious archive files.

mod common;

use common::fault;
use oci::Ctf;
use testkit::Archive;
use testkit::archive::gzip;

const BLOCK: usize = 512;

/// One entry of a tar file with its header, without any validation.
struct Entry {
    name: Vec<u8>,
    kind: u8,
    link: &'static str,
    size: u64,
    data: Vec<u8>,
}

fn entry(name: &str, data: &[u8]) -> Entry {
    Entry {
        name: name.as_bytes().to_vec(),
        kind: b'0',
        link: "",
        size: data.len() as u64,
        data: data.to_vec(),
    }
}

impl Entry {
    fn kind(self, kind: u8, link: &'static str) -> Self {
        Self { kind, link, ..self }
    }

    fn size(self, size: u64) -> Self {
        Self { size, ..self }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut header = [0; BLOCK];
        header[..self.name.len()].copy_from_slice(&self.name);
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", self.size).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].copy_from_slice(b"        ");
        header[156] = self.kind;
        header[157..157 + self.link.len()].copy_from_slice(self.link.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let mut bytes = header.to_vec();
        bytes.extend(&self.data);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }
}

/// A tar file of a harmless index and these entries.
fn tar(entries: &[Entry]) -> Vec<u8> {
    let index = entry(
        "artifact-index.json",
        br#"{"schemaVersion":1,"artifacts":[]}"#,
    );
    let mut bytes = index.to_bytes();
    for entry in entries {
        bytes.extend(entry.to_bytes());
    }
    bytes.extend([0; 2 * BLOCK]);
    bytes
}

/// A record of a pax header: its own length, a name and a value.
fn pax(name: &str, value: &str) -> Entry {
    let rest = format!(" {name}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    entry("pax", format!("{length}{rest}").as_bytes()).kind(b'x', "")
}

const BLOB: &str = "blobs/sha256.2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[test]
fn the_tar_files_are_valid_without_the_trick() {
    let bytes = tar(&[entry(BLOB, b"hello")]);
    for (name, bytes) in [("x.tar", bytes.clone()), ("x.tgz", gzip(&bytes))] {
        let (_folder, path) = common::file(name, &bytes);
        let ctf = Ctf::open(&path).unwrap();
        let blob = oci::Descriptor::of("text/plain", b"hello");
        assert_eq!(ctf.read(&blob, 5).unwrap().unwrap(), b"hello");
    }
}

#[test]
fn malicious_entries_are_refused() {
    let long = "a/".repeat(40);
    let cases = [
        (
            vec![entry("../x", b"")],
            "entry `../x` points outside the archive",
        ),
        (
            vec![entry("blobs/../../x", b"")],
            "entry `blobs/../../x` points outside the archive",
        ),
        (
            vec![entry("/etc/passwd", b"")],
            "entry `/etc/passwd` points outside the archive",
        ),
        (
            vec![entry("../blobs/", b"").kind(b'5', "")],
            "entry `../blobs/` points outside the archive",
        ),
        (
            vec![pax("path", "../evil"), entry(BLOB, b"")],
            "entry `../evil` points outside the archive",
        ),
        (
            vec![
                entry("long", format!("/{long}x\0").as_bytes()).kind(b'L', ""),
                entry(BLOB, b""),
            ],
            "points outside the archive",
        ),
        (
            vec![entry(BLOB, b"").kind(b'2', "/etc/passwd")],
            "38b9824` is a link or a special file",
        ),
        (
            vec![entry(BLOB, b"").kind(b'1', "artifact-index.json")],
            "38b9824` is a link or a special file",
        ),
        (
            vec![entry("elsewhere", b"").kind(b'2', "/etc/passwd")],
            "entry `elsewhere` is a link or a special file",
        ),
        (
            vec![entry("blobs", b"").kind(b'2', "/etc")],
            "entry `blobs` is a link or a special file",
        ),
        (
            vec![entry(BLOB, b"").kind(b'3', "")],
            "is a link or a special file",
        ),
        (
            vec![entry(BLOB, b"").kind(b'6', "")],
            "is a link or a special file",
        ),
        (
            vec![entry(BLOB, b"hello"), entry(BLOB, b"other")],
            "38b9824` is duplicated",
        ),
        (
            vec![entry(BLOB, b"hello"), entry(&format!("./{BLOB}"), b"other")],
            "38b9824` is duplicated",
        ),
        (
            vec![entry("./artifact-index.json", b"")],
            "entry `./artifact-index.json` is duplicated",
        ),
        (
            vec![entry(BLOB, b"hello").size(1 << 32)],
            "38b9824` extends past the end of the archive",
        ),
        (
            vec![pax("size", "1099511627776"), entry(BLOB, b"hello")],
            "38b9824` extends past the end of the archive",
        ),
        (
            vec![pax("size", "18446744073709551615"), entry(BLOB, b"hello")],
            "not a readable tar archive: size overflow",
        ),
    ];
    for (entries, message) in cases {
        let bytes = tar(&entries);
        for (name, bytes) in [("x.tar", bytes.clone()), ("x.tgz", gzip(&bytes))] {
            let (_folder, path) = common::file(name, &bytes);
            let error = Ctf::open(&path).expect_err(message);
            assert!(
                fault(&error).ends_with(message),
                "{name}: {error}, expected {message}"
            );
            assert_eq!(error.location, path.display().to_string());
        }
    }
}

#[test]
fn a_truncated_archive_is_refused() {
    let bytes = tar(&[entry(BLOB, &[7; 2000])]);
    for (length, message) in [
        (BLOCK / 2, "not a readable tar archive (truncated): "),
        (BLOCK * 2 + 100, "not a readable tar archive (truncated): "),
        (
            BLOCK * 4,
            &*format!("entry `{BLOB}` extends past the end of the archive"),
        ),
    ] {
        let (_folder, path) = common::file("x.tar", &bytes[..length]);
        let error = Ctf::open(&path).expect_err(message);
        assert!(fault(&error).starts_with(message), "{length}: {error}");
    }
    let compressed = gzip(&bytes);
    for length in [5, compressed.len() / 2, compressed.len() - 4] {
        let (_folder, path) = common::file("x.tgz", &compressed[..length]);
        let error = Ctf::open(&path).expect_err("cut off");
        assert!(
            fault(&error).starts_with("cannot expand it: "),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_file_that_is_not_an_archive_is_refused() {
    for (name, bytes, message) in [
        (
            "x.tar",
            b"hello".repeat(200),
            "not a readable tar archive: ",
        ),
        ("x.tgz", b"hello".repeat(200), "cannot expand it: "),
        ("x.tgz", tar(&[]), "cannot expand it: "),
        ("x.tar", gzip(&tar(&[])), "not a readable tar archive"),
        (
            "x.tgz",
            gzip(b"hello"),
            "not a readable tar archive (truncated)",
        ),
    ] {
        let (_folder, path) = common::file(name, &bytes);
        let error = Ctf::open(&path).expect_err(message);
        assert!(fault(&error).starts_with(message), "{name}: {error}");
    }
    for empty in [Vec::new(), vec![0; 2 * BLOCK]] {
        let (_folder, path) = common::file("x.tar", &empty);
        let error = Ctf::open(&path).unwrap().artifacts().unwrap_err();
        assert_eq!(fault(&error), "the archive has no artifact-index.json");
    }
}

#[test]
fn a_header_with_a_wrong_checksum_is_refused() {
    let mut bytes = tar(&[entry(BLOB, b"hello")]);
    bytes[2 * BLOCK] ^= 1;
    let (_folder, path) = common::file("x.tar", &bytes);
    let error = Ctf::open(&path).unwrap_err();
    assert!(
        fault(&error).starts_with("not a readable tar archive: "),
        "{error}"
    );
}

#[test]
fn a_small_file_cannot_fill_the_disk() {
    // Each member of a compressed file expands to a mebibyte of zeros.
    let member = gzip(&vec![0; 1 << 20]);
    let bomb = member.repeat(90);
    assert!(bomb.len() < 100_000);
    let limit = (64 << 20) + bomb.len() * 100;
    let (_folder, path) = common::file("x.tgz", &bomb);
    let error = Ctf::open(&path).unwrap_err();
    assert_eq!(
        fault(&error),
        format!(
            "a compressed archive of {} bytes that expands to more than {limit}",
            bomb.len()
        )
    );
}

#[test]
fn a_well_compressed_archive_is_read() {
    let mut archive = Archive::new();
    let digest = archive.blob(&vec![0; 2 << 20]);
    let bytes = archive.to_tgz();
    assert!(bytes.len() < 10_000);
    let (_folder, path) = common::file("x.tgz", &bytes);
    let blob = oci::Descriptor::new("", digest.parse().unwrap(), 2 << 20);
    assert!(
        Ctf::open(&path)
            .unwrap()
            .copy(&blob, &mut std::io::sink())
            .unwrap()
    );
}
