//! What the registry answers when nothing goes wrong.

use serde_json::json;

use super::{Answer, Asked, Login, Registry};

const CHALLENGE_BASIC: &str = r#"Basic realm="fake""#;

pub(super) fn answer(registry: &Registry, asked: &Asked, body: &[u8]) -> Answer {
    if asked.path == "/token" {
        return token(registry, asked, body);
    }
    let Some(path) = asked.path.strip_prefix("/v2/") else {
        return Answer::error(404, "NOT_FOUND");
    };
    let place = ["/manifests/", "/blobs/", "/tags/"]
        .iter()
        .find_map(|part| {
            path.rsplit_once(part)
                .map(|(name, rest)| (name, *part, rest))
        });
    let Some((name, part, rest)) = place else {
        return Answer::status(200);
    };
    // The last `/blobs/` of an upload's path is the one before `uploads`.
    if let Some(refusal) = refusal(registry, asked, name) {
        return refusal;
    }
    match part {
        "/manifests/" => manifests(registry, asked, body, name, rest),
        "/tags/" => tags(registry, asked, name),
        _ if rest.starts_with("uploads/") => uploads(registry, asked, body, name),
        _ => blobs(registry, asked, name, rest),
    }
}

fn scope(asked: &Asked, name: &str) -> String {
    let writes = !matches!(asked.method.as_str(), "GET" | "HEAD");
    let actions = if writes { "pull,push" } else { "pull" };
    format!("repository:{name}:{actions}")
}

/// Who is not let in gets this.
fn refusal(registry: &Registry, asked: &Asked, name: &str) -> Option<Answer> {
    let given = asked.header("authorization");
    match &registry.login {
        Login::None => None,
        Login::Basic { user, password } => {
            let wanted = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
            let refused =
                || Answer::error(401, "UNAUTHORIZED").header("www-authenticate", CHALLENGE_BASIC);
            (given != wanted).then(refused)
        }
        Login::Bearer { .. } => {
            let scope = scope(asked, name);
            let state = registry.state();
            let known = state.tokens.iter().any(|(token, allowed)| {
                given == format!("Bearer {token}")
                    && allowed
                        .split(' ')
                        .any(|allowed| allowed.starts_with(&scope))
            });
            if known {
                return None;
            }
            let challenge = format!(
                r#"Bearer realm="{}/token",service="fake",scope="{scope}""#,
                registry.url()
            );
            // Basic first, in a line of its own: clients must read all of them.
            Some(
                Answer::error(401, "UNAUTHORIZED")
                    .header("www-authenticate", CHALLENGE_BASIC)
                    .header("www-authenticate", challenge),
            )
        }
    }
}

fn token(registry: &Registry, asked: &Asked, body: &[u8]) -> Answer {
    let Login::Bearer {
        account,
        identity,
        expires_in,
    } = &registry.login
    else {
        return Answer::error(404, "NOT_FOUND");
    };
    let form = Asked {
        query: String::from_utf8_lossy(body).into_owned(),
        ..Asked::default()
    };
    let (allowed, source) = if asked.method == "POST" {
        let given = form.parameter("refresh_token");
        (given.is_some() && given == *identity, &form)
    } else {
        let wanted = account.as_ref().map(|(user, password)| {
            format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
        });
        let allowed = wanted.is_none_or(|wanted| asked.header("authorization") == wanted);
        (allowed, asked)
    };
    if !allowed {
        return Answer::error(401, "UNAUTHORIZED");
    }
    let mut state = registry.state();
    let token = format!(
        "token-{}",
        crate::sha256(state.log.len().to_string().as_bytes())
    );
    let scope = source
        .parameter("scope")
        .unwrap_or_default()
        .replace('+', " ");
    state.tokens.push((token.clone(), scope));
    let answer = json!({ "token": token, "expires_in": expires_in });
    Answer::status(200).body(answer.to_string())
}

