//! Real registries: third-party programs, started on a free local port.

use std::fmt;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{tokens, wire};

/// Output of `htpasswd -B` for alice and s3cret.
const HTPASSWD: &str = "alice:$2y$05$QEHLJfaE.uLHQgFmLTIEy..dR55BqZ9yzK2Taqm5qhqtKgqT0HhMq\n";

/// The account that may push if credentials are required, as `NAME:PASSWORD`.
pub const ACCOUNT: &str = "alice:s3cret";

/// The program to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Debian's `docker-registry` (distribution 2.8).
    DockerRegistry,
    /// distribution 3, called `registry3`.
    Distribution,
    /// `ocimem`, whose source is in `.ci/ocimem`.
    Ocimem,
    /// `ferro-oci-server`.
    Ferro,
    /// `crane registry serve`.
    Crane,
}

/// How a registry is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// No authentication.
    Open,
    /// Password authentication for alice.
    Password,
    /// No authentication, over TLS with a certificate that this machine does not trust.
    Tls,
    /// Everyone may read and alice may write, with tokens from our own token server.
    Token,
}

impl Program {
    /// The name of the program.
    pub fn name(self) -> &'static str {
        match self {
            Self::DockerRegistry => "docker-registry",
            Self::Distribution => "registry3",
            Self::Ocimem => "ocimem",
            Self::Ferro => "ferro-oci-server",
            Self::Crane => "crane",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A running registry, which ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    program: Program,
    protection: Protection,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a registry in its own directory and waits until it listens.
    ///
    /// # Errors
    /// A required program is not installed; the text names it.
    pub fn start(program: Program, protection: Protection) -> Result<Self, String> {
        Self::start_with(program, protection, None)
    }

    /// Starts another one with a copy of this one's stored files.
    ///
    /// # Errors
    /// See [`Server::start`].
    pub fn copy(&self) -> Result<Self, String> {
        let store = self.folder.path().join("store");
        Self::start_with(self.program, self.protection, Some(&store))
    }

    fn start_with(
        program: Program,
        protection: Protection,
        store: Option<&Path>,
    ) -> Result<Self, String> {
        let mut last = String::new();
        // A free port may have been taken by another test meanwhile.
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let address = free_port();
            let more = prepare(folder.path(), protection)?;
            match store {
                Some(store) => crate::files::copy(store, &folder.path().join("store")),
                None => std::fs::create_dir(folder.path().join("store")).unwrap(),
            }
            let child = command(program, address, folder.path(), &more)
                .stdout(Stdio::null())
                .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
                .spawn()
                .map_err(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => format!("no {program}"),
                    _ => panic!("{program}: {error}"),
                })?;
            let mut server = Self {
                child,
                address,
                program,
                protection,
                folder,
            };
            if server.listens() {
                return Ok(server);
            }
            last = std::fs::read_to_string(server.folder.path().join("log")).unwrap();
        }
        panic!("{program} does not start: {last}");
    }

    fn listens(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(self.address).is_err() {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < deadline, "the registry does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        // Another process that took the port also listens there.
        self.child.try_wait().unwrap().is_none()
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address, with its scheme.
    pub fn url(&self) -> String {
        let scheme = if self.protection == Protection::Tls {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// The file with the certificate to trust, if any.
    pub fn authority(&self) -> Option<PathBuf> {
        let tls = self.protection == Protection::Tls;
        tls.then(|| self.folder.path().join("server.crt"))
    }

    /// The account that may push, if credentials are required.
    pub fn account(&self) -> Option<&'static str> {
        matches!(self.protection, Protection::Password | Protection::Token).then_some(ACCOUNT)
    }
}

/// Manual requests to a registry over plain HTTP without authentication.
impl Server {
    /// Sends a request and returns the status and body of the response.
    pub fn get(&self, target: &str) -> (u16, Vec<u8>) {
        let accept = "application/vnd.oci.image.manifest.v1+json, \
                      application/vnd.oci.image.index.v1+json, */*";
        let answer = wire::exchange(self.address, "GET", target, &[("accept", accept)], b"");
        let answer = answer.unwrap();
        (answer.status(), answer.body)
    }

    /// Deletes a manifest by its digest.
    pub fn delete(&self, repository: &str, digest: &str) {
        let target = format!("/v2/{repository}/manifests/{digest}");
        let answer = wire::exchange(self.address, "DELETE", &target, &[], b"").unwrap();
        assert_eq!(answer.status(), 202, "DELETE {target}");
    }

    /// Stores a blob and returns its digest.
    pub fn put_blob(&self, repository: &str, bytes: &[u8]) -> String {
        let digest = format!("sha256:{}", crate::sha256(bytes));
        let target = format!("/v2/{repository}/blobs/uploads/");
        let begun = wire::exchange(self.address, "POST", &target, &[], b"").unwrap();
        let location = begun.header("location").unwrap();
        let path = location.find("/v2/").unwrap();
        let sign = if location.contains('?') { '&' } else { '?' };
        let target = format!("{}{sign}digest={digest}", &location[path..]);
        let kind = [("content-type", "application/octet-stream")];
        let stored = wire::exchange(self.address, "PUT", &target, &kind, bytes).unwrap();
        assert_eq!(stored.status(), 201, "PUT {target}");
        digest
    }

    /// Stores a manifest under a tag or its digest.
    pub fn put_manifest(&self, repository: &str, name: &str, kind: &str, bytes: &[u8]) {
        let target = format!("/v2/{repository}/manifests/{name}");
        let headers = [("content-type", kind)];
        let answer = wire::exchange(self.address, "PUT", &target, &headers, bytes).unwrap();
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status(), 201, "PUT {target}: {said}");
    }
}

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Additions of a protection to `http:` and to the end of distribution's configuration.
#[derive(Default)]
struct More {
    http: String,
    end: String,
}

fn prepare(folder: &Path, protection: Protection) -> Result<More, String> {
    let dir = folder.display();
    let mut more = More::default();
    match protection {
        Protection::Open => {}
        Protection::Password => {
            std::fs::write(folder.join("users"), HTPASSWD).unwrap();
            more.end = format!("auth: {{htpasswd: {{realm: test, path: {dir}/users}}}}\n");
        }
        Protection::Tls => {
            let curve = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
            certificate(folder, "server", &curve)?;
            more.http = format!(", tls: {{certificate: {dir}/server.crt, key: {dir}/server.key}}");
        }
        Protection::Token => {
            certificate(folder, "token", &["rsa:2048"])?;
            let server = tokens::start(&folder.join("token.key"), &folder.join("token.crt"));
            more.end = format!(
                "auth: {{token: {{realm: 'http://{server}/token', service: test-registry, \
                 issuer: test-issuer, rootcertbundle: {dir}/token.crt}}}}\n"
            );
        }
    }
    Ok(more)
}

/// A key and a self-signed certificate for 127.0.0.1.
fn certificate(folder: &Path, name: &str, kind: &[&str]) -> Result<(), String> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=test"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-newkey")
        .args(kind)
        .args(["-keyout", &format!("{name}.key")])
        .args(["-out", &format!("{name}.crt")])
        .current_dir(folder)
        .output()
        .map_err(|_| "no openssl".to_owned())?;
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    Ok(())
}

