//! Minimal HTTP/1.1: one connection that stays open, requests without a body, responses with a
//! `Content-Length`.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Buffer size for the head of a response and the beginning of its body, in bytes.
const HEAD: usize = 16 << 10;
/// Limit for a body that is read into memory, in bytes.
const LIMIT: usize = 64 << 20;

/// A connection to a server.
pub(crate) struct Connection<'a> {
    host: &'a str,
    stream: TcpStream,
}

/// A response whose head was read.
pub(crate) struct Answer {
    /// Length of the whole body in bytes.
    pub(crate) length: usize,
    /// The part of the body that was received with the head.
    pub(crate) begun: Vec<u8>,
}

impl<'a> Connection<'a> {
    /// Connects to `HOST:PORT`, without TLS.
    pub(crate) fn open(host: &'a str) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(host)?;
        Ok(Self { host, stream })
    }

    /// Requests a path and reads the whole response.
    pub(crate) fn get(&mut self, path: &str, accept: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let Answer { length, mut begun } = self.ask(path, accept)?;
        if length > LIMIT {
            return Err("the response is too long".into());
        }
        let known = begun.len();
        begun.resize(length, 0);
        self.stream.read_exact(&mut begun[known..])?;
        Ok(begun)
    }

    /// Requests a path and reads the head of the response.
    pub(crate) fn ask(&mut self, path: &str, accept: &str) -> Result<Answer, Box<dyn Error>> {
        let host = self.host;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n");
        self.stream.write_all(request.as_bytes())?;
        let mut bytes = vec![0; HEAD];
        let mut filled = 0;
        let end = loop {
            let length = self.stream.read(&mut bytes[filled..])?;
            if length == 0 {
                return Err("the response is incomplete".into());
            }
            filled += length;
            let found = bytes[..filled]
                .windows(4)
                .position(|four| four == b"\r\n\r\n");
            if let Some(end) = found {
                break end;
            }
        };
        let head = std::str::from_utf8(&bytes[..end])?;
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(format!("{path}: {}", head.lines().next().unwrap_or_default()).into());
        }
        let length = length(head).ok_or("the response has no Content-Length")?;
        let body = end + 4;
        if filled - body > length {
            return Err("the response is longer than its Content-Length".into());
        }
        bytes.truncate(filled);
        bytes.drain(..body);
        Ok(Answer {
            length,
            begun: bytes,
        })
    }

    /// Reads the next bytes of a body.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.stream.read(into)
    }
}

fn length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let named = name.eq_ignore_ascii_case("content-length");
        named.then(|| value.trim().parse().ok()).flatten()
    })
}
