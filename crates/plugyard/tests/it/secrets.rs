//! A run of all commands with one password, which must not leak.

use std::sync::Arc;

use crate::yard::{DEMO, REGISTRY, Yard};
use oci::credentials::{Anonymous, Found};
use oci::{Http, Remote, Silent};
use testkit::Registry;
use testkit::registry::{Answer, Fault, Login, Quirks, Request, Wire};

const USER: &str = "alice";
const PASSWORD: &str = "Xq7-unheard-of-Zk3";
const REFRESH: &str = "refresh-Wv9-unheard-of";
/// A secret in the upload locations.
const SESSION: &str = "s3cret-";
const CONFIG: &str = "../home/.docker/config.json";

/// The kind of the user's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CredentialKind {
    Basic,
    Password,
    Refresh,
}

/// A registry with authentication, a host that stores its content, and a token server.
struct House {
    yard: Yard,
    registry: Registry,
    /// Another host, to which content is uploaded and from which it is downloaded.
    store: Registry,
    tokens: Registry,
    kind: CredentialKind,
    /// All output.
    said: String,
}

impl House {
    fn new(kind: CredentialKind) -> Self {
        let store = Registry::on_another_host(Login::None, Quirks::default());
        let bearer = Login::Bearer {
            account: Some((USER.to_owned(), PASSWORD.to_owned())),
            identity: Some(REFRESH.to_owned()),
            expires_in: 300,
        };
        let tokens = store.twin(bearer.clone(), Quirks::default());
        let login = match kind {
            CredentialKind::Basic => Login::Basic {
                user: USER.to_owned(),
                password: PASSWORD.to_owned(),
            },
            CredentialKind::Password | CredentialKind::Refresh => bearer,
        };
        let quirks = Quirks {
            single_post: false,
            uploads_at: Some(store.url()),
            blobs_at: Some(store.url()),
            tokens_at: Some(format!("{}/token", tokens.url())),
            ..Quirks::default()
        };
        let registry = store.twin(login, quirks);
        let yard = Yard::new();
        yard.write(CONFIG, config(&registry, kind));
        yard.names_plain_http(&registry.url());
        Self {
            yard,
            registry,
            store,
            tokens,
            kind,
            said: String::new(),
        }
    }

    /// Runs a command line with a retry budget in seconds.
    fn run(&mut self, line: &str, budget: &str) -> Option<i32> {
        let line = line.replace("[URL]", &self.registry.url());
        let outcome = self
            .yard
            .run_with("PLUGYARD_RETRY_BUDGET", budget, &format!("{line} -v"));
        self.said.push_str(outcome.text());
        self.said.push_str(&outcome.stderr);
        outcome.code
    }

    fn done(&mut self, line: &str) {
        let code = self.run(line, "20");
        assert_eq!(code, Some(0), "{:?}: {line}\n{}", self.kind, self.said);
    }

    /// Publishes a plugin and a registry.
    fn publish(&mut self) {
        self.yard.write("linux", "#!/bin/sh\n");
        self.yard
            .write("capabilities.json", crate::yard::CAPABILITIES);
        self.done(&format!(
            "plugin publish --name {DEMO} --version 1.0.0 --capabilities capabilities.json \
             -r [URL]/acme linux/amd64=linux"
        ));
        self.done(&format!("init --name {REGISTRY} -r [URL]/acme"));
        self.done(&format!("add {DEMO}"));
        self.done("publish --first");
    }

    /// Runs every command that reads.
    fn read(&mut self) {
        let named = format!("[URL]/acme//{REGISTRY}");
        for line in [
            "publish".to_owned(),
            "update demo --repin".to_owned(),
            format!("list --registry {named}"),
            format!("info demo --registry {named}"),
            format!("component get {named}"),
            format!("component hash {named}"),
            format!("component verify {named}"),
        ] {
            self.done(&line);
        }
    }

