//! Answers that are not what was asked for: each is an error or a fallback, never an absence.

use std::io::Write as _;
use std::time::{Duration, Instant};

use oci::{Content, Descriptor, Remote, Silent, Store};
use testkit::Registry;
use testkit::random::Random;
use testkit::registry::{Answer, Fault as Failing, Quirks, http_date};

use super::{MANIFEST, anonymous, digest, run};

/// How often a failing request fails: always.
const EVER: usize = 1000;

fn with_tags(tags: &[&str]) -> Registry {
    let registry = Registry::start();
    for tag in tags {
        registry.put_manifest("acme/x", tag, MANIFEST, b"{}");
    }
    registry
}

fn sorted(mut tags: Vec<String>) -> Vec<String> {
    tags.sort();
    tags
}

#[test]
fn any_retry_after_ends_in_an_error_and_in_time() {
    let mut random = Random::new(1);
    let mut values: Vec<String> = vec![
        "18446744073709551615".to_owned(),
        "9223372036854775807".to_owned(),
        "-1".to_owned(),
        "1e308".to_owned(),
        "NaN".to_owned(),
        http_date(Duration::from_hours(24 * 365 * 5000)),
        http_date(Duration::ZERO),
    ];
    for _ in 0..60 {
        let length = 1 + random.below(40);
        let characters: &[&str] = match random.below(3) {
            0 => &["0", "1", "5", "9"],
            1 => &["9"],
            _ => &["0", "7", "-", "+", ".", "e", " ", ",", "é"],
        };
        values.push((0..length).map(|_| random.pick(characters)).collect());
    }
    for value in values {
        let status = [408, 429, 500, 502, 503, 504][random.below(6)];
        let registry = with_tags(&["1.0"]);
        let busy = Answer::status(status).header("retry-after", value.trim());
        registry.fail_at(1, EVER, Failing::Answer(busy));
        let start = Instant::now();
        let error = run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
        let message = format!("{value}: {error}: {}", error.hint().unwrap());
        assert!(message.contains(&status.to_string()), "{message}");
        assert!(start.elapsed() < Duration::from_secs(20), "{message}");
    }
}

