//! Operating systems and architectures, in Go's words, and the headers of programs.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use oci::file::{self, FileError};
use serde::{Serialize, Serializer};

/// Bytes at the beginning of a program that are looked at; headers lie within them.
const HEADER_LIMIT: u64 = 1 << 20;

const SYSTEMS: [&str; 15] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
];
const ARCHITECTURES: [&str; 16] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "sparc64", "wasm", "riscv",
];

/// An operating system and an architecture: `linux/amd64`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Operating system, as `GOOS` has it.
    pub os: String,
    /// Architecture, as `GOARCH` has it.
    pub architecture: String,
}

/// The text names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlatform {
    /// It is not two words with a slash.
    #[error("`{0}` is not a platform such as linux/amd64")]
    Form(String),
    /// A word is not one of Go's.
    #[error("`{word}` in `{text}` is not {kind} in Go's words")]
    Word {
        /// The whole text.
        text: String,
        /// The word.
        word: String,
        /// What it should be.
        kind: &'static str,
        /// The word that may be meant.
        nearest: Option<String>,
    },
}

impl InvalidPlatform {
    /// How to fix it.
    pub fn hint(&self) -> String {
        match self {
            Self::Word {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            Self::Word { kind, .. } if kind.contains("system") => {
                "use GOOS words: linux, darwin, windows".to_owned()
            }
            Self::Word { .. } => "use GOARCH words: amd64, arm64".to_owned(),
            Self::Form(_) => "write OS/ARCH, for instance linux/amd64".to_owned(),
        }
    }
}

impl Platform {
    /// The platform this program was built for.
    pub fn native() -> Self {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "powerpc64" => "ppc64",
            other => other,
        };
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Platform {
    type Err = InvalidPlatform;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || InvalidPlatform::Form(text.to_owned());
        let (os, architecture) = text.split_once('/').ok_or_else(form)?;
        if os.is_empty() || architecture.is_empty() || architecture.contains('/') {
            return Err(form());
        }
        let check = |word: &str, kind, known: &[&str], spoken: &[(&str, &str)]| {
            if known.contains(&word) {
                return Ok(word.to_owned());
            }
            let nearest = spoken
                .iter()
                .find(|(other, _)| *other == word.to_lowercase())
                .map(|(_, right)| *right)
                .or_else(|| ocm::name::nearest(word, known));
            Err(InvalidPlatform::Word {
                text: text.to_owned(),
                word: word.to_owned(),
                kind,
                nearest: nearest.map(str::to_owned),
            })
        };
        let systems = [("macos", "darwin"), ("osx", "darwin"), ("win", "windows")];
        let architectures = [
            ("x86_64", "amd64"),
            ("x64", "amd64"),
            ("aarch64", "arm64"),
            ("i386", "386"),
            ("x86", "386"),
        ];
        Ok(Self {
            os: check(os, "an operating system", &SYSTEMS, &systems)?,
            architecture: check(
                architecture,
                "an architecture",
                &ARCHITECTURES,
                &architectures,
            )?,
        })
    }
}

/// What the header of a program says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// A program for one architecture.
    Program {
        /// `ELF`, `Mach-O` or `PE`.
        format: &'static str,
        /// Systems that run this format; ELF is used by several.
        systems: &'static [&'static str],
        /// Architectures it holds; a universal Mach-O file has several.
        architectures: Vec<String>,
    },
    /// A script that names its interpreter.
    Script(String),
    /// Neither; how it begins.
    Unknown(String),
}

const ELF_SYSTEMS: &[&str] = &[
    "linux",
    "android",
    "freebsd",
    "netbsd",
    "openbsd",
    "dragonfly",
    "solaris",
    "illumos",
];
const MACHO_SYSTEMS: &[&str] = &["darwin", "ios"];
const PE_SYSTEMS: &[&str] = &["windows"];

impl Header {
    /// Reads the header of the program at `path`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Ok(Self::parse(&file::read_start(path, HEADER_LIMIT)?))
    }

    /// Reads the header from the first bytes of a program.
    pub fn parse(bytes: &[u8]) -> Self {
        if let Some(rest) = bytes.strip_prefix(b"#!") {
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line: String = String::from_utf8_lossy(line)
                .trim()
                .chars()
                .take(80)
                .collect();
            return Self::Script(line);
        }
        elf(bytes)
            .or_else(|| macho(bytes))
            .or_else(|| universal_macho(bytes))
            .or_else(|| pe(bytes))
            .unwrap_or_else(|| {
                let start: Vec<_> = bytes
                    .iter()
                    .take(8)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                Self::Unknown(start.join(" "))
            })
    }

    /// Returns whether a program with this header can be the one for `platform`. A script can be
    /// for any system that is not Windows.
    pub fn fits(&self, platform: &Platform) -> bool {
        match self {
            Self::Program {
                systems,
                architectures,
                ..
            } => {
                systems.contains(&platform.os.as_str())
                    && architectures.contains(&platform.architecture)
            }
            Self::Script(_) => platform.os != "windows",
            Self::Unknown(_) => false,
        }
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program {
                format,
                systems,
                architectures,
            } => write!(
                f,
                "{format} program for {} on {}",
                architectures.join(", "),
                systems[0]
            ),
            Self::Script(interpreter) => write!(f, "script for {interpreter}"),
            Self::Unknown(start) if start.is_empty() => f.write_str("empty file"),
            Self::Unknown(start) => write!(f, "no program (begins with {start})"),
        }
    }
}

