//! `ocm plugin registry list`, and `plugyard list` on the same registries.

use ocm::Version;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::official::case::{Case, Run, documents, names};

const LIST: [&str; 3] = ["plugin", "registry", "list"];
const OFFICIAL: [&str; 6] = [
    "name",
    "version",
    "platforms",
    "description",
    "registry",
    "component",
];
const OURS: [&str; 5] = ["digest", "capabilities", "yanked", "moving", "ambiguous"];

/// The registries of an official command: one flag with commas; the last flag wins.
fn registries<'a>(run: &Run<'a>) -> Vec<&'a str> {
    match run.flag("--registry") {
        Some(text) if !text.is_empty() => text.split(',').collect(),
        _ => Vec::new(),
    }
}

fn arguments<'a>(registries: &[&'a str], form: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["list", "--all", "-o", form];
    for registry in registries {
        arguments.extend(["--registry", registry]);
    }
    arguments
}

/// What the official CLI tolerates and we do not: no registry at all, where it prints an empty
/// list, and a digest that is not that of the manifest, which it ignores.
fn is_deliberately_refused(run: &Run<'_>) -> bool {
    let text = run.flag("--registry").unwrap_or_default();
    text.is_empty() || text.contains("@sha256:0000")
}

#[test]
fn lists_have_the_rows_of_the_official_lists() {
    let mut compared = 0;
    for name in names() {
        let case = Case::open(&name);
        for run in case.runs().filter(|run| run.is(&LIST) && run.accepted()) {
            let Some(official) = run.stdout() else {
                continue;
            };
            if is_deliberately_refused(&run) {
                continue;
            }
            let form = run.flag("-o").unwrap();
            // Archives that an earlier command of the same case wrote.
            let case = Case::after(&name);
            let ours = case.done(&arguments(&registries(&run), form));
            let context = format!("{name}: {:?}", run.words());
            assert_same_rows(&ours, &official, form, &context);
            compared += 1;
        }
    }
    assert!(compared >= 25, "{compared} lists were compared");
}

pub(crate) fn assert_same_rows(ours: &str, official: &str, form: &str, context: &str) {
    let ours = documents(ours, form);
    let mut official = documents(official, form);
    // The official CLI sorts as text (10.0.0 before 9.0.0), Plugyard by semver.
    official.sort_by(|left, right| {
        let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        text(left, "name")
            .cmp(&text(right, "name"))
            .then_with(|| {
                let left: Version = text(left, "version").parse().unwrap();
                let right: Version = text(right, "version").parse().unwrap();
                left.precedence(&right)
            })
            .then_with(|| text(left, "registry").cmp(&text(right, "registry")))
    });
    assert_eq!(ours.len(), official.len(), "{context}");
    for (ours, official) in ours.iter().zip(&official) {
        for key in &OFFICIAL[..5] {
            let mut expected = official[*key].clone();
            if form == "yaml" && ours[*key].is_null() && expected == Value::Array(Vec::new()) {
                // The official YAML has an empty list for absent platforms, its JSON has null.
                expected = Value::Null;
            }
            assert_eq!(ours[*key], expected, "{context}: {key}");
        }
        assert_eq!(official["component"], "", "{context}");
        let component = ours["component"].as_str().unwrap();
        assert!(
            ocm::name::is_component_name(component),
            "{context}: {component}"
        );
        for key in OURS {
            assert!(ours.get(key).is_some(), "{context}: {key}");
        }
        assert_eq!(ours.as_object().unwrap().len(), OFFICIAL.len() + OURS.len());
    }
}

#[test]
fn rows_have_the_official_keys_first_and_ours_after() {
    let case = Case::open("seed-registry-list");
    let line = case.done(&arguments(&["ctf//ocm.software/plugin-registry"], "ndjson"));
    let positions: Vec<usize> = OFFICIAL
        .iter()
        .chain(&OURS)
        .map(|key| line.find(&format!("\"{key}\":")).unwrap())
        .collect();
    assert!(positions.is_sorted(), "{line}");
}

#[test]
fn an_empty_registry_has_an_empty_list_in_every_format() {
    let case = Case::open("list-empty");
    let print = |form: &str| case.done(&arguments(&["ctf//ocm.software/plugin-registry"], form));
    assert_eq!(print("json"), "[]\n");
    assert_eq!(print("ndjson"), "");
    assert_eq!(print("yaml"), "[]\n");
    for run in case.runs().filter(|run| run.is(&LIST)) {
        if let (Some(official), Some(form)) = (run.stdout(), run.flag("-o")) {
            assert_eq!(print(form), official, "{form}");
        }
    }
}

