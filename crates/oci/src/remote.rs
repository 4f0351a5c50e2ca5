//! An OCI registry over HTTP (OCI distribution specification 1.1).
//!
//! Only necessary requests are made: there is no ping, a registry that needs no login is never
//! asked for one, and a manifest that was read by its tag is not read again.

mod absence;
pub(crate) mod address;
pub(crate) mod auth;
mod challenge;
mod checked;
mod connection;
mod download;
pub(crate) mod fault;
mod link;
mod session;
mod tag_page;
mod tags;
pub(crate) mod upload;

use std::io::Write;
use std::path::Path;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;

use crate::digest::Digest;
use crate::fault::{Fault, StoreError};
use crate::http::Http;
use crate::manifest::{Descriptor, MANIFEST_LIMIT};
use crate::media_type;
use crate::saving::SavedFile;
use crate::transport::reply::Reply;
use crate::transport::request::Request;
use crate::transport::retry::Retry;
use absence::found;
use checked::{DIGEST_HEADER, check_header, wrong_size};
use connection::{Connection, Limit, MANIFESTS, content_request};
use upload::RemoteWriter;

/// An OCI registry.
#[derive(Debug)]
pub struct Remote {
    connection: Connection,
}

/// The requirements for every manifest: it is a JSON object, and it may declare its own media type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifested {
    media_type: Option<String>,
}

impl Manifested {
    fn read(bytes: &[u8]) -> Option<Self> {
        // serde also accepts a list for a struct.
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        serde_json::from_slice(bytes).ok().filter(|_| is_object)
    }
}

impl Remote {
    /// Opens the registry at an address: `ghcr.io`, `127.0.0.1:5000`, optionally with `https://`,
    /// `oci://` or `http://`. No request is made yet.
    ///
    /// # Errors
    /// The text is not such an address, or the settings cannot be read.
    pub fn new(http: &Http, base: &str) -> Result<Self, StoreError> {
        Ok(Self {
            connection: Connection::new(http, base)?,
        })
    }

    /// Returns the same registry, restricted to repositories below `path`, for which there may be
    /// specific credentials.
    #[must_use]
    pub fn below(self, path: &str) -> Self {
        Self {
            connection: self.connection.below(path),
        }
    }

    /// The address as it was given.
    pub fn name(&self) -> &str {
        self.connection.name()
    }

