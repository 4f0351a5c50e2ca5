//! One request: its body, redirects and retries.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Method, Url};

use super::authorization::Authorization;
use super::client::Client;
use super::fault::HttpFault;
use super::network_error::NetworkError;
use super::reply::Reply;
use super::retry::Retry;
use super::url::{host, printable, same_server};
use crate::content::Content;
use crate::digest::PIECE;
use crate::reporter::Exchange;

/// No content coding is requested, because digests are those of the plain bytes (RFC 9110, section
/// 12.5.3).
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");
/// Maximum number of redirects.
const REDIRECTS: u32 = 5;

/// A request that can be repeated.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// Its purpose, as a verb.
    pub(crate) step: &'static str,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body<'a>,
    /// Whether it may be sent more than once.
    pub(crate) repeatable: bool,
    /// Whether another server may respond to it.
    pub(crate) elsewhere: bool,
}

/// The body; created again for each attempt.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    Empty,
    Bytes(Bytes),
    /// `size` bytes of the content, starting at `start`.
    Content {
        content: &'a Content,
        start: u64,
        size: u64,
    },
}

impl<'a> Request<'a> {
    /// A request that reads.
    pub(crate) fn read(step: &'static str, method: Method, url: Url) -> Self {
        Self {
            step,
            method,
            url,
            headers: Vec::new(),
            body: Body::Empty,
            repeatable: true,
            elsewhere: true,
        }
    }

