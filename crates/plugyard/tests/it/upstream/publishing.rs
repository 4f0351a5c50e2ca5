//! The published content and how it is verified.

use serde_json::Value;
use testkit::Registry;
use testkit::registry::{Answer, Fault, Login, Quirks, Wire};

use crate::upstream::{CONSTRUCTOR, HELM, contents, contents_of, published, unpublished};
use crate::yard::{PUBLISHED, REGISTRY, Yard};

/// The component digest of the latest version of the registry.
fn latest(yard: &Yard) -> String {
    let digest = yard.done(&format!("component hash {PUBLISHED}"));
    digest.text().trim_end().to_owned()
}

/// Changes the content of the constructor, in this version.
fn reword(yard: &Yard, version: &str) {
    let (now, _) = contents(yard);
    let text = yard
        .read(CONSTRUCTOR)
        .replacen(&now, version, 1)
        .replace("{ name: acme.org }", "{ name: other.org }");
    yard.constructor(text);
}

#[test]
fn defect_1_a_failure_is_not_a_new_registry() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.plugin(HELM, "1.1.0");
    yard.write("transport-archive/artifact-index.json", "{");
    for line in ["update", "bump", "remove helminput --reason x", "diff"] {
        assert_eq!(yard.writes_nothing(line).code, Some(1), "{line}");
    }
}

#[test]
fn defect_1_only_one_response_of_a_registry_means_absent() {
    let registry = Registry::start();
    let yard = Yard::new();
    let repository = format!("{}/acme", registry.url());
    let digest = yard.plugin_in(&repository, HELM, "1.0.0");
    yard.plugin_in(&repository, HELM, "1.1.0");
    let entry = crate::upstream::entry("helminput", "1.0.0", HELM, &digest);
    yard.constructor(crate::upstream::registry("v0.0.1", &[entry]));
    yard.write("plugyard.yaml", format!("repository: {repository}\n"));
    yard.done("publish --first");
    let stored = registry.tags();
    for fault in [
        Fault::Answer(Answer::status(401)),
        Fault::Answer(Answer::error(403, "DENIED")),
        Fault::Answer(Answer::status(404)),
        Fault::Answer(Answer::status(429)),
        Fault::Answer(Answer::status(500)),
        Fault::Answer(Answer::status(200).body("null")),
        Fault::Answer(Answer::status(200).body("<html>")),
        Fault::Unheard(Wire::Reset),
        Fault::Close,
    ] {
        let tags = format!("{REGISTRY}/tags");
        let shown = format!("{fault:?}");
        registry.fail("GET", &tags, 1, 99, fault);
        let before = yard.read(CONSTRUCTOR);
        for line in ["update", "publish --first", "bump"] {
            let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.1", line);
            assert_eq!(outcome.code, Some(1), "{shown}: {line}");
            assert!(!outcome.stderr.contains("NaN"), "{}", outcome.stderr);
        }
        assert_eq!(yard.read(CONSTRUCTOR), before, "{shown}");
        assert_eq!(registry.tags(), stored, "{shown}");
        registry.recover();
    }
    yard.done("update");
    assert_eq!(contents(&yard).0, "v0.0.2");
}

#[test]
fn defect_2_a_published_version_is_never_replaced() {
    let yard = published("v0.0.1", &["helminput@1.0.0"]);
    let before = latest(&yard);
    // As if the registry were new: its first version again, with one other entry.
    let digest = yard.plugin("acme.org/plugins/other", "1.0.0");
    let entry = crate::upstream::entry("other", "1.0.0", "acme.org/plugins/other", &digest);
    yard.constructor(crate::upstream::registry("v0.0.1", &[entry]));
    for line in ["publish", "publish --first"] {
        let outcome = yard.writes_nothing(line);
        assert_eq!(outcome.code, Some(1), "{line}");
        let expected = format!("{REGISTRY}:v0.0.1 is already published with different content");
        assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
    }
    assert_eq!(latest(&yard), before);
    // A spelling that users could not distinguish is not published either.
    yard.constructor(yard.read(CONSTRUCTOR).replace("v0.0.1", "0.0.1"));
    assert_eq!(yard.run("check -o json").code, Some(3));
}

