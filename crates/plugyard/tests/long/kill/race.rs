//! Two concurrent publications.

use testkit::Proxy;
use testkit::proxy::Moment;

use crate::kill::contents;
use crate::kill::workshop::{Work, plugin, repository, server};
use crate::yard::DEMO;

const OURS: (&str, &str) = ("one", "two");
const THEIRS: (&str, &str) = ("two", "one");

/// A publication pauses at a request while another one, of the same version with other content,
/// runs from start to end.
#[test]
#[ignore = "slow; `.ci/run` runs it"]
fn one_of_two_contents_of_a_version_is_refused() {
    let Some(server) = server("one_of_two_contents_of_a_version_is_refused") else {
        return;
    };
    let work = Work::first_plugin(server);
    let ours = plugin("1.0.0", OURS.0, OURS.1);
    let theirs = plugin("1.0.0", THEIRS.0, THEIRS.1);
    let mut both = Vec::new();
    for number in 0.. {
        let server = work.before.copy().unwrap();
        let direct = repository(server.address());
        let proxy = Proxy::start(server.address());
        proxy.stop_at(number, Moment::Before);
        let mut child = work.start(&ours, &repository(proxy.address()));
        let Some(at) = proxy.stopped(|| child.try_wait().unwrap().is_some()) else {
            assert!(child.wait().unwrap().success());
            assert!(number > 8, "{number} requests");
            break;
        };
        let other = work.yard.run(&format!("{theirs} -r {direct}"));
        proxy.resume();
        let own = child.wait_with_output().unwrap();
        let codes = (own.status.code(), other.code);
        let said = format!("{}{}", String::from_utf8_lossy(&own.stderr), other.stderr);
        // Whichever publisher succeeds, the version is complete and one of the two.
        assert_eq!(contents::read(&server).len(), 1, "{at}");
        work.yard
            .done(&format!("component verify {direct}//{DEMO}"));
        match codes {
            (Some(0), Some(0)) => both.push(at),
            (Some(0), Some(1)) | (Some(1), Some(0)) => {
                let refused = ["with different content", "published by somebody else"];
                assert!(
                    refused.iter().any(|reason| said.contains(reason)),
                    "{at}: {said}"
                );
                assert!(said.contains("hint: "), "{at}: {said}");
                // The publisher that succeeded is the one that is stored: its repeat changes nothing.
                let winner = if codes.0 == Some(0) { &ours } else { &theirs };
                let again = work.done(&format!("{winner} -o json"), &direct).json();
                assert_eq!(again["status"], "unchanged", "{at}");
            }
            other => panic!("{at}: {other:?}: {said}"),
        }
    }
    // Registries compare nothing when a tag is set, so a change between the last read of the tag and
    // setting it cannot be detected. This is why only one job should publish at a time.
    assert!(both.len() <= 1, "{both:?}");
    assert!(
        both.iter()
            .all(|at| at.ends_with("/manifests/1.0.0") && at.starts_with("PUT ")),
        "{both:?}"
    );
}

#[test]
fn different_versions_do_not_interfere() {
    let Some(server) = server("different_versions_do_not_interfere") else {
        return;
    };
    let work = Work::first_plugin(server);
    let repository = repository(work.before.address());
    let versions = ["1.0.0", "1.1.0", "1.2.0", "2.0.0"];
    let children: Vec<_> = versions
        .iter()
        .map(|version| work.start(&plugin(version, "one", "two"), &repository))
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(contents::read(&work.before).len(), versions.len());
    for version in versions {
        work.yard
            .done(&format!("component verify {repository}//{DEMO}:{version}"));
    }
}
