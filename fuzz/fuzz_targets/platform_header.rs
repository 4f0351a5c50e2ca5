//! The header of any bytes is described in text that is safe for a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use registry::platform::Platform;
use registry::program_header::Header;

fuzz_target!(|bytes: &[u8]| {
    let header = Header::parse(bytes);
    let words = header.to_string();
    assert!(words.len() < 4096);
    if let Header::Program {
        systems,
        architectures,
        ..
    } = &header
    {
        assert!(!systems.is_empty());
        for architecture in architectures {
            let platform = Platform {
                os: systems[0].to_owned(),
                architecture: architecture.clone(),
            };
            assert!(header.fits(&platform));
        }
    }
    header.fits(&Platform::native());
});
