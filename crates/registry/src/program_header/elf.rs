//! ELF files (ELF specification, "ELF Header" and "Program Header").

use super::{Header, Numbers, UNKNOWN_MACHINE, program};

const ALL: &[&str] = &[
    "linux",
    "android",
    "freebsd",
    "netbsd",
    "openbsd",
    "dragonfly",
    "solaris",
    "illumos",
];
const LINUX: &[&str] = &["linux", "android"];
const ANDROID: &[&str] = &["android"];
const FREEBSD: &[&str] = &["freebsd"];
const NETBSD: &[&str] = &["netbsd"];
const OPENBSD: &[&str] = &["openbsd"];
const DRAGONFLY: &[&str] = &["dragonfly"];
const SOLARIS: &[&str] = &["solaris", "illumos"];
/// Systems that need no mark: a file without any is for one of them.
const UNMARKED: &[&str] = &["linux", "android", "dragonfly", "solaris", "illumos"];

pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(b"\x7fELF") {
        return None;
    }
    let wide = *bytes.get(4)? == 2;
    let little = *bytes.get(5)? == 1;
    let numbers = Numbers { bytes, little };
    let architecture = architecture(numbers.at::<2>(18)?, wide, little);
    // A shared library has no entry point.
    let entry = if wide {
        numbers.at::<8>(24)
    } else {
        numbers.at::<4>(24)
    };
    let kind = match numbers.at::<2>(16)? {
        2 => None,
        3 if entry != Some(0) => None,
        1 => Some("ELF object file"),
        3 => Some("ELF shared library"),
        4 => Some("ELF core dump"),
        _ => Some("ELF file of an unknown type"),
    };
    if let Some(kind) = kind {
        return Some(Header::NotExecutable(kind.to_owned()));
    }
    Some(program("ELF", systems(numbers, wide)?, [architecture]))
}

fn architecture(machine: u64, wide: bool, little: bool) -> &'static str {
    match (machine, wide, little) {
        (62, ..) => "amd64",
        (183, ..) => "arm64",
        (3, ..) => "386",
        (40, ..) => "arm",
        (21, _, true) => "ppc64le",
        (21, _, false) => "ppc64",
        (22, ..) => "s390x",
        (243, true, _) => "riscv64",
        (243, false, _) => "riscv",
        (258, ..) => "loong64",
        (8, true, true) => "mips64le",
        (8, true, false) => "mips64",
        (8, false, true) => "mipsle",
        (8, false, false) => "mips",
        (43, ..) => "sparc64",
        _ => UNKNOWN_MACHINE,
    }
}

/// The systems that run the file: by its OS/ABI byte, else its dynamic linker, else its notes. A
/// file whose program headers are not within the bytes may be for any system without OS/ABI.
fn systems(numbers: Numbers<'_>, wide: bool) -> Option<&'static [&'static str]> {
    match *numbers.bytes.get(7)? {
        0 => {}
        2 => return Some(NETBSD),
        3 => return Some(LINUX),
        6 => return Some(SOLARIS),
        9 => return Some(FREEBSD),
        12 => return Some(OPENBSD),
        _ => return Some(&[]),
    }
    let (offset, size, count) = if wide {
        (
            numbers.position::<8>(32),
            numbers.at::<2>(54),
            numbers.at::<2>(56),
        )
    } else {
        (
            numbers.position::<4>(28),
            numbers.at::<2>(42),
            numbers.at::<2>(44),
        )
    };
    let (Some(offset), Some(size), Some(count)) = (offset, size, count) else {
        return Some(ALL);
    };
    let mut is_complete = count > 0;
    let mut by_note = None;
    for index in 0..count {
        let segment = usize::try_from(index * size)
            .ok()
            .and_then(|at| Segment::read(numbers, offset.checked_add(at)?, wide));
        let Some(segment) = segment else {
            is_complete = false;
            break;
        };
        match (segment.kind, segment.content(numbers)) {
            (Segment::INTERPRETER, Some(path)) => {
                if let Some(systems) = by_interpreter(path) {
                    return Some(systems);
                }
            }
            (Segment::NOTE, Some(notes)) => {
                let notes = Numbers {
                    bytes: notes,
                    ..numbers
                };
                by_note = by_note.or_else(|| by_notes(notes));
            }
            (Segment::INTERPRETER | Segment::NOTE, None) => is_complete = false,
            _ => {}
        }
    }
    Some(match by_note {
        Some(systems) => systems,
        None if is_complete => UNMARKED,
        None => ALL,
    })
}

/// A part of the file, as a program header describes it.
struct Segment {
    kind: u64,
    offset: usize,
    length: usize,
}

impl Segment {
    const INTERPRETER: u64 = 3;
    const NOTE: u64 = 4;

    fn read(numbers: Numbers<'_>, at: usize, wide: bool) -> Option<Self> {
        let kind = numbers.at::<4>(at)?;
        let (offset, length) = if wide {
            (
                numbers.position::<8>(at.checked_add(8)?),
                numbers.position::<8>(at.checked_add(32)?),
            )
        } else {
            (
                numbers.position::<4>(at.checked_add(4)?),
                numbers.position::<4>(at.checked_add(16)?),
            )
        };
        Some(Self {
            kind,
            offset: offset?,
            length: length?,
        })
    }

    fn content<'a>(&self, numbers: Numbers<'a>) -> Option<&'a [u8]> {
        numbers.slice(self.offset, self.length)
    }
}

