//! A real registry: Debian's `docker-registry`, in plain HTTP on this machine.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oci::credentials::Anonymous;
use oci::{Content, Descriptor, Manifest, Remote, Store};

use super::{MANIFEST, http, run};

struct Server {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start() -> Option<Server> {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let configuration = format!(
        "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
         storage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {address}}}\n",
        folder.path().join("store").display()
    );
    let path = folder.path().join("registry.yml");
    fs_err::write(&path, configuration).unwrap();
    let child = Command::new("docker-registry")
        .arg("serve")
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let server = Server {
        child,
        url: format!("http://{address}"),
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
    let Some(server) = start() else {
        println!("skipped: a_real_registry_takes_and_gives: no docker-registry");
        return;
    };
    let store = Store::Remote(Remote::new(&http(Anonymous), &server.url).unwrap());
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
