//! Defects of readers of a registry: credentials, configurations and lists.

use std::path::Path;
use std::sync::Arc;

use oci::Silent;
use oci::credentials::{Credentials as _, DockerFiles, Login, Wanted};
use ocm::RepositorySpec;
use ocm::config::{Config, Logins, PlainHttp};
use testkit::Registry;
use testkit::registry::{self, Quirks};

use crate::upstream::{CONSTRUCTOR, HELM, published};
use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard};

const START: &str = "type: generic.config.ocm.software/v1\nconfigurations:\n";

/// Which of these identities, each with its own credentials, is used for `spelled`.
fn winner<'a>(identities: &[&'a str], spelled: &str) -> Option<&'a str> {
    let numbered = identities.iter().enumerate();
    let consumers: Vec<String> = numbered
        .map(|(number, identity)| {
            format!(
                "      - identities: [{{ type: OCIRegistry, {identity} }}]
        credentials: [{{ type: OCICredentials/v1, username: user{number}, password: x }}]
"
            )
        })
        .collect();
    let text = format!(
        "{START}  - type: credentials.config.ocm.software\n    consumers:\n{}",
        consumers.concat()
    );
    let config = Config::parse("test.yaml", &text, Some(Path::new("/home/me"))).unwrap();
    let mut named = PlainHttp::default();
    named.allow(&RepositorySpec::parse(spelled).unwrap());
    let logins = Logins::new(&config, DockerFiles::default, named, Arc::new(Silent));
    let wanted = Wanted {
        spelled: spelled.to_owned(),
        path: "a/b".to_owned(),
        host: "h".to_owned(),
        repository: "a/b/component-descriptors/acme.org/x".to_owned(),
    };
    match logins.find(&wanted).unwrap()?.login {
        Login::Password { user, .. } => {
            let number: usize = user.strip_prefix("user")?.parse().unwrap();
            Some(identities[number])
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn defect_of_identities_that_match_each_other_there_is_no_cycle() {
    // Each of a pair matches the other; the more specific one wins, in any order.
    for (far, close, spelled) in [
        ("hostname: h", "hostname: h, scheme: https", "https://h"),
        (
            "hostname: h, scheme: https",
            "hostname: h, port: '443', scheme: https",
            "https://h",
        ),
        (
            "hostname: h, scheme: http",
            "hostname: h, port: '80', scheme: http",
            "http://h",
        ),
        (
            "hostname: h",
            "hostname: h, port: '443', scheme: https",
            "https://h:443",
        ),
        ("hostname: h", "hostname: h, path: a/*", "h"),
    ] {
        for pair in [[far, close], [close, far]] {
            let found = winner(&pair, spelled);
            assert_eq!(found, Some(close), "{pair:?} for {spelled}");
        }
    }
}

#[test]
fn defect_of_several_matches_the_same_one_wins_in_every_run() {
    let identities = [
        "hostname: h, path: '*/*'",
        "hostname: h, path: a/*",
        "hostname: h",
    ];
    for turn in 0..identities.len() {
        let mut turned = identities;
        turned.rotate_left(turn);
        for _ in 0..20 {
            let found = winner(&turned, "h");
            assert_eq!(found, Some("hostname: h, path: a/*"));
        }
    }
    // Of two equally specific ones, the first is used.
    let close = ["hostname: h, path: a/*", "hostname: h, path: '*/b'"];
    for pair in [close, [close[1], close[0]]] {
        assert_eq!(winner(&pair, "h"), Some(pair[0]));
    }
}

/// A registry that requires a password, and a docker configuration that contains it.
fn with_password() -> (Registry, String) {
    let login = registry::Login::Basic {
        user: "alice".to_owned(),
        password: "s3cret".to_owned(),
    };
    let registry = Registry::with(login, Quirks::default());
    let host = registry.host();
    let file = format!(r#"{{"auths":{{"{host}":{{"username":"alice","password":"s3cret"}}}}}}"#);
    (registry, file)
}

#[test]
fn defect_of_cancelled_lookups_a_configuration_without_a_login_hides_no_other() {
    let (registry, file) = with_password();
    let yard = Yard::new();
    yard.write("right.json", file);
    let others = r#"{"auths":{"elsewhere.org":{"username":"bob","password":"x"}}}"#;
    yard.write("empty.json", r#"{"auths":{}}"#);
    yard.write("others.json", others);
    for order in [
        ["right", "empty", "others"],
        ["empty", "right", "others"],
        ["others", "empty", "right"],
    ] {
        let files = order.map(|name| {
            format!(
                "      - repository: {{ type: DockerConfig/v1, dockerConfigFile: {name}.json }}\n"
            )
        });
        let text = format!(
            "{START}  - type: credentials.config.ocm.software\n    repositories:\n{}",
            files.concat()
        );
        yard.write("../home/.ocmconfig", text);
        for _ in 0..3 {
            let line = format!("component get {}/acme//{DEMO}:1.0.0", registry.url());
            let outcome = yard.run(&line);
            // Access is granted, and nothing is found.
            let expected = format!("{DEMO}:1.0.0 does not exist");
            assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
        }
    }
}

#[test]
fn defect_of_a_shared_file_settings_of_plugins_do_not_stop_a_command() {
    // What v1 writes stops every command of v2, and the locations that v2 knows have no effect
    // there. Here nothing is run from anywhere, so neither means anything.
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.done("update --repin");
    yard.done("publish");
    let entries = format!(
        "  - type: plugin.config.ocm.software\n    plugin: x\n    config: {{ a: 1 }}\n  - type: plugin.config.ocm.software/v2alpha1\n    locations: [./plugins]\n  - type: plugin.registry.config.ocm.software\n    registries: ['{PUBLISHED}']\n"
    );
    yard.write("../home/.ocmconfig", format!("{START}{entries}"));
    fs_err::create_dir(yard.path("plugins")).unwrap();
    yard.script("plugins/helminput", "touch ../ran; exit 1");
    let outcome = yard.done("list -o json");
    assert_eq!(outcome.json()[0]["name"], "helminput");
    assert!(!yard.path("../ran").exists() && !yard.path("ran").exists());
    for line in ["--version", "update", "check", "fmt --check"] {
        yard.done(line);
    }
}

#[test]
fn defect_of_get_a_plugin_is_found_whatever_labels_there_are() {
    // One without a label, one with an unreadable label, one valid.
    let yard = published(
        "v0.2.0",
        &["bad@1.0.0", "bare@1.0.0", "bare@1.1.0", "fine@1.0.0"],
    );
    yard.done("update bad fine --repin");
    let text = yard.read(CONSTRUCTOR);
    let start = text
        .find("value: { description")
        .or(text.find("value:\n"))
        .unwrap();
    assert!(start < text.find("name: bare").unwrap());
    let text = text.replacen(
        "description: Reads demo",
        "vendor: x, description: Reads demo",
        1,
    );
    yard.constructor(text.replace("v0.2.0", "v0.2.1"));
    yard.done("publish");
    let information = |entry: &str| {
        yard.done(&format!("info {entry} --registry {PUBLISHED} -o json"))
            .json()
    };
    assert_eq!(information("fine")["version"], "1.0.0");
    assert_eq!(
        information("bare")["version"],
        "1.1.0",
        "the newest, and one"
    );
    assert_eq!(information("bare@v1.0")["version"], "1.0.0");
    assert_eq!(information("bad")["version"], "1.0.0");
    // Facts missing from the label are read from the plugin's component.
    assert_eq!(information("bare")["platforms"][1]["os"], "linux");
}

#[test]
fn defect_of_list_an_unreadable_registry_leaves_no_partial_list() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    let registry = Registry::start();
    let gone = format!("{}/acme//{REGISTRY}", registry.url());
    registry.shut();
    for form in ["table", "wide", "json", "yaml", "ndjson"] {
        let line = format!("list -o {form} --registry {PUBLISHED} --registry {gone}");
        let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.1", &line);
        assert_eq!(outcome.code, Some(1), "{form}");
        assert!(outcome.stdout.is_empty(), "{form}: {}", outcome.text());
        assert!(
            outcome.stderr.contains(&registry.host()),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn defect_of_download_what_is_published_is_what_would_be_downloaded() {
    // The official CLI uses the wrong file if names differ, and none without a platform or with another
    // version.
    let yard = Yard::new();
    yard.plugin(HELM, "1.0.0");
    let line = format!("component get ./transport-archive//{HELM} -o json");
    let descriptor = yard.done(&line).json();
    let resources = descriptor["component"]["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 2);
    for resource in resources {
        assert_eq!(resource["type"], "ocmPlugin");
        assert_eq!(resource["name"], "binary");
        assert_eq!(resource["version"], "1.0.0");
        let identity = resource["extraIdentity"].as_object().unwrap();
        assert_eq!(identity.keys().collect::<Vec<_>>(), ["architecture", "os"]);
        assert!(resource["digest"]["value"].is_string());
    }
    // The official CLI checks no resource digest and keeps a wrong file, which is detected here.
    yard.done(&format!("component verify ./transport-archive//{HELM}"));
}
