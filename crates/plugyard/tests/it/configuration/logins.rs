//! Which credentials are sent where.

use testkit::Registry;
use testkit::registry::{Login, Quirks};

use super::{config, consumer, home_config, with_password};
use crate::yard::{DEMO, Yard};

/// Whether a command gets access to a registry.
#[track_caller]
fn gets_in(yard: &Yard, registry: &Registry, repository: &str) -> bool {
    let outcome = yard.run(&format!(
        "component get {}/{repository}//{DEMO}:1.0.0",
        registry.url()
    ));
    let refused = outcome.stderr.contains("refuses") || outcome.stderr.contains("UNAUTHORIZED");
    // Nothing is published, which is reported after a successful login.
    let in_there = outcome.stderr.contains(":1.0.0 does not exist");
    assert!(refused != in_there, "{}", outcome.stderr);
    in_there
}

#[test]
fn credentials_are_taken_from_a_consumer() {
    let registry = with_password();
    let yard = Yard::new();
    assert!(!gets_in(&yard, &registry, "acme"));
    home_config(&yard, &consumer(&registry, "", "alice", "s3cret"));
    assert!(gets_in(&yard, &registry, "acme"));
    // And every command works with them.
    let repository = format!("{}/acme", registry.url());
    yard.plugin_in(&repository, DEMO, "1.0.0");
    yard.done(&format!("component get {repository}//{DEMO}"));
}

#[test]
fn refused_credentials_are_reported_with_their_source() {
    let registry = with_password();
    let yard = Yard::new();
    home_config(&yard, &consumer(&registry, "", "alice", "wr0ng"));
    let outcome = yard.run(&format!("component get {}/x//{DEMO}:1.0.0", registry.url()));
    assert_eq!(outcome.code, Some(1));
    let text = &outcome.stderr;
    assert!(text.contains("rejects the login from"), "{text}");
    assert!(text.contains(".ocmconfig:5"), "{text}");
    assert!(!text.contains("wr0ng"), "{text}");
}

#[test]
fn the_closest_path_wins_whatever_the_order() {
    let registry = with_password();
    let yard = Yard::new();
    let right = |path| consumer(&registry, path, "alice", "s3cret");
    let wrong = |path| consumer(&registry, path, "bob", "wr0ng");
    let closer = [
        ("", "team/*"),
        ("team/*", "team/plugins"),
        ("*/*", "team/*"),
    ];
    for (far, close) in closer {
        for entries in [right(close) + &wrong(far), wrong(far) + &right(close)] {
            home_config(&yard, &entries);
            assert!(gets_in(&yard, &registry, "team/plugins"), "{entries}");
        }
        home_config(&yard, &(right(far) + &wrong(close)));
        assert!(!gets_in(&yard, &registry, "team/plugins"), "{far} {close}");
    }
    // Equally specific: the first.
    home_config(&yard, &(right("team/*") + &wrong("team/*")));
    assert!(gets_in(&yard, &registry, "team/plugins"));
}

#[test]
fn two_users_of_one_registry_are_kept_apart() {
    let registry = with_password();
    let yard = Yard::new();
    let entries =
        consumer(&registry, "a", "alice", "s3cret") + &consumer(&registry, "b", "bob", "wr0ng");
    home_config(&yard, &entries);
    assert!(gets_in(&yard, &registry, "a"));
    assert!(!gets_in(&yard, &registry, "b"));
    assert!(!gets_in(&yard, &registry, "c"));
}

#[test]
fn credentials_are_taken_from_an_inline_docker_configuration() {
    let registry = with_password();
    let yard = Yard::new();
    let json = format!(
        r#"{{"auths":{{"{}":{{"auth":"YWxpY2U6czNjcmV0"}}}}}}"#,
        registry.host()
    );
    home_config(
        &yard,
        &format!(
            "  - type: credentials.config.ocm.software/v1
    repositories:
      - repository: {{ type: DockerConfig/v1, dockerConfig: '{json}' }}
"
        ),
    );
    assert!(gets_in(&yard, &registry, "acme"));
    // If one docker configuration is listed, the default ones are not read.
    yard.write(
        "../home/.ocmconfig",
        config(
            "  - type: credentials.config.ocm.software
    repositories: [{ repository: { type: DockerConfig/v1, dockerConfigFile: ~/own.json } }]
",
        ),
    );
    yard.write("../home/.docker/config.json", &json);
    let outcome = yard.run(&format!("component get {}/x//{DEMO}:1.0.0", registry.url()));
    assert!(
        outcome.stderr.contains("own.json, which"),
        "{}",
        outcome.stderr
    );
    assert!(!gets_in(&yard, &registry, "acme"));
    yard.write("../home/own.json", &json);
    assert!(gets_in(&yard, &registry, "acme"));
}

