//! The format of docker's `config.json` and podman's `auth.json`.
//!
//! It is read as the Go programs that own it do: member names are matched in any case, null means
//! absent, unknown members are ignored, and the last of duplicate members counts.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Map, Value};

use super::{CredentialsError, Login};
use crate::file;
use crate::transport::url::without_login;

/// Maximum size in bytes of a file.
const LIMIT: u64 = 4 << 20;

/// A configuration in docker's format. Its `Debug` output contains no secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum DockerConfig {
    /// A file; one that does not exist counts as empty.
    File(PathBuf),
    /// A file that contains only the entries of `auths`, as docker wrote it until 2014
    /// (`~/.dockercfg`).
    Legacy(PathBuf),
    /// The text itself.
    Inline {
        /// The JSON.
        text: String,
        /// Its source, for messages.
        origin: String,
    },
}

impl fmt::Debug for DockerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DockerConfig({})", self.origin())
    }
}

impl DockerConfig {
    /// The file or variable, for messages.
    pub(super) fn origin(&self) -> String {
        match self {
            Self::File(path) | Self::Legacy(path) => path.display().to_string(),
            Self::Inline { origin, .. } => origin.clone(),
        }
    }

    /// Reads the configuration; returns `None` if it is absent or empty.
    pub(super) fn read(&self) -> Result<Option<Entries>, CredentialsError> {
        let bytes = match self {
            Self::File(path) | Self::Legacy(path) => read(path)?,
            Self::Inline { text, .. } => Some(text.clone().into_bytes()),
        };
        let Some(bytes) = bytes.filter(|bytes| !bytes.iter().all(u8::is_ascii_whitespace)) else {
            return Ok(None);
        };
        let failed = |reason| CredentialsError::File {
            file: self.origin(),
            reason,
        };
        // Line and column only: the parser's own message may repeat a secret.
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            failed(format!("line {line}, column {column}: invalid JSON"))
        })?;
        let entries = match (self, value) {
            (_, Value::Null) => return Ok(None),
            (Self::Legacy(_), Value::Object(auths)) => Entries {
                auths,
                ..Entries::default()
            },
            (_, Value::Object(members)) => Entries::of(&members).map_err(failed)?,
            _ => return Err(failed("it is not a JSON object".to_owned())),
        };
        Ok(Some(entries))
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, CredentialsError> {
    match file::read(path, LIMIT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(CredentialsError::File {
            file: path.display().to_string(),
            reason: format!("cannot be read: {}", error.reason),
        }),
    }
}

/// The credentials in a configuration. Entries are parsed only when needed, so that a malformed
/// entry for another registry does no harm.
#[derive(Default)]
pub(super) struct Entries {
    /// `auths`, by server.
    pub(super) auths: Map<String, Value>,
    /// `credHelpers`: names of helpers, by server.
    pub(super) helpers: Map<String, Value>,
    /// `credsStore`: the name of the helper for all other servers.
    pub(super) store: Option<String>,
}

impl Entries {
    fn of(members: &Map<String, Value>) -> Result<Self, String> {
        let object = |name: &str| match member(members, name) {
            None => Ok(Map::new()),
            Some(Value::Object(entries)) => Ok(entries.clone()),
            Some(_) => Err(format!("`{name}` is not an object")),
        };
        Ok(Self {
            auths: object("auths")?,
            helpers: object("credHelpers")?,
            store: text(members, "credsStore")?,
        })
    }

    /// The helper's name in an entry of `credHelpers`; null counts as an empty name.
    pub(super) fn helper<'a>(server: &str, entry: &'a Value) -> Result<Option<&'a str>, String> {
        match entry {
            Value::Null => Ok(None),
            Value::String(name) => Ok(Some(name.as_str()).filter(|name| !name.is_empty())),
            _ => {
                let server = without_login(server);
                Err(format!("`credHelpers`, `{server}`: it is not text"))
            }
        }
    }

    /// The credentials in an entry of `auths`; `None` if the entry is empty.
    pub(super) fn login(server: &str, entry: &Value) -> Result<Option<Login>, String> {
        let invalid = |reason: String| {
            let server = without_login(server);
            format!("`auths`, `{server}`: {reason}")
        };
        match entry {
            Value::Null => Ok(None),
            Value::Object(members) => login(members).map_err(invalid),
            _ => Err(invalid("it is not an object".to_owned())),
        }
    }
}

fn login(entry: &Map<String, Value>) -> Result<Option<Login>, String> {
    if let Some(token) = text(entry, "identitytoken")? {
        return Ok(Some(Login::Identity(token)));
    }
    if let Some(token) = text(entry, "registrytoken")? {
        return Ok(Some(Login::Access(token)));
    }
    if let Some(encoded) = text(entry, "auth")? {
        return decoded(&encoded).map(Some);
    }
    let (user, password) = (text(entry, "username")?, text(entry, "password")?);
    Ok(user
        .zip(password)
        .map(|(user, password)| Login::Password { user, password }))
}

/// The credentials in a member `auth`.
fn decoded(encoded: &str) -> Result<Login, String> {
    let invalid = || "`auth` is not the base64 encoding of USER:PASSWORD".to_owned();
    // Go's decoder skips line breaks, which `base64` writes.
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let bytes = STANDARD
        .decode(&encoded)
        .or_else(|_| STANDARD_NO_PAD.decode(&encoded))
        .map_err(|_| invalid())?;
    let text = String::from_utf8(bytes).map_err(|_| invalid())?;
    let (user, password) = text.split_once(':').ok_or_else(invalid)?;
    Ok(Login::Password {
        user: user.to_owned(),
        // Old versions of docker padded with zero bytes.
        password: password.trim_matches('\0').to_owned(),
    })
}

/// Finds a member that is not null, ignoring the case of its name. An exact match takes precedence.
pub(super) fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let other_case = || {
        let same = |(key, _): &(&String, _)| key.eq_ignore_ascii_case(name);
        members.iter().find(same).map(|(_, value)| value)
    };
    let value = members.get(name).or_else(other_case);
    value.filter(|value| !value.is_null())
}

/// Finds a member that is a non-empty string.
pub(super) fn text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match member(members, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("`{name}` is not text")),
    }
}
