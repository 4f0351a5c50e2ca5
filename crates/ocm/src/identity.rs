//! Identities of the elements of a component version.
//!
//! The identity is the extra identity together with name and version (OCM specification,
//! "Identities"); it must be unique within its list.

use std::collections::BTreeMap;

/// Attributes that identify an element in its list.
pub type Identity = BTreeMap<String, String>;

/// Builds an identity.
pub fn identity(name: &str, version: &str, extra: &BTreeMap<String, String>) -> Identity {
    let mut identity = extra.clone();
    identity.insert("name".to_owned(), name.to_owned());
    identity.insert("version".to_owned(), version.to_owned());
    identity
}

/// Formats an identity for people: `architecture=amd64,name=binary,os=linux,version=1.0.0`.
pub fn spell(identity: &Identity) -> String {
    let pairs: Vec<_> = identity
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(",")
}
