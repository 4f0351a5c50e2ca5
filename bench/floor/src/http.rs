//! The least of HTTP/1.1: one connection that stays open, requests without a body, answers that
//! announce their length.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Room for the head of an answer, and for what of its body comes along, in bytes.
const HEAD: usize = 16 << 10;
/// Most bytes of a body that is read into memory.
const LIMIT: usize = 64 << 20;

/// A connection to a server.
pub(crate) struct Connection<'a> {
    host: &'a str,
    stream: TcpStream,
}

/// An answer whose body has begun.
pub(crate) struct Answer {
    /// Bytes of the whole body.
    pub(crate) length: usize,
    /// What of the body has come along with the head.
    pub(crate) begun: Vec<u8>,
}

impl<'a> Connection<'a> {
    /// Connects to `HOST:PORT`, without TLS.
    pub(crate) fn open(host: &'a str) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(host)?;
        Ok(Self { host, stream })
    }

    /// Asks for a path, and reads all of the answer.
    pub(crate) fn get(&mut self, path: &str, accept: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let Answer { length, mut begun } = self.ask(path, accept)?;
        if length > LIMIT {
            return Err("a longer answer than is read".into());
        }
        let known = begun.len();
        begun.resize(length, 0);
        self.stream.read_exact(&mut begun[known..])?;
        Ok(begun)
    }

    /// Asks for a path, and reads the head of the answer.
    pub(crate) fn ask(&mut self, path: &str, accept: &str) -> Result<Answer, Box<dyn Error>> {
        let host = self.host;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n");
        self.stream.write_all(request.as_bytes())?;
        let mut bytes = vec![0; HEAD];
        let mut filled = 0;
        let end = loop {
            let length = self.stream.read(&mut bytes[filled..])?;
            if length == 0 {
                return Err("no whole answer".into());
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
        let length = length(head).ok_or("an answer without its length")?;
        let body = end + 4;
        if filled - body > length {
            return Err("more bytes than were announced".into());
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
