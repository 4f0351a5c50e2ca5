//! A descriptor is parsed or refused, and keeps its component digest as JSON and as YAML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocm::{ComponentDigest, Descriptor};

fuzz_target!(|bytes: &[u8]| {
    let Ok(descriptor) = Descriptor::parse(bytes) else {
        return;
    };
    let digest = ComponentDigest::of(&descriptor);
    let json = Descriptor::parse(&descriptor.to_json()).expect("what was written as JSON is read");
    assert_eq!(ComponentDigest::of(&json), digest, "JSON");
    assert!(json.same_content(&descriptor), "JSON");
    let yaml = descriptor.to_yaml();
    let yaml = Descriptor::parse(yaml.as_bytes()).expect("what was written as YAML is read");
    assert_eq!(ComponentDigest::of(&yaml), digest, "YAML");
});
