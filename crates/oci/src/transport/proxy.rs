//! Which requests go through a proxy: the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, read
//! as Go programs read them.

use std::net::IpAddr;

use reqwest::Url;

/// The proxy settings of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// URL of the proxy for plain HTTP, with or without a scheme.
    pub http: Option<String>,
    /// URL of the proxy for TLS.
    pub https: Option<String>,
    /// Servers that are reached without a proxy.
    pub exceptions: Exceptions,
}

impl Proxies {
    /// Returns the proxy for a request to `url`. A server on this machine is never reached through
    /// a proxy, because its address would mean another server there.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<Url> {
        let proxy = match url.scheme() {
            "https" => self.https.as_deref(),
            _ => self.http.as_deref(),
        };
        let host = url.host_str()?;
        let port = url.port_or_known_default()?;
        if is_loopback(host) || self.exceptions.contain(host, port) {
            return None;
        }
        address(proxy?)
    }

    /// Returns whether any proxy is configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }
}

/// The URL of a proxy; plain HTTP if it has no scheme.
fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    let with_scheme = format!("http://{text}");
    let text = if text.contains("://") {
        text
    } else {
        &with_scheme
    };
    Url::parse(text).ok().filter(Url::has_host)
}

/// Returns whether a host is this machine: `localhost`, a name below it, or a loopback address.
pub(crate) fn is_loopback(host: &str) -> bool {
    if let Some(address) = ip(host) {
        return address.is_loopback();
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// The value of `NO_PROXY`: `*`, or names, addresses and networks, separated by commas or spaces.
///
/// `example.org` also matches its subdomains; `.example.org` and `*.example.org` match only those.
/// An entry with a port, such as `example.org:8443` or `[::1]:80`, matches this port only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions(Vec<Exception>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    All,
    Network {
        address: IpAddr,
        bits: u8,
    },
    Address {
        address: IpAddr,
        port: Option<u16>,
    },
    /// With a leading dot.
    Domain {
        suffix: String,
        itself: bool,
        port: Option<u16>,
    },
}

impl Exceptions {
    /// Parses the list. An entry that cannot be parsed matches nothing.
    pub fn parse(text: &str) -> Self {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter_map(Exception::parse).collect())
    }

    /// Returns whether the list matches a server.
    pub fn contain(&self, host: &str, port: u16) -> bool {
        let address = ip(host);
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        self.0
            .iter()
            .any(|exception| exception.covers(&name, address, port))
    }
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.to_ascii_lowercase();
        if entry == "*" {
            return Some(Self::All);
        }
        if let Some((address, bits)) = entry.split_once('/') {
            let address = ip(address)?;
            let bits: u8 = bits.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            return (bits <= most).then_some(Self::Network { address, bits });
        }
        if let Some(address) = ip(&entry) {
            return Some(Self::Address {
                address,
                port: None,
            });
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (entry.as_str(), None),
        };
        if let Some(address) = ip(host) {
            return Some(Self::Address { address, port });
        }
        let host = host.strip_prefix('*').unwrap_or(host).trim_end_matches('.');
        let (suffix, itself) = match host.strip_prefix('.') {
            Some(_) => (host.to_owned(), false),
            None => (format!(".{host}"), true),
        };
        (suffix.len() > 1).then_some(Self::Domain {
            suffix,
            itself,
            port,
        })
    }

    fn covers(&self, name: &str, address: Option<IpAddr>, asked: u16) -> bool {
        let same_port = |port: &Option<u16>| port.is_none_or(|port| port == asked);
        match self {
            Self::All => true,
            Self::Network {
                address: network,
                bits,
            } => address.is_some_and(|address| in_network(address, *network, *bits)),
            Self::Address { address: own, port } => address == Some(*own) && same_port(port),
            Self::Domain {
                suffix,
                itself,
                port,
            } => {
                let fits = name.ends_with(suffix.as_str()) || *itself && name == &suffix[1..];
                fits && same_port(port)
            }
        }
    }
}

/// Parses an address, with or without brackets; an IPv4 address in IPv6 form becomes IPv4.
fn ip(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address: IpAddr = bare.unwrap_or(host).parse().ok()?;
    Some(address.to_canonical())
}

