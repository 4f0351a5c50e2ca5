//! Reading: content that exists, content that does not, and failures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use oci::{Descriptor, Fault, HttpFault, Remote, RemoteFault, Silent};
use testkit::Registry;
use testkit::registry::{Answer, Fault as Failing, Login, Quirks};

use super::{MANIFEST, Reported, anonymous, digest, reported_to, run};

fn quirky(quirks: Quirks) -> Registry {
    Registry::with(Login::None, quirks)
}

fn with_manifest() -> Registry {
    let registry = Registry::start();
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{}");
    registry
}

fn blob(registry: &Registry, bytes: &[u8]) -> Descriptor {
    let name = registry.put_blob("acme/x", bytes);
    Descriptor::new(
        "application/octet-stream",
        digest(&name),
        bytes.len() as u64,
    )
}

#[test]
fn a_tag_is_resolved_with_one_head_request() {
    let registry = with_manifest();
    let found = run(anonymous(&registry).resolve("acme/x", "1.0"))
        .unwrap()
        .unwrap();
    assert_eq!(found, Descriptor::of(MANIFEST, b"{}"));
    assert_eq!(registry.lines(), ["HEAD /v2/acme/x/manifests/1.0 200"]);
    assert!(
        registry.log()[0]
            .header("accept")
            .contains("image.index.v1+json")
    );
}

#[test]
fn an_incomplete_head_response_is_followed_by_a_get() {
    let registry = with_manifest();
    registry.fail("HEAD", "", 1, 1, Failing::Without("docker-content-digest"));
    let found = run(anonymous(&registry).resolve("acme/x", "1.0"))
        .unwrap()
        .unwrap();
    assert_eq!(found, Descriptor::of(MANIFEST, b"{}"));
    registry.fail("HEAD", "", 1, 1, Failing::Answer(Answer::status(405)));
    assert!(
        run(anonymous(&registry).resolve("acme/x", "1.0"))
            .unwrap()
            .is_some()
    );
}

#[test]
fn only_a_404_with_an_oci_error_code_means_not_found() {
    let registry = with_manifest();
    let remote = anonymous(&registry);
    run(async {
        assert!(remote.fetch("acme/x", "2.0").await.unwrap().is_none());
        assert!(remote.resolve("acme/x", "2.0").await.unwrap().is_none());
        assert!(remote.fetch("acme/y", "1.0").await.unwrap().is_none());
        assert!(remote.tags("acme/y").await.unwrap().is_empty());
        assert!(remote.fetch("acme/x", "no tag").await.unwrap().is_none());
        let unknown = Descriptor::of("x/y", b"unknown");
        assert!(
            remote
                .read("acme/x", &unknown, 100)
                .await
                .unwrap()
                .is_none()
        );
        assert!(!remote.has("acme/x", &unknown).await.unwrap());
        assert!(
            !remote
                .copy("acme/x", &unknown, &mut Vec::new())
                .await
                .unwrap()
        );
    });
    for answer in [
        Answer::status(404),
        Answer::status(404).body("<html>not found</html>"),
        Answer::error(404, "UNSUPPORTED"),
        Answer::error(410, "MANIFEST_UNKNOWN"),
        Answer::error(403, "DENIED"),
        Answer::error(400, "NAME_INVALID"),
    ] {
        registry.fail("GET", "/manifests/", 1, 1, Failing::Answer(answer.clone()));
        let error = run(remote.fetch("acme/x", "1.0")).unwrap_err();
        assert!(
            matches!(error.fault, Fault::Remote(_)),
            "{answer:?}: {error}"
        );
        let registry = with_manifest();
        registry.fail("GET", "/tags/", 1, 9, Failing::Answer(answer));
        run(anonymous(&registry).tags("acme/x")).unwrap_err();
    }
}

#[test]
fn a_failure_names_the_repository_the_step_and_the_registrys_message() {
    let registry = with_manifest();
    registry.fail(
        "GET",
        "",
        1,
        1,
        Failing::Answer(Answer::error(418, "TEAPOT")),
    );
    let error = run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
    let (url, host) = (registry.url(), registry.host());
    assert_eq!(
        error.to_string(),
        format!(
            "{url}/acme/x:1.0: cannot read the manifest: {host} answers 418 I'm a teapot: TEAPOT: as configured"
        )
    );
}

