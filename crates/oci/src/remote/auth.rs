//! Logging in: which way a registry wants it, and the tokens it takes.
//!
//! A token is bought once for each server of tokens, service and scope, however many requests
//! wait for it, and used until ten seconds before its end. Nothing is asked of a registry that
//! does not ask us first.

use std::collections::HashMap;
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

use super::RemoteFault;
use super::address::{self, Address};
use super::challenge::Challenge;
use super::patience::Patience;
use super::reply::{Cut, Reply};
use super::transport::{self, Body, Request};
use crate::credentials::{Found, Login};
use crate::http::Line;

/// Most bytes of the answer of a server of tokens.
const TOKEN_LIMIT: u64 = 64 << 10;
/// So long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(10);
/// Lifetime of a token that does not say (distribution's token specification).
const LIFETIME: f64 = 60.0;
/// No token is trusted for longer.
const LONGEST: f64 = 24.0 * 3600.0;

/// What is to be done, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access<'a> {
    pub(crate) address: &'a Address,
    pub(crate) repository: &'a str,
    /// Whether more than reading is meant.
    pub(crate) push: bool,
    /// A further repository that is read.
    pub(crate) from: Option<&'a str>,
}

/// The value of an `Authorization` header, and where its credentials are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    header: HeaderValue,
    login: Option<String>,
}

/// What is known about logins.
#[derive(Debug, Default)]
pub(crate) struct Auth {
    schemes: Mutex<HashMap<String, Scheme>>,
    /// By place and repository.
    logins: Slots<(String, String), OnceCell<Option<Found>>>,
    tokens: Slots<TokenKey, tokio::sync::Mutex<Option<Token>>>,
}

/// What is worked out once for each key, however many wait for it.
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
    place: String,
    realm: Realm,
    repository: String,
    push: bool,
    from: Option<String>,
}

#[derive(Debug)]
struct Token {
    authorization: Authorization,
    until: Instant,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<serde_json::Value>,
}

impl Authorization {
    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }

    pub(crate) fn login(&self) -> Option<&str> {
        self.login.as_deref()
    }

    fn new(scheme: &str, value: &str, login: Option<&str>) -> Option<Self> {
        let mut header = HeaderValue::try_from(format!("{scheme} {value}")).ok()?;
        header.set_sensitive(true);
        Some(Self {
            header,
            login: login.map(str::to_owned),
        })
    }

    fn basic(found: &Found) -> Option<Self> {
        let Login::Password { user, password } = &found.login else {
            return None;
        };
        let value = STANDARD.encode(format!("{user}:{password}"));
        Self::new("Basic", &value, Some(&found.origin))
    }
}

impl Access<'_> {
    fn scope(&self) -> String {
        let actions = if self.push { "pull,push" } else { "pull" };
        format!("repository:{}:{actions}", self.repository)
    }

    fn key(&self, realm: &Realm, push: bool) -> TokenKey {
        TokenKey {
            place: self.address.place(),
            realm: realm.clone(),
            repository: self.repository.to_owned(),
            push,
            from: self.from.map(str::to_owned),
        }
    }

    fn protocol(&self, step: &'static str, reason: &str) -> RemoteFault {
        RemoteFault::Protocol {
            step,
            host: self.address.host().to_owned(),
            reason: reason.to_owned(),
        }
    }
}

impl Auth {
    /// Gives the authorization for a registry that is known to want one.
    pub(crate) async fn known(
        &self,
        http: &Line,
        access: &Access<'_>,
        step: &'static str,
    ) -> Result<Option<Authorization>, RemoteFault> {
        let scheme = lock(&self.schemes)
            .get(access.address.base().as_str())
            .cloned();
        match scheme {
            None => Ok(None),
            Some(Scheme::Basic) => {
                let found = self.login(http, access).await?;
                Ok(found.as_ref().and_then(Authorization::basic))
            }
            Some(Scheme::Bearer(realm)) => {
                self.bearer(http, access, &realm, None, None, step).await
            }
        }
    }

