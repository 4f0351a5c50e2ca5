//! The content of the workflow files, ours and those that `init` writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use ocm::yaml::{Limits, parse};
use serde_json::{Value, json};

use crate::yard::{REGISTRY, Yard};

/// The directory of this repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of this repository.
pub(crate) fn file(path: &str) -> String {
    fs_err::read_to_string(root().join(path)).unwrap()
}

/// A workflow of this repository.
pub(crate) fn workflow(name: &str) -> Value {
    read(&file(&format!(".github/workflows/{name}")))
}

fn read(text: &str) -> Value {
    parse(text, Limits::constructor())
        .unwrap()
        .root
        .to_json()
        .unwrap()
}

/// What starts a workflow.
pub(crate) fn triggers(workflow: &Value) -> &Value {
    // The word `on` is a boolean for our reader, as in YAML 1.1.
    &workflow["true"]
}

/// A workflow or an action.
struct File {
    name: String,
    text: String,
    content: Value,
}

/// Every workflow and action of this repository, and every workflow that `init` writes.
fn all() -> Vec<File> {
    let yard = Yard::new();
    yard.done(&format!(
        "init new --name {REGISTRY} -r ghcr.io/acme/plugins"
    ));
    let mut paths = vec![root().join("action.yml"), root().join("propose/action.yml")];
    for folder in [
        root().join(".github/workflows"),
        yard.path("new/.github/workflows"),
    ] {
        let entries = fs_err::read_dir(folder).unwrap();
        paths.extend(entries.map(|entry| entry.unwrap().path()));
    }
    assert_eq!(paths.len(), 2 + 6 + 3, "{paths:?}");
    paths
        .into_iter()
        .map(|path| {
            let text = fs_err::read_to_string(&path).unwrap();
            let content = read(&text);
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            File {
                name,
                text,
                content,
            }
        })
        .collect()
}

impl File {
    fn is_started_by(&self, event: &str) -> bool {
        triggers(&self.content).get(event).is_some()
    }

    /// The jobs, with their names; none for an action.
    fn jobs(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.content["jobs"].as_object().into_iter().flatten()
    }

    /// All steps.
    fn steps(&self) -> Vec<&Value> {
        let lists = self.jobs().map(|(_, job)| &job["steps"]);
        lists
            .chain([&self.content["runs"]["steps"]])
            .filter_map(Value::as_array)
            .flatten()
            .collect()
    }

    /// Whether a step publishes a registry.
    fn publishes(&self) -> bool {
        self.steps().iter().any(|step| {
            let arguments = step["with"]["args"].as_str().unwrap_or_default();
            let commands = step["run"].as_str().unwrap_or_default();
            arguments.starts_with("publish") || commands.contains("plugyard publish")
        })
    }
}

#[test]
fn defect_10_only_the_content_of_main_is_published() {
    let files = all();
    let publishing: Vec<&File> = files.iter().filter(|file| file.publishes()).collect();
    assert_eq!(publishing.len(), 2, "ours, and the one that `init` writes");
    for file in publishing {
        assert_eq!(file.name, "registry-publish.yml");
        let triggers = triggers(&file.content).as_object().unwrap();
        assert_eq!(triggers["push"], json!({"branches": ["main"]}));
        // Only users who may push to the repository can start it by hand, and it also uses main.
        let others = triggers.keys().filter(|event| *event != "push");
        assert_eq!(others.collect::<Vec<_>>(), ["workflow_dispatch"]);
        let checkout = &file.content["jobs"]["publish"]["steps"][0];
        assert_eq!(checkout["with"]["ref"], "main");
    }
}

#[test]
fn defect_10_an_event_may_only_propose() {
    let mut started = 0;
    for file in all()
        .iter()
        .filter(|file| file.is_started_by("repository_dispatch"))
    {
        started += 1;
        assert!(!file.publishes(), "{}", file.name);
        assert_eq!(file.content["permissions"], json!({}), "{}", file.name);
        for (name, job) in file.jobs() {
            // It can push branches and open pull requests, but only read the registry.
            let rights = json!({"contents": "write", "pull-requests": "write", "packages": "read"});
            assert_eq!(job["permissions"], rights, "{name}");
            for step in job["steps"].as_array().unwrap() {
                assert!(step.get("run").is_none(), "{name}");
                let used = step["uses"].as_str().unwrap().split('@').next().unwrap();
                let known = [
                    "actions/checkout",
                    "open-component-model/plugyard",
                    "open-component-model/plugyard/propose",
                ];
                assert!(known.contains(&used), "{name}: {used}");
                assert_eq!(step["with"].get("args"), None, "{name}: only installed");
            }
        }
    }
    assert_eq!(started, 2, "ours, and the one that `init` writes");
    // And the proposing job does not merge, approve or publish.
    let script = file("propose/propose");
    for words in ["plugyard publish", "gh pr", "/merge", "/reviews", "auto"] {
        assert!(!script.contains(words), "{words}");
    }
}

#[test]
fn defect_11_release_archives_have_provenance() {
    let job = &workflow("release.yml")["jobs"]["release"];
    let rights = json!({"contents": "write", "id-token": "write", "attestations": "write"});
    assert_eq!(job["permissions"], rights);
    let steps = job["steps"].as_array().unwrap();
    let position = |part: &str| {
        let found = steps
            .iter()
            .position(|step| step.to_string().contains(part));
        found.unwrap_or_else(|| panic!("{part} is in no step"))
    };
    let attested = position("actions/attest-build-provenance@");
    let checksums = &steps[attested]["with"]["subject-checksums"];
    assert_eq!(checksums, "out/SHA256SUMS", "every archive");
    assert!(position("sha256sum -- *.tar.gz >SHA256SUMS") < attested);
    assert!(attested < position("gh release create"));
}

