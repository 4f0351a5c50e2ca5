//! Interoperability of Plugyard and other programs on real registries.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(clippy::print_stdout, reason = "a skipped test reports it")]

mod captures;
mod clients;
mod official;

use std::process::Command;

use crate::yard::{DEMO, REGISTRY, Yard};
use testkit::Server;
use testkit::server::{Program, Protection};

/// Starts Debian's `docker-registry`, or reports that the test is skipped if it is not installed.
fn docker_registry(test: &str) -> Option<Server> {
    match Server::start(Program::DockerRegistry, Protection::Open) {
        Ok(server) => Some(server),
        Err(reason) => {
            println!("skipped: {test}: {reason}");
            None
        }
    }
}

/// Whether a program is installed; reports that the test is skipped if not.
fn is_there(test: &str, program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: {test}: no {program}");
    }
    there
}

/// A yard that has published a plugin and a registry under this path.
fn published(server: &Server, path: &str) -> Yard {
    let yard = Yard::new();
    let repository = format!("{}/{path}", server.url());
    yard.plugin_in(&repository, DEMO, "1.0.0");
    yard.done(&format!("init --name {REGISTRY} -r {repository}"));
    yard.done(&format!("add {DEMO}"));
    yard.done("publish --first");
    yard
}

/// Runs another program in the yard; it must succeed.
#[track_caller]
fn run(yard: &Yard, line: &str) -> Vec<u8> {
    let mut words = line.split_whitespace();
    let output = yard
        .program_of_others(words.next().unwrap())
        .args(words)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    output.stdout
}

/// The same for a program that prints text.
#[track_caller]
fn text(yard: &Yard, line: &str) -> String {
    String::from_utf8(run(yard, line)).unwrap()
}