/// The fixed part of an ELF header (ELF specification, "ELF Header"): class, byte order, and
/// machine. The tables may lie at the end of the file and are not needed.
fn elf(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(b"\x7fELF") {
        return None;
    }
    let wide = *bytes.get(4)? == 2;
    let little = *bytes.get(5)? == 1;
    let pair: [u8; 2] = bytes.get(18..20)?.try_into().ok()?;
    let machine = if little {
        u16::from_le_bytes(pair)
    } else {
        u16::from_be_bytes(pair)
    };
    let architecture = match (machine, wide, little) {
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
        _ => "an unknown machine",
    };
    Some(program("ELF", ELF_SYSTEMS, [architecture]))
}

/// Magic number and CPU type of a Mach-O file (`mach-o/loader.h`).
fn macho(bytes: &[u8]) -> Option<Header> {
    let magic: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let kind: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let kind = match magic {
        [0xce | 0xcf, 0xfa, 0xed, 0xfe] => u32::from_le_bytes(kind),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] => u32::from_be_bytes(kind),
        _ => return None,
    };
    Some(program("Mach-O", MACHO_SYSTEMS, [macho_architecture(kind)]))
}

/// The table of a universal Mach-O file (`mach-o/fat.h`). Java classes begin with the same four
/// bytes; their next ones are a version of at least 45, which no universal file has as a count.
fn universal_macho(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) {
        return None;
    }
    let number = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(four))
    };
    let count = usize::try_from(number(4)?)
        .ok()
        .filter(|count| (1..45).contains(count))?;
    let architectures: Option<Vec<_>> = (0..count)
        .map(|index| number(8 + 20 * index).map(macho_architecture))
        .collect();
    Some(program("Mach-O", MACHO_SYSTEMS, architectures?))
}

fn macho_architecture(kind: u32) -> &'static str {
    match kind {
        0x0100_0007 => "amd64",
        0x0100_000c => "arm64",
        7 => "386",
        12 => "arm",
        _ => "an unknown machine",
    }
}

/// The machine in the COFF header of a PE file (PE format, "COFF File Header").
fn pe(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(b"MZ") {
        return None;
    }
    let at: [u8; 4] = bytes.get(0x3c..0x40)?.try_into().ok()?;
    let at = usize::try_from(u32::from_le_bytes(at)).ok()?;
    let header = bytes.get(at..at.checked_add(6)?)?;
    if !header.starts_with(b"PE\0\0") {
        return None;
    }
    let architecture = match u16::from_le_bytes([header[4], header[5]]) {
        0x8664 => "amd64",
        0xaa64 => "arm64",
        0x014c => "386",
        0x01c4 => "arm",
        _ => "an unknown machine",
    };
    Some(program("PE", PE_SYSTEMS, [architecture]))
}

fn program(
    format: &'static str,
    systems: &'static [&'static str],
    architectures: impl IntoIterator<Item = &'static str>,
) -> Header {
    Header::Program {
        format,
        systems,
        architectures: architectures.into_iter().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    fn pe_for(machine: u16) -> Vec<u8> {
        let mut bytes = vec![0; 0x40];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x40;
        bytes.extend(b"PE\0\0");
        bytes.extend(machine.to_le_bytes());
        bytes
    }

    #[test]
    fn headers_determine_the_platform() {
        let elf = |class, order, machine: [u8; 2]| {
            let mut bytes = b"\x7fELF".to_vec();
            bytes.extend([class, order]);
            bytes.resize(18, 0);
            bytes.extend(machine);
            bytes
        };
        let fat = [
            &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2][..],
            &[1, 0, 0, 7],
            &[0; 16],
            &[1, 0, 0, 12],
            &[0; 16],
        ]
        .concat();
        let cases: [(Vec<u8>, &[&str]); 8] = [
            (elf(2, 1, [62, 0]), &["linux/amd64", "freebsd/amd64"]),
            (elf(2, 2, [0, 22]), &["linux/s390x"]),
            (vec![0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1], &["darwin/arm64"]),
            (fat, &["darwin/arm64", "darwin/amd64"]),
            (pe_for(0x8664), &["windows/amd64"]),
            (b"#!/bin/sh\n".to_vec(), &["linux/amd64", "darwin/arm64"]),
            (b"hello".to_vec(), &[]),
            (Vec::new(), &[]),
        ];
        let all = [
            "linux/amd64",
            "linux/s390x",
            "freebsd/amd64",
            "darwin/arm64",
            "darwin/amd64",
            "windows/amd64",
        ];
        for (bytes, fitting) in cases {
            let header = Header::parse(&bytes);
            for name in fitting {
                assert!(header.fits(&platform(name)), "{header} {name}");
            }
            if !matches!(header, Header::Script(_)) {
                let fits = all.iter().filter(|name| header.fits(&platform(name)));
                assert_eq!(fits.count(), fitting.len(), "{header}");
            }
        }
        assert!(!Header::parse(b"#!/bin/sh\n").fits(&platform("windows/amd64")));
        // Cut off in the middle of a header.
        for bytes in [
            &b"\x7fELF\x02"[..],
            b"MZ",
            &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 44],
        ] {
            assert!(!Header::parse(bytes).fits(&platform("linux/amd64")));
        }
    }

    #[test]
    fn other_platform_names_get_a_suggestion() {
        for (text, hint) in [
            ("linux/x86_64", "did you mean `amd64`?"),
            ("macos/arm64", "did you mean `darwin`?"),
            ("linux", "write OS/ARCH, for instance linux/amd64"),
            ("lunix/amd64", "did you mean `linux`?"),
        ] {
            assert_eq!(text.parse::<Platform>().unwrap_err().hint(), hint);
        }
    }
}
