//! `credentials.config.ocm.software`: credentials, and other sources of credentials.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use oci::Reporter;
use oci::credentials::{
    Credentials, CredentialsError, DockerConfig, DockerFiles, Found, Login, Wanted,
};

use super::identity::Identity;
use super::plain_http::PlainHttp;
use super::source::{Source, member};
use super::{Config, ConfigError};
use crate::yaml::Node;

/// The credentials in the files.
#[derive(Clone, Debug, Default)]
pub struct CredentialsConfig {
    consumers: Vec<Consumer>,
    docker: Vec<Docker>,
}

/// Credentials for consumers that match one of the identities.
#[derive(Clone, Debug)]
struct Consumer {
    identities: Vec<Identity>,
    credentials: Vec<Given>,
    /// `FILE:LINE`.
    origin: String,
}

#[derive(Clone, Debug)]
enum Docker {
    /// The default docker and podman files.
    Default,
    Config(DockerConfig),
}

#[derive(Clone, Debug)]
enum Given {
    Typed(Secrets),
    Bag(Secrets),
}

#[derive(Clone, Default)]
struct Secrets {
    username: Option<String>,
    password: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl CredentialsConfig {
    pub(super) fn merge(&mut self, later: Self) {
        self.consumers.extend(later.consumers);
        self.docker.extend(later.docker);
    }

    /// The given docker configurations that are files.
    pub fn docker_files(&self) -> impl Iterator<Item = &std::path::Path> {
        self.docker.iter().filter_map(|docker| match docker {
            Docker::Config(DockerConfig::File(path)) => Some(path.as_path()),
            _ => None,
        })
    }

    pub(super) fn read(
        &mut self,
        source: Source<'_>,
        item: &Node,
        warnings: &mut Vec<ConfigError>,
    ) -> Result<(), ConfigError> {
        for node in source.list(item, "repositories")? {
            source.mapping(node)?;
            let Some(repository) = member(node, "repository") else {
                continue;
            };
            source.mapping(repository)?;
            match source.text(repository, "type")? {
                Some("DockerConfig" | "DockerConfig/v1") => {
                    self.docker.push(docker(source, repository)?);
                }
                _ => warnings.push(source.wrong(
                    repository,
                    "credentials are read from repositories of type DockerConfig/v1 only, and not from this one",
                )),
            }
        }
        for node in source.list(item, "consumers")? {
            let consumer = Consumer::read(source, node)?;
            // The form that version 1 used for what is now a pattern.
            if consumer.identities.iter().any(|one| one.has("pathprefix")) {
                let message =
                    "`pathprefix` matches nothing: write `path` with a pattern, such as `team/*`";
                warnings.push(source.wrong(node, message));
            }
            self.consumers.push(consumer);
        }
        Ok(())
    }
}

fn docker(source: Source<'_>, repository: &Node) -> Result<Docker, ConfigError> {
    let set = |key| {
        Ok(source
            .text(repository, key)?
            .filter(|text| !text.is_empty()))
    };
    if let Some(text) = set("dockerConfig")? {
        return Ok(Docker::Config(DockerConfig::Inline {
            text: text.to_owned(),
            origin: format!("`dockerConfig` of {}", source.line(repository)),
        }));
    }
    Ok(match set("dockerConfigFile")? {
        Some(path) => Docker::Config(DockerConfig::File(source.path(path))),
        None => Docker::Default,
    })
}

impl Consumer {
    fn read(source: Source<'_>, node: &Node) -> Result<Self, ConfigError> {
        source.mapping(node)?;
        let single = member(node, "identity");
        let identities = single.into_iter().chain(source.list(node, "identities")?);
        let identities: Result<_, _> = identities.map(|one| identity(source, one)).collect();
        let mut credentials = Vec::new();
        for given in source.list(node, "credentials")? {
            source.mapping(given)?;
            match source.text(given, "type")? {
                Some("OCICredentials" | "OCICredentials/v1") => {
                    credentials.push(Given::Typed(secrets(source, given)?));
                }
                Some(
                    "Credentials" | "Credentials/v1" | "DirectCredentials" | "DirectCredentials/v1",
                ) => {
                    if let Some(properties) = member(given, "properties") {
                        source.mapping(properties)?;
                        credentials.push(Given::Bag(secrets(source, properties)?));
                    }
                }
                // Used by other tools and for other kinds of servers.
                _ => {}
            }
        }
        Ok(Self {
            identities: identities?,
            credentials,
            origin: source.line(node),
        })
    }
}

fn identity(source: Source<'_>, node: &Node) -> Result<Identity, ConfigError> {
    let pairs = source.mapping(node)?.iter();
    let pairs: Result<Vec<_>, _> = pairs
        .map(|(key, value)| Ok((key.key().into_owned(), source.text_of(value)?.to_owned())))
        .collect();
    Ok(Identity::new(pairs?))
}

fn secrets(source: Source<'_>, node: &Node) -> Result<Secrets, ConfigError> {
    let set = |key| {
        let text = source.text(node, key)?.filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    };
    Ok(Secrets {
        username: set("username")?,
        password: set("password")?,
        access_token: set("accessToken")?,
        refresh_token: set("refreshToken")?,
    })
}

impl Secrets {
    fn login(self) -> Option<Login> {
        if let Some(token) = self.access_token {
            return Some(Login::Access(token));
        }
        if let Some(token) = self.refresh_token {
            return Some(Login::Identity(token));
        }
        let (user, password) = (self.username?, self.password?);
        Some(Login::Password { user, password })
    }

