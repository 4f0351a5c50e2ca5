//! Uploads: whole, in chunks, or mounted.

use super::content::digest as digest_of;
use super::service::is_digest;
use super::{Answer, Registry, Request};

/// The received part of an upload.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    bytes: Vec<u8>,
    /// Its location changes with every step, and only the latest one is valid.
    step: usize,
    /// A chunk before the last one was too short.
    short: bool,
}

pub(super) fn answer(
    registry: &Registry,
    request: &Request,
    body: &[u8],
    name: &str,
    session: &str,
) -> Answer {
    match (request.method.as_str(), session) {
        ("POST", "") => begin(registry, request, body, name),
        ("PATCH" | "PUT" | "GET" | "DELETE", id) if !id.is_empty() => {
            go_on(registry, request, body, name, id)
        }
        _ => Answer::error(405, "UNSUPPORTED"),
    }
}

fn begin(registry: &Registry, request: &Request, body: &[u8], name: &str) -> Answer {
    let quirks = &registry.quirks;
    let mut content = registry.content();
    if let Some(digest) = request.parameter("mount") {
        let from = request.parameter("from");
        let found = content.find_blob(from.as_deref(), &digest);
        if let Some(bytes) = found.filter(|_| quirks.mounts) {
            content.share_blob(name, &digest, bytes);
            return stored(name, &digest);
        }
    } else if let Some(digest) = request.parameter("digest")
        && quirks.single_post
    {
        if digest != digest_of(body) {
            return Answer::error(400, "DIGEST_INVALID");
        }
        content.put_blob(name, body);
        return stored(name, &digest);
    }
    content.uploads += 1;
    let id = match quirks.uploads_at {
        Some(_) => format!("elsewhere-{}", content.uploads),
        None => content.uploads.to_string(),
    };
    content.sessions.insert(id.clone(), Session::default());
    let answer = Answer::status(202)
        .header("location", location(registry, name, &id, 0))
        .header("docker-upload-uuid", id.as_str())
        .header("range", "0-0");
    match quirks.min_chunk {
        Some(least) => answer.header("oci-chunk-min-length", least.to_string()),
        None => answer,
    }
}

fn stored(name: &str, digest: &str) -> Answer {
    Answer::status(201)
        .header("location", format!("/v2/{name}/blobs/{digest}"))
        .header("docker-content-digest", digest)
}

fn location(registry: &Registry, name: &str, id: &str, step: usize) -> String {
    let front = match &registry.quirks.uploads_at {
        Some(front) => front.clone(),
        None if registry.quirks.absolute => registry.url(),
        None => String::new(),
    };
    format!("{front}/v2/{name}/blobs/uploads/{id}?{}", state(step))
}

fn state(step: usize) -> String {
    format!("_state=s3cret-{step}")
}

fn go_on(registry: &Registry, request: &Request, body: &[u8], name: &str, id: &str) -> Answer {
    let mut content = registry.content();
    let mut session = match content.sessions.get(id) {
        Some(session) => session.clone(),
        // The upload was begun by another server.
        None if id.starts_with("elsewhere-") => Session::default(),
        None => return Answer::error(404, "BLOB_UPLOAD_UNKNOWN"),
    };
    // The state in the location must be unchanged, and the location must be the latest.
    let is_current = request.query.split('&').next() == Some(state(session.step).as_str());
    if !is_current {
        return Answer::error(400, "BLOB_UPLOAD_INVALID");
    }
    if request.method == "DELETE" {
        content.sessions.remove(id);
        return Answer::status(204);
    }
    if matches!(request.method.as_str(), "PATCH" | "PUT") && !body.is_empty() {
        let length = session.bytes.len();
        let range = request.header("content-range");
        let right = format!("{length}-{}", length + body.len() - 1);
        if range != right && !(range.is_empty() && length == 0) {
            return Answer::error(416, "BLOB_UPLOAD_INVALID")
                .header("location", location(registry, name, id, session.step))
                .header("range", so_far(&session));
        }
        session.bytes.extend_from_slice(body);
    }
    match request.method.as_str() {
        "PATCH" => {
            if session.short {
                return Answer::error(400, "SIZE_INVALID");
            }
            session.step += 1;
            // Only the last chunk may be short, and it is not yet known which chunk is the last.
            session.short = registry
                .quirks
                .min_chunk
                .is_some_and(|least| body.len() < least);
            let answer = Answer::status(202)
                .header("location", location(registry, name, id, session.step))
                .header("range", so_far(&session));
            content.sessions.insert(id.to_owned(), session);
            answer
        }
        "GET" => Answer::status(204)
            .header("location", location(registry, name, id, session.step))
            .header("range", so_far(&session)),
        _ => {
            let digest = request.parameter("digest").unwrap_or_default();
            content.sessions.remove(id);
            if !is_digest(&digest) || digest != digest_of(&session.bytes) {
                return Answer::error(400, "DIGEST_INVALID");
            }
            if session.short && !body.is_empty() {
                return Answer::error(400, "SIZE_INVALID");
            }
            content.share_blob(name, &digest, session.bytes.into());
            stored(name, &digest)
        }
    }
}

fn so_far(session: &Session) -> String {
    format!("0-{}", session.bytes.len().saturating_sub(1))
}
