//! The files around a new registry: its workflows, and what they and its keepers need.
//!
//! They are derived from the files with which this repository keeps its own registry in the
//! directory `registry`: only names and directories are replaced.

use ocm::RepositorySpec;

/// A file of a new registry repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineFile {
    /// Path in the repository, with `/`.
    pub path: &'static str,
    /// Text of the file.
    pub text: String,
}

/// The registry's component name, repository and directory in the sources.
const COMPONENT: &str = "ocm.software/plugin-registry";
const REPOSITORY: &str = "ghcr.io/open-component-model/plugins";
const FOLDER: &str = "registry/";

/// The actions as the workflows name them, before the commit that they are pinned to.
const ACTIONS: [&str; 2] = [
    "open-component-model/plugyard@",
    "open-component-model/plugyard/propose@",
];

const SOURCES: [(&str, &str); 6] = [
    (
        ".github/workflows/registry-check.yml",
        include_str!("../../../../.github/workflows/registry-check.yml"),
    ),
    (
        ".github/workflows/registry-publish.yml",
        include_str!("../../../../.github/workflows/registry-publish.yml"),
    ),
    (
        ".github/workflows/registry-update.yml",
        include_str!("../../../../.github/workflows/registry-update.yml"),
    ),
    (
        ".github/CODEOWNERS",
        include_str!("../../../../.github/CODEOWNERS"),
    ),
    (".gitattributes", include_str!("../../../../.gitattributes")),
    ("README.md", include_str!("../../../../registry/README.md")),
];

/// Writes the files around the registry `component`, which is published in `repository`.
///
/// `commit` is the commit of Plugyard whose actions the workflows use. If it is absent or not a
/// commit, they use the one that Plugyard's own workflows use.
pub fn pipeline(
    component: &str,
    repository: Option<&RepositorySpec>,
    commit: Option<&str>,
) -> Vec<PipelineFile> {
    let name = repository.map(ToString::to_string);
    let name = name
        .as_deref()
        .filter(|name| !name.contains(['`', '\n', '\r']))
        .unwrap_or("the `repository` of plugyard.yaml");
    let quoted = match repository {
        Some(_) if !name.contains('`') => format!("`{name}`"),
        _ => name.to_owned(),
    };
    SOURCES
        .iter()
        .map(|&(path, source)| {
            let text = source
                .replace(COMPONENT, component)
                .replace(&format!("`{REPOSITORY}`"), &quoted);
            let text = match path {
                ".github/CODEOWNERS" => text.replace("# /registry/ ", "# * "),
                _ => text.replace(FOLDER, ""),
            };
            PipelineFile {
                path,
                text: pinned(&text, commit),
            }
        })
        .collect()
}

/// Replaces the commit wherever an action is named.
fn pinned(text: &str, commit: Option<&str>) -> String {
    let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let Some(commit) = commit.filter(|text| is_commit(text)) else {
        return text.to_owned();
    };
    let mut text = text.to_owned();
    for action in ACTIONS {
        let mut parts = text.split(action);
        let mut pinned = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            pinned.push_str(action);
            match part.get(..40).filter(|old| is_commit(old)) {
                Some(_) => {
                    pinned.push_str(commit);
                    pinned.push_str(&part[40..]);
                }
                None => pinned.push_str(part),
            }
        }
        text = pinned;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(files: &[PipelineFile], path: &str) -> String {
        let file = files.iter().find(|file| file.path == path);
        file.unwrap().text.clone()
    }

    #[test]
    fn no_name_of_our_own_registry_remains() {
        let spec = RepositorySpec::parse("harbor.acme.org/plugins").unwrap();
        for file in pipeline("acme.org/plugin-registry", Some(&spec), None) {
            for word in [
                COMPONENT,
                REPOSITORY,
                "registry/component",
                "registry/plugyard",
            ] {
                assert!(!file.text.contains(word), "{}: {word}", file.path);
            }
        }
    }

    #[test]
    fn workflows_name_the_repositorys_files_and_one_commit() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let files = pipeline("acme.org/plugin-registry", None, Some(commit));
        for name in ["check", "publish", "update"] {
            let text = text(&files, &format!(".github/workflows/registry-{name}.yml"));
            assert!(text.contains("FILES: -c component-constructor.yaml -p plugyard.yaml "));
            let uses = text.matches("uses: open-component-model/plugyard").count();
            let pinned = text.matches(&format!("@{commit} # v")).count();
            assert!(uses > 0 && pinned == uses, "{name}: {pinned} of {uses}");
        }
    }

    #[test]
    fn an_invalid_commit_is_not_inserted() {
        let files = pipeline("acme.org/plugin-registry", None, Some("main\n  evil: true"));
        assert_eq!(files, pipeline("acme.org/plugin-registry", None, None));
    }

    #[test]
    fn the_readme_names_the_registry_and_its_repository() {
        let spec = RepositorySpec::parse("harbor.acme.org/plugins").unwrap();
        let readme = text(
            &pipeline("acme.org/plugin-registry", Some(&spec), None),
            "README.md",
        );
        assert!(readme.starts_with("# The plugin registry `acme.org/plugin-registry`\n"));
        assert!(readme.contains("publishes it in\n`harbor.acme.org/plugins`."));
        let readme = text(&pipeline("acme.org/registry", None, None), "README.md");
        assert!(readme.contains("publishes it in\nthe `repository` of plugyard.yaml."));
    }
}
