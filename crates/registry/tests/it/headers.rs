//! Headers of programs: which platform a file is for, and which files are not programs.

use proptest::prelude::*;
use registry::platform::Platform;
use registry::program_header::Header;

/// Numbers in a byte order.
fn number(value: u64, length: usize, little: bool) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let mut bytes = bytes[8 - length..].to_vec();
    if little {
        bytes.reverse();
    }
    bytes
}

/// What marks the system of an ELF file.
#[derive(Clone, Copy, Debug)]
enum Mark {
    None,
    Interpreter(&'static str),
    Note(&'static str),
    /// The program headers are behind the bytes that are read.
    Far,
}

#[derive(Clone, Copy, Debug)]
struct Elf {
    wide: bool,
    little: bool,
    abi: u8,
    kind: u64,
    machine: u64,
    entry: u64,
    mark: Mark,
}

impl Elf {
    fn bytes(self) -> Vec<u8> {
        let word = if self.wide { 8 } else { 4 };
        let n = |value, length| number(value, length, self.little);
        let mut bytes = b"\x7fELF".to_vec();
        bytes.extend([
            if self.wide { 2 } else { 1 },
            if self.little { 1 } else { 2 },
            1,
            self.abi,
        ]);
        bytes.resize(16, 0);
        let headers: u64 = if self.wide { 64 } else { 52 };
        let size: u64 = if self.wide { 56 } else { 32 };
        let at = if matches!(self.mark, Mark::Far) {
            1 << 30
        } else {
            headers
        };
        let count = u64::from(!matches!(self.mark, Mark::None));
        bytes.extend(
            [
                n(self.kind, 2),
                n(self.machine, 2),
                n(1, 4),
                n(self.entry, word),
                n(at, word),
                n(0, word),
            ]
            .concat(),
        );
        bytes.extend([n(0, 4), n(headers, 2), n(size, 2), n(count, 2), n(0, 6)].concat());
        let content = match self.mark {
            Mark::None | Mark::Far => return bytes,
            Mark::Interpreter(path) => [path.as_bytes(), b"\0"].concat(),
            Mark::Note(name) => {
                let mut name_bytes = [name.as_bytes(), b"\0"].concat();
                let length = name_bytes.len() as u64;
                name_bytes.resize(name_bytes.len().next_multiple_of(4), 0);
                [n(length, 4), n(4, 4), n(1, 4), name_bytes, n(0, 4)].concat()
            }
        };
        let kind = if matches!(self.mark, Mark::Note(_)) {
            4
        } else {
            3
        };
        let (offset, length) = (headers + size, content.len() as u64);
        let header = if self.wide {
            [
                n(kind, 4),
                n(0, 4),
                n(offset, 8),
                n(0, 8),
                n(0, 8),
                n(length, 8),
                n(length, 8),
                n(1, 8),
            ]
            .concat()
        } else {
            [
                n(kind, 4),
                n(offset, 4),
                n(0, 4),
                n(0, 4),
                n(length, 4),
                n(length, 4),
                n(0, 4),
                n(1, 4),
            ]
            .concat()
        };
        bytes.extend(header);
        bytes.extend(content);
        bytes
    }

    /// The systems that run it, written down again.
    fn systems(self) -> &'static [&'static str] {
        let marked: &[&str] = match self.mark {
            // Nothing in the part that is read tells the systems apart.
            Mark::Far | Mark::None => &[
                "linux",
                "android",
                "freebsd",
                "netbsd",
                "openbsd",
                "dragonfly",
                "solaris",
                "illumos",
            ],
            Mark::Interpreter("/lib64/ld-linux-x86-64.so.2" | "/lib/ld-musl-aarch64.so.1")
            | Mark::Note("GNU") => &["linux", "android"],
            Mark::Interpreter("/system/bin/linker64") | Mark::Note("Android") => &["android"],
            Mark::Interpreter("/libexec/ld-elf.so.1") | Mark::Note("FreeBSD") => &["freebsd"],
            Mark::Interpreter("/usr/libexec/ld-elf.so.2") | Mark::Note("DragonFly") => {
                &["dragonfly"]
            }
            Mark::Interpreter("/usr/libexec/ld.elf_so") | Mark::Note("NetBSD") => &["netbsd"],
            Mark::Interpreter("/usr/libexec/ld.so") | Mark::Note("OpenBSD") => &["openbsd"],
            Mark::Interpreter("/usr/lib/amd64/ld.so.1") => &["solaris", "illumos"],
            Mark::Interpreter(_) | Mark::Note(_) => {
                &["linux", "android", "dragonfly", "solaris", "illumos"]
            }
        };
        match (self.kind, self.abi) {
            (2, _) if self.abi != 0 => {}
            (3, _) if self.abi != 0 && self.entry != 0 => {}
            (2, 0) => return marked,
            (3, 0) if self.entry != 0 => return marked,
            _ => return &[],
        }
        match self.abi {
            2 => &["netbsd"],
            3 => &["linux", "android"],
            6 => &["solaris", "illumos"],
            9 => &["freebsd"],
            12 => &["openbsd"],
            _ => &[],
        }
    }

    fn architecture(self) -> Option<&'static str> {
        Some(match (self.machine, self.wide, self.little) {
            (62, _, _) => "amd64",
            (183, _, _) => "arm64",
            (3, _, _) => "386",
            (40, _, _) => "arm",
            (21, _, true) => "ppc64le",
            (21, _, false) => "ppc64",
            (22, _, _) => "s390x",
            (243, true, _) => "riscv64",
            (243, false, _) => "riscv",
            (258, _, _) => "loong64",
            (8, true, true) => "mips64le",
            (8, true, false) => "mips64",
            (8, false, true) => "mipsle",
            (8, false, false) => "mips",
            (43, _, _) => "sparc64",
            _ => return None,
        })
    }
}

