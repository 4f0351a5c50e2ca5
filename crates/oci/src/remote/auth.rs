//! Logging in: the authentication scheme of each registry, and access tokens.
//!
//! A token is requested once per token server, service and scope, however many requests wait for
//! it, and used until ten seconds before it expires. A registry that does not demand a login gets
//! none.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::address::Address;
use super::challenge::Challenge;
use super::fault::RemoteFault;
use crate::credentials::{Credentials, Found, Login};
use crate::transport::authorization::Authorization;
use crate::transport::client::Client;
use crate::transport::fault::HttpFault;
use crate::transport::reply::{BodyError, Reply};
use crate::transport::request::{self, Body, Request};
use crate::transport::retry::Retry;
use crate::transport::url::host;

/// Maximum size in bytes of a response of a token server.
const TOKEN_LIMIT: u64 = 64 << 10;
/// A token is no longer used when less than this time is left until it expires.
const MARGIN: Duration = Duration::from_secs(10);
/// Lifetime in seconds of a token without `expires_in` (distribution, "Token Authentication").
const LIFETIME: f64 = 60.0;
/// Maximum lifetime of a token in seconds, whatever its server declares.
const LONGEST: f64 = 24.0 * 3600.0;

/// What a request needs access to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access<'a> {
    pub(crate) address: &'a Address,
    pub(crate) repository: &'a str,
    /// Whether the request writes.
    pub(crate) push: bool,
    /// Another repository that the request reads from.
    pub(crate) from: Option<&'a str>,
}

/// The authentication state of a run.
pub(crate) struct Auth {
    credentials: Arc<dyn Credentials>,
    /// By base address.
    schemes: Mutex<HashMap<String, Scheme>>,
    /// By registry and path, and by repository.
    logins: Slots<(String, String), OnceCell<Option<Found>>>,
    tokens: Slots<TokenKey, tokio::sync::Mutex<Option<Token>>>,
}

/// One value per key, created once however many threads wait for it.
type Slots<K, V> = Mutex<HashMap<K, Arc<V>>>;

#[derive(Clone, Debug)]
enum Scheme {
    Basic,
    Bearer(Realm),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Realm {
    url: Url,
    service: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct TokenKey {
    registry: String,
    realm: Realm,
    repository: String,
    push: bool,
    from: Option<String>,
}

#[derive(Debug)]
struct Token {
    authorization: Authorization,
    requested: Instant,
    lifetime: Duration,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<serde_json::Value>,
}

impl Access<'_> {
    fn scope(&self) -> String {
        let actions = if self.push { "pull,push" } else { "pull" };
        format!("repository:{}:{actions}", self.repository)
    }

    fn key(&self, realm: &Realm, push: bool) -> TokenKey {
        TokenKey {
            registry: self.address.registry_and_path(),
            realm: realm.clone(),
            repository: self.repository.to_owned(),
            push,
            from: self.from.map(str::to_owned),
        }
    }

    fn protocol(&self, step: &'static str, reason: &str) -> RemoteFault {
        let fault = HttpFault::Protocol {
            step,
            host: self.address.host().to_owned(),
            reason: reason.to_owned(),
        };
        fault.into()
    }
}

impl Auth {
    pub(crate) fn new(credentials: Arc<dyn Credentials>) -> Self {
        Self {
            credentials,
            schemes: Mutex::default(),
            logins: Slots::default(),
            tokens: Slots::default(),
        }
    }

    /// The authorization for a registry that is known to demand one.
    pub(crate) async fn known(
        &self,
        client: &Client,
        access: &Access<'_>,
        step: &'static str,
    ) -> Result<Option<Authorization>, RemoteFault> {
        let scheme = lock(&self.schemes)
            .get(access.address.base().as_str())
            .cloned();
        match scheme {
            None => Ok(None),
            Some(Scheme::Basic) => {
                let found = self.login(access).await?;
                Ok(found.as_ref().and_then(basic))
            }
            Some(Scheme::Bearer(realm)) => {
                self.bearer(client, access, &realm, None, None, step).await
            }
        }
    }

