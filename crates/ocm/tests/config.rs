//! The OCM configuration: reading, and merging of files.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use oci::Silent;
use oci::credentials::{Credentials, DockerFiles, Login, Wanted};
use oci::http::{Certificates, Settings};
use ocm::config::{Config, Logins, PlainHttp};
use ocm::{RepositorySpec, Version};

/// As merged by the official CLI in its capture `config-merge`.
const ONE: &str = r#"
type: generic.config.ocm.software/v1
configurations:
  - type: credentials.config.ocm.software
    repositories:
      - repository: { type: DockerConfig/v1, dockerConfigFile: docker.json, propagateConsumerIdentity: true }
    consumers:
      - identity: { type: OCIRegistry, hostname: one.example.org }
        credentials: [ { type: Credentials, properties: { username: u1, password: p1 } } ]
  - type: resolvers.config.ocm.software/v1alpha1
    resolvers:
      - componentNamePattern: "example.org/*"
        repository: { type: OCIRepository/v1, baseUrl: one.example.org, subPath: a/b }
  - type: http.config.ocm.software/v1alpha1
    timeout: 10m
    retry: { maxRetries: 3 }
    hosts: { "one.example.org:5000": { timeout: 20s } }
  - type: filesystem.config.ocm.software/v1alpha1
    tempFolder: tmp1
"#;
const TWO: &str = r#"
type: generic.config.ocm.software/v1
configurations:
  - type: generic.config.ocm.software/v1
    configurations:
      - type: resolvers.config.ocm.software
        resolvers:
          - componentNamePattern: "inner.example.org/*"
            repository: { type: CommonTransportFormat/v1, filePath: inner, accessMode: readonly }
  - type: credentials.config.ocm.software/v1
    consumers:
      - identities: [ { type: OCIRegistry, hostname: two.example.org, port: "443" }, { type: OCIRegistry, hostname: two.example.org } ]
        credentials: [ { type: OCICredentials/v1, username: u2, password: p2 } ]
  - type: resolvers.config.ocm.software/v1alpha1
    resolvers:
      - componentNamePattern: "*"
        versionConstraint: ">= 1.0.0"
        repository: { type: OCI, baseUrl: "http://127.0.0.1:5801" }
  - type: http.config.ocm.software/v1alpha1
    timeout: 5m
    hosts: { "two.example.org": { tlsHandshakeTimeout: 5s } }
  - type: plugin.registry.config.ocm.software
    registries: [ "ghcr.io/a//b.org/c" ]
  - type: signing.config.ocm.software/v1alpha1
    signer: { type: RSASigningConfiguration/v1alpha1 }
  - type: made.up.example.org/v7
    key: value
"#;

fn parse(text: &str) -> Config {
    Config::parse("test.yaml", text, Some(Path::new("/home/me"))).unwrap()
}

fn of(entries: &str) -> String {
    format!("type: generic.config.ocm.software\nconfigurations:\n{entries}")
}

fn error(text: &str) -> String {
    Config::parse("test.yaml", text, None)
        .unwrap_err()
        .to_string()
}

fn merged(texts: [&str; 2]) -> Config {
    let mut config = Config::default();
    for text in texts {
        config.merge(parse(text));
    }
    config
}

/// The logins of a user who has named a registry on the command line.
fn logins_for(config: &Config, named: &str) -> Logins {
    let mut plain = PlainHttp::default();
    plain.allow(&RepositorySpec::parse(named).unwrap());
    Logins::new(config, DockerFiles::default, plain, Arc::new(Silent))
}

fn logins(config: &Config) -> Logins {
    logins_for(config, "example.org")
}

fn find(config: &Config, spelled: &str, path: &str) -> Option<Login> {
    let wanted = Wanted {
        spelled: spelled.to_owned(),
        path: path.to_owned(),
        host: spelled.rsplit('/').next().unwrap().to_owned(),
        repository: format!("{path}/component-descriptors/acme.org/x"),
    };
    let found = logins_for(config, spelled).find(&wanted).unwrap();
    found.map(|found| found.login)
}

fn password(user: &str, password: &str) -> Login {
    Login::Password {
        user: user.to_owned(),
        password: password.to_owned(),
    }
}

fn all(config: &Config) -> Vec<String> {
    config.resolvers.all().map(ToString::to_string).collect()
}