#[test]
fn defect_11_the_published_registry_can_be_rebuilt_from_git_and_compared() {
    // Nothing is signed yet. But everything in a registry version is in git, so anyone who has the
    // repository can check whether it is the registry that was reviewed.
    let yard = unpublished("v0.2.0", &["helminput@1.0.0"]);
    let first = yard.done("publish --first -o json").json();
    let constructor = yard.read(CONSTRUCTOR);
    let stranger = unpublished("v0.2.0", &["helminput@1.0.0"]);
    stranger.constructor(&constructor);
    let again = stranger.done("publish --first -o json").json();
    assert_eq!(again["componentDigest"], first["componentDigest"]);
    assert_eq!(again["manifestDigest"], first["manifestDigest"]);
    assert_eq!(yard.done("publish -o json").json()["status"], "unchanged");
    // Someone with push permission replaces it: this is detected.
    fs_err::remove_dir_all(yard.path("transport-archive")).unwrap();
    yard.plugin(HELM, "1.0.0");
    reword(&yard, "v0.2.0");
    yard.done("publish --first");
    yard.constructor(&constructor);
    let outcome = yard.writes_nothing("publish");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("with different content"),
        "{}",
        outcome.stderr
    );
    assert_eq!(yard.run("diff --exit-code").code, Some(3));
    // A reader with a pin on the reviewed version does not accept it.
    let pinned = format!("{PUBLISHED}:v0.2.0@{}", text(&first, "manifestDigest"));
    let outcome = yard.run(&format!("list --registry {pinned}"));
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("is pinned to"),
        "{}",
        outcome.stderr
    );
}

fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json[key].as_str().unwrap()
}

#[test]
fn defect_11_every_entry_is_pinned_and_verified_to_its_programs() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    let line = format!("component verify {PUBLISHED} -o json");
    assert_eq!(yard.run(&line).code, Some(0));
    // An entry without a digest is not published.
    let text = yard.read(CONSTRUCTOR).replace("v0.2.0", "v0.2.1");
    let bare = text.split("    digest:").next().unwrap();
    yard.constructor(bare);
    let outcome = yard.writes_nothing("publish");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("--repin"), "{}", outcome.stderr);
    // One changed byte of one program.
    let blobs = fs_err::read_dir(yard.path("transport-archive/blobs")).unwrap();
    let program = blobs
        .map(|entry| entry.unwrap().path())
        .find(|path| fs_err::read(path).unwrap().starts_with(b"#!"))
        .unwrap();
    let mut bytes = fs_err::read(&program).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(&program, bytes).unwrap();
    assert_eq!(yard.run(&line).code, Some(3));
}

#[test]
fn defect_14_quick_releases_are_not_lost() {
    let entries = ["alpha@1.0.0", "beta@1.0.0", "gamma@1.0.0"];
    let yard = published("v0.2.0", &entries);
    for name in ["alpha", "beta", "gamma"] {
        yard.plugin(&format!("acme.org/plugins/{name}"), "1.1.0");
    }
    // Whichever of the three events arrives, or only the schedule: new versions are read from the
    // plugins' repositories, not from the event.
    yard.done("update");
    let (version, entries) = contents(&yard);
    assert_eq!(version, "v0.2.1");
    for name in ["alpha", "beta", "gamma"] {
        assert!(entries.contains(&format!("{name}@1.1.0")), "{entries:?}");
    }
}

#[test]
fn defect_16_one_of_two_publishers_gets_an_error() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    let seen = latest(&yard);
    let text = yard.read(CONSTRUCTOR);
    // Both started from the same version. The first one has finished.
    yard.plugin("acme.org/plugins/other", "1.0.0");
    yard.done("add acme.org/plugins/other");
    yard.done("publish");
    let theirs = latest(&yard);
    // The second publisher has created another v0.3.0 meanwhile.
    yard.constructor(text.replace("v0.2.0", "v0.3.0"));
    let outcome = yard.writes_nothing("publish");
    assert_eq!(outcome.code, Some(1));
    let said = &outcome.stderr;
    assert!(said.contains("v0.3.0 is already published"), "{said}");
    // Or a v0.3.1, with `--expect` of the version it is based on.
    yard.constructor(text.replace("v0.2.0", "v0.3.1"));
    let outcome = yard.writes_nothing(&format!("publish --expect {seen}"));
    assert_eq!(outcome.code, Some(1));
    let said = &outcome.stderr;
    assert!(
        said.contains("another version was published in the meantime"),
        "{said}"
    );
    assert_eq!(latest(&yard), theirs);
    yard.done(&format!("publish --expect {theirs}"));
}

