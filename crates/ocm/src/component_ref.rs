//! References to component versions: `[type::]REPO//COMPONENT[:VERSION][@sha256:HEX]`.
//!
//! The grammar is the official one. The caller that reads from the repository enforces the pin.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use oci::Digest;
use oci::without_login;

use crate::component_name::ComponentName;
use crate::path::{clean, leaves_folder};
use crate::version::Version;

/// A reference to a component, optionally with a version and pinned to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentRef {
    /// The repository of the component.
    pub repository: RepositorySpec,
    /// The path segment between repository and component: empty, or `component-descriptors`.
    pub prefix: &'static str,
    /// Name of the component.
    pub component: ComponentName,
    /// Version, if given.
    pub version: Option<Version>,
    /// Digest of the manifest, if it is pinned.
    pub digest: Option<Digest>,
    text: String,
}

/// The location of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RepositorySpec {
    /// An archive on disk.
    Ctf {
        /// The type as spelled or guessed.
        kind: String,
        /// Path of the archive, as spelled.
        path: String,
    },
    /// An OCI registry.
    Oci {
        /// The type as spelled or guessed.
        kind: String,
        /// Scheme, host and port, as spelled; the scheme and the port may be absent.
        base_url: String,
        /// Path below it; empty for none.
        sub_path: String,
    },
}

/// Why a text is not a reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRef {
    /// No `//` between repository and component.
    #[error("`{0}` has no `//` between the repository and the component")]
    NoSeparator(String),
    /// The component name does not match the pattern of the schema.
    #[error(
        "`{component}` in `{text}` is not a component name such as ocm.software/plugins/helminput"
    )]
    Component {
        /// The whole text.
        text: String,
        /// The part.
        component: String,
    },
    /// The version does not match the pattern of the schema.
    #[error("`{version}` in `{text}` is not a version such as 1.2.3")]
    Version {
        /// The whole text.
        text: String,
        /// The part.
        version: String,
    },
    /// The digest is malformed.
    #[error(
        "`{digest}` in `{text}` is not a digest: expected `sha256:` and 64 lower-case hex digits"
    )]
    Digest {
        /// The whole text.
        text: String,
        /// The part.
        digest: String,
    },
    /// The type before `::` is unknown.
    #[error("`{kind}` in `{text}` is not a type of repository")]
    Kind {
        /// The whole text.
        text: String,
        /// The part.
        kind: String,
    },
    /// The repository has no host or path.
    #[error("`{0}` names no repository in front of `//`")]
    NoRepository(String),
}

impl InvalidRef {
    /// How the user can fix it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoSeparator(_) | Self::NoRepository(_) => {
                "write it as REPO//COMPONENT:VERSION, for instance ghcr.io/acme/plugins//acme.org/plugin-registry:v1.0.0"
            }
            Self::Component { .. } => {
                "a component name is a domain and a path in lower case, for instance acme.org/plugins/demo"
            }
            Self::Version { .. } => "leave the version out for the latest one",
            Self::Digest { .. } => "copy the digest that `plugyard publish` printed",
            Self::Kind { .. } => "use `oci::` or `ctf::`, or leave the type out",
        }
    }
}

const KINDS_CTF: [&str; 6] = [
    "CommonTransportFormat",
    "CommonTransportFormat/v1",
    "CTF",
    "CTF/v1",
    "ctf",
    "ctf/v1",
];
const KINDS_OCI: [&str; 10] = [
    "OCIRepository",
    "OCIRepository/v1",
    "OCI",
    "OCI/v1",
    "oci",
    "oci/v1",
    "OCIRegistry",
    "OCIRegistry/v1",
    "ociRegistry",
    "ociRegistry/v1",
];

impl ComponentRef {
    /// Refers to a component in a repository.
    pub fn new(
        repository: RepositorySpec,
        component: ComponentName,
        version: Option<Version>,
    ) -> Self {
        let text = match &version {
            Some(version) => format!("{repository}//{component}:{version}"),
            None => format!("{repository}//{component}"),
        };
        Self {
            repository,
            prefix: "",
            component,
            version,
            digest: None,
            text,
        }
    }

