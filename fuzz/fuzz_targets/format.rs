//! Formatting keeps every component digest and is idempotent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocm::ComponentDigest;
use ocm::constructor::Constructor;

/// The component digests, with placeholders for the content of inputs.
fn digests(constructor: &Constructor) -> Vec<ComponentDigest> {
    let blob = (oci::Digest::of(b""), "text/plain".to_owned());
    constructor
        .components
        .iter()
        .map(|component| {
            let inputs = component.resources.len() + component.sources.len();
            ComponentDigest::of(&component.descriptor(&vec![blob.clone(); inputs]))
        })
        .collect()
}

fuzz_target!(|text: &str| {
    let Ok(formatted) = keeper::format::format(text) else {
        return;
    };
    let before = ocm::constructor::parse(text).expect("only a constructor is formatted");
    let after = ocm::constructor::parse(&formatted.text).expect("the result is a constructor");
    assert_eq!(digests(&before), digests(&after));
    let again = keeper::format::format(&formatted.text).expect("the result can be formatted");
    assert_eq!(again.text, formatted.text);
});
