//! Ways to send content: with the first request, from another repository, in chunks.

use std::io::Write;

use oci::{Content, Silent, Store, StoreError};
use testkit::Registry;
use testkit::registry::{Answer, Fault as Failing, Login, Quirks, Wire};

use super::{anonymous, logged_in, password, run};

fn quirky(quirks: Quirks) -> Registry {
    Registry::with(Login::None, quirks)
}

fn store(registry: &Registry) -> Store {
    Store::Remote(anonymous(registry))
}

async fn push(store: &Store, repositories: &[&str], content: &[u8]) -> Result<(), StoreError> {
    let writer = store.writer(&Silent).await?;
    for repository in repositories {
        let staged = writer.stage(&Content::Bytes(content.to_vec())).await?;
        writer.push(repository, staged).await?;
    }
    Ok(())
}

/// Methods, and statuses of the answers.
fn steps(registry: &Registry) -> Vec<(String, u16)> {
    let log = registry.log();
    let step = |request: &testkit::registry::Request| (request.method.clone(), request.status);
    log.iter().map(step).collect()
}

fn has(registry: &Registry, repository: &str, content: &[u8]) -> bool {
    let digest = format!("sha256:{}", testkit::sha256(content));
    registry.blob(repository, &digest).as_deref() == Some(content)
}

#[test]
fn small_content_is_sent_with_the_first_request() {
    let registry = Registry::start();
    run(push(&store(&registry), &["acme/x"], b"content")).unwrap();
    assert_eq!(steps(&registry), [("POST".to_owned(), 201)]);
    assert!(has(&registry, "acme/x", b"content"));
}

#[test]
fn single_request_uploads_are_not_retried_after_a_registry_declined_one() {
    for refusal in [None, Some(400), Some(404), Some(405), Some(501)] {
        let registry = quirky(Quirks {
            single_post: false,
            ..Quirks::default()
        });
        if let Some(status) = refusal {
            let answer = Failing::Answer(Answer::error(status, "UNSUPPORTED"));
            registry.fail("POST", "digest=", 1, 99, answer);
        }
        let store = store(&registry);
        run(async {
            let writer = store.writer(&Silent).await.unwrap();
            for content in [b"one", b"two"] {
                let staged = writer.stage(&Content::Bytes(content.to_vec())).await;
                writer.push("acme/x", staged.unwrap()).await.unwrap();
            }
        });
        let offered = |request: &&testkit::registry::Request| {
            request.method == "POST" && request.parameter("digest").is_some()
        };
        let log = registry.log();
        assert_eq!(log.iter().filter(offered).count(), 1, "{refusal:?}");
        assert!(has(&registry, "acme/x", b"one") && has(&registry, "acme/x", b"two"));
    }
}

#[test]
fn refused_credentials_are_not_mistaken_for_a_missing_feature() {
    let registry = Registry::with(
        Login::Basic {
            user: "alice".to_owned(),
            password: "s3cret".to_owned(),
        },
        Quirks::default(),
    );
    let store = Store::Remote(logged_in(&registry, password("alice", "wrong")));
    let error = run(push(&store, &["acme/x"], b"content")).unwrap_err();
    assert!(error.to_string().contains("rejects the login"), "{error}");
    assert_eq!(registry.log().len(), 2);
}

#[test]
fn content_in_another_repository_is_mounted() {
    let large = vec![7; (1 << 20) + 1];
    for (mounts, expected) in [
        (true, vec![("HEAD", 404), ("POST", 201)]),
        (false, vec![("HEAD", 404), ("POST", 202), ("PUT", 201)]),
    ] {
        let registry = quirky(Quirks {
            mounts,
            ..Quirks::default()
        });
        run(push(&store(&registry), &["acme/x", "acme/y"], &large)).unwrap();
        assert!(has(&registry, "acme/y", &large));
        let steps = steps(&registry);
        let second: Vec<_> = steps[3..]
            .iter()
            .map(|(method, status)| (method.as_str(), *status))
            .collect();
        assert_eq!(second, expected);
        let log = registry.log();
        let mount = &log[4];
        assert_eq!(mount.parameter("from").as_deref(), Some("acme/x"));
        assert!(mount.parameter("mount").unwrap().starts_with("sha256:"));
        assert_eq!(mount.length, 0);
    }
}

