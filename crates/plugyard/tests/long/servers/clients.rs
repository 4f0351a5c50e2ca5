//! `oras`, `crane` and `skopeo`: they read what Plugyard pushed, and it reads what they copied.

use serde_json::Value;
use testkit::Server;

use crate::servers::{docker_registry, is_there, published, run, text};
use crate::yard::{DEMO, REGISTRY, Yard};

/// The repository of a component under a path, in the notation of other programs.
fn repository(server: &Server, path: &str, component: &str) -> String {
    format!(
        "{}/{path}/component-descriptors/{component}",
        server.address()
    )
}

/// The first steps of both tests of a program.
fn start(test: &str, program: &str) -> Option<(Server, Yard)> {
    if !is_there(test, program) {
        return None;
    }
    let server = docker_registry(test)?;
    let yard = published(&server, "acme");
    Some((server, yard))
}

/// The digest of a manifest as Plugyard has printed it.
fn digest(server: &Server, yard: &Yard, component: &str) -> String {
    let repository = format!("{}/acme//{component}", server.url());
    let verified = yard.done(&format!("component verify {repository} -o json"));
    let reference = verified.json()["reference"].as_str().unwrap().to_owned();
    reference.split('@').nth(1).unwrap().to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", testkit::sha256(bytes))
}

/// The digests of config and layers.
fn blobs(manifest: &[u8]) -> Vec<String> {
    let manifest: Value = serde_json::from_slice(manifest).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    let all = layers.iter().chain([&manifest["config"]]);
    all.map(|blob| blob["digest"].as_str().unwrap().to_owned())
        .collect()
}

/// Reads a registry and its plugin from a path to which another program copied them.
fn is_the_same(server: &Server, yard: &Yard, path: &str) {
    let read = |path: &str, line: &str| {
        let repository = format!("{}/{path}//{REGISTRY}", server.url());
        let outcome = yard.done(&line.replace("REF", &repository));
        outcome.text().replace(&repository, "REF")
    };
    for line in [
        "component get REF -o raw",
        "component hash REF",
        "component verify REF",
        "list --all -o json --registry REF",
        "info demo -o json --registry REF",
    ] {
        assert_eq!(read(path, line), read("acme", line), "{line}");
    }
    // And publishing it again reports that it is already published.
    let repository = format!("{}/{path}", server.url());
    let again = yard
        .done(&format!("publish -r {repository} -o json"))
        .json();
    assert_eq!(again["status"], "unchanged");
}

#[test]
fn oras_reads_what_was_pushed() {
    let Some((server, yard)) = start("oras_reads_what_was_pushed", "oras") else {
        return;
    };
    for (component, tag) in [(DEMO, "1.0.0"), (REGISTRY, "v0.1.0")] {
        let repository = repository(&server, "acme", component);
        let manifest = run(
            &yard,
            &format!("oras manifest fetch --plain-http {repository}:{tag}"),
        );
        assert_eq!(sha256(&manifest), digest(&server, &yard, component));
        for blob in blobs(&manifest) {
            let content = run(
                &yard,
                &format!("oras blob fetch --plain-http --output - {repository}@{blob}"),
            );
            assert_eq!(sha256(&content), blob);
        }
        let tags = text(&yard, &format!("oras repo tags --plain-http {repository}"));
        assert_eq!(tags, format!("{tag}\n"));
        run(
            &yard,
            &format!("oras copy --from-plain-http {repository}:{tag} --to-oci-layout layout:{tag}"),
        );
        for blob in blobs(&manifest) {
            let file = format!("layout/blobs/{}", blob.replace(':', "/"));
            let content = fs_err::read(yard.path(&file)).unwrap();
            assert_eq!(sha256(&content), blob);
        }
    }
}

#[test]
fn crane_reads_what_was_pushed() {
    let Some((server, yard)) = start("crane_reads_what_was_pushed", "crane") else {
        return;
    };
    for (component, tag) in [(DEMO, "1.0.0"), (REGISTRY, "v0.1.0")] {
        let repository = repository(&server, "acme", component);
        let manifest = run(&yard, &format!("crane manifest {repository}:{tag}"));
        assert_eq!(sha256(&manifest), digest(&server, &yard, component));
        for blob in blobs(&manifest) {
            let content = run(&yard, &format!("crane blob {repository}@{blob}"));
            assert_eq!(sha256(&content), blob);
        }
        let tags = text(&yard, &format!("crane ls {repository}"));
        assert_eq!(tags, format!("{tag}\n"));
        let said = text(
            &yard,
            &format!("crane validate --remote {repository}:{tag}"),
        );
        assert!(said.starts_with("PASS: "), "{said}");
    }
}

