//! Enforces the dependencies of the crates: `oci <- ocm <- registry <- keeper <- plugyard`, and `testkit` separate.

#![expect(clippy::unwrap_used, reason = "test code may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Direct dependencies of each package of the workspace, without dev-dependencies.
fn dependencies() -> Dependencies {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut shipped = Dependencies::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let on = shipped.entry(name.to_owned()).or_default();
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["kind"].as_str() != Some("dev") {
                on.insert(dependency["name"].as_str().unwrap().to_owned());
            }
        }
    }
    shipped
}

#[test]
fn each_crate_depends_only_on_crates_to_its_left() {
    let shipped = dependencies();
    let layers = [
        ("plugyard-oci", &[][..]),
        ("plugyard-ocm", &["plugyard-oci"]),
        ("plugyard-registry", &["plugyard-oci", "plugyard-ocm"]),
        (
            "plugyard-keeper",
            &["plugyard-oci", "plugyard-ocm", "plugyard-registry"],
        ),
        (
            "plugyard",
            &[
                "plugyard-oci",
                "plugyard-ocm",
                "plugyard-registry",
                "plugyard-keeper",
            ],
        ),
        // These are independent and share no type with the code they are compared with.
        ("plugyard-testkit", &[]),
        ("gitinput", &[]),
        ("floor", &[]),
    ];
    let packages: BTreeSet<&str> = shipped.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = layers.iter().map(|(package, _)| *package).collect();
    assert_eq!(
        packages, known,
        "every package has its place in the layering"
    );
    for (package, allowed) in layers {
        let own: BTreeSet<&str> = shipped[package]
            .iter()
            .map(String::as_str)
            .filter(|on| packages.contains(on))
            .collect();
        assert_eq!(own, allowed.iter().copied().collect(), "{package}");
    }
}

/// Crates that never see a command line or a terminal.
const LIBRARIES: [&str; 4] = [
    "plugyard-oci",
    "plugyard-ocm",
    "plugyard-registry",
    "plugyard-keeper",
];

#[test]
fn arguments_and_terminals_belong_to_the_binary() {
    let shipped = dependencies();
    for package in LIBRARIES {
        for foreign in ["clap", "anyhow", "anstream", "annotate-snippets"] {
            assert!(
                !shipped[package].contains(foreign),
                "{package} on {foreign}"
            );
        }
    }
}

#[test]
fn the_network_belongs_to_the_lowest_crate() {
    for (package, on) in dependencies() {
        let speaks = on.contains("reqwest") || on.contains("rustls");
        assert!(!speaks || package == "plugyard-oci", "{package}");
    }
}

#[test]
fn yaml_is_read_in_one_crate() {
    for (package, on) in dependencies() {
        let reads = on
            .iter()
            .any(|name| name.contains("yaml") || name == "granit-parser");
        assert!(!reads || package == "plugyard-ocm", "{package}");
    }
}

/// Source files below a directory.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Modules of `ocm` that serve changes of a constructor.
const KEEPERS_ONLY: [&str; 3] = ["constructor", "construct", "yaml"];

/// The modules of `KEEPERS_ONLY` that a source text names: `ocm::yaml`, or `yaml` in a list of
/// imports from `ocm`.
fn keepers_modules(text: &str) -> Vec<&'static str> {
    let mut named = Vec::new();
    for (at, _) in text.match_indices("ocm::") {
        let from_ocm = &text[at + "ocm::".len()..];
        let path = match from_ocm.strip_prefix('{') {
            Some(list) => list.split_once('}').map_or(list, |(list, _)| list),
            None => from_ocm.split_once(';').map_or(from_ocm, |(path, _)| path),
        };
        let mut words = path.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let found = if from_ocm.starts_with('{') {
            words.find_map(|word| KEEPERS_ONLY.into_iter().find(|module| *module == word))
        } else {
            let first = words.next().unwrap_or_default();
            KEEPERS_ONLY.into_iter().find(|module| *module == first)
        };
        named.extend(found);
    }
    named
}

#[test]
fn the_read_side_names_no_constructor() {
    let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("../registry");
    let files = sources(&registry);
    assert!(files.len() > 10, "the sources are where they are expected");
    for file in files {
        let text = fs_err::read_to_string(&file).unwrap();
        assert_eq!(keepers_modules(&text), [""; 0], "{}", file.display());
    }
}

#[test]
fn every_way_to_name_a_constructor_is_detected() {
    for text in [
        "use ocm::constructor::Constructor;",
        "fn f() -> ocm::yaml::Span {}",
        "use ocm::{Descriptor, construct};",
        "use ocm::{\n    yaml::Node,\n};",
    ] {
        assert_eq!(keepers_modules(text).len(), 1, "{text}");
    }
    assert_eq!(keepers_modules("use ocm::{Descriptor, Lookup};"), [""; 0]);
}

/// Returns whether a `#[path]` of a source file leads out of its crate. `file` is relative to the
/// directory of the crate: from `tests/it/merge.rs`, `../../x.rs` is inside and `../../../x.rs` is
/// not.
fn leaves_its_crate(file: &Path, text: &str) -> bool {
    let folders = file.components().count() - 1;
    let mut paths = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("#[path = \""));
    paths.any(|path| path.starts_with('/') || path.matches("../").count() > folders)
}

#[test]
fn tests_include_no_source_of_another_crate() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut checked = 0;
    for entry in fs_err::read_dir(&crates).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join("tests").is_dir() {
            continue;
        }
        for file in sources(&folder.join("tests")) {
            let text = fs_err::read_to_string(&file).unwrap();
            assert!(
                !leaves_its_crate(file.strip_prefix(&folder).unwrap(), &text),
                "{}: move the shared code to `testkit`",
                file.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 50, "the tests are where they are expected");
}

#[test]
fn a_path_into_another_crate_is_detected() {
    for (file, path, expected) in [
        ("tests/it/merge.rs", "../../../keeper/tests/model.rs", true),
        ("tests/merge.rs", "../../keeper/tests/model.rs", true),
        ("tests/merge.rs", "/tmp/model.rs", true),
        ("tests/it/main.rs", "../yard.rs", false),
        ("tests/it/main.rs", "../../src/yard.rs", false),
        ("tests/edit.rs", "edit/pins.rs", false),
    ] {
        let text = format!("//! Tests.\n#[path = \"{path}\"]\nmod other;\n");
        assert_eq!(leaves_its_crate(Path::new(file), &text), expected, "{path}");
    }
}
