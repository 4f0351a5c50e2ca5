//! The keys of `auths` and `credHelpers`: which registry each one is for.
//!
//! A key is `[http[s]://]HOST[:PORT][/PATH]`. A key with a scheme is for a whole registry, whatever
//! its path; without a scheme, podman uses the path for a part of a registry.

use serde_json::{Map, Value};

use super::Wanted;

/// The key of Docker Hub in docker's configuration.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// A registry for which credentials are needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server<'a> {
    host: &'a str,
    port: &'a str,
    repository: &'a str,
    /// Host and port as written.
    spelled: &'a str,
    /// Host and port; the port is omitted if it is the default of the scheme.
    short: &'a str,
}

/// How well a key matches; larger is better.
type Closeness = (bool, usize, bool, bool);

impl<'a> Server<'a> {
    pub(super) fn of(wanted: &'a Wanted) -> Self {
        let default_port = if wanted.is_plain_http() { "80" } else { "443" };
        let (host, port) = split_port(&wanted.host);
        let spelled = wanted.spelled.split_once("://");
        let spelled = spelled.map_or(wanted.spelled.as_str(), |(_, rest)| rest);
        let spelled = spelled.split('/').next().unwrap_or_default();
        Self {
            host,
            port: port.unwrap_or(default_port),
            repository: &wanted.repository,
            spelled: if spelled.is_empty() {
                &wanted.host
            } else {
                spelled
            },
            short: &wanted.host,
        }
    }

    /// The names under which a helper may know the registry, most likely first: first the one that
    /// `docker` would ask for, then equivalent ones.
    pub(super) fn names(&self) -> Vec<String> {
        if canonical(self.host) == "docker.io" {
            return vec![DOCKER_HUB.to_owned()];
        }
        let mut names = vec![self.spelled.to_owned()];
        if self.short != self.spelled {
            names.push(self.short.to_owned());
        }
        names
    }

    /// `None` if the key is for another registry, or for another part of it.
    fn closeness(&self, key: &str) -> Option<Closeness> {
        let Key {
            scheme,
            authority,
            path,
        } = Key::parse(key);
        let (host, port) = split_port(authority);
        if !canonical(host).eq_ignore_ascii_case(canonical(self.host)) {
            return None;
        }
        // A key without a port is for the default port, and for all ports that have no key.
        let has_default_port = self.short == self.host;
        let same_port = port.map_or(has_default_port, |port| port == self.port);
        if !same_port && port.is_some() {
            return None;
        }
        let rest = self.repository.strip_prefix(path)?;
        let below = path.is_empty() || rest.is_empty() || rest.starts_with('/');
        let spelled = authority.eq_ignore_ascii_case(self.spelled);
        below.then_some((same_port, path.len(), spelled, !scheme))
    }
}

/// Finds the best entry for a registry; with `parts`, also an entry for a part of it.
pub(super) fn best<'a>(
    entries: &'a Map<String, Value>,
    server: &Server<'_>,
    parts: bool,
) -> Option<(&'a str, &'a Value)> {
    entries
        .iter()
        .filter(|(key, _)| parts || Key::parse(key).path.is_empty())
        .filter_map(|(key, value)| Some((server.closeness(key)?, (key.as_str(), value))))
        .max_by_key(|(closeness, _)| *closeness)
        .map(|(_, entry)| entry)
}

struct Key<'a> {
    scheme: bool,
    /// Host and port.
    authority: &'a str,
    path: &'a str,
}

impl<'a> Key<'a> {
    fn parse(key: &'a str) -> Self {
        let (scheme, rest) = match key.split_once("://") {
            Some((_, rest)) => (true, rest),
            None => (false, key),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        // Old clients use `HOST/v1/` for a whole registry.
        let whole = scheme || matches!(path, "v1" | "v2");
        Self {
            scheme,
            authority,
            path: if whole { "" } else { path },
        }
    }
}

/// Host and port of `HOST[:PORT]`, where the host may be `[IPv6]`.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port).filter(|port| !port.is_empty()))
        }
        _ => (authority, None),
    }
}

