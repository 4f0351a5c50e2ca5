//! Requests that the plugin refuses, and its messages.

use serde_json::{Value, json};

use crate::fixture::Repository;
use crate::instance::{Instance, assert_no_archives, assert_refused};

#[test]
fn errors_name_what_cannot_be_found() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    let here = repository.folder.to_str().unwrap();
    let url = format!("file://{here}");
    let gone = format!("file://{here}-gone");
    let unknown_id = "0123456789012345678901234567890123456789";

    for (repository, reference, path, status, expected) in [
        (
            here,
            "nope",
            "",
            422,
            r#"project has no branch, tag or commit "nope"; `git -C "#,
        ),
        (here, unknown_id, "", 422, "has no branch, tag or commit"),
        (
            &url,
            "nope",
            "",
            422,
            r#"has no branch, tag or commit "nope"; `git ls-remote file:///"#,
        ),
        (
            &url,
            "0123456",
            "",
            422,
            r#"has no branch, tag or commit "0123456""#,
        ),
        (&gone, "main", "", 502, "cannot fetch from file:///"),
        (
            "no/such/folder",
            "main",
            "",
            422,
            r#"cannot open repository "no/such/folder": No such file"#,
        ),
        (
            &format!("{here}/docs"),
            "main",
            "",
            422,
            "is not a git repository; use the top-level directory",
        ),
        (
            &format!("{here}/README.md"),
            "main",
            "",
            422,
            "Not a directory",
        ),
        (
            here,
            "main",
            "docs/nope",
            422,
            r#"has no path "docs/nope"; `git ls-tree"#,
        ),
        (
            here,
            "main",
            "README.md/x",
            422,
            r#"has no path "README.md/x""#,
        ),
    ] {
        let input = json!({
            "type": "git/v1", "repository": repository, "ref": reference, "path": path,
        });
        assert_refused(&instance.process(&input), status, expected);
    }
    assert_no_archives(folder.path());
}

#[test]
fn a_repository_without_commits_has_no_head() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::empty(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    let input = json!({"type": "git/v1", "repository": repository.folder});
    assert_refused(
        &instance.process(&input),
        422,
        r#"no branch, tag or commit "HEAD""#,
    );
}

#[test]
fn invalid_requests_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    let process = "/resource/process";
    let valid = |input: Value| json!({"resource": {"name": "data", "input": input}}).to_string();

    for (method, path, body, status, expected) in [
        (
            "POST",
            process,
            "{".to_owned(),
            400,
            "request is not JSON: EOF",
        ),
        (
            "POST",
            process,
            String::new(),
            400,
            "request is not JSON: EOF",
        ),
        (
            "POST",
            process,
            "[".repeat(100_000),
            400,
            "request is not JSON: recursion limit",
        ),
        (
            "POST",
            process,
            "{}".to_owned(),
            400,
            "request has no resource",
        ),
        (
            "POST",
            "/source/process",
            "{}".to_owned(),
            400,
            "request has no source",
        ),
        (
            "POST",
            process,
            r#"{"resource":{"name":"a"}}"#.to_owned(),
            400,
            r#"resource "a" has no input"#,
        ),
        (
            "POST",
            process,
            valid(json!({"type": "git/v1"})),
            400,
            "missing field `repository`",
        ),
        (
            "POST",
            process,
            valid(json!({"repository": "."})),
            400,
            "missing field `type`",
        ),
        (
            "POST",
            process,
            valid(json!({"type": "helm/v1"})),
            400,
            r#"input type "helm/v1" is not served"#,
        ),
        (
            "POST",
            process,
            valid(json!({"type": "git", "repository": 1})),
            400,
            "invalid type: integer",
        ),
        (
            "POST",
            process,
            " ".repeat((1 << 20) + 1),
            413,
            "request body is larger than 1 MiB",
        ),
        ("GET", process, String::new(), 405, ""),
        ("POST", "/nope", String::new(), 404, ""),
    ] {
        assert_refused(
            &instance.call(method, path, body.as_bytes()),
            status,
            expected,
        );
    }
    assert_eq!(instance.call("GET", "/healthz", b"").status, 200);
}
