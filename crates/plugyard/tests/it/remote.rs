//! Every command on a registry over HTTP: its effect and its number of requests.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use crate::yard::{DEMO, REGISTRY, Yard};
use testkit::Registry;
use testkit::registry::{Answer, Fault, Login, Quirks, Wire};

/// Another plugin.
const OTHER: &str = "acme.org/plugins/other";

/// A plugin and a plugin registry that contains it, in an OCI registry over HTTP.
fn published(registry: &Registry) -> Yard {
    let yard = Yard::new();
    login(&yard, registry);
    let repository = repository(registry);
    yard.plugin_in(&repository, DEMO, "1.0.0");
    yard.done(&format!("init --name {REGISTRY} -r {repository}"));
    yard.done(&format!("add {DEMO}"));
    yard.done("publish --first");
    yard
}

fn repository(registry: &Registry) -> String {
    format!("{}/acme", registry.url())
}

/// Credentials like those of `docker login`: alice, s3cret.
fn login(yard: &Yard, registry: &Registry) {
    let file = format!(
        r#"{{"auths":{{"{}":{{"auth":"YWxpY2U6czNjcmV0"}}}}}}"#,
        registry.host()
    );
    yard.write("../home/.docker/config.json", file);
    yard.names_plain_http(&registry.url());
}

fn with_tokens() -> Registry {
    let login = Login::Bearer {
        account: Some(("alice".to_owned(), "s3cret".to_owned())),
        identity: None,
        expires_in: 300,
    };
    Registry::with(login, Quirks::default())
}

const PLACE_OF_REGISTRY: &str = "/v2/acme/component-descriptors/acme.org/plugin-registry";

#[test]
fn a_registry_is_maintained_and_read_over_the_network() {
    for registry in [Registry::start(), with_tokens()] {
        let yard = published(&registry);
        let repository = repository(&registry);
        let named = format!("{repository}//{REGISTRY}");
        let listed = yard
            .done(&format!("list --registry {named} -o json"))
            .json();
        assert_eq!(listed[0]["name"], "demo");
        assert_eq!(listed[0]["registry"], format!("{named}:v0.1.0"));
        let information = yard
            .done(&format!("info demo --registry {named} -o json"))
            .json();
        assert_eq!(information["platforms"][0]["os"], "darwin");
        yard.done(&format!("component get {named}"));
        yard.done(&format!("component hash {named}"));
        yard.done(&format!("component verify {named}"));
        // Nothing new: nothing is written.
        registry.forget();
        let again = yard.done("publish -o json").json();
        assert_eq!(again["status"], "unchanged");
        assert!(
            registry
                .log()
                .iter()
                .all(|request| matches!(request.method.as_str(), "GET" | "HEAD"))
        );
        // Re-pinned, another version, all in the same repository.
        yard.done("update demo --repin");
        yard.plugin_in(&repository, DEMO, "1.1.0");
        yard.done(&format!("add {DEMO}"));
        yard.done("publish");
        let listed = yard
            .done(&format!("list --registry {named} -o json"))
            .json();
        assert_eq!(listed[0]["version"], "1.1.0");
    }
}

#[test]
fn a_named_version_costs_two_requests_and_the_latest_one_more() {
    let registry = Registry::start();
    let yard = published(&registry);
    let named = format!("{}//{REGISTRY}", repository(&registry));
    registry.forget();
    yard.done(&format!("list --registry {named}:v0.1.0"));
    let lines = registry.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(
        lines[0],
        format!("GET {PLACE_OF_REGISTRY}/manifests/v0.1.0 200")
    );
    assert!(lines[1].starts_with(&format!("GET {PLACE_OF_REGISTRY}/blobs/sha256:")));
    forget(&yard, &registry);
    yard.done(&format!("list --registry {named}"));
    assert_eq!(registry.lines().len(), 3);
    // Read before: only the target of the tag is requested.
    registry.forget();
    yard.done(&format!("list --registry {named}:v0.1.0"));
    assert_eq!(
        registry.lines(),
        [format!("HEAD {PLACE_OF_REGISTRY}/manifests/v0.1.0 200")]
    );
}

