//! An OCI registry over HTTP (OCI distribution specification 1.1).
//!
//! Nothing is asked that is not needed: there is no greeting, a registry without logins is never
//! asked for one, and a manifest that was fetched by its tag is not fetched again.

mod address;
pub(crate) mod auth;
mod challenge;
mod download;
mod fault;
mod patience;
mod reply;
mod session;
mod tags;
mod transport;
mod upload;

use std::io::Write;
use std::path::Path;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;

pub use address::{plain_http_server, without_login};
pub use fault::RemoteFault;
pub use upload::RemoteWriter;

use crate::digest::Digest;
use crate::http::{Http, Line};
use crate::manifest::Descriptor;
use crate::media_type;
use crate::saving::SavedFile;
use crate::store::{Fault, MANIFEST_LIMIT, StoreError};
use address::Address;
use auth::Access;
use patience::Patience;
use reply::{Cut, Reply};
use transport::Request;

const DIGEST_HEADER: &str = "docker-content-digest";
const ACCEPTED: HeaderValue = HeaderValue::from_static(
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, \
     application/vnd.docker.distribution.manifest.list.v2+json",
);

/// An OCI registry.
#[derive(Debug)]
pub struct Remote {
    http: Line,
    address: Address,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SelfDescribed {
    media_type: String,
}

impl Remote {
    /// Names a registry: `ghcr.io`, `127.0.0.1:5000`, or with `https://`, `oci://`, `http://` in
    /// front. Nothing is asked of it yet.
    ///
    /// # Errors
    /// The text is no such address, or there are no settings.
    pub fn new(http: &Http, base: &str) -> Result<Self, StoreError> {
        let failed =
            |fault: RemoteFault| StoreError::new(address::without_login(base), fault.into());
        let address = Address::parse(base).map_err(failed)?;
        Ok(Self {
            http: http.line(address.base()).map_err(failed)?,
            address,
            name: base.trim_end_matches('/').to_owned(),
        })
    }

    /// The same, for those who use what is below `path` of it. Credentials may be kept for a
    /// path.
    #[must_use]
    pub fn below(self, path: &str) -> Self {
        Self {
            address: self.address.below(path),
            ..self
        }
    }

    /// The address as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Finds what a tag points at. The registry is asked for a description, and only where it
    /// gives none for the manifest.
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
        if let Some(descriptor) = described.map_err(self.at(repository, tag))? {
            return Ok(Some(descriptor));
        }
        let fetched = self.fetch(repository, tag).await?;
        Ok(fetched.map(|(descriptor, _)| descriptor))
    }

    async fn describe(&self, repository: &str, tag: &str) -> Result<Option<Descriptor>, Fault> {
        let url = self.address.manifest(repository, tag)?;
        let request = Request::read("look at the tag", Method::HEAD, url).with(ACCEPT, ACCEPTED);
        let mut patience = Patience::new(&self.http);
        let access = self.pull(repository);
        let reply = transport::send(&self.http, &access, &request, &mut patience).await?;
        if !reply.is_success() {
            // An answer to HEAD has no words: whether it is not there, GET will say.
            return Ok(None);
        }
        let digest = reply
            .header(DIGEST_HEADER)
            .and_then(|text| text.parse().ok());
        let parts = (
            digest,
            reply.length().filter(|size| *size > 0),
            content_type(&reply),
        );
        Ok(match parts {
            (Some(digest), Some(size), Some(media_type)) => {
                Some(Descriptor::new(media_type, digest, size))
            }
            _ => None,
        })
    }

