//! The rules, each with the section of the specification that has it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use testkit::registry::{Request, is_digest, is_name, is_tag};

/// One result for each request, or other item, that a rule covers.
type Outcomes = Vec<Result<(), String>>;

/// One thing that a client must do.
pub(crate) struct Rule {
    /// Section of the specification.
    pub(crate) section: &'static str,
    /// Its message.
    pub(crate) says: &'static str,
    /// The occurrences in a log.
    pub(crate) check: fn(&[Request]) -> Outcomes,
}

/// Largest manifest that every registry accepts, in bytes.
pub(crate) const MANIFEST_LIMIT: usize = 4 << 20;
const OCTETS: &str = "application/octet-stream";

macro_rules! rules {
    ($($section:literal, $says:literal, $check:ident;)*) => {
        /// All of them.
        pub(crate) const RULES: &[Rule] = &[$(Rule { section: $section, says: $says, check: $check }),*];
    };
}

rules! {
    "Endpoints", "a request is to one of the endpoints, with its method", endpoints;
    "Pulling manifests", "<name> MUST match its expression", names;
    "Pulling manifests", "<tag-or-digest> MUST be a digest, or a tag of at most 128 characters", references;
    "Pulling manifests", "the client SHOULD say in Accept which manifests it supports", accepts;
    "Pulling blobs", "a blob is requested by its digest", digests;
    "Pulling blobs", "a part is requested in the form of RFC 9110", ranges;
    "Checking if content exists in the registry", "HEAD, without a body", heads;
    "POST then PUT", "the location MUST be kept as given, with its query, and the digest added", locations;
    "POST then PUT", "PUT has the digest, Content-Length and Content-Type", puts;
    "Single POST", "Content-Length and digest MUST be those of the content", single_posts;
    "Pushing a blob in chunks", "the POST before MUST have Content-Length: 0", empty_posts;
    "Pushing a blob in chunks", "Content-Range MUST match its expression, and be as long as the chunk", chunk_ranges;
    "Pushing a blob in chunks", "chunks MUST begin with 0 and be sent in order", chunk_order;
    "Pushing a blob in chunks", "the session MUST be closed by PUT with the digest of the whole", chunk_ends;
    "Pushing a blob in chunks", "a chunk but the last SHOULD be as long as OCI-Chunk-Min-Length", chunk_lengths;
    "Cancel a blob upload", "an upload that is given up SHOULD be cancelled, with Content-Length: 0", cancelled;
    "Mounting a blob from another repository", "POST with mount and from, and no body", mounted;
    "Push", "what a manifest refers to is uploaded before it, and the tag comes last", manifests_last;
    "Pushing Manifests", "Content-Type MUST be the mediaType of the manifest, without parameters", manifest_types;
    "Pushing Manifests", "a manifest is at most 4 megabytes long", manifest_sizes;
    "Pushing Manifests with Subject", "a manifest has no subject (who sends one must keep a list of them)", subjects;
    "Listing Tags", "n is a number, and last MUST be a tag", tag_pages;
    "Error Codes", "nothing that is sent is malformed to a strict registry", refused;
}

fn all(
    log: &[Request],
    fits: impl Fn(&Request) -> bool,
    right: impl Fn(&Request) -> bool,
) -> Outcomes {
    log.iter()
        .filter(|request| fits(request))
        .map(|request| check(right(request), request))
        .collect()
}

fn check(right: bool, request: &Request) -> Result<(), String> {
    let line = || {
        format!(
            "{} {} {:?}",
            request.method,
            request.target(),
            request.headers
        )
    };
    right.then_some(()).ok_or_else(line)
}

/// Name of the repository, kind of resource, and the rest of the path.
fn route(request: &Request) -> Option<(&str, &'static str, &str)> {
    let path = request.path.strip_prefix("/v2/")?;
    ["/blobs/uploads/", "/manifests/", "/blobs/", "/tags/"]
        .into_iter()
        .find_map(|part| {
            let (name, rest) = path.split_once(part)?;
            Some((name, part, rest))
        })
}

fn is_at(request: &Request, kind: &str) -> bool {
    route(request).is_some_and(|(_, part, _)| part == kind)
}

fn rest(request: &Request) -> &str {
    route(request).map_or("", |(_, _, rest)| rest)
}

fn name(request: &Request) -> &str {
    route(request).map_or("", |(name, _, _)| name)
}

fn is_upload(request: &Request, method: &str) -> bool {
    request.method == method && is_at(request, "/blobs/uploads/")
}

fn is_manifest(request: &Request) -> bool {
    request.method == "PUT" && is_at(request, "/manifests/")
}

fn is_token(request: &Request) -> bool {
    request.path == "/token"
}

fn parameters(request: &Request, name: &str) -> usize {
    let prefix = format!("{name}=");
    let pairs = request.query.split('&');
    pairs.filter(|pair| pair.starts_with(&prefix)).count()
}

fn length(request: &Request) -> Option<usize> {
    request.header("content-length").parse().ok()
}

