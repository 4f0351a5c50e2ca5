//! Writing: each step once, content directly from its file, the tag last.

use std::io::Write;

use oci::{Content, Descriptor, Manifest, Silent, Store};
use testkit::Registry;
use testkit::registry::{Answer, Fault as Failing, Login, Quirks};

use super::{MANIFEST, anonymous, logged_in, password, run};

fn store(registry: &Registry) -> Store {
    Store::Remote(anonymous(registry))
}

/// Stores a blob, and a manifest with it as its config, under a tag.
async fn publish(store: &Store, content: &Content) -> Result<Descriptor, oci::StoreError> {
    let mut writer = store.writer(&Silent).await?;
    let staged = writer.stage(content).await?;
    let config = Descriptor::new("x/y", staged.digest, staged.size);
    writer.push("acme/x", staged).await?;
    let manifest = Manifest::new("x/y", config, Vec::new()).to_bytes();
    let descriptor = writer.push_manifest("acme/x", MANIFEST, &manifest).await?;
    writer.tag("acme/x", "1.0", &descriptor).await?;
    Ok(descriptor)
}

/// Large enough that the client checks for the content before it sends it.
const LARGE: usize = (1 << 20) + 1;

fn large() -> Content {
    Content::Bytes(vec![7; LARGE])
}

fn small() -> Content {
    Content::Bytes(b"content".to_vec())
}

#[test]
fn a_publication_checks_uploads_and_then_tags() {
    for absolute in [false, true] {
        let registry = Registry::with(
            Login::None,
            Quirks {
                absolute,
                ..Quirks::default()
            },
        );
        let descriptor = run(publish(&store(&registry), &large())).unwrap();
        let digest = descriptor.digest.to_string();
        assert_eq!(registry.tag("acme/x", "1.0"), Some(digest.clone()));
        let blob = format!("sha256:{}", testkit::sha256(&vec![7; LARGE]));
        assert_eq!(
            registry.lines(),
            [
                format!("HEAD /v2/acme/x/blobs/{blob} 404"),
                "POST /v2/acme/x/blobs/uploads/ 202".to_owned(),
                "PUT /v2/acme/x/blobs/uploads/1 201".to_owned(),
                format!("PUT /v2/acme/x/manifests/{digest} 201"),
                "PUT /v2/acme/x/manifests/1.0 201".to_owned(),
            ]
        );
    }
}

#[test]
fn existing_content_is_not_sent_again() {
    let registry = Registry::start();
    let store = store(&registry);
    run(async {
        publish(&store, &large()).await.unwrap();
        registry.forget();
        publish(&store, &large()).await.unwrap();
    });
    assert!(
        registry
            .lines()
            .iter()
            .all(|line| !line.starts_with("POST"))
    );
}

#[test]
fn a_large_file_is_sent_in_one_request_and_sent_again_after_an_interruption() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let bytes: Vec<u8> = (0_u32..500_000).flat_map(u32::to_le_bytes).collect();
    file.write_all(&bytes).unwrap();
    let registry = Registry::start();
    registry.fail("PUT", "/uploads/", 1, 1, Failing::Close);
    let busy = Answer::status(503).header("retry-after", "0");
    registry.fail("PUT", "/uploads/", 1, 1, Failing::Answer(busy));
    run(publish(
        &store(&registry),
        &Content::File(file.path().to_owned()),
    ))
    .unwrap();
    let digest = format!("sha256:{}", testkit::sha256(&bytes));
    assert!(registry.blob("acme/x", &digest).unwrap() == bytes);
    let sent: Vec<usize> = registry
        .log()
        .iter()
        .filter(|request| request.path.contains("/uploads/") && request.method == "PUT")
        .map(|request| request.length)
        .collect();
    assert_eq!(sent, [bytes.len(); 3]);
}

