//! Storing content in a registry.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};

use super::address::is_tag;
use super::auth::lock;
use super::checked::check_header;
use super::connection::Connection;
use super::download;
use super::fault::RemoteFault;
use super::session::Session;
use crate::content::Content;
use crate::digest::{self, Digest};
use crate::fault::{Fault, StoreError, io_at};
use crate::manifest::{Descriptor, MANIFEST_LIMIT};
use crate::staged::{Staged, StagedContent};
use crate::transport::reply::Reply;
use crate::transport::request::{Body, Request};
use crate::transport::retry::Retry;

/// Content of up to this many bytes is sent without a check whether the registry has it.
const ASK_FROM: u64 = 1 << 20;
/// Content of up to this many bytes is sent with the request that begins its upload, although the
/// registry may not support it.
const TRY_UP_TO: u64 = 64 << 10;
/// The same limit if the registry is known to support this.
const SINGLE_UP_TO: u64 = 32 << 20;
const MINIMUM_HEADER: &str = "oci-chunk-min-length";
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A registry that is open for writing.
#[derive(Debug)]
pub struct RemoteWriter<'a> {
    connection: &'a Connection,
    /// Manifests that were stored; a tag is set by storing one of them again.
    manifests: Mutex<HashMap<Digest, Bytes>>,
    /// A repository that has the content, from which others can mount it.
    stored: Mutex<HashMap<Digest, String>>,
    single_request: Mutex<SingleRequest>,
}

/// Whether the registry stores content that is sent with the request that begins its upload. The
/// specification makes this optional.
#[derive(Clone, Copy, Debug)]
enum SingleRequest {
    Unknown,
    Supported,
    Unsupported,
}

