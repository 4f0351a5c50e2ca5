//! Where components are looked up.

use testkit::Registry;
use testkit::registry::{Login, Quirks};

use super::{home_config, with_password};
use crate::yard::{DEMO, REGISTRY, Yard};

/// An entry with one resolver.
fn resolver(pattern: &str, more: &str, repository: &str) -> String {
    format!(
        "  - type: resolvers.config.ocm.software/v1alpha1
    resolvers: [{{ componentNamePattern: '{pattern}'{more}, repository: {repository} }}]
"
    )
}

fn archive(path: &str) -> String {
    format!("{{ type: CommonTransportFormat/v1, filePath: {path} }}")
}

/// A registry whose plugin is in another archive that no setting names.
fn with_plugin_elsewhere() -> Yard {
    let yard = Yard::new();
    yard.plugin_in("./elsewhere", DEMO, "1.0.0");
    yard.plugin_in("./elsewhere", DEMO, "1.1.0");
    yard.done(&format!("init --name {REGISTRY}"));
    yard
}

#[test]
fn resolvers_find_plugins_in_other_archives() {
    let yard = with_plugin_elsewhere();
    let outcome = yard.run(&format!("add {DEMO}"));
    assert_eq!(outcome.code, Some(1));
    home_config(&yard, &resolver("acme.org/*", "", &archive("elsewhere")));
    yard.done(&format!("add {DEMO}"));
    yard.done("update demo --repin");
    yard.done("publish --first");
    let published = format!("./transport-archive//{REGISTRY}");
    yard.done(&format!("component verify {published}"));
    yard.done(&format!("info demo --registry {published}"));
    // Without a resolver, they are not found.
    fs_err::remove_file(yard.path("../home/.ocmconfig")).unwrap();
    assert_eq!(
        yard.run(&format!("component verify {published}")).code,
        Some(3)
    );
    assert_eq!(
        yard.run(&format!("info demo --registry {published}")).code,
        Some(1)
    );
}

#[test]
fn resolvers_find_plugins_in_another_oci_registry() {
    let registry = Registry::start();
    let yard = Yard::new();
    yard.plugin_in(&format!("{}/team/plugins", registry.url()), DEMO, "1.0.0");
    yard.done(&format!("init --name {REGISTRY}"));
    for repository in [
        format!(
            "{{ type: OCIRepository/v1, baseUrl: '{}', subPath: /team/plugins }}",
            registry.url()
        ),
        format!(
            "{{ type: OCIRegistry, baseUrl: '{}/team/plugins' }}",
            registry.url()
        ),
        format!(
            "{{ type: oci, baseUrl: '{}/other', subPath: team/plugins }}",
            registry.url()
        ),
    ] {
        home_config(&yard, &resolver("acme.org/plugins/*", "", &repository));
        yard.done(&format!("add {DEMO} --dry-run"));
    }
}

#[test]
fn given_repositories_come_before_resolvers() {
    let yard = with_plugin_elsewhere();
    yard.publish_plugin("./transport-archive", DEMO, "1.0.0", "Another one");
    home_config(&yard, &resolver("*", "", &archive("elsewhere")));
    yard.done(&format!("add {DEMO}:1.0.0"));
    let text = yard.read("component-constructor.yaml");
    assert!(text.contains("Another one"), "{text}");
    // The latest version is that of the first repository that has any.
    let outcome = yard.run(&format!("add {DEMO} --dry-run"));
    assert_ne!(outcome.code, Some(0), "1.0.0 is there already");
    yard.done(&format!("add {DEMO}:1.1.0"));
}

