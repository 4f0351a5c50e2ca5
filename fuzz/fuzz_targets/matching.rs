//! Patterns and constraints are parsed or refused, and matching terminates quickly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocm::config::Identity;
use ocm::glob::Glob;
use ocm::version_constraint::VersionConstraint;

fuzz_target!(|texts: (&str, &str)| {
    let (pattern, text) = texts;
    Glob::wildcards(pattern).matches(text);
    for glob in [Glob::path(pattern), Glob::gobwas(pattern)]
        .into_iter()
        .flatten()
    {
        glob.matches(text);
    }
    if let (Ok(constraint), Ok(version)) =
        (VersionConstraint::parse(pattern), ocm::Version::parse(text))
    {
        constraint.matches(&version);
    }
    let path = |path: &str| Identity::new([("path".to_owned(), path.to_owned())]);
    path(text).matches(&path(pattern));
    Identity::of_registry(pattern, text).matches(&Identity::of_registry(text, pattern));
});
