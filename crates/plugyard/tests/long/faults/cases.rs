//! Faults and their allowed results.

use std::cell::OnceCell;
use std::time::Duration;

use testkit::Registry;
use testkit::registry::{Answer, Fault, Request, Wire, http_date};

/// The allowed result of a fault. A success always has the right result, and a failure is always
/// reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Passes with one retry: the command must succeed.
    Passes,
    /// May be transient. A hint is optional.
    Lasts,
    /// Permanent. A hint is required.
    Stays,
    /// The registry reports with an OCI error code that something does not exist, which is trusted.
    Words,
}

/// One fault.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// This many consecutive requests.
    pub(crate) times: usize,
    /// Whether the fault applies to this request.
    pub(crate) applies: fn(&Request) -> bool,
    make: Box<dyn Fn(&Hosts) -> Trouble + Send + Sync>,
}

/// The kind of fault.
enum Trouble {
    Fault(Fault),
    /// The server no longer listens.
    Refused,
}

/// The registry, and another one with the same content that belongs to someone else.
pub(crate) struct Hosts {
    pub(crate) own: Registry,
    pub(crate) other: OnceCell<Registry>,
}

impl Hosts {
    pub(crate) fn new(seed: &Registry) -> Self {
        Self {
            own: seed.fork(),
            other: OnceCell::new(),
        }
    }

    fn other(&self) -> String {
        self.other
            .get_or_init(|| self.own.fork_on_another_host())
            .url()
    }

    pub(crate) fn shut(&self) {
        self.own.shut();
        if let Some(other) = self.other.get() {
            other.shut();
        }
    }
}

impl Case {
    /// Injects the fault into the `nth` request.
    pub(crate) fn prepare(&self, hosts: &Hosts, nth: usize) {
        match (self.make)(hosts) {
            Trouble::Fault(fault) => hosts.own.fail_at(nth, self.times, fault),
            Trouble::Refused => hosts.own.refuse_from(nth),
        }
    }
}

const EVER: usize = usize::MAX;
const PAGE: &str = "<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>";

fn any(_: &Request) -> bool {
    true
}

fn has_body(request: &Request) -> bool {
    request.method == "GET" && request.answered > 0 && request.status == 200
}

fn reads(request: &Request) -> bool {
    matches!(request.method.as_str(), "GET" | "HEAD")
}

fn names_digest(request: &Request) -> bool {
    request.path.contains("/manifests/") || request.path.contains("/blobs/sha256:")
}

fn lists_tags(request: &Request) -> bool {
    request.path.ends_with("/tags/list")
}

fn begins_upload(request: &Request) -> bool {
    request.method == "POST" && request.status == 202
}

fn mounts(request: &Request) -> bool {
    request.parameter("mount").is_some()
}

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = passing();
    cases.extend(lasting());
    cases.extend(spoilt());
    cases.extend(refusals());
    cases.extend(redirects());
    cases.extend(locations());
    cases
}

fn case(
    name: &'static str,
    kind: Kind,
    times: usize,
    applies: fn(&Request) -> bool,
    make: impl Fn(&Hosts) -> Fault + Send + Sync + 'static,
) -> Case {
    Case {
        name,
        kind,
        times,
        applies,
        make: Box::new(move |hosts| Trouble::Fault(make(hosts))),
    }
}

fn status(status: u16) -> Fault {
    Fault::Answer(Answer::status(status))
}

fn busy(status: u16, after: &str) -> Fault {
    Fault::Answer(Answer::error(status, "TOOMANYREQUESTS").header("retry-after", after))
}

fn passing() -> Vec<Case> {
    let once = |name, fault: fn() -> Fault| case(name, Kind::Passes, 1, any, move |_| fault());
    let body = |name, fault: fn() -> Fault| case(name, Kind::Passes, 1, has_body, move |_| fault());
    vec![
        once("closed once", || Fault::Close),
        once("reset once", || Fault::Unheard(Wire::Reset)),
        once("done, and the answer is lost (FIN)", || {
            Fault::Sent(Wire::Close)
        }),
        once("done, and the answer is lost (RST)", || {
            Fault::Sent(Wire::Reset)
        }),
        once("cut within the head once", || {
            Fault::Sent(Wire::TruncatedHead(30))
        }),
        once("408 once", || status(408)),
        once("429 once", || status(429)),
        once("429 once, Retry-After: 0", || busy(429, "0")),
        once("500 once", || status(500)),
        once("502 once", || status(502)),
        once("503 once, Retry-After: 0", || busy(503, "0")),
        once("late once", || {
            Fault::Sent(Wire::Late(Duration::from_millis(300)))
        }),
        body("cut once (FIN)", || Fault::Sent(Wire::Truncated(10))),
        body("cut once (RST)", || Fault::Sent(Wire::TruncatedReset(10))),
    ]
}

