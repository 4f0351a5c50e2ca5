//! Malicious inputs and trees.

use serde_json::json;

use crate::fixture::Repository;
use crate::instance::{Instance, assert_no_archives, assert_refused};

#[test]
fn no_input_can_run_a_command() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    let here = repository.folder.to_str().unwrap();
    let trap = scratch.path().join("trap");
    let touch = format!("touch {}", trap.display());

    for (repository, reference, path, status, expected) in [
        (
            here,
            format!("--upload-pack={touch}"),
            "",
            400,
            "is not a valid name of a branch",
        ),
        (
            &format!("file://{here}"),
            format!("--upload-pack={touch};"),
            "",
            400,
            "is not a valid name",
        ),
        (
            &format!("--upload-pack={touch}"),
            "main".to_owned(),
            "",
            400,
            "could be mistaken for an option",
        ),
        (
            &format!("ext::sh -c '{touch}'"),
            "main".to_owned(),
            "",
            400,
            "transport helper",
        ),
        (
            &format!("-oProxyCommand={touch}:x"),
            "main".to_owned(),
            "",
            400,
            "mistaken for an option",
        ),
        (
            &format!("ssh://-oProxyCommand={touch}/x"),
            "main".to_owned(),
            "",
            502,
            "cannot fetch from",
        ),
        (
            here,
            "main".to_owned(),
            "--output=x",
            422,
            r#"has no path "--output=x""#,
        ),
        (
            here,
            "main".to_owned(),
            "../project",
            400,
            "leaves the tree",
        ),
        (here, "main".to_owned(), ":(glob)**", 422, "has no path"),
    ] {
        let input = json!({
            "type": "git/v1", "repository": repository, "ref": reference, "path": path,
        });
        assert_refused(&instance.process(&input), status, expected);
    }
    assert!(!trap.exists());
    assert_no_archives(folder.path());
}

#[test]
fn a_url_rewritten_by_the_git_configuration_cannot_run_a_command() {
    let scratch = tempfile::tempdir().unwrap();
    let trap = scratch.path().join("trap");
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"id": "gitinput", "type": "unix"});
    let instance = Instance::start_with(folder.path(), &config, |command| {
        command
            .env("GIT_CONFIG_COUNT", "2")
            .env(
                "GIT_CONFIG_KEY_0",
                format!("url.ext::touch {}.insteadOf", trap.display()),
            )
            .env("GIT_CONFIG_VALUE_0", "https://example.org/")
            .env("GIT_CONFIG_KEY_1", "protocol.ext.allow")
            .env("GIT_CONFIG_VALUE_1", "always");
    });
    let input = json!({"type": "git/v1", "repository": "https://example.org/"});
    assert_refused(
        &instance.process(&input),
        502,
        "transport 'ext' not allowed",
    );
    assert!(!trap.exists());
}

#[test]
fn trees_that_cannot_be_packed_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    let input = |reference: &str, path: &str| json!({"type": "git", "repository": repository.folder, "ref": reference, "path": path});

    let submodule = format!("160000,{},libs/part", repository.id("main"));
    repository.git(&["checkout", "--quiet", "-b", "with-submodule"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &submodule]);
    repository.git(&["commit", "--quiet", "--message=submodule"]);
    let expected = r#""libs/part" is a submodule, whose files are not in this repository"#;
    assert_refused(
        &instance.process(&input("with-submodule", "")),
        422,
        expected,
    );
    assert_refused(
        &instance.process(&input("with-submodule", "libs/part")),
        422,
        r#""part" is a submodule"#,
    );
    assert_eq!(
        instance.process(&input("with-submodule", "docs")).status,
        200
    );

    for name in ["..", ".git"] {
        repository.commit_hostile_name(name);
        let expected = format!("the tree contains the name {name:?}");
        assert_refused(&instance.process(&input("hostile", "")), 422, &expected);
    }
}
