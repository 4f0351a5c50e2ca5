//! Runs the tour of the README and compares every line of its output.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code may panic"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command of the tour and the output the README shows for it.
struct Step {
    command: String,
    output: String,
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line == "```console" || line == "```" {
            inside = line != "```";
            continue;
        }
        if !inside {
            continue;
        }
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                output: String::new(),
            });
        } else {
            let step = steps.last_mut().expect("output follows a command");
            step.output.push_str(line);
            step.output.push('\n');
        }
    }
    steps
}

/// Splits a command at spaces; text in single quotes is one word.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in command.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}

/// Whether `actual` equals `expected`, where `…` matches any text within a line.
fn same(expected: &str, actual: &str) -> bool {
    let mut expected = expected.lines();
    let mut actual = actual.lines();
    loop {
        match (expected.next(), actual.next()) {
            (None, None) => return true,
            (Some(expected), Some(actual)) if same_line(expected, actual) => {}
            _ => return false,
        }
    }
}

fn same_line(expected: &str, actual: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = actual.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        let at = if index + 1 == parts.len() {
            rest.ends_with(part).then(|| rest.len() - part.len())
        } else {
            rest.find(part)
        };
        match at {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

/// The example plugin, built in the directory of this test's binary.
fn gitinput() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_plugyard")).with_file_name("gitinput");
    if !path.exists() {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--offline", "-p", "gitinput"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(status.success());
    }
    path
}

#[test]
fn the_tour_prints_what_the_readme_shows() {
    let readme = include_str!("../../../../README.md");
    let native = registry::platform::Platform::native().to_string();
    let steps = steps(&readme.replace("linux/amd64", &native));
    assert!(steps.len() > 8, "the tour has {} steps", steps.len());
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(gitinput(), folder.path().join("gitinput")).unwrap();
    let mut environment: HashMap<String, String> = HashMap::new();
    for step in steps {
        let words = words(&step.command);
        if words[0] == "export" {
            let (name, value) = words[1].split_once('=').unwrap();
            environment.insert(name.to_owned(), value.to_owned());
            continue;
        }
        let program = match words[0].as_str() {
            "plugyard" => env!("CARGO_BIN_EXE_plugyard"),
            "cat" => "cat",
            other => panic!("the tour uses `{other}`"),
        };
        let output = Command::new(program)
            .args(&words[1..])
            .current_dir(folder.path())
            .env_remove("PLUGYARD_REGISTRY")
            .envs(&environment)
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        // The README shows both streams where the second one matters, and the first one otherwise.
        let both = format!("{stdout}{stderr}");
        assert!(
            same(&step.output, &stdout) && !stdout.is_empty() || same(&step.output, &both),
            "$ {}\nexpected:\n{}\nstdout:\n{stdout}\nstderr:\n{stderr}",
            step.command,
            step.output
        );
    }
}