#[test]
fn skopeo_reads_what_was_pushed() {
    let Some((server, yard)) = start("skopeo_reads_what_was_pushed", "skopeo") else {
        return;
    };
    for (component, tag) in [(DEMO, "1.0.0"), (REGISTRY, "v0.1.0")] {
        let repository = repository(&server, "acme", component);
        let inspect = "skopeo inspect --raw --tls-verify=false";
        let manifest = run(&yard, &format!("{inspect} docker://{repository}:{tag}"));
        assert_eq!(sha256(&manifest), digest(&server, &yard, component));
        let copy = "skopeo copy -q --insecure-policy --src-tls-verify=false";
        run(
            &yard,
            &format!("{copy} docker://{repository}:{tag} dir:folder-{tag}"),
        );
        let copied = fs_err::read(yard.path(&format!("folder-{tag}/manifest.json"))).unwrap();
        assert_eq!(copied, manifest);
        for blob in blobs(&manifest) {
            let file = format!("folder-{tag}/{}", blob.replace("sha256:", ""));
            assert_eq!(sha256(&fs_err::read(yard.path(&file)).unwrap()), blob);
        }
        run(
            &yard,
            &format!("{copy} docker://{repository}:{tag} oci:layout:{tag}"),
        );
    }
}

/// Copies plugin and registry to another path with a command, and reads them there.
#[track_caller]
fn copied_by(test: &str, program: &str, line: &str) {
    let Some((server, yard)) = start(test, program) else {
        return;
    };
    for (component, tag) in [(DEMO, "1.0.0"), (REGISTRY, "v0.1.0")] {
        let from = repository(&server, "acme", component);
        let to = repository(&server, "copy", component);
        let line = line.replace("FROM", &format!("{from}:{tag}"));
        run(&yard, &line.replace("TO", &format!("{to}:{tag}")));
    }
    is_the_same(&server, &yard, "copy");
}

#[test]
fn a_copy_made_by_oras_is_read() {
    copied_by(
        "a_copy_made_by_oras_is_read",
        "oras",
        "oras copy --from-plain-http --to-plain-http FROM TO",
    );
}

#[test]
fn a_copy_made_by_crane_is_read() {
    copied_by(
        "a_copy_made_by_crane_is_read",
        "crane",
        "crane copy FROM TO",
    );
}

#[test]
fn a_copy_made_by_skopeo_is_read() {
    copied_by(
        "a_copy_made_by_skopeo_is_read",
        "skopeo",
        "skopeo copy -q --insecure-policy --src-tls-verify=false --dest-tls-verify=false docker://FROM docker://TO",
    );
}

#[test]
fn a_registry_copied_without_its_plugins_is_detected() {
    let name = "a_registry_copied_without_its_plugins_is_detected";
    let Some((server, yard)) = start(name, "crane") else {
        return;
    };
    let from = repository(&server, "acme", REGISTRY);
    let to = repository(&server, "alone", REGISTRY);
    run(&yard, &format!("crane copy {from}:v0.1.0 {to}:v0.1.0"));
    let repository = format!("{}/alone//{REGISTRY}", server.url());
    let listed = yard.done(&format!("list --registry {repository} -o json"));
    assert_eq!(listed.json()[0]["name"], "demo");
    let outcome = yard.run(&format!("component verify {repository}"));
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert!(
        outcome
            .text()
            .contains("demo@1.0.0: acme.org/plugins/demo:1.0.0 was not found in"),
        "{}",
        outcome.text()
    );
}

#[test]
fn an_artifact_that_is_not_a_component_is_refused_by_name() {
    let name = "an_artifact_that_is_not_a_component_is_refused_by_name";
    if !is_there(name, "oras") {
        return;
    }
    let Some((server, yard)) = start(name, "crane") else {
        return;
    };
    yard.write("notes.txt", "notes");
    let notes = repository(&server, "acme", "acme.org/notes");
    run(
        &yard,
        &format!("oras push --plain-http {notes}:1.0.0 notes.txt:text/plain"),
    );
    let demo = repository(&server, "acme", DEMO);
    let twin = repository(&server, "acme", "acme.org/twin");
    run(
        &yard,
        &format!("crane index append -m {demo}:1.0.0 -t {twin}:1.0.0"),
    );
    for (component, reason) in [
        ("notes", "it has no component descriptor"),
        (
            "twin",
            "holds the descriptor of acme.org/plugins/demo:1.0.0",
        ),
    ] {
        let repository = format!("{}/acme//acme.org/{component}", server.url());
        for line in ["component get", "component hash", "list --registry"] {
            let outcome = yard.run(&format!("{line} {repository}"));
            assert_eq!((outcome.code, outcome.text()), (Some(1), ""), "{line}");
            let talk = &outcome.stderr;
            assert!(talk.contains(reason), "{line}: {talk}");
            assert!(
                talk.contains(&format!("acme.org/{component}:1.0.0")),
                "{talk}"
            );
        }
        assert_eq!(
            yard.run(&format!("component verify {repository}")).code,
            Some(3)
        );
    }
    // As if crane had built an index for the component: the component is found inside.
    run(
        &yard,
        &format!("crane index append -m {demo}:1.0.0 -t {demo}:1.0.0"),
    );
    let repository = format!("{}/acme//{DEMO}", server.url());
    yard.done(&format!("component verify {repository}"));
}