    /// Reads the manifest that a tag points at, in one request.
    ///
    /// # Errors
    /// The registry cannot be read, or the manifest is too large, or is not what the registry
    /// calls it.
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
        fetched.map_err(self.at(repository, tag))
    }

    /// Gives the manifest that was read before, if the tag still points at it.
    async fn confirm(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, Fault> {
        let place = self.cache_place(repository);
        let known = self.http.cache();
        let Some((manifest, bytes)) = known.and_then(|cache| cache.tagged(&place, tag)) else {
            return Ok(None);
        };
        let described = self.describe(repository, tag).await?;
        let same = described.is_some_and(|current| current.digest == manifest.digest);
        Ok(same.then_some((manifest, bytes)))
    }

    fn cache_place(&self, repository: &str) -> String {
        format!("{}{repository}", self.address.base())
    }

    async fn fetch_manifest(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<(Descriptor, Vec<u8>)>, Fault> {
        let url = self.address.manifest(repository, tag)?;
        let request = Request::read("read the manifest", Method::GET, url).with(ACCEPT, ACCEPTED);
        let most = Most::Limit(MANIFEST_LIMIT, "the manifest");
        let fetched = self.get(repository, &request, most).await?;
        let Some((reply, bytes, digest)) = fetched else {
            return Ok(None);
        };
        check_name(&reply, digest)?;
        let media_type = content_type(&reply)
            .filter(|media_type| media_type::is_manifest(media_type))
            .map(str::to_owned)
            .or_else(|| {
                let described: Option<SelfDescribed> = serde_json::from_slice(&bytes).ok();
                described.map(|described| described.media_type)
            })
            .or_else(|| content_type(&reply).map(str::to_owned));
        let media_type = media_type.ok_or_else(|| request.protocol("gives no manifest"))?;
        let descriptor = Descriptor::new(media_type, digest, bytes.len() as u64);
        if let Some(cache) = self.http.cache() {
            cache.keep_tagged(&self.cache_place(repository), tag, &descriptor, &bytes);
        }
        Ok(Some((descriptor, bytes)))
    }

    /// Lists the tags of a repository. An unknown repository has none.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, StoreError> {
        let listed = tags::list(self, repository).await;
        listed.map_err(|fault| StoreError::new(self.repository_name(repository), fault))
    }

    /// Reads content of at most `limit` bytes and checks it.
    ///
    /// # Errors
    /// See [`crate::Store::read`].
    pub async fn read(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.read_checked(repository, descriptor, limit).await;
        read.map_err(self.of(repository, descriptor))
    }

    async fn read_checked(
        &self,
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
        let cache = self.http.cache();
        if let Some(bytes) = cache.and_then(|cache| cache.content(digest, size)) {
            return Ok(Some(bytes));
        }
        for url in self.places(repository, descriptor)? {
            let request = Request::read("read the content", Method::GET, url)
                .with(ACCEPT, accept(descriptor));
            let most = Most::Promised(descriptor.size);
            let fetched = match self.get(repository, &request, most).await {
                Err(Fault::TooLarge { size, .. }) => return Err(wrong_size(descriptor, size)),
                outcome => outcome?,
            };
            let Some((_, bytes, actual)) = fetched else {
                continue;
            };
            check(descriptor, actual, bytes.len() as u64)?;
            if let Some(cache) = cache {
                cache.keep(digest, &bytes);
            }
            return Ok(Some(bytes));
        }
        Ok(None)
    }

    /// Streams content to `out` and checks it on the way. Where the connection breaks, it goes
    /// on with what is missing.
    ///
    /// # Errors
    /// See [`crate::Store::copy`].
    pub async fn copy(
        &self,
        repository: &str,
        descriptor: &Descriptor,
        mut out: &mut (dyn Write + Send),
    ) -> Result<bool, StoreError> {
        let copied = download::copy(self, repository, descriptor, &mut out).await;
        copied.map_err(self.of(repository, descriptor))
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
        let started = download::start(self, repository, descriptor, limit).await;
        started.map_err(self.of(repository, descriptor))
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
        let copied = download::copy(self, repository, descriptor, &mut file).await;
        let there = copied.map_err(self.of(repository, descriptor))?;
        if there {
            file.keep(path)?;
        }
        Ok(there)
    }

    /// Says whether content of this digest and size is there.
    ///
    /// # Errors
    /// The registry could not be asked.
    pub async fn has(&self, repository: &str, descriptor: &Descriptor) -> Result<bool, StoreError> {
        let has = self.has_somewhere(repository, descriptor).await;
        has.map_err(self.of(repository, descriptor))
    }

    async fn has_somewhere(
        &self,
        repository: &str,
        descriptor: &Descriptor,
    ) -> Result<bool, Fault> {
        let access = self.pull(repository);
        for url in self.places(repository, descriptor)? {
            // An answer to HEAD has no words: whether a 404 means what it should, GET will say.
            for method in [Method::HEAD, Method::GET] {
                let request = Request::read("look for the content", method, url.clone())
                    .with(ACCEPT, accept(descriptor));
                let mut patience = Patience::new(&self.http);
                let reply = transport::send(&self.http, &access, &request, &mut patience).await?;
                if request.method == Method::HEAD && !reply.is_success() {
                    continue;
                }
                if let Some(reply) = reply.found(request.step, patience.attempts()).await? {
                    return Ok(reply.length().is_none_or(|size| size == descriptor.size));
                }
            }
        }
        Ok(false)
    }

    /// Opens the registry for writing. Nothing is locked: registries have no locks.
    pub fn writer(&self) -> RemoteWriter<'_> {
        RemoteWriter::new(self)
    }

    /// Reads the whole answer to a request, repeated while there is patience; with the digest of
    /// its bytes.
    async fn get(
        &self,
        repository: &str,
        request: &Request<'_>,
        most: Most,
    ) -> Result<Option<(Reply, Vec<u8>, Digest)>, Fault> {
        let access = self.pull(repository);
        let mut patience = Patience::new(&self.http);
        loop {
            let reply = transport::send(&self.http, &access, request, &mut patience).await?;
            let found = reply.found(request.step, patience.attempts()).await?;
            let Some(mut reply) = found else {
                return Ok(None);
            };
            let (read, limit, what) = match most {
                Most::Limit(limit, what) => (reply.read(limit).await, limit, what),
                Most::Promised(size) => (reply.read_promised(size).await, size, ""),
            };
            match read {
                Ok((bytes, digest)) => return Ok(Some((reply, bytes, digest))),
                Err(Cut::TooLarge(size)) => {
                    let what = what.to_owned();
                    return Err(Fault::TooLarge { what, size, limit });
                }
                Err(Cut::Broken(reason)) => {
                    drop(reply);
                    let fault = request.broken(reason, &patience);
                    if !patience.wait(&fault).await {
                        return Err(fault.into());
                    }
                }
            }
        }
    }

    fn pull<'a>(&'a self, repository: &'a str) -> Access<'a> {
        Access {
            address: &self.address,
            repository,
            push: false,
            from: None,
        }
    }

    /// Where content may be. A manifest can have been stored as a plain blob, too.
    fn places(&self, repository: &str, descriptor: &Descriptor) -> Result<Vec<Url>, Fault> {
        let digest = descriptor.digest;
        let mut places = Vec::new();
        if media_type::is_manifest(&descriptor.media_type) {
            places.push(self.address.manifest(repository, &digest.to_string())?);
        }
        places.push(self.address.blob(repository, digest)?);
        Ok(places)
    }

    fn repository_name(&self, repository: &str) -> String {
        format!("{}/{repository}", self.name)
    }

    fn at(&self, repository: &str, tag: &str) -> impl FnOnce(Fault) -> StoreError {
        let place = format!("{}:{tag}", self.repository_name(repository));
        move |fault| StoreError::new(place, fault)
    }

    fn of(&self, repository: &str, descriptor: &Descriptor) -> impl FnOnce(Fault) -> StoreError {
        let place = format!("{}@{}", self.repository_name(repository), descriptor.digest);
        move |fault| StoreError::new(place, fault)
    }
}

