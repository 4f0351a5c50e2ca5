//! A response: its status, its headers, its body within limits, and its error message.

use std::borrow::Cow;
use std::io::Read;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, DATE, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, Url};
use serde::Deserialize;

use super::client::Client;
use super::fault::{HttpFault, is_transient};
use super::network_error::NetworkError;
use super::url::{host, printable};
use crate::digest::{Digest, Hasher};
use crate::reporter::Exchange;
use crate::visible::visible;

/// Maximum number of bytes read from an error response.
const ERROR_LIMIT: u64 = 8 << 10;
/// Maximum number of bytes that are allocated because of a declared length alone.
const ROOM: u64 = 1 << 20;
/// Minimum average speed of a body in bytes per second: guards against slow-drip servers.
const SLOWEST: u64 = 4 << 10;
/// A response. The exchange is reported when it is dropped.
pub(crate) struct Reply {
    response: Response,
    url: Url,
    login: Option<String>,
    client: Client,
    method: Method,
    start: Instant,
    /// When the body began.
    begun: Instant,
    received: u64,
}

/// Why a body was not read to its end.
pub(crate) enum BodyError {
    /// It has more bytes than allowed; this is their number, or a lower bound of it.
    TooLarge(u64),
    /// It has a content coding that was not requested.
    Coded(String),
    /// The connection failed.
    Interrupted(NetworkError),
}

impl BodyError {
    /// The verb of a protocol fault for a content coding.
    pub(crate) fn coded(coding: &str) -> String {
        let coding = visible(&coding.chars().take(40).collect::<String>());
        format!("uses the content coding `{coding}`, which was not asked for")
    }
}

#[derive(Deserialize)]
struct ErrorDocument {
    #[serde(default)]
    errors: Vec<RegistryError>,
}

#[derive(Deserialize)]
struct RegistryError {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl Reply {
    pub(super) fn new(
        client: &Client,
        method: Method,
        url: &Url,
        login: Option<&str>,
        start: Instant,
        response: Response,
    ) -> Self {
        Self {
            response,
            url: url.clone(),
            login: login.map(str::to_owned),
            client: client.clone(),
            method,
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

    /// Returns whether the same request may succeed later.
    pub(crate) fn is_transient(&self) -> bool {
        is_transient(self.status())
    }

    /// The URL that responded, after redirects.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The first line of a header.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.response.headers().get(name).map(text)
    }

    /// All lines of a header.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.response.headers().get_all(name).iter().map(text)
    }

    /// The declared length of the body; for HEAD, that of the content.
    pub(crate) fn length(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH.as_str())?.trim().parse().ok()
    }

    /// The content coding of the body, if it has one.
    pub(crate) fn coding(&self) -> Option<String> {
        let coding = self
            .header(CONTENT_ENCODING.as_str())?
            .trim()
            .to_ascii_lowercase();
        (!coding.is_empty() && coding != "identity").then_some(coding)
    }

