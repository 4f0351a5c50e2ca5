//! A `NO_PROXY` list is read without a panic, and `*` in it covers everything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oci::proxy::Exceptions;

fuzz_target!(|input: (String, String, u16)| {
    let (list, host, port) = input;
    let covered = Exceptions::parse(&list).contain(&host, port);
    let more = Exceptions::parse(&format!("{list},{host}.example")).contain(&host, port);
    assert!(
        more || !covered,
        "an entry more does not take an exception away"
    );
    assert!(Exceptions::parse(&format!("{list},*")).contain(&host, port));
});
