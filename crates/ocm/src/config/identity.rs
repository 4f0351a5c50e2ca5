//! Consumer identities: what credentials are meant for.

use std::collections::BTreeMap;
use std::fmt;

use crate::glob::Glob;

/// The type of the identities of OCI registries.
const KIND: &str = "OCIRegistry";

/// The identity of a consumer of credentials: `type`, `scheme`, `hostname`, `port`, `path` and
/// possibly others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity(BTreeMap<String, String>);

/// How specific an identity is; a larger value is more specific.
pub(super) type Closeness = (bool, usize, bool, bool, bool);

impl Identity {
    /// Builds an identity. The three names of Docker Hub become one, and a version of the type is
    /// dropped.
    pub fn new(attributes: impl IntoIterator<Item = (String, String)>) -> Self {
        let normalized = |(key, value): (String, String)| {
            let value = match (key.as_str(), value.as_str()) {
                ("type", "OCIRegistry/v1") => KIND.to_owned(),
                ("hostname", name) => match name.to_ascii_lowercase().as_str() {
                    "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
                    name => name.to_owned(),
                },
                ("scheme", scheme) => scheme.to_ascii_lowercase(),
                _ => value,
            };
            (key, value)
        };
        Self(attributes.into_iter().map(normalized).collect())
    }