    /// Describes what a tag points to: with a HEAD request, or by reading the manifest if the
    /// response to that is insufficient.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn resolve(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<Descriptor>, StoreError> {
        if !address::is_tag(tag) {
            return Ok(None);
        }
        let described = self.describe(repository, tag).await;
        if let Some(descriptor) = described.map_err(self.connection.at(repository, tag))? {
            return Ok(Some(descriptor));
        }
        let fetched = self.fetch(repository, tag).await?;
        Ok(fetched.map(|(descriptor, _)| descriptor))
    }

    async fn describe(&self, repository: &str, tag: &str) -> Result<Option<Descriptor>, Fault> {
        let connection = &self.connection;
        let url = connection.address().manifest(repository, tag)?;
        let request = Request::read("look up the tag", Method::HEAD, url).with(ACCEPT, MANIFESTS);
        let access = connection.pull(repository);
        let Some(reply) = connection.head(&access, request).await? else {
            return Ok(None);
        };
        let digest = reply.header(DIGEST_HEADER);
        let digest = digest.and_then(|text| text.parse().ok());
        let size = reply
            .length()
            .filter(|size| *size > 0 && reply.coding().is_none());
        Ok(match (digest, size, content_type(&reply)) {
            (Some(digest), Some(size), Some(media_type)) => {
                Some(Descriptor::new(media_type, digest, size))
            }
            _ => None,
        })
    }

    /// Reads the manifest that a tag points to, in one request.
    ///
    /// # Errors
    /// The registry cannot be read, the manifest is too large, or it does not match the headers
    /// sent with it.
    pub async fn fetch(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, StoreError> {
        if !address::is_tag(tag) {
            return Ok(None);
        }
        let fetched = match self.confirm(repository, tag).await {
            Ok(None) => self.fetch_manifest(repository, tag).await,
            confirmed => confirmed,
        };
        fetched.map_err(self.connection.at(repository, tag))
    }

    /// Returns the cached manifest if the tag still points to it.
    async fn confirm(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, Fault> {
        let scope = self.cache_scope(repository);
        let cache = self.connection.cache();
        let Some((manifest, bytes)) = cache.and_then(|cache| cache.tagged(&scope, tag)) else {
            return Ok(None);
        };
        let described = self.describe(repository, tag).await?;
        let same = described.is_some_and(|current| current.digest == manifest.digest);
        Ok(same.then_some((manifest, bytes)))
    }

    fn cache_scope(&self, repository: &str) -> String {
        format!("{}{repository}", self.connection.address().base())
    }

    async fn fetch_manifest(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, Fault> {
        let fetched = self.get_manifest(repository, tag).await?;
        if let (Some(cache), Some((descriptor, bytes))) = (self.connection.cache(), &fetched) {
            cache.keep_tagged(&self.cache_scope(repository), tag, descriptor, bytes);
        }
        Ok(fetched)
    }

    /// Reads a manifest by its tag or digest.
    async fn get_manifest(
        &self,
        repository: &str,
        name: &str,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, Fault> {
        let connection = &self.connection;
        let url = connection.address().manifest(repository, name)?;
        let request = Request::read("read the manifest", Method::GET, url).with(ACCEPT, MANIFESTS);
        let limit = Limit::AtMost(MANIFEST_LIMIT, "the manifest");
        let fetched = connection.get(repository, &request, limit).await?;
        let Some((reply, bytes, digest)) = fetched else {
            return Ok(None);
        };
        check_header(&reply, digest)?;
        let manifest = Manifested::read(&bytes)
            .ok_or_else(|| request.protocol("does not answer with a manifest"))?;
        let header = content_type(&reply);
        let media_type = header
            .clone()
            .filter(|media_type| media_type::is_manifest(media_type))
            .or(manifest.media_type)
            .or(header)
            .ok_or_else(|| request.protocol("answers without a media type"))?;
        let descriptor = Descriptor::new(media_type, digest, bytes.len() as u64);
        Ok(Some((descriptor, bytes)))
    }

    /// Reads a manifest by its digest and verifies it. No cached copy is used.
    ///
    /// # Errors
    /// The registry cannot be read, the manifest is too large, or it has another digest.
    pub async fn fetch_by_digest(
        &self,
        repository: &str,
        digest: Digest,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, StoreError> {
        let name = digest.to_string();
        let fetched = self.get_manifest(repository, &name).await;
        let fetched = fetched.and_then(|fetched| match fetched {
            Some((found, _)) if found.digest != digest => Err(Fault::Digest {
                expected: digest,
                actual: found.digest,
            }),
            fetched => Ok(fetched),
        });
        fetched.map_err(self.connection.at(repository, &name))
    }

    /// Lists the tags of a repository. An unknown repository has none.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, StoreError> {
        let listed = tags::list(&self.connection, repository).await;
        let name = self.connection.repository_name(repository);
        listed.map_err(|fault| StoreError::new(name, fault))
    }

    /// Reads content of at most `limit` bytes and verifies it.
    ///
    /// # Errors
    /// See [`crate::Store::read`].
    pub async fn read(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let read = download::read(&self.connection, repository, descriptor, limit).await;
        read.map_err(self.connection.of(repository, descriptor))
    }

    /// Streams content to `out` and verifies it on the way. An interrupted download is resumed.
    ///
    /// # Errors
    /// See [`crate::Store::copy`].
    pub async fn copy(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        mut out: &mut (dyn Write + Send),
    ) -> Result<bool, StoreError> {
        let copied = download::copy(&self.connection, repository, descriptor, &mut out).await;
        copied.map_err(self.connection.of(repository, descriptor))
    }

    /// Reads the first `limit` bytes of content.
    ///
    /// # Errors
    /// See [`crate::Store::start`].
    pub async fn start(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let started = download::start(&self.connection, repository, descriptor, limit).await;
        started.map_err(self.connection.of(repository, descriptor))
    }

    /// Streams content to a file; see [`crate::Store::save`].
    ///
    /// # Errors
    /// See [`crate::Store::save`].
    pub async fn save(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        path: &Path,
    ) -> Result<bool, StoreError> {
        let mut file = SavedFile::new(path)?;
        let copied = download::copy(&self.connection, repository, descriptor, &mut file).await;
        let there = copied.map_err(self.connection.of(repository, descriptor))?;
        if there {
            file.keep(path)?;
        }
        Ok(there)
    }

    /// Returns whether the registry has content with this digest and size.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn has(&self, repository: &str, descriptor: &Descriptor) -> Result<bool, StoreError> {
        let has = self.has_somewhere(repository, descriptor).await;
        has.map_err(self.connection.of(repository, descriptor))
    }

    async fn has_somewhere(
        &self,
        repository: &str,
        descriptor: &Descriptor,
    ) -> Result<bool, Fault> {
        let connection = &self.connection;
        let access = connection.pull(repository);
        let step = "look for the content";
        for url in connection.urls(repository, descriptor)? {
            let request = content_request(step, Method::HEAD, url.clone(), descriptor);
            if let Some(reply) = connection.head(&access, request).await?
                && has_length(&reply, descriptor)
            {
                return Ok(true);
            }
            let request = content_request(step, Method::GET, url, descriptor);
            let mut retry = Retry::new(connection.client());
            let reply = connection.send(&access, &request, &mut retry).await?;
            if let Some(reply) = found(reply, step, retry.attempts()).await? {
                if has_length(&reply, descriptor) {
                    return Ok(true);
                }
                return Err(wrong_size(descriptor, reply.length().unwrap_or_default()));
            }
        }
        Ok(false)
    }

    /// Opens the registry for writing. Nothing is locked: registries have no locks.
    pub fn writer(&self) -> RemoteWriter<'_> {
        RemoteWriter::new(&self.connection)
    }
}

/// Returns a media type without its parameters.
fn content_type(reply: &Reply) -> Option<String> {
    let value = reply.header(CONTENT_TYPE.as_str())?;
    let media_type = value.split(';').next().unwrap_or(&value).trim();
    (!media_type.is_empty()).then(|| media_type.to_owned())
}

/// Returns whether the declared length, if any, is the length of the content.
fn has_length(reply: &Reply, descriptor: &Descriptor) -> bool {
    let announced = reply.length().filter(|_| reply.coding().is_none());
    announced.is_none_or(|length| length == descriptor.size)
}
