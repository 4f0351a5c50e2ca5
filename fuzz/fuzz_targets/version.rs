//! Versions are parsed or refused, have a total order, and survive a round trip through their tags.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocm::Version;
use ocm::version::Part;

fuzz_target!(|text: &str| {
    let mut words = text.splitn(3, ' ').map(|word| Version::parse(word).ok());
    let (first, second, third) = (
        words.next().flatten(),
        words.next().flatten(),
        words.next().flatten(),
    );
    let Some(one) = first else {
        return;
    };
    assert_eq!(Version::parse(one.as_str()).as_ref(), Ok(&one));
    // `+` becomes `.build-` in the tag, so a version that contains `.build-` is ambiguous.
    let ambiguous = one.as_str().contains(".build-");
    assert!(ambiguous || Version::from_tag(&one.tag()).is_some_and(|back| back == one));
    for part in [Part::Patch, Part::Minor, Part::Major] {
        if one.numbers().iter().all(|number| *number < u64::MAX) {
            assert!(
                one.raised(part).precedence(&one).is_gt(),
                "{one} {}",
                one.raised(part)
            );
        }
    }
    let Some(two) = second else {
        return;
    };
    assert_eq!(one.precedence(&two), two.precedence(&one).reverse());
    assert_eq!(one.same_as(&two), one.precedence(&two).is_eq());
    let Some(three) = third else {
        return;
    };
    if one.precedence(&two).is_le() && two.precedence(&three).is_le() {
        assert!(one.precedence(&three).is_le());
    }
    ocm::version::latest([&one, &two, &three]);
});