#[test]
fn defect_16_one_of_two_concurrent_contents_is_refused() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    let text = yard.read(CONSTRUCTOR).replace("v0.2.0", "v0.2.1");
    let writers: Vec<_> = ["one.org", "two.org"]
        .map(|provider| {
            let file = format!("{provider}.yaml");
            yard.write(
                &file,
                text.replace("{ name: acme.org }", &format!("{{ name: {provider} }}")),
            );
            let mut command = yard.command();
            command.args(["publish", "-c", &file]);
            command.stderr(std::process::Stdio::piped());
            command.stdout(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    let mut codes: Vec<_> = writers.iter().map(|output| output.status.code()).collect();
    codes.sort();
    assert_eq!(codes, [Some(0), Some(1)], "{writers:?}");
    yard.done(&format!("component verify {PUBLISHED}:v0.2.1"));
}

#[test]
fn defect_16_two_changes_of_one_version_are_merged() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    yard.write("base.yaml", yard.read(CONSTRUCTOR));
    for (name, file) in [("other", "ours.yaml"), ("another", "theirs.yaml")] {
        let component = format!("acme.org/plugins/{name}");
        yard.plugin(&component, "1.0.0");
        yard.write(file, yard.read("base.yaml"));
        yard.done(&format!("add {component} -c {file}"));
    }
    yard.done("merge-driver base.yaml ours.yaml theirs.yaml");
    let (version, entries) = contents_of(&yard.read("ours.yaml"));
    assert_eq!(version, "v0.4.0");
    assert_eq!(entries, ["another@1.0.0", "helminput@1.0.0", "other@1.0.0"]);
}

#[test]
fn defect_17_content_is_compared_not_only_found() {
    let yard = published("v0.2.0", &["helminput@1.0.0"]);
    // A plugin with that name and version exists, with other content.
    fs_err::remove_dir_all(yard.path("transport-archive")).unwrap();
    yard.publish_plugin("./transport-archive", HELM, "1.0.0", "Something else");
    let outcome = yard.writes_nothing("publish --first");
    assert_eq!(outcome.code, Some(1));
    let said = &outcome.stderr;
    assert!(
        said.contains("helminput") && said.contains("--repin"),
        "{said}"
    );
    let outcome = yard.writes_nothing("check");
    assert_eq!(outcome.code, Some(3));
    assert!(
        outcome.text().contains("digest-correct"),
        "{}",
        outcome.text()
    );
    // And the published content is read back: a registry that stores something else is detected.
    let registry = Registry::start();
    let repository = format!("{}/acme", registry.url());
    let digest = yard.plugin_in(&repository, HELM, "1.0.0");
    let entry = crate::upstream::entry("helminput", "1.0.0", HELM, &digest);
    yard.constructor(crate::upstream::registry("v0.2.0", &[entry]));
    let other = format!("sha256:{}", crate::yard::WRONG);
    for method in ["HEAD", "GET"] {
        let fault = Fault::With("docker-content-digest", other.clone());
        registry.fail(method, &format!("{REGISTRY}/manifests/v0.2.0"), 1, 9, fault);
    }
    let outcome = yard.run(&format!("publish --first -r {repository}"));
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let expected = format!("expected {other}, found sha256:");
    assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
}

#[test]
fn defect_25_a_failure_prints_no_credentials() {
    const PASSWORD: &str = "Zq4-nobody-else-knows";
    let login = Login::Basic {
        user: "robot".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let registry = Registry::with(login, Quirks::default());
    let yard = unpublished("v0.2.0", &["helminput@1.0.0"]);
    let auth = testkit::registry::base64(format!("robot:{PASSWORD}").as_bytes());
    let file = format!(
        r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#,
        registry.host()
    );
    yard.write("../home/.docker/config.json", file);
    yard.names_plain_http(&registry.url());
    let repository = format!("{}/acme", registry.url());
    yard.write("plugyard.yaml", "sources: [./transport-archive]\n");
    for fault in [
        Fault::Answer(Answer::error(401, "UNAUTHORIZED")),
        Fault::Answer(Answer::error(403, "DENIED")),
        Fault::Answer(Answer::status(500)),
        Fault::Close,
    ] {
        registry.forget();
        registry.fail("POST", "/uploads", 1, 99, fault.clone());
        registry.fail("PUT", "/manifests/", 1, 99, fault);
        let line = format!("publish --first -v -r {repository}");
        let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.1", &line);
        assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        let log = registry.log();
        let sent =
            |request: &testkit::registry::Request| !request.header("authorization").is_empty();
        assert!(log.iter().any(sent), "no password was needed");
        let said = format!("{}{}", outcome.text(), outcome.stderr);
        assert!(said.contains("POST http://"), "{said}");
        assert!(!said.contains(PASSWORD) && !said.contains(&auth), "{said}");
        registry.recover();
    }
}
