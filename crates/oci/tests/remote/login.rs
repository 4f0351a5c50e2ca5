//! Access, token requests, and where secrets are sent.

use std::time::Duration;

use oci::credentials::{Credentials, CredentialsError, Found, Login as Own, Wanted};
use oci::{Fault, HttpFault, Remote, RemoteFault, Silent};
use testkit::Registry;
use testkit::registry::{Answer, Fault as Failing, Login, Quirks, Wire};

use super::{MANIFEST, anonymous, http, logged_in, password, run};

fn with(login: Login) -> Registry {
    let registry = Registry::with(login, Quirks::default());
    registry.put_manifest("acme/x", "1.0", MANIFEST, b"{}");
    registry.put_blob("acme/x", b"content");
    registry
}

fn bearer(account: Option<(&str, &str)>) -> Login {
    Login::Bearer {
        account: account.map(|(user, password)| (user.to_owned(), password.to_owned())),
        identity: Some("refresh-me".to_owned()),
        expires_in: 300,
    }
}

fn basic() -> Login {
    Login::Basic {
        user: "alice".to_owned(),
        password: "s3cret".to_owned(),
    }
}

#[test]
fn an_open_registry_needs_only_the_manifest_request() {
    let registry = with(Login::None);
    let remote = logged_in(&registry, password("alice", "s3cret"));
    assert!(run(remote.fetch("acme/x", "1.0")).unwrap().is_some());
    assert_eq!(registry.lines(), ["GET /v2/acme/x/manifests/1.0 200"]);
    assert_eq!(registry.log()[0].header("authorization"), "");
}

#[test]
fn basic_credentials_are_sent_with_all_later_requests() {
    let registry = with(basic());
    let remote = logged_in(&registry, password("alice", "s3cret"));
    run(async {
        assert!(remote.fetch("acme/x", "1.0").await.unwrap().is_some());
        assert!(remote.fetch("acme/x", "1.0").await.unwrap().is_some());
    });
    let statuses: Vec<u16> = registry
        .log()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [401, 200, 200]);
}

#[test]
fn a_wrong_password_is_tried_once_and_named() {
    let registry = with(basic());
    let remote = logged_in(&registry, password("alice", "wrong"));
    let error = run(remote.fetch("acme/x", "1.0")).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("rejects the login from the test"), "{text}");
    assert!(!text.contains("wrong"), "{text}");
    assert!(error.hint().unwrap().contains("docker login"));
    assert_eq!(registry.log().len(), 2);
}

#[test]
fn missing_credentials_are_reported() {
    let registry = with(basic());
    let error = run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
    assert!(error.to_string().contains("without a login"), "{error}");
    assert!(matches!(&error.fault, Fault::Remote(fault) if fault.is_denied()));
    assert_eq!(registry.log().len(), 1);
}

#[test]
fn anonymous_tokens_are_used_where_offered() {
    let registry = with(bearer(None));
    let remote = anonymous(&registry);
    run(async {
        assert!(remote.fetch("acme/x", "1.0").await.unwrap().is_some());
        assert!(remote.fetch("acme/x", "1.0").await.unwrap().is_some());
    });
    assert_eq!(
        registry.lines(),
        [
            "GET /v2/acme/x/manifests/1.0 401",
            "GET /token 200",
            "GET /v2/acme/x/manifests/1.0 200",
            "GET /v2/acme/x/manifests/1.0 200",
        ]
    );
    let token = &registry.log()[1];
    assert_eq!(token.header("authorization"), "");
    assert_eq!(token.parameter("service").unwrap(), "fake");
    assert_eq!(token.parameter("scope").unwrap(), "repository:acme/x:pull");
}

#[test]
fn the_password_is_sent_only_to_the_token_server() {
    let registry = with(bearer(Some(("alice", "s3cret"))));
    let remote = logged_in(&registry, password("alice", "s3cret"));
    assert!(run(remote.fetch("acme/x", "1.0")).unwrap().is_some());
    for request in registry.log() {
        let basic = request.header("authorization").starts_with("Basic ");
        assert_eq!(basic, request.path == "/token", "{request:?}");
    }
}

