//! An upload that has begun (distribution specification, "Pushing blobs").

use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use reqwest::{Method, Url};

use super::RemoteFault;
use super::patience::Patience;
use super::reply::Reply;
use super::transport::{Body, Request};
use super::upload::{OCTETS, RemoteWriter};
use crate::content::Content;
use crate::manifest::Descriptor;

/// Length of a chunk in bytes.
const CHUNK: u64 = 8 << 20;
/// A chunk that is too long is divided by this.
const DIVISOR: u64 = 8;
/// No chunk is made shorter than this, in bytes.
const SHORTEST: u64 = 64 << 10;

/// Where an upload goes on.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) url: Url,
    /// The least length of a chunk in bytes, but for the last.
    pub(super) minimum: u64,
}

impl Session {
    /// Sends all of the content in one request.
    pub(super) async fn send(
        &self,
        writer: &RemoteWriter<'_>,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<(), RemoteFault> {
        let body = Body::Content {
            content,
            start: 0,
            size: blob.size,
        };
        self.end(writer, repository, blob, body).await
    }

    /// Ends the upload, with what is still to be sent.
    async fn end(
        &self,
        writer: &RemoteWriter<'_>,
        repository: &str,
        blob: &Descriptor,
        body: Body<'_>,
    ) -> Result<(), RemoteFault> {
        let mut url = self.url.clone();
        let digest = blob.digest.to_string();
        url.query_pairs_mut().append_pair("digest", &digest);
        let mut request =
            Request::write("upload the content", Method::PUT, url, body).with(CONTENT_TYPE, OCTETS);
        request.repeatable = false;
        let mut reply = writer.send(repository, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step, 1).await);
        }
        Ok(())
    }

    /// Sends the content in chunks, each shorter than the last that was refused for its length.
    pub(super) async fn send_in_chunks(
        &mut self,
        writer: &RemoteWriter<'_>,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<(), RemoteFault> {
        let mut patience = Patience::new(writer.http());
        let mut longest = CHUNK.max(self.minimum);
        let mut sent = 0;
        while sent < blob.size {
            let body = Body::Content {
                content,
                start: sent,
                size: longest.min(blob.size - sent),
            };
            let fault = match self.chunk(writer, repository, body).await {
                Ok(reached) => {
                    if reached <= sent || reached > blob.size {
                        return Err(self
                            .request("upload a part of the content")
                            .protocol("says that it has received another part than was sent"));
                    }
                    sent = reached;
                    patience.progress();
                    continue;
                }
                Err(fault) => fault,
            };
            if matches!(fault, RemoteFault::Answer { status: 413, .. }) {
                let shorter = longest / DIVISOR;
                if shorter < self.minimum.max(SHORTEST) {
                    return Err(fault);
                }
                longest = shorter;
                continue;
            }
            if !patience.wait(&fault).await {
                return Err(fault.after(patience.attempts()));
            }
            // A session that is lost cannot be asked; the upload as a whole can be repeated.
            let Ok(reached) = self.reached(writer, repository).await else {
                return Err(fault);
            };
            sent = reached;
        }
        self.end(writer, repository, blob, Body::Empty).await
    }

    /// Sends one chunk; gives how many bytes of the content have arrived by now.
    async fn chunk(
        &mut self,
        writer: &RemoteWriter<'_>,
        repository: &str,
        body: Body<'_>,
    ) -> Result<u64, RemoteFault> {
        let (start, end) = match &body {
            Body::Content { start, size, .. } => (*start, start + size),
            Body::Empty | Body::Bytes(_) => (0, 0),
        };
        let mut request = self
            .request("upload a part of the content")
            .with(CONTENT_TYPE, OCTETS);
        request.method = Method::PATCH;
        request.body = body;
        let range = HeaderValue::try_from(format!("{start}-{}", end.saturating_sub(1)))
            .map_err(|_| request.protocol("cannot be told which part it is"))?;
        let request = request.with(CONTENT_RANGE, range);
        let mut reply = writer.send(repository, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step, 1).await);
        }
        self.url = writer.location(&reply, &request)?;
        Ok(received(&reply).unwrap_or(end))
    }

    /// Asks how much has arrived.
    async fn reached(
        &mut self,
        writer: &RemoteWriter<'_>,
        repository: &str,
    ) -> Result<u64, RemoteFault> {
        let mut request = self.request("ask how much of the content has arrived");
        request.repeatable = true;
        let mut reply = writer.send(repository, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step, 1).await);
        }
        if reply.header(LOCATION.as_str()).is_some() {
            self.url = writer.location(&reply, &request)?;
        }
        Ok(received(&reply).unwrap_or(0))
    }

    /// Tells the registry that nothing more will come. It would find out by itself, some day.
    pub(super) async fn cancel(&self, writer: &RemoteWriter<'_>, repository: &str) {
        let mut request = self.request("cancel the upload");
        request.method = Method::DELETE;
        let silence = writer.http().settings().silence();
        // What went wrong before is what matters.
        let _ = tokio::time::timeout(silence, writer.send(repository, &request)).await;
    }

    fn request(&self, step: &'static str) -> Request<'static> {
        let mut request = Request::read(step, Method::GET, self.url.clone());
        request.repeatable = false;
        request
    }
}

/// How many bytes have arrived, by `Range: 0-LAST`. Nothing at all is `0-0`, and so is one byte.
fn received(reply: &Reply) -> Option<u64> {
    let range = reply.header(RANGE.as_str())?;
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    let (_, last) = range.split_once('-')?;
    let last: u64 = last.trim().parse().ok()?;
    Some(if last == 0 { 0 } else { last + 1 })
}
