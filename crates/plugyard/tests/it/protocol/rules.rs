//! The rules, each with the section of the specification that has it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use testkit::registry::{Asked, is_digest, is_name, is_tag};

/// One result for each request, or other item, that a rule covers.
type Outcomes = Vec<Result<(), String>>;

/// One thing that a client must do.
pub(crate) struct Rule {
    /// Section of the specification.
    pub(crate) section: &'static str,
    /// Its message.
    pub(crate) says: &'static str,
    /// The occurrences in a log.
    pub(crate) check: fn(&[Asked]) -> Outcomes,
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
    "Pulling blobs", "a blob is asked for by its digest", digests;
    "Pulling blobs", "a part is asked for in the form of RFC 9110", ranges;
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

fn all(log: &[Asked], fits: impl Fn(&Asked) -> bool, right: impl Fn(&Asked) -> bool) -> Outcomes {
    log.iter()
        .filter(|asked| fits(asked))
        .map(|asked| check(right(asked), asked))
        .collect()
}

fn check(right: bool, asked: &Asked) -> Result<(), String> {
    let line = || format!("{} {} {:?}", asked.method, asked.target(), asked.headers);
    right.then_some(()).ok_or_else(line)
}

/// Name of the repository, kind of resource, and the rest of the path.
fn route(asked: &Asked) -> Option<(&str, &'static str, &str)> {
    let path = asked.path.strip_prefix("/v2/")?;
    ["/blobs/uploads/", "/manifests/", "/blobs/", "/tags/"]
        .into_iter()
        .find_map(|part| {
            let (name, rest) = path.split_once(part)?;
            Some((name, part, rest))
        })
}

fn is_at(asked: &Asked, kind: &str) -> bool {
    route(asked).is_some_and(|(_, part, _)| part == kind)
}

fn rest(asked: &Asked) -> &str {
    route(asked).map_or("", |(_, _, rest)| rest)
}

fn name(asked: &Asked) -> &str {
    route(asked).map_or("", |(name, _, _)| name)
}

fn is_upload(asked: &Asked, method: &str) -> bool {
    asked.method == method && is_at(asked, "/blobs/uploads/")
}

fn is_manifest(asked: &Asked) -> bool {
    asked.method == "PUT" && is_at(asked, "/manifests/")
}

fn is_token(asked: &Asked) -> bool {
    asked.path == "/token"
}

fn parameters(asked: &Asked, name: &str) -> usize {
    let prefix = format!("{name}=");
    let pairs = asked.query.split('&');
    pairs.filter(|pair| pair.starts_with(&prefix)).count()
}

fn length(asked: &Asked) -> Option<usize> {
    asked.header("content-length").parse().ok()
}

fn endpoints(log: &[Asked]) -> Outcomes {
    all(
        log,
        |asked| !is_token(asked),
        |asked| {
            let method = asked.method.as_str();
            match route(asked) {
                Some((_, "/blobs/uploads/", "")) => method == "POST",
                Some((_, "/blobs/uploads/", _)) => {
                    matches!(method, "PATCH" | "PUT" | "GET" | "DELETE")
                }
                Some((_, "/manifests/", _)) => matches!(method, "GET" | "HEAD" | "PUT"),
                Some((_, "/blobs/", _)) => matches!(method, "GET" | "HEAD"),
                Some((_, "/tags/", "list")) => method == "GET",
                _ => asked.path == "/v2/" && method == "GET",
            }
        },
    )
}

fn names(log: &[Asked]) -> Outcomes {
    all(
        log,
        |asked| route(asked).is_some(),
        |asked| is_name(name(asked)),
    )
}

fn references(log: &[Asked]) -> Outcomes {
    let right = |asked: &Asked| is_digest(rest(asked)) || is_tag(rest(asked));
    all(log, |asked| is_at(asked, "/manifests/"), right)
}

fn accepts(log: &[Asked]) -> Outcomes {
    let fits = |asked: &Asked| is_at(asked, "/manifests/") && asked.method != "PUT";
    all(log, fits, |asked| {
        [
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.oci.image.index.v1+json",
        ]
        .iter()
        .all(|kind| asked.header("accept").contains(kind))
    })
}

fn digests(log: &[Asked]) -> Outcomes {
    all(
        log,
        |asked| is_at(asked, "/blobs/"),
        |asked| is_digest(rest(asked)),
    )
}

fn ranges(log: &[Asked]) -> Outcomes {
    all(
        log,
        |asked| asked.headers.contains_key("range"),
        |asked| {
            let range = asked.header("range").strip_prefix("bytes=");
            let parts = range.and_then(|range| range.split_once('-'));
            parts.is_some_and(|(start, end)| {
                let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                !start.is_empty() && number(start) && number(end) && asked.method == "GET"
            })
        },
    )
}

fn heads(log: &[Asked]) -> Outcomes {
    all(
        log,
        |asked| asked.method == "HEAD",
        |asked| asked.length == 0 && asked.query.is_empty(),
    )
}

fn locations(log: &[Asked]) -> Outcomes {
    // Upload locations of this registry contain the progress, so that an outdated one is detected.
    let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
    let mut outcomes = Vec::new();
    for asked in log {
        if !is_at(asked, "/blobs/uploads/") || rest(asked).is_empty() {
            continue;
        }
        let step = steps.entry(rest(asked)).or_default();
        let (first, digest) = asked.query.split_once('&').unwrap_or((&asked.query, ""));
        let as_given = first == format!("_state=s3cret-{step}");
        let added = match asked.method.as_str() {
            "PUT" => digest.starts_with("digest=") && !digest.contains('&'),
            _ => digest.is_empty(),
        };
        outcomes.push(check(as_given && added, asked));
        if asked.method == "PATCH" && asked.status == 202 {
            *step += 1;
        }
    }
    outcomes
}

fn puts(log: &[Asked]) -> Outcomes {
    all(
        log,
        |asked| is_upload(asked, "PUT"),
        |asked| {
            parameters(asked, "digest") == 1
                && asked
                    .parameter("digest")
                    .is_some_and(|digest| is_digest(&digest))
                && length(asked) == Some(asked.length)
                && (asked.length == 0 || asked.header("content-type") == OCTETS)
        },
    )
}

fn single_posts(log: &[Asked]) -> Outcomes {
    let fits = |asked: &Asked| is_upload(asked, "POST") && parameters(asked, "digest") > 0;
    all(log, fits, |asked| {
        let digest = asked.parameter("digest").unwrap_or_default();
        let own = |body: &[u8]| format!("sha256:{}", testkit::sha256(body));
        parameters(asked, "digest") == 1
            && length(asked) == Some(asked.length)
            && asked.header("content-type") == OCTETS
            && asked.body.as_deref().is_none_or(|body| own(body) == digest)
    })
}

fn empty_posts(log: &[Asked]) -> Outcomes {
    let fits = |asked: &Asked| is_upload(asked, "POST") && asked.query.is_empty();
    all(log, fits, |asked| {
        length(asked) == Some(0) && asked.length == 0
    })
}

/// First and last byte of a chunk.
fn chunk(asked: &Asked) -> Option<(usize, usize)> {
    let (start, end) = asked.header("content-range").split_once('-')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let both = number(start) && number(end);
    both.then(|| Some((start.parse().ok()?, end.parse().ok()?)))?
}

fn chunk_ranges(log: &[Asked]) -> Outcomes {
    let fits =
        |asked: &Asked| is_upload(asked, "PATCH") || asked.headers.contains_key("content-range");
    all(log, fits, |asked| {
        let whole = |(start, end): (usize, usize)| end >= start && end - start + 1 == asked.length;
        chunk(asked).is_some_and(whole)
            && length(asked) == Some(asked.length)
            && asked.header("content-type") == OCTETS
    })
}

/// The accepted chunks of each upload.
fn taken(log: &[Asked]) -> BTreeMap<&str, Vec<&Asked>> {
    let mut uploads: BTreeMap<&str, Vec<&Asked>> = BTreeMap::new();
    for asked in log {
        if is_upload(asked, "PATCH") && asked.status == 202 {
            uploads.entry(rest(asked)).or_default().push(asked);
        }
    }
    uploads
}

fn chunk_order(log: &[Asked]) -> Outcomes {
    let mut outcomes = Vec::new();
    for chunks in taken(log).into_values() {
        let mut next = 0;
        for asked in chunks {
            let range = chunk(asked);
            outcomes.push(check(range.is_some_and(|(start, _)| start == next), asked));
            next = range.map_or(0, |(_, end)| end + 1);
        }
    }
    outcomes
}

fn chunk_ends(log: &[Asked]) -> Outcomes {
    let uploads = taken(log);
    let ended = |session: &str| {
        let mut puts = log.iter().filter(|asked| is_upload(asked, "PUT"));
        puts.any(|asked| rest(asked) == session && asked.status == 201)
    };
    let cancelled = |session: &str| {
        let mut deleted = log.iter().filter(|asked| is_upload(asked, "DELETE"));
        deleted.any(|asked| rest(asked) == session)
    };
    uploads
        .into_iter()
        .map(|(session, chunks)| check(ended(session) || cancelled(session), chunks[0]))
        .collect()
}

fn chunk_lengths(log: &[Asked]) -> Outcomes {
    let least = 64 << 10;
    let mut outcomes = Vec::new();
    for chunks in taken(log).into_values() {
        let (_, before) = chunks.split_last().unwrap();
        outcomes.extend(
            before
                .iter()
                .map(|asked| check(asked.length >= least, asked)),
        );
    }
    outcomes
}

fn cancelled(log: &[Asked]) -> Outcomes {
    let given_up = |asked: &&Asked| {
        (is_upload(asked, "PUT") || is_upload(asked, "PATCH")) && asked.status == 413
    };
    let mut outcomes = Vec::new();
    for asked in log.iter().filter(given_up) {
        let mut after = log.iter().filter(|other| rest(other) == rest(asked));
        let ends = after.any(|other| match other.method.as_str() {
            "DELETE" => length(other) == Some(0),
            "PUT" => other.status == 201,
            _ => false,
        });
        outcomes.push(check(ends, asked));
    }
    outcomes
}

fn mounted(log: &[Asked]) -> Outcomes {
    let fits = |asked: &Asked| parameters(asked, "mount") + parameters(asked, "from") > 0;
    all(log, fits, |asked| {
        is_upload(asked, "POST")
            && rest(asked).is_empty()
            && asked
                .parameter("mount")
                .is_some_and(|digest| is_digest(&digest))
            && asked.parameter("from").is_some_and(|from| is_name(&from))
            && asked.length == 0
            && length(asked) == Some(0)
    })
}

/// The manifest that a request uploads.
fn manifest(asked: &Asked) -> Value {
    let body = asked.body.as_deref().unwrap_or_default();
    serde_json::from_slice(body).unwrap_or_default()
}

fn manifests_last(log: &[Asked]) -> Outcomes {
    let mut stored: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut outcomes = Vec::new();
    for asked in log {
        let to = name(asked);
        if is_at(asked, "/blobs/uploads/") && asked.status == 201 {
            let digest = asked.parameter("mount").or(asked.parameter("digest"));
            stored.insert((to, digest.unwrap_or_default()));
        }
        if !is_manifest(asked) {
            continue;
        }
        let manifest = manifest(asked);
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let mut parts = layers.chain([&manifest["config"]]);
        let mut complete = parts.all(|part| {
            let digest = part["digest"].as_str().unwrap_or_default();
            stored.contains(&(to, digest.to_owned()))
        });
        let body = asked.body.as_deref().unwrap_or_default();
        let own = format!("sha256:{}", testkit::sha256(body));
        if is_digest(rest(asked)) {
            complete &= rest(asked) == own;
            stored.insert((to, own));
        } else {
            complete &= stored.contains(&(to, own));
        }
        outcomes.push(check(complete, asked));
    }
    outcomes
}

fn manifest_types(log: &[Asked]) -> Outcomes {
    all(log, is_manifest, |asked| {
        manifest(asked)["mediaType"] == asked.header("content-type")
    })
}

fn manifest_sizes(log: &[Asked]) -> Outcomes {
    all(log, is_manifest, |asked| asked.length <= MANIFEST_LIMIT)
}

fn subjects(log: &[Asked]) -> Outcomes {
    all(log, is_manifest, |asked| {
        manifest(asked).get("subject").is_none()
    })
}

fn tag_pages(log: &[Asked]) -> Outcomes {
    all(
        log,
        |asked| is_at(asked, "/tags/"),
        |asked| {
            let counts = |text: String| text.parse::<usize>().is_ok_and(|number| number > 0);
            asked.parameter("n").is_none_or(counts)
                && asked.parameter("last").is_none_or(|last| is_tag(&last))
        },
    )
}

fn refused(log: &[Asked]) -> Outcomes {
    all(
        log,
        |_| true,
        |asked| {
            // `None` if the connection broke; 413 if there is a limit.
            matches!(
                asked.status,
                0 | 200 | 201 | 202 | 204 | 206 | 401 | 404 | 413
            ) && (asked.status != 404 || matches!(asked.method.as_str(), "GET" | "HEAD"))
        },
    )
}
