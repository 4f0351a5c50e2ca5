//! Violations of the rules.

use testkit::registry::Request;

use crate::protocol::rules::{MANIFEST_LIMIT, Rule};

const MANIFEST: &str = r#"{"mediaType":"a/b","config":{"digest":"sha256:0"},"subject":{}}"#;
const TYPE: &str = "content-type: application/octet-stream";

/// Request logs that violate a rule.
pub(crate) fn of(rule: &Rule) -> Vec<Vec<Request>> {
    let upload = "/v2/x/blobs/uploads/1?_state=s3cret-0";
    let digest = format!("digest=sha256%3A{}", testkit::sha256(b"x"));
    let patch = |range: &str, status| {
        let range = format!("content-range: {range}");
        request(
            "PATCH",
            upload,
            &[&range, "content-length: 1", TYPE],
            b"x",
            status,
        )
    };
    let put = |target: &str, headers: &[&str]| vec![request("PUT", target, headers, b"x", 201)];
    let get = |target: &str| vec![request("GET", target, &[], b"", 200)];
    let manifest = |target: &str| {
        let headers = ["content-type: a/b; charset=utf-8"];
        vec![request("PUT", target, &headers, MANIFEST.as_bytes(), 201)]
    };
    let mut long = manifest("/v2/x/manifests/1");
    long[0].length = MANIFEST_LIMIT + 1;
    match rule.says {
        says if says.starts_with("a request is") => {
            vec![get("/v2/_catalog"), get("/v2/x/blobs/uploads/")]
        }
        "<name> MUST match its expression" => {
            vec![get("/v2/X/tags/list"), get("/v2/a..b/tags/list")]
        }
        says if says.starts_with("<tag-or-digest>") => {
            vec![
                get("/v2/x/manifests/-a"),
                get(&format!("/v2/x/manifests/{}", "a".repeat(129))),
            ]
        }
        says if says.contains("Accept") => vec![get("/v2/x/manifests/1")],
        says if says.starts_with("a blob is") => vec![get("/v2/x/blobs/sha256:0")],
        says if says.starts_with("a part is") => {
            vec![vec![request(
                "GET",
                "/v2/x/blobs/y",
                &["range: bytes=-5"],
                b"",
                206,
            )]]
        }
        says if says.starts_with("HEAD") => {
            vec![vec![request("HEAD", "/v2/x/blobs/y", &[], b"x", 200)]]
        }
        says if says.starts_with("the location") => vec![
            put(&format!("/v2/x/blobs/uploads/1?{digest}"), &[]),
            put(&format!("{upload}&digest=a&digest=b"), &[]),
            put("/v2/x/blobs/uploads/1?_state=s3cret-1&digest=a", &[]),
        ],
        says if says.starts_with("PUT has") => vec![
            put(upload, &["content-length: 1", TYPE]),
            put(&format!("{upload}&{digest}"), &["content-length: 1"]),
            put(&format!("{upload}&{digest}"), &[TYPE]),
        ],
        says if says.starts_with("Content-Length and") => {
            let target = format!("/v2/x/blobs/uploads/?{digest}");
            let headers = ["content-length: 1", TYPE];
            vec![vec![request("POST", &target, &headers, b"y", 201)]]
        }
        says if says.starts_with("the POST before") => {
            vec![vec![request("POST", "/v2/x/blobs/uploads/", &[], b"", 202)]]
        }
        says if says.starts_with("Content-Range") => {
            vec![vec![patch("bytes 0-0/1", 202)], vec![patch("0-1", 202)]]
        }
        says if says.starts_with("chunks MUST") => {
            vec![
                vec![patch("1-1", 202)],
                vec![patch("0-0", 202), patch("0-0", 202)],
            ]
        }
        says if says.starts_with("the session") => vec![vec![patch("0-0", 202)]],
        says if says.starts_with("a chunk but") => {
            vec![vec![patch("0-0", 202), patch("1-1", 202)]]
        }
        says if says.starts_with("an upload that") => vec![vec![patch("0-0", 413)]],
        says if says.starts_with("POST with mount") => {
            let target = format!("/v2/x/blobs/uploads/?mount={}", &digest[7..]);
            vec![vec![request(
                "POST",
                &target,
                &["content-length: 0"],
                b"",
                201,
            )]]
        }
        says if says.starts_with("what a manifest") => vec![manifest("/v2/x/manifests/1")],
        says if says.starts_with("Content-Type") => vec![manifest("/v2/x/manifests/1")],
        says if says.starts_with("a manifest is") => vec![long],
        says if says.starts_with("a manifest has") => vec![manifest("/v2/x/manifests/1")],
        says if says.starts_with("n is") => {
            vec![get("/v2/x/tags/list?n=all"), get("/v2/x/tags/list?last=-")]
        }
        _ => vec![vec![request("GET", "/v2/x/tags/list", &[], b"", 400)]],
    }
}

fn request(method: &str, target: &str, headers: &[&str], body: &[u8], status: u16) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers.iter().filter_map(|line| line.split_once(": "));
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        length: body.len(),
        body: Some(body.into()),
        status,
        ..Request::default()
    }
}
