//! A connection to one registry: its address, and requests with the credentials it demands.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{HeaderValue, LOCATION};
use reqwest::{Method, Url};

use super::absence::found;
use super::address::Address;
use super::auth::Access;
use super::challenge;
use super::fault::RemoteFault;
use crate::cache::Cache;
use crate::digest::Digest;
use crate::fault::{Fault, StoreError};
use crate::http::{Http, Shared};
use crate::manifest::Descriptor;
use crate::media_type;
use crate::transport::client::Client;
use crate::transport::fault::HttpFault;
use crate::transport::reply::{BodyError, Reply};
use crate::transport::request::{self, Request};
use crate::transport::retry::Retry;
use crate::transport::url::{same_server, without_login};

/// The media types of manifests, for `Accept`.
pub(super) const MANIFESTS: HeaderValue = HeaderValue::from_static(
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, \
     application/vnd.docker.distribution.manifest.list.v2+json",
);

/// A registry, and what it shares with others.
pub(super) struct Connection {
    shared: Arc<Shared>,
    client: Client,
    cached: bool,
    address: Address,
    name: String,
}

/// How much of a response is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// At most this many bytes, and the name of the content in messages.
    AtMost(u64, &'static str),
    /// The length that the content's descriptor declares.
    Promised(u64),
}