    /// The reference as the user spelled it, but with this version and without a pin. This is how
    /// the official tools name a registry.
    pub fn spelled_with(&self, version: &str) -> String {
        let mut text = self.text.as_str();
        if self.digest.is_some() {
            text = text.rsplit_once('@').map_or(text, |(before, _)| before);
        }
        if self.version.is_some() {
            text = text.rsplit_once(':').map_or(text, |(before, _)| before);
        }
        format!("{text}:{version}")
    }

    /// The spelling with the type as a prefix, as the official tools print it.
    pub fn canonical(&self) -> String {
        let mut text = format!(
            "{}::{}/{}/{}",
            self.repository.kind(),
            self.repository,
            self.prefix,
            self.component
        );
        if let Some(version) = &self.version {
            text.push(':');
            text.push_str(version.as_str());
        }
        if let Some(digest) = &self.digest {
            text.push('@');
            text.push_str(&digest.to_string());
        }
        text
    }
}

impl fmt::Display for ComponentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ComponentRef {
    type Err = InvalidRef;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = || shown(text);
        let (kind, rest) = split_kind(text);
        let slashed = windows_path(rest);
        let rest = slashed.as_deref().unwrap_or(rest);
        // Checked first, because text that follows a colon or an `@` without a component may be
        // part of a login.
        let Some((repository, prefix, rest)) = split_component(rest) else {
            return Err(InvalidRef::NoSeparator(whole()));
        };
        let (rest, digest) = match rest.rsplit_once('@') {
            Some((before, after)) => (before, Some(after)),
            None => (rest, None),
        };
        let digest = digest.map(|digest| {
            digest.parse().map_err(|_| InvalidRef::Digest {
                text: whole(),
                digest: digest.to_owned(),
            })
        });
        let (component, version) = match rest.rsplit_once(':') {
            Some((before, after)) if !after.contains('/') => (before, Some(after)),
            _ => (rest, None),
        };
        let version = version.map(|version| {
            Version::parse(version).map_err(|_| InvalidRef::Version {
                text: whole(),
                version: version.to_owned(),
            })
        });
        let (digest, version) = (digest.transpose()?, version.transpose()?);
        let component = ComponentName::parse(component).map_err(|_| InvalidRef::Component {
            text: whole(),
            component: component.to_owned(),
        })?;
        let repository =
            RepositorySpec::with_kind(kind, repository).map_err(|kind| InvalidRef::Kind {
                text: whole(),
                kind,
            })?;
        Ok(Self {
            repository,
            prefix,
            component,
            version,
            digest,
            text: text.to_owned(),
        })
    }
}

impl RepositorySpec {
    /// Returns whether the address contains credentials, which it must not: addresses are written
    /// to files and logs.
    pub fn has_login(&self) -> bool {
        matches!(self, Self::Oci { base_url, .. } if base_url.contains('@'))
    }

    /// Reads a repository: `ghcr.io/acme`, `http://127.0.0.1:5000/x`, `./ctf`, `ctf::archive`.
    ///
    /// # Errors
    /// The type before `::` is unknown; the error is that type.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, rest) = split_kind(text);
        Self::with_kind(kind, rest)
    }

    fn with_kind(kind: Option<&str>, text: &str) -> Result<Self, String> {
        let ctf = match kind {
            Some(kind) if KINDS_CTF.contains(&kind) => true,
            Some(kind) if KINDS_OCI.contains(&kind) => false,
            Some(kind) => return Err(without_login(kind)),
            None => is_ctf(text),
        };
        if ctf {
            return Ok(Self::Ctf {
                kind: kind.unwrap_or("CommonTransportFormat/v1").to_owned(),
                path: text.to_owned(),
            });
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (host, sub_path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self::Oci {
            kind: kind.unwrap_or("OCIRepository/v1").to_owned(),
            base_url: scheme.map_or_else(|| host.to_owned(), |scheme| format!("{scheme}://{host}")),
            sub_path: sub_path.to_owned(),
        })
    }

    /// Returns whether it is spelled with `http://`, in any case.
    pub fn is_plain_http(&self) -> bool {
        let Self::Oci { base_url, .. } = self else {
            return false;
        };
        let scheme = base_url.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
    }

    /// The type, as spelled or guessed.
    pub fn kind(&self) -> &str {
        match self {
            Self::Ctf { kind, .. } | Self::Oci { kind, .. } => kind,
        }
    }

    /// Returns whether it names no location: `ctf::`, or an empty text.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Ctf { path, .. } => path.is_empty(),
            Self::Oci { base_url, .. } => base_url.is_empty() || base_url.ends_with("://"),
        }
    }

    /// Returns whether both name the same location, regardless of how the type is spelled.
    pub fn is_same_location(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ctf { path, .. }, Self::Ctf { path: other, .. }) => path == other,
            (
                Self::Oci {
                    base_url, sub_path, ..
                },
                Self::Oci {
                    base_url: other_base,
                    sub_path: other_path,
                    ..
                },
            ) => {
                base_url.eq_ignore_ascii_case(other_base)
                    && sub_path.trim_matches('/') == other_path.trim_matches('/')
            }
            _ => false,
        }
    }

    /// An archive at a path.
    pub fn ctf(path: impl Into<String>) -> Self {
        Self::Ctf {
            kind: "CommonTransportFormat/v1".to_owned(),
            path: path.into(),
        }
    }
}

