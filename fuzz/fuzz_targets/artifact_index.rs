//! An artifact index is parsed or refused, and a parsed one survives a round trip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oci::ctf::ArtifactIndex;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(index) = ArtifactIndex::parse(bytes) {
        let again = ArtifactIndex::parse(&index.to_bytes()).expect("what was written is an index");
        assert_eq!(index.artifacts(), again.artifacts());
    }
});
