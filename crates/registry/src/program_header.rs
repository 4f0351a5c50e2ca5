//! The header of a program file: whether it can be started, and where.

use std::fmt;
use std::path::Path;

use oci::file::{self, FileError};

use crate::platform::Platform;

mod elf;
mod macho;
mod pe;

/// Bytes at the beginning of a file that are read; headers are within them.
pub const LIMIT: u64 = 1 << 20;

/// What the header of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// A program for one architecture, or for several.
    Program {
        /// `ELF`, `Mach-O` or `PE`.
        format: &'static str,
        /// Systems that can run it, the likeliest one first; empty if the header names one that
        /// Go does not support.
        systems: &'static [&'static str],
        /// Architectures, as `GOARCH` has them; a universal Mach-O file has several.
        architectures: Vec<String>,
    },
    /// A script that names its interpreter.
    Script(String),
    /// A file of a known kind that no system can start, such as `ELF object file`.
    NotExecutable(String),
    /// A file of another kind: its first bytes, in hex.
    Unknown(String),
}

impl Header {
    /// Reads the header of the program at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or is not a regular file.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Ok(Self::parse(&file::read_start(path, LIMIT)?))
    }

    /// Reads the header from the first bytes of a file; 4 KiB are usually enough.
    pub fn parse(bytes: &[u8]) -> Self {
        if let Some(rest) = bytes.strip_prefix(b"#!") {
            return script(rest);
        }
        elf::header(bytes)
            .or_else(|| macho::header(bytes))
            .or_else(|| macho::universal_header(bytes))
            .or_else(|| pe::header(bytes))
            .unwrap_or_else(|| {
                let start: Vec<_> = bytes
                    .iter()
                    .take(8)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                Self::Unknown(start.join(" "))
            })
    }

    /// Returns whether a file with this header can be the program for `platform`. A script can be
    /// for any system but Windows.
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
            Self::NotExecutable(_) | Self::Unknown(_) => false,
        }
    }
}

/// The first line of a script without its `#!`. The kernel takes everything up to the line feed
/// for the interpreter, so a carriage return is part of its name.
fn script(rest: &[u8]) -> Header {
    const SHOWN: usize = 80;
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    if text.ends_with('\r') {
        let reason = "script whose first line ends in a carriage return (CRLF line endings)";
        return Header::NotExecutable(reason.to_owned());
    }
    let interpreter: String = text.trim().chars().take(SHOWN).collect();
    if interpreter.is_empty() {
        return Header::NotExecutable("script that names no interpreter".to_owned());
    }
    Header::Script(interpreter)
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
                systems.first().unwrap_or(&"an unknown system")
            ),
            Self::Script(interpreter) => write!(f, "script for {interpreter}"),
            Self::NotExecutable(kind) => write!(f, "not a program ({kind})"),
            Self::Unknown(start) if start.is_empty() => f.write_str("empty file"),
            Self::Unknown(start) => write!(f, "not a program (begins with {start})"),
        }
    }
}

/// The name of an architecture that has none in Go.
const UNKNOWN_MACHINE: &str = "an unknown machine";

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

/// Numbers of a file, in its byte order.
#[derive(Clone, Copy)]
struct Numbers<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Numbers<'a> {
    /// The number of `N` bytes at a position; `None` outside of the bytes.
    fn at<const N: usize>(self, position: usize) -> Option<u64> {
        let bytes = self.slice(position, N)?;
        let mut number = 0;
        for index in 0..N {
            let byte = bytes[if self.little { N - 1 - index } else { index }];
            number = number << 8 | u64::from(byte);
        }
        Some(number)
    }

    /// A position in the file that is kept in a number of `N` bytes.
    fn position<const N: usize>(self, position: usize) -> Option<usize> {
        usize::try_from(self.at::<N>(position)?).ok()
    }

    fn slice(self, position: usize, length: usize) -> Option<&'a [u8]> {
        self.bytes.get(position..position.checked_add(length)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    fn pe_for(machine: u16) -> Vec<u8> {
        let mut bytes = vec![0; 0x40];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x40;
        bytes.extend(b"PE\0\0");
        bytes.extend(machine.to_le_bytes());
        // An executable image.
        bytes.resize(bytes.len() + 16, 0);
        bytes.extend([2, 0]);
        bytes
    }

    #[test]
    fn headers_determine_the_platform() {
        let elf = |class, order, machine: [u8; 2]| {
            let mut bytes = b"\x7fELF".to_vec();
            bytes.extend([class, order]);
            bytes.resize(16, 0);
            bytes.extend(if order == 1 { [2, 0] } else { [0, 2] });
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
            (
                [
                    &[0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1][..],
                    &[0; 4],
                    &[2, 0, 0, 0],
                ]
                .concat(),
                &["darwin/arm64"],
            ),
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
}
