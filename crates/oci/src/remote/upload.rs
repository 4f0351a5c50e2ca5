//! Storing content in a registry.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, Url};

use super::auth::{Access, lock};
use super::patience::Patience;
use super::reply::{Reply, is_transient};
use super::session::Session;
use super::transport::{self, Body, Request};
use super::{Remote, RemoteFault, address, check_name};
use crate::content::Content;
use crate::digest::{self, Digest};
use crate::http::Line;
use crate::manifest::Descriptor;
use crate::staged::{Holds, Staged};
use crate::store::{Fault, MANIFEST_LIMIT, StoreError, io_at};

/// Up to this length in bytes content is sent without asking whether it is there.
const ASK_FROM: u64 = 1 << 20;
/// Up to this length in bytes content is sent with the request that begins its upload, not
/// knowing whether the registry takes it.
const TRY_UP_TO: u64 = 64 << 10;
/// The same, if the registry is known to take it.
const SINGLE_UP_TO: u64 = 32 << 20;
const MINIMUM_HEADER: &str = "oci-chunk-min-length";
pub(super) const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A registry that is written to.
#[derive(Debug)]
pub struct RemoteWriter<'a> {
    remote: &'a Remote,
    /// Manifests that were stored, because a tag is set by storing one again.
    manifests: Mutex<HashMap<Digest, Bytes>>,
    /// A repository that has the content, for others to take it over.
    stored: Mutex<HashMap<Digest, String>>,
    single: Mutex<Single>,
}

/// Whether the registry stores content that comes with the request that begins an upload.
#[derive(Clone, Copy, Debug)]
enum Single {
    Unknown,
    Taken,
    Ignored,
}

impl<'a> RemoteWriter<'a> {
    pub(super) fn new(remote: &'a Remote) -> Self {
        Self {
            remote,
            manifests: Mutex::default(),
            stored: Mutex::default(),
            single: Mutex::new(Single::Unknown),
        }
    }

    pub(super) fn http(&self) -> &Line {
        &self.remote.http
    }

