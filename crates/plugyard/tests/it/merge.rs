//! Constructors merged by git with our merge driver.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::process::{Command, Output};

use crate::yard::Yard;
use snapbox::cmd::cargo_bin;
use testkit::Random;
use testkit::history::Model;
use testkit::random::cases;

const FILE: &str = "component-constructor.yaml";

/// A repository whose constructors are merged by meaning.
struct Forge(Yard);

impl Forge {
    /// `None` if git is not installed.
    #[expect(clippy::print_stdout, reason = "a skipped test reports it")]
    fn new() -> Option<Self> {
        if Command::new("git").arg("--version").output().is_err() {
            println!("skipped: merge: git is not there");
            return None;
        }
        let forge = Self(Yard::new());
        forge.git(&["init", "-q", "-b", "main"]);
        forge.git(&["config", "user.name", "t"]);
        forge.git(&["config", "user.email", "t@example.org"]);
        let driver = format!(
            "'{}' merge-driver %O %A %B",
            cargo_bin!("plugyard").display()
        );
        forge.git(&["config", "merge.plugyard.driver", &driver]);
        forge
            .0
            .write(".gitattributes", format!("{FILE} merge=plugyard\n"));
        forge.git(&["add", ".gitattributes"]);
        forge.git(&["commit", "-qm", "attributes"]);
        Some(forge)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("git");
        command.current_dir(self.0.path("")).args(arguments);
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap()
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?} {output:?}");
    }

    /// Commits a text to a branch that starts at another branch.
    fn branch(&self, name: &str, from: &str, text: &str) {
        self.git(&["checkout", "-q", "-B", name, from]);
        self.0.constructor(text);
        self.git(&["add", FILE]);
        self.git(&["commit", "-q", "--allow-empty", "-m", name]);
    }

    /// Merges a branch into another; returns whether there was no conflict, and the text.
    fn merge(&self, ours: &str, theirs: &str) -> (bool, String) {
        self.git(&["checkout", "-q", "-B", "merged", ours]);
        let output = self.run(&["merge", "-q", "--no-ff", "--no-edit", theirs]);
        let text = self.0.read(FILE);
        if !output.status.success() {
            self.git(&["merge", "--abort"]);
        }
        (output.status.success(), text)
    }
}

#[test]
fn two_pull_requests_with_the_same_version_merge_to_a_higher_one() {
    let Some(forge) = Forge::new() else { return };
    let base = "\
# ours
name: acme.org/registry
version: v1.2.0 # raised by hand
provider: { name: acme.org }
labels:
  - { name: description, value: Plugins, signing: true }
componentReferences:
  - { name: alpha, version: 1.0.0, componentName: acme.org/plugins/alpha } # first
  - { name: zeta, version: 1.0.0, componentName: acme.org/plugins/zeta } # last
";
    let raised = base.replace("v1.2.0", "v1.2.1");
    forge.branch("base", "main", base);
    forge.branch(
        "one",
        "base",
        &raised.replace("alpha, version: 1.0.0", "alpha, version: 1.1.0"),
    );
    forge.branch(
        "two",
        "base",
        &raised.replace("zeta, version: 1.0.0", "zeta, version: 2.0.0"),
    );
    let expected = base
        .replace("v1.2.0", "v1.2.2")
        .replace("alpha, version: 1.0.0", "alpha, version: 1.1.0")
        .replace("zeta, version: 1.0.0", "zeta, version: 2.0.0");
    for (ours, theirs) in [("one", "two"), ("two", "one")] {
        let (clean, text) = forge.merge(ours, theirs);
        assert!(clean, "{text}");
        // The new entry of the other side is in its position, without its comment.
        let unspaced = |text: &str| {
            let lines = text
                .lines()
                .map(|line| line.replace(" # first", "").replace(" # last", ""));
            lines.collect::<Vec<_>>().join("\n")
        };
        let meaning = |text: &str| {
            let constructor = ocm::constructor::parse(text).unwrap();
            let entries = constructor.components[0].references.iter();
            let entries: Vec<String> = entries
                .map(|entry| format!("{}@{}", entry.name.value, entry.version.value))
                .collect();
            (constructor.components[0].version.value.to_string(), entries)
        };
        assert_eq!(meaning(&text), meaning(&unspaced(&expected)));
        assert!(
            text.starts_with("# ours\n") && text.contains("# raised by hand"),
            "{text}"
        );
    }
}

