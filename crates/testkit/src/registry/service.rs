//! The responses of the registry without faults, including authentication.

use serde_json::json;

use super::{Answer, Login, Registry, Request, content, uploads};

const CHALLENGE_BASIC: &str = r#"Basic realm="fake""#;

pub(super) fn answer(registry: &Registry, request: &Request, body: &[u8]) -> Answer {
    if request.path == "/token" {
        return token(registry, request, body);
    }
    let Some(path) = request.path.strip_prefix("/v2/") else {
        return Answer::error(404, "NOT_FOUND");
    };
    if path.is_empty() {
        return Answer::status(200);
    }
    // The last `/blobs/` of an upload's path is the one before `uploads`.
    let route = ["/manifests/", "/blobs/", "/tags/"]
        .iter()
        .find_map(|part| {
            path.rsplit_once(part)
                .map(|(name, rest)| (name, *part, rest))
        });
    let Some((name, part, rest)) = route else {
        return Answer::error(404, "NOT_FOUND");
    };
    if !is_name(name) {
        return Answer::error(400, "NAME_INVALID");
    }
    if let Some(refusal) = refusal(registry, request, name) {
        return refusal;
    }
    match part {
        "/manifests/" => content::manifests(registry, request, body, name, rest),
        "/tags/" if rest == "list" => content::tags(registry, request, name),
        "/tags/" => Answer::error(404, "NOT_FOUND"),
        _ => match rest.strip_prefix("uploads/") {
            Some(session) => uploads::answer(registry, request, body, name, session),
            None => content::blobs(registry, request, name, rest),
        },
    }
}

/// Returns whether a text is a valid repository name (Pulling manifests).
pub fn is_name(name: &str) -> bool {
    name.len() <= 255
        && name.split('/').all(|part| {
            let word = |text: &str| {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
                !text.is_empty() && text.bytes().all(plain)
            };
            let marks: String = part
                .chars()
                .map(|character| match character {
                    'a'..='z' | '0'..='9' => ' ',
                    other => other,
                })
                .collect();
            let separated = |mark: &str| {
                matches!(mark, "." | "_" | "__") || mark.bytes().all(|byte| byte == b'-')
            };
            part.split(['.', '_', '-'])
                .filter(|text| !text.is_empty())
                .all(word)
                && marks.split_whitespace().all(separated)
                && part.starts_with(|first: char| first.is_ascii_alphanumeric())
                && part.ends_with(|last: char| last.is_ascii_alphanumeric())
        })
}

/// Returns whether a text is a valid tag (Pulling manifests).
pub fn is_tag(tag: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let first = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128 && tag.bytes().next().is_some_and(first) && tag.bytes().all(inner)
}

/// Returns whether a text is a SHA-256 digest.
pub fn is_digest(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(hex))
}

fn scope(request: &Request, name: &str) -> String {
    let writes = !matches!(request.method.as_str(), "GET" | "HEAD");
    let actions = if writes { "pull,push" } else { "pull" };
    format!("repository:{name}:{actions}")
}

/// The response to an unauthorized request.
fn refusal(registry: &Registry, request: &Request, name: &str) -> Option<Answer> {
    let given = request.header("authorization");
    match &registry.login {
        Login::None => None,
        Login::Basic { user, password } => {
            let refused =
                || Answer::error(401, "UNAUTHORIZED").header("www-authenticate", CHALLENGE_BASIC);
            (given != basic(user, password)).then(refused)
        }
        Login::Bearer { .. } => {
            let scope = scope(request, name);
            let known = registry.content().tokens.iter().any(|(token, allowed)| {
                given == format!("Bearer {token}")
                    && allowed
                        .split(' ')
                        .any(|allowed| allowed.starts_with(&scope))
            });
            if known {
                return None;
            }
            let realm = match &registry.quirks.tokens_at {
                Some(realm) => realm.clone(),
                None => format!("{}/token", registry.url()),
            };
            let challenge = format!(r#"Bearer realm="{realm}",service="fake",scope="{scope}""#);
            // Basic first, in a separate header: clients must read all of them.
            Some(
                Answer::error(401, "UNAUTHORIZED")
                    .header("www-authenticate", CHALLENGE_BASIC)
                    .header("www-authenticate", challenge),
            )
        }
    }
}

fn token(registry: &Registry, request: &Request, body: &[u8]) -> Answer {
    let Login::Bearer {
        account,
        identity,
        expires_in,
    } = &registry.login
    else {
        return Answer::error(404, "NOT_FOUND");
    };
    let form = Request {
        query: String::from_utf8_lossy(body).into_owned(),
        ..Request::default()
    };
    let (allowed, source) = if request.method == "POST" {
        let given = form.parameter("refresh_token");
        (given.is_some() && given == *identity, &form)
    } else {
        let wanted = account
            .as_ref()
            .map(|(user, password)| basic(user, password));
        let allowed = wanted.is_none_or(|wanted| request.header("authorization") == wanted);
        (allowed, request)
    };
    if !allowed {
        return Answer::error(401, "UNAUTHORIZED");
    }
    let mut content = registry.content();
    let seed = format!("{} {}", registry.url(), content.issued.len());
    let token = format!("token-{}", crate::sha256(seed.as_bytes()));
    // One parameter for each scope, or all in one.
    let scopes: Vec<String> = source
        .query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("scope="))
        .map(|value| {
            value
                .replace("%3A", ":")
                .replace("%2F", "/")
                .replace("%2C", ",")
                .replace("%20", " ")
                .replace('+', " ")
        })
        .collect();
    content.issued.push(token.clone());
    content.tokens.push((token.clone(), scopes.join(" ")));
    let answer = json!({ "token": token, "expires_in": expires_in });
    Answer::status(200).body(answer.to_string())
}

/// The value of `Authorization` for a name and a password.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

/// Encodes bytes as base64 (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0_usize;
        for index in 0..3 {
            bits = bits << 8 | usize::from(chunk.get(index).copied().unwrap_or(0));
        }
        for index in 0..4 {
            if index <= chunk.len() {
                text.push(char::from(ALPHABET[bits >> (18 - 6 * index) & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}
