//! The servers that may receive credentials over plain HTTP.

use std::collections::BTreeSet;

use crate::component_ref::RepositorySpec;

/// The servers that the user has named with `http://` on the command line or in the OCM
/// configuration, where nobody else can write.
///
/// Only these receive credentials over plain HTTP, which anyone on the network path can read; the
/// rule includes loopback addresses. An address from a published label or from a file in a
/// checked-out repository does not count. Credentials stored for a server without a scheme are for
/// TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainHttp(BTreeSet<String>);

impl PlainHttp {
    /// Adds the server of a location that is spelled with `http://`.
    pub fn allow(&mut self, location: &RepositorySpec) {
        if let RepositorySpec::Oci { base_url, .. } = location {
            self.0.extend(oci::plain_http_server(base_url));
        }
    }

    /// Returns whether the set contains `host`: a host name, followed by the port unless it is 80.
    pub fn allows(&self, host: &str) -> bool {
        self.0.contains(host)
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_compared_by_host_and_port() {
        let mut plain = PlainHttp::default();
        for text in [
            "HTTP://Registry.example/acme",
            "http://127.0.0.1:5000",
            "oci::http://[::1]:5000/x",
            "http://r.example:80/x",
            "https://tls.example",
            "ghcr.io/acme",
            "./archive",
        ] {
            plain.allow(&RepositorySpec::parse(text).unwrap());
        }
        let hosts = [
            "registry.example",
            "127.0.0.1:5000",
            "[::1]:5000",
            "r.example",
        ];
        assert!(hosts.iter().all(|host| plain.allows(host)), "{plain:?}");
        for host in ["127.0.0.1", "127.0.0.1:5001", "tls.example", "ghcr.io", ""] {
            assert!(!plain.allows(host), "{host}");
        }
    }
}