impl fmt::Display for RepositorySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ctf { path, .. } => f.write_str(path),
            Self::Oci {
                base_url, sub_path, ..
            } if sub_path.is_empty() => f.write_str(base_url),
            Self::Oci {
                base_url, sub_path, ..
            } => write!(f, "{base_url}/{sub_path}"),
        }
    }
}

/// Returns the type before `::`, if there is one. The `::` of an IPv6 address is in brackets.
fn split_kind(text: &str) -> (Option<&str>, &str) {
    match text.split_once("::") {
        Some((kind, rest)) if !kind.contains('[') => (Some(kind), rest),
        _ => (None, text),
    }
}

/// Splits the text of a reference into the repository, the path segment between it and the
/// component, and the component with what follows. The `//` of a scheme is not a separator.
fn split_component(text: &str) -> Option<(&str, &'static str, &str)> {
    let (repository, prefix, rest) =
        if let Some((repository, rest)) = text.rsplit_once("/component-descriptors/") {
            (repository, "component-descriptors", rest)
        } else {
            let (repository, rest) = text.rsplit_once("//")?;
            (repository, "", rest)
        };
    let is_scheme = repository.trim_end_matches('/').ends_with(':');
    (!is_scheme).then_some((repository, prefix, rest))
}

/// The beginning of a reference for messages, without anything that may be a login.
fn shown(text: &str) -> String {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"./-".contains(&byte);
    let (kind, rest) = match split_kind(text) {
        (Some(kind), rest) if kind.bytes().all(word) => (&text[..kind.len() + 2], rest),
        _ => ("", text),
    };
    let hidden = match split_component(rest) {
        // An `@` after the component begins a digest.
        Some((repository, _, after)) if is_after_component(after) => {
            let after = &rest[repository.len()..];
            format!("{kind}{}{after}", without_login(repository))
        }
        _ => format!("{kind}{}", without_login(rest)),
    };
    hidden.chars().take(300).collect()
}

/// Whether every `@` follows a component name and an optional version.
fn is_after_component(text: &str) -> bool {
    text.split_once('@').is_none_or(|(before, _)| {
        let component = before.split(':').next().unwrap_or_default();
        ComponentName::parse(component).is_ok()
    })
}

/// Replaces backslashes with slashes if the text begins like a Windows path (`C:\`).
fn windows_path(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_path = bytes.len() >= 3
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'/' | b'\\');
    is_path.then(|| text.replace('\\', "/"))
}

/// Decides as the official CLI does whether a repository without a type is an archive.
fn is_ctf(text: &str) -> bool {
    if windows_path(text).is_some() || Path::new(text).is_absolute() {
        return true;
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return scheme.eq_ignore_ascii_case("file");
    }
    if text.starts_with("./") || leaves_folder(Path::new(text)) {
        return true;
    }
    let text = &clean(Path::new(text)).display().to_string();
    if text.contains(':') || text == "localhost" {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    if [".tar.gz", ".tgz", ".tar"]
        .iter()
        .any(|end| lower.ends_with(end))
    {
        return true;
    }
    let domain = text.contains('.')
        && text
            .split('.')
            .any(|part| part.chars().any(char::is_alphabetic));
    !domain
}
