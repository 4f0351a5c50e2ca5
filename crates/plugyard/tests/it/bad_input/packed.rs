//! Malicious archives in a single tar file.

use std::io::Write;
use std::process::{Command, Stdio};

use snapbox::str;

use crate::yard::Yard;

const INDEX: &[u8] = br#"{"schemaVersion":1,"artifacts":[]}"#;
const FILE: u8 = b'0';
const HARD_LINK: u8 = b'1';
const LINK: u8 = b'2';

/// A tar file of these entries: type, name, where a link leads, content.
fn tar(entries: &[(u8, &str, &str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (kind, name, target, content) in entries {
        let mut header = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, name.as_bytes());
        put(100, b"0000644\0");
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", content.len()).as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[*kind]);
        put(157, target.as_bytes());
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend(*content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.stdout
}

fn read(name: &str, archive: &[u8]) -> crate::yard::Outcome {
    let yard = Yard::new();
    yard.write(name, archive);
    yard.writes_nothing(&format!(
        "list --registry ./{name}//acme.org/plugin-registry"
    ))
}

#[test]
fn a_path_with_dot_dot_is_refused() {
    let archive = tar(&[
        (FILE, "artifact-index.json", "", INDEX),
        (FILE, "blobs/../../outside", "", b"x"),
    ]);
    read("ctf.tar", &archive).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `blobs/../../outside` points outside the archive

"#]],
    );
    read("ctf.tgz", &gzip(&archive)).fails(
        1,
        str![[r#"
error: ./ctf.tgz: entry `blobs/../../outside` points outside the archive

"#]],
    );
    let archive = tar(&[(FILE, "../artifact-index.json", "", INDEX)]);
    read("ctf.tar", &archive).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `../artifact-index.json` points outside the archive

"#]],
    );
}

#[test]
fn an_absolute_path_is_refused() {
    let archive = tar(&[(FILE, "/artifact-index.json", "", INDEX)]);
    read("ctf.tar", &archive).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `/artifact-index.json` points outside the archive

"#]],
    );
}

#[test]
fn links_are_refused() {
    let archive = tar(&[(LINK, "artifact-index.json", "/etc/passwd", b"")]);
    read("ctf.tar", &archive).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `artifact-index.json` is a link or a special file

"#]],
    );
    let archive = tar(&[
        (FILE, "artifact-index.json", "", INDEX),
        (LINK, "blobs", "/etc", b""),
    ]);
    read("ctf.tar", &archive).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `blobs` is a link or a special file

"#]],
    );
    let archive = tar(&[(HARD_LINK, "artifact-index.json", "/etc/passwd", b"")]);
    read("ctf.tar", &archive).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `artifact-index.json` is a link or a special file

"#]],
    );
}

#[test]
fn a_duplicate_archive_entry_is_refused() {
    let index = (FILE, "artifact-index.json", "", INDEX);
    read(
        "ctf.tar",
        &tar(&[index, (FILE, "./artifact-index.json", "", b"{}")]),
    )
    .fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `./artifact-index.json` is duplicated

"#]],
    );
}

#[test]
fn a_decompression_bomb_is_refused_early() {
    // 80 MiB of zeros are 80 KiB: a thousandth.
    let bomb = gzip(&vec![0; 80 << 20]);
    read("ctf.tar.gz", &bomb).fails(
        1,
        str![[r#"
error: ./ctf.tar.gz: a compressed archive of [..] bytes that expands to more than [..]

"#]],
    );
}

#[test]
fn an_entry_longer_than_the_archive_is_refused() {
    let mut archive = tar(&[(FILE, "artifact-index.json", "", INDEX)]);
    archive[124..136].copy_from_slice(b"77777777777\0");
    archive[148..156].copy_from_slice(b"        ");
    let sum: u32 = archive[..512].iter().map(|byte| u32::from(*byte)).sum();
    archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    read("ctf.tar", &archive).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `artifact-index.json` extends past the end of the archive

"#]],
    );
}

#[test]
fn a_file_that_is_not_an_archive_is_refused() {
    read("ctf.tar", b"hello").fails(
        1,
        str![[r#"
error: ./ctf.tar: not a readable tar archive (truncated): failed to read entire block

"#]],
    );
    read("ctf.tar", &[b'x'; 4096]).fails(1, str![[r#"
error: ./ctf.tar: not a readable tar archive: numeric field was not a number: xxxxxxxx when getting cksum for xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx

"#]]);
    read("ctf.tgz", b"hello").fails(
        1,
        str![[r#"
error: ./ctf.tgz: cannot expand it: unexpected end of file

"#]],
    );
    read("ctf.tar", &tar(&[])).fails(
        1,
        str![[r#"
error: ./ctf.tar: the archive has no artifact-index.json

"#]],
    );
    let archive = tar(&[(FILE, "artifact-index.json", "", INDEX)]);
    read("ctf.tar", &archive[..520]).fails(
        1,
        str![[r#"
error: ./ctf.tar: entry `artifact-index.json` extends past the end of the archive

"#]],
    );
    let packed = gzip(&archive);
    read("ctf.tgz", &packed[..packed.len() / 2]).fails(
        1,
        str![[r#"
error: ./ctf.tgz: cannot expand it: incomplete deflate stream

"#]],
    );
}