/// Clears the request log and the cache.
fn forget(yard: &Yard, registry: &Registry) {
    registry.forget();
    let cache = yard.path("../home/.cache");
    if cache.exists() {
        fs_err::remove_dir_all(cache).unwrap();
    }
}

/// A registry with that many plugins, published once and pinned in the constructor.
fn with_plugins(registry: &Registry, number: usize) -> Yard {
    let yard = Yard::new();
    let repository = repository(registry);
    yard.done(&format!("init --name {REGISTRY} -r {repository}"));
    let names: Vec<String> = (0..number)
        .map(|index| format!("acme.org/plugins/demo-{index}"))
        .collect();
    for name in &names {
        yard.plugin_in(&repository, name, "1.0.0");
    }
    yard.done(&format!("add {}", names.join(" ")));
    yard
}

#[test]
fn a_publication_costs_two_requests_per_plugin_and_ten_more() {
    const NUMBER: usize = 12;
    let registry = Registry::start();
    let yard = with_plugins(&registry, NUMBER);
    forget(&yard, &registry);
    yard.done("publish --first");
    let lines = registry.lines();
    assert_eq!(lines.len(), 2 * NUMBER + 10, "{lines:#?}");
    // Two plugins have changed: the others are confirmed, and nothing of them is read again.
    for name in ["acme.org/plugins/demo-1", "acme.org/plugins/demo-2"] {
        yard.plugin_in(&repository(&registry), name, "1.1.0");
    }
    yard.done("add acme.org/plugins/demo-1 acme.org/plugins/demo-2");
    forget_new(&yard, &registry);
    yard.done("publish");
    let lines = registry.lines();
    assert!(lines.len() <= NUMBER + 2 + 2 * 2 + 10, "{lines:#?}");
    let reads = |line: &&String| line.starts_with("GET ") && line.contains("/plugins/");
    assert_eq!(lines.iter().filter(reads).count(), 2 * 2, "{lines:#?}");
    // The same once more: nothing is written.
    registry.forget();
    yard.done("publish");
    let lines = registry.lines();
    let writes = |line: &&String| !line.starts_with("GET ") && !line.starts_with("HEAD ");
    assert_eq!(lines.iter().filter(writes).count(), 0, "{lines:#?}");
}

#[test]
fn a_scan_costs_one_request_per_unchanged_plugin() {
    const NUMBER: usize = 12;
    let registry = Registry::start();
    let yard = with_plugins(&registry, NUMBER);
    yard.done("publish --first");
    forget(&yard, &registry);
    yard.done("update");
    let lines = registry.lines();
    assert_eq!(lines.len(), NUMBER, "{lines:#?}");
    assert!(
        lines.iter().all(|line| line.contains("/tags/list")),
        "{lines:#?}"
    );
    // A newer version costs two more, and the version of the registry one.
    yard.plugin_in(&repository(&registry), "acme.org/plugins/demo-3", "1.1.0");
    forget(&yard, &registry);
    yard.done("update --jobs 3");
    assert_eq!(registry.lines().len(), NUMBER + 2 + 1);
    // An unreadable plugin is never treated as up to date.
    let before = yard.read("component-constructor.yaml");
    yard.plugin_in(&repository(&registry), "acme.org/plugins/demo-4", "1.1.0");
    for answer in [401, 403, 404, 500] {
        let fault = Fault::Answer(Answer::status(answer));
        registry.fail("GET", "demo-5/tags/", 1, 100, fault);
        let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "1", "update");
        assert_eq!(outcome.code, Some(1), "{answer}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("acme.org/plugins/demo-5"),
            "{}",
            outcome.stderr
        );
        registry.recover();
    }
    // The plugins that can be read are updated.
    let updated = yard.read("component-constructor.yaml");
    assert_ne!(updated, before);
    yard.done("update");
    assert_eq!(yard.read("component-constructor.yaml"), updated);
}

