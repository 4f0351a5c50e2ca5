//! The maintainers of the registry: a git repository, the gate, and what is published and read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::yard::{Outcome, REGISTRY, Yard};
use crate::year::change::{Change, KEEP};
use crate::year::state::{Class, State};
use crate::year::upstream::Upstream;

/// The registry's source repository.
pub(crate) const FILE: &str = "component-constructor.yaml";

/// A change of the constructor on a branch.
pub(crate) enum Edit<'a> {
    /// A command that prints JSON, and its entries.
    JsonCommand(String, &'a [Value]),
    /// A command with text output.
    Command(String),
    /// Manual edit.
    Hand(&'a dyn Fn(&Yard)),
}

/// The registry and its history.
pub(crate) struct Keeper {
    pub(crate) yard: Yard,
    users: Yard,
    repository: String,
    /// What is published.
    pub(crate) state: State,
    /// Every version that was published, and the digest of its manifest.
    pub(crate) history: Vec<(State, String)>,
    /// Titles of the changes that were merged.
    pub(crate) accepted: Vec<String>,
    /// How often a rule refused a change, or a command (such as `add`) refused.
    pub(crate) refused: BTreeMap<String, usize>,
}

impl Keeper {
    pub(crate) fn new(upstream: &Upstream) -> Self {
        let keeper = Self {
            yard: Yard::new(),
            users: Yard::new(),
            repository: upstream.repository(),
            state: State::new(),
            history: Vec::new(),
            accepted: Vec::new(),
            refused: BTreeMap::new(),
        };
        keeper.git(&["init", "-q", "-b", "main"]);
        for (key, value) in [("user.name", "keeper"), ("user.email", "keeper@acme.org")] {
            keeper.git(&["config", key, value]);
        }
        let init = format!("init --name {REGISTRY} -r {}", keeper.repository);
        keeper.yard.done(&init);
        let policy = keeper.yard.read("plugyard.yaml");
        keeper.yard.write(
            "plugyard.yaml",
            format!(
                "{policy}\
                 allow: [acme.org/*, other.example/*, lab.example/*]\n\
                 platforms: [linux/amd64]\n\
                 moving: [{{ name: '*', version: 0.0.0-main }}]\n\
                 keep: {KEEP}\n\
                 rules: {{ content-kept: error, capability-unique: error }}\n"
            ),
        );
        keeper.git(&["add", "."]);
        keeper.git(&["commit", "-qm", "Begin"]);
        keeper
    }

    /// The repository of plugins and registry.
    pub(crate) fn repository(&self) -> &str {
        &self.repository
    }

    pub(crate) fn registry(&self) -> String {
        format!("{}//{REGISTRY}", self.repository)
    }

    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self
            .yard
            .program_of_others("git")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a change on a separate branch.
    fn propose(&self, title: &str, edit: &Edit<'_>, expected: Option<&Value>) {
        self.git(&["switch", "-qc", "proposal"]);
        match edit {
            Edit::JsonCommand(line, _) => {
                let outcome = self.yard.done(&format!("{line} -o json"));
                if let Some(expected) = expected {
                    let mut document = outcome.json();
                    let members = document.as_object_mut().unwrap();
                    let reasons = members.remove("reasons").unwrap();
                    let is_reasoned = !reasons.as_array().unwrap().is_empty();
                    assert_eq!(is_reasoned, expected["class"] != "none", "{title}: {line}");
                    assert_eq!(members.remove("failed"), Some(json!([])), "{title}: {line}");
                    assert_eq!(document, *expected, "{title}: {line}");
                }
            }
            Edit::Command(line) => {
                let outcome = self.yard.done(line);
                if let Some(expected) = expected {
                    let word = |member: &str| expected[member].as_str().unwrap();
                    let raised = format!(
                        "raised the registry from {} to {} ({})\n",
                        word("from"),
                        word("to"),
                        word("class")
                    );
                    assert!(
                        outcome.text().ends_with(&raised),
                        "{line}: {}",
                        outcome.text()
                    );
                }
            }
            Edit::Hand(change) => change(&self.yard),
        }
        self.git(&["commit", "-qam", title]);
        let changed = self.git(&["diff", "--name-only", "main"]);
        assert_eq!(changed.trim(), FILE, "{title}");
    }

    /// A change that must pass the gate, and is then merged, published, and read by users.
    #[track_caller]
    pub(crate) fn accept(&mut self, title: &str, edit: &Edit<'_>, mut next: State) {
        let first = self.history.is_empty();
        let before = self
            .history
            .len()
            .checked_sub(2)
            .map(|at| &self.history[at].0);
        let class = next.class_since(&self.state, before);
        if !first {
            next.version = class.after(&self.state.version);
        }
        let changes = match edit {
            Edit::JsonCommand(_, changes) => changes.to_vec(),
            _ => Vec::new(),
        };
        let expected = json!({
            "from": self.state.version.to_string(),
            "to": next.version.to_string(),
            "class": class.word(),
            "changes": changes,
        });
        self.propose(title, edit, Some(&expected));
        let count = self.history.len();
        self.passes(title, "check -o json");
        if count.is_multiple_of(4) {
            self.yard.done("fmt --check");
            self.same_class(title, class);
        }
        self.git(&["switch", "-q", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", title, "proposal"]);
        self.git(&["branch", "-qd", "proposal"]);
        self.accepted.push(title.to_owned());
        self.publish(title, next);
        self.read(title);
    }

    /// The gate accepts without findings.
    #[track_caller]
    pub(crate) fn passes(&self, title: &str, line: &str) {
        let outcome = self.yard.run(line);
        assert_eq!(findings(&outcome), [] as [Value; 0], "{title}");
        assert_eq!(outcome.code, Some(0), "{title}: {}", outcome.stderr);
    }

    fn same_class(&self, title: &str, class: Class) {
        if self.history.is_empty() {
            return;
        }
        let diff = self.yard.done("diff -o json").json();
        assert_eq!(diff["class"], class.word(), "{title}: {diff:#}");
    }

    fn publish(&mut self, title: &str, next: State) {
        let first = self.history.is_empty();
        if first {
            let refused = self.yard.run("publish");
            assert_eq!(refused.code, Some(1), "{title}");
        }
        let line = if first {
            "publish --first -o json"
        } else {
            "publish -o json"
        };
        let published = self.yard.done(line).json();
        let manifest = published["manifestDigest"].as_str().unwrap().to_owned();
        if published["componentDigest"] != next.digest() {
            self.compare(title, &next.descriptor());
        }
        let expected = json!({
            "reference": format!("{}:{}@{manifest}", self.registry(), next.version),
            "componentDigest": next.digest(),
            "manifestDigest": manifest,
            "status": "published",
        });
        assert_eq!(published, expected, "{title}");
        self.state = next.clone();
        self.history.push((next, manifest));
    }

    /// Shows how the latest version differs from the expected one.
    fn compare(&self, title: &str, expected: &Value) {
        let line = format!("component get {} -o json", self.registry());
        let got = self.users.done(&line).json();
        let entries = |descriptor: &Value| {
            let entries = descriptor["component"]["componentReferences"].as_array();
            entries.unwrap().clone()
        };
        for (got, expected) in entries(&got).iter().zip(&entries(expected)) {
            assert_eq!(got, expected, "{title}");
        }
        assert_eq!(got, *expected, "{title}");
    }

    /// What users see of the latest version.
    fn read(&self, title: &str) {
        let registry = self.registry();
        let list = |flags: &str, repository: &str| {
            let line = format!("list {flags} --registry {repository} -o json");
            self.users.done(&line).json()
        };
        let all = Value::Array(self.state.rows(&self.repository));
        assert_eq!(list("--all", &registry), all, "{title}");
        let count = self.history.len();
        if count.is_multiple_of(5) {
            let pre = count.is_multiple_of(10);
            let newest = Value::Array(self.state.newest_rows(&self.repository, pre));
            let version = format!("{registry}:{}", self.state.version);
            assert_eq!(
                list(if pre { "--pre" } else { "" }, &version),
                newest,
                "{title}"
            );
        }
    }

    /// What a user sees of one plugin.
    pub(crate) fn info(&self, upstream: &Upstream, name: &str) {
        let rows = self.state.newest_rows(&self.repository, false);
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        let entries = self.state.of(name);
        let (version, entry) = *entries
            .iter()
            .find(|(version, _)| row["version"] == version.to_string())
            .unwrap();
        let release = upstream.release(&entry.component, version).unwrap();
        let programs = release.programs.iter().map(|(platform, program)| {
            let (os, architecture) = platform.split_once('/').unwrap();
            json!({
                "os": os,
                "architecture": architecture,
                "size": program.len(),
                "digest": format!("sha256:{}", testkit::sha256(program)),
                "mediaType": "application/octet-stream",
            })
        });
        let versions = entries.iter().rev().map(|(version, _)| version.to_string());
        let line = format!("info {name} --registry {} -o json", self.registry());
        let mut shown = self.users.done(&line).json();
        assert_eq!(shown["registryDigest"], self.state.digest(), "{name}");
        shown.as_object_mut().unwrap().remove("registryDigest");
        let mut expected = row.clone();
        // Only a row of `list` has it.
        expected.as_object_mut().unwrap().remove("ambiguous");
        expected["category"] = json!("input");
        expected["platforms"] = programs.collect();
        expected["versions"] = versions.collect();
        assert_eq!(shown, expected, "{name}");
    }

    /// A change that the gate must refuse by exactly these rules. The branch is dropped.
    #[track_caller]
    pub(crate) fn refuse(&mut self, title: &str, edit: &Edit<'_>, rules: &[&str]) {
        self.propose(title, edit, None);
        let outcome = self.yard.run("check -o json");
        self.broken(title, &outcome, rules);
        if self.count(rules[0]).is_multiple_of(3) {
            let outcome = self.yard.run("check --against git:main -o json");
            self.broken(title, &outcome, rules);
        }
        self.git(&["switch", "-q", "main"]);
        self.git(&["branch", "-qD", "proposal"]);
    }

    /// Exactly these rules are violated.
    #[track_caller]
    pub(crate) fn broken(&mut self, title: &str, outcome: &Outcome, rules: &[&str]) {
        let findings = findings(outcome);
        let word = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
        let errors: BTreeSet<String> = findings
            .iter()
            .filter(|finding| finding["severity"] == "error" && finding["status"] == "fail")
            .map(|finding| word(finding, "rule"))
            .collect();
        let expected: BTreeSet<String> = rules.iter().map(ToString::to_string).collect();
        assert_eq!(errors, expected, "{title}: {findings:#?}");
        assert_eq!(outcome.code, Some(3), "{title}: {findings:#?}");
        for rule in rules {
            *self.refused.entry((*rule).to_owned()).or_default() += 1;
        }
    }

    /// A command that refuses by itself with this message. Nothing changes.
    #[track_caller]
    pub(crate) fn says_no(&mut self, line: &str, words: &str) {
        let outcome = self.yard.run(line);
        assert_eq!(outcome.code, Some(1), "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{line}: {}", outcome.stderr);
        assert_eq!(self.git(&["status", "--porcelain"]), "", "{line}");
        let command = line.split(' ').next().unwrap();
        *self.refused.entry(command.to_owned()).or_default() += 1;
    }

    /// A command that has nothing to do. Nothing changes.
    #[track_caller]
    pub(crate) fn finds_nothing(&self, line: &str) {
        let outcome = self.yard.done(line);
        assert_eq!(outcome.text(), "", "{line}");
        assert_eq!(outcome.stderr, "everything is up to date\n", "{line}");
        assert_eq!(self.git(&["status", "--porcelain"]), "", "{line}");
    }

    /// An `add` or `update` that does what the model expects: nothing, a valid change, or a change that
    /// the gate refuses. Returns whether it was merged.
    #[track_caller]
    pub(crate) fn edit(&mut self, line: &str, change: Change) -> bool {
        if change.is_none() {
            self.finds_nothing(line);
            return false;
        }
        let edit = Edit::JsonCommand(line.to_owned(), &change.changes);
        if change.flaws.is_empty() {
            self.accept(line, &edit, change.state);
            return true;
        }
        self.refuse(line, &edit, &change.flaws);
        false
    }

    fn count(&self, rule: &str) -> usize {
        self.refused.get(rule).copied().unwrap_or_default()
    }

    /// Number of merged changes.
    pub(crate) fn merged(&self) -> usize {
        self.accepted.len()
    }
}

#[track_caller]
fn findings(outcome: &Outcome) -> Vec<Value> {
    match serde_json::from_slice::<Value>(&outcome.stdout) {
        Ok(document) => document["findings"].as_array().unwrap().clone(),
        Err(error) => panic!("{error}: {}", outcome.stderr),
    }
}
