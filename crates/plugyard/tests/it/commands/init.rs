//! `plugyard init`

use snapbox::str;

use crate::yard::Yard;

#[test]
fn init_creates_a_registry_with_its_workflows() {
    let yard = Yard::new();
    yard.run("init --name acme.org/plugin-registry").is(
        0,
        str![[r#"
./component-constructor.yaml
./plugyard.yaml
./.github/workflows/registry-check.yml
./.github/workflows/registry-publish.yml
./.github/workflows/registry-update.yml
./.github/CODEOWNERS
./.gitattributes
./README.md

"#]],
        str![[r#"
next: run `plugyard add COMPONENT` for each plugin, then `plugyard publish --first`

"#]],
    );
    yard.run("init sub/folder --name acme.org/plugin-registry -q")
        .is(
            0,
            str![[r#"
sub/folder/component-constructor.yaml
sub/folder/plugyard.yaml
sub/folder/.github/workflows/registry-check.yml
sub/folder/.github/workflows/registry-publish.yml
sub/folder/.github/workflows/registry-update.yml
sub/folder/.github/CODEOWNERS
sub/folder/.gitattributes
sub/folder/README.md

"#]],
            str![],
        );
    let files = snapbox::Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    files.eq(
        yard.read("component-constructor.yaml"),
        str![[r#"
# The plugin registry acme.org/plugin-registry.
# Entries are added by `plugyard add COMPONENT`, reviewed, and published by `plugyard publish`.
name: acme.org/plugin-registry
version: v0.1.0
provider: { name: acme.org }
labels:
  - { name: category, value: plugin-registry, signing: true }
  - { name: description, value: Plugin registry of acme.org, signing: true }
componentReferences: []

"#]],
    );
    files.eq(
        yard.read("plugyard.yaml"),
        str![[r#"
# Policy of the registry acme.org/plugin-registry.

# Where it is published, and where its plugins are looked up first.
# repository: ghcr.io/acme/plugins

# Other repositories with plugins.
# sources: [ghcr.io/acme/more-plugins]

"#]],
    );
}

#[test]
fn what_init_writes_is_formatted_and_can_be_published() {
    let yard = Yard::new();
    yard.done("init --name acme.org/plugin-registry");
    yard.writes_nothing("fmt --check").is(0, str![], str![]);
    yard.run("publish --first").is(
        0,
        str![[r#"
./transport-archive//acme.org/plugin-registry:v0.1.0@sha256:538fee57…

"#]],
        str![[r#"
published

"#]],
    );
    yard.run("list --registry ./transport-archive//acme.org/plugin-registry")
        .is(
            0,
            str![[r#"
 NAME │ VERSION │ PLATFORMS │ DESCRIPTION 
──────┼─────────┼───────────┼─────────────

"#]],
            str![],
        );
    yard.run("list --registry ./transport-archive//acme.org/plugin-registry -o json")
        .is(
            0,
            str![[r#"
[]

"#]],
            str![],
        );
}

#[test]
fn a_relative_repository_is_stored_relative_to_plugyard_yaml() {
    let yard = Yard::new();
    for (line, stored) in [
        (
            "init here --name acme.org/registry -r ./ctf",
            "repository: ../ctf\n",
        ),
        (
            "init a/b --name acme.org/registry -r a/ctf",
            "repository: ../ctf\n",
        ),
        (
            "init c --name acme.org/registry -r ghcr.io/acme/plugins",
            "repository: ghcr.io/acme/plugins\n",
        ),
        (
            "init d --name acme.org/registry -r /srv/ctf",
            "repository: /srv/ctf\n",
        ),
        (
            "init e --name acme.org/registry -r http://127.0.0.1:5000/x",
            "repository: http://127.0.0.1:5000/x\n",
        ),
    ] {
        yard.done(line);
        let folder = line.split(' ').nth(1).unwrap();
        let text = yard.read(&format!("{folder}/plugyard.yaml"));
        assert!(text.contains(&format!("\n{stored}")), "{line}\n{text}");
    }
    // And refers to the same repository from any directory.
    yard.done("publish --first -c here/component-constructor.yaml -p here/plugyard.yaml");
    assert!(yard.path("ctf/artifact-index.json").is_file());
}

#[test]
fn unusual_paths_survive_yaml() {
    let yard = Yard::new();
    for (number, path) in [
        "./a b",
        "./# no comment",
        "./it's",
        "./x: y",
        "./\"quoted\"",
        "./null",
    ]
    .into_iter()
    .enumerate()
    {
        let folder = format!("r{number}");
        let outcome = yard.run_all(&["init", &folder, "--name", "acme.org/registry", "-r", path]);
        assert_eq!(outcome.code, Some(0), "{path}");
        yard.done(&format!(
            "publish --first -c {folder}/component-constructor.yaml -p {folder}/plugyard.yaml"
        ));
        assert!(
            yard.path(path).join("artifact-index.json").is_file(),
            "{path}"
        );
    }
}

#[test]
fn credentials_in_an_address_are_refused_and_never_shown() {
    let yard = Yard::new();
    let line = "init --name acme.org/plugin-registry -r http://alice:s3cret@127.0.0.1:1/x";
    let outcome = yard.run(line);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.stderr.contains("docker login"),
        "{}",
        outcome.stderr
    );
    assert!(!outcome.stderr.contains("s3cret"), "{}", outcome.stderr);
    assert!(!yard.path("plugyard.yaml").exists());
    yard.write(
        "plugyard.yaml",
        "repository: http://alice:s3cret@127.0.0.1:1/x\n",
    );
    yard.constructor("");
    let outcome = yard.run("publish");
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("docker login"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn existing_files_are_kept() {
    let yard = Yard::new();
    yard.write("README.md", "mine\n");
    yard.run("init --name acme.org/plugin-registry").is(
        0,
        str![[r#"
./component-constructor.yaml
./plugyard.yaml
./.github/workflows/registry-check.yml
./.github/workflows/registry-publish.yml
./.github/workflows/registry-update.yml
./.github/CODEOWNERS
./.gitattributes

"#]],
        str![[r#"
./README.md already exists and was not changed
next: run `plugyard add COMPONENT` for each plugin, then `plugyard publish --first`

"#]],
    );
    assert_eq!(yard.read("README.md"), "mine\n");
}
