//! The environment variables that are read, all of them here.

use std::path::PathBuf;

/// A docker configuration as text.
pub(crate) const DOCKER_AUTH_CONFIG: &str = "DOCKER_AUTH_CONFIG";
/// A file with logins, of podman, buildah and skopeo.
pub(crate) const REGISTRY_AUTH_FILE: &str = "REGISTRY_AUTH_FILE";
/// Directories in which programs are found.
pub(crate) const PATH: &str = "PATH";
/// The proxy for plain HTTP.
pub(crate) const HTTP_PROXY: &str = "HTTP_PROXY";
/// The proxy for TLS.
pub(crate) const HTTPS_PROXY: &str = "HTTPS_PROXY";
/// The proxy where no other is named.
pub(crate) const ALL_PROXY: &str = "ALL_PROXY";
/// Servers that are reached without a proxy.
pub(crate) const NO_PROXY: &str = "NO_PROXY";
/// Set where this is run by a web server, whose clients decide about `HTTP_PROXY` then.
pub(crate) const REQUEST_METHOD: &str = "REQUEST_METHOD";
/// Directory of docker's configuration.
pub(crate) const DOCKER_CONFIG: &str = "DOCKER_CONFIG";
/// The home of the user.
pub(crate) const HOME: &str = "HOME";
/// The home of the user, on Windows.
pub(crate) const USER_PROFILE: &str = "USERPROFILE";
/// Directory of files that exist as long as the login session.
pub(crate) const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Directory of the user's configuration files.
pub(crate) const CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// A file with an OCM configuration.
pub(crate) const OCM_CONFIG: &str = "OCM_CONFIG";
/// Seconds for which a failed request to a registry is retried.
pub(crate) const RETRY_BUDGET: &str = "PLUGYARD_RETRY_BUDGET";
/// Directory of the cache of registry content; `off` disables it.
pub(crate) const CACHE: &str = "PLUGYARD_CACHE";
/// Directory of the user's caches.
pub(crate) const CACHE_HOME: &str = "XDG_CACHE_HOME";
/// Directory of application data, on Windows.
pub(crate) const LOCAL_APP_DATA: &str = "LOCALAPPDATA";
/// Registries to read, separated by commas.
pub(crate) const REGISTRY: &str = "PLUGYARD_REGISTRY";

/// Reads a variable; an empty one counts as unset.
#[expect(
    clippy::disallowed_methods,
    reason = "only this module reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Reads a variable that names a directory or a file.
#[expect(
    clippy::disallowed_methods,
    reason = "only this module reads the environment"
)]
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then(|| value.into())
}
