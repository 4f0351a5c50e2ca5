//! Where the plugins of a published registry are looked for.

use std::fmt;

use oci::Http;
use ocm::{Label, Lookup, RepositorySpec};

use crate::labels::{InvalidLabel, RegistryLabel};

/// The repositories in which the plugins of a registry are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locations {
    /// Where the registry itself was read; it is asked first.
    pub registry: RepositorySpec,
    /// The `sources` of its label, as far as they may be used, in their order.
    pub sources: Vec<RepositorySpec>,
    /// The others.
    pub unused: Vec<UnusedSource>,
}

/// Why one of the `sources` in a registry's label is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnusedSource {
    /// Part of the label is not understood.
    Label(InvalidLabel),
    /// The type in front of `::` is unknown.
    UnknownType {
        /// The source.
        source: String,
        /// The type.
        kind: String,
    },
    /// It has no host or path.
    Empty(String),
    /// The address contains credentials, and is not repeated here.
    Credentials,
    /// It is a path on this machine, and the registry was read over the network.
    LocalPath(String),
    /// It would be read over plain HTTP, and the registry was not.
    PlainHttp(String),
}

impl fmt::Display for UnusedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(invalid) => write!(
                f,
                "the registry's label `{}` is used only in part: {invalid}",
                crate::labels::REGISTRY
            ),
            Self::UnknownType { source, kind } => write!(
                f,
                "source `{source}` of the registry is not used: `{kind}` is not a type of repository"
            ),
            Self::Empty(source) => write!(
                f,
                "source `{source}` of the registry is not used: it names no repository"
            ),
            Self::Credentials => f.write_str(
                "a source of the registry is not used: its address contains credentials",
            ),
            Self::LocalPath(source) => write!(
                f,
                "source `{source}` of the registry is not used: it is a path on this machine, and the registry was not read from one"
            ),
            Self::PlainHttp(source) => write!(
                f,
                "source `{source}` of the registry is not used: it would be read over plain HTTP, and the registry was not"
            ),
        }
    }
}

impl Locations {
    /// The locations of a registry with these labels that was read from `registry`.
    ///
    /// Whoever publishes a registry writes its label. So a source may be a path on this machine
    /// only if the registry was read from one, and plain HTTP only if the registry was read over
    /// plain HTTP: nobody else can make a reader open local files or send logins in clear text.
    pub fn new(labels: &[Label], registry: &RepositorySpec) -> Self {
        let (label, problems) = RegistryLabel::with_problems(labels);
        let mut locations = Self {
            registry: registry.clone(),
            sources: Vec::new(),
            unused: Vec::new(),
        };
        for problem in problems {
            if !matches!(problem, InvalidLabel::Removed(_)) {
                locations.unused.push(UnusedSource::Label(problem));
            }
        }
        for text in label.sources {
            match usable(text, registry) {
                Ok(source) => locations.sources.push(source),
                Err(unused) => locations.unused.push(unused),
            }
        }
        locations
    }

    /// Looks in the repository of the registry, then in the sources.
    pub fn lookup(&self, http: &Http) -> Lookup {
        let repositories = [&self.registry].into_iter().chain(&self.sources);
        Lookup::new(repositories.cloned(), http)
    }
}

fn usable(text: String, registry: &RepositorySpec) -> Result<RepositorySpec, UnusedSource> {
    let source = match RepositorySpec::parse(&text) {
        Ok(source) => source,
        Err(kind) => return Err(UnusedSource::UnknownType { source: text, kind }),
    };
    if source.has_login() {
        Err(UnusedSource::Credentials)
    } else if source.is_empty() {
        Err(UnusedSource::Empty(text))
    } else if is_local(&source) && !is_local(registry) {
        Err(UnusedSource::LocalPath(text))
    } else if is_plain_http(&source) && !is_plain_http(registry) {
        Err(UnusedSource::PlainHttp(text))
    } else {
        Ok(source)
    }
}

fn is_local(repository: &RepositorySpec) -> bool {
    matches!(repository, RepositorySpec::Ctf { .. })
}

fn is_plain_http(repository: &RepositorySpec) -> bool {
    match repository {
        RepositorySpec::Ctf { .. } => false,
        RepositorySpec::Oci { base_url, .. } => base_url
            .split_once("://")
            .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http")),
    }
}
