//! A manifest or an index is parsed or refused, and a parsed one survives a round trip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oci::{Index, Manifest};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) {
        let again: Manifest = serde_json::from_slice(&manifest.to_bytes()).expect("a manifest");
        assert_eq!(again, manifest);
    }
    if let Ok(index) = serde_json::from_slice::<Index>(bytes) {
        let again: Index = serde_json::from_slice(&index.to_bytes()).expect("an index");
        assert_eq!(again, index);
    }
});