fn lasting() -> Vec<Case> {
    let ever = |name, fault: fn() -> Fault| case(name, Kind::Lasts, EVER, any, move |_| fault());
    let body =
        |name, fault: fn() -> Fault| case(name, Kind::Lasts, EVER, has_body, move |_| fault());
    vec![
        Case {
            name: "connection refused",
            kind: Kind::Lasts,
            times: EVER,
            applies: any,
            make: Box::new(|_| Trouble::Refused),
        },
        ever("closed for ever", || Fault::Close),
        ever("reset for ever", || Fault::Unheard(Wire::Reset)),
        ever("no answer", || Fault::Unheard(Wire::Silent)),
        ever("done, and no answer", || Fault::Sent(Wire::Silent)),
        ever("a byte each 100 ms", || {
            Fault::Sent(Wire::Slow(Duration::from_millis(100)))
        }),
        ever("408 for ever", || status(408)),
        ever("429 for ever", || status(429)),
        ever("429 for ever, Retry-After: 0", || busy(429, "0")),
        ever("429 for ever, Retry-After: 1", || busy(429, "1")),
        ever("429 for ever, Retry-After: 3600", || busy(429, "3600")),
        ever("429 for ever, Retry-After with a date", || {
            busy(429, &http_date(Duration::from_hours(1)))
        }),
        ever("429 for ever, Retry-After without sense", || {
            busy(429, "soon")
        }),
        ever("500 for ever", || status(500)),
        ever("502 for ever with a page", || {
            Fault::Answer(Answer::status(502).body("<html>Bad gateway"))
        }),
        ever("503 for ever", || status(503)),
        ever("503 for ever with an endless body", || {
            Fault::Answer(Answer::status(503).body("{").sent(Wire::Endless))
        }),
        body("cut for ever (FIN)", || Fault::Sent(Wire::Truncated(10))),
        body("cut for ever (RST)", || {
            Fault::Sent(Wire::TruncatedReset(10))
        }),
    ]
}