#[test]
fn a_200_without_a_list_of_tags_is_an_error() {
    let mut random = Random::new(2);
    let members = [
        r#""name":"acme/x""#,
        r#""errors":[{"code":"DENIED"}]"#,
        r#""message":"not now""#,
        r#""Tags":[]"#,
        r#""results":{"tags":[]}"#,
    ];
    let mut bodies: Vec<String> = [
        "",
        "[]",
        "null",
        "1",
        "\"tags\"",
        "{",
        "<html>",
        r#"{"tags":"#,
    ]
    .map(str::to_owned)
    .into();
    for wrong in [
        "{}",
        "1",
        "\"1.0\"",
        "true",
        "[1]",
        "[[]]",
        "[null]",
        "[\"1.0\",{}]",
    ] {
        bodies.push(format!(r#"{{"tags":{wrong}}}"#));
    }
    for _ in 0..30 {
        let chosen: Vec<&str> = (0..random.below(4))
            .map(|_| random.pick(&members))
            .collect();
        bodies.push(format!("{{{}}}", chosen.join(",")));
    }
    for body in bodies {
        for page in [1, 2] {
            let registry = Registry::with(
                testkit::registry::Login::None,
                Quirks {
                    page: Some(1),
                    ..Quirks::default()
                },
            );
            registry.put_manifest("acme/x", "1.0", MANIFEST, b"{}");
            registry.put_manifest("acme/x", "2.0", MANIFEST, b"{}");
            let answer = Answer::status(200).body(body.clone());
            registry.fail("GET", "/tags/", page, EVER, Failing::Answer(answer));
            let listed = run(anonymous(&registry).tags("acme/x"));
            let error = listed.expect_err(&body).to_string();
            assert!(error.contains("a list of tags"), "{body}: {error}");
        }
    }
}

#[test]
fn a_list_of_tags_does_not_end_with_a_page_that_is_gone() {
    let registry = Registry::with(
        testkit::registry::Login::None,
        Quirks {
            page: Some(1),
            ..Quirks::default()
        },
    );
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{}");
    registry.put_manifest("acme/x", "2.0", MANIFEST, b"{}");
    let gone = Answer::error(404, "NAME_UNKNOWN");
    registry.fail("GET", "/tags/", 2, 1, Failing::Answer(gone));
    let error = run(anonymous(&registry).tags("acme/x")).unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
}

#[test]
fn a_link_that_is_not_valid_is_an_error() {
    for link in [
        "nonsense",
        "/v2/acme/x/tags/list; rel=next",
        "</v2",
        "<>x; rel=next",
    ] {
        let registry = with_tags(&["1.0"]);
        registry.fail(
            "GET",
            "/tags/",
            1,
            1,
            Failing::With("link", link.to_owned()),
        );
        let error = run(anonymous(&registry).tags("acme/x")).unwrap_err();
        assert!(error.to_string().contains("Link"), "{link}: {error}");
    }
    let registry = with_tags(&["1.0"]);
    let other = "<https://elsewhere.example/>; rel=\"first\", ,".to_owned();
    registry.fail("GET", "/tags/", 1, 1, Failing::With("link", other));
    assert_eq!(run(anonymous(&registry).tags("acme/x")).unwrap(), ["1.0"]);
}

#[test]
fn a_registry_that_refuses_the_page_size_is_asked_without_one() {
    for status in [400, 404, 405, 413, 414, 422, 500, 501] {
        let registry = with_tags(&["1.0", "2.0"]);
        let refusal = Answer::error(status, "PAGINATION_NUMBER_INVALID");
        registry.fail("GET", "n=1000", 1, EVER, Failing::Answer(refusal));
        let listed = run(anonymous(&registry).tags("acme/x"));
        if status == 404 {
            // Not a refusal, but perhaps not a registry.
            listed.unwrap_err();
        } else {
            assert_eq!(sorted(listed.unwrap()), ["1.0", "2.0"], "{status}");
        }
    }
}

#[test]
fn all_pages_together_have_a_limit() {
    // Every page is new, and names a further one.
    let registry = with_tags(&["1.0"]);
    for page in 1..=5 {
        let start = page * 400_000;
        let tags: Vec<String> = (start..start + 400_000)
            .map(|tag| tag.to_string())
            .collect();
        let answer = Answer::status(200)
            .header(
                "link",
                format!("</v2/acme/x/tags/list?page={page}>; rel=next"),
            )
            .body(serde_json::json!({ "tags": tags }).to_string());
        let part = if page == 1 {
            "n=1000".to_owned()
        } else {
            format!("page={}", page - 1)
        };
        registry.fail("GET", &part, 1, EVER, Failing::Answer(answer));
    }
    let error = run(anonymous(&registry).tags("acme/x")).unwrap_err();
    assert!(
        error.to_string().contains("more than 1000000 tags"),
        "{error}"
    );
    assert_eq!(registry.log().len(), 3);

    let registry = with_tags(&["1.0"]);
    let filler = "x".repeat(20 << 20);
    for (part, page) in [("n=1000", 1), ("page=1", 2), ("page=2", 3)] {
        let answer = Answer::status(200)
            .header(
                "link",
                format!("</v2/acme/x/tags/list?page={page}>; rel=next"),
            )
            .body(format!(r#"{{"tags":["{page}"],"filler":"{filler}"}}"#));
        registry.fail("GET", part, 1, EVER, Failing::Answer(answer));
    }
    let error = run(anonymous(&registry).tags("acme/x")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("more than the limit of 33554432"),
        "{error}"
    );
    assert_eq!(registry.log().len(), 2);
}

#[test]
fn a_200_that_is_no_manifest_is_an_error() {
    for body in [
        "",
        "<html>Please log in</html>",
        "[]",
        "null",
        "[\"a\"]",
        "{",
        "{} {}",
    ] {
        let registry = with_tags(&["1.0"]);
        let page = Answer::status(200)
            .header("content-type", "text/html")
            .body(body);
        registry.fail_at(1, EVER, Failing::Answer(page));
        let remote = anonymous(&registry);
        let error = run(remote.fetch("acme/x", "1.0")).unwrap_err();
        assert!(error.to_string().contains("with a manifest"), "{error}");
        run(remote.resolve("acme/x", "1.0")).unwrap_err();
    }
}

#[test]
fn no_content_coding_is_asked_for() {
    let registry = with_tags(&["1.0"]);
    let remote = anonymous(&registry);
    run(remote.fetch("acme/x", "1.0")).unwrap();
    run(remote.tags("acme/x")).unwrap();
    let log = registry.log();
    assert!(
        log.iter()
            .all(|request| request.header("accept-encoding") == "identity")
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_document_in_gzip_is_read_within_its_limit() {
    let registry = with_tags(&["1.0"]);
    let coded = |bytes: &[u8]| {
        let answer = Answer::status(200).header("content-encoding", "gzip");
        Failing::Answer(answer.header("content-type", MANIFEST).body(gzip(bytes)))
    };
    let remote = anonymous(&registry);
    registry.fail("GET", "/tags/", 1, 1, coded(br#"{"tags":["7.0"]}"#));
    assert_eq!(run(remote.tags("acme/x")).unwrap(), ["7.0"]);
    registry.fail("GET", "/manifests/", 1, 1, coded(b"{ }"));
    let fetched = run(remote.fetch("acme/x", "1.0")).unwrap().unwrap();
    assert_eq!(fetched, (Descriptor::of(MANIFEST, b"{ }"), b"{ }".to_vec()));
    registry.fail("GET", "/manifests/", 1, 1, coded(&vec![b' '; 5 << 20]));
    let error = run(remote.fetch("acme/x", "1.0")).unwrap_err();
    assert!(
        error.to_string().contains("more than the limit of 4194304"),
        "{error}"
    );
}

#[test]
fn a_content_coding_that_was_not_asked_for_is_named() {
    let mut random = Random::new(3);
    let mut codings: Vec<String> = ["br", "zstd", "deflate", "compress", "gzip, br"]
        .map(str::to_owned)
        .into();
    for _ in 0..20 {
        let letters = ["a", "b", "z", "-", "9"];
        codings.push(
            (0..=random.below(12))
                .map(|_| random.pick(&letters))
                .collect(),
        );
    }
    for coding in codings {
        let registry = with_tags(&["1.0"]);
        let blob = registry.put_blob("acme/x", b"content");
        let blob = Descriptor::new("x/y", digest(&blob), 7);
        let answer = Answer::status(200)
            .header("content-encoding", coding.clone())
            .body("coded");
        registry.fail_at(1, EVER, Failing::Answer(answer));
        let remote = anonymous(&registry);
        let named = format!("content coding `{coding}`");
        let errors = [
            run(remote.tags("acme/x")).map(drop),
            run(remote.fetch("acme/x", "1.0")).map(drop),
            run(remote.read("acme/x", &blob, 100)).map(drop),
            run(remote.copy("acme/x", &blob, &mut Vec::new())).map(drop),
            run(remote.start("acme/x", &blob, 3)).map(drop),
        ];
        for error in errors {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(&named), "{coding}: {error}");
        }
    }
    // Some storages name the coding of the content itself.
    let registry = Registry::start();
    let bytes = gzip(b"layer");
    let blob = Descriptor::new(
        "x/y",
        digest(&registry.put_blob("acme/x", &bytes)),
        bytes.len() as u64,
    );
    registry.fail(
        "GET",
        "",
        1,
        EVER,
        Failing::With("content-encoding", "gzip".to_owned()),
    );
    assert_eq!(
        run(anonymous(&registry).read("acme/x", &blob, 100))
            .unwrap()
            .unwrap(),
        bytes
    );
}

fn store(registry: &Registry) -> Store {
    Store::Remote(anonymous(registry))
}

async fn push(store: &Store, repository: &str, bytes: Vec<u8>) -> Result<(), oci::StoreError> {
    let writer = store.writer(&Silent).await?;
    let staged = writer.stage(&Content::Bytes(bytes)).await?;
    writer.push(repository, staged).await
}

#[test]
fn an_upload_in_a_single_request_that_fails_is_sent_in_two() {
    let mut failures: Vec<Failing> = [400, 403, 404, 405, 411, 413, 415, 429, 500, 501, 502, 503]
        .map(|status| Failing::Answer(Answer::status(status)))
        .into();
    failures.push(Failing::Close);
    failures.push(Failing::Answer(Answer::status(200).body("<html>")));
    failures.push(Failing::Answer(Answer::status(302)));
    for failure in failures {
        let registry = Registry::start();
        let (url, name) = (registry.url(), format!("{failure:?}"));
        registry.fail("POST", "digest=", 1, EVER, failure);
        let remote = Remote::new(&super::http(oci::credentials::Anonymous), &url).unwrap();
        run(push(&Store::Remote(remote), "acme/x", b"content".to_vec())).expect(&name);
        let uploaded = registry.lines();
        assert!(
            uploaded.iter().any(|line| line.starts_with("PUT")),
            "{name}"
        );
    }
}

#[test]
fn a_mount_that_fails_is_replaced_by_an_upload() {
    for status in [400, 403, 404, 405, 500, 503] {
        let registry = Registry::start();
        let refusal = Failing::Answer(Answer::status(status));
        registry.fail("POST", "mount=", 1, EVER, refusal);
        let store = store(&registry);
        run(async {
            let writer = store.writer(&Silent).await.unwrap();
            for repository in ["acme/x", "acme/y"] {
                let content = Content::Bytes(b"content".to_vec());
                let staged = writer.stage(&content).await.unwrap();
                writer.push(repository, staged).await.unwrap();
            }
        });
    }
}

#[test]
fn a_look_that_fails_does_not_prevent_an_upload() {
    let bytes: Vec<u8> = (0..=255).cycle().take((1 << 20) + 1).collect();
    for status in [400, 403, 405, 429, 500, 501, 503] {
        let registry = Registry::start();
        let name = registry.put_blob("acme/x", &bytes);
        registry.fail("HEAD", "", 1, EVER, Failing::Answer(Answer::status(status)));
        run(push(&store(&registry), "acme/x", bytes.clone())).unwrap();
        let blob = Descriptor::new("x/y", digest(&name), bytes.len() as u64);
        assert!(
            run(anonymous(&registry).has("acme/x", &blob)).unwrap(),
            "{status}"
        );
    }
}
