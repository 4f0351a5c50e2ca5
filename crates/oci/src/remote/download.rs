//! Streaming content out of a registry.

use reqwest::header::{ACCEPT, CONTENT_RANGE, HeaderValue, RANGE};
use reqwest::{Method, Url};

use super::patience::Patience;
use super::reply::Reply;
use super::transport::{self, Request};
use super::{Remote, accept, check, wrong_size};
use crate::digest::Hasher;
use crate::manifest::Descriptor;
use crate::reporter::{Progress, Unit};
use crate::saving::Sink;
use crate::store::Fault;

/// How often a broken transfer is continued, however well each part went.
const PARTS: u32 = 100;

pub(super) async fn copy(
    remote: &Remote,
    repository: &str,
    descriptor: &Descriptor,
    out: &mut dyn Sink,
) -> Result<bool, Fault> {
    for url in remote.places(repository, descriptor)? {
        let mut transfer = Transfer {
            descriptor,
            out: &mut *out,
            hasher: Hasher::new(),
            done: 0,
        };
        if transfer.run(remote, repository, &url).await? {
            let (digest, length) = transfer.hasher.finish();
            check(descriptor, digest, length)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads the first `limit` bytes. A registry that gives no parts is not listened to any further.
pub(super) async fn start(
    remote: &Remote,
    repository: &str,
    descriptor: &Descriptor,
    limit: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let access = remote.pull(repository);
    let range = format!("bytes=0-{}", limit.saturating_sub(1));
    for url in remote.places(repository, descriptor)? {
        let request =
            Request::read("read the content", Method::GET, url).with(ACCEPT, accept(descriptor));
        let range = HeaderValue::try_from(range.as_str())
            .map_err(|_| request.protocol("cannot be asked for a part"))?;
        let request = request.with(RANGE, range);
        let mut patience = Patience::new(&remote.http);
        loop {
            let reply = transport::send(&remote.http, &access, &request, &mut patience).await?;
            let Some(mut reply) = reply.found(request.step, patience.attempts()).await? else {
                break;
            };
            if reply.status() == 206 && range_start(&reply) != Some(0) {
                return Err(request
                    .protocol("gives another part than was asked for")
                    .into());
            }
            match reply.start(limit).await {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(reason) => {
                    drop(reply);
                    let fault = request.broken(reason, &patience);
                    if !patience.wait(&fault).await {
                        return Err(fault.into());
                    }
                }
            }
        }
    }
    Ok(None)
}

/// The first byte of the part that an answer gives.
fn range_start(reply: &Reply) -> Option<u64> {
    let range = reply.header(CONTENT_RANGE.as_str())?;
    let (start, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    start.trim().parse().ok()
}

struct Transfer<'a> {
    descriptor: &'a Descriptor,
    out: &'a mut dyn Sink,
    hasher: Hasher,
    done: u64,
}

impl Transfer<'_> {
    /// Reads all there is, in as many parts as it takes. `false` if there is nothing.
    async fn run(&mut self, remote: &Remote, repository: &str, url: &Url) -> Result<bool, Fault> {
        let access = remote.pull(repository);
        let mut patience = Patience::new(&remote.http);
        for _ in 0..PARTS {
            let before = self.done;
            let mut request = Request::read("read the content", Method::GET, url.clone())
                .with(ACCEPT, accept(self.descriptor));
            if before > 0 {
                let range = format!("bytes={before}-");
                let range = HeaderValue::try_from(range)
                    .map_err(|_| request.protocol("cannot be asked for the rest"))?;
                request = request.with(RANGE, range);
            }
            let reply = transport::send(&remote.http, &access, &request, &mut patience).await?;
            let Some(mut reply) = reply.found(request.step, patience.attempts()).await? else {
                if before == 0 {
                    return Ok(false);
                }
                let digest = self.descriptor.digest;
                return Err(Fault::Missing { digest });
            };
            let skip = self.skip(&reply, &request)?;
            match self.part(&mut reply, skip, remote).await? {
                None => return Ok(true),
                Some(reason) => {
                    drop(reply);
                    let fault = request.broken(reason, &patience);
                    if self.done > before {
                        patience.progress();
                    }
                    if !patience.wait(&fault).await {
                        return Err(fault.into());
                    }
                }
            }
        }
        let request = Request::read("read the content", Method::GET, url.clone());
        Err(request
            .protocol("breaks the transfer off again and again")
            .into())
    }

    /// How much of an answer is known already: nothing if it is the rest that was asked for,
    /// else all that was received before.
    fn skip(&self, reply: &Reply, request: &Request<'_>) -> Result<u64, Fault> {
        if reply.status() != 206 {
            return Ok(self.done);
        }
        if range_start(reply) == Some(self.done) {
            Ok(0)
        } else {
            Err(request
                .protocol("gives another part than was asked for")
                .into())
        }
    }

    /// Reads one answer. Gives the reason if it broke off.
    async fn part(
        &mut self,
        reply: &mut Reply,
        mut skip: u64,
        remote: &Remote,
    ) -> Result<Option<String>, Fault> {
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
            // Before the write: content that is longer than promised must not fill a disk.
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
            let reporter = remote.http.reporter();
            reporter.progress(&self.descriptor.digest, progress);
        }
    }
}