fn accept(descriptor: &Descriptor) -> HeaderValue {
    if media_type::is_manifest(&descriptor.media_type) {
        ACCEPTED
    } else {
        HeaderValue::from_static("*/*")
    }
}

/// The media type without its parameters.
fn content_type(reply: &Reply) -> Option<&str> {
    let value = reply.header(CONTENT_TYPE.as_str())?;
    let media_type = value.split(';').next().unwrap_or(value).trim();
    (!media_type.is_empty()).then_some(media_type)
}

/// How much of an answer is read.
#[derive(Clone, Copy)]
enum Most {
    /// At most so many bytes of what is called so.
    Limit(u64, &'static str),
    /// The length that the content has by its descriptor.
    Promised(u64),
}

/// Checks that a registry calls content by its own digest.
fn check_name(reply: &Reply, actual: Digest) -> Result<(), Fault> {
    let called = reply
        .header(DIGEST_HEADER)
        .and_then(|text| text.parse().ok());
    match called {
        Some(expected) if expected != actual => Err(Fault::Digest { expected, actual }),
        _ => Ok(()),
    }
}

fn wrong_size(descriptor: &Descriptor, actual: u64) -> Fault {
    Fault::Size {
        digest: descriptor.digest,
        expected: descriptor.size,
        actual,
    }
}

fn check(descriptor: &Descriptor, actual: Digest, length: u64) -> Result<(), Fault> {
    if length != descriptor.size {
        return Err(wrong_size(descriptor, length));
    }
    if actual != descriptor.digest {
        let expected = descriptor.digest;
        return Err(Fault::Digest { expected, actual });
    }
    Ok(())
}
