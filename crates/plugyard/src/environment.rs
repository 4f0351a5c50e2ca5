//! The one place where the environment is read.

/// Registries to read, separated by commas.
pub(crate) const REGISTRY: &str = "PLUGYARD_REGISTRY";

/// Reads a variable; an empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "this is the place for it")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