#[test]
fn docker_credentials_are_the_fallback() {
    let registry = with_password();
    let yard = Yard::new();
    let json = format!(
        r#"{{"auths":{{"{}":{{"auth":"YWxpY2U6czNjcmV0"}}}}}}"#,
        registry.host()
    );
    yard.write("../home/.docker/config.json", &json);
    assert!(gets_in(&yard, &registry, "acme"));
    let resolvers = "  - type: resolvers.config.ocm.software
    resolvers: [{ componentNamePattern: '*', repository: { type: CTF, filePath: x } }]
";
    for entries in [resolvers, &consumer(&registry, "other", "bob", "wr0ng")] {
        home_config(&yard, entries);
        assert!(gets_in(&yard, &registry, "acme"), "{entries}");
    }
}

#[test]
fn credentials_may_be_an_identity_token() {
    let login = Login::Bearer {
        account: Some(("alice".to_owned(), "s3cret".to_owned())),
        identity: Some("refr3sh".to_owned()),
        expires_in: 300,
    };
    let registry = Registry::with(login, Quirks::default());
    let yard = Yard::new();
    let host = registry.host();
    let (name, port) = host.split_once(':').unwrap();
    for kind in ["OCIRegistry", "OCIRegistry/v1"] {
        for (token, expected) in [("refr3sh", true), ("wr0ng", false)] {
            home_config(
                &yard,
                &format!(
                    "  - type: credentials.config.ocm.software
    consumers:
      - identity: {{ type: {kind}, hostname: {name}, port: '{port}' }}
        credentials: [{{ type: Credentials/v1, properties: {{ refreshToken: {token} }} }}]
"
                ),
            );
            assert_eq!(
                gets_in(&yard, &registry, "acme"),
                expected,
                "{kind} {token}"
            );
        }
    }
}

#[test]
fn no_secret_is_ever_printed() {
    let registry = with_password();
    let yard = Yard::new();
    let repository = registry.url();
    let start = "  - type: credentials.config.ocm.software\n    consumers:\n      - identity: { type: OCIRegistry, hostname: x }\n";
    // Each is invalid in a different way.
    for end in [
        "        credentials: [{ type: OCICredentials/v1, username: u, password: 5ecretive }",
        "        credentials: { password: 5ecretive }\n",
        "        credentials: [5ecretive]\n",
        "        credentials: [{ type: OCICredentials/v1, password: [5ecretive] }]\n",
        "        credentials: [{ type: OCICredentials/v1, password: *5ecretive }]\n",
        "        credentials: [{ type: OCICredentials/v1, password: !!int 5ecretive }]\n",
        "        credentials: [{ type: OCICredentials/v1, password: %5ecretive }]\n",
        "        credentials: [{ type: OCICredentials/v1, password: \"\\q5ecretive\" }]\n",
        "        credentials: [{ type: OCICredentials/v1, password: a: 5ecretive: b }]\n",
        "        credentials: [{ type: 5ecretive, password: { x: 1 } }]\n        identities: 5ecretive\n",
        "        password: @5ecretive\n",
    ] {
        home_config(&yard, &format!("{start}{end}"));
        let outcome = yard.run(&format!("component get {repository}/x//{DEMO}:1.0.0 -v"));
        assert_eq!(outcome.code, Some(1), "{end}");
        assert!(!outcome.stderr.contains("5ecretive"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(".ocmconfig:"), "{}", outcome.stderr);
    }
    assert!(registry.log().is_empty());
}