impl Connection {
    pub(super) fn new(http: &Http, base: &str) -> Result<Self, StoreError> {
        let failed = |fault: RemoteFault| StoreError::new(without_login(base), fault.into());
        let address = Address::parse(base).map_err(failed)?;
        let shared = http.shared().map_err(|error| failed(error.into()))?;
        Ok(Self {
            client: shared.client.for_server(address.base()),
            shared,
            cached: http.is_cached(),
            address,
            name: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the same registry, restricted to repositories below a path.
    pub(super) fn below(self, path: &str) -> Self {
        Self {
            address: self.address.below(path),
            ..self
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn cache(&self) -> Option<&Cache> {
        self.shared.cache.as_ref().filter(|_| self.cached)
    }

    /// Access for reading.
    pub(super) fn pull<'a>(&'a self, repository: &'a str) -> Access<'a> {
        Access {
            address: &self.address,
            repository,
            push: false,
            from: None,
        }
    }

    /// Access for writing, and for reading another repository.
    pub(super) fn push<'a>(&'a self, repository: &'a str, from: Option<&'a str>) -> Access<'a> {
        Access {
            push: true,
            from,
            ..self.pull(repository)
        }
    }

    /// Sends a request with the credentials that the registry demands, and retries it after
    /// temporary failures while the budget lasts. The response may have any other status.
    ///
    /// Credentials are sent only to the registry of `access`, whatever the URL of the request.
    pub(super) async fn send(
        &self,
        access: &Access<'_>,
        request: &Request<'_>,
        retry: &mut Retry,
    ) -> Result<Reply, RemoteFault> {
        let (client, auth, step) = (&self.client, &self.shared.auth, request.step);
        let base = access.address.base();
        let at_home = same_server(&request.url, base);
        let mut authorization = if at_home {
            auth.known(client, access, step).await?
        } else {
            None
        };
        let mut answered = false;
        loop {
            let mut reply = request::send(client, request, authorization.as_ref(), retry).await?;
            let demands_login = reply.status() == 401 && same_server(reply.url(), base);
            if !demands_login || !at_home {
                return Ok(reply);
            }
            let challenges = challenge::parse(reply.headers("www-authenticate"));
            // Read to its end, so that the connection can be reused.
            let refusal = reply.fault(step).await.after(retry.attempts());
            drop(reply);
            if answered {
                return Err(refusal.into());
            }
            answered = true;
            let used = authorization.take();
            authorization = auth
                .answer(client, access, &challenges, used.as_ref(), step)
                .await?;
            if authorization.is_none() {
                return Err(refusal.into());
            }
        }
    }

    /// Sends a HEAD request once. Returns `None` for any failure that GET might not share or would
    /// explain better: a response to HEAD has no body with a reason, and some storage services only
    /// allow GET.
    pub(super) async fn head(
        &self,
        access: &Access<'_>,
        mut request: Request<'_>,
    ) -> Result<Option<Reply>, RemoteFault> {
        request.repeatable = false;
        let mut retry = Retry::new(&self.client);
        match self.send(access, &request, &mut retry).await {
            Ok(reply) => Ok(reply.is_success().then_some(reply)),
            Err(fault) if fault.is_login_rejected() => Err(fault),
            Err(RemoteFault::Http(_)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Reads a whole response, with the digest of its bytes; returns `None` if the registry says
    /// that the content does not exist.
    pub(super) async fn get(
        &self,
        repository: &str,
        request: &Request<'_>,
        limit: Limit,
    ) -> Result<Option<(Reply, Vec<u8>, Digest)>, Fault> {
        let access = self.pull(repository);
        let mut retry = Retry::new(&self.client);
        loop {
            let reply = self.send(&access, request, &mut retry).await?;
            let Some(mut reply) = found(reply, request.step, retry.attempts()).await? else {
                return Ok(None);
            };
            let (read, most, what) = match limit {
                Limit::AtMost(most, what) => (reply.read(most).await, most, what),
                Limit::Promised(size) => (reply.read_promised(size).await, size, ""),
            };
            match read {
                Ok((bytes, digest)) => return Ok(Some((reply, bytes, digest))),
                Err(BodyError::TooLarge(size)) => {
                    let what = what.to_owned();
                    return Err(Fault::TooLarge {
                        what,
                        size,
                        limit: most,
                    });
                }
                Err(BodyError::Coded(coding)) => {
                    return Err(request.protocol(BodyError::coded(&coding)).into());
                }
                Err(BodyError::Interrupted(reason)) => {
                    drop(reply);
                    let fault = request.interrupted(reason);
                    if !retry.wait(&fault).await {
                        return Err(fault.after(retry.attempts()).into());
                    }
                }
            }
        }
    }

    /// The URLs under which content may be found. A manifest may have been stored as a plain blob.
    pub(super) fn urls(
        &self,
        repository: &str,
        descriptor: &Descriptor,
    ) -> Result<Vec<Url>, RemoteFault> {
        let digest = descriptor.digest;
        let mut urls = Vec::new();
        if media_type::is_manifest(&descriptor.media_type) {
            let name = digest.to_string();
            urls.push(self.address.manifest(repository, &name)?);
        }
        urls.push(self.address.blob(repository, digest)?);
        Ok(urls)
    }

    /// The URL at which an upload continues. It may be on another server, which receives the
    /// content but no credentials, and must use TLS if the registry does.
    pub(super) fn location(&self, reply: &Reply, request: &Request<'_>) -> Result<Url, HttpFault> {
        let location = reply
            .header(LOCATION.as_str())
            .and_then(|location| reply.url().join(&location).ok())
            .ok_or_else(|| {
                request.protocol("does not name the address at which the upload continues")
            })?;
        let secure = self.address.base().scheme() == "https";
        match location.scheme() {
            "https" => Ok(location),
            "http" if !secure => Ok(location),
            _ => Err(request.protocol(
                "continues the upload in plain HTTP (a proxy in front of it must set X-Forwarded-Proto)",
            )),
        }
    }

    /// The name of the repository in messages.
    pub(super) fn repository_name(&self, repository: &str) -> String {
        format!("{}/{repository}", self.name)
    }

    /// Adds the name of the tag to a fault.
    pub(super) fn at(&self, repository: &str, tag: &str) -> impl FnOnce(Fault) -> StoreError {
        let location = format!("{}:{tag}", self.repository_name(repository));
        move |fault| StoreError::new(location, fault)
    }

    /// Adds the name of the content to a fault.
    pub(super) fn of(
        &self,
        repository: &str,
        descriptor: &Descriptor,
    ) -> impl FnOnce(Fault) -> StoreError {
        let location = format!("{}@{}", self.repository_name(repository), descriptor.digest);
        move |fault| StoreError::new(location, fault)
    }
}

/// A request for content at one of its URLs.
pub(super) fn content_request(
    step: &'static str,
    method: Method,
    url: Url,
    descriptor: &Descriptor,
) -> Request<'static> {
    let accepted = if media_type::is_manifest(&descriptor.media_type) {
        MANIFESTS
    } else {
        HeaderValue::from_static("*/*")
    };
    Request::read(step, method, url).with(reqwest::header::ACCEPT, accepted)
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