/// The systems of a dynamic linker, which ends in a zero byte.
fn by_interpreter(path: &[u8]) -> Option<&'static [&'static str]> {
    let path = path.split(|byte| *byte == 0).next()?;
    let path = std::str::from_utf8(path).ok()?;
    let name = path.rsplit('/').next()?;
    if path.starts_with("/system/bin/linker") || path.starts_with("/apex/") {
        Some(ANDROID)
    } else if path == "/usr/libexec/ld-elf.so.2" {
        Some(DRAGONFLY)
    } else if name.starts_with("ld-elf") {
        Some(FREEBSD)
    } else if name == "ld.elf_so" {
        Some(NETBSD)
    } else if path == "/usr/libexec/ld.so" {
        Some(OPENBSD)
    } else if name.starts_with("ld-linux")
        || name.starts_with("ld-musl")
        || name.starts_with("ld64.so")
    {
        Some(LINUX)
    } else if matches!(
        path,
        "/usr/lib/ld.so.1"
            | "/lib/64/ld.so.1"
            | "/lib/amd64/ld.so.1"
            | "/usr/lib/amd64/ld.so.1"
            | "/usr/lib/64/ld.so.1"
    ) {
        Some(SOLARIS)
    } else {
        None
    }
}

/// The systems that the vendors of notes name.
fn by_notes(numbers: Numbers<'_>) -> Option<&'static [&'static str]> {
    let padded = |length: usize| length.checked_next_multiple_of(4);
    let mut at = 0;
    loop {
        let name_length = numbers.position::<4>(at)?;
        let content_length = numbers.position::<4>(at.checked_add(4)?)?;
        let kind = numbers.at::<4>(at.checked_add(8)?)?;
        let name_at = at.checked_add(12)?;
        let content_at = name_at.checked_add(padded(name_length)?)?;
        let name = numbers.slice(name_at, name_length)?;
        let systems = match name {
            b"FreeBSD\0" => Some(FREEBSD),
            b"NetBSD\0" => Some(NETBSD),
            b"OpenBSD\0" => Some(OPENBSD),
            b"DragonFly\0" => Some(DRAGONFLY),
            b"Android\0" => Some(ANDROID),
            // The ABI tag of glibc: 0 is Linux, 2 Solaris.
            b"GNU\0" if kind == 1 => match numbers.at::<4>(content_at)? {
                0 => Some(LINUX),
                2 => Some(SOLARIS),
                3 => Some(FREEBSD),
                _ => None,
            },
            _ => None,
        };
        if systems.is_some() {
            return systems;
        }
        at = content_at.checked_add(padded(content_length)?)?;
    }
}
