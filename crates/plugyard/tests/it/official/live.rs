//! Runs the official CLI on Plugyard's output, and the reverse.
//!
//! It is the program named by `PLUGYARD_OCM`, otherwise `ocm` on the `PATH`. Without it, each test
//! prints `skipped: NAME: no official ocm CLI` and passes.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::Value;
use tempfile::TempDir;
use testkit::Archive;
use testkit::official::{NO_CONFIGURATION, official, skipped};

use crate::official::case::{Outcome, documents, plugyard, run};
use crate::official::constructors::is_the_same;
use crate::official::list::assert_same_rows;

const REGISTRY: &str = "acme.org/plugin-registry";
const DEMO: &str = "acme.org/plugins/demo";
/// Responds like a plugin. Ends with `exit`, so that nothing after it is ever run.
const SCRIPT: &str = r#"#!/bin/sh
case "${1:-}" in
  capabilities)
    printf '{"capabilities":[{"type":"inputRepository","supportedInputTypes":[{"type":"demo/v1","aliases":null,"jsonSchema":"eyJ0eXBlIjoib2JqZWN0In0="}]}]}\n'
    exit 0 ;;
esac
exit 64
"#;
const CAPABILITIES: &str = r#"{"capabilities":[{"type":"inputRepository","supportedInputTypes":[{"type":"demo/v1","aliases":null,"jsonSchema":"eyJ0eXBlIjoib2JqZWN0In0="}]}]}"#;

/// A working directory, and the official CLI to run in it.
struct Peer {
    root: TempDir,
    ocm: PathBuf,
}

/// Makes a working directory, if there is an official CLI.
fn peer(test: &str) -> Option<Peer> {
    let ocm = official(test)?;
    let root = tempfile::tempdir().unwrap();
    for name in ["work", "home"] {
        fs::create_dir(root.path().join(name)).unwrap();
    }
    let peer = Peer { root, ocm };
    peer.write("cfg.yaml", NO_CONFIGURATION);
    Some(peer)
}

impl Peer {
    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs the official CLI.
    fn ocm_outcome(&self, line: &str) -> Outcome {
        let mut arguments = vec!["--loglevel", "error", "--config", "cfg.yaml"];
        arguments.extend(line.split_whitespace());
        run(Command::new(&self.ocm), &self.path(""), &arguments)
    }

    /// Runs the official CLI, which must succeed.
    #[track_caller]
    fn ocm(&self, line: &str) -> String {
        let outcome = self.ocm_outcome(line);
        assert_eq!(
            outcome.code,
            Some(0),
            "ocm {line}\n{}{}",
            outcome.stdout,
            outcome.stderr
        );
        outcome.stdout
    }

    /// Runs Plugyard, which must succeed.
    #[track_caller]
    fn plugyard(&self, line: &str) -> String {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let outcome = plugyard(&self.path(""), &arguments);
        assert_eq!(outcome.code, Some(0), "plugyard {line}\n{}", outcome.stderr);
        outcome.stdout
    }

    fn plugyard_json(&self, line: &str) -> Value {
        serde_json::from_str(&self.plugyard(line)).unwrap()
    }

    /// Publishes a plugin that is a script.
    fn plugin(&self, repository: &str, component: &str, version: &str) {
        for platform in ["linux", "darwin"] {
            self.write(
                platform,
                format!("{SCRIPT}# {component} {version} {platform}\n"),
            );
        }
        self.write("capabilities.json", CAPABILITIES);
        self.plugyard(&format!(
            "plugin publish --name {component} --version {version} --description Demo -r {repository} \
             --capabilities capabilities.json linux/amd64=linux darwin/arm64=darwin"
        ));
    }

    /// A registry with two plugins, one of them in two versions.
    fn registry(&self, repository: &str) {
        self.plugin(repository, DEMO, "9.0.0");
        self.plugin(repository, "acme.org/plugins/other", "0.1.0");
        self.plugyard(&format!("init --name {REGISTRY} -r {repository}"));
        self.plugyard(&format!("add {DEMO} acme.org/plugins/other"));
        self.plugin(repository, DEMO, "10.0.0");
        self.plugyard(&format!("add {DEMO}"));
        self.plugyard("publish --first");
    }
}

