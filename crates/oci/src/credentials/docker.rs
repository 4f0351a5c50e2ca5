//! The files in which docker and podman keep logins.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;

use crate::file;

use super::{Credentials, CredentialsError, Found, Login, Wanted, helper};

/// How long a helper may take: a person may have to unlock a key ring.
const PATIENCE: Duration = Duration::from_mins(1);
/// Most bytes of a file.
const LIMIT: u64 = 4 << 20;

/// The folders of a user and a session, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Locations {
    /// `$DOCKER_CONFIG`; takes the place of `.docker` in the home.
    pub docker_config: Option<PathBuf>,
    /// The home.
    pub home: Option<PathBuf>,
    /// `$XDG_RUNTIME_DIR`.
    pub runtime: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`; `.config` in the home if absent.
    pub config: Option<PathBuf>,
}

/// A configuration in the format of docker. Its debug form has no secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum DockerConfig {
    /// A file; one that does not exist is an empty one.
    File(PathBuf),
    /// A text.
    Inline {
        /// The JSON.
        text: String,
        /// Where it is from, for messages.
        origin: String,
    },
}

impl fmt::Debug for DockerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DockerConfig({})", self.origin())
    }
}

impl DockerConfig {
    fn origin(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Inline { origin, .. } => origin.clone(),
        }
    }

    fn read(&self) -> Result<Option<File>, CredentialsError> {
        match self {
            Self::File(path) => read(path),
            Self::Inline { text, .. } if text.is_empty() => Ok(None),
            Self::Inline { text, origin } => parse(text.as_bytes(), origin).map(Some),
        }
    }
}

/// The logins of docker and podman.
///
/// The files are asked in order, and the first that has credentials wins. Within a file: the
/// helper for the registry, then what the file itself holds, then the helper for everything.
/// Files are read when they are needed; a helper is asked once for each server.
#[derive(Debug)]
pub struct DockerFiles {
    configs: Vec<DockerConfig>,
    patience: Duration,
    asked: Mutex<HashMap<(String, String), Option<Login>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    cred_helpers: Option<BTreeMap<String, String>>,
    creds_store: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

impl DockerFiles {
    /// Looks where docker and podman look.
    pub fn new(locations: &Locations) -> Self {
        let home = locations.home.as_deref();
        let in_home = |folder: &str| home.map(|home| home.join(folder));
        let docker = locations
            .docker_config
            .clone()
            .or_else(|| in_home(".docker"));
        let config = locations.config.clone().or_else(|| in_home(".config"));
        let paths = [
            docker.map(|folder| folder.join("config.json")),
            locations
                .runtime
                .as_ref()
                .map(|folder| folder.join("containers/auth.json")),
            config.map(|folder| folder.join("containers/auth.json")),
        ];
        Self::of(paths.into_iter().flatten().map(DockerConfig::File))
    }

    /// Looks in these.
    pub fn of(configs: impl IntoIterator<Item = DockerConfig>) -> Self {
        Self {
            configs: configs.into_iter().collect(),
            patience: PATIENCE,
            asked: Mutex::default(),
        }
    }

    /// The same, with another patience for helpers.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn find_in(
        &self,
        config: &DockerConfig,
        host: &str,
        repository: &str,
    ) -> Result<Option<Found>, CredentialsError> {
        let Some(file) = config.read()? else {
            return Ok(None);
        };
        if let Some(helpers) = &file.cred_helpers
            && let Some((_, name)) = best(helpers, host, repository)
            && let Some(login) = self.ask(name, &server(host))?
        {
            let origin = format!("docker-credential-{name}");
            return Ok(Some(Found { login, origin }));
        }
        let entry = file
            .auths
            .as_ref()
            .and_then(|auths| best(auths, host, repository));
        if let Some((key, Some(entry))) = entry
            && let Some(login) = entry.login().map_err(|reason| CredentialsError::File {
                file: config.origin(),
                reason: format!("`auths`, `{key}`: {reason}"),
            })?
        {
            let origin = config.origin();
            return Ok(Some(Found { login, origin }));
        }
        if let Some(name) = file.creds_store.as_deref().filter(|name| !name.is_empty()) {
            // The key of an empty entry is how the server was called at the login.
            let server = entry.map_or_else(|| server(host), |(key, _)| key.clone());
            if let Some(login) = self.ask(name, &server)? {
                let origin = format!("docker-credential-{name}");
                return Ok(Some(Found { login, origin }));
            }
        }
        Ok(None)
    }

    fn ask(&self, name: &str, server: &str) -> Result<Option<Login>, CredentialsError> {
        // Held while the helper runs: who comes second waits for its answer.
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name.to_owned(), server.to_owned());
        if let Some(known) = asked.get(&key) {
            return Ok(known.clone());
        }
        let login = helper::get(name, server, self.patience)?;
        asked.insert(key, login.clone());
        Ok(login)
    }
}

impl Credentials for DockerFiles {
    fn find(&self, wanted: &Wanted) -> Result<Option<Found>, CredentialsError> {
        for config in &self.configs {
            if let Some(found) = self.find_in(config, &wanted.host, &wanted.repository)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

impl Entry {
    fn login(&self) -> Result<Option<Login>, &'static str> {
        let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = set(&self.identitytoken) {
            return Ok(Some(Login::Identity(token)));
        }
        if let Some(token) = set(&self.registrytoken) {
            return Ok(Some(Login::Access(token)));
        }
        if let Some(text) = set(&self.auth) {
            let wrong = "`auth` is not the base64 of USER:PASSWORD";
            let bytes = STANDARD
                .decode(text.trim())
                .or_else(|_| STANDARD_NO_PAD.decode(text.trim()))
                .map_err(|_| wrong)?;
            let text = String::from_utf8(bytes).map_err(|_| wrong)?;
            let (user, password) = text.split_once(':').ok_or(wrong)?;
            return Ok(Some(Login::Password {
                user: user.to_owned(),
                // Old versions of docker have padded with zero bytes.
                password: password.trim_matches('\0').to_owned(),
            }));
        }
        Ok(set(&self.username)
            .zip(set(&self.password))
            .map(|(user, password)| Login::Password { user, password }))
    }
}

fn read(path: &Path) -> Result<Option<File>, CredentialsError> {
    match file::read(path, LIMIT) {
        Ok(bytes) if bytes.is_empty() => Ok(None),
        Ok(bytes) => parse(&bytes, &path.display().to_string()).map(Some),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(CredentialsError::File {
            file: path.display().to_string(),
            reason: format!("cannot be read: {}", error.reason),
        }),
    }
}

fn parse(bytes: &[u8], origin: &str) -> Result<File, CredentialsError> {
    // Line and column only: the parser's words may repeat a secret.
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        CredentialsError::File {
            file: origin.to_owned(),
            reason: format!("line {line}, column {column}: not the JSON of a docker configuration"),
        }
    })
}

/// The entry for a repository: host and port before host alone, then the longest path.
fn best<'a, V>(
    entries: &'a BTreeMap<String, V>,
    host: &str,
    repository: &str,
) -> Option<(&'a String, &'a V)> {
    entries
        .iter()
        .filter_map(|(key, value)| Some((rank(key, host, repository)?, (key, value))))
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, entry)| entry)
}

fn rank(key: &str, host: &str, repository: &str) -> Option<(bool, usize)> {
    let stripped = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    let plain = stripped.unwrap_or(key).trim_end_matches('/');
    let (key_host, path) = plain.split_once('/').unwrap_or((plain, ""));
    let (key_host, host) = (canonical(key_host), canonical(host));
    // `https://HOST/v1/` is how docker calls a whole registry.
    let path = if matches!(path, "v1" | "v2") {
        ""
    } else {
        path
    };
    let exact = key_host == host;
    if !exact
        && host
            .rsplit_once(':')
            .is_none_or(|(name, _)| name != key_host)
    {
        return None;
    }
    let below = match repository.strip_prefix(path) {
        Some(rest) => path.is_empty() || rest.is_empty() || rest.starts_with('/'),
        None => false,
    };
    below.then_some((exact, path.len()))
}

