//! `plugyard info`

use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, Yard, is_about_archives, keys};

/// A yard with a registry of four versions of a plugin.
fn with_versions() -> Yard {
    let yard = Yard::new();
    for version in ["9.0.0", "10.0.0", "11.0.0-rc.1", "v2.0.0"] {
        yard.plugin(DEMO, version);
    }
    yard.done("init --name acme.org/plugin-registry");
    yard.done("add acme.org/plugins/demo:9.0.0 acme.org/plugins/demo:10.0.0 acme.org/plugins/demo:11.0.0-rc.1 acme.org/plugins/demo:v2.0.0");
    yard.done("publish --first");
    yard
}

#[test]
fn text_shows_everything() {
    let yard = with_versions();
    yard.writes_nothing(&format!("info demo --registry {PUBLISHED}"))
        .is(
            0,
            str![[r#"
name             demo
version          10.0.0
description      Reads demo
category         input
capabilities     inputRepository: demo/v1
platforms        darwin/arm64  48 bytes  sha256:89e612e4…
                 linux/amd64  47 bytes  sha256:a38600e2…
component        acme.org/plugins/demo
digest           sha256:e84fa3f8…
registry         ./transport-archive//acme.org/plugin-registry:v0.1.0
registry digest  sha256:9d61e366…
versions         11.0.0-rc.1, 10.0.0, 9.0.0, v2.0.0

"#]],
            str![],
        );
    yard.writes_nothing(&format!("info demo --registry {PUBLISHED} -o yaml"))
        .is(
            0,
            str![[r#"
name: demo
version: 10.0.0
component: acme.org/plugins/demo
registry: ./transport-archive//acme.org/plugin-registry:v0.1.0
registryDigest: sha256:9d61e366…
description: Reads demo
digest: sha256:e84fa3f8…
platforms:
    - os: darwin
      architecture: arm64
      size: 48
      digest: sha256:89e612e4…
      mediaType: application/octet-stream
    - os: linux
      architecture: amd64
      size: 47
      digest: sha256:a38600e2…
      mediaType: application/octet-stream
capabilities:
    - type: inputRepository
      types:
        - demo/v1
category: input
yanked: null
moving: false
versions:
    - 11.0.0-rc.1
    - 10.0.0
    - 9.0.0
    - v2.0.0

"#]],
            str![],
        );
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let yard = with_versions();
    let outcome = yard.writes_nothing(&format!("info demo --registry {PUBLISHED} -o json"));
    assert_eq!(
        keys(outcome.text(), 2),
        [
            "name",
            "version",
            "component",
            "registry",
            "registryDigest",
            "description",
            "digest",
            "platforms",
            "capabilities",
            "category",
            "yanked",
            "moving",
            "versions",
        ]
    );
    let platform = &keys(outcome.text(), 6)[..5];
    assert_eq!(
        platform,
        ["os", "architecture", "size", "digest", "mediaType"]
    );
    outcome.is(
        0,
        str![[r#"
{
  "name": "demo",
  "version": "10.0.0",
  "component": "acme.org/plugins/demo",
  "registry": "./transport-archive//acme.org/plugin-registry:v0.1.0",
  "registryDigest": "sha256:9d61e366…",
  "description": "Reads demo",
  "digest": "sha256:e84fa3f8…",
  "platforms": [
    {
      "os": "darwin",
      "architecture": "arm64",
      "size": 48,
      "digest": "sha256:89e612e4…",
      "mediaType": "application/octet-stream"
    },
    {
      "os": "linux",
      "architecture": "amd64",
      "size": 47,
      "digest": "sha256:a38600e2…",
      "mediaType": "application/octet-stream"
    }
  ],
  "capabilities": [
    {
      "type": "inputRepository",
      "types": [
        "demo/v1"
      ]
    }
  ],
  "category": "input",
  "yanked": null,
  "moving": false,
  "versions": [
    "11.0.0-rc.1",
    "10.0.0",
    "9.0.0",
    "v2.0.0"
  ]
}

"#]],
        str![],
    );
}

#[test]
fn the_digests_are_those_of_plugin_and_registry() {
    let yard = with_versions();
    let json = yard
        .done(&format!("info demo --registry {PUBLISHED} -o json"))
        .json();
    let registry = yard.done(&format!("component hash {PUBLISHED}"));
    let plugin = yard.done("component hash ./transport-archive//acme.org/plugins/demo:10.0.0");
    assert_eq!(json["registryDigest"], registry.text().trim_end());
    assert_eq!(json["digest"], plugin.text().trim_end());
}

#[test]
fn a_version_is_chosen_by_semver() {
    let yard = with_versions();
    for (entry, expected) in [
        ("demo", "10.0.0"),
        ("demo@9.0.0", "9.0.0"),
        ("demo@v9.0.0", "9.0.0"),
        ("demo@2.0.0", "v2.0.0"),
        ("demo@11.0.0-rc.1", "11.0.0-rc.1"),
    ] {
        let json = yard
            .done(&format!("info {entry} --registry {PUBLISHED} -o json"))
            .json();
        assert_eq!(json["version"], expected, "{entry}");
    }
}

#[test]
fn the_first_registry_that_has_it_answers() {
    let yard = Yard::with_registry();
    yard.write(
        "other.yaml",
        "name: acme.org/other-registry\nversion: 1.0.0\nprovider: { name: acme.org }\n",
    );
    yard.plugin("acme.org/plugins/alpha", "1.0.0");
    yard.done("add -c other.yaml acme.org/plugins/alpha");
    yard.done("publish --first -c other.yaml");
    let second = "./transport-archive//acme.org/other-registry";
    let json = yard
        .done(&format!(
            "info alpha --registry {PUBLISHED} --registry {second} -o json"
        ))
        .json();
    assert_eq!(json["registry"], format!("{second}:1.0.0"));
    yard.run(&format!("info alhpa --registry {second} --registry {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive//acme.org/other-registry:1.0.0 and ./transport-archive//acme.org/plugin-registry:v0.1.0 have no plugin `alhpa`; did you mean `alpha`?
hint: `plugyard list --all` shows all plugins

"#]]);
    yard.run_with("PLUGYARD_REGISTRY", second, "info alpha -o text")
        .is(
            0,
            str![[r#"
name             alpha
version          1.0.0
description      Reads demo
category         input
capabilities     inputRepository: demo/v1
platforms        darwin/arm64  48 bytes  sha256:fa66f534…
                 linux/amd64  47 bytes  sha256:0a30cefc…
component        acme.org/plugins/alpha
digest           sha256:999ae6bd…
registry         ./transport-archive//acme.org/other-registry:1.0.0
registry digest  sha256:95f78c9b…
versions         1.0.0

"#]],
            str![],
        );
}

#[test]
fn sources_of_the_registry_are_looked_into() {
    // A registry that was read over the network may name no local directory.
    if is_about_archives("sources_of_the_registry_are_looked_into") {
        return;
    }
    let yard = Yard::new();
    yard.plugin_in("./more", DEMO, "1.0.0");
    yard.constructor(
        "name: acme.org/plugin-registry
version: v0.1.0
provider: { name: acme.org }
labels:
  - { name: plugyard/registry, value: { schema: 1, sources: [./more] }, signing: true }
",
    );
    yard.write("plugyard.yaml", "sources: [./more]\n");
    yard.done("add acme.org/plugins/demo");
    yard.done("publish --first");
    yard.done(&format!("info demo --registry {PUBLISHED}"));
    yard.done(&format!("component verify {PUBLISHED}"));
}
