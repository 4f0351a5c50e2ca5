//! Archives of the official CLI, copied unchanged to a registry: Plugyard reads the same.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use testkit::{Archive, Server};

use crate::servers::docker_registry;
use crate::yard::Yard;

/// Stores an archive under a path; returns whether all of it could be stored. Content that does not
/// match its digest can only be in an archive.
fn store(server: &Server, path: &str, archive: &Archive) -> bool {
    let right = |(digest, bytes): (&String, &Vec<u8>)| {
        *digest == format!("sha256:{}", testkit::sha256(bytes))
    };
    if !archive.blobs.iter().all(right) {
        return false;
    }
    archive.artifacts.iter().all(|artifact| {
        let repository = format!("{path}/{}", artifact["repository"].as_str().unwrap());
        let name = artifact["tag"].as_str().or(artifact["digest"].as_str());
        store_manifest(
            server,
            &repository,
            name.unwrap(),
            &artifact["digest"],
            archive,
        )
    })
}

fn store_manifest(
    server: &Server,
    repository: &str,
    name: &str,
    digest: &Value,
    archive: &Archive,
) -> bool {
    let Some(bytes) = archive.blobs.get(digest.as_str().unwrap()) else {
        return false;
    };
    let Ok(manifest) = serde_json::from_slice::<Value>(bytes) else {
        return false;
    };
    let Some(kind) = manifest["mediaType"].as_str() else {
        return false;
    };
    for child in manifest["manifests"].as_array().into_iter().flatten() {
        let name = child["digest"].as_str().unwrap();
        if !store_manifest(server, repository, name, &child["digest"], archive) {
            return false;
        }
    }
    let layers = manifest["layers"].as_array().into_iter().flatten();
    for blob in layers.chain(manifest.get("config")) {
        let Some(bytes) = archive.blobs.get(blob["digest"].as_str().unwrap()) else {
            return false;
        };
        server.put_blob(repository, bytes);
    }
    server.put_manifest(repository, name, kind, bytes);
    true
}

/// The output of a command for a repository, which is replaced by `REPOSITORY`.
fn output(yard: &Yard, line: &str, repository: &str) -> (Option<i32>, String, String) {
    let outcome = yard.run(&line.replace("REPOSITORY", repository));
    let called = |text: &str| text.replace(repository, "REPOSITORY");
    (
        outcome.code,
        called(&String::from_utf8_lossy(&outcome.stdout)),
        called(&outcome.stderr),
    )
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn official_archives_give_the_same_results_on_a_registry() {
    let Some(server) = docker_registry("official_archives_give_the_same_results_on_a_registry")
    else {
        return;
    };
    let yard = Yard::new();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/official/cases");
    let (mut archives, mut components) = (0, BTreeSet::new());
    for path in testkit::files::archives(&cases) {
        let archive = Archive::read(&path);
        let repository = format!("{}/case-{archives}", server.url());
        if !store(&server, &format!("case-{archives}"), &archive) {
            continue;
        }
        archives += 1;
        let original = path.to_str().unwrap();
        let mut names = BTreeSet::new();
        for component in archive.components() {
            let own = format!(
                "{}:{}",
                component.name,
                component.tag.replacen(".build-", "+", 1)
            );
            names.insert(component.name.clone());
            components.insert(testkit::sha256(&component.layer));
            for line in [
                "component get REPOSITORY//OWN -o raw",
                "component verify REPOSITORY//OWN",
            ] {
                let line = line.replace("OWN", &own);
                let (expected, read) = (
                    output(&yard, &line, original),
                    output(&yard, &line, &repository),
                );
                assert_eq!(
                    (read.0, &read.1),
                    (expected.0, &expected.1),
                    "{line}: {original}"
                );
            }
        }
        for name in names {
            let line = format!("list --all -o json --registry REPOSITORY//{name}");
            let (expected, read) = (
                output(&yard, &line, original),
                output(&yard, &line, &repository),
            );
            assert_eq!(read, expected, "{line}: {original}");
        }
    }
    assert!(archives >= 20, "{archives} archives were stored");
    assert!(components.len() >= 40, "{} descriptors", components.len());
}