#[test]
fn defect_13_everything_that_runs_is_pinned() {
    let mut pinned = 0;
    for file in all() {
        for (name, job) in file.jobs() {
            let runner = job["runs-on"].as_str().unwrap();
            assert!(!runner.contains("latest"), "{}: {name}", file.name);
            assert_eq!(job.get("container"), None, "{}: {name}", file.name);
        }
        for step in file.steps() {
            let Some(used) = step["uses"].as_str() else {
                continue;
            };
            let (_, commit) = used.split_once('@').unwrap();
            let digits = commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(digits && commit.len() == 40, "{}: {used}", file.name);
            pinned += 1;
        }
        for moving in ["@main", "@master", ":latest", ":main"] {
            assert!(!file.text.contains(moving), "{}: {moving}", file.name);
        }
    }
    assert!(pinned > 20, "{pinned}");
    // The action installs one version, and the release can be pinned by its checksum.
    let action = read(&file("action.yml"));
    let version = &action["inputs"]["version"]["default"];
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert!(action["inputs"].get("checksums").is_some());
}

/// The message of `action/install` about a release that it refuses.
fn install(version: &str, checksums: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    // Instead of the network: the archive, and the checksum of another one.
    let path = folder.path().join("bin");
    fs_err::create_dir(&path).unwrap();
    let curl = path.join("curl");
    let wrong = crate::yard::WRONG;
    let script = format!(
        "#!/bin/sh\nfor word; do\n  [ \"$last\" = -o ] && file=$word\n  last=$word\ndone\ncase $last in\n*SHA256SUMS) for machine in amd64 arm64; do for system in linux darwin; do\n  echo \"{wrong}  plugyard-0.1.0-$system-$machine.tar.gz\"\ndone; done >\"$file\" ;;\n*) echo tampered >\"$file\" ;;\nesac\n"
    );
    fs_err::write(&curl, script).unwrap();
    let chmod = Command::new("chmod").arg("+x").arg(&curl).status();
    assert!(chmod.unwrap().success());
    let output = Yard::new()
        .program_of_others("bash")
        .arg(root().join("action/install"))
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", path.display()),
        )
        .env("RUNNER_TEMP", folder.path())
        .env("GITHUB_OUTPUT", folder.path().join("output"))
        .env("GITHUB_PATH", folder.path().join("path"))
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
        .env("PLUGYARD_PATH", "")
        .env("PLUGYARD_VERSION", version)
        .env("PLUGYARD_DOWNLOADS", "https://downloads.invalid")
        .env("PLUGYARD_CHECKSUMS", checksums)
        .output()
        .unwrap();
    assert!(!folder.path().join("path").exists(), "nothing is installed");
    let said = fs_err::read_to_string(folder.path().join("summary")).unwrap();
    (output.status.code(), said)
}

#[test]
fn defect_13_a_program_that_differs_from_the_pinned_one_is_not_installed() {
    for (version, checksums, reason) in [
        ("main", "", "is not a valid version"),
        ("latest", "", "is not a valid version"),
        ("0.1.0", "", "does not match SHA256SUMS"),
        (
            "0.1.0",
            crate::yard::WRONG,
            "does not match the input 'checksums'",
        ),
    ] {
        let (code, said) = install(version, checksums);
        assert_eq!(code, Some(1), "{version}: {said}");
        assert!(said.contains(reason), "{version}: {said}");
        assert!(said.contains("What to do"), "{said}");
    }
}

#[test]
fn defect_14_no_run_displaces_the_run_of_another_release() {
    let ours = workflow("registry-update.yml");
    let group = &ours["jobs"]["propose"]["concurrency"];
    // A waiting run is dropped in favour of a newer one in its group, which only contains the same release.
    let text = group["group"].as_str().unwrap();
    for word in ["plugin_name", "plugin_version"] {
        for source in ["inputs", "github.event.client_payload"] {
            assert!(text.contains(&format!("{source}.{word}")), "{text}");
        }
    }
    assert_eq!(group["cancel-in-progress"], false);
    assert_eq!(ours.get("concurrency"), None, "it would hold for all");
    // Publications wait for each other, and each publishes main as it is when it starts: the content
    // of a dropped run is included in the next.
    let publish = workflow("registry-publish.yml");
    assert_eq!(publish["concurrency"]["cancel-in-progress"], false);
    let group = publish["concurrency"]["group"].as_str().unwrap();
    assert!(!group.contains("${{"), "one writer at a time: {group}");
    assert_eq!(
        publish["jobs"]["publish"]["steps"][0]["with"]["ref"],
        "main"
    );
}

#[test]
fn defect_15_no_text_of_an_event_is_part_of_a_shell_line() {
    let mut commands = 0;
    for file in all() {
        for step in file.steps() {
            if let Some(run) = step["run"].as_str() {
                commands += 1;
                assert!(!run.contains("${{"), "{}: {run}", file.name);
            }
            // These become arguments of a command line.
            for key in ["args", "files"] {
                let words = step["with"][key].as_str().unwrap_or_default();
                for source in ["github.event", "plugin_", "head_ref", "github.ref"] {
                    assert!(!words.contains(source), "{}: {words}", file.name);
                }
            }
        }
    }
    assert!(commands > 10, "{commands}");
}
