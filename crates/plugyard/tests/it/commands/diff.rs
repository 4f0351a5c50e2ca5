//! `plugyard diff`

use std::process::Command;

use snapbox::str;

use crate::yard::{DEMO, PUBLISHED, Yard, keys};

const CONSTRUCTOR: &str = "component-constructor.yaml";

/// Runs git in the working directory.
fn git(yard: &Yard, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(yard.path(""))
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
}

fn changed() -> Yard {
    let yard = Yard::with_registry();
    yard.plugin(DEMO, "1.1.0");
    yard.plugin("acme.org/plugins/other", "1.0.0");
    yard.done("update");
    yard.done("add acme.org/plugins/other");
    yard
}

#[test]
fn json_tells_what_the_contract_says() {
    let yard = changed();
    let outcome = yard.writes_nothing("diff -o json");
    let expected = ["class", "reasons", "title", "changes"];
    assert_eq!(keys(outcome.text(), 2), expected);
    assert_eq!(
        keys(outcome.text(), 6)[..7],
        [
            "kind",
            "name",
            "component",
            "old",
            "new",
            "platformsGained",
            "platformsLost"
        ]
    );
    let difference = outcome.json();
    assert_eq!(difference["class"], "minor");
    assert_eq!(difference["reasons"][0], "plugin `other` is new");
    assert_eq!(difference["title"], "Update 2 plugins: demo, other");
    assert_eq!(difference["changes"][0]["kind"], "updated");
    assert_eq!(difference["changes"][0]["old"], "1.0.0");
    assert_eq!(difference["changes"][0]["new"], "1.1.0");
    assert_eq!(difference["changes"][1]["kind"], "added");
    assert!(difference["changes"][1]["old"].is_null());
}

#[test]
fn the_markdown_is_the_text_of_a_pull_request() {
    let yard = changed();
    yard.done("yank demo@1.0.0 --reason 'bites | @everybody <b>`x`</b>' --use demo@1.1.0");
    // The snapshot takes backslashes for those of paths.
    let markdown = yard.done("diff -o markdown");
    assert!(markdown.text().contains(" bites \\| @everybody "));
    yard.writes_nothing("diff -o markdown").is(
        0,
        str![[r#"
## acme.org/plugin-registry v0.1.0 → v0.2.0

1 added, 1 updated, 1 yanked.

| plugin | | before | after | platforms | remarks |
|---|---|---|---|---|---|
| **demo**<br>acme.org/plugins/demo | updated | 1.0.0 | **1.1.0** | darwin/arm64 47 B<br>linux/amd64 46 B |  |
| **demo**<br>acme.org/plugins/demo | yanked | 1.0.0 | 1.0.0 | darwin/arm64<br>linux/amd64 | do not use: `` bites [..] @everybody <b>`x`</b> ``<br>use `demo@1.1.0` instead |
| **other**<br>acme.org/plugins/other | added | – | **1.0.0** | darwin/arm64 48 B<br>linux/amd64 47 B | adds capability `inputRepository demo/v1` |

This is a minor change, from v0.1.0 to v0.2.0. Reasons:

- plugin `other` is new

"#]],
        str![],
    );
    yard.done("publish");
    yard.writes_nothing("diff -o markdown").is(
        0,
        str![[r#"
## acme.org/plugin-registry v0.2.0

No differences.

"#]],
        str![],
    );
}

#[test]
fn text_says_what_is_too_low() {
    let yard = changed();
    let text = yard.read(CONSTRUCTOR);
    yard.constructor(text.replace("version: v0.2.0", "version: v0.1.1"));
    yard.writes_nothing("diff").is(
        0,
        str![[r#"
updated demo 1.0.0 -> 1.1.0
  darwin/arm64 47 B
  linux/amd64 46 B
added other 1.0.0
  adds capability inputRepository demo/v1
  darwin/arm64 48 B
  linux/amd64 47 B
a minor change: the version must be at least v0.2.0, but is v0.1.1
  plugin `other` is new

"#]],
        str![],
    );
}

#[test]
fn any_side_can_be_compared_with_any_other() {
    let yard = Yard::with_registry();
    git(&yard, &["init", "-q"]);
    git(&yard, &["add", CONSTRUCTOR]);
    git(&yard, &["commit", "-qm", "one"]);
    yard.write("old.yaml", yard.read(CONSTRUCTOR));
    yard.plugin(DEMO, "1.1.0");
    yard.done("update");
    git(&yard, &["commit", "-qam", "two"]);
    yard.done("publish");
    let published = |version: &str| format!("{PUBLISHED}:{version}");
    let olds = [
        published("v0.1.0"),
        "git:HEAD~1".to_owned(),
        "old.yaml".to_owned(),
    ];
    let news = [
        published("v0.1.1"),
        "git:HEAD".to_owned(),
        CONSTRUCTOR.to_owned(),
    ];
    let expected = yard.done(&format!("diff {} {} -o json", olds[0], news[0]));
    assert!(expected.text().contains("\"updated\""));
    for old in &olds {
        for new in &news {
            let line = format!("diff {old} {new}");
            let outcome = yard.done(&format!("{line} -o json"));
            assert_eq!(outcome.text(), expected.text(), "{line}");
            assert_eq!(yard.run(&format!("{line} --exit-code")).code, Some(3));
            let back = yard.done(&format!("diff {new} {old} -o json")).json();
            assert_eq!(back["changes"][0]["kind"], "removed", "{new} {old}");
        }
        assert_eq!(
            yard.run(&format!("diff {old} {old} --exit-code")).code,
            Some(0)
        );
    }
}

#[test]
fn a_side_that_cannot_be_read_is_a_failure() {
    let yard = Yard::with_registry();
    for line in [
        "diff git:HEAD",
        "diff git:nonsense",
        "diff absent.yaml",
        "diff ./transport-archive//acme.org/plugin-registry:v9.0.0",
        "diff ./absent//acme.org/plugin-registry",
    ] {
        let outcome = yard.writes_nothing(&format!("{line} --exit-code -o json"));
        assert_eq!(outcome.code, Some(1), "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
        assert!(outcome.stdout.is_empty());
    }
}

#[test]
fn a_side_that_is_not_there_is_named_with_what_a_side_is() {
    let yard = Yard::with_registry();
    for line in [
        "diff nowhere.yaml",
        "diff component-constructor.yaml nowhere.yaml",
    ] {
        yard.writes_nothing(line).fails(
            1,
            str![[r#"
error: cannot read nowhere.yaml: No such file or directory [..]
hint: name a file, git:REV or REPO//COMPONENT:VERSION

"#]],
        );
    }
    // A directory is no side either, and with -c it is the constructor that is missing.
    yard.writes_nothing("diff .").fails(
        1,
        str![[r#"
error: cannot read .: it is a folder, not a regular file
hint: name a file, git:REV or REPO//COMPONENT:VERSION

"#]],
    );
    yard.writes_nothing("diff -c nowhere.yaml").fails(
        1,
        str![[r#"
error: cannot read nowhere.yaml: No such file or directory [..]
hint: create one with `plugyard init`, or name another file with -c

"#]],
    );
}

#[test]
fn everything_is_new_while_nothing_is_published() {
    let yard = Yard::with_plugin();
    yard.done("init --name acme.org/plugin-registry");
    yard.done("add acme.org/plugins/demo");
    let outcome = yard.writes_nothing("diff -o json");
    assert_eq!(
        outcome.stderr,
        "no version of acme.org/plugin-registry is published in ./transport-archive yet\n"
    );
    assert_eq!(outcome.json()["class"], "minor");
}