#[test]
fn transient_failures_are_retried_and_permanent_ones_are_not() {
    for status in [408, 429, 500, 502, 503, 504] {
        let registry = with_manifest();
        let busy = Answer::status(status).header("retry-after", "0");
        registry.fail("GET", "", 1, 2, Failing::Answer(busy));
        assert!(
            run(anonymous(&registry).fetch("acme/x", "1.0"))
                .unwrap()
                .is_some()
        );
        assert_eq!(registry.log().len(), 3, "{status}");
    }
    for status in [400, 403, 404, 501] {
        let registry = with_manifest();
        registry.fail("GET", "", 1, 1, Failing::Answer(Answer::status(status)));
        run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
        assert_eq!(registry.log().len(), 1, "{status}");
    }
    let registry = with_manifest();
    registry.fail("GET", "", 1, 1, Failing::Close);
    assert!(
        run(anonymous(&registry).fetch("acme/x", "1.0"))
            .unwrap()
            .is_some()
    );
}

#[test]
fn retries_stop_when_the_budget_is_spent() {
    let registry = with_manifest();
    let busy = Answer::error(503, "BUSY");
    registry.fail("GET", "", 1, 99, Failing::Answer(busy));
    let start = Instant::now();
    let error = run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(error.to_string().contains(" attempts)"), "{error}");
    assert!(error.hint().unwrap().contains("server-side error"));
    // An hour is too long to wait; it is reported to the user.
    let registry = with_manifest();
    let busy = Answer::status(429).header("retry-after", "3600");
    registry.fail("GET", "", 1, 99, Failing::Answer(busy));
    let error = run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
    assert_eq!(registry.log().len(), 1);
    assert_eq!(error.hint().unwrap(), "repeat the command in 3600 s");
}

#[test]
fn an_unreachable_registry_is_a_failure_not_an_absence() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let remote = Remote::new(
        &super::http(oci::credentials::Anonymous),
        &format!("http://{address}"),
    );
    let error = run(remote.unwrap().fetch("acme/x", "1.0")).unwrap_err();
    assert!(
        matches!(
            &error.fault,
            Fault::Remote(RemoteFault::Http(HttpFault::Unreachable { .. }))
        ),
        "{error}"
    );
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[test]
fn a_registry_without_tls_is_recognised() {
    let registry = with_manifest();
    let remote = Remote::new(&super::http(oci::credentials::Anonymous), &registry.host());
    let error = run(remote.unwrap().fetch("acme/x", "1.0")).unwrap_err();
    let hint = error.hint().unwrap();
    assert!(
        hint.contains(&format!("write {}", registry.url())),
        "{error}: {hint}"
    );
    assert!(registry.log().is_empty());
}

#[test]
fn tags_are_listed_page_by_page() {
    // (quirks, requests)
    let page = |page, links| Quirks {
        page,
        links,
        ..Quirks::default()
    };
    let unpaged = Quirks {
        counts: false,
        ..Quirks::default()
    };
    for (quirks, requests) in [
        (page(Some(3), true), 4),
        (page(None, true), 1),
        (unpaged, 1),
    ] {
        let registry = quirky(quirks.clone());
        for tag in 0..10 {
            registry.put_manifest("acme/x", &format!("1.{tag}"), MANIFEST, b"{}");
        }
        let mut tags = run(anonymous(&registry).tags("acme/x")).unwrap();
        tags.sort();
        assert_eq!(tags.len(), 10, "{quirks:?}");
        assert_eq!(registry.log().len(), requests, "{quirks:?}");
    }
}

#[test]
fn a_full_page_of_tags_without_a_link_is_not_the_last() {
    for (counts, tags) in [(true, 1500), (false, 1000)] {
        let registry = quirky(Quirks {
            links: false,
            counts,
            ..Quirks::default()
        });
        for tag in 0..tags {
            registry.put_manifest("acme/x", &format!("1.{tag}"), MANIFEST, b"{}");
        }
        let listed = run(anonymous(&registry).tags("acme/x")).unwrap();
        assert_eq!(listed.len(), tags);
        assert_eq!(registry.log().len(), 2);
    }
}

