//! Runs all tests of this binary again on real registries.

#![expect(
    clippy::print_stdout,
    reason = "a test reports what ran and what was skipped"
)]

use std::process::Command;

use testkit::Server;
use testkit::server::{Program, Protection};

/// `alice:s3cret` in docker's encoding.
const LOGIN: &str = "YWxpY2U6czNjcmV0";
/// At least this many tests are not only about archives.
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
        .args([
            "commands::",
            "--skip",
            "commands::servers::",
            "--show-output",
        ])
        .env("PLUGYARD_TEST_REGISTRY", server.url());
    if server.account().is_some() {
        command.env("PLUGYARD_TEST_LOGIN", LOGIN);
    }
    if let Some(authority) = server.authority() {
        command.env("SSL_CERT_FILE", authority);
    }
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "on {program}:\n{printed}");
    let reasons = printed
        .lines()
        .filter_map(|line| line.strip_prefix("skipped: "));
    let reasons: Vec<&str> = reasons.collect();
    for reason in &reasons {
        println!("skipped: on {program}: {reason}");
    }
    let result = printed
        .lines()
        .find(|line| line.starts_with("test result: "))
        .unwrap();
    println!("{program}, {protection:?}: {result}");
    let passed: usize = result.split(' ').nth(3).unwrap().parse().unwrap();
    assert!(passed - reasons.len() >= TESTS, "{reasons:?}: {result}");
}

#[test]
fn docker_registry() {
    all_tests_on("docker_registry", Program::DockerRegistry, Protection::Open);
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn docker_registry_with_passwords() {
    all_tests_on(
        "docker_registry_with_passwords",
        Program::DockerRegistry,
        Protection::Password,
    );
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn docker_registry_over_tls() {
    all_tests_on(
        "docker_registry_over_tls",
        Program::DockerRegistry,
        Protection::Tls,
    );
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn docker_registry_with_tokens() {
    all_tests_on(
        "docker_registry_with_tokens",
        Program::DockerRegistry,
        Protection::Token,
    );
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn distribution() {
    all_tests_on("distribution", Program::Distribution, Protection::Open);
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn ocimem() {
    all_tests_on("ocimem", Program::Ocimem, Protection::Open);
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn ferro() {
    all_tests_on("ferro", Program::Ferro, Protection::Open);
}

#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn crane() {
    all_tests_on("crane", Program::Crane, Protection::Open);
}
