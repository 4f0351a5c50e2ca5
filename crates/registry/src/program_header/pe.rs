//! PE files (PE format, "COFF File Header" and "Optional Header").

use super::{Header, Numbers, UNKNOWN_MACHINE, program};

const SYSTEMS: &[&str] = &["windows"];
/// The file can be run (`IMAGE_FILE_EXECUTABLE_IMAGE`).
const EXECUTABLE: u64 = 0x0002;
/// The file is a library (`IMAGE_FILE_DLL`).
const LIBRARY: u64 = 0x2000;

pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(b"MZ") {
        return None;
    }
    let numbers = Numbers {
        bytes,
        little: true,
    };
    let at = numbers.position::<4>(0x3c)?;
    if numbers.slice(at, 4)? != b"PE\0\0" {
        return None;
    }
    let architecture = match numbers.at::<2>(at.checked_add(4)?)? {
        0x8664 => "amd64",
        0xaa64 => "arm64",
        0x014c => "386",
        0x01c4 => "arm",
        _ => UNKNOWN_MACHINE,
    };
    let characteristics = numbers.at::<2>(at.checked_add(22)?)?;
    let kind = if characteristics & LIBRARY != 0 {
        "PE library (DLL)"
    } else if characteristics & EXECUTABLE == 0 {
        "PE file that was not linked completely"
    } else if matches!(numbers.at::<2>(at.checked_add(92)?), Some(10..=13)) {
        "PE program for UEFI"
    } else {
        return Some(program("PE", SYSTEMS, [architecture]));
    };
    Some(Header::NotExecutable(kind.to_owned()))
}
