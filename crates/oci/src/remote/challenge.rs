//! The login that a registry demands in `WWW-Authenticate` (RFC 9110, section 11.6.1).
//!
//! Parsing is lenient, because registries are known to omit quotes and commas. What cannot be
//! parsed is ignored, never guessed.

/// An authentication scheme that a registry offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// Name and password with each request.
    Basic,
    /// A token from a token server.
    Bearer {
        /// URL of the token server.
        realm: String,
        /// Name by which that server knows the registry.
        service: Option<String>,
        /// The access that the registry demands, separated by spaces.
        scope: Option<String>,
    },
}

/// Parses all lines of the header.
pub(crate) fn parse(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Challenge> {
    let lines = lines.into_iter();
    lines.flat_map(|line| parse_line(line.as_ref())).collect()
}

fn parse_line(line: &str) -> Vec<Challenge> {
    let mut challenges: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let length = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        if length == 0 && rest.is_empty() {
            break;
        }
        let word = rest[..length].to_ascii_lowercase();
        let after = rest[length..].trim_start();
        // A stray `=`: nothing valid follows.
        if word.is_empty() {
            break;
        }
        if let Some(after) = after.strip_prefix('=') {
            let (value, after) = value(after.trim_start());
            if let Some((_, parameters)) = challenges.last_mut() {
                parameters.push((word, value));
            }
            rest = after;
        } else {
            challenges.push((word, Vec::new()));
            rest = after;
        }
    }
    challenges.into_iter().filter_map(challenge).collect()
}

fn challenge((scheme, parameters): (String, Vec<(String, String)>)) -> Option<Challenge> {
    let find = |name: &str| {
        parameters
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.clone())
    };
    match scheme.as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: find("realm")?,
            service: find("service"),
            scope: find("scope"),
        }),
        _ => None,
    }
}

/// Splits a value, quoted or not, from the rest of the line.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[index + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
            scope: scope.map(str::to_owned),
        }
    }

    #[test]
    fn challenges_of_real_registries_are_parsed() {
        let ghcr =
            r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull""#;
        let cases = [
            (
                ghcr,
                vec![bearer(
                    "https://ghcr.io/token",
                    Some("ghcr.io"),
                    Some("repository:a/b:pull"),
                )],
            ),
            (r#"Basic realm="x""#, vec![Challenge::Basic]),
            ("basic", vec![Challenge::Basic]),
            // No quotes, no commas, odd case.
            (
                "BEARER Realm=https://r/t service=s",
                vec![bearer("https://r/t", Some("s"), None)],
            ),
            // Two in one line; a comma and an escaped quote inside of quotes.
            (
                r#"Basic realm="a, \"b\"", Bearer realm="https://r/t", scope="x:y:pull,push""#,
                vec![
                    Challenge::Basic,
                    bearer("https://r/t", None, Some("x:y:pull,push")),
                ],
            ),
            (r#"Bearer service="s""#, vec![]),
            (
                r#"Bearer realm="unended"#,
                vec![bearer("unended", None, None)],
            ),
            ("Negotiate, NTLM", vec![]),
            ("=, =x", vec![]),
            ("", vec![]),
        ];
        for (line, expected) in cases {
            assert_eq!(parse([line]), expected, "{line}");
        }
    }
}