#[test]
fn a_published_plugin_can_be_fetched_and_downloaded() {
    let Some(peer) = peer("a_published_plugin_can_be_fetched_and_downloaded") else {
        return;
    };
    peer.plugin("ctf", DEMO, "1.0.0");
    let reference = format!("ctf//{DEMO}:1.0.0");
    let official = documents(&peer.ocm(&format!("get cv {reference} -o json")), "json");
    assert_eq!(
        official,
        [peer.plugyard_json(&format!("component get {reference} -o json"))]
    );
    peer.ocm(&format!(
        "download plugin {reference} --output out --extra-identity os=linux,architecture=amd64 -f json"
    ));
    assert_eq!(
        fs::read(peer.path("out/demo")).unwrap(),
        fs::read(peer.path("linux")).unwrap()
    );
    peer.ocm(&format!(
        "download plugin {reference} --output mac --extra-identity os=darwin,architecture=arm64 --skip-validation"
    ));
    assert_eq!(
        fs::read(peer.path("mac/demo")).unwrap(),
        fs::read(peer.path("darwin")).unwrap()
    );
    // What was downloaded is a plugin that the official CLI starts with.
    peer.ocm("--plugin-directory out get config -o json");
}

#[test]
fn a_published_registry_is_listed() {
    let Some(peer) = peer("a_published_registry_is_listed") else {
        return;
    };
    peer.registry("ctf");
    let reference = format!("ctf//{REGISTRY}:v0.1.0");
    let official = documents(&peer.ocm(&format!("get cv {reference} -o json")), "json");
    assert_eq!(
        official,
        [peer.plugyard_json(&format!("component get {reference} -o json"))]
    );
    let official = peer.ocm(&format!("get cv {reference} -o yaml"));
    let ours = peer.plugyard(&format!("component get {reference} -o yaml"));
    assert_eq!(documents(&official, "yaml"), documents(&ours, "yaml"));
    for repository in [&reference, &format!("ctf//{REGISTRY}")] {
        for form in ["json", "ndjson", "yaml"] {
            let official = peer.ocm(&format!(
                "plugin registry list --registry {repository} -o {form}"
            ));
            let ours = peer.plugyard(&format!("list --all --registry {repository} -o {form}"));
            assert_eq!(documents(&ours, form).len(), 3);
            assert_same_rows(&ours, &official, form, repository);
        }
    }
    for entry in ["demo", "other", "demo:10.0.0"] {
        let official = peer.ocm(&format!(
            "plugin registry get {entry} --registry {reference} -o json"
        ));
        let (name, version) = entry.split_once(':').unwrap_or((entry, ""));
        let all = peer.plugyard_json(&format!("list --all --registry {reference} -o json"));
        let rows: Value = all
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["name"] == name && (version.is_empty() || row["version"] == version))
            .cloned()
            .collect();
        assert_same_rows(&rows.to_string(), &official, "json", entry);
    }
    let tree = peer.ocm(&format!("get cv {reference} --recursive -o json"));
    assert_eq!(documents(&tree, "json").len(), 4);
}

#[test]
fn a_transferred_registry_is_the_same_one() {
    let Some(peer) = peer("a_transferred_registry_is_the_same_one") else {
        return;
    };
    peer.registry("ctf");
    peer.ocm(&format!(
        "transfer cv ctf//{REGISTRY}:v0.1.0 moved -r --copy-resources"
    ));
    let list = |repository: &str| {
        peer.plugyard(&format!(
            "list --all --registry {repository}//{REGISTRY} -o json"
        ))
        .replace(&format!("{repository}//"), "")
    };
    assert_eq!(list("moved"), list("ctf"));
    let hash = |repository: &str| {
        peer.plugyard(&format!("component hash {repository}//{REGISTRY}:v0.1.0"))
    };
    assert_eq!(hash("moved"), hash("ctf"));
    let said = peer.plugyard(&format!("component verify moved//{REGISTRY}"));
    assert!(said.contains("all digests match"), "{said}");
    // And publishing the same constructor finds the transferred registry already published.
    let said = plugyard(&peer.path(""), &["publish", "-r", "moved", "-o", "json"]);
    let publication: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(publication["status"], "unchanged", "{}", said.stderr);
}