    /// The delay before another attempt that the server requests.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let date = self.header(DATE.as_str());
        retry_after(&self.header(RETRY_AFTER.as_str())?, date.as_deref())
    }

    /// Reads the next chunk of the body, unless it arrives too slowly; `None` at its end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, NetworkError> {
        let silence = self.client.settings().silence();
        let silent = |_| {
            let seconds = silence.as_secs_f32();
            NetworkError::noticed(format!("no more bytes within {seconds} s"))
        };
        let piece = tokio::time::timeout(silence, self.response.chunk())
            .await
            .map_err(silent)?
            .map_err(|error| NetworkError::new(&error))?;
        let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
        self.received = self.received.saturating_add(length);
        let due = Duration::from_secs(self.received / SLOWEST);
        if piece.is_some() && self.begun.elapsed() > silence.saturating_add(due) {
            let reason = format!("less than {SLOWEST} bytes a second");
            return Err(NetworkError::noticed(reason));
        }
        Ok(piece)
    }

    /// Reads a body of at most `limit` bytes, and hashes it while more of it arrives. A
    /// gzip-encoded body, which some proxies send unasked, is decoded within the same limit.
    pub(crate) async fn read(&mut self, limit: u64) -> Result<(Vec<u8>, Digest), BodyError> {
        if let Some(length) = self.length().filter(|length| *length > limit) {
            return Err(BodyError::TooLarge(length));
        }
        match self.coding() {
            None => self.read_promised(limit).await,
            Some(coding) if matches!(coding.as_str(), "gzip" | "x-gzip") => {
                let (compressed, _) = self.read_promised(limit).await?;
                let bytes = expanded(&compressed, limit)?;
                let digest = Digest::of(&bytes);
                Ok((bytes, digest))
            }
            Some(coding) => Err(BodyError::Coded(coding)),
        }
    }

    /// Reads a body whose length is known from elsewhere. The declared length may be wrong, so only
    /// bytes that arrive are counted.
    pub(crate) async fn read_promised(
        &mut self,
        limit: u64,
    ) -> Result<(Vec<u8>, Digest), BodyError> {
        let room = self.length().unwrap_or_default().min(limit).min(ROOM);
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or_default());
        let mut hasher = Hasher::new();
        while let Some(piece) = self.piece().await.map_err(BodyError::Interrupted)? {
            let length = bytes.len() as u64 + piece.len() as u64;
            if length > limit {
                let announced = self.length().unwrap_or_default();
                return Err(BodyError::TooLarge(length.max(announced)));
            }
            hasher.update(&piece);
            bytes.extend_from_slice(&piece);
        }
        Ok((bytes, hasher.finish().0))
    }

    /// Reads the first `limit` bytes of a body that must have at least that many.
    pub(crate) async fn start(&mut self, limit: u64) -> Result<Vec<u8>, NetworkError> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < limit {
            let Some(piece) = self.piece().await? else {
                let reason = format!("it ends after {} bytes", bytes.len());
                return Err(NetworkError::noticed(reason));
            };
            bytes.extend_from_slice(&piece);
        }
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// Parses a registry's error document: its codes, and its messages on one line. Both are empty
    /// for any other body.
    pub(crate) async fn error_document(&mut self) -> (Vec<String>, String) {
        let mut bytes = Vec::new();
        while let Ok(Some(piece)) = self.piece().await {
            bytes.extend_from_slice(&piece);
            if bytes.len() as u64 > ERROR_LIMIT {
                return (Vec::new(), String::new());
            }
        }
        let Ok(document) = serde_json::from_slice::<ErrorDocument>(&bytes) else {
            return (Vec::new(), String::new());
        };
        let texts: Vec<String> = document
            .errors
            .iter()
            .filter_map(|error| match (&error.code, &error.message) {
                (Some(code), Some(text)) if !text.is_empty() => Some(format!("{code}: {text}")),
                (Some(text), _) | (None, Some(text)) => Some(text.clone()),
                (None, None) => None,
            })
            .collect();
        let codes = document.errors.into_iter().filter_map(|error| error.code);
        (codes.collect(), shortened(&texts.join("; ")))
    }

    /// The fault of an error response, after one attempt.
    pub(crate) async fn fault(&mut self, step: &'static str) -> HttpFault {
        let (_, message) = self.error_document().await;
        self.fault_with(step, message)
    }

    /// The same, with a message that was already read.
    pub(crate) fn fault_with(&self, step: &'static str, message: String) -> HttpFault {
        let host = host(&self.url);
        match self.status() {
            status @ (401 | 403) => HttpFault::Denied {
                step,
                host,
                status,
                message,
                login: self.login.clone(),
            },
            status => HttpFault::Answer {
                step,
                host,
                status,
                message,
                attempts: 1,
                wait: self.retry_after(),
            },
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.client.reporter().exchange(&Exchange {
            method: self.method.as_str(),
            url: &printable(&self.url),
            status: Some(self.status()),
            time: self.start.elapsed(),
            received: self.received,
        });
    }
}

/// The text of a header value, which may have bytes above 0x7f (RFC 9110, section 5.5).
fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// Parses `Retry-After`: a number of seconds of any size, or a date, which is compared with the
/// server's own `Date` (RFC 9110, section 10.2.3).
fn retry_after(text: &str, date: Option<&str>) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let then = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(date?.trim()).ok()?;
    Some(then.duration_since(now).unwrap_or_default())
}

fn expanded(compressed: &[u8], limit: u64) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    let mut reader = MultiGzDecoder::new(compressed).take(limit.saturating_add(1));
    match reader.read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > limit => Err(BodyError::TooLarge(bytes.len() as u64)),
        Ok(_) => Ok(bytes),
        Err(_) => Err(BodyError::Coded("gzip".to_owned())),
    }
}

/// The first 300 characters of a registry's message, on one line.
fn shortened(text: &str) -> String {
    visible(&text.chars().take(300).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_retry_after_is_a_delay_or_nothing() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let max = Duration::from_secs(u64::MAX);
        for (text, expected) in [
            ("0", Some(Duration::ZERO)),
            (" 120 ", Some(Duration::from_mins(2))),
            (
                "9223372036854775807",
                Some(Duration::from_secs(9_223_372_036_854_775_807)),
            ),
            ("18446744073709551615", Some(max)),
            ("18446744073709551616", Some(max)),
            (&"9".repeat(300), Some(max)),
            (
                "Sun, 06 Nov 1994 08:49:47 GMT",
                Some(Duration::from_secs(10)),
            ),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(Duration::ZERO)),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("1e9", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(text, Some(date)), expected, "{text}");
        }
        assert_eq!(retry_after(date, None), None);
    }
}