impl<'a> RemoteWriter<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            manifests: Mutex::default(),
            stored: Mutex::default(),
            single_request: Mutex::new(SingleRequest::Unknown),
        }
    }

    /// Hashes content. It is not copied, and is read again when it is sent.
    pub(crate) fn stage(content: &Content) -> Result<Staged, StoreError> {
        let (digest, size) = match content {
            Content::Bytes(bytes) => (Digest::of(bytes), bytes.len() as u64),
            Content::File(path) => fs_err::File::open(path)
                .and_then(digest::of_reader)
                .map_err(io_at(path, "read it"))?,
        };
        Ok(Staged {
            digest,
            size,
            content: StagedContent::Source(content.clone()),
        })
    }

    /// Stores staged content, unless the registry already has it.
    ///
    /// # Errors
    /// It cannot be stored.
    pub(crate) async fn push(&self, repository: &str, staged: &Staged) -> Result<(), StoreError> {
        let content = match &staged.content {
            StagedContent::Temporary(file) => Content::File(file.path().to_owned()),
            StagedContent::Source(content) => content.clone(),
        };
        let descriptor = Descriptor::new("", staged.digest, staged.size);
        let pushed = self.push_content(repository, &descriptor, &content).await;
        pushed.map_err(self.connection.of(repository, &descriptor))
    }

    async fn push_content(
        &self,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<(), Fault> {
        let mut retry = Retry::new(self.connection.client());
        // Only the whole upload can be repeated: after an interruption, it is unknown how much
        // has arrived.
        loop {
            // Checking for small content costs as much as sending it.
            if blob.size > ASK_FROM && self.is_there(repository, blob).await? {
                break;
            }
            let fault = match self.upload(repository, blob, content).await {
                Ok(()) => break,
                Err(RemoteFault::Http(fault)) => fault,
                Err(fault) => return Err(fault.into()),
            };
            if !retry.wait(&fault).await {
                return Err(fault.after(retry.attempts()).into());
            }
        }
        lock(&self.stored).insert(blob.digest, repository.to_owned());
        Ok(())
    }

    /// Returns whether the registry confirms that it has the content. The check only saves an
    /// upload, so any other response counts as no, and the upload reports the reason.
    async fn is_there(&self, repository: &str, blob: &Descriptor) -> Result<bool, RemoteFault> {
        let url = self.connection.address().blob(repository, blob.digest)?;
        let request = Request::read("look for the content", Method::HEAD, url);
        let access = self.connection.push(repository, None);
        let reply = self.connection.head(&access, request).await?;
        Ok(reply.is_some_and(|reply| reply.length() == Some(blob.size)))
    }

    async fn upload(
        &self,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<(), RemoteFault> {
        let Some(session) = self.begin(repository, blob, content).await? else {
            return Ok(());
        };
        let access = self.connection.push(repository, None);
        let outcome = session.send(self.connection, &access, blob, content).await;
        let Err(fault) = outcome else {
            return Ok(());
        };
        session.cancel(self.connection, &access).await;
        if !fault.has_status(413) {
            return Err(fault);
        }
        // The registry, or a proxy, limits the length of a request.
        let Some(mut session) = self.begin_plain(repository).await? else {
            return Ok(());
        };
        let outcome = session
            .send_in_chunks(self.connection, &access, blob, content)
            .await;
        if outcome.is_err() {
            session.cancel(self.connection, &access).await;
        }
        outcome
    }

    /// Begins an upload with an optional request that may already store the content: by mounting it
    /// from a repository that has it, or by sending it along. Returns `None` if the content is
    /// stored.
    ///
    /// If that request fails, whatever the response, the plain request is sent and reports the
    /// reason.
    async fn begin(
        &self,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<Option<Session>, RemoteFault> {
        let other = lock(&self.stored)
            .get(&blob.digest)
            .filter(|other| *other != repository)
            .cloned();
        if let Some(from) = other {
            let mut url = self.connection.address().uploads(repository)?;
            url.query_pairs_mut()
                .append_pair("mount", &blob.digest.to_string())
                .append_pair("from", &from);
            let request = Request::write("mount the content", Method::POST, url, Body::Empty);
            return match self.begun(repository, Some(&from), request).await {
                Err(fault) if is_optional(&fault) => self.begin_plain(repository).await,
                begun => begun,
            };
        }
        // Copied, because the `match` would otherwise hold a lock while the request is sent.
        let supported = *lock(&self.single_request);
        let most = match supported {
            SingleRequest::Unknown => TRY_UP_TO,
            SingleRequest::Supported => SINGLE_UP_TO,
            SingleRequest::Unsupported => 0,
        };
        if blob.size > most || most == 0 {
            return self.begin_plain(repository).await;
        }
        let begun = self.begin_with_content(repository, blob, content).await;
        let (session, supported) = match begun {
            Ok(None) => (None, SingleRequest::Supported),
            Ok(session) => (session, SingleRequest::Unsupported),
            Err(fault) if is_optional(&fault) => (
                self.begin_plain(repository).await?,
                SingleRequest::Unsupported,
            ),
            Err(fault) => return Err(fault),
        };
        *lock(&self.single_request) = supported;
        Ok(session)
    }

    async fn begin_with_content(
        &self,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<Option<Session>, RemoteFault> {
        let mut url = self.connection.address().uploads(repository)?;
        url.query_pairs_mut()
            .append_pair("digest", &blob.digest.to_string());
        let body = Body::Content {
            content,
            start: 0,
            size: blob.size,
        };
        let request = Request::write("upload the content", Method::POST, url, body)
            .with(CONTENT_TYPE, OCTETS);
        self.begun(repository, None, request).await
    }

    async fn begin_plain(&self, repository: &str) -> Result<Option<Session>, RemoteFault> {
        let url = self.connection.address().uploads(repository)?;
        let request = Request::write("begin an upload", Method::POST, url, Body::Empty);
        self.begun(repository, None, request).await
    }

    async fn begun(
        &self,
        repository: &str,
        from: Option<&str>,
        mut request: Request<'_>,
    ) -> Result<Option<Session>, RemoteFault> {
        request.repeatable = false;
        let access = self.connection.push(repository, from);
        let mut retry = Retry::new(self.connection.client());
        let mut reply = self.connection.send(&access, &request, &mut retry).await?;
        match reply.status() {
            201 => Ok(None),
            200..=299 => Ok(Some(Session {
                url: self.connection.location(&reply, &request)?,
                shortest: reply
                    .header(MINIMUM_HEADER)
                    .and_then(|length| length.trim().parse().ok())
                    .unwrap_or(0),
            })),
            _ => Err(reply.fault(request.step).await.into()),
        }
    }

    /// Stores a manifest under its digest.
    ///
    /// # Errors
    /// It cannot be stored.
    pub(crate) async fn push_manifest(
        &self,
        repository: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Descriptor, StoreError> {
        let descriptor = Descriptor::of(media_type, bytes);
        let bytes = Bytes::copy_from_slice(bytes);
        let name = descriptor.digest.to_string();
        let step = "store the manifest";
        self.put_manifest(repository, &name, &descriptor, bytes.clone(), step)
            .await
            .map_err(self.connection.of(repository, &descriptor))?;
        lock(&self.manifests).insert(descriptor.digest, bytes);
        Ok(descriptor)
    }

    /// Sets a tag by storing the manifest under that name.
    ///
    /// # Errors
    /// It cannot be stored.
    pub(crate) async fn tag(
        &self,
        repository: &str,
        tag: &str,
        manifest: &Descriptor,
    ) -> Result<(), StoreError> {
        let tagged = self.put_tag(repository, tag, manifest).await;
        tagged.map_err(self.connection.at(repository, tag))
    }

    async fn put_tag(
        &self,
        repository: &str,
        tag: &str,
        manifest: &Descriptor,
    ) -> Result<(), Fault> {
        if !is_tag(tag) {
            let text = tag.to_owned();
            let what = "a tag";
            return Err(RemoteFault::Address { text, what }.into());
        }
        let remembered = lock(&self.manifests).get(&manifest.digest).cloned();
        let digest = manifest.digest;
        let bytes = match remembered {
            Some(bytes) => bytes,
            None => download::read(self.connection, repository, manifest, MANIFEST_LIMIT)
                .await?
                .ok_or(Fault::Missing { digest })?
                .into(),
        };
        let step = "set the tag";
        self.put_manifest(repository, tag, manifest, bytes, step)
            .await
    }

    async fn put_manifest(
        &self,
        repository: &str,
        name: &str,
        descriptor: &Descriptor,
        bytes: Bytes,
        step: &'static str,
    ) -> Result<(), Fault> {
        let url = self.connection.address().manifest(repository, name)?;
        let body = Body::Bytes(bytes);
        let request = Request::write(step, Method::PUT, url, body);
        let kind = HeaderValue::try_from(descriptor.media_type.as_str())
            .map_err(|_| request.protocol("cannot be sent this media type"))?;
        let request = request.with(CONTENT_TYPE, kind);
        let mut reply = self.send(repository, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(step).await.into());
        }
        match check_header(&reply, descriptor.digest) {
            Err(Fault::Digest { expected, actual }) => Err(request
                .protocol(format!(
                    "reports that it stored {expected}, but {actual} was sent"
                ))
                .into()),
            checked => checked,
        }
    }

    async fn send(&self, repository: &str, request: &Request<'_>) -> Result<Reply, RemoteFault> {
        let access = self.connection.push(repository, None);
        let mut retry = Retry::new(self.connection.client());
        self.connection.send(&access, request, &mut retry).await
    }
}

/// Returns whether an optional request failed in a way that does not affect the plain one. Rejected
/// credentials are not sent again, because repeated failures might lock the account.
fn is_optional(fault: &RemoteFault) -> bool {
    matches!(fault, RemoteFault::Http(_)) && !fault.is_login_rejected()
}