    /// Answers a 401. `used` is what was sent with the request; nothing else to be tried is
    /// `None`.
    pub(crate) async fn answer(
        &self,
        http: &Line,
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
            return self.bearer(http, access, &realm, scope, used, step).await;
        }
        if !challenges.contains(&Challenge::Basic) {
            let reason = "asks for a login of a kind that is not known here";
            return Err(access.protocol(step, reason));
        }
        self.remember(access, Scheme::Basic);
        let found = self.login(http, access).await?;
        let basic = found.as_ref().and_then(Authorization::basic);
        Ok(basic.filter(|basic| used != Some(basic)))
    }

    fn remember(&self, access: &Access<'_>, scheme: Scheme) {
        lock(&self.schemes).insert(access.address.base().to_string(), scheme);
    }

    async fn login(&self, http: &Line, access: &Access<'_>) -> Result<Option<Found>, RemoteFault> {
        let (place, wanted) = (
            access.address.place(),
            access.address.wanted(access.repository),
        );
        let cell = slot(&self.logins, (place, wanted.repository.clone()));
        let found = cell.get_or_try_init(|| async {
            let credentials = Arc::clone(http.credentials());
            let search = tokio::task::spawn_blocking(move || credentials.find(&wanted));
            match search.await {
                Ok(found) => found.map_err(RemoteFault::from),
                Err(_) => Err(RemoteFault::Setup(
                    "the search for a login broke off".to_owned(),
                )),
            }
        });
        found.await.cloned()
    }

    /// Gives a token: one that is there, else a new one. `used` was refused.
    async fn bearer(
        &self,
        http: &Line,
        access: &Access<'_>,
        realm: &Realm,
        scope: Option<&str>,
        used: Option<&Authorization>,
        step: &'static str,
    ) -> Result<Option<Authorization>, RemoteFault> {
        let found = self.login(http, access).await?;
        if let Some(Found {
            login: Login::Access(token),
            origin,
        }) = &found
        {
            let authorization = Authorization::new("Bearer", token, Some(origin));
            return Ok(authorization.filter(|own| used != Some(own)));
        }
        // Who may push may pull, too.
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
        // Held while the token is bought: who comes second waits for it.
        let mut token = slot.lock().await;
        if let Some(token) = &*token
            && token.serves(used)
        {
            return Ok(Some(token.authorization.clone()));
        }
        *token = None;
        let bought = buy(http, access, realm, scope, found.as_ref(), step).await?;
        let authorization = bought.authorization.clone();
        *token = Some(bought);
        Ok(Some(authorization))
    }
}

impl Token {
    fn serves(&self, refused: Option<&Authorization>) -> bool {
        Instant::now() < self.until && refused != Some(&self.authorization)
    }
}

/// Buys a token from a server of tokens.
async fn buy(
    http: &Line,
    access: &Access<'_>,
    realm: &Realm,
    scope: Option<&str>,
    found: Option<&Found>,
    step: &'static str,
) -> Result<Token, RemoteFault> {
    check_realm(access, realm, found, step)?;
    let request = token_request(access, realm, scope, found, step);
    let authorization = found.and_then(Authorization::basic);
    let mut patience = Patience::new(http);
    let bytes = loop {
        let mut reply =
            transport::attempt(http, &request, authorization.as_ref(), &mut patience).await?;
        if !reply.is_success() {
            return Err(refused(&mut reply, found, step, &patience).await);
        }
        match reply.read(TOKEN_LIMIT).await {
            Ok((bytes, _)) => break bytes,
            Err(Cut::TooLarge(_)) => {
                return Err(request.protocol("gives a token that is too large"));
            }
            Err(Cut::Broken(reason)) => {
                drop(reply);
                let fault = request.broken(reason, &patience);
                if !patience.wait(&fault).await {
                    return Err(fault);
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
    let authorization = authorization.ok_or_else(|| request.protocol("gives no token"))?;
    let lifetime = answer
        .and_then(|answer| answer.expires_in?.as_f64())
        .filter(|seconds| *seconds > 0.0)
        .unwrap_or(LIFETIME);
    let lifetime = Duration::from_secs_f64(lifetime.min(LONGEST));
    Ok(Token {
        authorization,
        until: Instant::now() + lifetime.saturating_sub(MARGIN),
    })
}

/// Credentials go to the server of tokens that a registry names, if nobody can read them on the
/// way, or if the registry itself is spoken to in plain HTTP and it is on the same host.
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
            let reason = "wants the login to go to another host in plain HTTP";
            Err(access.protocol(step, reason))
        }
        _ => Err(access.protocol(step, "names a server of tokens that is not reached by TLS")),
    }
}

fn token_request(
    access: &Access<'_>,
    realm: &Realm,
    scope: Option<&str>,
    found: Option<&Found>,
    step: &'static str,
) -> Request<'static> {
    let own = access.scope();
    let other = access.from.map(|from| format!("repository:{from}:pull"));
    // The registry may want more than we know of.
    let further = scope.unwrap_or_default().split_whitespace();
    let mut scopes = vec![own.as_str()];
    scopes.extend(other.as_deref());
    scopes.extend(further.filter(|scope| *scope != own && Some(*scope) != other.as_deref()));
    let mut url = realm.url.clone();
    let mut request;
    if let Some(Found {
        login: Login::Identity(token),
        ..
    }) = found
    {
        // Only to encode it; the token must not be part of an address.
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
    patience: &Patience,
) -> RemoteFault {
    let fault = reply.fault(step, patience.attempts()).await;
    match fault {
        // OAuth 2.0 answers so to a token that it does not take.
        RemoteFault::Answer {
            status: 400,
            message,
            ..
        } if found.is_some() => RemoteFault::Denied {
            step,
            host: address::host(reply.url()),
            message,
            login: found.map(|found| found.origin.clone()),
        },
        RemoteFault::Denied {
            step,
            host,
            message,
            ..
        } => RemoteFault::Denied {
            step,
            host,
            message,
            login: found.map(|found| found.origin.clone()),
        },
        other => other,
    }
}

/// A lock; what a thread that panicked has left is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn slot<K: Eq + Hash, V: Default>(slots: &Slots<K, V>, key: K) -> Arc<V> {
    Arc::clone(lock(slots).entry(key).or_default())
}