#[test]
fn a_tag_list_stays_on_its_registry_and_is_limited() {
    let elsewhere = with_manifest();
    let page = |link: String| {
        Answer::status(200)
            .header("link", format!(r#"<{link}>; rel="next""#))
            .body(r#"{"tags":["1.0"]}"#)
    };
    let registry = with_manifest();
    let foreign = format!("{}/v2/acme/x/tags/list", elsewhere.url());
    registry.fail("GET", "/tags/", 1, 1, Failing::Answer(page(foreign)));
    let error = run(anonymous(&registry).tags("acme/x")).unwrap_err();
    assert!(error.to_string().contains("elsewhere"), "{error}");
    assert!(elsewhere.log().is_empty());
    let circle = "/v2/acme/x/tags/list?n=1000".to_owned();
    registry.fail("GET", "/tags/", 1, 99, Failing::Answer(page(circle)));
    let error = run(anonymous(&registry).tags("acme/x")).unwrap_err();
    assert!(error.to_string().contains("without an end"), "{error}");
    let nonsense = Answer::status(200).body("[]");
    let registry = with_manifest();
    registry.fail("GET", "/tags/", 1, 1, Failing::Answer(nonsense));
    run(anonymous(&registry).tags("acme/x")).unwrap_err();
    let null = Answer::status(200).body(r#"{"name":"acme/x","tags":null}"#);
    registry.fail("GET", "/tags/", 1, 1, Failing::Answer(null));
    assert!(run(anonymous(&registry).tags("acme/x")).unwrap().is_empty());
}

#[test]
fn a_manifest_that_is_too_large_is_not_read() {
    let registry = with_manifest();
    registry.put_manifest("acme/x", "big", MANIFEST, &vec![b' '; (4 << 20) + 1]);
    let error = run(anonymous(&registry).fetch("acme/x", "big")).unwrap_err();
    assert!(matches!(error.fault, Fault::TooLarge { .. }), "{error}");
    let large = blob(&registry, b"12345678");
    registry.forget();
    let error = run(anonymous(&registry).read("acme/x", &large, 7)).unwrap_err();
    assert!(matches!(error.fault, Fault::TooLarge { .. }), "{error}");
    assert!(registry.log().is_empty());
}

#[test]
fn a_flipped_byte_is_detected() {
    let registry = with_manifest();
    let blob = blob(&registry, b"content");
    registry.fail("GET", "", 1, 99, Failing::Flip);
    let remote = anonymous(&registry);
    run(async {
        let read = remote.read("acme/x", &blob, 100).await.unwrap_err();
        let copied = remote
            .copy("acme/x", &blob, &mut Vec::new())
            .await
            .unwrap_err();
        let fetched = remote.fetch("acme/x", "1.0").await.unwrap_err();
        for error in [read, copied, fetched] {
            assert!(matches!(error.fault, Fault::Digest { .. }), "{error}");
        }
    });
}

#[test]
fn content_of_a_wrong_size_is_detected_early() {
    let registry = with_manifest();
    let blob = blob(&registry, b"content");
    let remote = anonymous(&registry);
    for size in [6, 8] {
        let other = Descriptor::new("x/y", blob.digest, size);
        let mut out = Vec::new();
        let error = run(remote.copy("acme/x", &other, &mut out)).unwrap_err();
        assert!(matches!(error.fault, Fault::Size { .. }), "{error}");
        assert!(out.len() as u64 <= size);
        let error = run(remote.read("acme/x", &other, 100)).unwrap_err();
        assert!(matches!(error.fault, Fault::Size { .. }), "{error}");
        let error = run(remote.has("acme/x", &other)).unwrap_err();
        assert!(matches!(error.fault, Fault::Size { .. }), "{error}");
    }
}

#[test]
fn an_interrupted_download_is_resumed() {
    let bytes: Vec<u8> = (0_u32..100_000).flat_map(u32::to_le_bytes).collect();
    for ranges in [true, false] {
        let registry = quirky(Quirks {
            ranges,
            ..Quirks::default()
        });
        let blob = blob(&registry, &bytes);
        registry.fail("GET", "/blobs/", 1, 1, Failing::Truncated(150_000));
        registry.fail("GET", "/blobs/", 1, 1, Failing::Truncated(200_000));
        let mut out = Vec::new();
        assert!(run(anonymous(&registry).copy("acme/x", &blob, &mut out)).unwrap());
        assert!(out == bytes);
        let ranges: Vec<_> = registry
            .log()
            .iter()
            .map(|request| request.header("range").to_owned())
            .collect();
        assert_eq!(ranges[0], "");
        assert!(ranges[1].starts_with("bytes="), "{ranges:?}");
        assert_eq!(ranges.len(), 3);
    }
}

#[test]
fn an_interrupted_short_response_is_requested_again() {
    let registry = with_manifest();
    let blob = blob(&registry, b"content");
    registry.fail("GET", "", 1, 1, Failing::Truncated(3));
    let bytes = run(anonymous(&registry).read("acme/x", &blob, 100)).unwrap();
    assert_eq!(bytes.unwrap(), b"content");
    registry.fail("GET", "", 1, 99, Failing::Truncated(0));
    let error = run(anonymous(&registry).copy("acme/x", &blob, &mut Vec::new())).unwrap_err();
    assert!(error.to_string().contains("attempts"), "{error}");
}

#[test]
fn every_request_is_reported_without_secrets() {
    let registry = with_manifest();
    let reported = Arc::new(Reported::default());
    let remote = Remote::new(&reported_to(&reported), &registry.url()).unwrap();
    let store = oci::Store::Remote(remote);
    run(async {
        store.fetch("acme/x", "1.0").await.unwrap();
        let writer = store.writer(&Silent).await.unwrap();
        let staged = writer
            .stage(&oci::Content::Bytes(vec![0; (1 << 20) + 1]))
            .await
            .unwrap();
        writer.push("acme/x", staged).await.unwrap();
    });
    let lines = reported.lines();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0],
        format!("GET {}/v2/acme/x/manifests/1.0 Some(200) 2", registry.url())
    );
    assert!(
        lines.iter().all(|line| !line.contains("s3cret")),
        "{lines:?}"
    );
    assert!(lines[3].contains("_state=…&digest=sha256:"), "{lines:?}");
}

#[test]
fn a_wait_is_reported_with_its_reason_and_length() {
    let registry = with_manifest();
    let busy = Answer::status(503).header("retry-after", "0");
    registry.fail("GET", "", 1, 1, Failing::Answer(busy));
    let reported = Arc::new(Reported::default());
    let remote = Remote::new(&reported_to(&reported), &registry.url()).unwrap();
    run(remote.fetch("acme/x", "1.0")).unwrap().unwrap();
    let expected = format!(
        "waiting Some(0ns) for {} (503 Service Unavailable)",
        registry.host()
    );
    let lines = reported.lines();
    assert!(lines.contains(&expected), "{lines:?}");
}

#[test]
fn only_the_beginning_of_content_is_read() {
    let bytes: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    for ranges in [true, false] {
        let registry = quirky(Quirks {
            ranges,
            ..Quirks::default()
        });
        let descriptor = blob(&registry, &bytes);
        let remote = anonymous(&registry);
        let start = run(remote.start("acme/x", &descriptor, 1000)).unwrap();
        assert!(start.unwrap() == bytes[..1000]);
        let log = registry.log();
        assert_eq!(log.len(), 1);
        assert_eq!(log[0].header("range"), "bytes=0-999");
        // Absent content is absent, and a failure is an error.
        let absent = Descriptor::of("x", &bytes[..5000]);
        assert!(
            run(remote.start("acme/x", &absent, 1000))
                .unwrap()
                .is_none()
        );
        registry.fail("GET", "", 1, 99, Failing::Answer(Answer::status(403)));
        assert!(run(remote.start("acme/x", &descriptor, 1000)).is_err());
    }
}

#[test]
fn a_truncated_range_is_requested_again_and_a_wrong_range_is_refused() {
    let bytes = vec![7; 5000];
    let registry = quirky(Quirks::default());
    let descriptor = blob(&registry, &bytes);
    registry.fail("GET", "", 1, 1, Failing::Truncated(10));
    let start = run(anonymous(&registry).start("acme/x", &descriptor, 1000)).unwrap();
    assert_eq!(start.unwrap().len(), 1000);
    let other = Answer::status(206)
        .header("content-range", "bytes 5-1004/5000")
        .body(&bytes[..1000]);
    registry.fail("GET", "", 1, 1, Failing::Answer(other));
    let error = run(anonymous(&registry).start("acme/x", &descriptor, 1000)).unwrap_err();
    assert!(error.to_string().contains("another part"), "{error}");
}