    /// All secrets, in all encodings.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = vec![
            PASSWORD.to_owned(),
            base64(PASSWORD),
            base64(&format!("{USER}:{PASSWORD}")),
            REFRESH.to_owned(),
            base64(REFRESH),
        ];
        secrets.extend(self.tokens.tokens());
        secrets.push(SESSION.to_owned());
        secrets
    }

    /// Checks the output, the written files, and the requests to other hosts.
    fn assert_kept(&self) {
        for secret in self.secrets() {
            let line = self.said.lines().find(|line| line.contains(&secret));
            assert_eq!(line, None, "{:?}", self.kind);
            for (path, bytes) in self.yard.tree() {
                let own = path.ends_with(".docker/config.json");
                assert!(
                    own || !has(&bytes, secret.as_bytes()),
                    "{:?}: {} is in {}",
                    self.kind,
                    secret,
                    path.display()
                );
            }
        }
        for request in self.store.log() {
            self.assert_untold(&request);
        }
        for request in self.registry.log() {
            // Passwords must not be part of URLs, which appear in logs.
            let body = request.body.as_deref().unwrap_or_default();
            for secret in &self.secrets()[..5] {
                assert!(!request.target().contains(secret), "{request:?}");
                assert!(!has(body, secret.as_bytes()), "{request:?}");
            }
        }
    }

    /// Checks that a host that must not know any secret received none.
    fn assert_untold(&self, request: &Request) {
        let mut secrets = self.secrets();
        // The upload location is on the host that receives the upload.
        secrets.retain(|secret| secret != SESSION);
        assert_eq!(request.header("authorization"), "", "{request:?}");
        assert_eq!(request.header("cookie"), "", "{request:?}");
        assert_eq!(request.header("referer"), "", "{request:?}");
        let headers: String = request.headers.values().cloned().collect();
        let body = request.body.as_deref().unwrap_or_default();
        for secret in secrets {
            let text = format!("{} {headers}", request.target());
            assert!(!text.contains(&secret), "{request:?}");
            assert!(!has(body, secret.as_bytes()), "{request:?}");
        }
    }
}

