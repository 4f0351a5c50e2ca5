//! The content of a registry: manifests, blobs and tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::service::{is_digest, is_tag};
use super::uploads::Session;
use super::{Answer, Registry, Request};

/// Largest accepted manifest, in bytes.
const MANIFEST_LIMIT: usize = 4 << 20;

/// All repositories and their uploads.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    repositories: BTreeMap<String, Repository>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) uploads: usize,
    /// Valid tokens and their scopes.
    pub(super) tokens: Vec<(String, String)>,
    pub(super) issued: Vec<String>,
}

/// One repository.
#[derive(Clone, Debug, Default)]
pub(super) struct Repository {
    pub(super) blobs: BTreeMap<String, Arc<[u8]>>,
    /// Media type and bytes by digest.
    manifests: BTreeMap<String, (String, Arc<[u8]>)>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Content {
    pub(super) fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.get(name)
    }

    pub(super) fn put_blob(&mut self, repository: &str, bytes: &[u8]) -> String {
        let digest = digest(bytes);
        self.share_blob(repository, &digest, bytes.into());
        digest
    }

    pub(super) fn share_blob(&mut self, repository: &str, digest: &str, bytes: Arc<[u8]>) {
        let repository = self.repositories.entry(repository.to_owned()).or_default();
        repository.blobs.insert(digest.to_owned(), bytes);
    }

    /// A blob of one repository, or of any.
    pub(super) fn find_blob(&self, repository: Option<&str>, digest: &str) -> Option<Arc<[u8]>> {
        self.repositories
            .iter()
            .filter(|(name, _)| repository.is_none_or(|wanted| wanted == *name))
            .find_map(|(_, repository)| repository.blobs.get(digest).cloned())
    }

    pub(super) fn put_manifest(&mut self, repository: &str, kind: &str, bytes: &[u8]) -> String {
        let digest = digest(bytes);
        let repository = self.repositories.entry(repository.to_owned()).or_default();
        let manifest = (kind.to_owned(), bytes.into());
        repository.manifests.insert(digest.clone(), manifest);
        digest
    }

    pub(super) fn tag(&mut self, repository: &str, tag: &str, digest: &str) {
        let repository = self.repositories.entry(repository.to_owned()).or_default();
        repository.tags.insert(tag.to_owned(), digest.to_owned());
    }

    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        let all = self.repositories.iter().flat_map(|(name, repository)| {
            let tags = repository.tags.iter();
            tags.map(move |(tag, digest)| (format!("{name}:{tag}"), digest.clone()))
        });
        all.collect()
    }

    pub(super) fn missing(&self) -> BTreeSet<String> {
        let mut missing = BTreeSet::new();
        for (name, repository) in &self.repositories {
            for (tag, digest) in &repository.tags {
                for lost in repository.lost(digest) {
                    missing.insert(format!("{name}:{tag} {lost}"));
                }
            }
        }
        missing
    }
}

impl Repository {
    /// Missing parts of a manifest, or the manifest itself.
    fn lost(&self, digest: &str) -> Vec<String> {
        let Some((_, bytes)) = self.manifests.get(digest) else {
            return vec![digest.to_owned()];
        };
        let Ok(manifest) = serde_json::from_slice::<Value>(bytes) else {
            return vec![digest.to_owned()];
        };
        let mut lost = Vec::new();
        for part in parts(&manifest) {
            let name = part["digest"].as_str().unwrap_or_default();
            let size = self.blobs.get(name).map(|blob| blob.len() as u64);
            if size.is_none() || size != part["size"].as_u64() {
                lost.push(name.to_owned());
            }
        }
        for manifest in manifest["manifests"].as_array().into_iter().flatten() {
            lost.extend(self.lost(manifest["digest"].as_str().unwrap_or_default()));
        }
        lost
    }
}

/// Config and layers of a manifest.
fn parts(manifest: &Value) -> impl Iterator<Item = &Value> {
    let layers = manifest["layers"].as_array().into_iter().flatten();
    layers.chain(manifest.get("config"))
}

pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", crate::sha256(bytes))
}

pub(super) fn manifests(
    registry: &Registry,
    request: &Request,
    body: &[u8],
    name: &str,
    reference: &str,
) -> Answer {
    if !is_digest(reference) && !is_tag(reference) {
        return Answer::error(400, "TAG_INVALID");
    }
    match request.method.as_str() {
        "PUT" => put_manifest(registry, request, body, name, reference),
        "GET" | "HEAD" => get_manifest(registry, request, name, reference),
        _ => Answer::error(405, "UNSUPPORTED"),
    }
}