/// Failures that are caused by the official CLI and not by the registry.
const WRONGLY_REFUSED: [&str; 3] = [
    "label-unknown-key",
    "list-unlabelled-two",
    "list-unlabelled-two-registries",
];

#[test]
fn registries_that_the_official_cli_rightly_refuses_are_refused() {
    let mut refused = 0;
    for name in names() {
        if WRONGLY_REFUSED.contains(&name.as_str()) {
            continue;
        }
        let case = Case::open(&name);
        for run in case.runs().filter(|run| run.is(&LIST) && !run.accepted()) {
            let text = run.flag("--registry").unwrap_or_default();
            // Flaws of a list in one flag: spaces, and nothing after the comma.
            if text.contains(", ") || text.ends_with(',') {
                continue;
            }
            let registries = registries(&run);
            let outcome = case.plugyard(&arguments(&registries, "json"));
            let twice = registries.len() == 2 && registries[1].starts_with(registries[0]);
            if twice {
                // Listed once, or refused: see below.
                continue;
            }
            let context = format!("{name}: {:?}: {outcome:?}", run.words());
            assert!(matches!(outcome.code, Some(1 | 2)), "{context}");
            assert_eq!(outcome.stdout, "", "{context}");
            assert!(outcome.stderr.starts_with("error: "), "{context}");
            refused += 1;
        }
    }
    assert!(refused >= 12, "{refused} lists were refused");
}

#[test]
fn a_registry_given_twice_is_listed_once() {
    let case = Case::open("list-two-registries");
    let first = "ctf//ocm.software/plugin-registry";
    for second in [first, "ctf//ocm.software/plugin-registry:v1.0.0"] {
        let once = case.done(&arguments(&[first], "json"));
        let outcome = case.plugyard(&arguments(&[first, second], "json"));
        if outcome.code == Some(0) {
            assert_eq!(outcome.stdout, once, "{second}");
        } else {
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (Some(1), ""),
                "{second}"
            );
        }
    }
}

