//! Pre-releases of a registry: the next one, and published ones that prevent a version.

use ocm::Version;

/// The published pre-release that a version has to be higher than and is not: the highest one of
/// the same release. Nothing for a stable version.
pub fn in_the_way<'a>(version: &Version, published: &'a [Version]) -> Option<&'a Version> {
    let same_release =
        |other: &&Version| other.is_pre_release() && other.numbers() == version.numbers();
    let highest = published
        .iter()
        .filter(same_release)
        .max_by(|one, other| one.precedence(other))?;
    let too_low = version.is_pre_release() && version.precedence(highest).is_le();
    too_low.then_some(highest)
}

/// The next pre-release of the same release: the last number is raised, or one is appended.
#[must_use]
pub fn next(version: &Version) -> Version {
    let words = version.pre_release();
    let raised = words.rsplit_once('.').or(Some(("", words)));
    let raised = raised.and_then(|(before, last)| {
        let number = last.parse::<u64>().ok()?.checked_add(1)?;
        let dot = if before.is_empty() { "" } else { "." };
        Some(format!("{before}{dot}{number}"))
    });
    let words = raised.unwrap_or_else(|| format!("{words}.1"));
    with(version, &words)
}

/// The first pre-release of a release, named as another one is.
#[must_use]
pub fn first(release: &Version, like: &Version) -> Version {
    let words = like.pre_release().split('.');
    let mut words: Vec<&str> = words
        .take_while(|word| !word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    words.push("1");
    with(release, &words.join("."))
}

/// The release that a pre-release is of.
#[must_use]
pub fn release(version: &Version) -> Version {
    with(version, "")
}

/// The numbers of a version, with another pre-release part.
fn with(like: &Version, words: &str) -> Version {
    let prefix = if like.as_str().starts_with('v') {
        "v"
    } else {
        ""
    };
    let [major, minor, patch] = like.numbers();
    let dash = if words.is_empty() { "" } else { "-" };
    let text = format!("{prefix}{major}.{minor}.{patch}{dash}{words}");
    // Numbers, and words of a version, make a version.
    Version::parse(&text).unwrap_or_else(|_| like.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_pre_release_is_higher_and_of_the_same_release() {
        for (text, expected) in [
            ("v1.0.0-rc.1", "v1.0.0-rc.2"),
            ("1.0.0-rc.9", "1.0.0-rc.10"),
            ("1.0.0-1", "1.0.0-2"),
            ("1-rc", "1.0.0-rc.1"),
            ("1.0.0-rc1", "1.0.0-rc1.1"),
            ("1.0.0-rc.1.x", "1.0.0-rc.1.x.1"),
            ("1.0.0-rc.1+build", "1.0.0-rc.2"),
            ("1.0.0-18446744073709551615", "1.0.0-18446744073709551615.1"),
        ] {
            let next = next(&version(text));
            assert_eq!(next.as_str(), expected);
            assert!(next.precedence(&version(text)).is_gt(), "{text}");
        }
    }

    #[test]
    fn the_first_pre_release_follows_the_naming_of_the_others() {
        for (release, like, expected) in [
            ("v0.2.0", "v0.1.1-rc.7", "v0.2.0-rc.1"),
            ("0.2.0", "v0.1.1-beta", "0.2.0-beta.1"),
            ("0.2.0", "0.1.1-3", "0.2.0-1"),
            ("0.2.0", "0.1.1-a.b.3.c", "0.2.0-a.b.1"),
        ] {
            assert_eq!(first(&version(release), &version(like)).as_str(), expected);
        }
    }

    #[test]
    fn a_pre_release_must_be_higher_than_those_of_its_release() {
        let published = ["0.9.0", "1.0.0-rc.1", "1.0.0-rc.2", "2.0.0-rc.1"].map(version);
        for (text, expected) in [
            ("1.0.0-rc.1", Some("1.0.0-rc.2")),
            ("v1.0.0-rc.2", Some("1.0.0-rc.2")),
            ("1.0.0-rc.3", None),
            ("1.0.0", None),
            ("0.9.0", None),
            ("0.9.0-rc.1", None),
            ("2.0.0-alpha", Some("2.0.0-rc.1")),
        ] {
            let found = in_the_way(&version(text), &published).map(Version::as_str);
            assert_eq!(found, expected, "{text}");
        }
    }
}