#[test]
fn lists_are_appended_and_the_last_duration_wins() {
    let config = merged([ONE, TWO]);
    // A nested list follows its siblings.
    assert_eq!(
        all(&config),
        ["one.example.org/a/b", "http://127.0.0.1:5801", "inner"]
    );
    let http = &config.http;
    assert_eq!(http.general.timeout, Some(Duration::from_mins(5)));
    assert_eq!(http.general.retry.max_retries, Some(3));
    let hosts: Vec<_> = http.hosts.keys().collect();
    assert_eq!(hosts, ["one.example.org:5000", "two.example.org"]);
    assert_eq!(config.registries.len(), 1);
    assert_eq!(
        config.credentials.docker_files().collect::<Vec<_>>(),
        [Path::new("docker.json")]
    );
    assert_eq!(
        find(&config, "one.example.org", "x"),
        Some(password("u1", "p1"))
    );
    assert_eq!(
        find(&config, "two.example.org", "x"),
        Some(password("u2", "p2"))
    );
    assert_eq!(
        find(&config, "https://two.example.org", "x"),
        Some(password("u2", "p2"))
    );
    assert_eq!(find(&config, "three.example.org", "x"), None);
    let config = merged([TWO, ONE]);
    assert_eq!(
        all(&config),
        ["http://127.0.0.1:5801", "inner", "one.example.org/a/b"]
    );
    assert_eq!(config.http.general.timeout, Some(Duration::from_mins(10)));
    assert!(config.warnings.is_empty());
}

#[test]
fn a_file_of_another_type_has_no_configuration() {
    let json = r#"{"type": "generic.config.ocm.software", "configurations": [{"type": "http.config.ocm.software/v1alpha1", "timeout": "1s"}]}"#;
    assert_eq!(
        parse(json).http.general.timeout,
        Some(Duration::from_secs(1))
    );
    for text in [
        "configurations: []",
        "type: something.else/v1\nconfigurations: 7",
        "type: generic.config.ocm.software/v2\nconfigurations: [{type: http.config.ocm.software, timeout: x}]",
    ] {
        let config = parse(text);
        assert!(
            config.http.general == ocm::config::HttpValues::default(),
            "{text}"
        );
        assert_eq!(config.warnings.len(), 1, "{text}");
    }
    let unknown = of(
        "  - type: credentials.config.ocm.software/v9\n    consumers: 5\n  - { type: x, y: z }\n  - {}\n",
    );
    assert!(parse(&unknown).warnings.is_empty());
    assert_eq!(error(""), "test.yaml: the file is empty");
    assert_eq!(
        error("[]"),
        "test.yaml:1:1: this is a list, expected an object"
    );
    assert_eq!(
        error(&of(
            "  - type: http.config.ocm.software\n    timeout: [1]\n"
        )),
        "test.yaml:4:14: expected a duration such as 30s, 5m or 1h30m, or a number of nanoseconds"
    );
}

#[test]
fn limits_are_enforced() {
    assert!(error(&"#".repeat((1 << 20) + 1)).contains("more than 1048576"));
    assert!(error(&"[".repeat(1000)).contains("levels"));
    let bomb = "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    assert!(error(bomb).contains("nodes"));
}

#[test]
fn typed_credentials_take_precedence_and_property_bags_are_merged() {
    let consumer = |credentials: &str| {
        parse(&of(&format!(
            "  - type: credentials.config.ocm.software\n    consumers:\n      - identities: [{{type: OCIRegistry, hostname: h}}]\n        credentials: [{credentials}]\n"
        )))
    };
    let cases = [
        (
            "{type: OCICredentials, username: a, password: b}",
            Some(password("a", "b")),
        ),
        (
            "{type: Credentials/v1, properties: {username: x, password: z}}, {type: OCICredentials/v1, username: a, password: b}, {type: OCICredentials/v1, username: c, password: d}",
            Some(password("a", "b")),
        ),
        (
            "{type: Credentials/v1, properties: {username: a}}, {type: DirectCredentials/v1, properties: {password: b, other: c}}",
            Some(password("a", "b")),
        ),
        (
            "{type: OCICredentials/v1, accessToken: t}",
            Some(Login::Access("t".to_owned())),
        ),
        (
            "{type: OCICredentials/v1, username: u, refreshToken: t}",
            Some(Login::Identity("t".to_owned())),
        ),
        ("{type: HelmHTTPCredentials/v1, username: [5]}", None),
        ("{type: OCICredentials/v1, username: u}", None),
        (
            "{type: OCICredentials/v1, username: '', password: ''}",
            None,
        ),
    ];
    for (credentials, expected) in cases {
        assert_eq!(
            find(&consumer(credentials), "h", "x"),
            expected,
            "{credentials}"
        );
    }
    let broken = of(
        "  - type: credentials.config.ocm.software\n    consumers:\n      - identity: {type: OCIRegistry}\n        credentials: [{type: OCICredentials, password: 12345}]\n",
    );
    assert_eq!(
        error(&broken),
        "test.yaml:6:56: this is a number, expected text, so put it in quotes"
    );
}

