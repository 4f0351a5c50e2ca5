//! Judges a run with a fault.

use std::collections::BTreeMap;

use testkit::Registry;

use crate::faults::cases::{Case, Hosts, Kind};
use crate::faults::scenario::{LONG, Run, Scenario, VERIFY};

/// Phrases for *not found*, which must not be used after a failed read.
const ABSENT: [&str; 11] = [
    "not found",
    "not-found",
    "was not found",
    "does not exist",
    "no version",
    "is published yet",
    "has no plugin",
    "there is no",
    "is not there",
    "absent",
    "nothing is published",
];
/// Phrases that name the failed step. Wrong content was read; its URL identifies it.
const STEPS: [&str; 8] = [
    "cannot ",
    "could not ",
    "expected sha256:",
    "should have ",
    "is not a component version",
    "more than the limit of",
    "was written, but is not there",
    "by somebody else at the same time",
];

/// Returns all problems of a run.
pub(crate) fn judge(scenario: &Scenario, case: &Case, hosts: &Hosts, run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    if run.hangs {
        return vec!["hangs".to_owned()];
    }
    let verifies = scenario.name == VERIFY;
    match run.code {
        Some(0) => succeeded(scenario, case, hosts, run, &mut wrong),
        Some(1) => failed(scenario, case, run, verifies, &mut wrong),
        Some(3) if verifies && case.kind != Kind::Passes => {}
        code => wrong.push(format!("exit code {code:?}: {}", first_line(&run.stderr))),
    }
    if run.stderr.contains("panicked") {
        wrong.push("panics".to_owned());
    }
    if run.stderr.contains('\u{1b}') || run.stdout.contains('\u{1b}') {
        wrong.push("hands control characters on".to_owned());
    }
    if case.kind != Kind::Words {
        absence(run, &mut wrong);
    }
    if !run.left.is_empty() {
        wrong.push(format!("leaves files: {:?}", run.left));
    }
    state(scenario, &hosts.own, run, &mut wrong);
    if let Some(other) = hosts.other.get() {
        stranger(other, &mut wrong);
    }
    wrong
}

fn succeeded(scenario: &Scenario, case: &Case, hosts: &Hosts, run: &Run, wrong: &mut Vec<String>) {
    if case.kind == Kind::Words {
        // Then it was directed to another registry than the existing one.
        return;
    }
    let expected = &scenario.expected;
    if run.stdout != expected.stdout {
        wrong.push(format!("another result: {}", first_line(&run.stdout)));
    }
    if run.constructor != expected.constructor {
        wrong.push("another constructor".to_owned());
    }
    // A registry that always redirects to another one has moved.
    let mut tags = run.tags.clone();
    tags.extend(hosts.other.get().iter().flat_map(|other| other.tags()));
    if tags != expected.tags {
        wrong.push("other tags although it says that it succeeded".to_owned());
    }
}

fn failed(scenario: &Scenario, case: &Case, run: &Run, verifies: bool, wrong: &mut Vec<String>) {
    if case.kind == Kind::Passes {
        wrong.push(format!("does not survive: {}", first_line(&run.stderr)));
    }
    // Content that `component verify` could not read is one of its findings, which are its result.
    if !run.stdout.is_empty() && !verifies {
        wrong.push(format!("a part of a result: {}", first_line(&run.stdout)));
    }
    if run.constructor != scenario.constructor() {
        wrong.push("the constructor was changed".to_owned());
    }
    let text = if verifies {
        format!("{}{}", run.stdout, run.stderr)
    } else {
        run.stderr.clone()
    };
    let error = text
        .lines()
        .find(|line| line.starts_with("error: ") || verifies);
    let Some(error) = error else {
        wrong.push(format!("no error: {}", first_line(&text)));
        return;
    };
    if case.kind == Kind::Words {
        return;
    }
    let names_host =
        error.contains("[HOST]") || error.contains("[URL]") || error.contains("127.0.0");
    if !names_host {
        wrong.push(format!("does not name the host: {error}"));
    }
    if STEPS.iter().all(|step| !error.contains(step)) {
        wrong.push(format!("does not name the step: {error}"));
    }
    let has_hint = text.lines().any(|line| line.starts_with("hint: "));
    if case.kind == Kind::Stays && !has_hint && !verifies {
        wrong.push(format!("no hint: {error}"));
    }
}

/// Something that could not be read must not be reported as absent.
fn absence(run: &Run, wrong: &mut Vec<String>) {
    let text = format!("{}{}", run.stdout, run.stderr);
    for line in text.lines().filter(|line| !line.starts_with("hint: ")) {
        // Terms of the protocol, and of our own check of what was written.
        let plain = line
            .replace("404 Not Found", "404")
            .replace("was written, but is not there", "");
        if ABSENT.iter().any(|words| plain.contains(words)) {
            wrong.push(format!("takes unreadable for absent: {line}"));
        }
    }
}

/// Readers of the registry see the old state or the complete new state.
fn state(scenario: &Scenario, registry: &Registry, run: &Run, wrong: &mut Vec<String>) {
    let missing = registry.missing();
    if !missing.is_empty() {
        wrong.push(format!("a tag on something incomplete: {missing:?}"));
    }
    let before = scenario.seed.tags();
    for (tag, digest) in &run.tags {
        let known = |tags: &BTreeMap<String, String>| tags.get(tag) == Some(digest);
        if !known(&before) && !known(&scenario.expected.tags) {
            wrong.push(format!("tag {tag} is neither the old nor the new one"));
        }
    }
    for tag in before.keys().filter(|tag| !run.tags.contains_key(*tag)) {
        wrong.push(format!("tag {tag} is gone"));
    }
}

/// Another host receives no credentials.
fn stranger(other: &Registry, wrong: &mut Vec<String>) {
    for request in other.log() {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
        let login = |text: &str| text.contains("alice") || text.contains("token-");
        if request.headers.contains_key("authorization") || login(&request.query) || login(&body) {
            wrong.push(format!("another host gets the login: {}", request.method));
        }
    }
}

/// A repeat after a failure has the same result as a run without faults.
pub(crate) fn repeat(scenario: &Scenario, registry: &Registry) -> Vec<String> {
    let again = registry.fork();
    let run = scenario.run(&again, LONG, || {});
    let missing = again.missing();
    again.shut();
    let mut wrong = Vec::new();
    if run.code != Some(0) {
        wrong.push(format!("a repetition fails: {}", first_line(&run.stderr)));
    } else if run.tags != scenario.expected.tags || !missing.is_empty() {
        wrong.push("a repetition ends elsewhere".to_owned());
    } else if run.stdout != scenario.expected.stdout {
        wrong.push(format!("a repetition says {}", first_line(&run.stdout)));
    }
    wrong
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("nothing at all")
}
