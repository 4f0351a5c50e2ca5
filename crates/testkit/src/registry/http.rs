//! A minimal HTTP/1.1 server: one thread per connection.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;

use super::{Registry, http_date};

/// Bodies up to this length are kept in the log.
const LOGGED_BODY: usize = 64 << 10;
/// Limit for a request body, in bytes.
const BODY_LIMIT: usize = 1 << 30;

/// A logged request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Number of this request among all, from 1.
    pub number: usize,
    /// Number of its connection among all, from 1.
    pub connection: usize,
    /// Method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// The query, as sent.
    pub query: String,
    /// Headers, their names in lower case; lines of the same name are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// Length of the body.
    pub length: usize,
    /// The body, unless it was large.
    pub body: Option<Arc<[u8]>>,
    /// Status of the response; 0 if there was none.
    pub status: u16,
    /// Length of the right response body, whether sent or not.
    pub answered: usize,
    /// How the response was sent.
    pub sent: Wire,
}

impl Request {
    /// A header, or an empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Path and query.
    pub fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// The first value of a query parameter, decoded as far as digests need it.
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

/// How a response is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// Normally.
    #[default]
    Whole,
    /// Not at all; the connection is closed (FIN).
    Close,
    /// Not at all; the connection is reset (RST).
    Reset,
    /// Not at all, and the connection stays until the client leaves.
    Silent,
    /// This many bytes of the body, then FIN.
    Truncated(usize),
    /// This many bytes of the body, then RST.
    TruncatedReset(usize),
    /// This many bytes of the head, then FIN.
    TruncatedHead(usize),
    /// After a delay.
    Late(Duration),
    /// One byte at a time, with a pause before each.
    Slow(Duration),
    /// Without a length, with spaces after the body as long as the client reads.
    Endless,
    /// With a Content-Length that is this many bytes too large, then FIN.
    Longer(usize),
    /// With a Content-Length that is this many bytes too small.
    Shorter(usize),
}

/// A response.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, their names in lower case. `{target}` stands for path and query of the request,
    /// `{count}` for its number.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// How it is sent.
    pub sent: Wire,
    pub(super) without_body: bool,
    pub(super) last: bool,
}

impl Answer {
    /// An empty response.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets how it is sent.
    #[must_use]
    pub fn sent(mut self, sent: Wire) -> Self {
        self.sent = sent;
        self
    }

    /// An error response as defined by the distribution specification.
    pub fn error(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"errors":[{{"code":"{code}","message":"as configured"}}]}}"#);
        Self::status(status)
            .header("content-type", "application/json")
            .body(body)
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(header, _)| header != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn head(&self) -> Vec<u8> {
        let now = http_date(Duration::ZERO);
        let mut head = format!("HTTP/1.1 {} Status\r\ndate: {now}\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let sized = self
            .headers
            .iter()
            .any(|(name, _)| name == "content-length");
        let length = match self.sent {
            Wire::Endless => None,
            Wire::Longer(more) => Some(self.body.len() + more),
            Wire::Shorter(less) => Some(self.body.len().saturating_sub(less)),
            _ => Some(self.body.len()),
        };
        if let Some(length) = length
            && !sized
            && self.status != 204
            && self.status != 304
        {
            let _ = write!(head, "content-length: {length}\r\n");
        }
        if self.last || self.sent == Wire::Endless {
            head.push_str("connection: close\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Serves one connection until it ends.
pub(super) fn serve(stream: &TcpStream, registry: &Registry, connection: usize) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(mut request) = read_head(&mut reader) {
        request.connection = connection;
        if registry.is_shut() {
            return;
        }
        let early = registry.refused_early(&request);
        let body = match &early {
            // Read anyway, so that the client sees a response and not a broken connection.
            Some(_) => discard(&mut reader, request.length),
            None => read_body(&mut reader, request.length),
        };
        let Some(body) = body else {
            return;
        };
        if body.len() <= LOGGED_BODY {
            request.body = Some(body.as_slice().into());
        }
        let answer = registry.respond(&mut request, &body, early);
        if write(stream, &answer).is_err() || answer.last || answer.sent != Wire::Whole {
            return;
        }
    }
}

fn read_head(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let method = words.next()?.to_owned();
    let target = words.next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        ..Request::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim();
        request
            .headers
            .entry(name.to_lowercase())
            .and_modify(|there| *there = format!("{there}, {value}"))
            .or_insert_with(|| value.to_owned());
    }
    request.length = request.header("content-length").parse().unwrap_or(0);
    Some(request)
}

fn read_body(reader: &mut BufReader<&TcpStream>, length: usize) -> Option<Vec<u8>> {
    assert!(length < BODY_LIMIT);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn discard(reader: &mut BufReader<&TcpStream>, length: usize) -> Option<Vec<u8>> {
    let mut left = reader.take(length as u64);
    std::io::copy(&mut left, &mut std::io::sink()).ok()?;
    Some(Vec::new())
}

fn write(mut stream: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut bytes = answer.head();
    let head = bytes.len();
    if !answer.without_body {
        bytes.extend_from_slice(&answer.body);
    }
    let until = |end: usize| &bytes[..end.min(bytes.len())];
    match answer.sent {
        Wire::Whole | Wire::Longer(_) | Wire::Shorter(_) => stream.write_all(&bytes),
        Wire::Close => Ok(()),
        Wire::Reset => reset(stream),
        Wire::Silent => wait_for_the_end(stream),
        Wire::Truncated(length) => stream.write_all(until(head + length)),
        Wire::TruncatedHead(length) => stream.write_all(until(length.min(head - 1))),
        Wire::TruncatedReset(length) => {
            stream.write_all(until(head + length))?;
            // A reset discards unread data, so the client gets time to read it first.
            std::thread::sleep(Duration::from_millis(20));
            reset(stream)
        }
        Wire::Late(time) => {
            std::thread::sleep(time);
            stream.write_all(&bytes)
        }
        Wire::Slow(pause) => {
            for byte in bytes {
                std::thread::sleep(pause);
                stream.write_all(&[byte])?;
            }
            Ok(())
        }
        Wire::Endless => {
            stream.write_all(&bytes)?;
            let blanks = vec![b' '; 64 << 10];
            if answer.without_body {
                return Ok(());
            }
            loop {
                stream.write_all(&blanks)?;
            }
        }
    }
}

/// Makes closing the connection send RST.
fn reset(stream: &TcpStream) -> std::io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

fn wait_for_the_end(mut stream: &TcpStream) -> std::io::Result<()> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest)? > 0 {}
    Ok(())
}