fn config(registry: &Registry, kind: CredentialKind) -> String {
    let host = registry.host();
    let auth = base64(&format!("{USER}:{PASSWORD}"));
    let identity = match kind {
        CredentialKind::Refresh => format!(r#","identitytoken":"{REFRESH}""#),
        CredentialKind::Basic | CredentialKind::Password => String::new(),
    };
    format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"{identity}}}}}}}"#)
}

fn base64(text: &str) -> String {
    testkit::registry::base64(text.as_bytes())
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const KINDS: [CredentialKind; 3] = [
    CredentialKind::Basic,
    CredentialKind::Password,
    CredentialKind::Refresh,
];

#[test]
fn a_full_run_prints_no_secret() {
    for kind in KINDS {
        let mut house = House::new(kind);
        house.publish();
        house.read();
        house.assert_kept();
        for request in house.registry.log() {
            let basic = request.header("authorization").starts_with("Basic ");
            assert!(!basic || kind == CredentialKind::Basic, "{request:?}");
        }
        // This is only meaningful if the secrets were requested and used.
        let stored = house.store.log();
        for method in ["PUT", "GET"] {
            assert!(
                stored.iter().any(|request| request.method == method),
                "{kind:?}"
            );
        }
        assert!(house.said.contains("GET http://"), "{}", house.said);
        let given = |registry: &Registry| {
            let log = registry.log();
            log.iter()
                .any(|request| request.headers.contains_key("authorization"))
        };
        assert!(given(&house.registry), "{kind:?}");
        assert_eq!(given(&house.tokens), kind == CredentialKind::Password);
        assert_eq!(
            house.tokens.tokens().is_empty(),
            kind == CredentialKind::Basic
        );
    }
}

#[test]
fn a_failure_prints_no_secret() {
    let elsewhere = Registry::on_another_host(Login::None, Quirks::default());
    let to = |status, target: String| {
        let answer = Answer::status(status).header("location", format!("{target}{{target}}"));
        Fault::Answer(answer)
    };
    let challenge = format!("Bearer realm=\"{}/token\",service=\"x\"", elsewhere.url());
    let unauthorized = Answer::error(401, "UNAUTHORIZED");
    let faults = [
        Fault::Close,
        Fault::Unheard(Wire::Reset),
        Fault::Answer(Answer::status(401)),
        Fault::Answer(
            unauthorized
                .clone()
                .header("www-authenticate", "Basic realm=\"x\""),
        ),
        Fault::Answer(unauthorized.header("www-authenticate", challenge)),
        Fault::Answer(Answer::error(403, "DENIED")),
        Fault::Answer(Answer::status(404)),
        Fault::Answer(Answer::status(500)),
        to(307, elsewhere.url()),
        to(302, elsewhere.url()),
        to(307, format!("http://{USER}:{PASSWORD}@127.0.0.1:1")),
        Fault::With(
            "location",
            format!("{}/x?signature=s3cret-1", elsewhere.url()),
        ),
        Fault::With("location", format!("ftp://x/?signature={REFRESH}")),
        // Not a valid response, but full of secrets.
        Fault::Body(format!(r#"{{"token":["{REFRESH}"],"access_token":7,"errors":"#).into_bytes()),
    ];
    let (faults, elsewhere) = (&faults, &elsewhere);
    std::thread::scope(|scope| {
        for kind in KINDS {
            scope.spawn(move || fail_with_each_fault(kind, faults, elsewhere));
        }
    });
    assert!(!elsewhere.log().is_empty());
}

fn fail_with_each_fault(kind: CredentialKind, faults: &[Fault], elsewhere: &Registry) {
    let mut house = House::new(kind);
    house.publish();
    house.yard.write("linux", "#!/bin/sh\n# changed\n");
    let list = format!("list --registry [URL]/acme//{REGISTRY}");
    let plugin = format!(
        "plugin publish --name {DEMO} --version 2.0.0 --capabilities capabilities.json \
         -r [URL]/acme linux/amd64=linux"
    );
    let mut failures = 0;
    for fault in faults {
        for (line, part) in [(&list, "/tags/"), (&plugin, ""), (&plugin, "uploads")] {
            // Hosts of the registry and of its token server.
            for server in [&house.registry, &house.tokens] {
                for method in ["GET", "HEAD", "POST", "PUT"] {
                    server.fail(method, part, 1, 3, fault.clone());
                }
            }
            failures += usize::from(house.run(line, "1") != Some(0));
            house.registry.recover();
            house.tokens.recover();
        }
    }
    assert!(failures > faults.len(), "{kind:?}: {failures}");
    house.assert_kept();
    for request in elsewhere.log() {
        house.assert_untold(&request);
    }
}

#[test]
fn credentials_are_not_sent_to_a_realm_on_another_host() {
    for kind in [CredentialKind::Password, CredentialKind::Refresh] {
        let house = House::new(kind);
        let stranger = house
            .store
            .twin_on_another_host(Login::None, Quirks::default());
        let quirks = Quirks {
            tokens_at: Some(format!("{}/token", stranger.url())),
            ..Quirks::default()
        };
        let login = Login::Bearer {
            account: Some((USER.to_owned(), PASSWORD.to_owned())),
            identity: None,
            expires_in: 300,
        };
        let registry = house.store.twin(login, quirks);
        house.yard.write(CONFIG, config(&registry, kind));
        let line = format!("list -v --registry {}/acme//{REGISTRY}", registry.url());
        let outcome = house.yard.run(&line);
        assert_eq!(outcome.code, Some(1));
        assert!(
            outcome
                .stderr
                .contains("on another host that would get the login"),
            "{}",
            outcome.stderr
        );
        assert!(stranger.log().is_empty(), "{:?}", stranger.log());
    }
}

#[test]
fn debug_output_of_types_contains_no_secrets() {
    let logins = [
        oci::credentials::Login::Password {
            user: USER.to_owned(),
            password: PASSWORD.to_owned(),
        },
        oci::credentials::Login::Identity(PASSWORD.to_owned()),
        oci::credentials::Login::Access(PASSWORD.to_owned()),
    ];
    for login in logins {
        let found = Found {
            login,
            origin: "the test".to_owned(),
        };
        let text = format!("{found:?} {found:#?}");
        assert!(!text.contains(PASSWORD), "{text}");
        assert!(text.contains("the test"), "{text}");
    }
    let http = Http::new(
        oci::http::Settings::default(),
        Arc::new(Anonymous),
        Arc::new(Silent),
    );
    let remote = Remote::new(&http, "ghcr.io").unwrap();
    assert!(format!("{remote:?}").contains("ghcr.io"));
    // A URL with a password is refused and not printed.
    let error = Remote::new(&http, &format!("https://{USER}:{PASSWORD}@ghcr.io")).unwrap_err();
    assert!(!error.to_string().contains(PASSWORD), "{error}");
}
