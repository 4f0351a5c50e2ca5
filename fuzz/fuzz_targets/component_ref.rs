//! A reference is parsed or refused, and a parsed one is equal to what its own text parses to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocm::{ComponentRef, RepositorySpec};

fuzz_target!(|text: &str| {
    let _ = RepositorySpec::parse(text);
    let Ok(reference) = text.parse::<ComponentRef>() else {
        return;
    };
    assert_eq!(reference.to_string().parse(), Ok(reference.clone()));
    let named: ComponentRef = reference
        .spelled_with("1.2.3")
        .parse()
        .expect("a version may follow");
    assert_eq!(named.component, reference.component);
    assert_eq!(named.repository, reference.repository);
    assert_eq!(named.digest, None);
    let canonical: ComponentRef = reference
        .canonical()
        .parse()
        .expect("the canonical spelling is a reference");
    assert_eq!(canonical.component, reference.component);
    assert_eq!(canonical.version, reference.version);
    assert_eq!(canonical.digest, reference.digest);
});
