//! A docker configuration gives a login or an error, and the error repeats nothing of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oci::credentials::{Credentials, DockerConfig, DockerFiles, Wanted};

fuzz_target!(|text: String| {
    // No helper is run.
    if text.to_ascii_lowercase().contains("cred") {
        return;
    }
    let config = DockerConfig::Inline {
        text: text.clone(),
        origin: "test".to_owned(),
    };
    let files = DockerFiles::default().reading([config]);
    for (spelled, host) in [
        ("ghcr.io:443", "ghcr.io"),
        ("http://[::1]:5000", "[::1]:5000"),
    ] {
        let wanted = Wanted {
            host: host.to_owned(),
            spelled: spelled.to_owned(),
            repository: "acme/x".to_owned(),
            path: "acme".to_owned(),
        };
        let _ = files.find(&wanted);
    }
});