#[test]
fn the_official_cli_builds_the_same_registry_from_the_same_constructor() {
    let Some(peer) = peer("the_official_cli_builds_the_same_registry_from_the_same_constructor")
    else {
        return;
    };
    peer.registry("ctf");
    for plugin in [
        format!("{DEMO}:9.0.0"),
        format!("{DEMO}:10.0.0"),
        "acme.org/plugins/other:0.1.0".into(),
    ] {
        peer.ocm(&format!(
            "transfer cv ctf//{plugin} theirs --copy-resources"
        ));
    }
    peer.ocm("add cv -r theirs -c component-constructor.yaml");
    let find = |repository: &str| {
        Archive::read(&peer.path(repository))
            .find(REGISTRY, "v0.1.0")
            .unwrap()
    };
    assert!(is_the_same(&find("ctf"), &find("theirs")));
    // A pin with one wrong digit is refused by both.
    let constructor = fs::read_to_string(peer.path("component-constructor.yaml")).unwrap();
    let at = constructor
        .find("value: ")
        .map(|_| constructor.rfind("jsonNormalisation/v4alpha1").unwrap())
        .unwrap();
    let value = at + constructor[at..].find("value: ").unwrap() + "value: ".len();
    let digit = constructor[value..]
        .find(|letter: char| letter.is_ascii_hexdigit())
        .unwrap()
        + value;
    let other = if &constructor[digit..=digit] == "a" {
        "b"
    } else {
        "a"
    };
    let mut wrong = constructor.clone();
    wrong.replace_range(digit..=digit, other);
    let wrong = wrong.replace("version: v0.1.0", "version: v0.1.1");
    assert_ne!(wrong, constructor);
    peer.write("wrong.yaml", wrong);
    assert_ne!(
        peer.ocm_outcome("add cv -r theirs -c wrong.yaml").code,
        Some(0)
    );
    assert_eq!(
        plugyard(&peer.path(""), &["publish", "-c", "wrong.yaml"]).code,
        Some(1)
    );
}

/// A constructor with everything that both accept.
const RICH: &str = r#"name: acme.org/rich
version: 1.2.3-rc.1+build.7
provider:
  name: acme.org
  labels: [{ name: p, value: { "<a&b>": "é\u2028" }, signing: true }, { name: q, value: x }]
labels:
  - { name: l, value: { z: 1.0, y: [null, no, 014, 1e21, "😀"], "\u20ac": null }, signing: true }
  - { name: unsigned, value: text }
resources:
  - { name: text, type: plainText, input: { type: utf8, text: "hello" } }
  - { name: json, type: json, version: "2", input: { type: utf8, json: { b: 1, a: ["<x>", 1.5] } } }
  - { name: yaml, type: yaml, input: { type: utf8, yaml: { b: 1, a: x } } }
  - name: binary
    type: ocmPlugin
    relation: local
    extraIdentity: { os: linux, architecture: amd64, variant: v8 }
    labels: [{ name: r, value: { k: y }, signing: true }]
    input: { type: file, path: file.bin, mediaType: application/octet-stream }
  - { name: folder, type: directoryTree, input: { type: dir, path: folder, reproducible: true, mediaType: application/x-tar } }
sources:
  - { name: code, type: text, input: { type: utf8, text: "source" } }
"#;

#[test]
fn both_build_the_same_from_a_complete_constructor() {
    let Some(peer) = peer("both_build_the_same_from_a_complete_constructor") else {
        return;
    };
    peer.write("rich.yaml", RICH);
    peer.write("file.bin", [0, 1, 2, 255]);
    for (name, content) in [
        ("folder/b.txt", "b"),
        ("folder/a/x.txt", "x"),
        ("folder/a.txt", ""),
    ] {
        peer.write(name, content);
    }
    peer.ocm("add cv -r theirs -c rich.yaml");
    peer.plugyard("publish --first -c rich.yaml -r ctf");
    let find = |repository: &str| {
        Archive::read(&peer.path(repository))
            .find("acme.org/rich", "1.2.3-rc.1.build-build.7")
            .unwrap()
    };
    let (ours, theirs) = (find("ctf"), find("theirs"));
    assert_eq!(
        String::from_utf8_lossy(&ours.layer),
        String::from_utf8_lossy(&theirs.layer)
    );
    assert!(
        is_the_same(&ours, &theirs),
        "{:#}\n{:#}",
        ours.manifest,
        theirs.manifest
    );
    // And each reads the other's.
    for repository in ["ctf", "theirs"] {
        let reference = format!("{repository}//acme.org/rich:1.2.3-rc.1+build.7");
        let official = documents(&peer.ocm(&format!("get cv {reference} -o json")), "json");
        assert_eq!(
            official,
            [peer.plugyard_json(&format!("component get {reference} -o json"))]
        );
        peer.plugyard(&format!("component verify {reference}"));
    }
}

