//! How the plugin starts and stops.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::fixture::Repository;
use crate::instance::Instance;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn assert_ended_cleanly(mut instance: Instance, folder: &Path) {
    let status = instance.wait();
    assert!(status.success(), "{status}: {}", instance.log());
    assert_eq!(names(folder), [""; 0]);
}

#[test]
fn a_signal_or_a_shutdown_request_stops_it_and_leaves_no_files() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    for end in ["SIGTERM", "SIGINT", "/shutdown"] {
        let folder = tempfile::tempdir().unwrap();
        let instance = Instance::start(folder.path());
        let socket = folder.path().join("gitinput-plugin.socket");
        assert_eq!(instance.socket(), socket);
        let mode = fs_err::metadata(&socket).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(instance.call("GET", "/healthz", b"").status, 200);
        instance.pack(&json!({"type": "git/v1", "repository": repository.folder}));
        match end {
            "SIGTERM" => instance.signal(Signal::TERM),
            "SIGINT" => instance.signal(Signal::INT),
            path => assert_eq!(instance.call("POST", path, b"").status, 200),
        }
        assert_ended_cleanly(instance, folder.path());
    }
}

#[test]
fn it_exits_after_the_idle_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"id": "gitinput", "type": "unix", "idleTimeout": 100_000_000});
    let instance = Instance::start_with(folder.path(), &config, |_| {});
    assert_ended_cleanly(instance, folder.path());
}

#[test]
fn a_running_request_does_not_prevent_it_from_stopping() {
    // A git server that never responds.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("git://{}/project", server.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    thread::scope(|scope| {
        let request = scope.spawn(|| {
            // The connection is closed without a response.
            let body = json!({"resource": {"input": {"type": "git", "repository": url}}});
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                instance.call("POST", "/resource/process", body.to_string().as_bytes())
            }))
        });
        // git has connected and now waits.
        let _connection = server.accept().unwrap();
        instance.signal(Signal::TERM);
        let _ = request.join();
    });
    assert_ended_cleanly(instance, folder.path());
}

#[test]
fn two_instances_with_the_same_id_do_not_interfere() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let input = json!({"type": "git/v1", "repository": repository.folder});
    let folder = tempfile::tempdir().unwrap();
    let first = Instance::start(folder.path());
    let second = Instance::start(folder.path());
    assert_ne!(first.address, second.address);
    assert_eq!(first.pack(&input), second.pack(&input));

    first.signal(Signal::TERM);
    let mut first = first;
    assert!(first.wait().success());
    assert!(second.socket().exists());
    assert_eq!(second.call("GET", "/healthz", b"").status, 200);
    second.signal(Signal::TERM);
    assert_ended_cleanly(second, folder.path());
}

#[test]
fn many_instances_started_concurrently_all_respond() {
    let folder = tempfile::tempdir().unwrap();
    // Left by a crashed instance.
    drop(UnixListener::bind(folder.path().join("gitinput-plugin.socket")).unwrap());
    let instances: Vec<Instance> = thread::scope(|scope| {
        let starts: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| Instance::start(folder.path())))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    for instance in &instances {
        assert_eq!(instance.call("GET", "/healthz", b"").status, 200);
    }
    for mut instance in instances {
        instance.signal(Signal::TERM);
        assert!(instance.wait().success());
    }
}

#[test]
fn a_stale_socket_is_replaced_but_another_file_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let preferred = folder.path().join("gitinput-plugin.socket");
    drop(UnixListener::bind(&preferred).unwrap());
    let instance = Instance::start(folder.path());
    assert_eq!(instance.socket(), preferred);
    instance.signal(Signal::TERM);
    assert_ended_cleanly(instance, folder.path());

    fs_err::write(&preferred, "mine").unwrap();
    let mut instance = Instance::start(folder.path());
    assert_ne!(instance.socket(), preferred);
    instance.signal(Signal::TERM);
    assert!(instance.wait().success());
    assert_eq!(fs_err::read_to_string(&preferred).unwrap(), "mine");
}

#[test]
fn an_id_too_long_for_a_socket_path_works() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"id": "x".repeat(150), "type": "unix"});
    let instance = Instance::start_with(folder.path(), &config, |_| {});
    assert_eq!(instance.call("GET", "/healthz", b"").status, 200);
    instance.signal(Signal::TERM);
    assert_ended_cleanly(instance, folder.path());
}

#[test]
fn it_also_serves_over_tcp() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"id": "gitinput", "type": "tcp"});
    let instance = Instance::start_with(folder.path(), &config, |_| {});
    assert!(
        instance.address.starts_with("http://127.0.0.1:"),
        "{}",
        instance.address
    );
    assert_eq!(instance.call("GET", "/healthz", b"").status, 200);
    let identity = instance.call("POST", "/identity", br#"{"type":{"type":"git/v1"}}"#);
    assert_eq!(
        (identity.status, identity.json()),
        (200, json!({"identity": null}))
    );
    instance.signal(Signal::TERM);
    assert_ended_cleanly(instance, folder.path());
}

#[test]
fn log_records_have_the_format_that_ocm_reads() {
    let folder = tempfile::tempdir().unwrap();
    let mut instance = Instance::start(folder.path());
    instance.process(&json!({"type": "git/v1", "repository": "/nowhere"}));
    instance.signal(Signal::TERM);
    instance.wait();
    let log = instance.log();
    let records: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(records.len() >= 3, "{log}");
    for record in &records {
        assert!(
            record["time"].is_string() && record["msg"].is_string(),
            "{record}"
        );
        assert!(["DEBUG", "INFO", "WARN", "ERROR"].contains(&record["level"].as_str().unwrap()));
    }
    assert!(log.starts_with(r#"{"time":""#));
}
