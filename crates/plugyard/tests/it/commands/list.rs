//! `plugyard list`

use serde_json::{Value, json};
use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, REGISTRY, Yard, keys};

/// A yard with a registry of several plugins and versions.
fn with_many() -> Yard {
    let yard = Yard::new();
    for version in ["9.0.0", "10.0.0", "11.0.0-rc.1"] {
        yard.plugin(DEMO, version);
    }
    yard.publish_plugin(
        "./transport-archive",
        "acme.org/plugins/helm-input",
        "1.0.0",
        "Charts, 日本語",
    );
    yard.done("init --name acme.org/plugin-registry");
    yard.done("add acme.org/plugins/demo:9.0.0 acme.org/plugins/demo:10.0.0 acme.org/plugins/demo:11.0.0-rc.1 acme.org/plugins/helm-input");
    yard.done("publish --first");
    yard
}

/// Names and versions that are listed.
fn listed(yard: &Yard, arguments: &str) -> Vec<String> {
    let rows = yard
        .done(&format!("list --registry {PUBLISHED} -o json {arguments}"))
        .json();
    let name = |row: &Value| {
        format!(
            "{}@{}",
            row["name"].as_str().unwrap(),
            row["version"].as_str().unwrap()
        )
    };
    rows.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn every_form_shows_the_newest_of_each_plugin() {
    let yard = with_many();
    for form in ["table", "wide", "json", "yaml", "ndjson"] {
        let before = yard.tree();
        let outcome = yard.run(&format!("list --registry {PUBLISHED} -o {form}"));
        yard.assert_tree(&before, form);
        match form {
            "table" => outcome.is(0, str![[r#"
 NAME       │ VERSION │ PLATFORMS                 │ DESCRIPTION    
────────────┼─────────┼───────────────────────────┼────────────────
 demo       │ 10.0.0  │ darwin/arm64, linux/amd64 │ Reads demo     
 helm-input │ 1.0.0   │ darwin/arm64, linux/amd64 │ Charts, 日本語 

"#]], str![]),
            "wide" => outcome.is(0, str![[r#"
 NAME       │ VERSION │ PLATFORMS                 │ DESCRIPTION    │ COMPONENT                   │ REGISTRY                                             
────────────┼─────────┼───────────────────────────┼────────────────┼─────────────────────────────┼──────────────────────────────────────────────────────
 demo       │ 10.0.0  │ darwin/arm64, linux/amd64 │ Reads demo     │ acme.org/plugins/demo       │ ./transport-archive//acme.org/plugin-registry:v0.1.0 
 helm-input │ 1.0.0   │ darwin/arm64, linux/amd64 │ Charts, 日本語 │ acme.org/plugins/helm-input │ ./transport-archive//acme.org/plugin-registry:v0.1.0 

"#]], str![]),
            "json" => {
                assert_eq!(
                    keys(outcome.text(), 4)[..11],
                    [
                        "name", "version", "platforms", "description", "registry", "component",
                        "digest", "capabilities", "yanked", "moving", "ambiguous",
                    ]
                );
                outcome.is(0, str![[r#"
[
  {
    "name": "demo",
    "version": "10.0.0",
    "platforms": [
      "darwin/arm64",
      "linux/amd64"
    ],
    "description": "Reads demo",
    "registry": "./transport-archive//acme.org/plugin-registry:v0.1.0",
    "component": "acme.org/plugins/demo",
    "digest": "sha256:e84fa3f8…",
    "capabilities": [
      {
        "type": "inputRepository",
        "types": [
          "demo/v1"
        ]
      }
    ],
    "yanked": null,
    "moving": false,
    "ambiguous": false
  },
  {
    "name": "helm-input",
    "version": "1.0.0",
    "platforms": [
      "darwin/arm64",
      "linux/amd64"
    ],
    "description": "Charts, 日本語",
    "registry": "./transport-archive//acme.org/plugin-registry:v0.1.0",
    "component": "acme.org/plugins/helm-input",
    "digest": "sha256:297a45e8…",
    "capabilities": [
      {
        "type": "inputRepository",
        "types": [
          "demo/v1"
        ]
      }
    ],
    "yanked": null,
    "moving": false,
    "ambiguous": false
  }
]

"#]], str![]);
            }
            "yaml" => outcome.is(0, str![[r#"
- name: demo
  version: 10.0.0
  platforms:
    - darwin/arm64
    - linux/amd64
  description: Reads demo
  registry: ./transport-archive//acme.org/plugin-registry:v0.1.0
  component: acme.org/plugins/demo
  digest: sha256:e84fa3f8…
  capabilities:
    - type: inputRepository
      types:
        - demo/v1
  yanked: null
  moving: false
  ambiguous: false
- name: helm-input
  version: 1.0.0
  platforms:
    - darwin/arm64
    - linux/amd64
  description: Charts, 日本語
  registry: ./transport-archive//acme.org/plugin-registry:v0.1.0
  component: acme.org/plugins/helm-input
  digest: sha256:297a45e8…
  capabilities:
    - type: inputRepository
      types:
        - demo/v1
  yanked: null
  moving: false
  ambiguous: false

"#]], str![]),
            _ => {
                let json = yard.done(&format!("list --registry {PUBLISHED} -o json")).json();
                let lines: Vec<Value> = outcome.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                assert_eq!(json, json!(lines));
            }
        }
    }
}

#[test]
fn all_versions_are_in_the_order_of_semver() {
    let yard = with_many();
    assert_eq!(listed(&yard, ""), ["demo@10.0.0", "helm-input@1.0.0"]);
    assert_eq!(
        listed(&yard, "--pre"),
        ["demo@11.0.0-rc.1", "helm-input@1.0.0"]
    );
    assert_eq!(
        listed(&yard, "--all"),
        [
            "demo@9.0.0",
            "demo@10.0.0",
            "demo@11.0.0-rc.1",
            "helm-input@1.0.0"
        ]
    );
    yard.run(&format!("list --all --registry {PUBLISHED}")).is(
        0,
        str![[r#"
 NAME       │ VERSION     │ PLATFORMS                 │ DESCRIPTION    
────────────┼─────────────┼───────────────────────────┼────────────────
 demo       │ 9.0.0       │ darwin/arm64, linux/amd64 │ Reads demo     
            │ 10.0.0      │ darwin/arm64, linux/amd64 │ Reads demo     
            │ 11.0.0-rc.1 │ darwin/arm64, linux/amd64 │ Reads demo     
 helm-input │ 1.0.0       │ darwin/arm64, linux/amd64 │ Charts, 日本語 

"#]],
        str![],
    );
}

#[test]
fn a_pattern_is_a_file_name_pattern_or_a_part() {
    let yard = with_many();
    for (pattern, expected) in [
        ("demo", &["demo@10.0.0"][..]),
        ("helm", &["helm-input@1.0.0"]),
        ("CHARTS", &["helm-input@1.0.0"]),
        ("'reads demo'", &["demo@10.0.0"]),
        ("'h*'", &["helm-input@1.0.0"]),
        ("'*o'", &["demo@10.0.0"]),
        ("'d?mo'", &["demo@10.0.0"]),
        ("'d?m'", &[]),
        ("'*'", &["demo@10.0.0", "helm-input@1.0.0"]),
        ("nothing", &[]),
    ] {
        assert_eq!(listed(&yard, pattern), expected, "{pattern}");
    }
    yard.run(&format!("list nothing --registry {PUBLISHED}"))
        .is(
            0,
            str![[r#"
 NAME │ VERSION │ PLATFORMS │ DESCRIPTION 
──────┼─────────┼───────────┼─────────────

"#]],
            str![],
        );
    yard.run(&format!("list nothing --registry {PUBLISHED} -o json"))
        .is(
            0,
            str![[r#"
[]

"#]],
            str![],
        );
    yard.run(&format!("list nothing --registry {PUBLISHED} -o ndjson"))
        .is(0, str![], str![]);
    yard.run(&format!("list nothing --registry {PUBLISHED} -o yaml"))
        .is(
            0,
            str![[r#"
[]

"#]],
            str![],
        );
}

#[test]
fn several_registries_are_listed_together() {
    let yard = Yard::with_registry();
    let other = "name: acme.org/other-registry\nversion: 1.0.0\nprovider: { name: acme.org }\n";
    yard.write("other.yaml", other);
    yard.plugin("acme.org/plugins/alpha", "1.0.0");
    yard.plugin(DEMO, "2.0.0");
    yard.done("add -c other.yaml acme.org/plugins/alpha acme.org/plugins/demo:2.0.0");
    yard.done("publish --first -c other.yaml");
    let second = "./transport-archive//acme.org/other-registry:1.0.0";
    yard.run(&format!(
        "list --all --registry {PUBLISHED} --registry {second}"
    ))
    .is(
        0,
        str![[r#"
 NAME  │ VERSION │ PLATFORMS                 │ DESCRIPTION │ REGISTRY                                             
───────┼─────────┼───────────────────────────┼─────────────┼──────────────────────────────────────────────────────
 alpha │ 1.0.0   │ darwin/arm64, linux/amd64 │ Reads demo  │ ./transport-archive//acme.org/other-registry:1.0.0   
 demo  │ 1.0.0   │ darwin/arm64, linux/amd64 │ Reads demo  │ ./transport-archive//acme.org/plugin-registry:v0.1.0 
       │ 2.0.0   │ darwin/arm64, linux/amd64 │ Reads demo  │ ./transport-archive//acme.org/other-registry:1.0.0   

"#]],
        str![],
    );
    let by_flags = yard.done(&format!(
        "list --all --registry {PUBLISHED} --registry {second} -o json"
    ));
    let by_environment = yard.run_with(
        "PLUGYARD_REGISTRY",
        &format!("{PUBLISHED}, {second}"),
        "list --all -o json",
    );
    assert_eq!(by_environment.json(), by_flags.json());
    // A flag stands above the environment.
    let one = yard.run_with(
        "PLUGYARD_REGISTRY",
        second,
        &format!("list --all -o json --registry {PUBLISHED}"),
    );
    assert_eq!(one.json().as_array().unwrap().len(), 1);
    // One that cannot be read spoils the list: what is missing is not absent.
    let outcome = yard.run(&format!(
        "list --registry {PUBLISHED} --registry ./nowhere//acme.org/registry"
    ));
    assert_eq!((outcome.code, outcome.text()), (Some(1), ""));
}

/// Changes the published descriptor of the registry.
fn change(yard: &Yard, change: impl FnOnce(&mut Value)) {
    let mut descriptor = yard
        .done(&format!("component get {PUBLISHED} -o json"))
        .json();
    change(&mut descriptor);
    yard.replace_descriptor(REGISTRY, "v0.1.0", descriptor.to_string().as_bytes());
}

#[test]
fn yanked_and_moving_versions_are_marked() {
    let yard = with_many();
    change(&yard, |descriptor| {
        let entries = descriptor["component"]["componentReferences"]
            .as_array_mut()
            .unwrap();
        entries[1]["labels"][1]["value"]["yanked"] =
            json!({ "reason": "eats files", "use": "demo@9.0.0" });
        entries[3]["labels"][1]["value"]["moving"] = json!(true);
    });
    yard.run(&format!("list --all --registry {PUBLISHED}")).is(
        0,
        str![[r#"
 NAME       │ VERSION         │ PLATFORMS                 │ DESCRIPTION    
────────────┼─────────────────┼───────────────────────────┼────────────────
 demo       │ 9.0.0           │ darwin/arm64, linux/amd64 │ Reads demo     
            │ 10.0.0 (yanked) │ darwin/arm64, linux/amd64 │ Reads demo     
            │ 11.0.0-rc.1     │ darwin/arm64, linux/amd64 │ Reads demo     
 helm-input │ 1.0.0 (moving)  │ darwin/arm64, linux/amd64 │ Charts, 日本語 

"#]],
        str![],
    );
    assert_eq!(
        listed(&yard, ""),
        ["demo@9.0.0", "helm-input@1.0.0"],
        "a yanked one is not the newest"
    );
    let rows = yard
        .done(&format!("list --all --registry {PUBLISHED} -o json"))
        .json();
    assert_eq!(
        rows[1]["yanked"],
        json!({ "reason": "eats files", "use": "demo@9.0.0" })
    );
    assert_eq!(rows[3]["moving"], true);
    yard.run(&format!("info demo@10.0.0 --registry {PUBLISHED}"))
        .is(
            0,
            str![[r#"
name             demo
version          10.0.0
description      Reads demo
yanked           eats files (use demo@9.0.0)
category         input
capabilities     inputRepository: demo/v1
platforms        darwin/arm64  48 bytes  sha256:89e612e4…
                 linux/amd64  47 bytes  sha256:a38600e2…
component        acme.org/plugins/demo
digest           sha256:e84fa3f8…
registry         ./transport-archive//acme.org/plugin-registry:v0.1.0
registry digest  sha256:6fe513d8…
versions         11.0.0-rc.1, 10.0.0, 9.0.0

"#]],
            str![],
        );
    yard.run(&format!("info helm-input --registry {PUBLISHED} -o yaml"))
        .is(
            0,
            str![[r#"
name: helm-input
version: 1.0.0
component: acme.org/plugins/helm-input
registry: ./transport-archive//acme.org/plugin-registry:v0.1.0
registryDigest: sha256:6fe513d8…
description: Charts, 日本語
digest: sha256:297a45e8…
platforms:
    - os: darwin
      architecture: arm64
      size: 53
      digest: sha256:ec5c14bb…
      mediaType: application/octet-stream
    - os: linux
      architecture: amd64
      size: 52
      digest: sha256:8272e247…
      mediaType: application/octet-stream
capabilities:
    - type: inputRepository
      types:
        - demo/v1
category: input
yanked: null
moving: true
versions:
    - 1.0.0

"#]],
            str![],
        );
}

#[test]
fn entries_without_label_are_listed_with_a_warning() {
    let yard = with_many();
    change(&yard, |descriptor| {
        for entry in descriptor["component"]["componentReferences"]
            .as_array_mut()
            .unwrap()
        {
            entry.as_object_mut().unwrap().remove("labels");
        }
    });
    yard.run(&format!("list --registry {PUBLISHED}")).is(0, str![[r#"
 NAME       │ VERSION │ PLATFORMS │ DESCRIPTION 
────────────┼─────────┼───────────┼─────────────
 demo       │ 10.0.0  │           │             
 helm-input │ 1.0.0   │           │             

"#]], str![[r#"
warning: ./transport-archive//acme.org/plugin-registry:v0.1.0: entry `demo@9.0.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown
warning: ./transport-archive//acme.org/plugin-registry:v0.1.0: entry `demo@10.0.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown
warning: ./transport-archive//acme.org/plugin-registry:v0.1.0: entry `demo@11.0.0-rc.1` has no label `ocm.software/pluginInfo`, so its platforms are unknown
warning: ./transport-archive//acme.org/plugin-registry:v0.1.0: entry `helm-input@1.0.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown

"#]]);
    let rows = yard.run(&format!("list -q --registry {PUBLISHED} -o json"));
    assert_eq!(rows.stderr, "");
    assert_eq!(rows.json()[0]["platforms"], Value::Null);
}

#[test]
fn a_version_of_the_registry_may_be_named() {
    let yard = Yard::with_registry();
    yard.plugin("acme.org/plugins/other", "1.0.0");
    yard.done("add acme.org/plugins/other");
    yard.done("publish");
    assert_eq!(listed(&yard, ""), ["demo@1.0.0", "other@1.0.0"]);
    let old = yard
        .done(&format!("list --registry {PUBLISHED}:v0.1.0 -o json"))
        .json();
    assert_eq!(old.as_array().unwrap().len(), 1);
    assert_eq!(old[0]["registry"], format!("{PUBLISHED}:v0.1.0"));
    // A pre-release of the registry is not its latest version.
    yard.constructor(
        yard.read("component-constructor.yaml")
            .replace("v0.2.0", "v1.0.0-rc.1"),
    );
    yard.done("publish");
    let rows = yard
        .done(&format!("list --registry {PUBLISHED} -o json"))
        .json();
    assert_eq!(rows[0]["registry"], format!("{PUBLISHED}:v0.2.0"));
}
