//! Where components are stored: `resolvers.config.ocm.software`, and the deprecated resolvers of
//! `ocm.config.ocm.software`.

use std::cmp::Reverse;

use super::ConfigError;
use super::source::{Source, member};
use crate::component_ref::RepositorySpec;
use crate::glob::Glob;
use crate::version::Version;
use crate::version_constraint::VersionConstraint;
use crate::yaml::{Node, Resolved};

/// Default priority of a deprecated resolver.
const PRIORITY: i64 = 10;

/// The resolvers of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolvers {
    patterns: Vec<Resolver<Pattern>>,
    prefixes: Vec<Resolver<Prefix>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Resolver<W> {
    what: W,
    repository: NamedRepository,
    /// `FILE:LINE`.
    origin: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    name: Glob,
    version: Option<VersionConstraint>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Prefix {
    prefix: String,
    priority: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum NamedRepository {
    Supported(RepositorySpec),
    /// A repository type that other tools may support.
    Unsupported(String),
}

/// A matching resolver has a repository of an unsupported type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: the resolver names a repository of type `{kind}`, which is not known here")]
pub struct Unresolvable {
    /// `FILE:LINE` of the resolver.
    pub origin: String,
    /// The type.
    pub kind: String,
}

impl Resolvers {
    /// The repositories in which a component version is looked up, in this order: that of the
    /// first matching pattern, then those of deprecated resolvers with a matching prefix, the highest
    /// priority first. Resolvers with a constraint are skipped without a version.
    ///
    /// # Errors
    /// A resolver matches whose repository is of an unsupported type.
    pub fn repositories(
        &self,
        component: &str,
        version: Option<&Version>,
    ) -> Result<Vec<&RepositorySpec>, Unresolvable> {
        let first = self
            .patterns
            .iter()
            .find(|resolver| resolver.what.fits(component, version))
            .map(Resolver::spec);
        let mut others: Vec<_> = self
            .prefixes
            .iter()
            .filter(|resolver| resolver.what.fits(component))
            .collect();
        // The sort is stable: of equal resolvers, the first stays first.
        others.sort_by_key(|resolver| Reverse(resolver.what.priority));
        let others = others.into_iter().map(Resolver::spec);
        first.into_iter().chain(others).collect()
    }

    /// All repositories that resolvers name.
    pub fn all(&self) -> impl Iterator<Item = &RepositorySpec> {
        let patterns = self.patterns.iter().map(|resolver| &resolver.repository);
        let prefixes = self.prefixes.iter().map(|resolver| &resolver.repository);
        patterns
            .chain(prefixes)
            .filter_map(|repository| match repository {
                NamedRepository::Supported(spec) => Some(spec),
                NamedRepository::Unsupported(_) => None,
            })
    }

    pub(super) fn merge(&mut self, later: Self) {
        self.patterns.extend(later.patterns);
        self.prefixes.extend(later.prefixes);
    }

    pub(super) fn read(&mut self, source: Source<'_>, item: &Node) -> Result<(), ConfigError> {
        for node in source.list(item, "resolvers")? {
            source.mapping(node)?;
            let name = match member(node, "componentNamePattern") {
                Some(pattern) => Glob::gobwas(source.text_of(pattern)?)
                    .map_err(|error| source.wrong(pattern, error.to_string()))?,
                // It matches nothing, as in the official CLI.
                None => Glob::default(),
            };
            let version = member(node, "versionConstraint")
                .map(|constraint| match source.text_of(constraint)? {
                    "" => Ok(None),
                    text => VersionConstraint::parse(text)
                        .map(Some)
                        .map_err(|error| source.wrong(constraint, error.to_string())),
                })
                .transpose()?
                .flatten();
            let repository = repository(source, node)?;
            self.patterns.push(Resolver {
                what: Pattern { name, version },
                repository,
                origin: source.line(node),
            });
        }
        Ok(())
    }

    pub(super) fn read_fallback(
        &mut self,
        source: Source<'_>,
        item: &Node,
    ) -> Result<(), ConfigError> {
        for node in source.list(item, "resolvers")? {
            source.mapping(node)?;
            let prefix = source.text(node, "prefix")?.unwrap_or_default().to_owned();
            let priority = match member(node, "priority") {
                None => PRIORITY,
                Some(value) => match value.resolve() {
                    Some(Resolved::Int(number)) => number,
                    _ => return Err(source.expected(value, "an integer")),
                },
            };
            let repository = repository(source, node)?;
            self.prefixes.push(Resolver {
                what: Prefix { prefix, priority },
                repository,
                origin: source.line(node),
            });
        }
        Ok(())
    }
}

impl<W> Resolver<W> {
    fn spec(&self) -> Result<&RepositorySpec, Unresolvable> {
        match &self.repository {
            NamedRepository::Supported(spec) => Ok(spec),
            NamedRepository::Unsupported(kind) => Err(Unresolvable {
                origin: self.origin.clone(),
                kind: kind.clone(),
            }),
        }
    }
}

impl Pattern {
    fn fits(&self, component: &str, version: Option<&Version>) -> bool {
        let allowed = match (&self.version, version) {
            (None, _) => true,
            (Some(constraint), Some(version)) => constraint.matches(version),
            (Some(_), None) => false,
        };
        allowed && self.name.matches(component)
    }
}

impl Prefix {
    fn fits(&self, component: &str) -> bool {
        if self.prefix.is_empty() || self.prefix == component {
            return true;
        }
        let folder = self.prefix.strip_suffix('/').unwrap_or(&self.prefix);
        let below = component.strip_prefix(folder);
        below.is_some_and(|below| below.starts_with('/'))
    }
}

/// Parses the specification of a repository.
fn repository(source: Source<'_>, resolver: &Node) -> Result<NamedRepository, ConfigError> {
    let Some(node) = member(resolver, "repository") else {
        return Err(source.wrong(resolver, "the resolver names no `repository`"));
    };
    source.mapping(node)?;
    let kind = source.text(node, "type")?;
    let kind = kind.ok_or_else(|| source.wrong(node, "the repository has no `type`"))?;
    let (key, sub_path) = match RepositorySpec::parse(&format!("{kind}::x")) {
        Ok(RepositorySpec::Ctf { .. }) => ("filePath", ""),
        Ok(RepositorySpec::Oci { .. }) => {
            let sub_path = source.text(node, "subPath")?.unwrap_or_default();
            ("baseUrl", sub_path.trim_matches('/'))
        }
        Err(kind) => return Ok(NamedRepository::Unsupported(kind)),
    };
    let Some(text) = source.text(node, key)?.filter(|text| !text.is_empty()) else {
        return Err(source.wrong(node, format!("the repository has no `{key}`")));
    };
    let spec = match key {
        "filePath" => RepositorySpec::Ctf {
            kind: kind.to_owned(),
            path: text.to_owned(),
        },
        _ => match RepositorySpec::parse(&format!("{kind}::{text}")) {
            // A path in the address is used if no other path is given.
            Ok(RepositorySpec::Oci { kind, base_url, .. }) if !sub_path.is_empty() => {
                RepositorySpec::Oci {
                    kind,
                    base_url,
                    sub_path: sub_path.to_owned(),
                }
            }
            Ok(spec) => spec,
            Err(kind) => return Ok(NamedRepository::Unsupported(kind)),
        },
    };
    Ok(NamedRepository::Supported(spec))
}
