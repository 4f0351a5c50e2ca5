//! Starting a registry: its first constructor and its plugyard.yaml.

mod adoption;
mod import;
mod pipeline;

use std::path::{Path, PathBuf};

use ocm::RepositorySpec;
use ocm::path::clean;

pub use self::adoption::Adoption;
use self::import::import;
pub use self::pipeline::{PipelineFile, pipeline};

/// Name of the constructor in a registry repository.
pub const CONSTRUCTOR: &str = "component-constructor.yaml";
/// Name of the policy in a registry repository.
pub const POLICY: &str = "plugyard.yaml";

/// The texts of the first files of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRegistry {
    /// Text of [`CONSTRUCTOR`].
    pub constructor: String,
    /// Text of [`POLICY`].
    pub policy: String,
}

/// Writes the files of a registry that has no entries yet.
///
/// `component` must be a valid component name; a relative path in `repository` must be relative to
/// the directory of plugyard.yaml.
pub fn new_registry(component: &str, repository: Option<&RepositorySpec>) -> NewRegistry {
    let provider = component.split('/').next().unwrap_or_default();
    let constructor = format!(
        "\
# The plugin registry {component}.
# Entries are added by `plugyard add COMPONENT`, reviewed, and published by `plugyard publish`.
name: {component}
version: v0.1.0
provider: {{ name: {provider} }}
labels:
  - {{ name: category, value: plugin-registry, signing: true }}
  - {{ name: description, value: Plugin registry of {provider}, signing: true }}
componentReferences: []
"
    );
    NewRegistry {
        constructor,
        policy: policy(component, repository, &[]),
    }
}

/// Writes the plugyard.yaml of a registry; relative paths in it are relative to its own directory.
pub fn policy(
    component: &str,
    repository: Option<&RepositorySpec>,
    sources: &[RepositorySpec],
) -> String {
    let repository = match repository {
        Some(spec) => format!("repository: {}\n", quoted(&spec.to_string())),
        None => "# repository: ghcr.io/acme/plugins\n".to_owned(),
    };
    let sources = if sources.is_empty() {
        "# sources: [ghcr.io/acme/more-plugins]\n".to_owned()
    } else {
        let items = sources
            .iter()
            .map(|spec| format!("  - {}\n", quoted(&spec.to_string())));
        format!("sources:\n{}", items.collect::<String>())
    };
    format!(
        "\
# Policy of the registry {component}.

# Where it is published, and where its plugins are looked up first.
{repository}
# Other repositories with plugins.
{sources}"
    )
}

fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-:".contains(&byte))
        && !text.starts_with('-')
        && !text.ends_with(':');
    if plain {
        text.to_owned()
    } else {
        // JSON text is YAML text.
        serde_json::Value::from(text).to_string()
    }
}

/// Spells a repository for a file in `folder`: a relative path is rewritten to name the same
/// location from there. `working` is the absolute path that it is relative to now.
pub fn seen_from(folder: &Path, working: &Path, spec: &RepositorySpec) -> RepositorySpec {
    let RepositorySpec::Ctf { kind, path } = spec else {
        return spec.clone();
    };
    if Path::new(path).is_absolute() || path.starts_with("file://") {
        return spec.clone();
    }
    let from = clean(&working.join(folder));
    let to = clean(&working.join(path));
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(left, right)| left == right)
        .count();
    let mut relative = PathBuf::new();
    for _ in from.components().skip(shared) {
        relative.push("..");
    }
    relative.extend(to.components().skip(shared));
    let mut text = relative.display().to_string();
    if !text.starts_with("..") {
        text = format!("./{text}");
    }
    RepositorySpec::Ctf {
        kind: kind.clone(),
        path: text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_is_adjusted_to_the_new_folder() {
        for (folder, path, expected) in [
            (".", "./ctf", "./ctf"),
            ("registry", "./ctf", "../ctf"),
            ("a/b", "a/ctf", "../ctf"),
            ("/elsewhere/r", "ctf", "../../work/ctf"),
            ("r", "../ctf", "../../ctf"),
            ("r", "/srv/ctf", "/srv/ctf"),
        ] {
            let spec = RepositorySpec::ctf(path);
            let seen = seen_from(Path::new(folder), Path::new("/work"), &spec);
            assert_eq!(seen.to_string(), expected, "{folder} {path}");
        }
    }
}