/// Docker Hub has three names.
fn canonical(host: &str) -> &str {
    match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        other => other,
    }
}

/// How a helper knows a registry.
fn server(host: &str) -> String {
    match canonical(host) {
        "docker.io" => "https://index.docker.io/v1/".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_key_wins() {
        // (key, host, repository, its rank)
        let cases = [
            ("ghcr.io", "ghcr.io", "acme/x", Some((true, 0))),
            ("https://ghcr.io/v2/", "ghcr.io", "acme/x", Some((true, 0))),
            ("ghcr.io/acme", "ghcr.io", "acme/x", Some((true, 4))),
            ("ghcr.io/acme/", "ghcr.io", "acme", Some((true, 4))),
            ("ghcr.io/acm", "ghcr.io", "acme/x", None),
            ("127.0.0.1", "127.0.0.1:5000", "x", Some((false, 0))),
            ("127.0.0.1:5000", "127.0.0.1:5000", "x", Some((true, 0))),
            ("127.0.0.1:5000", "127.0.0.1:5001", "x", None),
            ("127.0.0.1:5000", "127.0.0.1", "x", None),
            (
                "https://index.docker.io/v1/",
                "registry-1.docker.io",
                "x",
                Some((true, 0)),
            ),
            ("evil.io", "ghcr.io", "x", None),
            ("ghcr.io.evil.io", "ghcr.io", "x", None),
        ];
        for (key, host, repository, expected) in cases {
            assert_eq!(rank(key, host, repository), expected, "{key} for {host}");
        }
    }
}