#[test]
fn a_comparison_reads_only_what_it_shows() {
    let registry = Registry::start();
    let yard = with_plugins(&registry, 5);
    yard.done("publish --first");
    yard.plugin_in(&repository(&registry), "acme.org/plugins/demo-3", "1.1.0");
    yard.done("update");
    forget(&yard, &registry);
    yard.done("diff -o json");
    let read = registry.lines().len();
    forget(&yard, &registry);
    yard.done("diff -o markdown");
    // The old and the new version of the plugin that changed.
    assert_eq!(registry.lines().len(), read + 4);
    assert!(read <= 4, "{read}");
}

/// Clears the request log, and from the cache the versions that `add` has just read.
fn forget_new(yard: &Yard, registry: &Registry) {
    registry.forget();
    for part in ["content", "tags"] {
        let folder = yard.path("../home/.cache/plugyard/oci-v2").join(part);
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if String::from_utf8_lossy(&fs_err::read(&path).unwrap()).contains("1.1.0") {
                fs_err::remove_file(path).unwrap();
            }
        }
    }
}

#[test]
fn authentication_costs_two_more_requests() {
    let registry = with_tokens();
    let yard = published(&registry);
    registry.forget();
    yard.done(&format!(
        "list --registry {}//{REGISTRY}:v0.1.0",
        repository(&registry)
    ));
    let statuses: Vec<u16> = registry
        .log()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [401, 200, 200, 200]);
}

#[test]
fn a_publication_stores_content_first_and_the_tag_last() {
    let registry = Registry::start();
    let yard = published(&registry);
    let lines: Vec<String> = registry
        .lines()
        .into_iter()
        .filter(|line| line.contains(PLACE_OF_REGISTRY))
        .map(|line| line.replace(PLACE_OF_REGISTRY, ""))
        .collect();
    let kind = |line: &String| {
        let digest = line.find("sha256:");
        digest.map_or(line.clone(), |at| {
            format!("{}DIGEST{}", &line[..at], &line[at + 71..])
        })
    };
    let kinds: Vec<String> = lines.iter().map(kind).collect();
    let first = kinds
        .iter()
        .position(|line| line.starts_with("POST"))
        .unwrap();
    let mut kinds = kinds;
    // These are requested concurrently.
    kinds[first + 3..first + 6].sort();
    assert_eq!(
        kinds[first..],
        [
            // The config, and the descriptor.
            "POST /blobs/uploads/ 201",
            "POST /blobs/uploads/ 201",
            "PUT /manifests/DIGEST 201",
            // Everything is stored, and no other publisher was faster.
            "HEAD /blobs/DIGEST 200",
            "HEAD /blobs/DIGEST 200",
            "HEAD /manifests/DIGEST 200",
            "GET /manifests/v0.1.0 404",
            "PUT /manifests/v0.1.0 201",
            "HEAD /manifests/v0.1.0 200",
        ]
    );
    drop(yard);
}