#[test]
fn refusals_name_the_registry_the_entry_and_a_hint() {
    let registry = ["ctf//ocm.software/plugin-registry"];
    let say = |name: &str, registries: &[&str]| {
        Case::open(name).refused(1, &arguments(registries, "json"))
    };
    assert_data_eq!(
        say("entry-twice", &registry),
        str![[r#"
error: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0` is duplicated
hint: the registry's keepers must remove one of the two entries and publish a new version; an earlier version may still be readable

"#]]
    );
    assert_data_eq!(
        say("label-list", &registry),
        str![[r#"
error: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0`: its label `ocm.software/pluginInfo` cannot be read: invalid type: sequence, expected an object with description and platforms
hint: the registry's keepers can fix it with `plugyard update NAME --repin` and publish a new version; an earlier version may still be readable

"#]]
    );
    assert_data_eq!(
        say("label-string", &registry),
        str![[r#"
error: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0`: its label `ocm.software/pluginInfo` cannot be read: invalid type: string "text", expected an object with description and platforms
hint: the registry's keepers can fix it with `plugyard update NAME --repin` and publish a new version; an earlier version may still be readable

"#]]
    );
    assert_data_eq!(
        say("label-platforms-string", &registry),
        str![[r#"
error: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0`: its label `ocm.software/pluginInfo` cannot be read: invalid type: string "linux/amd64", expected a sequence
hint: the registry's keepers can fix it with `plugyard update NAME --repin` and publish a new version; an earlier version may still be readable

"#]]
    );
    assert_data_eq!(
        say(
            "list-two-registries",
            &[registry[0], "ctf//acme.org/absent"]
        ),
        str![[r#"
error: ctf: no version of acme.org/absent is published
hint: check the spelling of the component and the repository

"#]]
    );
    assert_data_eq!(
        say(
            "seed-registry-list",
            &["ctf//ocm.software/plugin-registry:v2.0.0"]
        ),
        str![[r#"
error: ctf: ocm.software/plugin-registry:v2.0.0 does not exist
hint: the latest version is v1.0.0

"#]]
    );
    assert_data_eq!(
        say(
            "seed-registry-list",
            &["nowhere//ocm.software/plugin-registry"]
        ),
        str![[r#"
error: nowhere: the archive does not exist
hint: check the path, which is relative to the working directory

"#]]
    );
    assert_data_eq!(
        Case::open("seed-registry-list").refused(
            2,
            &arguments(&["ocm.software/plugin-registry:v1.0.0"], "json")
        ),
        str![[r#"
error: invalid value 'ocm.software/plugin-registry:v1.0.0' for '--registry <REF>': `ocm.software/plugin-registry:v1.0.0` has no `//` between the repository and the component; write it as REPO//COMPONENT:VERSION, for instance ghcr.io/acme/plugins//acme.org/plugin-registry:v1.0.0

For more information, try '--help'.

"#]]
    );
    assert_data_eq!(
        Case::open("seed-registry-list").refused(2, &arguments(&[], "json")),
        str![[r#"
error: no registry is named
hint: use --registry REF or set PLUGYARD_REGISTRY, for instance to ./transport-archive//acme.org/plugin-registry

"#]]
    );
    assert_data_eq!(
        say(
            "version-strictness",
            &[
                "ctf//ocm.software/plugin-registry:v1.0.0@sha256:0000000000000000000000000000000000000000000000000000000000000000"
            ]
        ),
        str![[r#"
error: ctf: ocm.software/plugin-registry:v1.0.0 is manifest sha256:a4a112fe7ca6a708781fcfa54e5111f6517d2aaac825bf213d52e7932886d017, and the reference is pinned to sha256:0000000000000000000000000000000000000000000000000000000000000000
hint: the version was published again with other content: check it, then use its new digest or drop the pin

"#]]
    );
}

#[test]
fn registries_that_break_the_official_cli_are_listed_with_a_warning() {
    let list = |name: &str, registries: &[&str]| {
        let case = Case::open(name);
        let outcome = case.plugyard(&arguments(registries, "ndjson"));
        assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.stderr);
        (documents(&outcome.stdout, "ndjson"), outcome.stderr)
    };
    let registry = "ctf//ocm.software/plugin-registry";
    let (rows, said) = list("label-unknown-key", &[registry]);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["platforms"], serde_json::json!(["linux/amd64"]));
    assert_data_eq!(
        said,
        str![[r#"
warning: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0`: its label `ocm.software/pluginInfo` has the unknown key `license`, which the official CLI refuses

"#]]
    );
    let (rows, said) = list("list-unlabelled-two", &[registry]);
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row["platforms"].is_null() && row["description"] == "")
    );
    assert_data_eq!(
        said,
        str![[r#"
warning: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown
warning: ctf//ocm.software/plugin-registry:v1.0.0: entry `gitinput@0.3.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown

"#]]
    );
    let (rows, said) = list(
        "list-unlabelled-two-registries",
        &[registry, "ctf//acme.org/reg"],
    );
    assert_eq!(rows.len(), 2);
    assert_data_eq!(
        said,
        str![[r#"
warning: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown
warning: ctf//acme.org/reg:v1.0.0: entry `gitinput@0.3.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown

"#]]
    );
    let (rows, said) = list("list-unlabelled-one", &[registry]);
    assert_eq!(rows.len(), 2);
    assert_data_eq!(
        said,
        str![[r#"
warning: ctf//ocm.software/plugin-registry:v1.0.0: entry `helminput@1.0.0` has no label `ocm.software/pluginInfo`, so its platforms are unknown

"#]]
    );
}

#[test]
fn listing_a_valid_registry_prints_no_messages() {
    for (name, registries) in [
        (
            "seed-registry-list",
            &["ctf//ocm.software/plugin-registry"][..],
        ),
        ("list-many-versions", &["ctf//ocm.software/plugin-registry"]),
        (
            "list-two-registries",
            &[
                "ctf//ocm.software/plugin-registry",
                "ctf//acme.org/preview-registry",
            ],
        ),
    ] {
        let outcome = Case::open(name).plugyard(&arguments(registries, "json"));
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (Some(0), ""),
            "{name}"
        );
    }
}

#[test]
fn versions_are_sorted_by_semver() {
    let case = Case::open("list-many-versions");
    let rows = documents(
        &case.done(&arguments(&["ctf//ocm.software/plugin-registry"], "json")),
        "json",
    );
    let versions: Vec<&str> = rows
        .iter()
        .filter(|row| row["name"] == "helminput")
        .map(|row| row["version"].as_str().unwrap())
        .collect();
    assert_eq!(versions, ["v2.0.0", "9.0.0", "10.0.0-rc.1", "10.0.0"]);
}
