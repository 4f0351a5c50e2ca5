//! One request: its body, its redirects, its repetitions, its login.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, Url};

use super::RemoteFault;
use super::address::{self, same_server};
use super::auth::{Access, Authorization};
use super::challenge;
use super::patience::Patience;
use super::reply::Reply;
use crate::content::Content;
use crate::digest::PIECE;
use crate::http::{self, Line};
use crate::reporter::Exchange;

/// Most redirects that are followed.
const REDIRECTS: u32 = 5;

/// A request that can be sent again.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// What it is for, as a verb.
    pub(crate) step: &'static str,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body<'a>,
    /// Whether it may be sent twice.
    pub(crate) repeatable: bool,
    /// Whether another server may answer it.
    pub(crate) elsewhere: bool,
}

/// What is sent along; made again for each attempt.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    Empty,
    Bytes(Bytes),
    /// `size` bytes of the content, from `start` on.
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

    fn cut(&self, reason: String, attempts: u32) -> RemoteFault {
        RemoteFault::Unreachable {
            step: self.step,
            host: address::host(&self.url),
            reason,
            attempts,
        }
    }

    /// An error for a body that was cut off.
    pub(crate) fn broken(&self, reason: String, patience: &Patience) -> RemoteFault {
        self.cut(reason, patience.attempts())
    }

    /// An error for an answer that is not what it should be.
    pub(crate) fn protocol(&self, reason: impl Into<String>) -> RemoteFault {
        RemoteFault::Protocol {
            step: self.step,
            host: address::host(&self.url),
            reason: reason.into(),
        }
    }
}

/// Why there is no answer.
enum Trouble {
    /// The network failed; another attempt may do better.
    Cut(String),
    Final(RemoteFault),
}

/// Sends a request to a registry, logged in as far as it demands, and repeats it while there is
/// patience.
///
/// Credentials go to the registry of `access` and nowhere else, whatever the address of the
/// request. The answer may have any status.
pub(crate) async fn send(
    http: &Line,
    access: &Access<'_>,
    request: &Request<'_>,
    patience: &mut Patience,
) -> Result<Reply, RemoteFault> {
    let at_home = same_server(&request.url, access.address.base());
    let mut authorization = if at_home {
        http.auth().known(http, access, request.step).await?
    } else {
        None
    };
    let mut answered = false;
    loop {
        let mut reply = attempt(http, request, authorization.as_ref(), patience).await?;
        let asks = reply.status() == 401 && same_server(reply.url(), access.address.base());
        if !asks || !at_home {
            return Ok(reply);
        }
        if answered {
            return Err(reply.fault(request.step, patience.attempts()).await);
        }
        answered = true;
        let challenges = challenge::parse(reply.headers("www-authenticate"));
        // Read to its end, so that the connection can be used again.
        let refusal = reply.fault(request.step, patience.attempts()).await;
        drop(reply);
        let used = authorization.take();
        authorization = http
            .auth()
            .answer(http, access, &challenges, used.as_ref(), request.step)
            .await?;
        if authorization.is_none() {
            return Err(refusal);
        }
    }
}

/// Sends a request, repeated while there is patience. The authorization is one for the server
/// of its address, and goes to no other.
pub(crate) async fn attempt(
    http: &Line,
    request: &Request<'_>,
    authorization: Option<&Authorization>,
    patience: &mut Patience,
) -> Result<Reply, RemoteFault> {
    loop {
        match follow(http, request, authorization).await {
            Ok(mut reply) if reply.is_transient() && request.repeatable => {
                let fault = reply.fault(request.step, patience.attempts()).await;
                drop(reply);
                if !patience.wait(&fault).await {
                    return Err(fault);
                }
            }
            Ok(reply) => return Ok(reply),
            Err(Trouble::Final(fault)) => return Err(fault),
            Err(Trouble::Cut(reason)) => {
                let again = request.repeatable && !is_lasting(&reason);
                let fault = request.cut(reason, patience.attempts());
                if !(again && patience.wait(&fault).await) {
                    return Err(fault);
                }
            }
        }
    }
}

/// Returns whether a network error will be the same the next time.
fn is_lasting(reason: &str) -> bool {
    ["certificate", "UnknownIssuer", "InvalidContentType"]
        .iter()
        .any(|word| reason.contains(word))
}

async fn follow(
    http: &Line,
    request: &Request<'_>,
    authorization: Option<&Authorization>,
) -> Result<Reply, Trouble> {
    let mut url = request.url.clone();
    for _ in 0..=REDIRECTS {
        let own = authorization.filter(|_| same_server(&url, &request.url));
        let reply = once(http, request, &url, own).await?;
        if !matches!(reply.status(), 301 | 302 | 303 | 307 | 308) {
            return Ok(reply);
        }
        url = redirect(request, &url, &reply).map_err(Trouble::Final)?;
    }
    let reason = format!("redirects more than {REDIRECTS} times");
    Err(Trouble::Final(request.protocol(reason)))
}

/// Where a redirect leads, if it may be followed.
fn redirect(request: &Request<'_>, from: &Url, reply: &Reply) -> Result<Url, RemoteFault> {
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    if !reads && !matches!(reply.status(), 307 | 308) {
        return Err(request.protocol("redirects a request that writes"));
    }
    let target = reply
        .header(LOCATION.as_str())
        .and_then(|location| from.join(location).ok())
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
    http: &Line,
    request: &Request<'_>,
    url: &Url,
    authorization: Option<&Authorization>,
) -> Result<Reply, Trouble> {
    let client = http.client(url).map_err(Trouble::Final)?;
    let mut builder = client.request(request.method.clone(), url.clone());
    if let Some(patience) = http.settings().total_timeout {
        builder = builder.timeout(patience);
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
                .map_err(|error| Trouble::Final(request.cut(http::cause(&error), 1)))?;
            builder.header(CONTENT_LENGTH, *size).body(body)
        }
    };
    let start = Instant::now();
    let sending = builder.send();
    let mut sending = std::pin::pin!(sending);
    let silence = http.settings().silence_before_answer();
    let mut seen = 0;
    let outcome = loop {
        if let Ok(outcome) = tokio::time::timeout(silence, &mut sending).await {
            break outcome.map_err(|error| reason(&error, http));
        }
        // A large upload may take longer, as long as it makes progress.
        let now = sent.load(Ordering::Relaxed);
        if now == seen {
            break Err(format!("no answer within {} s", silence.as_secs_f32()));
        }
        seen = now;
    };
    let login = authorization.and_then(Authorization::login);
    match outcome {
        Ok(response) => Ok(Reply::new(http, request, url, login, start, response)),
        Err(reason) => {
            let (method, url) = (request.method.as_str(), address::printable(url));
            http.reporter().exchange(&Exchange {
                method,
                url: &url,
                status: None,
                time: start.elapsed(),
                received: 0,
            });
            Err(Trouble::Cut(reason))
        }
    }
}

fn reason(error: &reqwest::Error, http: &Line) -> String {
    let settings = http.settings();
    if error.is_timeout() && error.is_connect() {
        let patience = settings.connect_timeout;
        return format!("no connection within {} s", patience.as_secs_f32());
    }
    if let Some(patience) = settings.total_timeout
        && error.is_timeout()
    {
        return format!("not done within {} s", patience.as_secs_f32());
    }
    http::cause(error)
}

/// Streams content in pieces, exactly `size` bytes of it.
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