fn command(program: Program, address: SocketAddr, folder: &Path, more: &More) -> Command {
    let mut command = Command::new(program.name());
    let store = folder.join("store");
    match program {
        Program::DockerRegistry | Program::Distribution => {
            let configuration = format!(
                "version: 0.1\n\
                 log: {{level: error, accesslog: {{disabled: true}}}}\n\
                 storage: {{filesystem: {{rootdirectory: '{}'}}, \
                 cache: {{blobdescriptor: inmemory}}, delete: {{enabled: true}}}}\n\
                 http: {{addr: '{address}'{}}}\n{}",
                store.display(),
                more.http,
                more.end
            );
            let file = folder.join("registry.yml");
            std::fs::write(&file, configuration).unwrap();
            // The process is short-lived, so less garbage collection saves time.
            command.env("GOGC", "800").arg("serve").arg(file);
        }
        Program::Ocimem => {
            command.args(["-addr", &address.to_string()]);
        }
        Program::Ferro => {
            command
                .env("FERRO_OCI_LISTEN", address.to_string())
                .env("FERRO_OCI_STORAGE_DIR", store)
                .env("RUST_LOG", "error");
        }
        Program::Crane => {
            command
                .args(["registry", "serve", "--address", &address.to_string()])
                .arg("--disk")
                .arg(store);
        }
    }
    command
}
