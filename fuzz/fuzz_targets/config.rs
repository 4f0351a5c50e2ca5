//! A configuration is parsed or refused with a location in the text, and a parsed one can be used.
#![no_main]

use std::path::Path;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use oci::credentials::{Credentials, DockerFiles, Wanted};
use ocm::config::{Config, Logins, PlainHttp};

fuzz_target!(|text: &str| {
    let config = match Config::parse("config.yaml", text, Some(Path::new("/home/me"))) {
        Ok(config) => config,
        Err(error) => {
            assert!(!error.message.is_empty());
            if let Some((line, column)) = error.position {
                assert!(line <= text.split('\n').count() && line > 0 && column > 0);
            }
            return;
        }
    };
    let version = ocm::Version::parse("1.2.3").ok();
    let _ = config.resolvers.repositories("acme.org/plugins/demo", version.as_ref());
    let _ = config.http.settings(&oci::http::Settings::default());
    // Docker configurations are skipped, however they are spelled, so that no file is read and no
    // credential helper is started.
    if !text.contains("docker") && !text.contains('\\') {
        let none = PlainHttp::default();
        let logins = Logins::new(&config, DockerFiles::default, none, Arc::new(oci::Silent));
        let wanted = Wanted {
            host: "127.0.0.1:5000".to_owned(),
            repository: "acme/x".to_owned(),
            spelled: "http://127.0.0.1:5000".to_owned(),
            path: "acme".to_owned(),
        };
        assert!(logins.find(&wanted).is_ok());
    }
    let mut twice = config.clone();
    twice.merge(config);
});