#[test]
fn source_references_of_inputs_are_dropped_like_in_the_official_cli() {
    let Some(peer) = peer("source_references_of_inputs_are_dropped_like_in_the_official_cli")
    else {
        return;
    };
    let constructor = "name: acme.org/a\nversion: 1.0.0\nprovider: { name: acme.org }\nresources:\n  \
        - { name: text, type: plainText, srcRefs: [{ identitySelector: { name: code } }], input: { type: utf8, text: x } }\n";
    peer.write("c.yaml", constructor);
    peer.ocm("add cv -r theirs -c c.yaml");
    peer.plugyard("publish --first -c c.yaml -r ctf");
    let get = |repository: &str| {
        peer.plugyard_json(&format!(
            "component get {repository}//acme.org/a:1.0.0 -o json"
        ))
    };
    assert_eq!(get("ctf"), get("theirs"));
    let hash =
        |repository: &str| peer.plugyard(&format!("component hash {repository}//acme.org/a:1.0.0"));
    assert_eq!(hash("ctf"), hash("theirs"));
}

#[test]
fn an_archive_that_both_write_to_has_the_versions_of_both() {
    let Some(peer) = peer("an_archive_that_both_write_to_has_the_versions_of_both") else {
        return;
    };
    let constructor = |version: &str| {
        format!("name: acme.org/a\nversion: {version}\nprovider: {{ name: acme.org }}\n")
    };
    for (number, version) in ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].iter().enumerate() {
        peer.write("c.yaml", constructor(version));
        if number % 2 == 0 {
            peer.plugyard("publish --first -c c.yaml -r ctf");
        } else {
            peer.ocm("add cv -r ctf -c c.yaml");
        }
    }
    let official = documents(&peer.ocm("get cv ctf//acme.org/a -o json"), "json");
    assert_eq!(official.len(), 4);
    for descriptor in official {
        let version = descriptor["component"]["version"].as_str().unwrap();
        assert_eq!(
            descriptor,
            peer.plugyard_json(&format!("component get ctf//acme.org/a:{version} -o json"))
        );
    }
}

/// The example plugin, if it is built.
fn gitinput(test: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_BIN_EXE_plugyard")).with_file_name("gitinput");
    if path.is_file() {
        return Some(path);
    }
    skipped(test, "gitinput is not built");
    None
}

#[test]
fn a_real_plugin_is_published_downloaded_and_used() {
    let test = "a_real_plugin_is_published_downloaded_and_used";
    let (Some(peer), Some(gitinput)) = (peer(test), gitinput(test)) else {
        return;
    };
    // The program is run for its capabilities.
    peer.plugyard(&format!(
        "plugin publish --name acme.org/plugins/gitinput --version 0.1.0 -r ctf {}/{}={}",
        std::env::consts::OS.replace("macos", "darwin"),
        std::env::consts::ARCH
            .replace("x86_64", "amd64")
            .replace("aarch64", "arm64"),
        gitinput.display()
    ));
    peer.ocm("download plugin ctf//acme.org/plugins/gitinput:0.1.0 --output plugins -f json");
    assert!(fs::read(peer.path("plugins/gitinput")).unwrap() == fs::read(&gitinput).unwrap());
    peer.write("repository/charts/a.txt", "in the chart\n");
    peer.write("repository/README.md", "outside\n");
    for line in [
        "init -q -b main",
        "add .",
        "-c user.name=t -c user.email=t@acme.org commit -q -m first",
    ] {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let outcome = run(Command::new("git"), &peer.path("repository"), &arguments);
        assert_eq!(outcome.code, Some(0), "git {line}: {}", outcome.stderr);
    }
    peer.write(
        "c.yaml",
        "name: acme.org/charts\nversion: 1.0.0\nprovider: { name: acme.org }\nresources:\n  \
         - { name: charts, type: directoryTree, input: { type: git/v1, repository: ./repository, ref: main, path: charts } }\n",
    );
    peer.ocm("--plugin-directory plugins add cv -r built -c c.yaml");
    let reference = "built//acme.org/charts:1.0.0";
    let said = peer.plugyard(&format!("component verify {reference}"));
    assert!(said.contains("1 local blob"), "{said}");
    let descriptor = peer.plugyard_json(&format!("component get {reference} -o json"));
    let resource = &descriptor["component"]["resources"][0];
    assert_eq!(resource["access"]["mediaType"], "application/x-tar");
    let archive = Archive::read(&peer.path("built"));
    let tar = String::from_utf8_lossy(archive.bytes(&resource["access"]["localReference"]));
    assert!(tar.contains("in the chart\n"));
    assert!(!tar.contains("outside\n"));
}