    /// Handles a 401 response. `used` is the authorization that was sent with the request. Returns
    /// `None` if there is nothing else to try.
    pub(crate) async fn answer(
        &self,
        client: &Client,
        access: &Access<'_>,
        challenges: &[Challenge],
        used: Option<&Authorization>,
        step: &'static str,
    ) -> Result<Option<Authorization>, RemoteFault> {
        let bearer = challenges.iter().find_map(|challenge| match challenge {
            Challenge::Bearer {
                realm,
                service,
                scope,
            } => Some((Url::parse(realm).ok()?, service.clone(), scope.as_deref())),
            Challenge::Basic => None,
        });
        if let Some((url, service, scope)) = bearer {
            let realm = Realm { url, service };
            self.remember(access, Scheme::Bearer(realm.clone()));
            return self.bearer(client, access, &realm, scope, used, step).await;
        }
        if !challenges.contains(&Challenge::Basic) {
            let reason = "demands an unsupported authentication scheme";
            return Err(access.protocol(step, reason));
        }
        self.remember(access, Scheme::Basic);
        let found = self.login(access).await?;
        let basic = found.as_ref().and_then(basic);
        Ok(basic.filter(|basic| used != Some(basic)))
    }

    fn remember(&self, access: &Access<'_>, scheme: Scheme) {
        lock(&self.schemes).insert(access.address.base().to_string(), scheme);
    }

    async fn login(&self, access: &Access<'_>) -> Result<Option<Found>, RemoteFault> {
        let wanted = access.address.wanted(access.repository);
        let key = (
            access.address.registry_and_path(),
            wanted.repository.clone(),
        );
        let cell = slot(&self.logins, key);
        let found = cell.get_or_try_init(|| async {
            let credentials = Arc::clone(&self.credentials);
            let search = tokio::task::spawn_blocking(move || credentials.find(&wanted));
            let interrupted = |_| {
                let reason = "the search for a login was interrupted";
                HttpFault::Setup(reason.to_owned())
            };
            search
                .await
                .map_err(interrupted)?
                .map_err(RemoteFault::from)
        });
        found.await.cloned()
    }