const SYSTEMS: [&str; 10] = [
    "linux",
    "android",
    "freebsd",
    "netbsd",
    "openbsd",
    "dragonfly",
    "solaris",
    "illumos",
    "darwin",
    "windows",
];
const ARCHITECTURES: [&str; 15] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv", "riscv64", "s390x", "sparc64",
];

fn marks() -> impl Strategy<Value = Mark> {
    prop_oneof![
        Just(Mark::None),
        Just(Mark::Far),
        prop::sample::select(vec![
            "/lib64/ld-linux-x86-64.so.2",
            "/lib/ld-musl-aarch64.so.1",
            "/system/bin/linker64",
            "/libexec/ld-elf.so.1",
            "/usr/libexec/ld-elf.so.2",
            "/usr/libexec/ld.elf_so",
            "/usr/libexec/ld.so",
            "/usr/lib/amd64/ld.so.1",
            "/opt/own/loader",
        ])
        .prop_map(Mark::Interpreter),
        prop::sample::select(vec![
            "GNU",
            "Android",
            "FreeBSD",
            "DragonFly",
            "NetBSD",
            "OpenBSD",
            "Go",
            "stapsdt"
        ])
        .prop_map(Mark::Note),
    ]
}

fn elves() -> impl Strategy<Value = Elf> {
    let abi = prop::sample::select(vec![0, 0, 0, 2, 3, 6, 9, 12, 1, 64, 97, 255]);
    let kind = prop::sample::select(vec![0_u64, 1, 2, 2, 3, 3, 4, 5, 0xfe00, 0xff00]);
    let machine = prop::sample::select(vec![
        62_u64, 183, 3, 40, 21, 22, 243, 258, 8, 43, 0, 2, 0x9026,
    ]);
    let entry = prop::sample::select(vec![0_u64, 0x1000, 0x0040_1000]);
    (
        any::<bool>(),
        any::<bool>(),
        abi,
        kind,
        machine,
        entry,
        marks(),
    )
        .prop_map(|(wide, little, abi, kind, machine, entry, mark)| Elf {
            wide,
            little,
            abi,
            kind,
            machine,
            entry,
            mark,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_elf_file_fits_exactly_the_platforms_that_can_run_it(elf in elves()) {
        let header = Header::parse(&elf.bytes());
        for os in SYSTEMS {
            for architecture in ARCHITECTURES {
                let platform = Platform { os: os.to_owned(), architecture: architecture.to_owned() };
                let expected = elf.systems().contains(&os) && elf.architecture() == Some(architecture);
                prop_assert_eq!(header.fits(&platform), expected, "{} {}", header, platform);
            }
        }
    }

    #[test]
    fn damaged_headers_are_read_without_failing(
        elf in elves(),
        length in 0_usize..200,
        changes in prop::collection::vec((0_usize..200, any::<u8>()), 0..8),
    ) {
        let mut bytes = elf.bytes();
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        bytes.truncate(length);
        let _ = Header::parse(&bytes).to_string();
    }

    #[test]
    fn any_bytes_are_read_without_failing(
        start in prop::sample::select(vec![&b""[..], b"#!", b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = Header::parse(&[start, &rest].concat()).to_string();
    }
}

fn pe(machine: u16, characteristics: u16, subsystem: u16) -> Vec<u8> {
    let mut bytes = vec![0; 0x40];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x40;
    bytes.extend(b"PE\0\0");
    bytes.extend(machine.to_le_bytes());
    bytes.resize(0x40 + 22, 0);
    bytes.extend(characteristics.to_le_bytes());
    bytes.resize(0x40 + 92, 0);
    bytes.extend(subsystem.to_le_bytes());
    bytes
}

fn macho(cpu: u32, kind: u32) -> Vec<u8> {
    let numbers = [0xfeed_facf, cpu, 0, kind].map(u32::to_le_bytes);
    numbers.concat()
}

#[test]
fn files_that_cannot_be_started_are_named() {
    for (bytes, expected) in [
        (pe(0x8664, 0x22, 3), "PE program for amd64 on windows"),
        (pe(0xaa64, 0x22, 2), "PE program for arm64 on windows"),
        (pe(0x8664, 0x2022, 3), "not a program (PE library (DLL))"),
        (
            pe(0x8664, 0, 3),
            "not a program (PE file that was not linked completely)",
        ),
        (pe(0x8664, 0x22, 10), "not a program (PE program for UEFI)"),
        (macho(0x0100_000c, 2), "Mach-O program for arm64 on darwin"),
        (macho(0x0100_0007, 2), "Mach-O program for amd64 on darwin"),
        (macho(0x0100_000c, 1), "not a program (Mach-O object file)"),
        (macho(0x0100_000c, 4), "not a program (Mach-O core dump)"),
        (
            macho(0x0100_000c, 6),
            "not a program (Mach-O shared library)",
        ),
        (b"#!/bin/sh\n".to_vec(), "script for /bin/sh"),
        (
            b"#! /usr/bin/env python3 \nprint()\r\n".to_vec(),
            "script for /usr/bin/env python3",
        ),
        (
            b"#!/bin/sh\r\necho\r\n".to_vec(),
            "not a program (script whose first line ends in a carriage return (CRLF line endings))",
        ),
        (
            b"#!\n".to_vec(),
            "not a program (script that names no interpreter)",
        ),
        (
            b"#!  \t\n".to_vec(),
            "not a program (script that names no interpreter)",
        ),
        (
            b"#!".to_vec(),
            "not a program (script that names no interpreter)",
        ),
        (
            b"hello".to_vec(),
            "not a program (begins with 68 65 6c 6c 6f)",
        ),
        (Vec::new(), "empty file"),
    ] {
        let header = Header::parse(&bytes);
        assert_eq!(header.to_string(), expected);
        let fits = SYSTEMS.iter().any(|os| {
            ARCHITECTURES.iter().any(|architecture| {
                header.fits(&Platform {
                    os: (*os).to_owned(),
                    architecture: (*architecture).to_owned(),
                })
            })
        });
        assert_eq!(
            fits,
            !expected.contains("not a program") && expected != "empty file",
            "{expected}"
        );
    }
}
