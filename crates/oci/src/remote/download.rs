//! Reading content from a registry.

use reqwest::header::{CONTENT_RANGE, HeaderValue, RANGE};
use reqwest::{Method, Url};

use super::absence::found;
use super::checked::{check, wrong_size};
use super::connection::{Connection, Limit, content_request};
use crate::digest::Hasher;
use crate::fault::Fault;
use crate::manifest::Descriptor;
use crate::reporter::{Progress, Unit};
use crate::saving::Sink;
use crate::transport::network_error::NetworkError;
use crate::transport::reply::{BodyError, Reply};
use crate::transport::request::Request;
use crate::transport::retry::Retry;

const STEP: &str = "read the content";
/// Maximum number of times that an interrupted transfer is continued, even if each part made
/// progress.
const PARTS: u32 = 100;

/// Reads content of at most `limit` bytes, from the cache if possible, and verifies it.
pub(super) async fn read(
    connection: &Connection,
    repository: &str,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    if descriptor.size > limit {
        return Err(Fault::TooLarge {
            what: descriptor.media_type.clone(),
            size: descriptor.size,
            limit,
        });
    }
    let (digest, size) = (descriptor.digest, descriptor.size);
    let cache = connection.cache();
    if let Some(bytes) = cache.and_then(|cache| cache.content(digest, size)) {
        return Ok(Some(bytes));
    }
    for url in connection.urls(repository, descriptor)? {
        let request = content_request(STEP, Method::GET, url, descriptor);
        let limit = Limit::Promised(descriptor.size);
        let fetched = match connection.get(repository, &request, limit).await {
            Err(Fault::TooLarge { size, .. }) => return Err(wrong_size(descriptor, size)),
            outcome => outcome?,
        };
        let Some((reply, bytes, actual)) = fetched else {
            continue;
        };
        let checked = check(descriptor, actual, bytes.len() as u64);
        checked.map_err(|fault| explained(fault, reply.coding().as_deref(), &request))?;
        if let Some(cache) = cache {
            cache.keep(digest, &bytes);
        }
        return Ok(Some(bytes));
    }
    Ok(None)
}

/// Explains content whose digest differs because it was sent with a content coding. A header that
/// names the coding of the content itself, as some storage services send it, is harmless.
fn explained(fault: Fault, coding: Option<&str>, request: &Request<'_>) -> Fault {
    match coding {
        Some(coding) => request.protocol(BodyError::coded(coding)).into(),
        None => fault,
    }
}