    /// Returns a token that was requested before, or requests a new one. `used` was rejected.
    async fn bearer(
        &self,
        client: &Client,
        access: &Access<'_>,
        realm: &Realm,
        scope: Option<&str>,
        used: Option<&Authorization>,
        step: &'static str,
    ) -> Result<Option<Authorization>, RemoteFault> {
        let found = self.login(access).await?;
        if let Some(Found {
            login: Login::Access(token),
            origin,
        }) = &found
        {
            let authorization = Authorization::new("Bearer", token, Some(origin));
            return Ok(authorization.filter(|own| used != Some(own)));
        }
        // A token for pushing is also good for pulling.
        if !access.push {
            let there = lock(&self.tokens).get(&access.key(realm, true)).cloned();
            if let Some(slot) = there
                && let Some(token) = &*slot.lock().await
                && token.serves(used)
            {
                return Ok(Some(token.authorization.clone()));
            }
        }
        let slot = slot(&self.tokens, access.key(realm, access.push));
        // Held while the token is requested: others wait for it.
        let mut token = slot.lock().await;
        if let Some(token) = &*token
            && token.serves(used)
        {
            return Ok(Some(token.authorization.clone()));
        }
        *token = None;
        let new = request_token(client, access, realm, scope, found.as_ref(), step).await?;
        let authorization = new.authorization.clone();
        *token = Some(new);
        Ok(Some(authorization))
    }
}

impl Token {
    fn serves(&self, refused: Option<&Authorization>) -> bool {
        self.requested.elapsed() < self.lifetime && refused != Some(&self.authorization)
    }
}

/// Requests a token from a token server.
async fn request_token(
    client: &Client,
    access: &Access<'_>,
    realm: &Realm,
    scope: Option<&str>,
    found: Option<&Found>,
    step: &'static str,
) -> Result<Token, RemoteFault> {
    check_realm(access, realm, found, step)?;
    let request = token_request(access, realm, scope, found, step);
    let authorization = found.and_then(basic);
    let mut retry = Retry::new(client);
    let bytes = loop {
        let mut reply = request::send(client, &request, authorization.as_ref(), &mut retry).await?;
        if !reply.is_success() {
            return Err(refused(&mut reply, found, step, &retry).await.into());
        }
        match reply.read(TOKEN_LIMIT).await {
            Ok((bytes, _)) => break bytes,
            Err(BodyError::TooLarge(_)) => {
                let reason = format!("sends a token of more than {TOKEN_LIMIT} bytes");
                return Err(request.protocol(reason).into());
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
    };
    // The parser's own message could repeat the token.
    let answer: Option<TokenAnswer> = serde_json::from_slice(&bytes).ok();
    let text = answer.as_ref().and_then(|answer| {
        let texts = [&answer.token, &answer.access_token];
        texts.into_iter().flatten().find(|text| !text.is_empty())
    });
    let login = found.map(|found| found.origin.as_str());
    let authorization = text.and_then(|text| Authorization::new("Bearer", text, login));
    let authorization =
        authorization.ok_or_else(|| request.protocol("does not answer with a token"))?;
    let lifetime = answer
        .and_then(|answer| answer.expires_in?.as_f64())
        .filter(|seconds| *seconds > 0.0)
        .unwrap_or(LIFETIME);
    let lifetime = Duration::from_secs_f64(lifetime.min(LONGEST));
    Ok(Token {
        authorization,
        requested: Instant::now(),
        lifetime: lifetime.saturating_sub(MARGIN),
    })
}

/// Credentials are sent to the token server that a registry names, over TLS; over plain HTTP only
/// if the registry itself uses plain HTTP and is on the same host.
fn check_realm(
    access: &Access<'_>,
    realm: &Realm,
    found: Option<&Found>,
    step: &'static str,
) -> Result<(), RemoteFault> {
    let base = access.address.base();
    match realm.url.scheme() {
        "https" => Ok(()),
        "http" if base.scheme() == "http" => {
            if found.is_none() || realm.url.host_str() == base.host_str() {
                return Ok(());
            }
            let reason =
                "names a token server on another host that would get the login in plain HTTP";
            Err(access.protocol(step, reason))
        }
        _ => Err(access.protocol(step, "names a token server that does not use TLS")),
    }
}

fn token_request(
    access: &Access<'_>,
    realm: &Realm,
    scope: Option<&str>,
    found: Option<&Found>,
    step: &'static str,
) -> Request<'static> {
    let needed = access.scope();
    let other = access.from.map(|from| format!("repository:{from}:pull"));
    // The registry may demand more than the scopes that are known here.
    let further = scope.unwrap_or_default().split_whitespace();
    let mut scopes = vec![needed.as_str()];
    scopes.extend(other.as_deref());
    scopes.extend(further.filter(|scope| *scope != needed && Some(*scope) != other.as_deref()));
    let mut url = realm.url.clone();
    let mut request;
    if let Some(Found {
        login: Login::Identity(token),
        ..
    }) = found
    {
        // Used only to encode the form; the token must not be part of a URL.
        let mut form = realm.url.clone();
        form.set_query(None);
        form.query_pairs_mut()
            .append_pair("grant_type", "refresh_token")
            .append_pair("client_id", "plugyard")
            .append_pair("service", realm.service.as_deref().unwrap_or_default())
            .append_pair("scope", &scopes.join(" "))
            .append_pair("refresh_token", token);
        let body = form.query().unwrap_or_default().to_owned();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let body = Body::Bytes(Bytes::from(body));
        request = Request::write(step, Method::POST, url, body).with(CONTENT_TYPE, kind);
    } else {
        let mut query = url.query_pairs_mut();
        if let Some(service) = &realm.service {
            query.append_pair("service", service);
        }
        for scope in scopes {
            query.append_pair("scope", scope);
        }
        drop(query);
        request = Request::read(step, Method::GET, url);
    }
    request.elsewhere = false;
    request
}

async fn refused(
    reply: &mut Reply,
    found: Option<&Found>,
    step: &'static str,
    retry: &Retry,
) -> HttpFault {
    let login = found.map(|found| found.origin.clone());
    match reply.fault(step).await.after(retry.attempts()) {
        // The response of OAuth 2.0 to a token that the server does not accept.
        HttpFault::Answer {
            status: 400,
            message,
            ..
        } if login.is_some() => HttpFault::Denied {
            step,
            host: host(reply.url()),
            status: 401,
            message,
            login,
        },
        HttpFault::Denied {
            step,
            host,
            status,
            message,
            ..
        } => HttpFault::Denied {
            step,
            host,
            status,
            message,
            login,
        },
        other => other,
    }
}

fn basic(found: &Found) -> Option<Authorization> {
    let Login::Password { user, password } = &found.login else {
        return None;
    };
    let value = STANDARD.encode(format!("{user}:{password}"));
    Authorization::new("Basic", &value, Some(&found.origin))
}

/// Locks even if a thread panicked while holding the lock: every state is consistent.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn slot<K: Eq + Hash, V: Default>(slots: &Slots<K, V>, key: K) -> Arc<V> {
    Arc::clone(lock(slots).entry(key).or_default())
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}
