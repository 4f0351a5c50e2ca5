//! An upload session (distribution specification, "Pushing blobs").

use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use reqwest::{Method, Url};

use super::auth::Access;
use super::connection::Connection;
use super::fault::RemoteFault;
use crate::content::Content;
use crate::manifest::Descriptor;
use crate::reporter::{Progress, Unit};
use crate::transport::reply::Reply;
use crate::transport::request::{Body, Request};
use crate::transport::retry::Retry;

const STEP: &str = "upload a part of the content";
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// Length of a chunk in bytes.
const CHUNK: u64 = 8 << 20;
/// After a chunk was refused for its length, the next one is shorter by this factor.
const DIVISOR: u64 = 8;
/// Minimum length of a chunk in bytes, except for the last one.
const SHORTEST: u64 = 64 << 10;
/// Maximum number of interruptions of an upload, even if each part made progress.
const INTERRUPTIONS: u32 = 100;

/// An upload session that is waiting for content.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) url: Url,
    /// Minimum length of a chunk in bytes that the registry accepts, except for the last one.
    pub(super) shortest: u64,
}

impl Session {
    /// Sends all content in one request.
    pub(super) async fn send(
        &self,
        connection: &Connection,
        access: &Access<'_>,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<(), RemoteFault> {
        let body = Body::Content {
            content,
            start: 0,
            size: blob.size,
        };
        self.end(connection, access, blob, body).await
    }

    /// Finishes the upload with the rest of the content.
    async fn end(
        &self,
        connection: &Connection,
        access: &Access<'_>,
        blob: &Descriptor,
        body: Body<'_>,
    ) -> Result<(), RemoteFault> {
        let mut url = self.url.clone();
        let digest = blob.digest.to_string();
        url.query_pairs_mut().append_pair("digest", &digest);
        let mut request =
            Request::write("upload the content", Method::PUT, url, body).with(CONTENT_TYPE, OCTETS);
        request.repeatable = false;
        let mut reply = send(connection, access, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step).await.into());
        }
        Ok(())
    }

    /// Sends the content in chunks, each shorter than the last one that was refused for its length.
    pub(super) async fn send_in_chunks(
        &mut self,
        connection: &Connection,
        access: &Access<'_>,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<(), RemoteFault> {
        let mut retry = Retry::new(connection.client());
        let mut longest = CHUNK.max(self.shortest);
        let mut sent = 0;
        let mut interruptions = 0;
        while sent < blob.size {
            let body = Body::Content {
                content,
                start: sent,
                size: longest.min(blob.size - sent),
            };
            let fault = match self.chunk(connection, access, body).await {
                Ok(reached) if reached > sent && reached <= blob.size => {
                    sent = reached;
                    let progress = Progress {
                        done: sent,
                        total: Some(blob.size),
                        unit: Unit::Bytes,
                    };
                    let reporter = connection.client().reporter();
                    reporter.progress(&blob.digest, progress);
                    retry.progress();
                    continue;
                }
                Ok(_) => return Err(self.wrong_part()),
                Err(fault) => fault,
            };
            if fault.has_status(413) {
                let shorter = longest / DIVISOR;
                if shorter < self.shortest.max(SHORTEST) {
                    return Err(fault);
                }
                longest = shorter;
                continue;
            }
            let RemoteFault::Http(fault) = fault else {
                return Err(fault);
            };
            interruptions += 1;
            if interruptions > INTERRUPTIONS || !retry.wait(&fault).await {
                return Err(fault.after(retry.attempts()).into());
            }
            // A lost session cannot be queried; the whole upload can be repeated.
            let Ok(reached) = self.reached(connection, access).await else {
                return Err(fault.into());
            };
            if reached > blob.size {
                return Err(self.wrong_part());
            }
            sent = reached;
        }
        self.end(connection, access, blob, Body::Empty).await
    }

    fn wrong_part(&self) -> RemoteFault {
        let request = self.request(STEP);
        let fault = request.protocol("reports that it received another part than was sent");
        fault.into()
    }

    /// Sends one chunk. Returns the number of bytes the registry has received in total.
    async fn chunk(
        &mut self,
        connection: &Connection,
        access: &Access<'_>,
        body: Body<'_>,
    ) -> Result<u64, RemoteFault> {
        let (start, end) = match &body {
            Body::Content { start, size, .. } => (*start, start.saturating_add(*size)),
            Body::Empty | Body::Bytes(_) => (0, 0),
        };
        let mut request = self.request(STEP).with(CONTENT_TYPE, OCTETS);
        request.method = Method::PATCH;
        request.body = body;
        let range = HeaderValue::try_from(format!("{start}-{}", end.saturating_sub(1)))
            .map_err(|_| request.protocol("cannot be sent this part"))?;
        let request = request.with(CONTENT_RANGE, range);
        let mut reply = send(connection, access, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step).await.into());
        }
        self.url = connection.location(&reply, &request)?;
        Ok(received(&reply).unwrap_or(end))
    }

    /// Asks the registry how many bytes it has received.
    async fn reached(
        &mut self,
        connection: &Connection,
        access: &Access<'_>,
    ) -> Result<u64, RemoteFault> {
        let mut request = self.request("ask how much of the content has arrived");
        request.repeatable = true;
        let mut reply = send(connection, access, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step).await.into());
        }
        if reply.header(LOCATION.as_str()).is_some() {
            self.url = connection.location(&reply, &request)?;
        }
        Ok(received(&reply).unwrap_or(0))
    }

    /// Cancels the upload, so that the registry can remove the received content.
    pub(super) async fn cancel(&self, connection: &Connection, access: &Access<'_>) {
        let mut request = self.request("cancel the upload");
        request.method = Method::DELETE;
        let silence = connection.client().settings().silence();
        // Only the earlier failure matters.
        let _ = tokio::time::timeout(silence, send(connection, access, &request)).await;
    }

    fn request(&self, step: &'static str) -> Request<'static> {
        let mut request = Request::read(step, Method::GET, self.url.clone());
        request.repeatable = false;
        request
    }
}

async fn send(
    connection: &Connection,
    access: &Access<'_>,
    request: &Request<'_>,
) -> Result<Reply, RemoteFault> {
    let mut retry = Retry::new(connection.client());
    connection.send(access, request, &mut retry).await
}

fn received(reply: &Reply) -> Option<u64> {
    received_by(&reply.header(RANGE.as_str())?)
}

/// Number of received bytes, from `Range: 0-LAST`. `0-0` means no bytes or one byte.
fn received_by(range: &str) -> Option<u64> {
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    let (_, last) = range.split_once('-')?;
    let last: u64 = last.trim().parse().ok()?;
    if last == 0 {
        Some(0)
    } else {
        last.checked_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_is_a_number_of_bytes_or_nothing() {
        for (range, expected) in [
            ("0-0", Some(0)),
            ("0-99", Some(100)),
            ("bytes=0-99", Some(100)),
            ("0-18446744073709551614", Some(u64::MAX)),
            ("0-18446744073709551615", None),
            ("0-18446744073709551616", None),
            ("0--1", None),
            ("0", None),
            ("", None),
        ] {
            assert_eq!(received_by(range), expected, "{range}");
        }
    }
}