#[test]
fn credentials_of_one_host_never_match_another() {
    let config = parse(&of(
        "  - type: credentials.config.ocm.software\n    consumers:\n      - identity: {type: OCIRegistry, hostname: ghcr.io}\n        credentials: [{type: OCICredentials, username: a, password: b}]\n      - identity: {type: OCIRegistry, hostname: index.docker.io}\n        credentials: [{type: OCICredentials, username: c, password: d}]\n      - identity: {type: OCIRegistry}\n        credentials: [{type: OCICredentials, username: e, password: f}]\n",
    ));
    for there in [
        "ghcr.io",
        "https://ghcr.io",
        "oci://ghcr.io",
        "http://ghcr.io",
    ] {
        assert_eq!(
            find(&config, there, "x"),
            Some(password("a", "b")),
            "{there}"
        );
    }
    for there in ["docker.io", "https://registry-1.docker.io"] {
        assert_eq!(
            find(&config, there, "x"),
            Some(password("c", "d")),
            "{there}"
        );
    }
    for elsewhere in ["ghcr.io:5000", "evil.io", "ghcr.io.evil.io", "xghcr.io"] {
        assert_eq!(find(&config, elsewhere, "ghcr.io"), None, "{elsewhere}");
    }
}

#[test]
fn resolvers_match_name_and_version() {
    let config = parse(&of(
        "  - type: resolvers.config.ocm.software
    resolvers:
      - { componentNamePattern: 'a.org/*', versionConstraint: '^1', repository: { type: CTF, filePath: one } }
      - { componentNamePattern: 'a.org/*', versionConstraint: '', repository: { type: CTF, filePath: two } }
      - { componentNamePattern: '*', repository: { type: foreign } }
  - type: ocm.config.ocm.software
    resolvers:
      - { prefix: a.org/, repository: { type: CTF, filePath: low } }
      - { prefix: a.org/x, priority: 20, repository: { type: CTF, filePath: high } }
      - { repository: { type: CTF, filePath: low2 } }
",
    ));
    let repositories = |component: &str, version: Option<&str>| {
        let version = version.map(|version| Version::parse(version).unwrap());
        let repositories = config.resolvers.repositories(component, version.as_ref());
        repositories.map(|repositories| {
            repositories
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(
        repositories("a.org/x", Some("1.5.0")).unwrap(),
        ["one", "high", "low", "low2"]
    );
    assert_eq!(
        repositories("a.org/x/y", Some("2.0.0")).unwrap(),
        ["two", "high", "low", "low2"]
    );
    assert_eq!(
        repositories("a.org/xy", None).unwrap(),
        ["two", "low", "low2"]
    );
    assert_eq!(
        repositories("b.org/x", None).unwrap_err().to_string(),
        "test.yaml:7: the resolver names a repository of type `foreign`, which is not known here"
    );
}

#[test]
fn repositories_are_read_in_all_spellings() {
    let spec = |repository: &str| {
        let config = parse(&of(&format!(
            "  - type: resolvers.config.ocm.software\n    resolvers: [{{ componentNamePattern: x, repository: {repository} }}]\n"
        )));
        let spec: RepositorySpec = config.resolvers.all().next().unwrap().clone();
        spec.to_string()
    };
    for (repository, expected) in [
        (
            "{ type: OCIRepository/v1, baseUrl: ghcr.io, subPath: /a/b/ }",
            "ghcr.io/a/b",
        ),
        (
            "{ type: OCI, baseUrl: 'https://ghcr.io/a/b' }",
            "https://ghcr.io/a/b",
        ),
        (
            "{ type: oci/v1, baseUrl: 'ghcr.io/a', subPath: b }",
            "ghcr.io/b",
        ),
        (
            "{ type: OCIRegistry, baseUrl: 'http://[::1]:5000', componentNameMapping: urlPath }",
            "http://[::1]:5000",
        ),
        ("{ type: ctf, filePath: ./x/y }", "./x/y"),
        (
            "{ type: CommonTransportFormat/v1, filePath: /x.tgz, accessMode: readonly }",
            "/x.tgz",
        ),
    ] {
        assert_eq!(spec(repository), expected);
    }
}

#[test]
fn durations_become_settings() {
    let defaults = Settings::default();
    let settings = |entries: &str| {
        let config = parse(&of(&format!(
            "  - type: http.config.ocm.software\n{entries}"
        )));
        config.http.settings(&defaults)
    };
    assert_eq!(settings("    timeout: null\n"), defaults);
    let some = settings(
        "    tcpDialTimeout: 2s\n    tlsHandshakeTimeout: 3s\n    timeout: 1h\n    tcpKeepAlive: -1\n    responseHeaderTimeout: 4s\n    idleConnTimeout: 7s\n    retry: {maxRetries: 2, minWait: 10ms, maxWait: 20ms}\n    caFiles: [~/a.pem, b.pem]\n    hosts:\n      h: { timeout: 0, insecureSkipVerify: true, retry: { maxRetries: -1 } }\n      i: { retry: { maxRetries: 0 }, tcpDialTimeout: 0s, caFiles: [] }\n      j:\n",
    );
    assert_eq!(some.connect_timeout, Duration::from_secs(5));
    assert_eq!(some.total_timeout, Some(Duration::from_hours(1)));
    assert_eq!(some.keep_alive, None);
    assert_eq!(some.answer_timeout, Some(Duration::from_secs(4)));
    assert_eq!(some.idle_timeout, Duration::from_secs(7));
    assert_eq!(some.attempts, 3);
    assert_eq!(some.first_wait, Duration::from_millis(10));
    assert_eq!(some.longest_wait, Duration::from_millis(20));
    assert_eq!(
        some.ca_files,
        [PathBuf::from("/home/me/a.pem"), PathBuf::from("b.pem")]
    );
    assert_eq!(some.certificates, Certificates::Checked);
    let h = &some.hosts["h"];
    assert_eq!(h.total_timeout, None);
    assert_eq!(h.certificates, Certificates::Unchecked);
    assert_eq!(h.attempts, 1);
    // The other values are the general ones.
    assert_eq!(h.answer_timeout, some.answer_timeout);
    assert_eq!(h.ca_files, some.ca_files);
    let i = &some.hosts["i"];
    assert_eq!(i.attempts, u32::MAX);
    assert!(i.connect_timeout > Duration::from_hours(1));
    assert!(i.ca_files.is_empty());
    assert!(!some.hosts.contains_key("j"));
    // A wait that exceeds the other default limit adjusts that limit.
    assert_eq!(
        settings("    retry: {maxWait: 1ms}\n").first_wait,
        Duration::from_millis(1)
    );
    assert_eq!(
        settings("    retry: {minWait: 9s}\n").longest_wait,
        Duration::from_secs(9)
    );
}

#[test]
fn hosts_are_replaced_as_a_whole() {
    let http = |hosts: &str| {
        of(&format!(
            "  - type: http.config.ocm.software\n    hosts: {hosts}\n"
        ))
    };
    let one = http("{ h: { timeout: 1s, idleConnTimeout: 1s }, i: { timeout: 1s } }");
    let config = merged([&one, &http("{ h: { timeout: 2s } }")]);
    let timeouts: BTreeMap<_, _> = config
        .http
        .hosts
        .iter()
        .map(|(host, values)| (host.as_str(), (values.timeout, values.idle_timeout)))
        .collect();
    assert_eq!(timeouts["h"], (Some(Duration::from_secs(2)), None));
    assert_eq!(timeouts["i"], (Some(Duration::from_secs(1)), None));
}

#[test]
fn debug_output_contains_no_secrets() {
    let config = parse(&of(
        "  - type: credentials.config.ocm.software\n    repositories: [{repository: {type: DockerConfig/v1, dockerConfig: '{\"x\": \"5ecretive\"}'}}]\n    consumers:\n      - identity: {type: OCIRegistry, hostname: h}\n        credentials: [{type: OCICredentials, username: 5ecretive, password: 5ecretive, accessToken: 5ecretive, refreshToken: 5ecretive}, {type: Credentials, properties: {password: 5ecretive}}]\n",
    ));
    let shown = format!("{config:?}{:?}", logins(&config));
    assert!(
        shown.contains("DockerConfig(`dockerConfig` of test.yaml:4"),
        "{shown}"
    );
    assert!(!shown.contains("5ecretive"), "{shown}");
    // Nor if it is invalid.
    let wanted = Wanted {
        host: "x".to_owned(),
        spelled: "x".to_owned(),
        ..Wanted::default()
    };
    let error = logins(&config).find(&wanted);
    assert!(!format!("{error:?}").contains("5ecretive"), "{error:?}");
}
