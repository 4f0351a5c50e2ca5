//! Where configuration files are searched for.

use std::path::{Path, PathBuf};

/// The user's directories and files, if known.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// `$OCM_CONFIG`, a file.
    pub file: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`.
    pub config_home: Option<PathBuf>,
    /// The home directory.
    pub home: Option<PathBuf>,
}

impl Search {
    /// Returns the files in the order in which they are read, if they exist.
    ///
    /// The order of the official CLI, without the working directory and the directory of the
    /// program: a checked-out repository must not decide who gets credentials.
    pub fn paths(&self) -> Vec<PathBuf> {
        let below = |folder: &Path, inner: &str| [folder.join(inner), folder.join(".ocmconfig")];
        let home = self.home.as_deref();
        let mut paths: Vec<PathBuf> = self.file.clone().into_iter().collect();
        if let Some(folder) = &self.config_home {
            paths.extend(below(folder, "ocm/config"));
        }
        if let Some(home) = home {
            paths.extend(below(&home.join(".config"), "ocm/config"));
            paths.extend(below(home, ".ocm/config"));
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_searched_in_the_home_directory_like_the_official_cli() {
        let search = Search {
            file: Some("/e/ocmconfig.yaml".into()),
            config_home: Some("/x".into()),
            home: Some("/h".into()),
        };
        let paths = search.paths();
        let paths: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(
            paths,
            [
                "/e/ocmconfig.yaml",
                "/x/ocm/config",
                "/x/.ocmconfig",
                "/h/.config/ocm/config",
                "/h/.config/.ocmconfig",
                "/h/.ocm/config",
                "/h/.ocmconfig",
            ]
        );
        assert!(Search::default().paths().is_empty());
    }
}
