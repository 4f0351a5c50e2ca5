//! Real registries: programs of others, started on a free port of this machine.

use std::fmt;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tokens;

/// What `htpasswd -B` makes of alice and s3cret.
const HTPASSWD: &str = "alice:$2y$05$QEHLJfaE.uLHQgFmLTIEy..dR55BqZ9yzK2Taqm5qhqtKgqT0HhMq\n";

/// The account that may push where a login is wanted, as `NAME:PASSWORD`.
pub const ACCOUNT: &str = "alice:s3cret";

/// Which program.
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

/// Whom a registry lets in, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Everybody.
    Open,
    /// Alice, by her password.
    Password,
    /// Everybody, over TLS with a certificate that this machine does not know.
    Tls,
    /// Everybody may read, alice may write, by tokens of a server of ours.
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
    /// Starts a registry in a folder of its own, and waits until it listens.
    ///
    /// # Errors
    /// What it needs is not installed; the text says what.
    pub fn start(program: Program, protection: Protection) -> Result<Self, String> {
        let mut last = String::new();
        // A port that was free may have been taken meanwhile, by another test.
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let address = free_port();
            let more = prepare(folder.path(), protection)?;
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
        // Whoever took the port meanwhile listens there, too.
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

    /// The file with the certificate to trust, where there is one.
    pub fn authority(&self) -> Option<PathBuf> {
        let tls = self.protection == Protection::Tls;
        tls.then(|| self.folder.path().join("server.crt"))
    }

    /// Who may push, where a login is wanted.
    pub fn account(&self) -> Option<&'static str> {
        matches!(self.protection, Protection::Password | Protection::Token).then_some(ACCOUNT)
    }
}

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// What a protection adds to `http:` and to the end of the configuration of distribution.
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
            more.http =
                format!(", tls: {{certificate: {dir}/server.crt, key: {dir}/server.key}}");
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

/// A key and a certificate for 127.0.0.1 that has signed itself.
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
    std::fs::create_dir_all(&store).unwrap();
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
            command.arg("serve").arg(file);
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
