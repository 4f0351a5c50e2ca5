//! The user's OCM configuration: where it is found, and what it is used for.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests may panic, and report what they skip"
)]

mod captures;
mod files;
mod http;
mod logins;
mod resolvers;
mod tls;

use crate::yard::Yard;
use testkit::Registry;
use testkit::registry::{Login, Quirks};

/// A configuration of these entries, each indented by two.
fn config(entries: &str) -> String {
    format!("type: generic.config.ocm.software/v1\nconfigurations:\n{entries}")
}

/// A registry that requires alice and s3cret.
fn with_password() -> Registry {
    let login = Login::Basic {
        user: "alice".to_owned(),
        password: "s3cret".to_owned(),
    };
    Registry::with(login, Quirks::default())
}

/// An entry with credentials for one path of a registry, or for all paths.
fn consumer(registry: &Registry, path: &str, user: &str, password: &str) -> String {
    let host = registry.host();
    let (name, port) = host.split_once(':').unwrap();
    let path = if path.is_empty() {
        String::new()
    } else {
        format!(", path: '{path}'")
    };
    format!(
        "  - type: credentials.config.ocm.software
    consumers:
      - identities: [{{ type: OCIRegistry, hostname: {name}, port: '{port}'{path} }}]
        credentials: [{{ type: OCICredentials/v1, username: {user}, password: {password} }}]
"
    )
}

/// Writes the configuration of the home.
fn home_config(yard: &Yard, entries: &str) {
    yard.write("../home/.ocmconfig", config(entries));
}