#[test]
fn a_failing_registry_is_never_mistaken_for_an_empty_one() {
    let registry = Registry::start();
    let yard = published(&registry);
    registry.fail("GET", "/tags/", 1, 1, Fault::Answer(Answer::status(404)));
    let outcome = yard.run("publish --first");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains("answers 404 without an OCI error code"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
}

#[test]
fn a_registry_that_loses_a_version_is_not_mistaken_for_a_second_publisher() {
    let wrong = format!("sha256:{}", crate::yard::WRONG);
    let called = || Fault::With("docker-content-digest", wrong.clone());
    for (fault, methods, expected) in [
        (
            Fault::Answer(Answer::status(204)),
            &["PUT"][..],
            format!(
                "{REGISTRY}:v0.1.1 was written, but is not there\nhint: repeat the command; if"
            ),
        ),
        (
            called(),
            &["PUT"],
            format!("reports that it stored {wrong}, but sha256:"),
        ),
        (
            called(),
            &["HEAD", "GET"],
            format!("expected {wrong}, found sha256:"),
        ),
    ] {
        let registry = Registry::start();
        let yard = published(&registry);
        raise(&yard);
        for method in methods {
            registry.fail(method, "/manifests/v0.1.1", 1, 9, fault.clone());
        }
        let outcome = yard.run("publish");
        assert_eq!(outcome.code, Some(1), "{fault:?}: {}", outcome.stderr);
        let said = &outcome.stderr;
        assert!(said.contains(&expected), "{fault:?}: {said}");
        assert!(said.contains(&registry.host()), "{said}");
        assert!(!said.contains("somebody else"), "{fault:?}: {said}");
        registry.recover();
        yard.done("publish");
    }
    // If only the HEAD response is wrong, the bytes decide.
    let registry = Registry::start();
    let yard = published(&registry);
    raise(&yard);
    registry.fail("HEAD", "/manifests/v0.1.1", 1, 9, called());
    yard.done("publish");
}

#[test]
fn verify_does_not_mistake_a_wrong_length_for_other_content() {
    let registry = Registry::start();
    let yard = published(&registry);
    let line = format!("component verify {}//{REGISTRY}", repository(&registry));
    // The descriptor of the registry, that of the plugin, and a program.
    for nth in 1..=3 {
        for more in [1, 10, 1 << 30] {
            let fault = Fault::Sent(Wire::Longer(more));
            registry.fail("GET", "/blobs/", nth, usize::MAX, fault);
            let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.3", &line);
            let said = format!("{}{}", outcome.text(), outcome.stderr);
            assert_eq!(outcome.code, Some(1), "{nth}, {more}: {said}");
            assert!(said.contains("cannot read the content"), "{said}");
            assert!(!said.contains("should have"), "{said}");
            registry.recover();
        }
        // Bytes that are received are different.
        registry.fail(
            "GET",
            "/blobs/",
            nth,
            usize::MAX,
            Fault::Sent(Wire::Endless),
        );
        let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.3", &line);
        let said = format!("{}{}", outcome.text(), outcome.stderr);
        assert_eq!(outcome.code, Some(3), "{nth}: {said}");
        assert!(said.contains("should have"), "{said}");
        registry.recover();
    }
    yard.done(&line);
}

/// Changes the constructor so that it can be published.
fn raise(yard: &Yard) {
    let text = yard.read("component-constructor.yaml");
    yard.write(
        "component-constructor.yaml",
        text.replace("v0.1.0", "v0.1.1"),
    );
}

#[test]
fn a_pinned_plugin_is_also_looked_up_after_a_refusal() {
    let refusing = Registry::with(
        Login::Basic {
            user: "nobody".to_owned(),
            password: "x".to_owned(),
        },
        Quirks::default(),
    );
    let registry = Registry::start();
    let yard = published(&registry);
    // The registry's repository refuses access to what it does not have; the sources have it.
    let policy = format!(
        "repository: ./transport-archive\nsources: [{}/x, {}]\n",
        refusing.url(),
        repository(&registry)
    );
    yard.write("plugyard.yaml", policy);
    yard.done("publish --first --dry-run");
    assert!(!refusing.log().is_empty());
    let policy = format!(
        "repository: ./transport-archive\nsources: [{}/x]\n",
        refusing.url()
    );
    yard.write("plugyard.yaml", policy);
    let outcome = yard.run("publish --first --dry-run");
    assert_eq!(outcome.code, Some(1));
    let text = &outcome.stderr;
    assert!(
        text.contains("could not be looked up") && text.contains("without a login"),
        "{text}"
    );
    assert!(text.contains("it is not in ./transport-archive"), "{text}");
}

#[test]
fn verbose_shows_requests_without_secrets() {
    let registry = with_tokens();
    let yard = published(&registry);
    let outcome = yard.done(&format!(
        "list -v --registry {}//{REGISTRY}:v0.1.0",
        repository(&registry)
    ));
    let requests = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("GET http://"))
        .count();
    assert_eq!(requests, 4, "{}", outcome.stderr);
    for secret in ["s3cret", "YWxpY2U6czNjcmV0", "token-"] {
        assert!(!outcome.stderr.contains(secret), "{}", outcome.stderr);
    }
    let outcome = yard.done(&format!(
        "list --registry {}//{REGISTRY}:v0.1.0",
        repository(&registry)
    ));
    assert_eq!(outcome.stderr, "");
}