fn manifests(
    registry: &Registry,
    asked: &Asked,
    body: &[u8],
    name: &str,
    reference: &str,
) -> Answer {
    let mut state = registry.state();
    if asked.method == "PUT" {
        let digest = format!("sha256:{}", crate::sha256(body));
        let repository = state.repositories.entry(name.to_owned()).or_default();
        let manifest: serde_json::Value = serde_json::from_slice(body).unwrap();
        let layers = manifest["layers"].as_array().cloned().unwrap_or_default();
        for blob in layers.iter().chain([&manifest["config"]]) {
            if !repository
                .blobs
                .contains_key(blob["digest"].as_str().unwrap_or_default())
            {
                return Answer::error(400, "MANIFEST_BLOB_UNKNOWN");
            }
        }
        let kind = asked.header("content-type").to_owned();
        repository
            .manifests
            .insert(digest.clone(), (kind, body.to_vec()));
        if !reference.contains(':') {
            repository.tags.insert(reference.to_owned(), digest.clone());
        } else if reference != digest {
            return Answer::error(400, "DIGEST_INVALID");
        }
        return Answer::status(201).header("docker-content-digest", digest);
    }
    let Some(repository) = state.repositories.get(name) else {
        return Answer::error(404, "NAME_UNKNOWN");
    };
    let tagged = repository.tags.get(reference).map(String::as_str);
    let digest = tagged.unwrap_or(reference);
    match repository.manifests.get(digest) {
        Some((kind, bytes)) => Answer::status(200)
            .header("docker-content-digest", digest)
            .header("content-type", kind)
            .body(bytes.clone()),
        None => Answer::error(404, "MANIFEST_UNKNOWN"),
    }
}

fn tags(registry: &Registry, asked: &Asked, name: &str) -> Answer {
    let state = registry.state();
    let Some(repository) = state.repositories.get(name) else {
        return Answer::error(404, "NAME_UNKNOWN");
    };
    let quirks = &registry.quirks;
    let last = asked.parameter("last").filter(|_| quirks.counts);
    let mut tags: Vec<&String> = repository
        .tags
        .keys()
        .filter(|tag| last.as_ref().is_none_or(|last| *tag > last))
        .collect();
    let asked_for = asked.parameter("n").and_then(|text| text.parse().ok());
    let page = quirks.page.or(asked_for).filter(|_| quirks.counts);
    let mut answer = Answer::status(200);
    if let Some(page) = page
        && tags.len() > page
    {
        tags.truncate(page);
        if quirks.links {
            let last = tags[page - 1];
            let link = format!(r#"</v2/{name}/tags/list?last={last}&n={page}>; rel="next""#);
            answer = answer.header("link", link);
        }
    }
    answer.body(json!({ "name": name, "tags": tags }).to_string())
}

fn blobs(registry: &Registry, asked: &Asked, name: &str, digest: &str) -> Answer {
    let state = registry.state();
    let Some(repository) = state.repositories.get(name) else {
        return Answer::error(404, "NAME_UNKNOWN");
    };
    let Some(bytes) = repository.blobs.get(digest) else {
        return Answer::error(404, "BLOB_UNKNOWN");
    };
    if let Some(elsewhere) = &registry.quirks.blobs_at {
        let location = format!("{elsewhere}{}", asked.path);
        return Answer::status(307).header("location", location);
    }
    let range = asked
        .header("range")
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .and_then(|(start, end)| Some((start.parse::<usize>().ok()?, end.parse::<usize>().ok())));
    match range {
        Some((start, end)) if registry.quirks.ranges && start < bytes.len() => {
            let end = end.map_or(bytes.len(), |end| bytes.len().min(end + 1));
            let range = format!("bytes {start}-{}/{}", end - 1, bytes.len());
            Answer::status(206)
                .header("content-range", range)
                .body(&bytes[start..end])
        }
        Some(_) if registry.quirks.ranges => Answer::status(416),
        _ => Answer::status(200)
            .header("docker-content-digest", digest)
            .body(bytes.clone()),
    }
}

fn uploads(registry: &Registry, asked: &Asked, body: &[u8], name: &str) -> Answer {
    let mut state = registry.state();
    if asked.method == "POST" {
        state.uploads += 1;
        let front = match &registry.quirks.uploads_at {
            Some(front) => front.clone(),
            None if registry.quirks.absolute => registry.url(),
            None => String::new(),
        };
        let location = format!(
            "{front}/v2/{name}/blobs/uploads/{}?_state=s3cret",
            state.uploads
        );
        return Answer::status(202).header("location", location);
    }
    let digest = asked.parameter("digest").unwrap_or_default();
    if digest != format!("sha256:{}", crate::sha256(body)) {
        return Answer::error(400, "DIGEST_INVALID");
    }
    let repository = state.repositories.entry(name.to_owned()).or_default();
    repository.blobs.insert(digest.clone(), body.to_vec());
    Answer::status(201).header("docker-content-digest", digest)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
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
