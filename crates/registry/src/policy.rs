//! `plugyard.yaml`: how a registry repository is kept. Optional; every member has a default.

use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};

use ocm::RepositorySpec;
use ocm::yaml::{self, Span};

use crate::listing::wildcard;

/// What `plugyard.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Where the registry is published.
    pub repository: Option<RepositorySpec>,
    /// Further places where plugins live.
    pub sources: Vec<RepositorySpec>,
    /// How many versions of a plugin are kept; all, if nothing is said.
    pub keep: Option<NonZeroUsize>,
    /// Versions that are published again with other content on purpose: patterns of names,
    /// components and versions.
    pub moving: Vec<[String; 3]>,
}

/// The file is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFinding {
    /// Where in the text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

const KEYS: [&str; 4] = ["repository", "sources", "keep", "moving"];

impl Policy {
    /// Reads the text of the file. Relative paths in it are relative to `folder`, the one it
    /// lies in.
    ///
    /// # Errors
    /// What is wrong with it, in the order of the text.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Vec<PolicyFinding>> {
        let document = yaml::parse(text, yaml::Limits::constructor()).map_err(|error| {
            vec![PolicyFinding {
                span: error.span,
                message: error.message,
                help: error.help,
            }]
        })?;
        let mut policy = Self::default();
        let mut findings = Vec::new();
        let root = &document.root;
        let Some(pairs) = root.as_mapping() else {
            if root.is_null() {
                return Ok(policy);
            }
            return Err(vec![finding(
                root.span,
                "expected keys such as `repository`",
            )]);
        };
        for (key, value) in pairs {
            let mut place = |node: &yaml::Node| match repository(folder, node) {
                Ok(spec) => Some(spec),
                Err(message) => {
                    findings.push(finding(node.span, &message));
                    None
                }
            };
            match key.key().as_ref() {
                "repository" => policy.repository = place(value),
                "sources" => match value.as_sequence() {
                    Some(items) => policy.sources = items.iter().filter_map(place).collect(),
                    None => findings.push(finding(value.span, "expected a list of repositories")),
                },
                "keep" => {
                    let number = value.as_scalar().map(|scalar| scalar.text.parse());
                    match number {
                        Some(Ok(number)) => policy.keep = Some(number),
                        _ => findings.push(finding(value.span, "expected a number from 1 on")),
                    }
                }
                "moving" => {
                    let items = value.as_sequence().unwrap_or_default();
                    policy.moving = items.iter().map(moving).collect();
                }
                other => findings.push(PolicyFinding {
                    span: key.span,
                    message: format!("unknown key `{other}`"),
                    help: ocm::name::nearest(other, &KEYS)
                        .map(|nearest| format!("did you mean `{nearest}`?")),
                }),
            }
        }
        if findings.is_empty() {
            Ok(policy)
        } else {
            Err(findings)
        }
    }

    /// Says whether a version is published again with other content on purpose.
    pub fn is_moving(&self, name: &str, component: &str, version: &str) -> bool {
        self.moving.iter().any(|patterns| {
            let texts = [name, component, version];
            let mut pairs = patterns.iter().zip(texts);
            pairs.all(|(pattern, text)| wildcard(pattern.as_bytes(), text.as_bytes()))
        })
    }
}

fn moving(item: &yaml::Node) -> [String; 3] {
    let pattern = |key| item.get(key).and_then(yaml::Node::as_str).unwrap_or("*");
    ["name", "component", "version"].map(|key| pattern(key).to_owned())
}

fn repository(folder: &Path, node: &yaml::Node) -> Result<RepositorySpec, String> {
    let text = node.as_str().ok_or("expected the name of a repository")?;
    let spec = RepositorySpec::parse(text)
        .map_err(|kind| format!("`{kind}` is not a type of repository"))?;
    if spec.is_empty() {
        return Err("expected the name of a repository".to_owned());
    }
    Ok(relative_to(folder, spec))
}

fn finding(span: Span, message: &str) -> PolicyFinding {
    PolicyFinding {
        span,
        message: message.to_owned(),
        help: None,
    }
}

/// Makes the relative path of an archive, which is relative to `folder`, relative to the
/// working directory.
pub fn relative_to(folder: &Path, spec: RepositorySpec) -> RepositorySpec {
    match spec {
        RepositorySpec::Ctf { kind, path }
            if !Path::new(&path).is_absolute() && folder != Path::new("") =>
        {
            RepositorySpec::Ctf {
                kind,
                path: tidy(&folder.join(path)).display().to_string(),
            }
        }
        other => other,
    }
}

/// The path without `.` parts, and with a leading `./` where it would not read as a path.
fn tidy(path: &Path) -> PathBuf {
    let parts: PathBuf = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .collect();
    if parts.is_absolute() || parts.starts_with("..") {
        return parts;
    }
    Path::new(".").join(parts)
}
