//! The official CLI and Plugyard read each other on one registry.

use std::path::PathBuf;

use serde_json::Value;
use testkit::Server;
use testkit::official::{NO_CONFIGURATION, QUIET, official};

use crate::servers::{docker_registry, published};
use crate::yard::{DEMO, REGISTRY, Yard};

struct Peer {
    server: Server,
    yard: Yard,
    program: PathBuf,
}

impl Peer {
    fn new(test: &str) -> Option<Self> {
        let program = official(test)?;
        let server = docker_registry(test)?;
        let yard = published(&server, "ours");
        yard.write("cfg.yaml", NO_CONFIGURATION);
        Some(Self {
            server,
            yard,
            program,
        })
    }

    fn repository(&self, path: &str) -> String {
        format!("{}/{path}", self.server.url())
    }

    /// Runs the official CLI, which must succeed.
    #[track_caller]
    fn ocm(&self, line: &str) -> String {
        let output = self
            .yard
            .program_of_others(&self.program)
            .args(["--loglevel", "error", "--config", "cfg.yaml"])
            .args(line.split_whitespace())
            .envs(QUIET)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ocm {line}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_official_cli_reads_our_components() {
    let Some(peer) = Peer::new("the_official_cli_reads_our_components") else {
        return;
    };
    let registry = format!("{}//{REGISTRY}", peer.repository("ours"));
    let official = json(&peer.ocm(&format!("get cv {registry}:v0.1.0 -o json")));
    let descriptor = official.as_array().map_or(&official, |list| &list[0]);
    assert_eq!(descriptor["component"]["name"], REGISTRY);
    let official = json(&peer.ocm(&format!(
        "plugin registry list --registry {registry} -o json"
    )));
    let ours = peer
        .yard
        .done(&format!("list --all --registry {registry} -o json"));
    let ours = ours.json();
    for key in ["name", "version", "platforms", "description", "registry"] {
        assert_eq!(official[0][key], ours[0][key], "{key}");
    }
    peer.ocm(&format!(
        "plugin registry get demo --registry {registry} -o json"
    ));
}

#[test]
fn components_published_by_the_official_cli_are_read() {
    let Some(peer) = Peer::new("components_published_by_the_official_cli_are_read") else {
        return;
    };
    let (ours, theirs) = (peer.repository("ours"), peer.repository("theirs"));
    peer.ocm(&format!(
        "transfer cv {ours}//{DEMO}:1.0.0 {theirs} --copy-resources"
    ));
    peer.ocm(&format!("add cv -r {theirs} -c component-constructor.yaml"));
    let registry = format!("{theirs}//{REGISTRY}");
    let said = peer.yard.done(&format!("component verify {registry}"));
    assert!(said.text().contains("all digests match"));
    let hash = |repository: &str| {
        peer.yard
            .done(&format!("component hash {repository}//{REGISTRY}"))
    };
    assert_eq!(hash(&ours).text(), hash(&theirs).text());
    let listed = peer
        .yard
        .done(&format!("list --registry {registry} -o json"));
    assert_eq!(listed.json()[0]["name"], "demo");
    // The same constructor is already published.
    let again = peer.yard.done(&format!("publish -r {theirs} -o json"));
    assert_eq!(again.json()["status"], "unchanged");
}