/// Docker Hub has three names.
fn canonical(host: &str) -> &str {
    let hub = ["docker.io", "index.docker.io", "registry-1.docker.io"];
    if hub.iter().any(|name| host.eq_ignore_ascii_case(name)) {
        "docker.io"
    } else {
        host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(spelled: &str, host: &str, repository: &str) -> Wanted {
        Wanted {
            host: host.to_owned(),
            repository: repository.to_owned(),
            spelled: spelled.to_owned(),
            path: String::new(),
        }
    }

    #[test]
    fn a_key_is_for_its_host_port_and_path() {
        // (key, address, its host, repository, whether the port is the same and the path's length)
        let cases = [
            ("ghcr.io", "ghcr.io", "ghcr.io", "acme/x", Some((true, 0))),
            ("GHCR.io", "ghcr.io", "ghcr.io", "x", Some((true, 0))),
            (
                "https://ghcr.io/v2/",
                "ghcr.io",
                "ghcr.io",
                "x",
                Some((true, 0)),
            ),
            (
                "HTTPS://ghcr.io/any",
                "ghcr.io",
                "ghcr.io",
                "x",
                Some((true, 0)),
            ),
            (
                "ghcr.io/acme",
                "ghcr.io",
                "ghcr.io",
                "acme/x",
                Some((true, 4)),
            ),
            (
                "ghcr.io/acme/",
                "ghcr.io",
                "ghcr.io",
                "acme",
                Some((true, 4)),
            ),
            ("ghcr.io/acm", "ghcr.io", "ghcr.io", "acme/x", None),
            ("ghcr.io:443", "ghcr.io", "ghcr.io", "x", Some((true, 0))),
            (
                "ghcr.io:443",
                "ghcr.io:443",
                "ghcr.io",
                "x",
                Some((true, 0)),
            ),
            ("ghcr.io:80", "ghcr.io", "ghcr.io", "x", None),
            ("r.io:80", "http://r.io:80", "r.io", "x", Some((true, 0))),
            ("r.io:443", "http://r.io", "r.io", "x", None),
            (
                "127.0.0.1",
                "127.0.0.1:5000",
                "127.0.0.1:5000",
                "x",
                Some((false, 0)),
            ),
            (
                "127.0.0.1:5000",
                "127.0.0.1:5000",
                "127.0.0.1:5000",
                "x",
                Some((true, 0)),
            ),
            (
                "127.0.0.1:5000",
                "127.0.0.1:5001",
                "127.0.0.1:5001",
                "x",
                None,
            ),
            ("127.0.0.1:5000", "127.0.0.1", "127.0.0.1", "x", None),
            (
                "[::1]:5000",
                "[::1]:5000",
                "[::1]:5000",
                "x",
                Some((true, 0)),
            ),
            ("[::1]", "[::1]:5000", "[::1]:5000", "x", Some((false, 0))),
            ("[::1]:443", "[::1]", "[::1]", "x", Some((true, 0))),
            (
                "https://index.docker.io/v1/",
                "docker.io",
                "registry-1.docker.io",
                "x",
                Some((true, 0)),
            ),
            (
                "docker.io",
                "docker.io",
                "registry-1.docker.io",
                "x",
                Some((true, 0)),
            ),
            ("evil.io", "ghcr.io", "ghcr.io", "x", None),
            ("ghcr.io.evil.io", "ghcr.io", "ghcr.io", "x", None),
            ("ghcr.io:x", "ghcr.io", "ghcr.io", "x", None),
            ("", "ghcr.io", "ghcr.io", "x", None),
        ];
        for (key, spelled, host, repository, expected) in cases {
            let wanted = wanted(spelled, host, repository);
            let found = Server::of(&wanted).closeness(key);
            let found = found.map(|(port, path, ..)| (port, path));
            assert_eq!(found, expected, "{key} for {spelled}");
        }
    }

    #[test]
    fn a_helper_is_asked_for_the_name_that_docker_would_use() {
        let cases = [
            ("GHCR.io", "ghcr.io", &["GHCR.io", "ghcr.io"][..]),
            (
                "https://ghcr.io:443",
                "ghcr.io",
                &["ghcr.io:443", "ghcr.io"],
            ),
            ("127.0.0.1:5000", "127.0.0.1:5000", &["127.0.0.1:5000"]),
            ("docker.io", "registry-1.docker.io", &[DOCKER_HUB]),
        ];
        for (spelled, host, expected) in cases {
            let wanted = wanted(spelled, host, "x");
            assert_eq!(Server::of(&wanted).names(), expected);
        }
    }
}
