//! A running plugin and a client for it.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

/// Time limit for any step of a test.
const PATIENCE: Duration = Duration::from_mins(1);

/// A plugin that has printed its address.
pub(crate) struct Instance {
    child: Child,
    pub(crate) address: String,
    stderr: NamedTempFile,
}

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Instance {
    /// Starts a plugin whose temporary directory is `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &json!({"id": "gitinput", "type": "unix"}), |_| {})
    }

    /// Starts a plugin with the given `--config` and other changes.
    pub(crate) fn start_with(
        folder: &Path,
        config: &Value,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        // The shell is only needed to set the umask.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", r#"umask "${TEST_UMASK:-022}" && exec "$0" "$@""#])
            .args([
                env!("CARGO_BIN_EXE_gitinput"),
                "--config",
                &config.to_string(),
            ]);
        let stderr = NamedTempFile::new().unwrap();
        command
            .env("TMPDIR", folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr.reopen().unwrap());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (send, line) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let _ = send.send(line.unwrap());
            }
        });
        let address = line.recv_timeout(PATIENCE);
        let mut instance = Self {
            child,
            address: String::new(),
            stderr,
        };
        instance.address = address.unwrap_or_else(|_| panic!("no address: {}", instance.log()));
        instance
    }

    /// The path of the socket.
    pub(crate) fn socket(&self) -> &Path {
        Path::new(self.address.strip_prefix("http+unix://").unwrap())
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        fs_err::read_to_string(self.stderr.path()).unwrap()
    }

    /// Sends a request and waits for the response.
    pub(crate) fn call(&self, method: &str, path: &str, body: &[u8]) -> Response {
        let mut stream = self.connect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: unix\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len(),
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses the body may close the connection before its end.
        let _ = stream.write_all(body);
        let mut response = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            response.extend_from_slice(&chunk[..length]);
        }
        let response = String::from_utf8(response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        Response {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: body.to_owned(),
        }
    }

    /// Requests processing of a resource with `input`.
    pub(crate) fn process(&self, input: &Value) -> Response {
        let resource = json!({"name": "data", "version": "1.0.0", "type": "blob", "input": input});
        let body = json!({"resource": resource}).to_string();
        self.call("POST", "/resource/process", body.as_bytes())
    }

    /// Requests processing of a resource with `input` and reads the archive.
    pub(crate) fn pack(&self, input: &Value) -> Vec<u8> {
        let response = self.process(input);
        assert_eq!(response.status, 200, "{}", response.body);
        fs_err::read(response.location()).unwrap()
    }

    /// Sends a signal to the plugin.
    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the plugin exits by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "still running: {}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn connect(&self) -> Box<dyn ReadWrite> {
        if let Some(address) = self.address.strip_prefix("http://") {
            Box::new(TcpStream::connect(address).unwrap())
        } else {
            Box::new(UnixStream::connect(self.socket()).unwrap())
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Response {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The path of the archive file.
    pub(crate) fn location(&self) -> PathBuf {
        let response = self.json();
        assert_eq!(response["location"]["type"], "localFile");
        assert_eq!(response["location"]["mediaType"], "application/x-tar");
        let path = PathBuf::from(response["location"]["value"].as_str().unwrap());
        assert!(path.is_absolute());
        path
    }
}

trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}

/// The lines `mode kind path content` of a tar. Checks that its entries differ in
/// nothing else.
pub(crate) fn listing(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(io::Cursor::new(tar));
    let lines = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        let header = entry.header();
        assert_eq!(header.mtime().unwrap(), 0);
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert_eq!(header.username().unwrap(), Some(""));
        assert_eq!(header.groupname().unwrap(), Some(""));
        let mode = header.mode().unwrap();
        let path = entry.path().unwrap().display().to_string();
        match entry.link_name_bytes() {
            Some(target) => format!("{mode:o} {path} -> {}", String::from_utf8_lossy(&target)),
            None => format!("{mode:o} {path} {content:?}"),
        }
    });
    lines.collect()
}

/// Checks that a request was refused with this status and message.
pub(crate) fn assert_refused(response: &Response, status: u16, expected: &str) {
    assert_eq!(response.status, status, "{}", response.body);
    assert!(
        response.body.contains(expected),
        "expected {expected:?} in {:?}",
        response.body
    );
}

/// Checks that the plugin's own temporary directory contains no archives.
pub(crate) fn assert_no_archives(folder: &Path) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_eq!(
                fs_err::read_dir(&path).unwrap().count(),
                0,
                "{}",
                path.display()
            );
        }
    }
}
