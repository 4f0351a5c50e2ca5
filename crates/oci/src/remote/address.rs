//! Addresses of a registry and of its content.

use reqwest::Url;

use super::fault::RemoteFault;
use crate::credentials::Wanted;
use crate::digest::Digest;
use crate::transport::url::{host, without_login};

/// The address of a registry.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    base: Url,
    host: String,
    /// The address as the user gave it.
    spelled: String,
    /// The common path prefix of the repositories.
    path: String,
}

impl Address {
    /// Parses `[https://|http://|oci://]HOST[:PORT]`. Plain HTTP is used only if it is given
    /// explicitly.
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
        // Docker Hub's API is on another host than its name.
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

    /// Returns the same registry, restricted to repositories below a path.
    pub(crate) fn below(self, path: &str) -> Self {
        Self {
            path: path.trim_matches('/').to_owned(),
            ..self
        }
    }

    /// Registry and path as the user gave them; credentials differ by them.
    pub(crate) fn registry_and_path(&self) -> String {
        format!("{}/{}", self.spelled, self.path)
    }

    /// Describes what credentials are needed for.
    pub(crate) fn wanted(&self, repository: &str) -> Wanted {
        Wanted {
            host: self.host.clone(),
            repository: repository.to_owned(),
            spelled: self.spelled.clone(),
            path: self.path.clone(),
        }
    }

    /// Host and port in the form in which credentials are stored.
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

    /// The address of the list of tags, with at most `page` tags per page if the registry supports
    /// that.
    pub(crate) fn tags(&self, repository: &str, page: Option<usize>) -> Result<Url, RemoteFault> {
        let query = page.map_or_else(String::new, |page| format!("?n={page}"));
        self.join(repository, &format!("tags/list{query}"))
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

/// The server of a plain HTTP address, in the form of [`Wanted::host`]; `None` for any other
/// address.
pub fn plain_http_server(address: &str) -> Option<String> {
    let address = Address::parse(address).ok()?;
    (address.base.scheme() == "http").then_some(address.host)
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

/// Returns whether a text can be a tag. No other text is ever looked up.
pub(crate) fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || b".-".contains(&byte))
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
    fn a_repository_path_cannot_leave_its_registry() {
        let address = Address::parse("ghcr.io").unwrap();
        for wrong in [
            "", "../x", "a//b", "A", "a/../b", "a?b", "a b", "a/", "/a", "é",
        ] {
            assert!(address.tags(wrong, None).is_err(), "{wrong}");
        }
        let url = address.manifest("acme/x", "1.0").unwrap();
        assert_eq!(url.as_str(), "https://ghcr.io/v2/acme/x/manifests/1.0");
    }
}
