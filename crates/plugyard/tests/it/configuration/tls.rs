//! Which certificates are trusted.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use testkit::Registry;
use testkit::registry::{Answer, Fault};

use super::home_config;
use crate::yard::{DEMO, Yard};

/// A TLS server with a certificate from its own authority.
struct Server {
    process: Child,
    port: String,
}

impl Server {
    /// Starts it; the certificate is `authority.pem` in the yard. `None` without `openssl`.
    fn start(yard: &Yard) -> Option<Self> {
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args(["-nodes", "-days", "2", "-subj", "/CN=test"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", "key.pem", "-out", "authority.pem"])
            .current_dir(yard.path("."))
            .stderr(Stdio::null())
            .status();
        let Ok(status) = made else {
            println!("skipped: certificates: there is no openssl");
            return None;
        };
        assert!(status.success(), "openssl makes a certificate");
        let mut process = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-www"])
            .args(["-key", "key.pem", "-cert", "authority.pem"])
            .current_dir(yard.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let line = output
            .lines()
            .map(Result::unwrap)
            .find(|line| line.starts_with("ACCEPT"))
            .unwrap();
        let port = line.rsplit(':').next().unwrap().to_owned();
        Some(Self { process, port })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn authorities_of_the_system_and_the_configuration_are_trusted() {
    let yard = Yard::new();
    let Some(server) = Server::start(&yard) else {
        return;
    };
    let port = &server.port;
    // Another version each time: cached ones are confirmed by HEAD, which that server ignores.
    let versions = std::cell::Cell::new(0);
    let line = || {
        versions.set(versions.get() + 1);
        format!(
            "component get 127.0.0.1:{port}/x//{DEMO}:1.0.{}",
            versions.get()
        )
    };
    let http = |text: &str| format!("  - type: http.config.ocm.software\n{text}");
    let trusted = |outcome: crate::yard::Outcome| {
        assert_eq!(outcome.code, Some(1), "it is no registry");
        let is_refused = outcome.stderr.contains("certificate");
        assert!(
            is_refused || outcome.stderr.contains("does not answer with a manifest"),
            "{}",
            outcome.stderr
        );
        !is_refused
    };
    assert!(!trusted(yard.run(&line())));
    let file = yard.path("authority.pem");
    let file = file.to_str().unwrap();
    assert!(trusted(yard.run_with("SSL_CERT_FILE", file, &line())));
    home_config(&yard, &http("    caFiles: [authority.pem]\n"));
    assert!(trusted(yard.run(&line())));
    let host = format!("    hosts: {{ '127.0.0.1:{port}': {{ caFiles: [authority.pem] }} }}\n");
    home_config(&yard, &http(&host));
    assert!(trusted(yard.run(&line())));
    let other = "    hosts: { '127.0.0.1:1': { caFiles: [authority.pem] } }\n";
    home_config(&yard, &http(other));
    assert!(!trusted(yard.run(&line())));
    // A setting for one registry does not apply to other hosts that it names.
    let registry = Registry::start();
    let to = format!("https://127.0.0.1:{port}/");
    let redirect = Fault::Answer(Answer::status(307).header("location", &to));
    registry.fail("GET", "/manifests/", 1, 100, redirect);
    let first = registry.host();
    home_config(
        &yard,
        &http(&format!(
            "    hosts: {{ '{first}': {{ insecureSkipVerify: true, caFiles: [authority.pem] }} }}\n"
        )),
    );
    let outcome = yard.run(&format!("component get http://{first}/x//{DEMO}:1.0.0"));
    let text = outcome.stderr.replace("certificates of", "");
    assert!(text.contains("certificate"), "{text}");
    // Certificates are not verified, only where configured.
    for (text, expected) in [
        ("    insecureSkipVerify: true\n", true),
        (
            "    hosts: { 127.0.0.1: { insecureSkipVerify: true } }\n",
            true,
        ),
        (
            "    hosts: { localhost: { insecureSkipVerify: true } }\n",
            false,
        ),
        (
            "    insecureSkipVerify: true\n    hosts: { 127.0.0.1: { insecureSkipVerify: false } }\n",
            false,
        ),
    ] {
        home_config(&yard, &http(text));
        let outcome = yard.run(&line());
        // The warning about the setting also contains the word.
        let said = outcome.stderr.replace("certificates of", "");
        let is_trusted = !said.contains("certificate");
        assert_eq!(is_trusted, expected, "{text}: {}", outcome.stderr);
    }
}
