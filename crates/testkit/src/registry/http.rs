//! HTTP/1.1 as far as it goes between one client and one thread.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;

use super::Registry;

/// A request, as the log keeps it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// The query, as it was sent.
    pub query: String,
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Length of the body.
    pub length: usize,
    /// Status of the answer; 0 if there was none.
    pub status: u16,
}

impl Asked {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The first value of a member of the query, decoded as far as digests need it.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| {
                value
                    .replace("%3A", ":")
                    .replace("%2F", "/")
                    .replace("%2C", ",")
            })
    }
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    pub(super) cut: Option<usize>,
    pub(super) without_body: bool,
}

impl Answer {
    /// An answer with nothing in it.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// An error in the words of the distribution specification.
    pub fn error(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"errors":[{{"code":"{code}","message":"as told"}}]}}"#);
        Self::status(status)
            .header("content-type", "application/json")
            .body(body)
    }
}

/// Serves one connection until it ends.
pub(super) fn serve(stream: &TcpStream, registry: &Registry) {
    let mut reader = BufReader::new(stream);
    while let Some((mut asked, body)) = read(&mut reader) {
        let Some(answer) = registry.respond(&mut asked, &body) else {
            return;
        };
        if write(stream, &answer).is_err() || answer.cut.is_some() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<(Asked, Vec<u8>)> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let method = words.next()?.to_owned();
    let target = words.next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        ..Asked::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let (name, value) = (name.to_lowercase(), value.trim().to_owned());
        asked.headers.insert(name, value);
    }
    // Clients of this registry always know the length of what they send.
    assert_eq!(asked.header("transfer-encoding"), "");
    let length = asked.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.length = length;
    Some((asked, body))
}

fn write(mut stream: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Told\r\n", answer.status);
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let sized = answer
        .headers
        .iter()
        .any(|(name, _)| name == "content-length");
    if !sized && answer.status != 204 && answer.status != 304 {
        let _ = write!(head, "content-length: {}\r\n", answer.body.len());
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    if !answer.without_body {
        let end = answer
            .cut
            .unwrap_or(answer.body.len())
            .min(answer.body.len());
        bytes.extend_from_slice(&answer.body[..end]);
    }
    stream.write_all(&bytes)
}