fn endpoints(log: &[Request]) -> Outcomes {
    all(
        log,
        |request| !is_token(request),
        |request| {
            let method = request.method.as_str();
            match route(request) {
                Some((_, "/blobs/uploads/", "")) => method == "POST",
                Some((_, "/blobs/uploads/", _)) => {
                    matches!(method, "PATCH" | "PUT" | "GET" | "DELETE")
                }
                Some((_, "/manifests/", _)) => matches!(method, "GET" | "HEAD" | "PUT"),
                Some((_, "/blobs/", _)) => matches!(method, "GET" | "HEAD"),
                Some((_, "/tags/", "list")) => method == "GET",
                _ => request.path == "/v2/" && method == "GET",
            }
        },
    )
}

fn names(log: &[Request]) -> Outcomes {
    all(
        log,
        |request| route(request).is_some(),
        |request| is_name(name(request)),
    )
}

fn references(log: &[Request]) -> Outcomes {
    let right = |request: &Request| is_digest(rest(request)) || is_tag(rest(request));
    all(log, |request| is_at(request, "/manifests/"), right)
}

fn accepts(log: &[Request]) -> Outcomes {
    let fits = |request: &Request| is_at(request, "/manifests/") && request.method != "PUT";
    all(log, fits, |request| {
        [
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.oci.image.index.v1+json",
        ]
        .iter()
        .all(|kind| request.header("accept").contains(kind))
    })
}

fn digests(log: &[Request]) -> Outcomes {
    all(
        log,
        |request| is_at(request, "/blobs/"),
        |request| is_digest(rest(request)),
    )
}

fn ranges(log: &[Request]) -> Outcomes {
    all(
        log,
        |request| request.headers.contains_key("range"),
        |request| {
            let range = request.header("range").strip_prefix("bytes=");
            let parts = range.and_then(|range| range.split_once('-'));
            parts.is_some_and(|(start, end)| {
                let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                !start.is_empty() && number(start) && number(end) && request.method == "GET"
            })
        },
    )
}

fn heads(log: &[Request]) -> Outcomes {
    all(
        log,
        |request| request.method == "HEAD",
        |request| request.length == 0 && request.query.is_empty(),
    )
}

fn locations(log: &[Request]) -> Outcomes {
    // Upload locations of this registry contain the progress, so that an outdated one is detected.
    let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
    let mut outcomes = Vec::new();
    for request in log {
        if !is_at(request, "/blobs/uploads/") || rest(request).is_empty() {
            continue;
        }
        let step = steps.entry(rest(request)).or_default();
        let (first, digest) = request
            .query
            .split_once('&')
            .unwrap_or((&request.query, ""));
        let as_given = first == format!("_state=s3cret-{step}");
        let added = match request.method.as_str() {
            "PUT" => digest.starts_with("digest=") && !digest.contains('&'),
            _ => digest.is_empty(),
        };
        outcomes.push(check(as_given && added, request));
        if request.method == "PATCH" && request.status == 202 {
            *step += 1;
        }
    }
    outcomes
}

fn puts(log: &[Request]) -> Outcomes {
    all(
        log,
        |request| is_upload(request, "PUT"),
        |request| {
            parameters(request, "digest") == 1
                && request
                    .parameter("digest")
                    .is_some_and(|digest| is_digest(&digest))
                && length(request) == Some(request.length)
                && (request.length == 0 || request.header("content-type") == OCTETS)
        },
    )
}

fn single_posts(log: &[Request]) -> Outcomes {
    let fits = |request: &Request| is_upload(request, "POST") && parameters(request, "digest") > 0;
    all(log, fits, |request| {
        let digest = request.parameter("digest").unwrap_or_default();
        let own = |body: &[u8]| format!("sha256:{}", testkit::sha256(body));
        parameters(request, "digest") == 1
            && length(request) == Some(request.length)
            && request.header("content-type") == OCTETS
            && request
                .body
                .as_deref()
                .is_none_or(|body| own(body) == digest)
    })
}

fn empty_posts(log: &[Request]) -> Outcomes {
    let fits = |request: &Request| is_upload(request, "POST") && request.query.is_empty();
    all(log, fits, |request| {
        length(request) == Some(0) && request.length == 0
    })
}

/// First and last byte of a chunk.
fn chunk(request: &Request) -> Option<(usize, usize)> {
    let (start, end) = request.header("content-range").split_once('-')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let both = number(start) && number(end);
    both.then(|| Some((start.parse().ok()?, end.parse().ok()?)))?
}

fn chunk_ranges(log: &[Request]) -> Outcomes {
    let fits = |request: &Request| {
        is_upload(request, "PATCH") || request.headers.contains_key("content-range")
    };
    all(log, fits, |request| {
        let whole =
            |(start, end): (usize, usize)| end >= start && end - start + 1 == request.length;
        chunk(request).is_some_and(whole)
            && length(request) == Some(request.length)
            && request.header("content-type") == OCTETS
    })
}

/// The accepted chunks of each upload.
fn taken(log: &[Request]) -> BTreeMap<&str, Vec<&Request>> {
    let mut uploads: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in log {
        if is_upload(request, "PATCH") && request.status == 202 {
            uploads.entry(rest(request)).or_default().push(request);
        }
    }
    uploads
}

