//! A real registry: Debian's `docker-registry`, in plain HTTP on this machine.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use oci::credentials::Anonymous;
use oci::http::Settings;
use oci::{Content, Descriptor, Http, Manifest, Remote, Store};

use super::{MANIFEST, Only, http, password, run, settings};

/// What `htpasswd -B` makes of alice and s3cret.
const HTPASSWD: &str = "alice:$2y$05$QEHLJfaE.uLHQgFmLTIEy..dR55BqZ9yzK2Taqm5qhqtKgqT0HhMq\n";

struct Server {
    child: Child,
    host: String,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a registry; `more` is added to its configuration, where `DIR` is its folder.
fn start(folder: tempfile::TempDir, http: &str, more: &str) -> Option<Server> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let configuration = format!(
        "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
         storage: {{filesystem: {{rootdirectory: DIR/store}}}}\n\
         http: {{addr: {address}{http}}}\n{more}"
    );
    let dir = folder.path().display().to_string();
    let path = folder.path().join("registry.yml");
    fs_err::write(&path, configuration.replace("DIR", &dir)).unwrap();
    let child = Command::new("docker-registry")
        .arg("serve")
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let server = Server {
        child,
        host: address.to_string(),
        _folder: folder,
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "the registry does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(server)
}

#[test]
fn a_real_registry_takes_and_gives() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = start(folder, "", "") else {
        println!("skipped: a_real_registry_takes_and_gives: no docker-registry");
        return;
    };
    let store =
        Store::Remote(Remote::new(&http(Anonymous), &format!("http://{}", server.host)).unwrap());
    let bytes: Vec<u8> = (0_u32..1_000_000).flat_map(u32::to_le_bytes).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    fs_err::write(&path, &bytes).unwrap();
    run(async {
        assert!(store.resolve("acme/x", "1.0").await.unwrap().is_none());
        assert!(store.tags("acme/x").await.unwrap().is_empty());
        let mut writer = store.writer(&|| {}).await.unwrap();
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
fn a_real_registry_lets_in_who_is_logged_in() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("users"), HTPASSWD).unwrap();
    let auth = "auth: {htpasswd: {realm: test, path: DIR/users}}\n";
    let Some(server) = start(folder, "", auth) else {
        println!("skipped: a_real_registry_lets_in_who_is_logged_in: no docker-registry");
        return;
    };
    let url = format!("http://{}", server.host);
    for (secret, enters) in [("s3cret", true), ("wrong", false)] {
        let login = Only {
            host: server.host.clone(),
            login: password("alice", secret),
        };
        let remote = Remote::new(&http(login), &url).unwrap();
        let tags = run(remote.tags("acme/x"));
        assert_eq!(tags.is_ok(), enters, "{tags:?}");
    }
}

/// A certificate for 127.0.0.1 that has signed itself.
fn certificate(folder: &Path) -> Option<PathBuf> {
    let file = folder.join("server.crt");
    let status = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args([
            "-days",
            "2",
            "-subj",
            "/CN=test",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ])
        .args([
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            "server.key",
            "-out",
        ])
        .arg(&file)
        .current_dir(folder)
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success()).then_some(file)
}

#[test]
fn a_real_registry_is_reached_by_tls_if_its_authority_is_known() {
    let name = "a_real_registry_is_reached_by_tls_if_its_authority_is_known";
    let folder = tempfile::tempdir().unwrap();
    let Some(authority) = certificate(folder.path()) else {
        println!("skipped: {name}: no openssl");
        return;
    };
    let tls = ", tls: {certificate: DIR/server.crt, key: DIR/server.key}";
    let Some(server) = start(folder, tls, "") else {
        println!("skipped: {name}: no docker-registry");
        return;
    };
    let with = |ca_files: Vec<PathBuf>| {
        let settings = Settings {
            ca_files,
            ..settings()
        };
        let http = Http::new(settings, Arc::new(Anonymous), None);
        Remote::new(&http, &server.host).unwrap()
    };
    assert!(
        run(with(vec![authority]).tags("acme/x"))
            .unwrap()
            .is_empty()
    );
    let start = Instant::now();
    let error = run(with(Vec::new()).tags("acme/x")).unwrap_err();
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"), "{error}");
    // It would be the same the next time.
    assert!(!error.to_string().contains("attempts"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
    // Plain HTTP to a port that speaks TLS.
    let plain = Remote::new(&http(Anonymous), &format!("http://{}", server.host)).unwrap();
    run(plain.tags("acme/x")).unwrap_err();
    // A file without certificates is an error and not a shrug.
    let empty = tempfile::NamedTempFile::new().unwrap();
    let error = run(with(vec![empty.path().to_owned()]).tags("acme/x")).unwrap_err();
    assert!(
        error.to_string().contains("it has no certificate"),
        "{error}"
    );
}
