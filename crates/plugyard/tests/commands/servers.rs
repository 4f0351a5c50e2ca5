//! All tests of this program once more, on real registries.

use std::process::Command;

use testkit::Server;
use testkit::server::{Program, Protection};

/// `alice:s3cret` as docker writes it.
const LOGIN: &str = "YWxpY2U6czNjcmV0";
/// So many tests at least are about more than archives.
const TESTS: usize = 50;

/// Runs the other tests of this program on a registry.
#[track_caller]
fn all_tests_on(test: &str, program: Program, protection: Protection) {
    let server = match Server::start(program, protection) {
        Ok(server) => server,
        Err(reason) => {
            println!("skipped: {test}: {reason}");
            return;
        }
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--skip", "servers::", "--show-output"])
        .env("PLUGYARD_TEST_REGISTRY", server.url());
    if server.account().is_some() {
        command.env("PLUGYARD_TEST_LOGIN", LOGIN);
    }
    if let Some(authority) = server.authority() {
        command.env("SSL_CERT_FILE", authority);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "on {program}:\n{text}");
    let mut skipped = 0;
    for line in text.lines() {
        if let Some(reason) = line.strip_prefix("skipped: ") {
            println!("skipped: on {program}: {reason}");
            skipped += 1;
        }
    }
    let result = text
        .lines()
        .find(|line| line.starts_with("test result: "))
        .unwrap();
    println!("{program}, {protection:?}: {result}");
    let passed: usize = result.split(' ').nth(3).unwrap().parse().unwrap();
    assert!(passed - skipped >= TESTS, "{skipped} skipped: {result}");
}

#[test]
fn docker_registry() {
    all_tests_on("docker_registry", Program::DockerRegistry, Protection::Open);
}

#[test]
fn docker_registry_with_passwords() {
    all_tests_on(
        "docker_registry_with_passwords",
        Program::DockerRegistry,
        Protection::Password,
    );
}

#[test]
fn docker_registry_over_tls() {
    all_tests_on(
        "docker_registry_over_tls",
        Program::DockerRegistry,
        Protection::Tls,
    );
}

#[test]
fn docker_registry_with_tokens() {
    all_tests_on(
        "docker_registry_with_tokens",
        Program::DockerRegistry,
        Protection::Token,
    );
}

#[test]
fn distribution() {
    all_tests_on("distribution", Program::Distribution, Protection::Open);
}

#[test]
fn ocimem() {
    all_tests_on("ocimem", Program::Ocimem, Protection::Open);
}

#[test]
fn ferro() {
    all_tests_on("ferro", Program::Ferro, Protection::Open);
}

#[test]
fn crane() {
    all_tests_on("crane", Program::Crane, Protection::Open);
}
