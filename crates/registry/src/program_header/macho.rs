//! Mach-O files (`mach-o/loader.h`, `mach-o/fat.h`).

use super::{Header, Numbers, UNKNOWN_MACHINE, program};

const SYSTEMS: &[&str] = &["darwin", "ios"];

/// Magic number, CPU type and file type of a Mach-O file.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let little = match bytes.get(..4)? {
        [0xce | 0xcf, 0xfa, 0xed, 0xfe] => true,
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] => false,
        _ => return None,
    };
    let numbers = Numbers { bytes, little };
    let architecture = architecture(numbers.at::<4>(4)?);
    let kind = match numbers.at::<4>(12)? {
        2 => return Some(program("Mach-O", SYSTEMS, [architecture])),
        1 => "Mach-O object file",
        4 => "Mach-O core dump",
        6 | 9 => "Mach-O shared library",
        8 => "Mach-O bundle",
        10 => "Mach-O debug symbols",
        _ => "Mach-O file of an unknown type",
    };
    Some(Header::NotExecutable(kind.to_owned()))
}

/// The table of a universal Mach-O file. Java classes begin with the same four bytes; their next
/// ones are a version of at least 45, which no universal file has as a count.
pub(super) fn universal_header(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) {
        return None;
    }
    let numbers = Numbers {
        bytes,
        little: false,
    };
    let count = numbers.position::<4>(4)?;
    if !(1..45).contains(&count) {
        return None;
    }
    let architectures: Option<Vec<_>> = (0..count)
        .map(|index| numbers.at::<4>(8 + 20 * index).map(architecture))
        .collect();
    Some(program("Mach-O", SYSTEMS, architectures?))
}

fn architecture(kind: u64) -> &'static str {
    match kind {
        0x0100_0007 => "amd64",
        0x0100_000c => "arm64",
        7 => "386",
        12 => "arm",
        _ => UNKNOWN_MACHINE,
    }
}
