//! The content of archives.

use std::path::Path;

use serde_json::{Value, json};

use crate::fixture::{LONG_NAME, Repository};
use crate::instance::{Instance, listing};

fn input(repository: impl AsRef<Path>) -> Value {
    json!({"type": "git/v1", "repository": repository.as_ref()})
}

fn input_at(repository: &str, reference: &str) -> Value {
    json!({"type": "git/v1", "repository": repository, "ref": reference})
}

fn readme(tar: &[u8]) -> String {
    listing(tar)
        .into_iter()
        .find(|line| line.contains("README.md"))
        .unwrap()
}

#[test]
fn the_archive_contains_exactly_the_tree() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    repository.write("README.md", "not committed\n");
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());

    let (deep, rest) = LONG_NAME.split_once('/').unwrap();
    let (middle, _) = rest.split_once('/').unwrap();
    assert_eq!(
        listing(&instance.pack(&input(&repository.folder))),
        [
            r#"644 README.md "two\n""#.to_owned(),
            r#"755 bin/ """#.to_owned(),
            format!("777 bin/long -> ../{LONG_NAME}"),
            r##"755 bin/run "#!/bin/sh\n""##.to_owned(),
            format!(r#"755 {deep}/ """#),
            format!(r#"755 {deep}/{middle}/ """#),
            format!(r#"644 {LONG_NAME} "deep\n""#),
            r#"755 docs/ """#.to_owned(),
            r#"644 docs-index.md "index\n""#.to_owned(),
            r#"755 docs/guide/ """#.to_owned(),
            r#"644 docs/guide/start.md "start\n""#.to_owned(),
            "777 link -> ./docs//guide/start.md".to_owned(),
            r#"644 Ärger.txt """#.to_owned(),
        ]
    );
}

#[test]
fn a_path_selects_a_folder_a_file_or_a_link() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());

    for (path, expected) in [
        (
            "docs",
            &[r#"755 guide/ """#, r#"644 guide/start.md "start\n""#][..],
        ),
        ("./docs/guide/", &[r#"644 start.md "start\n""#]),
        ("bin/run", &[r##"755 run "#!/bin/sh\n""##]),
        ("link", &["777 link -> ./docs//guide/start.md"]),
    ] {
        let mut input = input(&repository.folder);
        input["path"] = path.into();
        assert_eq!(listing(&instance.pack(&input)), expected, "{path}");
    }
}

#[test]
fn a_ref_is_a_branch_a_tag_or_a_commit_in_local_and_remote_repositories() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());

    let first = repository.id("v1^{commit}");
    let path = repository.folder.to_str().unwrap();
    for place in [path.to_owned(), format!("file://{path}")] {
        for (reference, content) in [
            ("HEAD", "two"),
            ("main", "two"),
            ("next", "next"),
            ("refs/heads/next", "next"),
            ("v1", "one"),
            ("refs/tags/v2", "two"),
            (&first, "one"),
            (&first[..9], "one"),
        ] {
            let tar = instance.pack(&input_at(&place, reference));
            assert_eq!(
                readme(&tar),
                format!(r#"644 README.md "{content}\n""#),
                "{place} {reference}"
            );
        }
    }
    assert!(instance.log().contains(&first), "{}", instance.log());
}

#[test]
fn the_bytes_depend_only_on_the_tree() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    let once = instance.pack(&input(&repository.folder));
    assert_eq!(
        instance.pack(&input(&repository.folder)),
        once,
        "second run"
    );

    // The same tree in a different commit of a different clone, created at a
    // different time, read by a plugin with a different umask and time zone.
    let bare = scratch.path().join("elsewhere.git");
    repository.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    repository.git(&[
        "-c",
        "core.fileMode=false",
        "commit",
        "--quiet",
        "--amend",
        "--date=2001-01-01T00:00",
        "--message=other",
    ]);
    let other_folder = tempfile::tempdir().unwrap();
    let config = json!({"id": "gitinput", "type": "unix"});
    let other = Instance::start_with(other_folder.path(), &config, |command| {
        command
            .env("TEST_UMASK", "077")
            .env("TZ", "Asia/Tokyo")
            .env("LANG", "de_DE.UTF-8");
    });
    assert_eq!(other.pack(&input(&bare)), once, "bare clone");
    let url = format!("file://{}", repository.folder.display());
    assert_eq!(other.pack(&input_at(&url, "main")), once, "fetched");
    assert_eq!(
        other.pack(&json!({"type": "git", "repository": repository.folder})),
        once,
        "alias"
    );
}

#[test]
fn the_callers_settings_do_not_change_the_tree() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let other = Repository::sample(scratch.path().join("other"));
    other.write("README.md", "other\n");
    other.commit("other");
    // Replaced commits and line ending conversion are local settings.
    repository.git(&["replace", "main", "v1^{commit}"]);
    repository.git(&["config", "core.autocrlf", "true"]);
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"id": "gitinput", "type": "unix"});
    let instance = Instance::start_with(folder.path(), &config, |command| {
        // As in a git hook.
        command.env("GIT_DIR", other.folder.join(".git"));
        command.current_dir(scratch.path());
    });
    let tar = instance.pack(&input("project"));
    assert_eq!(readme(&tar), r#"644 README.md "two\n""#);
}

#[test]
fn an_empty_tree_is_an_empty_archive() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::empty(scratch.path().join("project"));
    repository.git(&["commit", "--quiet", "--allow-empty", "--message=empty"]);
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    let tar = instance.pack(&input(&repository.folder));
    assert_eq!(tar, [0; 1024]);
}

#[test]
fn a_large_file_is_packed_completely() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::empty(scratch.path().join("project"));
    let content = "0123456789abcdef".repeat(300_000);
    repository.write("a", &content);
    repository.write("b", "after");
    repository.commit("large");
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    assert_eq!(
        listing(&instance.pack(&input(&repository.folder))),
        [format!("644 a {content:?}"), r#"644 b "after""#.to_owned()]
    );
}

#[test]
fn sources_and_resources_are_returned_unchanged() {
    let scratch = tempfile::tempdir().unwrap();
    let repository = Repository::sample(scratch.path().join("project"));
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path());
    for (kind, mut element) in [
        (
            "source",
            json!({"name": "code", "version": "1", "type": "git"}),
        ),
        (
            "resource",
            json!({"name": "data", "version": "1", "type": "blob", "relation": "local"}),
        ),
    ] {
        let expected = element.clone();
        element["input"] = input(&repository.folder);
        let body = json!({kind: element}).to_string();
        let response = instance.call("POST", &format!("/{kind}/process"), body.as_bytes());
        assert_eq!(response.status, 200, "{}", response.body);
        assert_eq!(response.json()[kind], expected);
        assert_eq!(
            readme(&fs_err::read(response.location()).unwrap()),
            r#"644 README.md "two\n""#
        );
    }
}