    /// The identity of a path in an OCI registry: scheme and port only if the address
    /// contains them.
    pub fn of_registry(address: &str, path: &str) -> Self {
        let (scheme, authority) = match address.split_once("://") {
            Some((scheme, authority)) => (scheme, authority),
            None => ("", address),
        };
        let authority = authority.split('/').next().unwrap_or_default();
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port),
            _ => (authority, ""),
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let path = path.trim_matches('/');
        let attributes = [
            ("type", KIND),
            ("scheme", scheme),
            ("hostname", name),
            ("port", port),
            ("path", path),
        ];
        let attributes = attributes
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        Self::new(attributes.map(|(key, value)| (key.to_owned(), value.to_owned())))
    }

    fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    pub(super) fn is_registry(&self) -> bool {
        self.get("type") == KIND
    }

    /// Returns whether it is for plain HTTP only.
    pub(super) fn is_plain_http(&self) -> bool {
        self.get("scheme") == "http"
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Returns whether credentials configured for `configured` match this identity.
    ///
    /// The path of `configured` is a pattern; if absent, it matches any path. Host names must be
    /// equal; schemes only if both are given, and `oci` is `https`; ports after applying the default
    /// of the scheme that one side has. Everything else must be equal.
    pub fn matches(&self, configured: &Self) -> bool {
        let pattern = configured.get("path");
        if !pattern.is_empty()
            && !Glob::path(pattern).is_ok_and(|glob| glob.matches(self.get("path")))
        {
            return false;
        }
        let scheme = |identity: &Self| match identity.get("scheme") {
            "oci" => "https".to_owned(),
            other => other.to_owned(),
        };
        let (own, other) = (scheme(self), scheme(configured));
        if !own.is_empty() && !other.is_empty() && own != other {
            return false;
        }
        if self.get("hostname") != configured.get("hostname") {
            return false;
        }
        let effective = if own.is_empty() { other } else { own };
        let port = |identity: &Self| match (identity.get("port"), effective.as_str()) {
            ("", "https") => "443".to_owned(),
            ("", "http") => "80".to_owned(),
            (port, _) => port.to_owned(),
        };
        port(self) == port(configured) && self.others().eq(configured.others())
    }

    fn others(&self) -> impl Iterator<Item = (&String, &String)> {
        let named = ["path", "scheme", "hostname", "port"];
        self.0
            .iter()
            .filter(move |(key, _)| !named.contains(&key.as_str()))
    }

    /// An identity with a path is more specific than one without; of two paths, the one with more
    /// literal characters; after that, one with a scheme, then one with a port.
    pub(super) fn closeness(&self) -> Closeness {
        let path = self.get("path");
        // An invalid pattern matches nothing, so its rank does not matter.
        let (characters, literal) = Glob::path(path).map_or((0, true), |glob| glob.literal());
        (
            !path.is_empty(),
            characters,
            literal,
            !self.get("scheme").is_empty(),
            !self.get("port").is_empty(),
        )
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(text: &str) -> Identity {
        let attributes = format!("type=OCIRegistry {text}");
        let pairs = attributes.split_whitespace().map(|pair| {
            let (key, value) = pair.split_once('=').unwrap();
            (key.to_owned(), value.to_owned())
        });
        // Not normalised here; reading accepts more spellings.
        Identity(pairs.collect())
    }

    #[test]
    fn identities_match_as_for_the_official_cli() {
        // (request, configured, whether they match)
        let cases = [
            ("hostname=h path=a/b", "hostname=h", true),
            ("hostname=h path=a/b", "hostname=h path=a", false),
            ("hostname=h path=a/b", "hostname=h path=a/*", true),
            ("hostname=h path=a/b/c", "hostname=h path=a/*", false),
            ("hostname=h path=a", "hostname=h path=a/*", false),
            ("hostname=h", "hostname=h path=*", true),
            ("hostname=h", "hostname=h path=a", false),
            ("hostname=h scheme=https", "hostname=h", true),
            ("hostname=h scheme=https", "hostname=h port=443", true),
            ("hostname=h port=443 scheme=https", "hostname=h", true),
            ("hostname=h", "hostname=h port=443", false),
            ("hostname=h", "hostname=h port=443 scheme=https", true),
            ("hostname=h scheme=oci", "hostname=h scheme=https", true),
            ("hostname=h scheme=http", "hostname=h scheme=https", false),
            ("hostname=h port=5000", "hostname=h", false),
            (
                "hostname=h port=5000",
                "hostname=h port=5000 scheme=http",
                true,
            ),
            ("hostname=h", "hostname=h type=OCIRegistry/v1", false),
            ("hostname=h path=a", "hostname=h pathprefix=a", false),
            ("hostname=x.h", "hostname=*.h", false),
            ("hostname=h", "", false),
        ];
        for (request, configured, expected) in cases {
            let matches = identity(request).matches(&identity(configured));
            assert_eq!(matches, expected, "{request} | {configured}");
        }
    }

    #[test]
    fn a_registry_is_identified_by_its_address_as_written() {
        let cases = [
            (
                "ghcr.io",
                "acme/plugins",
                "hostname=ghcr.io,path=acme/plugins,type=OCIRegistry",
            ),
            (
                "https://ghcr.io",
                "/acme",
                "hostname=ghcr.io,path=acme,scheme=https,type=OCIRegistry",
            ),
            (
                "http://127.0.0.1:5000",
                "",
                "hostname=127.0.0.1,port=5000,scheme=http,type=OCIRegistry",
            ),
            (
                "localhost:5000",
                "x",
                "hostname=localhost,path=x,port=5000,type=OCIRegistry",
            ),
            (
                "http://[::1]:5000",
                "",
                "hostname=::1,port=5000,scheme=http,type=OCIRegistry",
            ),
            ("[::1]", "", "hostname=::1,type=OCIRegistry"),
            (
                "HTTPS://GHCR.io",
                "",
                "hostname=ghcr.io,scheme=https,type=OCIRegistry",
            ),
            (
                "registry-1.docker.io",
                "",
                "hostname=docker.io,type=OCIRegistry",
            ),
        ];
        for (address, path, expected) in cases {
            assert_eq!(Identity::of_registry(address, path).to_string(), expected);
        }
    }

    #[test]
    fn more_specific_identities_come_first() {
        let ordered = [
            "hostname=h",
            "hostname=h port=1",
            "hostname=h scheme=http",
            "hostname=h scheme=http port=1",
            "hostname=h path=*",
            "hostname=h path=* scheme=http",
            "hostname=h path=a/*",
            "hostname=h path=a/b*",
            "hostname=h path=a/b",
        ];
        assert!(ordered.is_sorted_by_key(|text| identity(text).closeness()));
        let unequal = ordered.windows(2).all(|two| {
            identity(two[0]).closeness() < identity(two[1]).closeness() || two[1].ends_with("a/b")
        });
        assert!(unequal);
    }
}
