//! HTTP/1.1 messages as bytes, as far as a proxy must understand them.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A request or a response: its head, and its body as sent.
#[derive(Debug, Default)]
pub(crate) struct Message {
    /// The first line and the headers, with the empty line.
    pub(crate) head: Vec<u8>,
    /// The body, with its chunk framing, if any.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads a request; `None` if the connection was closed.
    pub(crate) fn request(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let head = read_head(reader)?;
        if head.is_empty() {
            return Ok(None);
        }
        let mut message = Self {
            head,
            body: Vec::new(),
        };
        message.read_body(reader, false)?;
        Ok(Some(message))
    }

    /// Reads the response to a request with this method.
    pub(crate) fn answer(reader: &mut impl BufRead, method: &str) -> io::Result<Self> {
        loop {
            let head = read_head(reader)?;
            if head.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut message = Self {
                head,
                body: Vec::new(),
            };
            let status = message.status();
            if status / 100 == 1 {
                continue;
            }
            if method != "HEAD" && status != 204 && status != 304 {
                message.read_body(reader, true)?;
            }
            return Ok(message);
        }
    }

    /// A word of the first line.
    pub(crate) fn word(&self, number: usize) -> String {
        let text = String::from_utf8_lossy(&self.head);
        let line = text.lines().next().unwrap_or_default();
        line.split(' ').nth(number).unwrap_or_default().to_owned()
    }

    /// The status of a response.
    pub(crate) fn status(&self) -> u16 {
        self.word(1).parse().unwrap_or_default()
    }

    /// A header, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.head).into_owned();
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    }

    /// The whole message.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&self.head[..], &self.body].concat()
    }

    fn read_body(&mut self, reader: &mut impl BufRead, to_the_end: bool) -> io::Result<()> {
        if self
            .header("transfer-encoding")
            .is_some_and(|value| value.contains("chunked"))
        {
            return self.read_chunks(reader);
        }
        match self.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(io::Error::other)?;
                let read = reader.take(length).read_to_end(&mut self.body)?;
                if (read as u64) < length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            None if to_the_end => {
                reader.read_to_end(&mut self.body)?;
            }
            None => {}
        }
        Ok(())
    }

    fn read_chunks(&mut self, reader: &mut impl BufRead) -> io::Result<()> {
        loop {
            let start = self.body.len();
            reader.read_until(b'\n', &mut self.body)?;
            let line = String::from_utf8_lossy(&self.body[start..]).into_owned();
            let size = line.trim().split(';').next().unwrap_or_default();
            let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
            if size == 0 {
                break;
            }
            reader.take(size + 2).read_to_end(&mut self.body)?;
        }
        // Trailers, and the empty line.
        while {
            let start = self.body.len();
            reader.read_until(b'\n', &mut self.body)?;
            self.body.len() - start > 2
        } {}
        Ok(())
    }
}

/// Sends one request on its own connection, in a version of HTTP without chunked encoding.
pub(crate) fn exchange(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Message> {
    let mut head = format!(
        "{method} {target} HTTP/1.0\r\nhost: {address}\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head += "\r\n";
    let stream = TcpStream::connect(address)?;
    (&stream).write_all(&[head.as_bytes(), body].concat())?;
    Message::answer(&mut BufReader::new(&stream), method)
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            break;
        }
    }
    Ok(head)
}
