//! Compares `ocm add cv` with Plugyard on the same constructors.

use std::path::Path;

use fs_err as fs;
use keeper::publish::{self, Pins, Refusal, Request};
use oci::Silent;
use ocm::Diagnostic;
use ocm::{Lookup, RepositorySpec};
use serde_json::Value;
use snapbox::{assert_data_eq, str};
use testkit::Archive;
use testkit::archive::Component;

use crate::official::case::{Case, names, yaml};

/// The creator annotations; everything else in a manifest equals the official one.
const CREATOR: [&str; 2] = ["org.opencontainers.image.authors", "software.ocm.creator"];

/// The components of a constructor, each as a separate constructor: `plugyard publish` publishes
/// one registry at a time. JSON is valid YAML.
fn single_components(text: &str) -> Vec<String> {
    let document = yaml(text);
    match document["components"].as_array() {
        Some(components) => components.iter().map(Value::to_string).collect(),
        None => vec![document.to_string()],
    }
}

/// Publishes like `add cv`: missing digests of entries are filled in.
fn publish(text: &str, folder: &Path, repository: &Path) -> Result<(), String> {
    let constructor =
        ocm::constructor::parse(text).map_err(|error| messages(&error.diagnostics))?;
    let repository = RepositorySpec::ctf(repository.to_str().unwrap());
    // Plugins may be in a separate archive.
    let plugins = RepositorySpec::ctf(folder.join("plugins").to_str().unwrap());
    let http = oci::Http::default();
    let lookup = Lookup::new([repository.clone(), plugins], &http);
    let request = Request {
        constructor: &constructor,
        folder,
        repository: &repository,
        http: &http,
        lookup: &lookup,
        first: true,
        dry_run: false,
        expect: None,
        pins: Pins::FilledIn,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(publish::publish(&request, &Silent))
        .map(drop)
        .map_err(|error| match error {
            Refusal::Entries(findings) => messages(&findings),
            error => error.to_string(),
        })
}

fn messages(findings: &[Diagnostic]) -> String {
    let messages: Vec<&str> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    messages.join("; ")
}

/// A manifest without the creator annotation.
fn without_creator(mut manifest: Value) -> Value {
    let annotations = manifest["annotations"].as_object_mut().unwrap();
    for name in CREATOR {
        assert!(annotations.remove(name).is_some(), "{name}");
    }
    manifest
}

pub(crate) fn is_the_same(ours: &Component, official: &Component) -> bool {
    let (left, right) = (&ours.manifest, &official.manifest);
    assert_eq!(left["annotations"][CREATOR[0]], "Plugyard");
    ours.layer == official.layer
        && ours.config == official.config
        && without_creator(left.clone()) == without_creator(right.clone())
}

/// Component versions that the official CLI no longer has, or has with other content.
const OTHERWISE: [(&str, &str); 21] = [
    // Refused: a file without a component is an error.
    (
        "add-cv-odd-accepted",
        "empty-file.yaml: the constructor is empty",
    ),
    // The official CLI replaces `$` from the environment.
    ("add-cv-odd-accepted", "ocm.software/plugin-registry:v1.0.4"),
    // Replaced by a later command.
    ("add-cv-policies", "ocm.software/plugin-registry:v1.0.0"),
    // Changed by hand.
    (
        "download-plugin-tampered",
        "ocm.software/plugins/gitinput:1.0.0",
    ),
    ("entry-twice", "ocm.software/plugin-registry:v1.0.0"),
    (
        "entry-twice-other-platforms",
        "ocm.software/plugin-registry:v1.0.0",
    ),
    (
        "entry-without-digest",
        "ocm.software/plugin-registry:v1.0.0",
    ),
    (
        "label-case-insensitive",
        "ocm.software/plugin-registry:v1.0.0",
    ),
    ("label-empty-object", "ocm.software/plugin-registry:v1.0.0"),
    ("label-list", "ocm.software/plugin-registry:v1.0.0"),
    ("label-null", "ocm.software/plugin-registry:v1.0.0"),
    (
        "label-overrides-ignored",
        "ocm.software/plugin-registry:v1.0.0",
    ),
    (
        "label-platforms-empty",
        "ocm.software/plugin-registry:v1.0.0",
    ),
    (
        "label-platforms-string",
        "ocm.software/plugin-registry:v1.0.0",
    ),
    ("label-string", "ocm.software/plugin-registry:v1.0.0"),
    ("label-twice", "ocm.software/plugin-registry:v1.0.0"),
    ("label-unknown-key", "ocm.software/plugin-registry:v1.0.0"),
    // Replaced by a later command.
    ("moving-version", "ocm.software/plugins/helminput:0.0.1"),
    // Signed, and replaced by a later command.
    ("transfer-limits", "ocm.software/plugins/created:1.0.0"),
    ("transfer-limits", "ocm.software/plugins/plain:1.0.0"),
    ("verify-tampered", "ocm.software/plugin-registry:v1.0.0"),
];

#[test]
fn constructors_become_the_official_component_versions_byte_for_byte() {
    let (mut same, mut other) = (0, Vec::new());
    for name in names() {
        let case = Case::open(&name);
        let after = Case::after(&name);
        for (words, repository) in additions(&case) {
            let file = words[words.iter().position(|word| word == "-c").unwrap() + 1].clone();
            let ours = case.path(&format!("ours-{}", repository.replace('/', "-")));
            let text = fs::read_to_string(case.path(&file)).unwrap();
            for text in single_components(&text) {
                if let Err(error) = publish(&text, &case.folder(), &ours) {
                    other.push((name.clone(), format!("{file}: {error}")));
                }
            }
        }
        for (_, repository) in additions(&case)
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
        {
            let ours = case.path(&format!("ours-{}", repository.replace('/', "-")));
            if !ours.exists()
                || other
                    .iter()
                    .any(|(case, what)| *case == name && *what == repository)
            {
                continue;
            }
            let official: Vec<Archive> = [case.path(&repository), after.path(&repository)]
                .iter()
                .filter(|path| path.exists())
                .map(|path| Archive::read(path))
                .collect();
            for component in Archive::read(&ours).components() {
                let found = official
                    .iter()
                    .filter_map(|archive| archive.find(&component.name, &component.tag));
                if found
                    .into_iter()
                    .any(|official| is_the_same(&component, &official))
                {
                    same += 1;
                } else {
                    other.push((
                        name.clone(),
                        format!("{}:{}", component.name, component.tag),
                    ));
                }
            }
        }
    }
    other.sort();
    other.dedup();
    let expected = OTHERWISE.map(|(name, what)| (name.to_owned(), what.to_owned()));
    assert_eq!(other, expected);
    assert!(same >= 60, "{same} component versions are the same");
}

/// The commands that add component versions to an archive, and the archive. Commands that would
/// not add to an existing version, or copy others, are left out.
fn additions(case: &Case) -> Vec<(Vec<String>, String)> {
    let setup = case.capture["setup"]
        .as_array()
        .unwrap()
        .iter()
        .map(|words| {
            words
                .as_array()
                .unwrap()
                .iter()
                .map(|word| word.as_str().unwrap().to_owned())
                .collect()
        });
    let runs = case
        .runs()
        .filter(|run| run.is(&["add", "cv"]) && run.accepted())
        .map(|run| {
            run.words()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
    setup
        .chain(runs)
        .filter(|words: &Vec<String>| {
            words[0] == "add" && !words.iter().any(|word| word.ends_with("-policy"))
        })
        .filter_map(|words| {
            let at = words.iter().position(|word| word == "-r").unwrap();
            let repository = words[at + 1].clone();
            (!repository.contains("://")).then_some((words, repository))
        })
        .collect()
}

/// Runs `plugyard publish` and returns its arguments.
fn publishing<'a>(file: &'a str, repository: &'a str) -> [&'a str; 6] {
    ["publish", "--first", "-c", file, "-r", repository]
}

#[test]
fn the_command_publishes_what_the_official_one_adds() {
    for (name, files, repository) in [
        ("seed-add-cv", &["plugin.yaml", "registry.yaml"][..], "ctf"),
        ("list-empty", &["registry.yaml"], "ctf"),
        ("sketch-spelling", &["plugins.yaml", "step5.yaml"], "ctf"),
        ("copy-policy", &["plugins.yaml"], "plugins"),
    ] {
        let case = Case::open(name);
        for file in files {
            let printed = case.done(&publishing(file, "ours"));
            assert!(
                printed.starts_with("ours//ocm.software/plugin"),
                "{printed}"
            );
        }
        let official = Archive::read(&Case::after(name).path(repository));
        let ours = Archive::read(&case.path("ours")).components();
        assert_eq!(ours.len(), files.len(), "{name}");
        for ours in ours {
            let official = official.find(&ours.name, &ours.tag).unwrap();
            assert!(
                is_the_same(&ours, &official),
                "{name}: {}:{}",
                ours.name,
                ours.tag
            );
        }
    }
}

#[test]
fn the_original_sketch_is_refused_only_for_its_digest() {
    let case = Case::open("sketch-spelling");
    let before = testkit::files::tree(&case.folder());
    for step in ["step0.yaml", "step1.yaml", "step2.yaml", "step3.yaml"] {
        // The spelling is accepted; the digest of another algorithm is refused.
        let said = case.refused(1, &publishing(step, "ctf"));
        assert!(
            said.contains("must be SHA-256 of jsonNormalisation/v4alpha1"),
            "{step}: {said}"
        );
    }
    let said = case.refused(1, &publishing("step4.yaml", "ctf"));
    assert!(
        said.contains("the digest of entry `helminput` is wrong"),
        "{said}"
    );
    assert!(testkit::files::tree(&case.folder()) == before);
}

/// Refused by a defect of the official CLI: it cannot guess a media type.
const WRONGLY_REFUSED: [&str; 1] = ["file-without-media-type.yaml"];

#[test]
fn constructors_that_the_official_cli_refuses_are_refused_and_nothing_is_written() {
    let mut refused = 0;
    let known = Case::open("add-cv-refused");
    for run in known.runs().filter(|run| run.is(&["add", "cv"])) {
        let file = run.flag("-c").unwrap();
        let case = Case::open("add-cv-refused");
        let before = testkit::files::tree(&case.folder());
        if WRONGLY_REFUSED.contains(&file) {
            case.done(&publishing(file, "ctf"));
            continue;
        }
        case.refused(1, &publishing(file, "ctf"));
        assert!(testkit::files::tree(&case.folder()) == before, "{file}");
        refused += 1;
    }
    assert_eq!(refused, 20);
}

#[test]
fn refused_digests_show_the_location_and_the_hint() {
    let case = Case::open("add-cv-refused");
    let said = |file: &str| case.refused(1, &publishing(file, "ctf"));
    assert_data_eq!(
        said("wrong-digest.yaml"),
        str![[r#"
error: the digest of entry `helminput` is wrong: ocm.software/plugins/helminput:0.0.1 is sha256:a05444583a4b2d69203bfc1af2629d5a2d5eea2eeb9bcf7b3c8fa4da39d335f4
  --> wrong-digest.yaml:14:11
   |
14 | /           hashAlgorithm: SHA-256
15 | |           normalisationAlgorithm: jsonNormalisation/v4alpha1
16 | |           value: a05444583a4b2d69203bfc1af2629d5a2d5eea2eeb9bcf7b3c8fa4da39d335f0
   | |_________________________________________________________________________________^
   |
   = help: if the plugin is the right one, run `plugyard update helminput --repin`

"#]]
    );
    assert_data_eq!(
        said("digest-upper-case.yaml"),
        str![[r#"
error: the digest of entry `helminput` cannot be compared: it is SHA-256 of jsonNormalisation/v4alpha1, `A05444583A4B2D69203BFC1AF2629D5A2D5EEA2EEB9BCF7B3C8FA4DA39D335F4`, and must be SHA-256 of jsonNormalisation/v4alpha1 with 64 lower-case hex digits
  --> digest-upper-case.yaml:14:11
   |
14 | /           hashAlgorithm: SHA-256
15 | |           normalisationAlgorithm: jsonNormalisation/v4alpha1
16 | |           value: "A05444583A4B2D69203BFC1AF2629D5A2D5EEA2EEB9BCF7B3C8FA4DA39D335F4"
   | |___________________________________________________________________________________^
   |
   = help: `plugyard update helminput --repin` computes it from the plugin's component

"#]]
    );
    assert_data_eq!(
        said("digest-hash-SHA-512.yaml"),
        str![[r#"
error: the digest of entry `helminput` cannot be compared: it is SHA-512 of jsonNormalisation/v4alpha1, `a05444583a4b2d69203bfc1af2629d5a2d5eea2eeb9bcf7b3c8fa4da39d335f4`, and must be SHA-256 of jsonNormalisation/v4alpha1 with 64 lower-case hex digits
  --> digest-hash-SHA-512.yaml:14:11
   |
14 | /           hashAlgorithm: SHA-512
15 | |           normalisationAlgorithm: jsonNormalisation/v4alpha1
16 | |           value: a05444583a4b2d69203bfc1af2629d5a2d5eea2eeb9bcf7b3c8fa4da39d335f4
   | |_________________________________________________________________________________^
   |
   = help: `plugyard update helminput --repin` computes it from the plugin's component

"#]]
    );
    assert_data_eq!(
        said("digest-empty-strings.yaml"),
        str![[r#"
error: `hashAlgorithm` of the digest of reference `helminput` is empty
  --> digest-empty-strings.yaml:14:26
   |
14 |           hashAlgorithm: ""
   |                          ^^
error: `normalisationAlgorithm` of the digest of reference `helminput` is empty
  --> digest-empty-strings.yaml:15:35
   |
15 |           normalisationAlgorithm: ""
   |                                   ^^
error: `value` of the digest of reference `helminput` is empty
  --> digest-empty-strings.yaml:16:18
   |
16 |           value: ""
   |                  ^^

"#]]
    );
}

#[test]
fn refused_references_show_the_location_and_the_hint() {
    let case = Case::open("add-cv-refused");
    let said = |file: &str| case.refused(1, &publishing(file, "ctf"));
    assert_data_eq!(
        said("duplicate-reference.yaml"),
        str![[r#"
error: another reference has the identity `name=helminput,version=0.0.1`
  --> duplicate-reference.yaml:16:9
   |
16 |         - name: helminput
   |  _________^
17 | |         version: "0.0.1"
18 | |         componentName: ocm.software/plugins/helminput
19 | |         labels:
20 | |           - name: ocm.software/pluginInfo
21 | |             value: {"description": "d", "platforms": ["linux/amd64"]}
   | |_____________________________________________________________________^
   |
   = help: leave one of them

"#]]
    );
    assert_data_eq!(
        said("reference-missing.yaml"),
        str![[r#"
error: entry `helminput` has no digest, so nobody can check what it refers to
  --> reference-missing.yaml:10:15
   |
10 |       - name: helminput
   |               ^^^^^^^^^
   |
   = help: `plugyard update helminput --repin` computes it from the plugin's component

"#]]
    );
    assert_data_eq!(
        said("reference-v-prefix.yaml"),
        str![[r#"
error: entry `helminput` has no digest, so nobody can check what it refers to
  --> reference-v-prefix.yaml:10:15
   |
10 |       - name: helminput
   |               ^^^^^^^^^
   |
   = help: `plugyard update helminput --repin` computes it from the plugin's component

"#]]
    );
    assert_data_eq!(
        said("name-with-dot.yaml"),
        str![[r#"
error: `helm.input` is no name for this
  --> name-with-dot.yaml:10:15
   |
10 |       - name: helm.input
   |               ^^^^^^^^^^
   |
   = help: two or more of `a-z`, `0-9`, and `-`, `_`, `+` between them; no dots

"#]]
    );
    assert_data_eq!(
        said("name-capital.yaml"),
        str![[r#"
error: `Helminput` is no name for this
  --> name-capital.yaml:10:15
   |
10 |       - name: Helminput
   |               ^^^^^^^^^
   |
   = help: two or more of `a-z`, `0-9`, and `-`, `_`, `+` between them; no dots

"#]]
    );
    assert_data_eq!(
        said("unknown-key-component.yaml"),
        str![[r#"
error: a component has no key `homepage`
 --> unknown-key-component.yaml:4:5
  |
4 |     homepage: https://example.org
  |     ^^^^^^^^
  |
  = help: known are `name`, `version`, `provider`, `creationTime`, `labels`, `resources`, `sources`, `componentReferences` and `references`

"#]]
    );
    assert_data_eq!(
        said("unknown-key-reference.yaml"),
        str![[r#"
error: a reference has no key `repository`
  --> unknown-key-reference.yaml:12:9
   |
12 |         repository: x
   |         ^^^^^^^^^^
   |
   = help: known are `name`, `version`, `componentName`, `extraIdentity`, `labels` and `digest`

"#]]
    );
}

#[test]
fn refused_values_show_the_location_and_the_hint() {
    let case = Case::open("add-cv-refused");
    let said = |file: &str| case.refused(1, &publishing(file, "ctf"));
    assert_data_eq!(
        said("label-value-list.yaml"),
        str![[r#"
error: the value of label `l` of the component is a list, not text or an object
 --> label-value-list.yaml:6:27
  |
6 |       - { name: l, value: ["a"] }
  |                           ^^^^^
  |
  = help: the official schema takes nothing else

"#]]
    );
    assert_data_eq!(
        said("label-value-empty.yaml"),
        str![[r#"
error: the value of label `l` of the component is empty
 --> label-value-empty.yaml:6:27
  |
6 |       - { name: l, value: "" }
  |                           ^^

"#]]
    );
    assert_data_eq!(
        said("version-number.yaml"),
        str![[r#"
error: `version` of the component is a number, not text
 --> version-number.yaml:3:14
  |
3 |     version: 1.0
  |              ^^^
  |
  = help: write "1.0"

"#]]
    );
    assert_data_eq!(
        said("version-main.yaml"),
        str![[r#"
error: `version` of the component: `main` is not a version such as 1.2.3 or v1.2.3-rc.1
 --> version-main.yaml:3:14
  |
3 |     version: "main"
  |              ^^^^^^

"#]]
    );
    assert_data_eq!(
        said("provider-missing.yaml"),
        str![[r#"
error: the component has no `provider`
 --> provider-missing.yaml:2:5
  |
2 |   - name: ocm.software/plugin-registry
  |     ^^^^
  |
  = help: write `provider: { name: … }`

"#]]
    );
}

#[test]
fn refused_components_show_the_location_and_the_hint() {
    let case = Case::open("add-cv-refused");
    let said = |file: &str| case.refused(1, &publishing(file, "ctf"));
    assert_data_eq!(
        said("component-name-capital.yaml"),
        str![[r#"
error: `name` of the component: `ocm.software/Registry` is no component name
 --> component-name-capital.yaml:2:11
  |
2 |   - name: ocm.software/Registry
  |           ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: a lower-case domain and at least one more part, such as `acme.org/plugins/x`

"#]]
    );
    assert_data_eq!(
        said("components-empty.yaml"),
        str![[r#"
error: `components` is empty
 --> components-empty.yaml:1:13
  |
1 | components: []
  |             ^^
  |
  = help: write at least one component; the official CLI fails here as well

"#]]
    );
    assert_data_eq!(
        said("duplicate-resource.yaml"),
        str![[r#"
error: another resource has the identity `architecture=amd64,name=binary,os=linux,version=1.0.0`
  --> duplicate-resource.yaml:12:15
   |
12 |       - name: binary
   |               ^^^^^^
   |
   = help: tell them apart by `extraIdentity`, or by name

"#]]
    );
    assert_data_eq!(
        said("file-missing.yaml"),
        str![[r#"
error: input `bin/none` cannot be read: [..]No such file or directory (os error 2)
hint: paths are relative to the constructor's folder

"#]]
    );
}

#[test]
fn unusual_constructors_are_accepted_with_a_warning() {
    let case = Case::open("add-cv-odd-accepted");
    let said = |file: &str| {
        // `publish` fills nothing in, so the entries are pinned first.
        if fs::read_to_string(case.path(file))
            .unwrap()
            .contains("componentReferences")
        {
            case.done(&[
                "-q",
                "update",
                "--repin",
                "helminput",
                "-c",
                file,
                "-r",
                "ctf",
            ]);
        }
        let outcome = case.plugyard(&publishing(file, "ctf"));
        assert_eq!(outcome.code, Some(0), "{file}: {}", outcome.stderr);
        outcome.stderr
    };
    assert_data_eq!(
        said("unknown-key-top.yaml"),
        str![[r#"
warning: key `extra` of the constructor is ignored
  --> unknown-key-top.yaml:21:1
   |
21 | extra: 1
   | ^^^^^
   |
   = help: known are `components`
published

"#]]
    );
    assert_data_eq!(
        said("label-duplicate.yaml"),
        str![[r#"
warning: label `l` of the component stands here twice
 --> label-duplicate.yaml:7:9
  |
7 |       - { name: l, value: "b" }
  |         ^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: the first one counts; leave the other out
--first is ignored: ocm.software/plugin-registry:v1.0.2 is already published
published

"#]]
    );
    // The official CLI succeeds and does nothing for a file without a component.
    assert_data_eq!(
        case.refused(1, &publishing("empty-file.yaml", "ctf")),
        str![[r#"
error: the constructor is empty
 --> empty-file.yaml:1:1
  |
1 |
  | ^
  |
  = help: start with `name`, `version` and `provider`

"#]]
    );
    // Unpinned, because pinning rewrites the label from the plugin. The official CLI replaces `$`
    // from the environment.
    assert_data_eq!(
        case.refused(1, &publishing("dollar.yaml", "ctf")),
        str![[r#"
warning: `$` is taken literally here, the official CLI expands it
  --> dollar.yaml:15:36
   |
15 |             value: {"description": "costs $5 at ${HOMER} $$x", "platforms": ["linux/amd64"]}
   |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: do without `$` to have the same result everywhere
error: entry `helminput` has no digest, so nobody can check what it refers to
  --> dollar.yaml:10:15
   |
10 |       - name: helminput
   |               ^^^^^^^^^
   |
   = help: `plugyard update helminput --repin` computes it from the plugin's component

"#]]
    );
    assert_data_eq!(
        said("resource-no-platform.yaml"),
        str![[r#"
published

"#]]
    );
}
