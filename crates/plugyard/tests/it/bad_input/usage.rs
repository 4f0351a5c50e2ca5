//! Command lines that say nothing, or the wrong thing: exit code 2.

use snapbox::str;

use crate::yard::{PUBLISHED, Yard, registry};

#[test]
fn a_registry_must_be_named() {
    let yard = Yard::with_registry();
    yard.writes_nothing("list").fails(2, str![[r#"
error: no registry is named
hint: use --registry REF or set PLUGYARD_REGISTRY, for instance to ./transport-archive//acme.org/plugin-registry

"#]]);
    yard.writes_nothing("info demo").fails(2, str![[r#"
error: no registry is named
hint: use --registry REF or set PLUGYARD_REGISTRY, for instance to ./transport-archive//acme.org/plugin-registry

"#]]);
    let outcome = yard.run_with("PLUGYARD_REGISTRY", "", "list");
    outcome.fails(2, str![[r#"
error: no registry is named
hint: use --registry REF or set PLUGYARD_REGISTRY, for instance to ./transport-archive//acme.org/plugin-registry

"#]]);
    yard.run_with("PLUGYARD_REGISTRY", "./transport-archive/acme.org/plugin-registry", "list")
        .fails(2, str![[r#"
error: PLUGYARD_REGISTRY: `./transport-archive/acme.org/plugin-registry` has no `//` between the repository and the component
hint: write it as REPO//COMPONENT:VERSION, for instance ghcr.io/acme/plugins//acme.org/plugin-registry:v1.0.0

"#]]);
}

#[test]
fn a_reference_must_have_its_parts() {
    let yard = Yard::new();
    for (reference, message) in [
        (
            "ghcr.io/acme/plugin-registry",
            "has no `//` between the repository and the component",
        ),
        (
            "https://ghcr.io/acme/registry",
            "has no `//` between the repository and the component",
        ),
        (
            "./ctf//Registry",
            "`Registry` in `./ctf//Registry` is not a component name",
        ),
        (
            "./ctf//acme.org/registry:one",
            "`one` in `./ctf//acme.org/registry:one` is not a version",
        ),
        (
            "./ctf//acme.org/registry@sha256:12",
            "`sha256:12` in `./ctf//acme.org/registry@sha256:12` is not a digest",
        ),
        (
            "s3::bucket//acme.org/registry",
            "`s3` in `s3::bucket//acme.org/registry` is not a type of repository",
        ),
        ("", "has no `//`"),
    ] {
        for command in ["list --registry", "component get", "component verify"] {
            let outcome =
                yard.run_all(&[&command.split(' ').collect::<Vec<_>>()[..], &[reference]].concat());
            assert_eq!(outcome.code, Some(2), "{command} {reference}");
            assert!(
                outcome.stderr.contains(message),
                "{command} {reference}\n{}",
                outcome.stderr
            );
        }
    }
    yard.writes_nothing("list --registry ghcr.io/acme/plugin-registry").fails(2, str![[r#"
error: invalid value 'ghcr.io/acme/plugin-registry' for '--registry <REF>': `ghcr.io/acme/plugin-registry` has no `//` between the repository and the component; write it as REPO//COMPONENT:VERSION, for instance ghcr.io/acme/plugins//acme.org/plugin-registry:v1.0.0

For more information, try '--help'.

"#]]);
    yard.writes_nothing("component hash ghcr.io/acme/plugin-registry").fails(1, str![[r#"
error: `ghcr.io/acme/plugin-registry` is neither a file nor a reference: `ghcr.io/acme/plugin-registry` has no `//` between the repository and the component
hint: write it as REPO//COMPONENT:VERSION, for instance ghcr.io/acme/plugins//acme.org/plugin-registry:v1.0.0

"#]]);
}

#[test]
fn a_reference_must_name_a_repository() {
    let yard = Yard::new();
    for reference in [
        "//acme.org/registry",
        "ctf:://acme.org/registry",
        "oci:://acme.org/registry",
    ] {
        let outcome = yard.writes_nothing(&format!("list --registry {reference}"));
        assert_eq!(outcome.code, Some(2), "{reference}\n{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("names no repository"),
            "{reference}\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn one_name_is_for_one_component() {
    let yard = Yard::with_plugin();
    yard.constructor(registry("v0.1.0", &[]));
    yard.writes_nothing("add acme.org/plugins/demo acme.org/plugins/other --name demo")
        .fails(
            2,
            str![[r#"
error: --name cannot be used with several components
hint: add the components one at a time

"#]],
        );
}

#[test]
fn arguments_that_are_missing_or_unknown_are_named() {
    let yard = Yard::with_registry();
    yard.writes_nothing("add").fails(
        2,
        str![[r#"
error: the following required arguments were not provided:
  <COMPONENT[:VERSION]>...

Usage: plugyard add <COMPONENT[:VERSION]>...

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("add demo").fails(2, str![[r#"
error: invalid value 'demo' for '<COMPONENT[:VERSION]>...': `demo` is not a component name such as acme.org/plugins/demo

For more information, try '--help'.

"#]]);
    yard.writes_nothing("add ./ctf//acme.org/plugins/demo").fails(2, str![[r#"
error: invalid value './ctf//acme.org/plugins/demo' for '<COMPONENT[:VERSION]>...': expected COMPONENT[:VERSION]; name the repository with --from

For more information, try '--help'.

"#]]);
    yard.writes_nothing("add acme.org/plugins/demo:latest").fails(2, str![[r#"
error: invalid value 'acme.org/plugins/demo:latest' for '<COMPONENT[:VERSION]>...': `latest` is not a version such as 1.2.3 or v1.2.3-rc.1

For more information, try '--help'.

"#]]);
    yard.writes_nothing("publsh").fails(
        2,
        str![[r#"
error: unrecognized subcommand 'publsh'

  tip: a similar subcommand exists: 'publish'

Usage: plugyard [OPTIONS] <COMMAND>

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("publish --frist").fails(
        2,
        str![[r#"
error: unexpected argument '--frist' found

  tip: a similar argument exists: '--first'

Usage: plugyard publish --first

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("publish -r ''").fails(
        2,
        str![[r#"
error: invalid value '' for '--repository <REPO>': expected the address of a repository, such as ghcr.io/acme/plugins

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("publish -r s3::x").fails(
        2,
        str![[r#"
error: invalid value 's3::x' for '--repository <REPO>': `s3` is not a type of repository

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("init").fails(
        2,
        str![[r#"
error: the following required arguments were not provided:
  --name <COMPONENT>

Usage: plugyard init --name <COMPONENT> [DIR]

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("completions tcsh").fails(
        2,
        str![[r#"
error: invalid value 'tcsh' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

  tip: a similar value exists: 'zsh'

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("-q -v list").fails(
        2,
        str![[r#"
error: the argument '--quiet' cannot be used with '--verbose'

Usage: plugyard --quiet <COMMAND>

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("info demo@latest").fails(2, str![[r#"
error: invalid value 'demo@latest' for '<NAME[@VERSION]>': `latest` is not a version such as 1.2.3 or v1.2.3-rc.1

For more information, try '--help'.

"#]]);
}

#[test]
fn every_unknown_form_of_output_is_refused() {
    let yard = Yard::with_registry();
    for line in [
        "add acme.org/plugins/demo -o yaml",
        "update demo --repin -o table",
        "publish -o yaml",
        "list -o text",
        "info demo -o table",
        "component get ./ctf//acme.org/demo -o text",
        "component verify ./ctf//acme.org/demo -o yaml",
        "plugin publish --name acme.org/demo --version 1.0.0 linux/amd64=x -o yaml",
    ] {
        assert_eq!(yard.writes_nothing(line).code, Some(2), "{line}");
    }
    yard.writes_nothing(&format!("list --registry {PUBLISHED} -o xml"))
        .fails(
            2,
            str![[r#"
error: invalid value 'xml' for '--output <FORMAT>'
  [possible values: table, wide, json, yaml, ndjson]

  tip: a similar value exists: 'yaml'

For more information, try '--help'.

"#]],
        );
}

#[test]
fn unknown_algorithms_are_refused() {
    let yard = Yard::with_registry();
    yard.writes_nothing(&format!("component hash {PUBLISHED} --hash MD5"))
        .fails(
            2,
            str![[r#"
error: invalid value 'MD5' for '--hash <HASH>': `MD5` is not one of SHA-256, SHA-512

For more information, try '--help'.

"#]],
        );
    yard.writes_nothing(&format!("component hash {PUBLISHED} --algorithm jsonNormalisation/v9")).fails(2, str![[r#"
error: invalid value 'jsonNormalisation/v9' for '--algorithm <ID>': `jsonNormalisation/v9` is not one of jsonNormalisation/v4alpha1

For more information, try '--help'.

"#]]);
}

#[test]
fn names_and_versions_of_plugins_are_checked() {
    let yard = Yard::new();
    yard.write("demo", "#!/bin/sh\n");
    yard.writes_nothing("plugin publish --name demo --version 1.0.0 linux/amd64=demo")
        .fails(
            1,
            str![[r#"
error: `demo` is not a component name such as acme.org/plugins/demo
hint: use your domain and a path in lower case

"#]],
        );
    yard.writes_nothing(
        "plugin publish --name acme.org/plugins/demo --version one linux/amd64=demo",
    )
    .fails(
        2,
        str![[r#"
error: invalid value 'one' for '--version <V>': `one` is not a version such as 1.2.3 or v1.2.3-rc.1

For more information, try '--help'.

"#]],
    );
    yard.writes_nothing("plugin publish --name acme.org/plugins/demo --version 1.0.0")
        .fails(
            2,
            str![[r#"
error: the following required arguments were not provided:
  <OS/ARCH=FILE>...

Usage: plugyard plugin publish --name <COMPONENT> --version <V> <OS/ARCH=FILE>...

For more information, try '--help'.

"#]],
        );
}

#[test]
fn plugyard_yaml_is_checked() {
    let yard = Yard::with_plugin();
    yard.constructor(registry("v0.1.0", &[]));
    for (text, expected) in [
        ("repositry: ./ctf\n", "unknown key `repositry`"),
        (
            "repository: [./ctf]\n",
            "expected the address of a repository",
        ),
        ("repository: s3::x\n", "`s3` is not a type of repository"),
        ("sources: ./ctf\n", "expected a list of repositories"),
        ("sources: [7]\n", "expected the address of a repository"),
        ("- repository\n", "expected keys such as `repository`"),
        ("repository: ./a\nrepository: ./b\n", "repository"),
    ] {
        yard.write("plugyard.yaml", text);
        for line in [
            "publish --first",
            "add acme.org/plugins/demo",
            "publish --first -r ./ctf",
        ] {
            let outcome = yard.writes_nothing(line);
            assert_eq!(outcome.code, Some(1), "{line} {text}");
            assert!(
                outcome.stderr.contains(expected),
                "{line} {text}\n{}",
                outcome.stderr
            );
        }
    }
    yard.write("plugyard.yaml", "repositry: ./ctf\nsources: ./ctf\n");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: unknown key `repositry`
 --> plugyard.yaml:1:1
  |
1 | repositry: ./ctf
  | ^^^^^^^^^
  |
  = help: did you mean `repository`?
error: expected a list of repositories
 --> plugyard.yaml:2:10
  |
2 | sources: ./ctf
  |          ^^^^^
  |
  = help: start each item of `sources` with `-`, or omit the key

"#]],
    );
    yard.write("plugyard.yaml", "repository: [\n");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: unclosed bracket '['
 --> plugyard.yaml:1:13
  |
1 | repository: [
  |             ^

"#]],
    );
    yard.write("plugyard.yaml", b"repository: \xff\n");
    yard.writes_nothing("publish --first").fails(
        1,
        str![[r#"
error: cannot read plugyard.yaml: it is not UTF-8 text: byte 12 is invalid
hint: save it as UTF-8

"#]],
    );
    yard.writes_nothing("publish --first -p nowhere.yaml")
        .fails(
            1,
            str![[r#"
error: cannot read nowhere.yaml: No such file or directory [..]
hint: check the path and its permissions, or name another file with -p

"#]],
        );
}

#[test]
fn plugyard_yaml_may_not_name_an_empty_repository() {
    let yard = Yard::with_plugin();
    yard.constructor(registry("v0.1.0", &[]));
    for text in [
        "repository: ''\n",
        "sources: ['']\n",
        "repository: 'ctf::'\n",
    ] {
        yard.write("plugyard.yaml", text);
        let outcome = yard.writes_nothing("publish --first");
        assert_eq!(outcome.code, Some(1), "{text}");
        assert!(
            outcome
                .stderr
                .contains("expected the address of a repository"),
            "{text}\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let yard = Yard::with_registry();
    yard.writes_nothing(&format!(
        "list --registry {PUBLISHED} --config nowhere.yaml"
    ))
    .fails(
        1,
        str![[r#"
error: nowhere.yaml: cannot be read: No such file or directory [..]
hint: repair the configuration, or name another file with --config

"#]],
    );
}

#[test]
fn unknown_plugins_and_versions_are_answered_with_what_there_is() {
    let yard = Yard::with_registry();
    yard.writes_nothing(&format!("info demmo --registry {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive//acme.org/plugin-registry:v0.1.0 has no plugin `demmo`; did you mean `demo`?
hint: `plugyard list --all` shows all plugins

"#]]);
    yard.writes_nothing(&format!("info something-else --registry {PUBLISHED}"))
        .fails(
            1,
            str![[r#"
error: ./transport-archive//acme.org/plugin-registry:v0.1.0 has no plugin `something-else`
hint: `plugyard list --all` shows all plugins

"#]],
        );
    yard.writes_nothing(&format!("info demo@2.0.0 --registry {PUBLISHED}")).fails(1, str![[r#"
error: ./transport-archive//acme.org/plugin-registry:v0.1.0 has no version 2.0.0 of plugin `demo`, but 1.0.0
hint: name one of these versions, or none to mean the newest

"#]]);
}

/// `plugyard list | head -c 1` has done its work.
#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    use std::io::Read;
    use std::process::Stdio;
    let yard = Yard::with_registry();
    // More than a pipe holds, so that somebody has to write after the reader is gone.
    let entries: Vec<String> = (0..3000)
        .map(|number| {
            crate::yard::entry(
                &format!("demo-{number}"),
                "1.0.0",
                "acme.org/plugins/demo",
                crate::yard::WRONG,
            )
        })
        .collect();
    let text = registry("v0.1.0", &entries);
    let yaml = ocm::yaml::parse(&text, ocm::yaml::Limits::constructor()).unwrap();
    let references = yaml
        .root
        .get("componentReferences")
        .unwrap()
        .to_json()
        .unwrap();
    let descriptor = serde_json::json!({
        "meta": { "schemaVersion": "v2" },
        "component": {
            "name": "acme.org/plugin-registry", "version": "v0.1.0", "provider": "acme.org",
            "repositoryContexts": null, "resources": null, "sources": null,
            "componentReferences": references,
        },
    });
    yard.replace_descriptor(
        "acme.org/plugin-registry",
        "v0.1.0",
        descriptor.to_string().as_bytes(),
    );
    for form in ["table", "json", "ndjson", "yaml"] {
        let mut command = yard.command();
        command.args(["list", "-q", "--registry", PUBLISHED, "-o", form]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut one = [0];
        child.stdout.take().unwrap().read_exact(&mut one).unwrap();
        let outcome = yard.outcome(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, Some(0), "{form} {}", outcome.stderr);
        assert_eq!(outcome.stderr, "", "{form}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_reached_through_a_link_that_leaves_its_folder_is_not_shown() {
    for (file, arguments) in [
        ("component-constructor.yaml", "fmt --check"),
        ("component-constructor.yaml", "check -o github"),
        ("component-constructor.yaml", "diff"),
        ("plugyard.yaml", "check"),
    ] {
        let yard = Yard::with_registry();
        yard.write("../secret", "machine example.org password hunter2: [\n");
        let path = yard.path(file);
        fs_err::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("../secret", &path).unwrap();
        let outcome = yard.run(arguments);
        assert_eq!(outcome.code, Some(1), "{arguments}");
        let said = String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr;
        assert!(!said.contains("hunter2"), "{said}");
        let expected = format!("cannot read {file}: it is a symbolic link to a file outside");
        assert!(said.contains(&expected), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_refused_without_waiting_for_a_writer() {
    let yard = Yard::with_registry();
    let pipe = yard.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for arguments in [
        "fmt --check -c pipe",
        "check -p pipe",
        "list --config pipe",
        "diff pipe",
        "plugin inspect pipe",
        "plugin publish --name acme.org/plugins/x --version 1.0.0 linux/amd64=pipe",
    ] {
        let outcome = yard.run(arguments);
        assert_eq!(outcome.code, Some(1), "{arguments}");
        let expected = "it is a named pipe (FIFO), not a regular file";
        assert!(
            outcome.stderr.contains(expected),
            "{arguments}: {}",
            outcome.stderr
        );
    }
}