    /// Another property bag adds and replaces properties.
    fn merge(self, later: Self) -> Self {
        Self {
            username: later.username.or(self.username),
            password: later.password.or(self.password),
            access_token: later.access_token.or(self.access_token),
            refresh_token: later.refresh_token.or(self.refresh_token),
        }
    }
}

/// The credentials of a user: those of the configuration, then those of docker and podman.
///
/// Of several matching consumers, the most specific one is used; of equally specific ones, the
/// first. If no consumer matches, the files of docker and podman are read: those that the
/// configuration names, or the default ones if it names none.
pub struct Logins {
    consumers: Vec<Consumer>,
    docker: Vec<DockerFiles>,
    plain_http: PlainHttp,
    reporter: Arc<dyn Reporter>,
    /// Servers for which a report said that they receive no credentials.
    reported: Mutex<BTreeSet<String>>,
}

impl Logins {
    /// Uses the credentials of `config`. `default_files` returns the files that docker and podman
    /// read.
    ///
    /// Over plain HTTP, credentials are sent only to servers that `config` or `named` names with
    /// `http://`. If another server demands some, that is reported to `reporter`.
    pub fn new(
        config: &Config,
        default_files: impl Fn() -> DockerFiles,
        named: PlainHttp,
        reporter: Arc<dyn Reporter>,
    ) -> Self {
        let credentials = &config.credentials;
        let files = credentials.docker.iter().map(|docker| match docker {
            Docker::Default => default_files(),
            Docker::Config(config) => default_files().reading([config.clone()]),
        });
        let mut docker: Vec<_> = files.collect();
        if docker.is_empty() {
            docker.push(default_files());
        }
        let mut plain_http = config.plain_http();
        plain_http.extend(named);
        Self {
            consumers: credentials.consumers.clone(),
            docker,
            plain_http,
            reporter,
            reported: Mutex::default(),
        }
    }

    fn configured(&self, wanted: &Identity, accepted: impl Fn(&Identity) -> bool) -> Option<Found> {
        let mut matching: Vec<(&Identity, &Consumer)> = Vec::new();
        for consumer in &self.consumers {
            for identity in &consumer.identities {
                if identity.is_registry() && wanted.matches(identity) && accepted(identity) {
                    matching.push((identity, consumer));
                }
            }
        }
        // The sort is stable: of equally specific consumers, the first stays first. An exact match
        // takes precedence.
        matching.sort_by_key(|(identity, _)| Reverse((*identity == wanted, identity.closeness())));
        matching.iter().find_map(|(identity, consumer)| {
            let same = matching.iter().filter(|(other, _)| other == identity);
            let login = login(same.map(|(_, consumer)| *consumer))?;
            let origin = consumer.origin.clone();
            Some(Found { login, origin })
        })
    }

    /// Reports once that a server demands credentials and receives none.
    fn withhold(&self, host: &str) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.insert(host.to_owned()) {
            self.reporter.warning(&format_args!(
                "{host} asks for a login, and gets none in plain HTTP: name http://{host} on the command line or in the OCM configuration to allow that"
            ));
        }
    }
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins")
            .field("consumers", &self.consumers)
            .field("docker", &self.docker)
            .finish_non_exhaustive()
    }
}

/// The credentials of consumers with the same identity: the first typed ones, else all property bags merged.
fn login<'a>(consumers: impl Iterator<Item = &'a Consumer>) -> Option<Login> {
    let mut bags = Secrets::default();
    for given in consumers.flat_map(|consumer| &consumer.credentials) {
        match given {
            Given::Typed(secrets) => return secrets.clone().login(),
            Given::Bag(secrets) => bags = bags.merge(secrets.clone()),
        }
    }
    bags.login()
}

impl Credentials for Logins {
    fn find(&self, wanted: &Wanted) -> Result<Option<Found>, CredentialsError> {
        let identity = Identity::of_registry(&wanted.spelled, &wanted.path);
        if wanted.is_plain_http() && !self.plain_http.allows(&wanted.host) {
            // A consumer with the scheme `http` also names the address.
            let found = self.configured(&identity, Identity::is_plain_http);
            if found.is_none() {
                self.withhold(&wanted.host);
            }
            return Ok(found);
        }
        if let Some(found) = self.configured(&identity, |_| true) {
            return Ok(Some(found));
        }
        for files in &self.docker {
            if let Some(found) = files.find(wanted)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
