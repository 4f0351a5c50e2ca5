//! Addresses: where a registry is, and what is asked of it.

use reqwest::Url;

use super::RemoteFault;
use crate::credentials::Wanted;
use crate::digest::Digest;
use crate::visible::visible;

/// Where a registry is reached.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    base: Url,
    host: String,
    /// As it was given.
    spelled: String,
    /// What its repositories have in common: the place of a user within the registry.
    path: String,
}

impl Address {
    /// Reads `[https://|http://|oci://]HOST[:PORT]`. Plain HTTP is spoken only where it is
    /// written.
    pub(crate) fn parse(text: &str) -> Result<Self, RemoteFault> {
        let wrong = || RemoteFault::Address {
            text: without_login(text).chars().take(200).collect(),
            what: "the address of a registry",
        };
        let (scheme, authority) = text.split_once("://").unwrap_or(("https", text));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "oci" | "https" => "https",
            "http" => "http",
            _ => return Err(wrong()),
        };
        let authority = authority.trim_end_matches('/').to_ascii_lowercase();
        // Docker Hub answers at another name than the one that is written.
        let authority = match authority.as_str() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            other => other,
        };
        // A name and a password in an address would end up in logs and messages.
        if authority.is_empty() || authority.contains(['@', '/', '?', '#', '\\', ' ']) {
            return Err(wrong());
        }
        let base = Url::parse(&format!("{scheme}://{authority}/v2/")).map_err(|_| wrong())?;
        Ok(Self {
            host: host(&base),
            base,
            spelled: text.to_owned(),
            path: String::new(),
        })
    }

    /// The same, of what is below a path of the registry.
    pub(crate) fn below(self, path: &str) -> Self {
        Self {
            path: path.trim_matches('/').to_owned(),
            ..self
        }
    }

    /// Whose logins count: registry and path, as they were given.
    pub(crate) fn place(&self) -> String {
        format!("{}/{}", self.spelled, self.path)
    }

    /// What to ask credentials for.
    pub(crate) fn wanted(&self, repository: &str) -> Wanted {
        Wanted {
            host: self.host.clone(),
            repository: repository.to_owned(),
            spelled: self.spelled.clone(),
            path: self.path.clone(),
        }
    }

    /// Host and port, as credentials are kept for it.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn manifest(&self, repository: &str, name: &str) -> Result<Url, RemoteFault> {
        self.join(repository, &format!("manifests/{name}"))
    }

    pub(crate) fn blob(&self, repository: &str, digest: Digest) -> Result<Url, RemoteFault> {
        self.join(repository, &format!("blobs/{digest}"))
    }

    pub(crate) fn uploads(&self, repository: &str) -> Result<Url, RemoteFault> {
        self.join(repository, "blobs/uploads/")
    }

    pub(crate) fn tags(&self, repository: &str, page: usize) -> Result<Url, RemoteFault> {
        self.join(repository, &format!("tags/list?n={page}"))
    }

    fn join(&self, repository: &str, rest: &str) -> Result<Url, RemoteFault> {
        let wrong = || RemoteFault::Address {
            text: repository.chars().take(200).collect(),
            what: "the name of a repository, which is in lower case",
        };
        if !is_repository(repository) {
            return Err(wrong());
        }
        self.base
            .join(&format!("{repository}/{rest}"))
            .map_err(|_| wrong())
    }
}

/// Host and port of an address; the port only where it is not that of the scheme.
pub(crate) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

/// The server of an address in plain HTTP, as [`Wanted::host`] names it; nothing for another
/// address, or one that is malformed.
pub fn plain_http_server(address: &str) -> Option<String> {
    let address = Address::parse(address).ok()?;
    (address.base.scheme() == "http").then_some(address.host)
}

/// An address as somebody has written it, for messages, without what may be a name and a
/// password in it, however malformed it is.
pub fn without_login(text: &str) -> String {
    let (scheme, rest) = match text.find("//") {
        Some(at) => text.split_at(at + 2),
        None => ("", text),
    };
    let lower = rest.to_ascii_lowercase();
    let after = [
        lower.rfind('@').map(|at| at + 1),
        lower.rfind("%40").map(|at| at + 3),
    ];
    if let Some(after) = after.into_iter().flatten().max() {
        return format!("{}…@{}", shown_scheme(scheme), &rest[after..]);
    }
    // `user:password` where the host is missing, or where something else stands for the `@`.
    let authority = rest.split('/').next().unwrap_or_default();
    let name = authority
        .rsplit_once(']')
        .map_or(authority, |(_, port)| port);
    match name.split_once(':') {
        Some((_, port)) if !port.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{}…{}", shown_scheme(scheme), &rest[authority.len()..])
        }
        _ => text.to_owned(),
    }
}