fn put_manifest(
    registry: &Registry,
    request: &Request,
    body: &[u8],
    name: &str,
    reference: &str,
) -> Answer {
    let digest = digest(body);
    if body.len() > MANIFEST_LIMIT {
        return Answer::error(413, "SIZE_INVALID");
    }
    if is_digest(reference) && reference != digest {
        return Answer::error(400, "DIGEST_INVALID");
    }
    let Ok(manifest) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(400, "MANIFEST_INVALID");
    };
    let kind = request.header("content-type");
    let own = manifest["mediaType"].as_str();
    if kind.is_empty() || own.is_some_and(|own| own != kind) {
        return Answer::error(400, "MANIFEST_INVALID");
    }
    let mut content = registry.content();
    content.put_manifest(name, kind, body);
    let repository = &content.repositories[name];
    if !repository.lost(&digest).is_empty() {
        let repository = content.repositories.get_mut(name).unwrap();
        repository.manifests.remove(&digest);
        return Answer::error(400, "MANIFEST_BLOB_UNKNOWN");
    }
    if !is_digest(reference) {
        content.tag(name, reference, &digest);
    }
    Answer::status(201)
        .header("location", format!("/v2/{name}/manifests/{digest}"))
        .header("docker-content-digest", digest)
}

fn get_manifest(registry: &Registry, request: &Request, name: &str, reference: &str) -> Answer {
    let content = registry.content();
    let Some(repository) = content.repository(name) else {
        return Answer::error(404, "NAME_UNKNOWN");
    };
    let tagged = repository.tags.get(reference).map(String::as_str);
    let digest = tagged.unwrap_or(reference);
    let Some((kind, bytes)) = repository.manifests.get(digest) else {
        return Answer::error(404, "MANIFEST_UNKNOWN");
    };
    let tag = format!("\"{digest}\"");
    if registry.quirks.etags && request.header("if-none-match") == tag {
        return Answer::status(304).header("etag", tag);
    }
    let answer = Answer::status(200)
        .header("docker-content-digest", digest)
        .header("content-type", kind)
        .body(bytes.to_vec());
    if registry.quirks.etags {
        answer.header("etag", tag)
    } else {
        answer
    }
}

pub(super) fn tags(registry: &Registry, request: &Request, name: &str) -> Answer {
    if request.method != "GET" {
        return Answer::error(405, "UNSUPPORTED");
    }
    let content = registry.content();
    let Some(repository) = content.repository(name) else {
        return Answer::error(404, "NAME_UNKNOWN");
    };
    let quirks = &registry.quirks;
    let last = request.parameter("last").filter(|_| quirks.counts);
    let mut tags: Vec<&String> = repository
        .tags
        .keys()
        .filter(|tag| last.as_ref().is_none_or(|last| *tag > last))
        .collect();
    let asked_for = request.parameter("n").and_then(|text| text.parse().ok());
    let page = quirks.page.or(asked_for).filter(|_| quirks.counts);
    let mut answer = Answer::status(200);
    if let Some(page) = page
        && tags.len() > page
    {
        tags.truncate(page);
        if quirks.links
            && let Some(last) = tags.last()
        {
            let link = format!(r#"</v2/{name}/tags/list?last={last}&n={page}>; rel="next""#);
            answer = answer.header("link", link);
        }
    }
    answer.body(json!({ "name": name, "tags": tags }).to_string())
}

pub(super) fn blobs(registry: &Registry, request: &Request, name: &str, digest: &str) -> Answer {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Answer::error(405, "UNSUPPORTED");
    }
    if !is_digest(digest) {
        return Answer::error(400, "DIGEST_INVALID");
    }
    let content = registry.content();
    let Some(repository) = content.repository(name) else {
        return Answer::error(404, "NAME_UNKNOWN");
    };
    let Some(bytes) = repository.blobs.get(digest) else {
        return Answer::error(404, "BLOB_UNKNOWN");
    };
    if let Some(elsewhere) = &registry.quirks.blobs_at {
        let location = format!("{elsewhere}{}", request.path);
        return Answer::status(307).header("location", location);
    }
    let whole = || {
        Answer::status(200)
            .header("docker-content-digest", digest)
            .body(bytes.to_vec())
    };
    let wish = request.header("range");
    if wish.is_empty() || !registry.quirks.ranges {
        return whole();
    }
    match range(wish, bytes.len()) {
        Some((start, end)) => Answer::status(206)
            .header(
                "content-range",
                format!("bytes {start}-{}/{}", end - 1, bytes.len()),
            )
            .body(&bytes[start..end]),
        None => Answer::status(416).header("content-range", format!("bytes */{}", bytes.len())),
    }
}

/// First byte and one past the last byte of a satisfiable range (RFC 9110, section 14.1.2).
fn range(text: &str, length: usize) -> Option<(usize, usize)> {
    let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
    let start: usize = start.parse().ok()?;
    let end = if end.is_empty() {
        length
    } else {
        end.parse::<usize>().ok()?.saturating_add(1).min(length)
    };
    (start < end).then_some((start, end))
}
