//! When two versions are the same to semver, and which of several is the newest.

use ocm::{Reference, Version};

/// What counts of a version when two are compared by semver; the text of what is no version.
pub type Precedence = Result<([u64; 3], String), String>;

/// See [`Precedence`].
pub fn precedence(text: &str) -> Precedence {
    match Version::parse(text) {
        Ok(version) => Ok((version.numbers(), version.pre_release().to_owned())),
        Err(_) => Err(text.to_owned()),
    }
}

/// Says whether two texts are the same version to semver; texts that are none, if equal.
pub fn same_version(one: &str, other: &str) -> bool {
    precedence(one) == precedence(other)
}

/// The newest entry: of the highest stable version, else of the highest pre-release.
pub fn newest<'a>(entries: &[&'a Reference]) -> Option<&'a Reference> {
    let versions: Vec<Version> = entries
        .iter()
        .filter_map(|entry| Version::parse(&entry.version).ok())
        .collect();
    match ocm::version::latest(&versions) {
        Some(latest) => entries
            .iter()
            .copied()
            .find(|entry| entry.version == latest.as_str()),
        None => entries.last().copied(),
    }
}
