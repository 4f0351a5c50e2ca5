//! An answer: its status, its headers, its body within limits, and what it says is wrong.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, DATE, RETRY_AFTER};
use reqwest::{Response, Url};
use serde::Deserialize;

use super::RemoteFault;
use super::address;
use super::transport::Request;
use crate::digest::{Digest, Hasher};
use crate::http::{Line, cause};
use crate::reporter::Exchange;
use crate::visible::visible;

/// Most bytes of an error that are read.
const ERROR_LIMIT: u64 = 8 << 10;
/// Most bytes that are set aside for a body because its length was announced.
const ROOM: u64 = 1 << 20;
/// A body that comes with fewer bytes a second than this is given up: somebody may be holding us.
const SLOWEST: u64 = 4 << 10;
/// Codes that say that something is not there (distribution specification, "Error codes").
const UNKNOWN: [&str; 4] = [
    "MANIFEST_UNKNOWN",
    "NAME_UNKNOWN",
    "NOT_FOUND",
    "BLOB_UNKNOWN",
];

/// An answer. It is told to the observer when it is dropped.
pub(crate) struct Reply {
    response: Response,
    url: Url,
    login: Option<String>,
    http: Line,
    method: reqwest::Method,
    start: Instant,
    /// When the body began.
    begun: Instant,
    received: u64,
}

/// Why a body was not read to its end.
pub(crate) enum Cut {
    /// It is longer than allowed: so many bytes, or at least so many.
    TooLarge(u64),
    /// The connection failed.
    Broken(String),
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl Reply {
    pub(super) fn new(
        http: &Line,
        request: &Request<'_>,
        url: &Url,
        login: Option<&str>,
        start: Instant,
        response: Response,
    ) -> Self {
        Self {
            response,
            url: url.clone(),
            login: login.map(str::to_owned),
            http: http.clone(),
            method: request.method.clone(),
            start,
            begun: Instant::now(),
            received: 0,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    /// Says whether the same request may succeed later.
    pub(crate) fn is_transient(&self) -> bool {
        is_transient(self.status())
    }

    /// The address that has answered, after redirects.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// All lines of a header.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.response.headers().get_all(name).iter();
        lines.filter_map(|value| value.to_str().ok())
    }

    /// The announced length of the body, which for HEAD is that of the content.
    pub(crate) fn length(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH.as_str())?.trim().parse().ok()
    }

    /// How long to wait, in the words of the server: seconds, or a date, which is compared with
    /// the server's own (RFC 9110, section 10.2.3).
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let text = self.header(RETRY_AFTER.as_str())?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let then = httpdate::parse_http_date(text).ok()?;
        let now = httpdate::parse_http_date(self.header(DATE.as_str())?.trim()).ok()?;
        Some(then.duration_since(now).unwrap_or_default())
    }

    /// Gives the next piece of the body, unless it comes too slowly.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, String> {
        let silence = self.http.settings().silence();
        let piece = match tokio::time::timeout(silence, self.response.chunk()).await {
            Ok(piece) => piece.map_err(|error| cause(&error))?,
            Err(_) => return Err(format!("no more bytes within {} s", silence.as_secs_f32())),
        };
        self.received += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        let due = Duration::from_millis(self.received * 1000 / SLOWEST);
        if piece.is_some() && self.begun.elapsed() > silence.saturating_add(due) {
            return Err(format!("less than {SLOWEST} bytes a second"));
        }
        Ok(piece)
    }

    /// Reads the body, which may have at most `limit` bytes. It is hashed on the way, while the
    /// server sends what comes next.
    pub(crate) async fn read(&mut self, limit: u64) -> Result<(Vec<u8>, Digest), Cut> {
        if let Some(length) = self.length().filter(|length| *length > limit) {
            return Err(Cut::TooLarge(length));
        }
        self.read_promised(limit).await
    }

    /// The same, where the length is known from elsewhere: only bytes that come are too many, for
    /// what is announced may be wrong.
    pub(crate) async fn read_promised(&mut self, limit: u64) -> Result<(Vec<u8>, Digest), Cut> {
        let room = self.length().unwrap_or_default().min(limit).min(ROOM);
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or_default());
        let mut hasher = Hasher::new();
        while let Some(piece) = self.piece().await.map_err(Cut::Broken)? {
            let length = bytes.len() as u64 + piece.len() as u64;
            if length > limit {
                let announced = self.length().unwrap_or_default();
                return Err(Cut::TooLarge(length.max(announced)));
            }
            hasher.update(&piece);
            bytes.extend_from_slice(&piece);
        }
        Ok((bytes, hasher.finish().0))
    }

    /// Reads the first `limit` bytes of the body; it must have that many.
    pub(crate) async fn start(&mut self, limit: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < limit {
            let Some(piece) = self.piece().await? else {
                return Err(format!("it ends after {} bytes", bytes.len()));
            };
            bytes.extend_from_slice(&piece);
        }
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// Reads what an error says: its codes, and its words.
    async fn problem(&mut self) -> (Vec<String>, String) {
        let mut bytes = Vec::new();
        while let Ok(Some(piece)) = self.piece().await {
            bytes.extend_from_slice(&piece);
            if bytes.len() as u64 > ERROR_LIMIT {
                return (Vec::new(), String::new());
            }
        }
        let Ok(document) = serde_json::from_slice::<Document>(&bytes) else {
            return (Vec::new(), String::new());
        };
        let texts: Vec<String> = document
            .errors
            .iter()
            .filter_map(|problem| match (&problem.code, &problem.message) {
                (Some(code), Some(text)) if !text.is_empty() => Some(format!("{code}: {text}")),
                (Some(text), _) | (None, Some(text)) => Some(text.clone()),
                (None, None) => None,
            })
            .collect();
        let codes = document.errors.into_iter().filter_map(|error| error.code);
        (codes.collect(), printable(&texts.join("; ")))
    }

    /// The error that an answer stands for.
    pub(crate) async fn fault(&mut self, step: &'static str, attempts: u32) -> RemoteFault {
        let (_, message) = self.problem().await;
        self.fault_saying(step, attempts, message)
    }

    fn fault_saying(&self, step: &'static str, attempts: u32, message: String) -> RemoteFault {
        let host = address::host(&self.url);
        match self.status() {
            401 | 403 => RemoteFault::Denied {
                step,
                host,
                message,
                login: self.login.clone(),
            },
            status => RemoteFault::Answer {
                step,
                host,
                status,
                message,
                attempts,
                wait: self.retry_after(),
            },
        }
    }

    /// Tells *there* from *not there*. Not there is a 404 whose body says so in the words of a
    /// registry; everything else is an error.
    pub(crate) async fn found(
        mut self,
        step: &'static str,
        attempts: u32,
    ) -> Result<Option<Self>, RemoteFault> {
        if self.is_success() {
            return Ok(Some(self));
        }
        let (codes, message) = self.problem().await;
        if self.status() != 404 {
            return Err(self.fault_saying(step, attempts, message));
        }
        if codes.iter().any(|code| UNKNOWN.contains(&code.as_str())) {
            return Ok(None);
        }
        Err(RemoteFault::Vague {
            step,
            host: address::host(&self.url),
        })
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.http.reporter().exchange(&Exchange {
            method: self.method.as_str(),
            url: &address::printable(&self.url),
            status: Some(self.status()),
            time: self.start.elapsed(),
            received: self.received,
        });
    }
}

/// Says whether a request that was answered with this status may succeed later.
pub(crate) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The first 300 characters of a registry's message, on one line.
fn printable(text: &str) -> String {
    visible(&text.chars().take(300).collect::<String>())
}