fn chunk_order(log: &[Request]) -> Outcomes {
    let mut outcomes = Vec::new();
    for chunks in taken(log).into_values() {
        let mut next = 0;
        for request in chunks {
            let range = chunk(request);
            outcomes.push(check(
                range.is_some_and(|(start, _)| start == next),
                request,
            ));
            next = range.map_or(0, |(_, end)| end + 1);
        }
    }
    outcomes
}

fn chunk_ends(log: &[Request]) -> Outcomes {
    let uploads = taken(log);
    let ended = |session: &str| {
        let mut puts = log.iter().filter(|request| is_upload(request, "PUT"));
        puts.any(|request| rest(request) == session && request.status == 201)
    };
    let cancelled = |session: &str| {
        let mut deleted = log.iter().filter(|request| is_upload(request, "DELETE"));
        deleted.any(|request| rest(request) == session)
    };
    uploads
        .into_iter()
        .map(|(session, chunks)| check(ended(session) || cancelled(session), chunks[0]))
        .collect()
}

fn chunk_lengths(log: &[Request]) -> Outcomes {
    let least = 64 << 10;
    let mut outcomes = Vec::new();
    for chunks in taken(log).into_values() {
        let (_, before) = chunks.split_last().unwrap();
        outcomes.extend(
            before
                .iter()
                .map(|request| check(request.length >= least, request)),
        );
    }
    outcomes
}

fn cancelled(log: &[Request]) -> Outcomes {
    let given_up = |request: &&Request| {
        (is_upload(request, "PUT") || is_upload(request, "PATCH")) && request.status == 413
    };
    let mut outcomes = Vec::new();
    for request in log.iter().filter(given_up) {
        let mut after = log.iter().filter(|other| rest(other) == rest(request));
        let ends = after.any(|other| match other.method.as_str() {
            "DELETE" => length(other) == Some(0),
            "PUT" => other.status == 201,
            _ => false,
        });
        outcomes.push(check(ends, request));
    }
    outcomes
}

fn mounted(log: &[Request]) -> Outcomes {
    let fits = |request: &Request| parameters(request, "mount") + parameters(request, "from") > 0;
    all(log, fits, |request| {
        is_upload(request, "POST")
            && rest(request).is_empty()
            && request
                .parameter("mount")
                .is_some_and(|digest| is_digest(&digest))
            && request.parameter("from").is_some_and(|from| is_name(&from))
            && request.length == 0
            && length(request) == Some(0)
    })
}

/// The manifest that a request uploads.
fn manifest(request: &Request) -> Value {
    let body = request.body.as_deref().unwrap_or_default();
    serde_json::from_slice(body).unwrap_or_default()
}

fn manifests_last(log: &[Request]) -> Outcomes {
    let mut stored: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut outcomes = Vec::new();
    for request in log {
        let to = name(request);
        if is_at(request, "/blobs/uploads/") && request.status == 201 {
            let digest = request.parameter("mount").or(request.parameter("digest"));
            stored.insert((to, digest.unwrap_or_default()));
        }
        if !is_manifest(request) {
            continue;
        }
        let manifest = manifest(request);
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let mut parts = layers.chain([&manifest["config"]]);
        let mut complete = parts.all(|part| {
            let digest = part["digest"].as_str().unwrap_or_default();
            stored.contains(&(to, digest.to_owned()))
        });
        let body = request.body.as_deref().unwrap_or_default();
        let own = format!("sha256:{}", testkit::sha256(body));
        if is_digest(rest(request)) {
            complete &= rest(request) == own;
            stored.insert((to, own));
        } else {
            complete &= stored.contains(&(to, own));
        }
        outcomes.push(check(complete, request));
    }
    outcomes
}

fn manifest_types(log: &[Request]) -> Outcomes {
    all(log, is_manifest, |request| {
        manifest(request)["mediaType"] == request.header("content-type")
    })
}

fn manifest_sizes(log: &[Request]) -> Outcomes {
    all(log, is_manifest, |request| request.length <= MANIFEST_LIMIT)
}

fn subjects(log: &[Request]) -> Outcomes {
    all(log, is_manifest, |request| {
        manifest(request).get("subject").is_none()
    })
}

fn tag_pages(log: &[Request]) -> Outcomes {
    all(
        log,
        |request| is_at(request, "/tags/"),
        |request| {
            let counts = |text: String| text.parse::<usize>().is_ok_and(|number| number > 0);
            request.parameter("n").is_none_or(counts)
                && request.parameter("last").is_none_or(|last| is_tag(&last))
        },
    )
}

fn refused(log: &[Request]) -> Outcomes {
    all(
        log,
        |_| true,
        |request| {
            // `None` if the connection broke; 413 if there is a limit.
            matches!(
                request.status,
                0 | 200 | 201 | 202 | 204 | 206 | 401 | 404 | 413
            ) && (request.status != 404 || matches!(request.method.as_str(), "GET" | "HEAD"))
        },
    )
}
