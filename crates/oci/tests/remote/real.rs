//! A real registry: Debian's `docker-registry`, over plain HTTP on this machine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use oci::credentials::Anonymous;
use oci::http::Settings;
use oci::{Content, Descriptor, Http, Manifest, Remote, Silent, Store};
use testkit::Server;
use testkit::server::{Program, Protection};

use super::{MANIFEST, Only, http, password, run, settings};

/// Starts a registry, or reports that the test is skipped if none is installed.
fn start(test: &str, protection: Protection) -> Option<Server> {
    match Server::start(Program::DockerRegistry, protection) {
        Ok(server) => Some(server),
        Err(reason) => {
            println!("skipped: {test}: {reason}");
            None
        }
    }
}

#[test]
fn a_real_registry_can_be_written_and_read() {
    let Some(server) = start("a_real_registry_can_be_written_and_read", Protection::Open) else {
        return;
    };
    let store = Store::Remote(Remote::new(&http(Anonymous), &server.url()).unwrap());
    let bytes: Vec<u8> = (0_u32..1_000_000).flat_map(u32::to_le_bytes).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    fs_err::write(&path, &bytes).unwrap();
    run(async {
        assert!(store.resolve("acme/x", "1.0").await.unwrap().is_none());
        assert!(store.tags("acme/x").await.unwrap().is_empty());
        let mut writer = store.writer(&Silent).await.unwrap();
        let mut blobs = Vec::new();
        for content in [Content::Bytes(b"{}".to_vec()), Content::File(path)] {
            let staged = writer.stage(&content).await.unwrap();
            blobs.push(Descriptor::new("x/y", staged.digest, staged.size));
            writer.push("acme/x", staged).await.unwrap();
        }
        let manifest = Manifest::new("x/y", blobs[0].clone(), vec![blobs[1].clone()]).to_bytes();
        let pushed = writer
            .push_manifest("acme/x", MANIFEST, &manifest)
            .await
            .unwrap();
        assert!(store.resolve("acme/x", "1.0").await.unwrap().is_none());
        for tag in ["1.0", "2.0"] {
            writer.tag("acme/x", tag, &pushed).await.unwrap();
        }
        assert_eq!(
            store.resolve("acme/x", "1.0").await.unwrap(),
            Some(pushed.clone())
        );
        let fetched = store.fetch("acme/x", "2.0").await.unwrap().unwrap();
        assert_eq!(fetched, (pushed.clone(), manifest));
        let mut tags = store.tags("acme/x").await.unwrap();
        tags.sort();
        assert_eq!(tags, ["1.0", "2.0"]);
        for blob in blobs.iter().chain([&pushed]) {
            assert!(store.has("acme/x", blob).await.unwrap());
        }
        let mut out = Vec::new();
        assert!(store.copy("acme/x", &blobs[1], &mut out).await.unwrap());
        assert!(out == bytes);
        let unknown = Descriptor::of("x/y", b"unknown");
        assert!(!store.has("acme/x", &unknown).await.unwrap());
    });
}

#[test]
fn a_real_registry_accepts_credentials() {
    let name = "a_real_registry_accepts_credentials";
    for protection in [Protection::Password, Protection::Token] {
        let Some(server) = start(name, protection) else {
            return;
        };
        for (secret, enters) in [("s3cret", true), ("wrong", false)] {
            let login = Only {
                host: server.address().to_string(),
                login: password("alice", secret),
            };
            let remote = Remote::new(&http(login), &server.url()).unwrap();
            let tags = run(remote.tags("acme/x"));
            assert_eq!(tags.is_ok(), enters, "{protection:?}: {tags:?}");
        }
    }
}

#[test]
fn a_user_who_may_only_read_cannot_write() {
    let name = "a_user_who_may_only_read_cannot_write";
    let Some(server) = start(name, Protection::Token) else {
        return;
    };
    for (user, secret, writes) in [("alice", "s3cret", true), ("bob", "pw", false)] {
        let login = Only {
            host: server.address().to_string(),
            login: password(user, secret),
        };
        let store = Store::Remote(Remote::new(&http(login), &server.url()).unwrap());
        run(async {
            assert!(store.tags("acme/x").await.unwrap().is_empty());
            let writer = store.writer(&Silent).await.unwrap();
            let content = Content::Bytes(b"content".to_vec());
            let staged = writer.stage(&content).await.unwrap();
            let pushed = writer.push("acme/x", staged).await;
            assert_eq!(pushed.is_ok(), writes, "{user}: {pushed:?}");
        });
    }
}

#[test]
fn a_real_registry_is_reached_over_tls_if_its_authority_is_trusted() {
    let name = "a_real_registry_is_reached_over_tls_if_its_authority_is_trusted";
    let Some(server) = start(name, Protection::Tls) else {
        return;
    };
    let authority = server.authority().unwrap();
    let host = server.address().to_string();
    let with = |ca_files: Vec<PathBuf>| {
        let settings = Settings {
            ca_files,
            ..settings()
        };
        let http = Http::new(settings, Arc::new(Anonymous), Arc::new(Silent));
        Remote::new(&http, &host).unwrap()
    };
    assert!(
        run(with(vec![authority]).tags("acme/x"))
            .unwrap()
            .is_empty()
    );
    let start = Instant::now();
    let error = run(with(Vec::new()).tags("acme/x")).unwrap_err();
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"), "{error}");
    // A retry would have the same result.
    assert!(!error.to_string().contains("attempts"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
    // Plain HTTP to a TLS port.
    let plain = Remote::new(&http(Anonymous), &format!("http://{host}")).unwrap();
    run(plain.tags("acme/x")).unwrap_err();
    // A file without certificates is an error.
    let empty = tempfile::NamedTempFile::new().unwrap();
    let error = run(with(vec![empty.path().to_owned()]).tags("acme/x")).unwrap_err();
    assert!(
        error.to_string().contains("it contains no certificate"),
        "{error}"
    );
}