fn spoilt() -> Vec<Case> {
    let body =
        |name, fault: fn() -> Fault| case(name, Kind::Stays, EVER, has_body, move |_| fault());
    vec![
        body("endless body", || Fault::Sent(Wire::Endless)),
        body("Content-Length too short", || Fault::Sent(Wire::Shorter(5))),
        body("Content-Length longer", || Fault::Sent(Wire::Longer(10))),
        body("Content-Length far too long", || {
            Fault::Sent(Wire::Longer(1 << 30))
        }),
        body("first byte flipped", || Fault::Flip),
        body("a byte in the middle flipped", || Fault::FlipMiddle),
        body("empty body", || Fault::Body(Vec::new())),
        body("JSON that is not JSON", || {
            Fault::Body(b"{\"name\": \"x\", \"tags\": [\"v0.1.0\",".to_vec())
        }),
        body("null", || Fault::Body(b"null".to_vec())),
        body("another JSON", || Fault::Body(b"[1,2,3]".to_vec())),
        body("a page with 200", || Fault::Body(PAGE.into())),
        case(
            "wrong Docker-Content-Digest",
            Kind::Stays,
            EVER,
            names_digest,
            |_| {
                let digest = format!("sha256:{}", testkit::sha256(b"something else"));
                Fault::With("docker-content-digest", digest)
            },
        ),
        case(
            "Docker-Content-Digest without sense",
            Kind::Stays,
            EVER,
            names_digest,
            |_| Fault::With("docker-content-digest", "sha256:0".to_owned()),
        ),
        case(
            "no Docker-Content-Digest",
            Kind::Stays,
            EVER,
            names_digest,
            |_| Fault::Without("docker-content-digest"),
        ),
        case("a giant header", Kind::Stays, EVER, any, |_| {
            Fault::With("x-giant", "a".repeat(2 << 20))
        }),
        case("204", Kind::Stays, EVER, any, |_| status(204)),
        case("200 to everything", Kind::Stays, EVER, any, |_| status(200)),
        case(
            "a list without an end",
            Kind::Stays,
            EVER,
            lists_tags,
            |_| {
                let next = r#"</v2/x/tags/list?last={count}>; rel="next""#;
                Fault::With("link", next.to_owned())
            },
        ),
        case("a list in a circle", Kind::Stays, EVER, lists_tags, |_| {
            Fault::With("link", r#"<{target}>; rel="next""#.to_owned())
        }),
        case(
            "a list goes on elsewhere",
            Kind::Stays,
            EVER,
            lists_tags,
            |hosts| {
                let next = format!(r#"<{}{{target}}>; rel="next""#, hosts.other());
                Fault::With("link", next)
            },
        ),
        case(
            "a list goes on in a file",
            Kind::Stays,
            EVER,
            lists_tags,
            |_| Fault::With("link", r#"<file:///etc/passwd>; rel="next""#.to_owned()),
        ),
    ]
}

fn refusals() -> Vec<Case> {
    let stays = |name, fault: fn() -> Fault| case(name, Kind::Stays, EVER, any, move |_| fault());
    vec![
        stays("400", || Fault::Answer(Answer::error(400, "UNSUPPORTED"))),
        stays("401 without a challenge", || status(401)),
        stays("401 with basic", || {
            let answer = Answer::error(401, "UNAUTHORIZED");
            Fault::Answer(answer.header("www-authenticate", "Basic realm=\"x\""))
        }),
        stays("401 without sense", || {
            let answer = Answer::error(401, "UNAUTHORIZED");
            Fault::Answer(answer.header("www-authenticate", "Bearer realm=\"::\",,="))
        }),
        case(
            "401 with tokens from elsewhere",
            Kind::Stays,
            EVER,
            any,
            |hosts| {
                let realm = format!("Bearer realm=\"{}/token\",service=\"x\"", hosts.other());
                let answer = Answer::error(401, "UNAUTHORIZED");
                Fault::Answer(answer.header("www-authenticate", realm))
            },
        ),
        case(
            "401 with tokens from a file",
            Kind::Stays,
            EVER,
            any,
            |_| {
                let realm = "Bearer realm=\"file:///etc/passwd\",service=\"x\"";
                let answer = Answer::error(401, "UNAUTHORIZED");
                Fault::Answer(answer.header("www-authenticate", realm))
            },
        ),
        stays("403", || Fault::Answer(Answer::error(403, "DENIED"))),
        stays("403 with control characters", || {
            let body = r#"{"errors":[{"code":"DENIED","message":"a\u001b[31m\nb"}]}"#;
            Fault::Answer(Answer::status(403).body(body))
        }),
        stays("404 without words", || status(404)),
        stays("404 with a page", || {
            let page = Answer::status(404).header("content-type", "text/html");
            Fault::Answer(page.body(PAGE))
        }),
        stays("404 with words of somebody else", || {
            Fault::Answer(Answer::error(404, "ROUTE_MISSING"))
        }),
        stays("404 with an endless body", || {
            Fault::Answer(Answer::status(404).body("{").sent(Wire::Endless))
        }),
        case("404 in words: manifest", Kind::Words, EVER, reads, |_| {
            Fault::Answer(Answer::error(404, "MANIFEST_UNKNOWN"))
        }),
        case("404 in words: name", Kind::Words, EVER, reads, |_| {
            Fault::Answer(Answer::error(404, "NAME_UNKNOWN"))
        }),
        stays("413", || Fault::Answer(Answer::status(413).body(PAGE))),
        stays("418", || status(418)),
    ]
}

fn redirects() -> Vec<Case> {
    let to = |name, status: u16, target: fn(&Hosts) -> String| {
        case(name, Kind::Stays, EVER, any, move |hosts| {
            Fault::Answer(Answer::status(status).header("location", target(hosts)))
        })
    };
    let elsewhere = |hosts: &Hosts| format!("{}{{target}}", hosts.other());
    vec![
        to("307 to another host", 307, elsewhere),
        to("302 to another host", 302, elsewhere),
        to("307 to a file", 307, |_| "file:///etc/passwd".to_owned()),
        to("307 to TLS that is none", 307, |hosts| {
            format!("https://{}{{target}}", hosts.own.host())
        }),
        to("307 in a circle", 307, |_| "{target}".to_owned()),
        to("307 onwards for ever", 307, |_| "/v2/{count}".to_owned()),
        to("307 to nobody", 307, |_| "http://127.0.0.1:1/x".to_owned()),
        to("307 without sense", 307, |_| "http://[".to_owned()),
        to("307 to somebody's login", 307, |hosts| {
            format!("http://mallory:pw@{}{{target}}", hosts.own.host())
        }),
        case("307 without an address", Kind::Stays, EVER, any, |_| {
            status(307)
        }),
        case("304", Kind::Stays, EVER, any, |_| status(304)),
    ]
}

fn locations() -> Vec<Case> {
    let at = |name, target: fn(&Hosts) -> String| {
        case(name, Kind::Stays, EVER, begins_upload, move |hosts| {
            Fault::With("location", target(hosts))
        })
    };
    vec![
        at("upload at another host", |hosts| {
            format!("{}/v2/x/blobs/uploads/1", hosts.other())
        }),
        at("upload into a file", |_| "file:///etc/passwd".to_owned()),
        at("upload above the root", |_| {
            "../../../../../x/..".to_owned()
        }),
        at("upload by TLS that is none", |hosts| {
            format!("https://{}/v2/x/blobs/uploads/1", hosts.own.host())
        }),
        at("upload with control characters", |_| {
            "/v2/\u{1}\u{7f}x".to_owned()
        }),
        at("upload with hidden lines", |_| {
            "/v2/x%0d%0aX-Evil:%201/blobs/uploads/1".to_owned()
        }),
        at("upload at a very long address", |_| {
            "/v2/".to_owned() + &"a".repeat(70_000)
        }),
        at("upload with a login", |hosts| {
            format!(
                "http://mallory:pw@{}/v2/x/blobs/uploads/1",
                hosts.own.host()
            )
        }),
        at("upload nowhere", |_| String::new()),
        case(
            "upload without an address",
            Kind::Stays,
            EVER,
            begins_upload,
            |_| Fault::Without("location"),
        ),
        case("not mounted", Kind::Passes, 1, mounts, |_| Fault::Unmounted),
    ]
}