#[test]
fn only_the_first_matching_resolver_is_used() {
    let yard = with_plugin_elsewhere();
    let there = archive("elsewhere");
    let absent = archive("absent");
    let found = |entries: &[String], version: &str| {
        home_config(&yard, &entries.concat());
        let outcome = yard.run(&format!("add {DEMO}{version} --dry-run"));
        assert!(
            outcome.code == Some(0) || outcome.stderr.contains("was not found"),
            "{}",
            outcome.stderr
        );
        outcome.code == Some(0)
    };
    let fits = |repository: &str| resolver("acme.org/*", "", repository);
    assert!(found(&[fits(&there), fits(&absent)], ""));
    assert!(!found(&[fits(&absent), fits(&there)], ""));
    for skipped in ["", "acme.org/plugins", "other.org/*"] {
        assert!(
            found(&[resolver(skipped, "", &absent), fits(&there)], ""),
            "{skipped}"
        );
    }
    let constrained = |constraint: &str, repository: &str| {
        resolver(
            "*",
            &format!(", versionConstraint: '{constraint}'"),
            repository,
        )
    };
    assert!(found(&[constrained(">= 1.1", &there)], ":1.1.0"));
    assert!(!found(&[constrained(">= 1.1", &there)], ":1.0.0"));
    assert!(found(&[constrained("^2", &absent), fits(&there)], ":1.1.0"));
    // Without a version, no constraint can match.
    assert!(!found(&[constrained(">= 1", &there)], ""));
    // The version that was found is then looked up like a given one.
    assert!(!found(&[constrained(">= 1", &absent), fits(&there)], ""));
}

#[test]
fn all_deprecated_resolvers_are_used_by_priority() {
    let yard = with_plugin_elsewhere();
    home_config(
        &yard,
        "  - type: ocm.config.ocm.software/v1
    resolvers:
      - { prefix: acme.org/plug, priority: 99, repository: { type: foreign/v1 } }
      - { prefix: acme.org, priority: 5, repository: { type: CTF, filePath: elsewhere } }
      - { prefix: acme.org/plugins, repository: { type: CTF, filePath: absent } }
",
    );
    yard.done(&format!("add {DEMO} --dry-run"));
    let outcome = yard.run("add acme.org/plugins/unknown --dry-run");
    let text = &outcome.stderr;
    assert!(
        text.contains("was not found in ./transport-archive (there is no archive), absent (there is no archive), elsewhere"),
        "{text}"
    );
}

#[test]
fn a_repository_of_an_unknown_type_is_not_empty() {
    let yard = with_plugin_elsewhere();
    home_config(&yard, &resolver("*", "", "{ type: foreign/v1 }"));
    let outcome = yard.run(&format!("add {DEMO}"));
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains(".ocmconfig:4: the resolver names a repository of type `foreign/v1`"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn all_repositories_are_named_if_one_cannot_be_read() {
    let refusing = with_password();
    let yard = with_plugin_elsewhere();
    yard.done(&format!("add {DEMO} --from ./elsewhere"));
    let policy = format!(
        "repository: ./transport-archive\nsources: ['{0}/a', '{0}/b', ./nowhere]\n",
        refusing.url()
    );
    yard.write("plugyard.yaml", &policy);
    home_config(&yard, &resolver("*", "", &archive("absent")));
    // Pinned: the look-up continues after a registry that refuses access.
    let outcome = yard.run("publish --first --dry-run");
    assert_eq!(outcome.code, Some(1));
    let text = &outcome.stderr;
    for words in [
        "could not be looked up",
        "/a/component-descriptors",
        "/b/component-descriptors",
        "it is not in ./transport-archive (there is no archive), ./nowhere (there is no archive), absent",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    home_config(&yard, &resolver("*", "", &archive("elsewhere")));
    yard.done("publish --first --dry-run");
    // Not pinned: the look-up stops and names the repositories it did not search.
    let outcome = yard.run("add acme.org/plugins/other:1.0.0");
    assert_eq!(outcome.code, Some(1));
    let text = &outcome.stderr;
    assert!(text.contains("not asked: "), "{text}");
    assert!(text.contains("/b, ./nowhere"), "{text}");
}

#[test]
fn a_registry_found_by_a_resolver_gets_its_own_credentials() {
    let login = Login::Bearer {
        account: Some(("alice".to_owned(), "s3cret".to_owned())),
        identity: None,
        expires_in: 300,
    };
    let registry = Registry::with(login, Quirks::default());
    let yard = Yard::new();
    let entries = super::consumer(&registry, "team/plugins", "alice", "s3cret");
    home_config(&yard, &entries);
    yard.plugin_in(&format!("{}/team/plugins", registry.url()), DEMO, "1.0.0");
    yard.done(&format!("init --name {REGISTRY}"));
    let repository = format!(
        "{{ type: OCIRepository/v1, baseUrl: '{}', subPath: team/plugins }}",
        registry.url()
    );
    home_config(&yard, &(entries + &resolver("*", "", &repository)));
    yard.done(&format!("add {DEMO}"));
}