/// A scheme with its slashes; what comes before them may be a login as well.
fn shown_scheme(scheme: &str) -> &str {
    let name = scheme.trim_end_matches(['/', ':']);
    let known = ["", "http", "https", "oci"];
    if known.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        scheme
    } else {
        ""
    }
}

/// Says whether two addresses are at the same server: scheme, host and port.
pub(crate) fn same_server(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// The grammar of the distribution specification, without its finer points on separators.
fn is_repository(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name.split('/').all(|part| {
            let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            part.bytes().next().is_some_and(inner)
                && part.bytes().next_back().is_some_and(inner)
                && part
                    .bytes()
                    .all(|byte| inner(byte) || b"._-".contains(&byte))
        })
}

/// Says whether a text can be a tag; what cannot is nowhere.
pub(crate) fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || b".-".contains(&byte))
}

/// An address for logs: without credentials, and without the values of a query that may be
/// secret, as those of signed addresses and upload sessions are.
pub(crate) fn printable(url: &Url) -> String {
    const PLAIN: [&str; 5] = ["n", "last", "digest", "scope", "service"];
    let mut shown = url.clone();
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    shown.set_query(None);
    let query: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| {
            if PLAIN.contains(&name.as_ref()) {
                format!("{name}={value}")
            } else {
                format!("{name}=…")
            }
        })
        .collect();
    let mut text = shown.to_string();
    if !query.is_empty() {
        text.push('?');
        text.push_str(&query.join("&"));
    }
    visible(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_used_only_if_requested() {
        // (text, base)
        let cases = [
            ("ghcr.io", Some("https://ghcr.io/v2/")),
            ("localhost:5000", Some("https://localhost:5000/v2/")),
            ("oci://ghcr.io", Some("https://ghcr.io/v2/")),
            ("http://127.0.0.1:5000", Some("http://127.0.0.1:5000/v2/")),
            ("http://[::1]:5000", Some("http://[::1]:5000/v2/")),
            ("HTTP://LocalHost:5000", Some("http://localhost:5000/v2/")),
            ("Oci://GHCR.io", Some("https://ghcr.io/v2/")),
            ("Docker.io", Some("https://registry-1.docker.io/v2/")),
            ("docker.io", Some("https://registry-1.docker.io/v2/")),
            ("ftp://ghcr.io", None),
            ("https://user:secret@ghcr.io", None),
            ("", None),
            ("a b", None),
        ];
        for (text, base) in cases {
            let address = Address::parse(text).ok();
            let found = address.as_ref().map(|address| address.base().as_str());
            assert_eq!(found, base, "{text}");
        }
    }

    #[test]
    fn no_form_of_an_address_repeats_a_login() {
        // (text, shown)
        let cases = [
            ("https://ghcr.io/acme", "https://ghcr.io/acme"),
            ("ghcr.io:5000/acme", "ghcr.io:5000/acme"),
            ("http://[::1]:5000/x", "http://[::1]:5000/x"),
            ("https://u:s3cret@ghcr.io/x", "https://…@ghcr.io/x"),
            ("https:/u:s3cret@ghcr.io/x", "…@ghcr.io/x"),
            ("u:s3cret@ghcr.io", "…@ghcr.io"),
            ("https://u:s3cret@a@ghcr.io", "https://…@ghcr.io"),
            ("https://u:s3cret%40ghcr.io/x", "https://…@ghcr.io/x"),
            ("u:s3cret://ghcr.io@x", "…@x"),
            ("https://u:s3cret/ghcr.io", "https://…/ghcr.io"),
            ("https://u:s3cret", "https://…"),
            ("u:s3cret", "…"),
            ("https:u:s3cret@ghcr.io", "…@ghcr.io"),
        ];
        for (text, shown) in cases {
            assert_eq!(without_login(text), shown, "{text}");
        }
    }

    #[test]
    fn a_repository_path_cannot_leave_its_registry() {
        let address = Address::parse("ghcr.io").unwrap();
        for wrong in [
            "", "../x", "a//b", "A", "a/../b", "a?b", "a b", "a/", "/a", "é",
        ] {
            assert!(address.tags(wrong, 1).is_err(), "{wrong}");
        }
        let url = address.manifest("acme/x", "1.0").unwrap();
        assert_eq!(url.as_str(), "https://ghcr.io/v2/acme/x/manifests/1.0");
    }

    #[test]
    fn logs_contain_no_secrets() {
        let url = Url::parse("https://u:p@h/a?n=5&X-Amz-Signature=s3cret&_state=x#f").unwrap();
        assert_eq!(
            printable(&url),
            "https://h/a?n=5&X-Amz-Signature=…&_state=…"
        );
    }
}