    /// Hashes content. It stays where it is, and is read again when it is sent.
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
            holds: Holds::Source(content.clone()),
        })
    }

    /// Stores staged content, unless it is there already.
    ///
    /// # Errors
    /// It cannot be stored.
    pub(crate) async fn push(&self, repository: &str, staged: &Staged) -> Result<(), StoreError> {
        let content = match &staged.holds {
            Holds::Temporary(file) => Content::File(file.path().to_owned()),
            Holds::Source(content) => content.clone(),
        };
        let descriptor = Descriptor::new("", staged.digest, staged.size);
        let pushed = self.push_content(repository, &descriptor, &content).await;
        pushed.map_err(self.remote.of(repository, &descriptor))
    }

    async fn push_content(
        &self,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<(), Fault> {
        let mut patience = Patience::new(&self.remote.http);
        // The upload as a whole is what can be repeated: nobody knows how much of one that broke
        // off has arrived.
        loop {
            // To ask whether something small is there costs as much as to send it.
            if blob.size > ASK_FROM && self.is_there(repository, blob).await? {
                break;
            }
            let fault = match self.upload(repository, blob, content).await {
                Ok(()) => break,
                Err(fault) => fault,
            };
            if !patience.wait(&fault).await {
                return Err(fault.after(patience.attempts()).into());
            }
        }
        lock(&self.stored).insert(blob.digest, repository.to_owned());
        Ok(())
    }

    async fn is_there(&self, repository: &str, blob: &Descriptor) -> Result<bool, RemoteFault> {
        let url = self.remote.address.blob(repository, blob.digest)?;
        let request = Request::read("look for the content", Method::HEAD, url);
        let mut reply = self.send(repository, &request).await?;
        match reply.status() {
            // To send it again does no harm, so a bare 404 is good enough.
            404 => Ok(false),
            200..=299 => Ok(reply.length().is_none_or(|size| size == blob.size)),
            _ => Err(reply.fault(request.step, 1).await),
        }
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
        let outcome = session.send(self, repository, blob, content).await;
        let Err(fault) = outcome else {
            return Ok(());
        };
        session.cancel(self, repository).await;
        if !matches!(fault, RemoteFault::Answer { status: 413, .. }) {
            return Err(fault);
        }
        // Something on the way takes no request of that length.
        let Some(mut session) = self.begin_plain(repository).await? else {
            return Ok(());
        };
        let outcome = session
            .send_in_chunks(self, repository, blob, content)
            .await;
        if outcome.is_err() {
            session.cancel(self, repository).await;
        }
        outcome
    }

    /// Begins an upload, in the way that may need nothing further: from a repository that has
    /// the content, or with the content itself. Nothing, if it is stored by that.
    async fn begin(
        &self,
        repository: &str,
        blob: &Descriptor,
        content: &Content,
    ) -> Result<Option<Session>, RemoteFault> {
        let elsewhere = lock(&self.stored)
            .get(&blob.digest)
            .filter(|other| *other != repository)
            .cloned();
        let digest = blob.digest.to_string();
        if let Some(from) = elsewhere {
            let mut url = self.remote.address.uploads(repository)?;
            url.query_pairs_mut()
                .append_pair("mount", &digest)
                .append_pair("from", &from);
            let request = Request::write("take the content over", Method::POST, url, Body::Empty);
            return self.begun(repository, Some(&from), request).await;
        }
        // Not looked at within the match, which would hold the lock while others wait for it.
        let single = *lock(&self.single);
        let most = match single {
            Single::Unknown => TRY_UP_TO,
            Single::Taken => SINGLE_UP_TO,
            Single::Ignored => return self.begin_plain(repository).await,
        };
        if blob.size > most {
            return self.begin_plain(repository).await;
        }
        let mut url = self.remote.address.uploads(repository)?;
        url.query_pairs_mut().append_pair("digest", &digest);
        let body = Body::Content {
            content,
            start: 0,
            size: blob.size,
        };
        let request = Request::write("upload the content", Method::POST, url, body)
            .with(CONTENT_TYPE, OCTETS);
        match self.begun(repository, None, request).await {
            Ok(None) => {
                *lock(&self.single) = Single::Taken;
                Ok(None)
            }
            Ok(session) => {
                *lock(&self.single) = Single::Ignored;
                Ok(session)
            }
            // Some registries know no such request. What is wrong otherwise, the usual way tells.
            Err(RemoteFault::Answer { status, .. }) if !is_transient(status) => {
                *lock(&self.single) = Single::Ignored;
                self.begin_plain(repository).await
            }
            Err(fault) => Err(fault),
        }
    }

    async fn begin_plain(&self, repository: &str) -> Result<Option<Session>, RemoteFault> {
        let url = self.remote.address.uploads(repository)?;
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
        let mut reply = self.send_with(repository, from, &request).await?;
        match reply.status() {
            201 => Ok(None),
            200..=299 => Ok(Some(Session {
                url: self.location(&reply, &request)?,
                minimum: reply
                    .header(MINIMUM_HEADER)
                    .and_then(|length| length.trim().parse().ok())
                    .unwrap_or(0),
            })),
            _ => Err(reply.fault(request.step, 1).await),
        }
    }

    /// Where an upload goes on. It may be another server, which gets the content and nothing
    /// else; it may not be one that everybody on the way can read along with.
    pub(super) fn location(
        &self,
        reply: &Reply,
        request: &Request<'_>,
    ) -> Result<Url, RemoteFault> {
        let location = reply
            .header(LOCATION.as_str())
            .and_then(|location| reply.url().join(location).ok())
            .ok_or_else(|| request.protocol("does not say where the upload goes on"))?;
        let secure = self.remote.address.base().scheme() == "https";
        match location.scheme() {
            "https" => Ok(location),
            "http" if !secure => Ok(location),
            _ => Err(request.protocol(
                "wants the upload to go on in plain HTTP (a proxy before it must set X-Forwarded-Proto)",
            )),
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
            .map_err(self.remote.of(repository, &descriptor))?;
        lock(&self.manifests).insert(descriptor.digest, bytes);
        Ok(descriptor)
    }

    /// Has a tag point at a manifest, by storing it under that name.
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
        tagged.map_err(self.remote.at(repository, tag))
    }

    async fn put_tag(
        &self,
        repository: &str,
        tag: &str,
        manifest: &Descriptor,
    ) -> Result<(), Fault> {
        if !address::is_tag(tag) {
            let text = tag.to_owned();
            let what = "a tag";
            return Err(RemoteFault::Address { text, what }.into());
        }
        let remembered = lock(&self.manifests).get(&manifest.digest).cloned();
        let digest = manifest.digest;
        let bytes = match remembered {
            Some(bytes) => bytes,
            None => self
                .remote
                .read_checked(repository, manifest, MANIFEST_LIMIT)
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
        let url = self.remote.address.manifest(repository, name)?;
        let body = Body::Bytes(bytes);
        let request = Request::write(step, Method::PUT, url, body);
        let kind = HeaderValue::try_from(descriptor.media_type.as_str())
            .map_err(|_| request.protocol("cannot be told such a media type"))?;
        let request = request.with(CONTENT_TYPE, kind);
        let mut reply = self.send(repository, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(step, 1).await.into());
        }
        match check_name(&reply, descriptor.digest) {
            Err(Fault::Digest { expected, actual }) => Err(request
                .protocol(format!(
                    "says that it stored {expected}, and was sent {actual}"
                ))
                .into()),
            checked => checked,
        }
    }

    pub(super) async fn send(
        &self,
        repository: &str,
        request: &Request<'_>,
    ) -> Result<Reply, RemoteFault> {
        self.send_with(repository, None, request).await
    }

    async fn send_with(
        &self,
        repository: &str,
        from: Option<&str>,
        request: &Request<'_>,
    ) -> Result<Reply, RemoteFault> {
        let access = Access {
            address: &self.remote.address,
            repository,
            push: true,
            from,
        };
        let http = &self.remote.http;
        transport::send(http, &access, request, &mut Patience::new(http)).await
    }
}
