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
        for architecture in architectures {
            let fits = |os: &str| {
                header.fits(&Platform {
                    os: os.to_owned(),
                    architecture: architecture.clone(),
                })
            };
            assert!(systems.iter().copied().all(fits));
            assert!(!fits("a system that no header names"));
        }
    } else {
        assert!(!header.fits(&Platform {
            os: "windows".to_owned(),
            architecture: "amd64".to_owned(),
        }));
    }
});
