//! Storing content in a registry.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, Url};

use super::auth::Access;
use super::patience::Patience;
use super::reply::Reply;
use super::transport::{self, Body, Request};
use super::{Remote, RemoteFault, address, check_name};
use crate::content::Content;
use crate::digest::{self, Digest};
use crate::manifest::Descriptor;
use crate::staged::{Holds, Staged};
use crate::store::{Fault, MANIFEST_LIMIT, StoreError, io_at};

/// A registry that is written to.
#[derive(Debug)]
pub struct RemoteWriter<'a> {
    remote: &'a Remote,
    /// Manifests that were stored, because a tag is set by storing one again.
    manifests: Mutex<HashMap<Digest, Bytes>>,
}

impl<'a> RemoteWriter<'a> {
    pub(super) fn new(remote: &'a Remote) -> Self {
        Self {
            remote,
            manifests: Mutex::default(),
        }
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
            if self.is_there(repository, blob).await? {
                return Ok(());
            }
            let fault = match self.upload(repository, blob, content).await {
                Ok(()) => return Ok(()),
                Err(fault) => fault,
            };
            let (again, wish) = match &fault {
                RemoteFault::Unreachable { .. } => (true, None),
                RemoteFault::Answer { status, wait, .. } => {
                    (matches!(status, 408 | 429 | 500 | 502 | 503 | 504), *wait)
                }
                _ => (false, None),
            };
            if !again || !patience.wait(wish).await {
                return Err(fault.after(patience.attempts()).into());
            }
        }
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
        let url = self.remote.address.uploads(repository)?;
        let mut request = Request::write("begin an upload", Method::POST, url, Body::Empty);
        request.repeatable = false;
        let mut reply = self.send(repository, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step, 1).await);
        }
        let mut url = self.location(&reply, &request)?;
        drop(reply);
        let digest = blob.digest.to_string();
        url.query_pairs_mut().append_pair("digest", &digest);
        let body = Body::Content {
            content,
            size: blob.size,
        };
        let mut request = Request::write("upload the content", Method::PUT, url, body).with(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        request.repeatable = false;
        let mut reply = self.send(repository, &request).await?;
        if !reply.is_success() {
            return Err(reply.fault(request.step, 1).await);
        }
        Ok(())
    }

    /// Where an upload goes on. It may be another server, which gets the content and nothing
    /// else; it may not be one that everybody on the way can read along with.
    fn location(&self, reply: &Reply, request: &Request<'_>) -> Result<Url, RemoteFault> {
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
        self.manifests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(descriptor.digest, bytes);
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
        let remembered = self
            .manifests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&manifest.digest)
            .cloned();
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
        check_name(&reply, descriptor.digest)
    }

    async fn send(&self, repository: &str, request: &Request<'_>) -> Result<Reply, RemoteFault> {
        let access = Access {
            address: &self.remote.address,
            repository,
            push: true,
        };
        let http = &self.remote.http;
        transport::send(http, &access, request, &mut Patience::new(http)).await
    }
}
