//! Reads the values of arguments.

use std::path::PathBuf;
use std::time::Duration;

use ocm::component_ref::InvalidRef;
use ocm::{ComponentRef, RepositorySpec, Version};
use registry::platform::Platform;

use super::Against;

pub(super) fn repository(text: &str) -> Result<RepositorySpec, String> {
    let spec = RepositorySpec::parse(text)
        .map_err(|kind| format!("`{kind}` is not a type of repository"))?;
    if spec.is_empty() {
        return Err(
            "expected the address of a repository, such as ghcr.io/acme/plugins".to_owned(),
        );
    }
    Ok(spec)
}

pub(super) fn component_ref(text: &str) -> Result<ComponentRef, String> {
    let worded = |error: InvalidRef| format!("{error}; {}", error.hint());
    let reference: ComponentRef = text.parse().map_err(worded)?;
    if reference.repository.is_empty() {
        return Err(worded(InvalidRef::NoRepository(text.to_owned())));
    }
    Ok(reference)
}

pub(super) fn against(text: &str) -> Result<Against, String> {
    match text.strip_prefix("git:") {
        Some("") => Err("expected a revision after `git:`, such as git:origin/main".to_owned()),
        Some(revision) => Ok(Against::Revision(revision.to_owned())),
        None => component_ref(text).map(Against::Reference),
    }
}

pub(super) fn revision(text: &str) -> Result<String, String> {
    match text.strip_prefix("git:") {
        Some(revision) if !revision.is_empty() => Ok(revision.to_owned()),
        _ => Err("expected git:REV, such as git:origin/main".to_owned()),
    }
}

pub(super) fn component_version(text: &str) -> Result<(String, Option<Version>), String> {
    if text.contains("//") {
        return Err("expected COMPONENT[:VERSION]; name the repository with --from".to_owned());
    }
    let (component, version) = match text.split_once(':') {
        Some((component, version)) => {
            let version: Version = version.parse().map_err(|error| format!("{error}"))?;
            (component, Some(version))
        }
        None => (text, None),
    };
    Ok((self::component(component)?, version))
}

pub(super) fn component(text: &str) -> Result<String, String> {
    if !ocm::name::is_component_name(text) {
        return Err(format!(
            "`{text}` is not a component name such as acme.org/plugins/demo"
        ));
    }
    Ok(text.to_owned())
}

/// A number of seconds, minutes (`m`) or hours (`h`), at most a day.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        _ => 0,
    };
    let seconds = digits
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(unit));
    match seconds.filter(|seconds| unit > 0 && *seconds <= 24 * 60 * 60) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err("expected a duration of at most a day, such as 30s, 5m or 1h".to_owned()),
    }
}

pub(super) fn entry(text: &str) -> Result<(String, Option<Version>), String> {
    match text.split_once('@') {
        Some((name, version)) => {
            let version: Version = version.parse().map_err(|error| format!("{error}"))?;
            Ok((name.to_owned(), Some(version)))
        }
        None => Ok((text.to_owned(), None)),
    }
}

pub(super) fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("expected a reason".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) fn program(text: &str) -> Result<(Platform, PathBuf), String> {
    let (platform, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or("expected OS/ARCH=FILE, such as linux/amd64=dist/demo")?;
    let platform: Platform =
        platform
            .parse()
            .map_err(|error: registry::platform::InvalidPlatform| {
                format!("{error}; {}", error.hint())
            })?;
    Ok((platform, file.into()))
}
