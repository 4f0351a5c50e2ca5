//! A remote registry: an archive served over HTTP/1.1, with each response delayed.
//!
//! Real registries on this machine have no latency and use a lot of CPU. This one costs almost
//! nothing, so that the benchmark measures how a program copes with latency. It is read-only.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, Builder};
use std::time::Duration;

use crate::list::{Index, MANIFEST};

const STACK: usize = 128 << 10;
/// Limit for one line of a request, in bytes.
const LINE: u64 = 8 << 10;

struct Archive {
    ctf: String,
    /// `/v2/REPOSITORY/`.
    prefix: String,
    /// Tags by repository, each with the digest of its manifest.
    tags: HashMap<String, Vec<(String, String)>>,
    latency: Duration,
    /// Whether each request is logged to standard output.
    log: bool,
}

/// Serves until it is killed.
pub(crate) fn run(
    ctf: &str,
    host: &str,
    repository: &str,
    milliseconds: &str,
    log: bool,
) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(format!("{ctf}/artifact-index.json"))?;
    let index: Index<'_> = serde_json::from_str(&text)?;
    let mut tags: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for artifact in &index.artifacts {
        let all = tags.entry(artifact.repository.to_owned()).or_default();
        all.push((artifact.tag.to_owned(), artifact.digest.to_owned()));
    }
    let archive = Arc::new(Archive {
        ctf: ctf.to_owned(),
        prefix: format!("/v2/{repository}/"),
        tags,
        latency: Duration::from_millis(milliseconds.parse()?),
        log,
    });
    for stream in TcpListener::bind(host)?.incoming() {
        let (stream, archive) = (stream?, Arc::clone(&archive));
        let serve = move || {
            // A closed connection needs no response.
            let _ = archive.serve(&stream);
        };
        Builder::new().stack_size(STACK).spawn(serve)?;
    }
    Ok(())
}

impl Archive {
    /// Answers the requests of one connection; establishing it also takes one round trip.
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        let mut writer = stream;
        thread::sleep(self.latency);
        while let Some((method, path)) = request(&mut reader)? {
            if self.log {
                writeln!(io::stdout(), "\"{method} {path} HTTP/1.1\"")?;
            }
            let answer = self.answer(&method, &path)?;
            thread::sleep(self.latency);
            writer.write_all(&answer)?;
        }
        Ok(())
    }

    fn answer(&self, method: &str, path: &str) -> io::Result<Vec<u8>> {
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let (status, kind, digest, body) = match self.find(path)? {
            Some(Found::Json(body)) => ("200 OK", "application/json", None, body),
            Some(Found::Content(kind, digest, body)) => ("200 OK", kind, Some(digest), body),
            None => {
                let body = br#"{"errors":[{"code":"NAME_UNKNOWN","message":"not here"}]}"#;
                ("404 Not Found", "application/json", None, body.to_vec())
            }
        };
        let digest = digest.map_or_else(String::new, |digest| {
            format!("Docker-Content-Digest: {digest}\r\n")
        });
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{digest}\r\n",
            body.len()
        );
        let mut answer = head.into_bytes();
        if method != "HEAD" {
            answer.extend(body);
        }
        Ok(answer)
    }

    fn find(&self, path: &str) -> io::Result<Option<Found>> {
        if path == "/v2/" {
            return Ok(Some(Found::Json(b"{}".to_vec())));
        }
        let Some(path) = path.strip_prefix(&self.prefix) else {
            return Ok(None);
        };
        if let Some(repository) = path.strip_suffix("/tags/list") {
            return Ok(self.tags.get(repository).map(|all| {
                let tags: Vec<&str> = all.iter().map(|(tag, _)| tag.as_str()).collect();
                let body = serde_json::json!({ "name": repository, "tags": tags });
                Found::Json(body.to_string().into_bytes())
            }));
        }
        let (kind, digest) = if let Some((repository, name)) = path.split_once("/manifests/") {
            let all = self.tags.get(repository).map_or(&[][..], Vec::as_slice);
            let found = all
                .iter()
                .find(|(tag, digest)| tag == name || digest == name);
            (MANIFEST, found.map(|(_, digest)| digest.as_str()))
        } else {
            let blob = path.split_once("/blobs/").map(|(_, digest)| digest);
            ("application/octet-stream", blob)
        };
        let Some(digest) = digest.filter(|digest| !digest.contains('/')) else {
            return Ok(None);
        };
        let blob = format!("{}/blobs/{}", self.ctf, digest.replace(':', "."));
        match std::fs::read(blob) {
            Ok(body) => Ok(Some(Found::Content(kind, digest.to_owned(), body))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

enum Found {
    Json(Vec<u8>),
    /// Media type, digest, bytes.
    Content(&'static str, String, Vec<u8>),
}

/// Method and path of the next request, which has no body; `None` at the end.
fn request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<(String, String)>> {
    let first = line(reader)?;
    let mut words = first.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    while !line(reader)?.trim_end().is_empty() {}
    Ok(Some((method.to_owned(), path.to_owned())))
}

fn line(reader: &mut BufReader<&TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    io::Read::take(reader, LINE).read_line(&mut line)?;
    Ok(line)
}