#[test]
fn sixteen_readers_request_one_token() {
    let registry = with(bearer(None));
    // So slow that all readers have been refused and wait before the first token arrives.
    let slow = Failing::Sent(Wire::Late(Duration::from_millis(500)));
    registry.fail("GET", "/token", 1, 1, slow);
    let remote = anonymous(&registry);
    run(async {
        let readers = (0..16).map(|_| remote.fetch("acme/x", "1.0"));
        for found in futures_util::future::join_all(readers).await {
            assert!(found.unwrap().is_some());
        }
    });
    let count = |line: &str| {
        let lines = registry.lines();
        lines.iter().filter(|other| *other == line).count()
    };
    assert_eq!(count("GET /token 200"), 1);
    assert_eq!(count("GET /v2/acme/x/manifests/1.0 401"), 16);
    assert_eq!(count("GET /v2/acme/x/manifests/1.0 200"), 16);
}

#[test]
fn a_refused_token_is_replaced_once() {
    let registry = with(bearer(None));
    let remote = anonymous(&registry);
    run(async {
        remote.fetch("acme/x", "1.0").await.unwrap();
        registry.revoke();
        registry.forget();
        assert!(remote.fetch("acme/x", "1.0").await.unwrap().is_some());
        assert_eq!(registry.lines().len(), 3);
        // A token that is never accepted is not replaced indefinitely.
        registry.forget();
        let refusal = Answer::error(401, "UNAUTHORIZED").header(
            "www-authenticate",
            format!(r#"Bearer realm="{}/token""#, registry.url()),
        );
        registry.fail("GET", "/manifests/", 1, 9, Failing::Answer(refusal));
        let error = remote.fetch("acme/x", "1.0").await.unwrap_err();
        assert!(error.to_string().contains("without a login"), "{error}");
        let requests = registry
            .lines()
            .iter()
            .filter(|line| line.contains("manifests"))
            .count();
        assert_eq!(requests, 2);
    });
}

#[test]
fn a_token_about_to_expire_is_not_used() {
    let registry = with(Login::Bearer {
        account: None,
        identity: None,
        expires_in: 9,
    });
    let remote = anonymous(&registry);
    run(async {
        remote.fetch("acme/x", "1.0").await.unwrap();
        remote.fetch("acme/x", "1.0").await.unwrap();
    });
    let bought = registry
        .lines()
        .iter()
        .filter(|line| line.contains("/token"))
        .count();
    assert_eq!(bought, 2);
}

#[test]
fn an_identity_token_is_posted_and_never_part_of_a_url() {
    let registry = with(bearer(Some(("alice", "s3cret"))));
    let remote = logged_in(&registry, Own::Identity("refresh-me".to_owned()));
    assert!(run(remote.fetch("acme/x", "1.0")).unwrap().is_some());
    assert!(registry.lines().contains(&"POST /token 200".to_owned()));
    assert!(
        registry
            .log()
            .iter()
            .all(|request| !request.query.contains("refresh-me"))
    );
    let stale = logged_in(&registry, Own::Identity("stale".to_owned()));
    let error = run(stale.fetch("acme/x", "1.0")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("rejects the login from the test"),
        "{error}"
    );
}

#[test]
fn a_token_for_writing_is_also_used_for_reading() {
    let registry = with(bearer(None));
    let store = oci::Store::Remote(anonymous(&registry));
    run(async {
        let writer = store.writer(&Silent).await.unwrap();
        let content = oci::Content::Bytes(b"more".to_vec());
        let staged = writer.stage(&content).await.unwrap();
        writer.push("acme/x", staged).await.unwrap();
        assert!(store.fetch("acme/x", "1.0").await.unwrap().is_some());
    });
    let bought = registry
        .lines()
        .iter()
        .filter(|line| line.contains("/token"))
        .count();
    assert_eq!(bought, 1);
}

#[test]
fn credentials_are_not_sent_to_an_untrusted_token_server() {
    let stranger = Registry::start();
    // Another host over plain HTTP: `localhost` is not `127.0.0.1`.
    let realm = stranger.url().replace("127.0.0.1", "localhost");
    for realm in [realm.as_str(), "ftp://127.0.0.1/token"] {
        let registry = with(basic());
        let challenge = format!(r#"Bearer realm="{realm}/token",service="x""#);
        let refusal = Answer::error(401, "UNAUTHORIZED").header("www-authenticate", challenge);
        registry.fail("GET", "/manifests/", 1, 9, Failing::Answer(refusal));
        let remote = logged_in(&registry, password("alice", "s3cret"));
        let error = run(remote.fetch("acme/x", "1.0")).unwrap_err();
        assert!(
            matches!(
                &error.fault,
                Fault::Remote(RemoteFault::Http(HttpFault::Protocol { .. }))
            ),
            "{error}"
        );
    }
    assert!(stranger.log().is_empty());
}

#[test]
fn a_redirect_is_followed_without_authorization() {
    let elsewhere = Registry::start();
    let digest = elsewhere.put_blob("acme/x", b"content");
    let registry = Registry::with(
        basic(),
        Quirks {
            blobs_at: Some(elsewhere.url()),
            ..Quirks::default()
        },
    );
    registry.put_blob("acme/x", b"content");
    let remote = logged_in(&registry, password("alice", "s3cret"));
    let blob = oci::Descriptor::new("x/y", super::digest(&digest), 7);
    let bytes = run(remote.read("acme/x", &blob, 100)).unwrap();
    assert_eq!(bytes.unwrap(), b"content");
    assert_eq!(elsewhere.log().len(), 1);
    assert_eq!(elsewhere.log()[0].header("authorization"), "");
}

#[test]
fn a_challenge_after_a_redirect_to_another_host_is_not_answered() {
    // The target of a redirect demands a password.
    let elsewhere = Registry::with(basic(), Quirks::default());
    let digest = elsewhere.put_blob("acme/x", b"content");
    let registry = Registry::with(
        Login::None,
        Quirks {
            blobs_at: Some(elsewhere.url()),
            ..Quirks::default()
        },
    );
    registry.put_blob("acme/x", b"content");
    let remote = logged_in(&registry, password("alice", "s3cret"));
    let blob = oci::Descriptor::new("x/y", super::digest(&digest), 7);
    let error = run(remote.read("acme/x", &blob, 100)).unwrap_err();
    assert!(error.to_string().contains("denies access"), "{error}");
    let sent = elsewhere
        .log()
        .iter()
        .any(|request| !request.header("authorization").is_empty());
    assert!(!sent);
}

#[test]
fn redirects_are_limited_and_never_leave_http() {
    let registry = with(Login::None);
    for (location, expected) in [
        (
            format!("{}/v2/acme/x/manifests/1.0", registry.url()),
            "redirects more than 5 times",
        ),
        ("file:///etc/passwd".to_owned(), "not HTTP"),
    ] {
        registry.forget();
        let redirect = Answer::status(307).header("location", location);
        registry.fail("GET", "/manifests/", 1, 6, Failing::Answer(redirect));
        let error = run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(registry.log().len() <= 6);
    }
}

#[test]
fn responses_of_a_token_server_are_limited_and_validated() {
    let large = Answer::status(200).body(vec![b' '; 70_000]);
    let none = Answer::status(200).body("{}");
    for (answer, expected) in [
        (large, "a token of more than 65536 bytes"),
        (none, "does not answer with a token"),
    ] {
        let registry = with(bearer(None));
        registry.fail("GET", "/token", 1, 1, Failing::Answer(answer));
        let error = run(anonymous(&registry).fetch("acme/x", "1.0")).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// A password for one path, and no other credentials.
#[derive(Debug)]
struct ForPath(&'static str);

impl Credentials for ForPath {
    fn find(&self, wanted: &Wanted) -> Result<Option<Found>, CredentialsError> {
        assert_eq!(wanted.repository, "team/x");
        assert_eq!(wanted.spelled, format!("http://{}", wanted.host));
        Ok((wanted.path == self.0).then(|| Found {
            login: password("alice", "s3cret"),
            origin: "the test".to_owned(),
        }))
    }
}

#[test]
fn credentials_for_one_path_are_not_used_for_another() {
    let registry = Registry::with(bearer(Some(("alice", "s3cret"))), Quirks::default());
    let http = http(ForPath("team"));
    let remote = |path| Remote::new(&http, &registry.url()).unwrap().below(path);
    for _ in 0..2 {
        assert!(run(remote("/team/").tags("team/x")).unwrap().is_empty());
        assert!(run(remote("").tags("team/x")).is_err());
        assert!(run(remote("tea").tags("team/x")).is_err());
    }
}
