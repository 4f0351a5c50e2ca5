//! HTTP settings.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use testkit::Registry;
use testkit::registry::{Answer, Fault};

use super::home_config;
use crate::yard::{DEMO, Outcome, Yard};

fn get(yard: &Yard, url: &str) -> Outcome {
    yard.run_with(
        "PLUGYARD_RETRY_BUDGET",
        "20",
        &format!("component get {url}/x//{DEMO}:1.0.0"),
    )
}

fn http(entries: &str) -> String {
    format!("  - type: http.config.ocm.software/v1alpha1\n{entries}")
}

/// A server that accepts connections and never responds.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[test]
fn retries_follow_the_configuration() {
    let yard = Yard::new();
    for (retries, requests) in [("-1", 1), ("1", 2), ("7", 8)] {
        let registry = Registry::start();
        let busy = Fault::Answer(Answer::status(503));
        registry.fail("GET", "/manifests/", 1, 100, busy);
        home_config(
            &yard,
            &http(&format!(
                "    retry: {{ maxRetries: {retries}, minWait: 1ms, maxWait: 2ms }}\n"
            )),
        );
        let outcome = get(&yard, &registry.url());
        assert_eq!(outcome.code, Some(1));
        assert_eq!(
            registry.log().len(),
            requests,
            "{retries}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn timeouts_follow_the_most_specific_host() {
    let yard = Yard::new();
    let (_listener, url) = silent();
    let host = url.strip_prefix("http://").unwrap();
    for (entries, words) in [
        ("    responseHeaderTimeout: 50ms\n    retry: { maxRetries: -1 }\n".to_owned(), "no answer within 0.05 s"),
        ("    timeout: 70ms\n    retry: { maxRetries: -1 }\n".to_owned(), "not complete within 0.07 s"),
        (
            format!("    timeout: 0\n    retry: {{ maxRetries: -1 }}\n    hosts:\n      127.0.0.1: {{ responseHeaderTimeout: 30s }}\n      '{host}': {{ responseHeaderTimeout: 60000000 }}\n"),
            "no answer within 0.06 s",
        ),
        (
            "    retry: { maxRetries: -1 }\n    responseHeaderTimeout: 30s\n    hosts: { 127.0.0.1: { responseHeaderTimeout: 80ms } }\n".to_owned(),
            "no answer within 0.08 s",
        ),
    ] {
        home_config(&yard, &http(&entries));
        let start = Instant::now();
        let outcome = get(&yard, &url);
        assert_eq!(outcome.code, Some(1));
        assert!(outcome.stderr.contains(words), "{entries}: {}", outcome.stderr);
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn the_retry_budget_in_the_environment_wins() {
    let yard = Yard::new();
    let registry = Registry::start();
    registry.fail(
        "GET",
        "/manifests/",
        1,
        10_000,
        Fault::Answer(Answer::status(503)),
    );
    home_config(
        &yard,
        &http("    retry: { maxRetries: 0, minWait: 5ms, maxWait: 5ms }\n"),
    );
    let line = format!("component get {}/x//{DEMO}:1.0.0", registry.url());
    let outcome = yard.run_with("PLUGYARD_RETRY_BUDGET", "0.3", &line);
    assert_eq!(outcome.code, Some(1));
    assert!(registry.log().len() > 6, "{}", registry.log().len());
}

#[test]
fn skipped_certificate_verification_causes_a_warning() {
    let yard = Yard::with_plugin();
    let registry = Registry::start();
    home_config(
        &yard,
        &http("    hosts:\n      example.org:\n        insecureSkipVerify: true\n"),
    );
    let outcome = yard.run(&format!(
        "component get {}/x//{DEMO}:1.0.0 -q",
        registry.url()
    ));
    let text = &outcome.stderr;
    assert!(
        text.contains(
            ".ocmconfig:6: insecureSkipVerify: certificates of example.org are NOT checked"
        ),
        "{text}"
    );
    let outcome = yard.done(&format!("component get ./transport-archive//{DEMO}"));
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_missing_file_of_authorities_is_reported() {
    let yard = Yard::new();
    home_config(&yard, &http("    caFiles: [~/own.pem]\n"));
    let outcome = get(&yard, "https://127.0.0.1:1");
    assert_eq!(outcome.code, Some(1));
    let said = &outcome.stderr;
    let expected = "/home/own.pem: cannot be read: No such file";
    assert!(said.contains(expected), "{said}");
    assert!(!said.contains("failed to"), "{said}");
}
