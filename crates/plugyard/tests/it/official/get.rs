//! `ocm get cv`, and `plugyard component get` on the same references.

use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::official::case::{Case, documents, names};

fn get<'a>(reference: &'a str, form: &'a str) -> [&'a str; 5] {
    ["component", "get", reference, "-o", form]
}

/// The reference of a printed descriptor in the repository of a command.
fn reference(words: &[&str], descriptor: &Value) -> String {
    let repository = words[2].split("//").next().unwrap();
    let member = |name: &str| descriptor["component"][name].as_str().unwrap();
    format!("{repository}//{}:{}", member("name"), member("version"))
}

#[test]
fn descriptors_equal_those_that_the_official_cli_prints() {
    let mut compared = 0;
    for name in names() {
        let before = match name.as_str() {
            "read-v1-archives" => v1_archives(),
            _ => Case::open(&name),
        };
        let after = Case::after(&name);
        for run in before
            .runs()
            .filter(|run| run.is(&["get", "cv"]) && run.accepted())
        {
            let (Some(official), Some(form)) = (run.stdout(), run.flag("-o")) else {
                continue;
            };
            let our_form = if form == "yaml" { "yaml" } else { "json" };
            for official in documents(&official, form) {
                let reference = reference(&run.words(), &official);
                // Output of an intermediate command matches the state before or after.
                let ours = [&before, &after].map(|case| {
                    let outcome = case.plugyard(&get(&reference, our_form));
                    match outcome.code {
                        Some(0) => documents(&outcome.stdout, our_form).remove(0),
                        _ => Value::String(outcome.stderr),
                    }
                });
                assert!(
                    ours.contains(&official),
                    "{name}: {reference}\n{ours:#?}\n{official:#}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 35, "{compared} descriptors were compared");
}

/// The archives of version 1, which are stored with the archive tests.
fn v1_archives() -> Case {
    let case = Case::after("read-v1-archives");
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../oci/tests/ctf");
    for name in ["v1-writer-utf8-resource", "v1-writer-artifactset"] {
        testkit::files::copy(&from.join(name), &case.path(name));
    }
    fs_err::copy(
        from.join("v1-writer-utf8-resource.tar.gz"),
        case.path("utf8.tar.gz"),
    )
    .unwrap();
    case
}

#[test]
fn yaml_is_printed_byte_for_byte() {
    let mut compared = 0;
    for name in names() {
        let case = match name.as_str() {
            "read-v1-archives" => v1_archives(),
            _ => Case::after(&name),
        };
        for run in case
            .runs()
            .filter(|run| run.is(&["get", "cv"]) && run.flag("-o") == Some("yaml"))
        {
            let Some(official) = run.stdout() else {
                continue;
            };
            if run.words().contains(&"--recursive") {
                continue;
            }
            let [document] = &documents(&official, "yaml")[..] else {
                continue;
            };
            let reference = reference(&run.words(), document);
            // The official output is a list of one: the same lines, indented by two.
            let lines: Vec<&str> = official
                .lines()
                .map(|line| {
                    let inner = line.strip_prefix("- ").or(line.strip_prefix("  "));
                    inner.unwrap_or(line)
                })
                .collect();
            let expected = lines.join("\n") + "\n";
            assert_eq!(
                case.done(&get(&reference, "yaml")),
                expected,
                "{name}: {reference}"
            );
            compared += 1;
        }
    }
    assert!(compared >= 4, "{compared} descriptors were compared");
}

#[test]
fn archives_of_version_1_are_read_in_every_format() {
    let case = v1_archives();
    for repository in [
        "v1-writer-utf8-resource",
        "v1-writer-artifactset",
        // The official CLI lists nothing in an archive file without a reference.
        "utf8.tar.gz",
        "./utf8.tar.gz",
        "CTF::utf8.tar.gz",
    ] {
        let reference = format!("{repository}//github.com/acme.org/helloworld:1.0.0");
        let descriptor: Value = serde_json::from_str(&case.done(&get(&reference, "json"))).unwrap();
        assert_eq!(
            descriptor["component"]["name"],
            "github.com/acme.org/helloworld"
        );
        let hash = case.done(&["component", "hash", &reference]);
        assert_eq!(
            hash,
            format!(
                "sha256:{}\n",
                testkit::sha256(testkit::normal_form::v4alpha1(&descriptor).as_bytes())
            )
        );
        if !repository.ends_with("artifactset") {
            case.done(&["component", "verify", &reference]);
        }
    }
    // An archive file is not unpacked by name: nothing appears in the working directory.
    assert!(!case.path("blobs").exists());
}

#[test]
fn a_digest_of_other_data_than_the_blob_is_not_reported_as_different() {
    // Version 1 stores the digest of the image's manifest with a blob that contains the whole image.
    let case = v1_archives();
    let reference = "v1-writer-artifactset//github.com/acme.org/helloworld:1.0.0";
    let outcome = case.plugyard(&["component", "verify", "-o", "json", reference]);
    let verification: Value = serde_json::from_str(&outcome.stdout).unwrap();
    for finding in verification["findings"].as_array().unwrap() {
        assert_ne!(finding["status"], "differs", "{finding}");
    }
}

/// References that the official CLI reads, and we refuse on purpose; and the other way round.
const OTHERWISE: [(&str, i32, &str); 7] = [
    // The official CLI does not use the digest; Plugyard enforces it.
    (
        "ctf//ocm.software/plugin-registry@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        1,
        "the reference is pinned to sha256:0000",
    ),
    (
        "ctf//ocm.software/plugin-registry:v1.0.0@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        1,
        "the reference is pinned to sha256:0000",
    ),
    // The official CLI treats an empty version as no version.
    (
        "ctf//ocm.software/plugin-registry:",
        2,
        "`` in `ctf//ocm.software/plugin-registry:` is not a version",
    ),
    // For a whole repository, the official CLI lists all components.
    ("ctf//", 2, "is not a component name"),
    ("ctf", 2, "has no `//`"),
    // In the official CLI, the scheme becomes part of the path.
    ("file://ctf//ocm.software/plugin-registry:v1.0.0", 0, ""),
    ("file://./ctf//ocm.software/plugin-registry:v1.0.0", 0, ""),
];

#[test]
fn references_are_written_like_for_the_official_cli() {
    let case = Case::open("references");
    let mut references = 0;
    for run in case.runs().filter(|run| run.is(&["get", "cv"])) {
        let words = run.words();
        let reference = words[2];
        if words.len() > 3 {
            continue;
        }
        let outcome = case.plugyard(&get(reference, "json"));
        let context = format!("{reference}: {outcome:?}");
        if let Some((_, code, message)) = OTHERWISE.iter().find(|(text, ..)| *text == reference) {
            assert_eq!(outcome.code, Some(*code), "{context}");
            assert!(outcome.stderr.contains(message), "{context}");
        } else if run.accepted() {
            assert_eq!(outcome.code, Some(0), "{context}");
            let descriptor: Value = serde_json::from_str(&outcome.stdout).unwrap();
            assert_eq!(
                descriptor["component"]["name"],
                "ocm.software/plugin-registry"
            );
            assert_eq!(descriptor["component"]["version"], "v1.0.0");
        } else {
            assert!(matches!(outcome.code, Some(1 | 2)), "{context}");
            assert_eq!(outcome.stdout, "", "{context}");
        }
        references += 1;
    }
    assert_eq!(references, 37);
}

#[test]
fn failures_of_get_are_reported() {
    let case = Case::open("references");
    let said = |code, reference: &str| case.refused(code, &get(reference, "json"));
    assert_data_eq!(
        said(1, "gone//ocm.software/plugin-registry"),
        str![[r#"
error: gone: the archive does not exist
hint: check the path, which is relative to the working directory

"#]]
    );
    assert_data_eq!(
        said(1, "gone.tar//ocm.software/plugin-registry:v1.0.0"),
        str![[r#"
error: gone.tar: the archive does not exist
hint: check the path, which is relative to the working directory

"#]]
    );
    assert_data_eq!(
        said(1, "ctf//ocm.software/plugin-registry:v1"),
        str![[r#"
error: ctf: ocm.software/plugin-registry:v1 does not exist
hint: the latest version is v1.0.0

"#]]
    );
    assert_data_eq!(
        said(2, "ctf//ocm.software/plugin-registry:main"),
        str![[r#"
error: invalid value 'ctf//ocm.software/plugin-registry:main' for '<REF>': `main` in `ctf//ocm.software/plugin-registry:main` is not a version such as 1.2.3; leave the version out for the latest one

For more information, try '--help'.

"#]]
    );
    assert_data_eq!(
        said(2, "ctf//ocm.software/plugin-registry:v1.0.0@sha256:00"),
        str![[r#"
error: invalid value 'ctf//ocm.software/plugin-registry:v1.0.0@sha256:00' for '<REF>': `sha256:00` in `ctf//ocm.software/plugin-registry:v1.0.0@sha256:00` is not a digest: expected `sha256:` and 64 lower-case hex digits; copy the digest that `plugyard publish` printed

For more information, try '--help'.

"#]]
    );
    assert_data_eq!(
        said(2, "ctf//ocm.software/Plugin-Registry"),
        str![[r#"
error: invalid value 'ctf//ocm.software/Plugin-Registry' for '<REF>': `ocm.software/Plugin-Registry` in `ctf//ocm.software/Plugin-Registry` is not a component name such as ocm.software/plugins/helminput; a component name is a domain and a path in lower case, for instance acme.org/plugins/demo

For more information, try '--help'.

"#]]
    );
    assert_data_eq!(
        said(2, "Foo::ctf//ocm.software/plugin-registry"),
        str![[r#"
error: invalid value 'Foo::ctf//ocm.software/plugin-registry' for '<REF>': `Foo` in `Foo::ctf//ocm.software/plugin-registry` is not a type of repository; use `oci::` or `ctf::`, or leave the type out

For more information, try '--help'.

"#]]
    );
    assert_data_eq!(
        said(1, "ctf//ocm.software/absent"),
        str![[r#"
error: ctf: no version of ocm.software/absent is published
hint: check the spelling of the component and the repository

"#]]
    );
}

#[test]
fn signatures_are_kept() {
    for (name, archives) in [
        ("sign-verify-pss", &["ctf", "moved"][..]),
        ("sign-verify-pkcs1", &["ctf", "moved"]),
        ("sign-names", &["ctf"]),
    ] {
        let case = Case::after(name);
        for archive in archives {
            let reference = format!("{archive}//ocm.software/plugin-registry:v1.0.0");
            let descriptor: Value =
                serde_json::from_str(&case.done(&get(&reference, "json"))).unwrap();
            let signatures = descriptor["signatures"].as_array().unwrap();
            assert!(!signatures.is_empty(), "{name}: {reference}");
            let digest = case.done(&["component", "hash", &reference]);
            for signature in signatures {
                for member in ["algorithm", "mediaType", "value"] {
                    assert!(
                        signature["signature"][member].is_string(),
                        "{name}: {member}"
                    );
                }
                // The signed digest equals the one that we compute.
                assert_eq!(
                    format!(
                        "sha256:{}\n",
                        signature["digest"]["value"].as_str().unwrap()
                    ),
                    digest,
                    "{name}: {reference}"
                );
            }
        }
    }
}

#[test]
fn archives_with_unusual_names_and_versions_are_read() {
    let case = Case::after("transfer-limits");
    for reference in [
        "ctf//ocm.software/plugins/plain:1.0.0",
        "ctf//ocm.software/plugins/plus:1.0.0+b",
        "ctf//ocm.software/plugins/pre:1.0.0-rc.1",
        "ctf//ocm.software/plugins/under_score:1.0.0",
        "ctf//a-b.software/plu-gins/da-sh:v1.0.0-x-y",
        "ctf//ocm.software/plugins/created:1.0.0",
        "out//ocm.software/plugins/created:1.0.0",
        "other//ocm.software/plugins/plain:1.0.0",
        "out2//ocm.software/plugin-registry:v1.0.0",
    ] {
        case.done(&get(reference, "json"));
    }
    // A transfer drops the time of creation, which the digest covers.
    let hash = |archive| {
        case.done(&[
            "component",
            "hash",
            &format!("{archive}//ocm.software/plugins/created:1.0.0"),
        ])
    };
    assert_ne!(hash("ctf"), hash("out"));
    let rows = case.done(&[
        "list",
        "--all",
        "--registry",
        "ctf//ocm.software/plugin-registry",
        "-o",
        "json",
    ]);
    assert!(
        documents(&rows, "json")
            .iter()
            .any(|row| row["version"] == "1.0.0+b")
    );
}
