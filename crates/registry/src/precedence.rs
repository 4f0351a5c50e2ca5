//! When two versions are the same to semver; [`crate::offer`] chooses the newest.

use ocm::Version;

/// What counts of a version when two are compared by semver; the text where it is not a version.
pub type Precedence = Result<([u64; 3], String), String>;

/// See [`Precedence`].
pub fn precedence(text: &str) -> Precedence {
    match Version::parse(text) {
        Ok(version) => Ok((version.numbers(), version.pre_release().to_owned())),
        Err(_) => Err(text.to_owned()),
    }
}

/// Returns whether two texts are the same version to semver; texts that are not versions must be
/// equal.
pub fn same_version(one: &str, other: &str) -> bool {
    precedence(one) == precedence(other)
}
