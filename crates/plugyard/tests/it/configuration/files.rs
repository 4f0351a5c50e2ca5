//! Which files are read, and when.

use snapbox::str;

use super::{config, consumer, home_config, with_password};
use crate::yard::{DEMO, REGISTRY, Yard};

/// An entry with a registry to read.
fn registries(reference: &str) -> String {
    format!("  - type: plugin.registry.config.ocm.software\n    registries: [{reference}]\n")
}

#[test]
fn the_configuration_is_the_last_source_of_registries() {
    let yard = Yard::with_registry();
    let listed = |yard: &Yard, line: &str| -> String {
        yard.done(line).json()[0]["registry"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    yard.run("list").fails(
        2,
        str![[r#"
error: no registry is named
hint: use --registry REF or set PLUGYARD_REGISTRY, for instance to ./transport-archive//acme.org/plugin-registry

"#]],
    );
    yard.done("init other --name acme.org/other -r ./transport-archive");
    home_config(
        &yard,
        &registries(&format!("ctf::./transport-archive//{REGISTRY}")),
    );
    let configured = listed(&yard, "list -o json");
    assert!(
        configured.starts_with("ctf::./transport-archive//"),
        "{configured}"
    );
    let env = yard.run_with(
        "PLUGYARD_REGISTRY",
        &format!("transport-archive//{REGISTRY}"),
        "list -o json",
    );
    assert_eq!(
        env.json()[0]["registry"],
        format!("transport-archive//{REGISTRY}:v0.1.0")
    );
    let flag = format!("list -o json --registry ./transport-archive//{REGISTRY}");
    let outcome = yard.run_with("PLUGYARD_REGISTRY", "nowhere//acme.org/x", &flag);
    assert_eq!(
        outcome.json()[0]["registry"],
        format!("./transport-archive//{REGISTRY}:v0.1.0")
    );
    yard.done("info demo");
}

#[test]
fn files_are_found_in_the_home_but_not_in_the_working_directory() {
    let yard = Yard::with_registry();
    let entry = config(&registries(&format!("./transport-archive//{REGISTRY}")));
    for name in [".ocmconfig", ".ocm/config"] {
        yard.write(name, &entry);
        assert_eq!(yard.run("list").code, Some(2), "{name}");
    }
    for name in [
        ".config/ocm/config",
        ".config/.ocmconfig",
        ".ocm/config",
        ".ocmconfig",
    ] {
        let path = format!("../home/{name}");
        yard.write(&path, &entry);
        yard.done("list");
        fs_err::remove_file(yard.path(&path)).unwrap();
    }
    yard.write("../home/xdg/ocm/config", &entry);
    let folder = yard.path("../home/xdg");
    let outcome = yard.run_with("XDG_CONFIG_HOME", folder.to_str().unwrap(), "list");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    yard.write("elsewhere.yaml", &entry);
    assert_eq!(
        yard.run_with("OCM_CONFIG", "elsewhere.yaml", "list").code,
        Some(0)
    );
    // As in the official CLI, a file that does not exist is ignored.
    assert_eq!(yard.run_with("OCM_CONFIG", "absent", "list").code, Some(2));
}

#[test]
fn all_files_are_read_once() {
    let yard = Yard::with_registry();
    yard.done("init other --name acme.org/other -r ./transport-archive");
    let first = config(&registries(&format!("./transport-archive//{REGISTRY}")));
    yard.write("../home/.config/ocm/config", &first);
    home_config(
        &yard,
        &registries(&format!("transport-archive//{REGISTRY}")),
    );
    let count = |outcome: crate::yard::Outcome| outcome.json().as_array().unwrap().len();
    assert_eq!(count(yard.done("list --all -o json")), 2);
    let folder = yard.path("../home/.config");
    let outcome = yard.run_with(
        "XDG_CONFIG_HOME",
        folder.to_str().unwrap(),
        "list --all -o json",
    );
    assert_eq!(count(outcome), 2);
}

#[test]
fn given_files_replace_all_others() {
    let yard = Yard::with_registry();
    home_config(&yard, "  broken: [");
    yard.write(
        "own.yaml",
        config(&registries(&format!("./transport-archive//{REGISTRY}"))),
    );
    yard.done("list --config own.yaml");
    yard.write("none.yaml", config("  []\n"));
    assert_eq!(yard.run("list --config none.yaml").code, Some(2));
    yard.done("list --config none.yaml --config own.yaml");
    // They must be valid, whatever the command.
    yard.write("broken.yaml", "type: [\n");
    yard.write("empty.yaml", "");
    for (name, words) in [
        ("broken.yaml", "broken.yaml:"),
        ("empty.yaml", "empty.yaml: the file is empty"),
        (
            "absent.yaml",
            "error: absent.yaml: cannot be read: No such file",
        ),
        (
            "own.yaml,none.yaml",
            "error: own.yaml,none.yaml: cannot be read: No such file",
        ),
    ] {
        let outcome = yard.run(&format!("fmt --check --config {name}"));
        assert_eq!(outcome.code, Some(1), "{name}");
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}

#[test]
fn a_broken_file_stops_only_commands_that_need_it() {
    let yard = Yard::with_registry();
    let registry = with_password();
    home_config(
        &yard,
        "  - type: resolvers.config.ocm.software\n    resolvers:\n      - { componentNamePattern: '[', repository: { type: CTF, filePath: x } }\n",
    );
    let published = format!("./transport-archive//{REGISTRY}");
    for line in [
        "--version".to_owned(),
        "fmt --check".to_owned(),
        "publish".to_owned(),
        "update demo --repin".to_owned(),
        format!("list --registry {published}"),
        format!("info demo --registry {published}"),
        format!("component verify {published}"),
    ] {
        let outcome = yard.done(&line);
        assert!(!outcome.stderr.contains("ocmconfig"), "{}", outcome.stderr);
    }
    for line in [
        format!("component get {}/x//{DEMO}:1.0.0", registry.url()),
        "add acme.org/plugins/unknown:1.0.0".to_owned(),
        "list".to_owned(),
    ] {
        let outcome = yard.run(&line);
        assert_eq!(outcome.code, Some(1), "{line}");
        let text = &outcome.stderr;
        assert!(
            text.contains(".ocmconfig:5:33: `[` is not a pattern: a `[` is not closed"),
            "{text}"
        );
        assert!(text.contains("hint: repair the configuration"), "{text}");
    }
    assert!(registry.log().is_empty());
}

#[test]
fn unusable_values_are_reported_with_their_location() {
    let yard = Yard::new();
    let cases = [
        (
            "  - type: http.config.ocm.software\n    timeout: soon\n",
            "4:14: expected a duration",
        ),
        (
            "  - type: http.config.ocm.software\n    timeout: -1s\n",
            "4:14: a limit cannot be",
        ),
        (
            "  - type: http.config.ocm.software\n    retry: { maxRetries: -2 }\n",
            "4:26: expected -1 (off)",
        ),
        (
            "  - type: credentials.config.ocm.software\n    consumers:\n      - identity: { type: OCIRegistry, port: 5000 }\n",
            "5:46: this is a number, expected text, so put it in quotes",
        ),
        (
            "  - type: resolvers.config.ocm.software\n    resolvers:\n      - componentNamePattern: x\n        versionConstraint: new\n        repository: { type: CTF, filePath: x }\n",
            "6:28: `new` is not a constraint",
        ),
        (
            "  - type: resolvers.config.ocm.software\n    resolvers: [{ componentNamePattern: x }]\n",
            "4:17: the resolver names no `repository`",
        ),
        (
            "  - type: plugin.registry.config.ocm.software\n    registries: [acme.org/x]\n",
            "4:18: `acme.org/x` has no `//`",
        ),
    ];
    for (entries, words) in cases {
        yard.write("own.yaml", config(entries));
        let outcome = yard.run("list --config own.yaml");
        assert_eq!(outcome.code, Some(1), "{entries}");
        let expected = format!("own.yaml:{words}");
        assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
    }
    // Large and deeply nested files are also refused.
    yard.write("own.yaml", vec![b'#'; (1 << 20) + 1]);
    let outcome = yard.run("list --config own.yaml");
    assert!(
        outcome
            .stderr
            .contains("larger than the limit of 1048576 bytes"),
        "{}",
        outcome.stderr
    );
    yard.write("own.yaml", "[".repeat(100));
    assert_eq!(yard.run("list --config own.yaml").code, Some(1));
    yard.write("own.yaml", b"\xff");
    assert!(
        yard.run("list --config own.yaml")
            .stderr
            .contains("not UTF-8")
    );
}

#[test]
fn unusual_values_cause_warnings() {
    let yard = Yard::with_registry();
    let list = format!("list --registry ./transport-archive//{REGISTRY} --config own.yaml");
    yard.write("own.yaml", "configurations: []\n");
    let outcome = yard.done(&list);
    assert!(
        outcome
            .stderr
            .contains("warning: own.yaml: its type is not"),
        "{}",
        outcome.stderr
    );
    let registry = with_password();
    let prefix = consumer(&registry, "", "a", "b").replace("port:", "pathprefix: x, port:");
    yard.write("own.yaml", config(&prefix));
    let outcome = yard.done(&list);
    assert!(
        outcome.stderr.contains("own.yaml:5:9: `pathprefix`"),
        "{}",
        outcome.stderr
    );
    assert_eq!(yard.done(&format!("{list} -q")).stderr, "");
    yard.write("../home/.ocmconfig", "");
    yard.write(
        "../home/.ocm/config",
        config(&registries(&format!("./transport-archive//{REGISTRY}"))),
    );
    let outcome = yard.done("list");
    assert!(
        outcome.stderr.contains(".ocmconfig is empty"),
        "{}",
        outcome.stderr
    );
}