#[test]
fn an_upload_whose_response_was_lost_is_not_repeated() {
    let registry = Registry::start();
    // The registry stores it, and then the response is cut off.
    registry.put_blob("acme/x", &vec![7; LARGE]);
    registry.fail(
        "HEAD",
        "/blobs/",
        1,
        1,
        Failing::Answer(Answer::status(404)),
    );
    registry.fail("PUT", "/uploads/", 1, 1, Failing::Close);
    run(publish(&store(&registry), &large())).unwrap();
    let sent = registry
        .lines()
        .iter()
        .filter(|line| line.contains("PUT /v2/acme/x/blobs"))
        .count();
    assert_eq!(sent, 1);
}

#[test]
fn a_refused_upload_is_reported_and_not_retried() {
    for (status, code, hint) in [
        (400, "MANIFEST_INVALID", "ask the operators"),
        (413, "TOO_LARGE", "limits the size"),
        (403, "DENIED", "docker login"),
        (409, "TAG_IMMUTABLE", "ask the operators"),
    ] {
        let registry = Registry::start();
        registry.fail(
            "PUT",
            "/manifests/1.0",
            1,
            9,
            Failing::Answer(Answer::error(status, code)),
        );
        let error = run(publish(&store(&registry), &small())).unwrap_err();
        assert!(error.to_string().contains(code), "{error}");
        assert!(error.to_string().contains("cannot set the tag"), "{error}");
        assert!(error.hint().unwrap().contains(hint));
        let tried = registry
            .lines()
            .iter()
            .filter(|line| line.contains("manifests/1.0"))
            .count();
        assert_eq!(tried, 1);
    }
}

#[test]
fn an_upload_to_another_host_carries_no_credentials() {
    let elsewhere = Registry::start();
    let registry = Registry::with(
        Login::Basic {
            user: "alice".to_owned(),
            password: "s3cret".to_owned(),
        },
        Quirks {
            uploads_at: Some(elsewhere.url()),
            ..Quirks::default()
        },
    );
    let store = Store::Remote(logged_in(&registry, password("alice", "s3cret")));
    run(async {
        let writer = store.writer(&Silent).await.unwrap();
        let staged = writer.stage(&large()).await.unwrap();
        writer.push("acme/x", staged).await.unwrap();
    });
    let log = elsewhere.log();
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].method.as_str(), log[0].header("authorization")),
        ("PUT", "")
    );
}

#[test]
fn an_upload_without_a_usable_location_is_refused() {
    for location in [None, Some("file:///etc/passwd")] {
        let registry = Registry::start();
        let mut answer = Answer::status(202);
        if let Some(location) = location {
            answer = answer.header("location", location);
        }
        registry.fail("POST", "", 1, 9, Failing::Answer(answer));
        let error = run(publish(&store(&registry), &large())).unwrap_err();
        assert!(
            error.to_string().contains("cannot begin an upload"),
            "{error}"
        );
    }
}

#[test]
fn a_tag_can_be_set_on_content_that_someone_else_stored() {
    let registry = Registry::start();
    let store = store(&registry);
    run(async {
        let manifest = publish(&store, &small()).await.unwrap();
        let mut writer = store.writer(&Silent).await.unwrap();
        writer.tag("acme/x", "latest", &manifest).await.unwrap();
        assert_eq!(
            registry.tag("acme/x", "latest"),
            Some(manifest.digest.to_string())
        );
        let unknown = Descriptor::of(MANIFEST, b"{}");
        writer.tag("acme/x", "2.0", &unknown).await.unwrap_err();
        writer
            .tag("acme/x", "not a tag", &manifest)
            .await
            .unwrap_err();
    });
}

#[test]
fn an_upload_that_never_succeeds_is_aborted() {
    for (method, step) in [("POST", "begin an upload"), ("PUT", "upload the content")] {
        let registry = Registry::start();
        registry.fail(method, "/uploads/", 1, 99, Failing::Close);
        let error = run(publish(&store(&registry), &large())).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("cannot {step}")), "{text}");
        assert!(text.contains(" attempts)"), "{text}");
        let tried = registry
            .lines()
            .iter()
            .filter(|line| line.starts_with(method))
            .count();
        assert!(tried <= 5, "{tried}");
        assert_eq!(registry.tag("acme/x", "1.0"), None);
    }
}