    /// A request that writes.
    pub(crate) fn write(step: &'static str, method: Method, url: Url, body: Body<'a>) -> Self {
        Self {
            body,
            ..Self::read(step, method, url)
        }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The fault for a request without a response, or with a body that was cut off.
    pub(crate) fn interrupted(&self, reason: NetworkError) -> HttpFault {
        HttpFault::Unreachable {
            step: self.step,
            host: host(&self.url),
            reason,
            attempts: 1,
        }
    }

    /// The fault for an unexpected response. `reason` is a verb with its object.
    pub(crate) fn protocol(&self, reason: impl Into<String>) -> HttpFault {
        HttpFault::Protocol {
            step: self.step,
            host: host(&self.url),
            reason: reason.into(),
        }
    }
}

/// Sends a request, and retries it after temporary failures while the budget lasts. The response
/// may have any other status. The authorization is sent only to the server of the request.
pub(crate) async fn send(
    client: &Client,
    request: &Request<'_>,
    authorization: Option<&Authorization>,
    retry: &mut Retry,
) -> Result<Reply, HttpFault> {
    loop {
        let fault = match follow(client, request, authorization).await {
            Ok(mut reply) if reply.is_transient() && request.repeatable => {
                reply.fault(request.step).await
            }
            Ok(reply) => return Ok(reply),
            Err(fault) => fault,
        };
        if !(request.repeatable && retry.wait(&fault).await) {
            return Err(fault.after(retry.attempts()));
        }
    }
}

async fn follow(
    client: &Client,
    request: &Request<'_>,
    authorization: Option<&Authorization>,
) -> Result<Reply, HttpFault> {
    let mut url = request.url.clone();
    for _ in 0..=REDIRECTS {
        let allowed = authorization.filter(|_| same_server(&url, &request.url));
        let reply = once(client, request, &url, allowed).await?;
        if !matches!(reply.status(), 301 | 302 | 303 | 307 | 308) {
            return Ok(reply);
        }
        url = redirect(request, &url, &reply)?;
    }
    Err(request.protocol(format!("redirects more than {REDIRECTS} times")))
}

/// The target of a redirect, if it may be followed.
fn redirect(request: &Request<'_>, from: &Url, reply: &Reply) -> Result<Url, HttpFault> {
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    if !reads && !matches!(reply.status(), 307 | 308) {
        return Err(request.protocol("redirects a request that writes"));
    }
    let target = reply
        .header(LOCATION.as_str())
        .and_then(|location| from.join(&location).ok())
        .ok_or_else(|| request.protocol("redirects without an address"))?;
    match target.scheme() {
        "https" => {}
        "http" if from.scheme() == "http" => {}
        "http" => return Err(request.protocol("redirects from TLS to plain HTTP")),
        _ => return Err(request.protocol("redirects to something that is not HTTP")),
    }
    if !request.elsewhere && !same_server(&target, from) {
        return Err(request.protocol("redirects a login to another server"));
    }
    Ok(target)
}

async fn once(
    client: &Client,
    request: &Request<'_>,
    url: &Url,
    authorization: Option<&Authorization>,
) -> Result<Reply, HttpFault> {
    let connection = client.connection(url)?;
    let mut builder = connection
        .request(request.method.clone(), url.clone())
        .header(ACCEPT_ENCODING, IDENTITY);
    if let Some(timeout) = client.settings().total_timeout {
        builder = builder.timeout(timeout);
    }
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(authorization) = authorization {
        builder = builder.header(AUTHORIZATION, authorization.header());
    }
    let sent = Arc::new(AtomicU64::new(0));
    builder = match &request.body {
        Body::Empty if request.method == Method::GET || request.method == Method::HEAD => builder,
        Body::Empty => builder.header(CONTENT_LENGTH, 0),
        Body::Bytes(bytes) => builder.body(bytes.clone()),
        Body::Content {
            content,
            start,
            size,
        } => {
            let body = body(content, *start, *size, Arc::clone(&sent))
                .map_err(|error| request.interrupted(NetworkError::new(&error)))?;
            builder.header(CONTENT_LENGTH, *size).body(body)
        }
    };
    let start = Instant::now();
    let sending = builder.send();
    let mut sending = std::pin::pin!(sending);
    let silence = client.settings().silence_before_answer();
    let mut seen = 0;
    let outcome = loop {
        if let Ok(outcome) = tokio::time::timeout(silence, &mut sending).await {
            break outcome.map_err(|error| network_error(&error, client));
        }
        // A large upload may take longer as long as it makes progress.
        let now = sent.load(Ordering::Relaxed);
        if now == seen {
            let reason = format!("no answer within {} s", silence.as_secs_f32());
            break Err(NetworkError::noticed(reason));
        }
        seen = now;
    };
    let login = authorization.and_then(Authorization::login);
    match outcome {
        Ok(response) => {
            let method = request.method.clone();
            Ok(Reply::new(client, method, url, login, start, response))
        }
        Err(reason) => {
            let (method, url) = (request.method.as_str(), printable(url));
            client.reporter().exchange(&Exchange {
                method,
                url: &url,
                status: None,
                time: start.elapsed(),
                received: 0,
            });
            Err(request.interrupted(reason))
        }
    }
}

fn network_error(error: &reqwest::Error, client: &Client) -> NetworkError {
    let settings = client.settings();
    if error.is_timeout() && error.is_connect() {
        let timeout = settings.connect_timeout;
        return NetworkError::noticed(format!("no connection within {} s", timeout.as_secs_f32()));
    }
    if let Some(timeout) = settings.total_timeout
        && error.is_timeout()
    {
        return NetworkError::noticed(format!("not complete within {} s", timeout.as_secs_f32()));
    }
    NetworkError::new(error)
}

/// Streams exactly `size` bytes of content in chunks.
fn body(
    content: &Content,
    start: u64,
    size: u64,
    sent: Arc<AtomicU64>,
) -> std::io::Result<reqwest::Body> {
    let reader = match content {
        Content::Bytes(bytes) => {
            let part = usize::try_from(start)
                .ok()
                .zip(usize::try_from(start + size).ok())
                .and_then(|(start, end)| bytes.get(start..end));
            let part = part.ok_or_else(|| std::io::Error::other("the content ends before"))?;
            return Ok(Bytes::copy_from_slice(part).into());
        }
        Content::File(path) => {
            let mut file = fs_err::File::open(path)?;
            file.seek(SeekFrom::Start(start))?;
            file
        }
    };
    let pieces = stream::try_unfold((reader, size), move |(mut reader, left)| {
        let sent = Arc::clone(&sent);
        async move {
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let mut piece = vec![0; most];
            let length = reader.read(&mut piece)?;
            if length == 0 {
                let text = "the file has become shorter while it was sent";
                return Err(std::io::Error::other(text));
            }
            piece.truncate(length);
            sent.fetch_add(length as u64, Ordering::Relaxed);
            Ok(Some((Bytes::from(piece), (reader, left - length as u64))))
        }
    });
    Ok(reqwest::Body::wrap_stream(pieces))
}