fn in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (address.to_bits().into(), network.to_bits().into(), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let shift = width - u32::from(bits);
    let cut = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
    cut(address) == cut(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_this_machine_is_never_reached_through_a_proxy() {
        let proxies = Proxies {
            http: Some("proxy.example:3128".to_owned()),
            https: Some("http://user:pw@proxy.example:3128".to_owned()),
            exceptions: Exceptions::parse("corp.example"),
        };
        for (url, expected) in [
            ("http://127.0.0.1:5000/v2/", None),
            ("https://127.8.9.1/v2/", None),
            ("http://localhost:5000/", None),
            ("http://LOCALHOST./", None),
            ("http://kind-registry.localhost:5000/", None),
            ("http://[::1]:5000/", None),
            ("http://[::ffff:127.0.0.1]/", None),
            ("https://r.corp.example/", None),
            ("http://ghcr.io/", Some("http://proxy.example:3128/")),
            (
                "https://ghcr.io/",
                Some("http://user:pw@proxy.example:3128/"),
            ),
            (
                "https://localhost.example/",
                Some("http://user:pw@proxy.example:3128/"),
            ),
        ] {
            let found = proxies.proxy_for(&Url::parse(url).unwrap());
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{url}");
        }
        assert!(Proxies::default().is_empty());
    }

    #[test]
    fn all_forms_of_an_exception_are_understood() {
        // (list, host, port, whether it is an exception)
        let cases = [
            ("*", "ghcr.io", 443, true),
            ("", "ghcr.io", 443, false),
            ("ghcr.io", "ghcr.io", 443, true),
            (" GHCR.io , x", "ghcr.io", 443, true),
            ("x ghcr.io", "ghcr.io", 443, true),
            ("example.org", "a.example.org", 443, true),
            ("example.org", "badexample.org", 443, false),
            (".example.org", "a.example.org", 443, true),
            (".example.org", "example.org", 443, false),
            ("*.example.org", "a.example.org", 443, true),
            ("*.example.org", "example.org", 443, false),
            ("example.org.", "example.org", 443, true),
            ("example.org:8443", "example.org", 8443, true),
            ("example.org:8443", "example.org", 443, false),
            ("10.0.0.1", "10.0.0.1", 5000, true),
            ("10.0.0.1:80", "10.0.0.1", 5000, false),
            ("10.0.0.0/8", "10.9.8.7", 443, true),
            ("10.0.0.0/8", "11.9.8.7", 443, false),
            ("0.0.0.0/0", "11.9.8.7", 443, true),
            ("10.0.0.0/33", "10.0.0.0", 443, false),
            ("fd00::/8", "[fd12::1]", 443, true),
            ("fd00::/8", "[fe80::1]", 443, false),
            ("::/0", "[fe80::1]", 443, true),
            ("fd00::1", "[fd00::1]", 443, true),
            ("[fd00::1]", "[fd00::1]", 443, true),
            ("[fd00::1]:443", "[fd00::1]", 443, true),
            ("[fd00::1]:80", "[fd00::1]", 443, false),
            ("::ffff:10.0.0.1", "10.0.0.1", 443, true),
            (".", "ghcr.io", 443, false),
            (":443", "ghcr.io", 443, false),
            ("10.0.0.1/x,ghcr.io:x", "ghcr.io", 443, false),
        ];
        for (list, host, port, expected) in cases {
            let found = Exceptions::parse(list).contain(host, port);
            assert_eq!(found, expected, "{list} for {host}:{port}");
        }
    }
    /// A second implementation of the list, on canonical texts and on bits as characters.
    fn also_contains(list: &str, host: &str, port: u16) -> bool {
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => format!("4{:032b}", u32::from(ip)),
            IpAddr::V6(ip) => format!("6{:0128b}", u128::from(ip)),
        };
        let asked: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        list.split(',').map(str::trim).any(|entry| {
            if entry == "*" {
                return true;
            }
            if let Some((network, length)) = entry.split_once('/') {
                let (Some(asked), Ok(network)) = (asked, network.parse()) else {
                    return false;
                };
                let length: usize = length.parse().unwrap();
                return bits(asked).starts_with(&bits(network)[..=length]);
            }
            let with_port = format!(":{port}");
            let entries = [Some(entry), entry.strip_suffix(with_port.as_str())];
            entries.into_iter().flatten().any(|entry| {
                if let Ok(ip) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
                    return asked == Some(ip);
                }
                match entry.trim_start_matches('*').strip_prefix('.') {
                    Some(below) => host.ends_with(&format!(".{below}")),
                    None => host == entry || host.ends_with(&format!(".{entry}")),
                }
            })
        })
    }

    #[test]
    fn random_lists_are_read_as_by_a_second_implementation() {
        let mut random = fastrand::Rng::with_seed(11);
        let names = [
            "a.example",
            "b.a.example",
            "example",
            "10.1.2.3",
            "10.200.0.1",
            "[fd00::1]",
        ];
        let ports = [80, 443, 5000];
        let mut exceptions = 0;
        for _ in 0..20_000 {
            let entries: Vec<String> = (0..random.usize(0..4))
                .map(|_| {
                    let name = names[random.usize(..names.len())];
                    match random.usize(..7) {
                        0 => format!(".{}", ["a.example", "example"][random.usize(..2)]),
                        1 => format!("*.{}", ["a.example", "example"][random.usize(..2)]),
                        2 => format!("10.{}.0.0/{}", random.u8(..), random.u8(..=32)),
                        3 => format!("fd00::{}/{}", random.u8(..), random.u8(..=128)),
                        4 => format!("{name}:{}", ports[random.usize(..3)]),
                        5 if random.u8(..) < 8 => "*".to_owned(),
                        _ => format!(" {name} "),
                    }
                })
                .collect();
            let list = entries.join(",");
            let (host, port) = (names[random.usize(..names.len())], ports[random.usize(..3)]);
            let found = Exceptions::parse(&list).contain(host, port);
            exceptions += usize::from(found);
            assert_eq!(
                found,
                also_contains(&list, host, port),
                "{list} for {host}:{port}"
            );
        }
        assert!(exceptions > 1000, "{exceptions}");
    }
}