#[test]
fn an_archive_needs_no_network() {
    let yard = Yard::with_registry();
    // Broken credentials and proxies do not matter then.
    yard.write("../home/.docker/config.json", "{");
    let line = "list --registry ./transport-archive//acme.org/plugin-registry";
    assert_eq!(
        yard.run_with("HTTPS_PROXY", "http://127.0.0.1:1", line)
            .code,
        Some(0)
    );
}

/// Makes the tag of a version appear in lists but point to nothing.
fn take_away(registry: &Registry, version: &str) {
    for method in ["GET", "HEAD"] {
        let gone = Fault::Answer(Answer::error(404, "MANIFEST_UNKNOWN"));
        registry.fail(method, &format!("/manifests/{version}"), 1, 999, gone);
    }
}

#[test]
fn every_command_skips_a_listed_version_that_is_absent() {
    let registry = Registry::start();
    let yard = published(&registry);
    let (repository, named) = (
        repository(&registry),
        repository(&registry) + "//" + REGISTRY,
    );
    let digest = yard
        .done(&format!("component hash {named}"))
        .text()
        .trim()
        .to_owned();
    for version in ["1.1.0", "1.2.0", "1.3.0-rc.1"] {
        yard.plugin_in(&repository, DEMO, version);
    }
    yard.plugin_in(&repository, OTHER, "1.0.0");
    yard.plugin_in(&repository, OTHER, "1.0.1");
    let old = yard.read("component-constructor.yaml");
    yard.done(&format!("add {OTHER}:1.0.1"));
    yard.done("publish");
    for version in ["1.2.0", "1.3.0-rc.1", "1.0.1", "v0.2.0"] {
        take_away(&registry, version);
    }
    yard.constructor(&old);
    let listed = yard
        .done(&format!("list --registry {named} -o json"))
        .json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    yard.done(&format!("add {OTHER}"));
    yard.done("update --pre");
    let text = yard.read("component-constructor.yaml");
    let constructor = ocm::constructor::parse(&text).unwrap();
    let entries = constructor.components[0].references.iter();
    let entries: Vec<String> = entries
        .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
        .collect();
    assert_eq!(entries, ["demo@1.0.0", "demo@1.1.0", "other@1.0.0"]);
    let outcome = yard.run("check");
    assert!(
        outcome
            .stderr
            .contains("compared with the published v0.1.0"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.code, Some(0), "{}", outcome.text());
    let difference = yard.done("diff -o json").json();
    assert_eq!(difference["class"], "minor");
    assert_eq!(
        difference["reasons"],
        serde_json::json!(["plugin `other` is new"])
    );
    yard.constructor(text.replace("\nversion: v0.3.0\n", "\nversion: v0.1.0\n"));
    yard.done("bump");
    let text = yard.read("component-constructor.yaml");
    assert!(text.contains("\nversion: v0.2.0\n"), "{text}");
    yard.done(&format!("publish --dry-run --expect {digest}"));
    // An absent version is skipped if none was given, and an error if it was.
    let outcome = yard.run("update demo --to 1.2.0");
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("demo:1.2.0 was not found"));
}

#[test]
fn a_registry_whose_listed_versions_are_all_absent_is_not_mistaken_for_a_new_one() {
    let registry = Registry::start();
    let yard = published(&registry);
    for version in ["v0.1.0", "1.0.0"] {
        take_away(&registry, version);
    }
    yard.constructor(
        yard.read("component-constructor.yaml")
            .replace("Reads demo", "Reads"),
    );
    for line in ["bump", "diff", "check", "remove demo --reason x"] {
        let outcome = yard.writes_nothing(line);
        assert_eq!(outcome.code, Some(1), "{line}: {}", outcome.stderr);
        let talk = outcome.text().to_owned() + &outcome.stderr;
        assert!(talk.contains("of the listed versions of"), "{line}: {talk}");
    }
    yard.constructor(format!(
        "name: {REGISTRY}\nversion: v0.2.0\nprovider: {{ name: acme.org }}\n"
    ));
    let outcome = yard.writes_nothing(&format!("add {DEMO}"));
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("any of the listed versions of acme.org/plugins/demo was not found in "),
        "{}",
        outcome.stderr
    );
}