#[test]
fn a_token_for_mounting_covers_both_repositories() {
    let registry = Registry::with(
        Login::Bearer {
            account: None,
            identity: None,
            expires_in: 300,
        },
        Quirks::default(),
    );
    run(push(&store(&registry), &["acme/x", "acme/y"], b"content")).unwrap();
    let log = registry.log();
    let tokens: Vec<_> = log
        .iter()
        .filter(|request| request.path == "/token")
        .collect();
    let last = tokens.last().unwrap();
    for scope in [
        "repository%3Aacme%2Fy%3Apull%2Cpush",
        "repository%3Aacme%2Fx%3Apull",
    ] {
        assert!(last.query.contains(scope), "{}", last.query);
    }
    assert!(has(&registry, "acme/y", b"content"));
}

/// A file slightly larger than 20 MiB, in three chunks of the default length.
fn file() -> (tempfile::NamedTempFile, Vec<u8>) {
    let bytes: Vec<u8> = (0_u32..5_300_000).flat_map(u32::to_le_bytes).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    (file, bytes)
}

async fn push_file(store: &Store, file: &tempfile::NamedTempFile) -> Result<(), StoreError> {
    let writer = store.writer(&Silent).await?;
    let content = Content::File(file.path().to_owned());
    let staged = writer.stage(&content).await?;
    writer.push("acme/x", staged).await
}

/// Lengths of the accepted chunks.
fn chunks(registry: &Registry) -> Vec<usize> {
    let log = registry.log();
    let taken = log
        .iter()
        .filter(|request| request.method == "PATCH" && request.status == 202);
    taken.map(|request| request.length).collect()
}

#[test]
fn content_too_large_for_one_request_is_sent_in_chunks() {
    let (file, bytes) = file();
    let mib = 1 << 20;
    for (max_body, min_chunk, longest) in [
        (9 * mib, None, 8 * mib),
        (9 * mib, Some(9 * mib), 9 * mib),
        (3 * mib, None, mib),
    ] {
        let registry = quirky(Quirks {
            max_body: Some(max_body),
            min_chunk,
            ..Quirks::default()
        });
        run(push_file(&store(&registry), &file)).unwrap();
        assert!(has(&registry, "acme/x", &bytes));
        let chunks = chunks(&registry);
        assert_eq!(chunks.iter().sum::<usize>(), bytes.len());
        assert!(
            chunks[..chunks.len() - 1]
                .iter()
                .all(|length| *length == longest)
        );
        // The upload that could not be completed was cancelled.
        let cancelled = |(method, status): &(String, u16)| method == "DELETE" && *status == 204;
        assert_eq!(
            steps(&registry)
                .iter()
                .filter(|step| cancelled(step))
                .count(),
            1
        );
    }
}

#[test]
fn an_interrupted_chunk_is_resumed() {
    let (file, bytes) = file();
    // (fault, length of all chunks that arrived, as a multiple of the content)
    let busy = Answer::status(503).header("retry-after", "0");
    for (fault, chunked) in [
        (Failing::Close, 1),
        (Failing::Answer(busy), 1),
        // The chunk has arrived, but the next location is lost with the response.
        (Failing::Sent(Wire::Close), 2),
    ] {
        let registry = quirky(Quirks {
            max_body: Some(9 << 20),
            ..Quirks::default()
        });
        registry.fail("PATCH", "", 2, 1, fault.clone());
        run(push_file(&store(&registry), &file)).unwrap();
        assert!(has(&registry, "acme/x", &bytes), "{fault:?}");
        let sent: usize = chunks(&registry).iter().sum();
        assert!(sent >= bytes.len() && sent <= chunked * bytes.len());
        assert!(registry.log().iter().any(|request| request.method == "GET"));
    }
}

#[test]
fn a_limit_below_the_smallest_chunk_is_reported() {
    let (file, _) = file();
    let registry = quirky(Quirks {
        max_body: Some(20_000),
        ..Quirks::default()
    });
    let error = run(push_file(&store(&registry), &file)).unwrap_err();
    assert!(error.to_string().contains("413"), "{error}");
    assert!(error.hint().unwrap().contains("limits the size"), "{error}");
    let steps = steps(&registry);
    let count = |name: &str| steps.iter().filter(|(method, _)| method == name).count();
    assert_eq!(count("DELETE"), 2);
    assert_eq!(chunks(&registry), [0; 0]);
}
