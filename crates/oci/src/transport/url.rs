//! URLs: the servers they name, and how they are shown.

use reqwest::Url;

use crate::visible::visible;

/// Host and port of a URL; the port is omitted if it is the default of the scheme.
pub(crate) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

/// A URL as the user wrote it, for messages, without anything that may be a name and a password,
/// however malformed it is.
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
    // `user:password` without a host, or with something else in place of the `@`.
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

/// A scheme with its slashes; the text before it may also be a login.
fn shown_scheme(scheme: &str) -> &str {
    let name = scheme.trim_end_matches(['/', ':']);
    let known = ["", "http", "https", "oci"];
    if known.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        scheme
    } else {
        ""
    }
}

/// Returns whether two URLs are on the same server: scheme, host and port.
pub(crate) fn same_server(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// A URL for logs: without credentials, and without query values that may be secret, such as those
/// of signed URLs and upload sessions.
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
    fn logs_contain_no_secrets() {
        let url = Url::parse("https://u:p@h/a?n=5&X-Amz-Signature=s3cret&_state=x#f").unwrap();
        assert_eq!(
            printable(&url),
            "https://h/a?n=5&X-Amz-Signature=…&_state=…"
        );
    }
}