/// Streams content to `out` and verifies it. Returns `false` if it does not exist.
pub(super) async fn copy(
    connection: &Connection,
    repository: &str,
    descriptor: &Descriptor,
    out: &mut dyn Sink,
) -> Result<bool, Fault> {
    for url in connection.urls(repository, descriptor)? {
        let request = content_request(STEP, Method::GET, url.clone(), descriptor);
        let mut transfer = Transfer {
            descriptor,
            out: &mut *out,
            hasher: Hasher::new(),
            done: 0,
            coding: None,
        };
        let there = transfer.run(connection, repository, &url).await;
        let coding = transfer.coding.take();
        let named = |fault| match fault {
            Fault::Size { .. } | Fault::Digest { .. } => {
                explained(fault, coding.as_deref(), &request)
            }
            other => other,
        };
        if there.map_err(named)? {
            let (digest, length) = transfer.hasher.finish();
            check(descriptor, digest, length).map_err(named)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads the first `limit` bytes. The rest is not read, even if the registry sends it.
pub(super) async fn start(
    connection: &Connection,
    repository: &str,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let access = connection.pull(repository);
    for url in connection.urls(repository, descriptor)? {
        let range = format!("bytes=0-{}", limit.saturating_sub(1));
        let request = ranged(content_request(STEP, Method::GET, url, descriptor), &range)?;
        let mut retry = Retry::new(connection.client());
        loop {
            let reply = connection.send(&access, &request, &mut retry).await?;
            let Some(mut reply) = found(reply, request.step, retry.attempts()).await? else {
                break;
            };
            if reply.status() == 206 && range_start(&reply) != Some(0) {
                return Err(request.protocol("sends another part than requested").into());
            }
            // No digest covers a part of the content, so a content coding would go unnoticed.
            if let Some(coding) = reply.coding() {
                return Err(request.protocol(BodyError::coded(&coding)).into());
            }
            match reply.start(limit).await {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(reason) => {
                    drop(reply);
                    let fault = request.interrupted(reason);
                    if !retry.wait(&fault).await {
                        return Err(fault.after(retry.attempts()).into());
                    }
                }
            }
        }
    }
    Ok(None)
}

fn ranged<'a>(request: Request<'a>, range: &str) -> Result<Request<'a>, Fault> {
    let range =
        HeaderValue::try_from(range).map_err(|_| request.protocol("cannot be asked for a part"))?;
    Ok(request.with(RANGE, range))
}

/// Offset of the part that a response contains.
fn range_start(reply: &Reply) -> Option<u64> {
    let range = reply.header(CONTENT_RANGE.as_str())?;
    let (start, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    start.trim().parse().ok()
}

struct Transfer<'a> {
    descriptor: &'a Descriptor,
    out: &'a mut dyn Sink,
    hasher: Hasher,
    /// Number of bytes written so far.
    done: u64,
    /// The content coding of the last response.
    coding: Option<String>,
}

impl Transfer<'_> {
    /// Reads all of the content and resumes interrupted downloads. Returns `false` if it does not
    /// exist.
    async fn run(
        &mut self,
        connection: &Connection,
        repository: &str,
        url: &Url,
    ) -> Result<bool, Fault> {
        let access = connection.pull(repository);
        let mut retry = Retry::new(connection.client());
        for _ in 0..PARTS {
            let before = self.done;
            let mut request = content_request(STEP, Method::GET, url.clone(), self.descriptor);
            if before > 0 {
                request = ranged(request, &format!("bytes={before}-"))?;
            }
            let reply = connection.send(&access, &request, &mut retry).await?;
            let Some(mut reply) = found(reply, request.step, retry.attempts()).await? else {
                if before == 0 {
                    return Ok(false);
                }
                let digest = self.descriptor.digest;
                return Err(Fault::Missing { digest });
            };
            self.coding = reply.coding();
            let skip = self.skip(&reply, &request)?;
            let Some(reason) = self.part(&mut reply, skip, connection).await? else {
                return Ok(true);
            };
            drop(reply);
            let fault = request.interrupted(reason).after(retry.attempts());
            if self.done > before {
                retry.progress();
            }
            if !retry.wait(&fault).await {
                return Err(fault.into());
            }
        }
        let request = Request::read(STEP, Method::GET, url.clone());
        let reason = format!("interrupts the transfer more than {PARTS} times");
        Err(request.protocol(reason).into())
    }

    /// Number of bytes at the start of a response that were already received: none if the response
    /// is the requested part, otherwise all bytes received so far.
    fn skip(&self, reply: &Reply, request: &Request<'_>) -> Result<u64, Fault> {
        if reply.status() != 206 {
            return Ok(self.done);
        }
        if range_start(reply) == Some(self.done) {
            Ok(0)
        } else {
            Err(request.protocol("sends another part than requested").into())
        }
    }

    /// Reads one response. Returns the reason if it was interrupted.
    async fn part(
        &mut self,
        reply: &mut Reply,
        mut skip: u64,
        connection: &Connection,
    ) -> Result<Option<NetworkError>, Fault> {
        loop {
            let piece = match reply.piece().await {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(None),
                Err(reason) => return Ok(Some(reason)),
            };
            let known = skip.min(piece.len() as u64);
            skip -= known;
            let piece = piece.slice(usize::try_from(known).unwrap_or(piece.len())..);
            let length = self.done + piece.len() as u64;
            // Checked before the write, so that content longer than declared cannot fill a disk.
            if length > self.descriptor.size {
                return Err(wrong_size(self.descriptor, length));
            }
            self.hasher.update(&piece);
            self.out.take(piece).map_err(|source| Fault::Io {
                action: "write a copy of it",
                source,
            })?;
            self.done = length;
            let progress = Progress {
                done: length,
                total: Some(self.descriptor.size),
                unit: Unit::Bytes,
            };
            let reporter = connection.client().reporter();
            reporter.progress(&self.descriptor.digest, progress);
        }
    }
}