/// Reads a constructor back into the model.
fn read(text: &str) -> Model {
    let document = ocm::yaml::parse(text, ocm::yaml::Limits::constructor()).unwrap();
    Model::from_tree(&document.root.to_json().unwrap())
}

#[test]
fn git_merges_random_histories_like_the_model() {
    let Some(forge) = Forge::new() else { return };
    let (mut clean, mut conflicts) = (0, 0);
    for seed in 0..cases(24).div_ceil(4).max(12) {
        let mut random = Random::new(seed + 1_000_000);
        let base = Model::random(&mut random);
        let sides = [base.changed(&mut random), base.changed(&mut random)];
        let flow = random.chance(30);
        forge.branch("base", "main", &base.text(flow));
        forge.branch("one", "base", &sides[0].text(flow));
        forge.branch("two", "base", &sides[1].text(flow));
        let expected = Model::merged(&base, &sides[0], &sides[1]);
        for (ours, theirs) in [("one", "two"), ("two", "one")] {
            let (merged, text) = forge.merge(ours, theirs);
            assert_eq!(merged, expected.is_some(), "seed {seed}\n{text}");
            if let Some(expected) = &expected {
                assert_eq!(read(&text), *expected, "seed {seed}\n{text}");
                clean += 1;
            } else {
                assert!(text.contains("\n<<<<<<< ours\n"), "seed {seed}\n{text}");
                conflicts += 1;
            }
        }
    }
    assert!(clean > 0 && conflicts > 0, "{clean} {conflicts}");
}

#[test]
fn a_file_that_is_not_a_constructor_is_merged_by_lines() {
    let Some(forge) = Forge::new() else { return };
    let base = "one\n\n\n\n\ntwo\n";
    forge.branch("base", "main", base);
    forge.branch("one", "base", &base.replace("one", "eins"));
    forge.branch("two", "base", &base.replace("two", "zwei"));
    assert_eq!(
        forge.merge("one", "two"),
        (true, "eins\n\n\n\n\nzwei\n".to_owned())
    );
    forge.branch("three", "base", &base.replace("one", "un"));
    let (clean, text) = forge.merge("one", "three");
    assert!(!clean && text.starts_with("<<<<<<< "), "{text}");
}

#[test]
fn a_conflict_is_reported_with_exit_code_1() {
    let yard = Yard::new();
    let text = |pin: char| {
        format!(
            "name: acme.org/registry\nversion: v1.0.0\nprovider: {{ name: acme.org }}\ncomponentReferences:\n  - name: demo\n    version: 1.0.0\n    componentName: acme.org/plugins/demo\n    digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {} }}\n",
            pin.to_string().repeat(64)
        )
    };
    for (file, pin) in [("base", 'a'), ("ours", 'b'), ("theirs", 'c')] {
        yard.write(file, text(pin));
    }
    let outcome = yard.run("merge-driver base ours theirs");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            Some(1),
            "error: both sides changed entry `demo` 1.0.0\nhint: resolve the conflict markers, then run `git add` on the file\n"
        )
    );
    let marked = yard.read("ours");
    assert!(
        marked.contains("\n<<<<<<< ours\n  - name: demo\n"),
        "{marked}"
    );
    assert_eq!(yard.read("theirs"), text('c'));
    assert_eq!(yard.run("merge-driver absent ours theirs").code, Some(1));
}
