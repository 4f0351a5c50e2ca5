//! Constructors that are accepted or refused, and the messages about them.
#![expect(clippy::format_push_string, reason = "tests need not be fast")]

use std::collections::BTreeMap;

use ocm::Diagnostic;
use ocm::constructor::{self, Constructor, Content, Form, Input, Relation, Utf8, values};
use ocm::glob::Glob;
use proptest::prelude::*;
use serde_json::{Value, json};

const HEAD: &str = "name: acme.org/a\nversion: 1.0.0\nprovider: { name: acme.org }\n";

fn read(text: &str) -> Constructor {
    constructor::parse(text).unwrap_or_else(|error| panic!("{text}\n{:?}", error.diagnostics))
}

fn refused(text: &str) -> Vec<Diagnostic> {
    match constructor::parse(text) {
        Ok(_) => panic!("taken:\n{text}"),
        Err(error) => error.diagnostics,
    }
}

/// The only finding: the text it refers to, message and help.
fn only(text: &str) -> (&str, String, String) {
    let [finding] = &refused(text)[..] else {
        panic!("{text}\n{:?}", refused(text));
    };
    (
        finding.span.slice(text),
        finding.message.clone(),
        finding.help.clone().unwrap_or_default(),
    )
}

fn messages(findings: &[Diagnostic]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect()
}

/// A constructor with one reference.
fn with_reference(members: &str) -> String {
    format!("{HEAD}componentReferences:\n  - {{ {members} }}\n")
}

/// A constructor with one resource.
fn with_resource(members: &str) -> String {
    format!("{HEAD}resources:\n  - {{ {members} }}\n")
}

/// A constructor with one input.
fn with_input(members: &str) -> String {
    with_resource(&format!("name: rr, type: x, input: {{ {members} }}"))
}

fn files(folder: &[(&'static str, &'static str)]) -> BTreeMap<&'static str, &'static str> {
    folder.iter().copied().collect()
}

macro_rules! official {
    ($folder:literal, $($name:literal),+ $(,)?) => {
        files(&[$(($name, include_str!(concat!("vectors/official-cli/", $folder, "/", $name, ".yaml")))),+])
    };
}

#[test]
fn the_schema_is_followed_except_for_listed_exceptions() {
    // Also accepted: the spelling of the original sketch.
    let taken = ["references-key"];
    // Also refused: constructors that fail later in the official tools.
    let stricter = [
        "provider-object-without-name",
        "list-empty",
        "duplicate-resource-identity",
    ];
    let file: Value =
        serde_json::from_str(include_str!("vectors/constructor/schema-cases.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let valid = case["schema_valid"].as_bool().unwrap();
        let expected = (valid || taken.contains(&name)) && !stricter.contains(&name);
        let found = constructor::parse(case["yaml"].as_str().unwrap());
        assert_eq!(found.is_ok(), expected, "{name} {found:?}");
    }
}

#[test]
fn constructors_that_the_official_cli_refuses_by_form_are_refused() {
    // These depend on what is published, or on files next to the constructor.
    let taken = [
        "digest-hash-SHA-512",
        "digest-upper-case",
        "file-missing",
        "file-without-media-type",
        "plugins",
        "reference-missing",
        "reference-v-prefix",
        "wrong-digest",
    ];
    let files = official!(
        "add-cv-refused",
        "component-name-capital",
        "components-empty",
        "digest-empty-strings",
        "digest-hash-SHA-512",
        "digest-upper-case",
        "duplicate-reference",
        "duplicate-resource",
        "file-missing",
        "file-without-media-type",
        "label-value-empty",
        "label-value-list",
        "name-capital",
        "name-with-dot",
        "plugins",
        "provider-missing",
        "reference-missing",
        "reference-v-prefix",
        "unknown-key-component",
        "unknown-key-reference",
        "version-main",
        "version-number",
        "wrong-digest",
    );
    for (name, text) in files {
        let found = constructor::parse(text);
        assert_eq!(found.is_ok(), taken.contains(&name), "{name} {found:?}");
    }
}

#[test]
fn constructors_that_the_official_cli_misreads_cause_warnings() {
    let files = official!(
        "add-cv-odd-accepted",
        "dollar",
        "empty-file",
        "label-duplicate",
        "plugins",
        "resource-no-platform",
        "unknown-key-top",
    );
    let expected = [
        (
            "dollar",
            "`$` is taken literally here, the official CLI expands it",
        ),
        (
            "label-duplicate",
            "label `l` of the component stands here twice",
        ),
        (
            "unknown-key-top",
            "key `extra` of the constructor is ignored",
        ),
    ];
    for (name, text) in files {
        if name == "empty-file" {
            assert_eq!(only(text).1, "the constructor is empty");
            continue;
        }
        let expected: Vec<&str> = expected
            .iter()
            .filter_map(|(of, message)| (*of == name).then_some(*message))
            .collect();
        assert_eq!(messages(&read(text).warnings), expected, "{name}");
    }
}

#[test]
fn the_original_sketch_is_accepted_and_its_spelling_noted() {
    let text = include_str!("vectors/constructor/original-sketch.yaml");
    let constructor = read(text);
    assert_eq!(constructor.form, Form::Single);
    assert!(constructor.warnings.is_empty());
    let noted: Vec<_> = constructor
        .sketch_spellings
        .iter()
        .map(|finding| (finding.span.slice(text), finding.help.clone().unwrap()))
        .collect();
    assert_eq!(
        noted,
        [
            (
                "ocm.software",
                "write `provider: { name: ocm.software }`".to_owned()
            ),
            ("references", "write `componentReferences`".to_owned()),
            ("component", "write `componentName`".to_owned()),
        ]
    );
    let reference = &constructor.components[0].references[0];
    assert_eq!(reference.component.value, "ocm.software/plugins/helminput");
    assert_eq!(reference.digest.as_ref().unwrap().value.value, "def456...");
    let counts = official!(
        "sketch-spelling",
        "step0",
        "step1",
        "step2",
        "step3",
        "step4",
        "step5",
        "plugins"
    )
    .into_values()
    .map(|text| read(text).sketch_spellings.len());
    assert_eq!(counts.collect::<Vec<_>>(), [0, 3, 2, 1, 0, 0, 0]);
}

#[test]
fn everything_is_read_with_its_location() {
    let text = "# kept\ncomponents:\n- name: acme.org/a\n  version: \"1.0\"\n  provider:\n    name: acme.org\n    \
                labels: [{ name: l, value: {a: 014}, signing: true }]\n  creationTime: 2026-01-02T03:04:05Z\n  \
                componentReferences:\n  - name: lib\n    version: v1.2.3\n    componentName: acme.org/b\n    \
                extraIdentity: { os: linux }\n    digest: &d\n      hashAlgorithm: SHA-256\n      \
                normalisationAlgorithm: jsonNormalisation/v4alpha1\n      value: abc\n    labels:\n    \
                - { name: m, value: no one }\n  resources:\n  - name: image\n    version: 1.0.0\n    type: ociImage\n    \
                access: { type: ociArtifact, imageReference: x }\n    digest: *d\n    srcRefs:\n    \
                - { identitySelector: { name: src }, labels: [{ name: nn, value: o, signing: true }] }\n  \
                - { name: text, type: blob, input: { type: utf8, text: a } }\n  sources:\n  \
                - { name: src, type: git, access: { type: gitHub } }\n";
    let constructor = read(text);
    assert_eq!(constructor.form, Form::List);
    assert!(constructor.node(0).unwrap().get("version").is_some());
    let component = &constructor.components[0];
    assert_eq!(component.version.span.slice(text), "\"1.0\"");
    assert_eq!(component.version.value.as_str(), "1.0");
    assert_eq!(
        component.provider.value.text(),
        r#"{"name":"acme.org","labels":[{"name":"l","value":{"a":12},"signing":true}]}"#
    );
    let time = component.creation_time.as_ref().unwrap();
    assert_eq!(time.value, "2026-01-02T03:04:05Z");
    let reference = &component.references[0];
    assert!(reference.span.slice(text).starts_with("name: lib"));
    assert!(reference.span.slice(text).ends_with("no one }"));
    assert_eq!(
        reference.labels[0].span.slice(text),
        "{ name: m, value: no one }"
    );
    let descriptor = serde_json::to_value(reference.to_reference()).unwrap();
    assert_eq!(
        descriptor,
        json!({"name": "lib", "version": "v1.2.3", "componentName": "acme.org/b",
            "extraIdentity": {"os": "linux"}, "labels": [{"name": "m", "value": "no one"}],
            "digest": {"hashAlgorithm": "SHA-256",
                "normalisationAlgorithm": "jsonNormalisation/v4alpha1", "value": "abc"}})
    );
    let [image, blob] = &component.resources[..] else {
        panic!("{:?}", component.resources);
    };
    assert_eq!(image.relation, Relation::External);
    assert_eq!(image.digest.as_ref().unwrap().span.slice(text), "*d");
    assert_eq!(
        image.src_refs,
        [json!({"identitySelector": {"name": "src"},
            "labels": [{"name": "nn", "value": "o", "signing": true}]})]
    );
    assert_eq!(blob.relation, Relation::Local);
    assert_eq!(blob.version.as_str(), "1.0");
    assert_eq!(component.sources[0].version.as_str(), "1.0");
}

#[test]
fn inputs_are_read() {
    let input = |members: &str| match &read(&with_input(members)).components[0].resources[0]
        .content
        .value
    {
        Content::Input(input) => input.clone(),
        Content::Access(access) => panic!("{access:?}"),
    };
    for kind in ["file", "File", "file/v1", "File/v1"] {
        let Input::File { path, media_type } =
            input(&format!("type: {kind}, path: ./b/../c, mediaType: a/b"))
        else {
            panic!("{kind}");
        };
        assert_eq!(
            (path.value.as_str(), media_type.as_deref()),
            ("./b/../c", Some("a/b"))
        );
    }
    let Input::Dir {
        preserve_dir,
        follow_symlinks,
        include_files,
        exclude_files,
        media_type,
        ..
    } = input(
        "type: dir/v1, path: d, reproducible: true, preserveDir: yes, includeFiles: [\"*.a\"]",
    )
    else {
        panic!();
    };
    assert!(preserve_dir && !follow_symlinks && exclude_files.is_empty() && media_type.is_none());
    assert_eq!(include_files, [Glob::path("*.a").unwrap()]);
    for (members, expected) in [
        ("text: hi", Utf8::Text("hi".to_owned())),
        ("json: {a: 1.0}", Utf8::Json(json!({"a": 1}))),
        ("formattedJson: [no]", Utf8::FormattedJson(json!([false]))),
        ("yaml: null", Utf8::Yaml(Value::Null)),
    ] {
        assert_eq!(
            input(&format!("type: utf8, {members}")),
            Input::Utf8(expected)
        );
    }
}

#[test]
fn unsupported_inputs_are_refused_with_the_reason() {
    for (members, position, message) in [
        (
            "type: file, path: /etc/x",
            "/etc/x",
            "path `/etc/x` is absolute",
        ),
        (
            "type: file, path: 'C:\\x'",
            "'C:\\x'",
            "path `C:\\x` is absolute",
        ),
        (
            "type: file, path: a/../../b",
            "a/../../b",
            "path `a/../../b` leaves the constructor's folder",
        ),
        (
            "type: file",
            "type",
            "`input` of resource `rr` has no `path`",
        ),
        (
            "type: file, path: ''",
            "''",
            "`path` of `input` of resource `rr` is empty",
        ),
        (
            "type: dir, path: d, reproducible: true, excludeFiles: [\"a[b\"]",
            "\"a[b\"",
            "an item of `excludeFiles` of `input` of resource `rr`: `a[b` is not a pattern: a `[` is not closed",
        ),
        (
            "type: file, path: x, compress: true",
            "compress",
            "`input` of resource `rr` is to be compressed",
        ),
        (
            "type: file, path: x, mediaType: application/vnd.ocm.software.oci.layout.v1+tar+gzip",
            "application/vnd.ocm.software.oci.layout.v1+tar+gzip",
            "`input` of resource `rr` is an OCI layout",
        ),
        (
            "type: dir, path: x",
            "type",
            "`input` of resource `rr` is a folder without `reproducible: true`",
        ),
        (
            "type: helm, path: x",
            "helm",
            "`input` of resource `rr` has the unknown type `helm`",
        ),
        (
            "type: utf8",
            "type",
            "`input` of resource `rr` needs one of `text`, `json`, `formattedJson` and `yaml`",
        ),
        (
            "type: utf8, text: ''",
            "''",
            "`text` of `input` of resource `rr` is empty",
        ),
        ("path: x", "path", "`input` of resource `rr` has no `type`"),
    ] {
        let text = with_input(members);
        let (found, said, help) = only(&text);
        assert_eq!((found, said.as_str()), (position, message));
        let plain = ["is empty", "has no `path`"];
        assert!(
            !help.is_empty() || plain.iter().any(|end| message.ends_with(end)),
            "{message}"
        );
    }
    assert!(
        only(&with_input("type: helm"))
            .2
            .contains("`file`, `dir` and `utf8`")
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn problems_are_reported_with_location_and_hint() {
    let reference = |members: &str| with_reference(&format!("name: lib, {members}"));
    let plain = "name: acme.org/a\nprovider: { name: acme.org }\n";
    for (text, position, message, help) in [
        (
            format!("{plain}version: 1.0"),
            "1.0",
            "`version` of the component is a number, not text",
            "write \"1.0\"",
        ),
        (
            format!("{plain}version: main"),
            "main",
            "`version` of the component: `main` is not a version such as 1.2.3 or v1.2.3-rc.1",
            "",
        ),
        (
            plain.to_owned(),
            "name",
            "the component has no `version`",
            "write `version: v0.1.0`",
        ),
        (
            format!("{HEAD}homepage: x"),
            "homepage",
            "a component has no key `homepage`",
            "known are `name`, `version`, `provider`, `creationTime`, `labels`, `resources`, `sources`, `componentReferences` and `references`",
        ),
        (
            format!("{HEAD}componentReference: []"),
            "componentReference",
            "a component has no key `componentReference`",
            "did you mean `componentReferences`?",
        ),
        (
            format!("{HEAD}name: acme.org/b"),
            "name",
            "key `name` stands here twice",
            "leave one of them; readers differ in which they take",
        ),
        (
            format!("{HEAD}labels: null"),
            "null",
            "`labels` of the component is null, not a list",
            "leave `labels` out, or write `labels: []`",
        ),
        (
            format!("{HEAD}labels: [{{ name: x, value: yes }}]"),
            "yes",
            "the value of label `x` of the component is a boolean, not text or an object",
            "write \"yes\"",
        ),
        (
            format!("{HEAD}labels: [{{ name: x, value: \"\" }}]"),
            "\"\"",
            "the value of label `x` of the component is empty",
            "",
        ),
        (
            format!("{HEAD}labels: [{{ name: x, value: a, signing: \"yes\" }}]"),
            "\"yes\"",
            "`signing` of label `x` of the component is text, not a boolean",
            "write `true` or `false` without quotes",
        ),
        (
            reference("version: 1.0.0, componentNam: acme.org/b, componentName: acme.org/b"),
            "componentNam",
            "a reference has no key `componentNam`",
            "did you mean `componentName`?",
        ),
        (
            reference("version: 1.0.0"),
            "name",
            "reference `lib` has no `componentName`",
            "",
        ),
        (
            reference("version: 1.0.0, component: acme.org/b, componentName: acme.org/b"),
            "component",
            "`component` and `componentName` of reference `lib` stand side by side",
            "leave `component` out",
        ),
        (
            reference("version: 1.0.0, componentName: b"),
            "b",
            "`componentName` of reference `lib`: `b` is no component name",
            "a lower-case domain and at least one more part, such as `acme.org/plugins/x`",
        ),
        (
            reference(
                "version: 1.0.0, componentName: acme.org/b, digest: { hashAlgorithm: SHA-256, value: x }",
            ),
            "hashAlgorithm",
            "`digest` of reference `lib` has no `normalisationAlgorithm`",
            "a digest has all of `hashAlgorithm`, `normalisationAlgorithm` and `value`",
        ),
        (
            reference(
                "version: 1.0.0, componentName: acme.org/b, digest: { hashAlgorithm: a, normalisationAlgorithm: b, value: 12 }",
            ),
            "12",
            "`value` of the digest of reference `lib` is a number, not text",
            "write \"12\"",
        ),
        (
            reference(
                "version: 1.0.0, componentName: acme.org/b, extraIdentity: { os.version: x }",
            ),
            "os.version",
            "`os.version` is no key for `extraIdentity`",
            "two or more of `a-z`, `0-9`, and `-`, `_`, `+` between them; no dots",
        ),
        (
            reference("version: 1.0.0, componentName: acme.org/b, extraIdentity: { os: 1 }"),
            "1",
            "`os` of reference `lib` is a number, not text",
            "write \"1\"",
        ),
        (
            with_resource("name: rr, type: x, version: 1.0.0, access: { type: a }"),
            "name",
            "resource `rr` with `access` has no `digest`",
            "write the digest of the content; nothing is downloaded to find it out",
        ),
        (
            with_resource("name: rr, type: x"),
            "name",
            "resource `rr` has neither `input` nor `access`",
            "write `input: { type: file, path: … }`",
        ),
        (
            with_resource("name: rr, type: x, input: { type: utf8, text: a }, access: { type: a }"),
            "access",
            "resource `rr` has `input` and `access`",
            "leave one of them",
        ),
        (
            with_resource("name: rr, type: x, relation: external, input: { type: utf8, text: a }"),
            "external",
            "`relation` of resource `rr` is `external`, but its content is here",
            "write `local`",
        ),
        (
            "components: []".to_owned(),
            "[]",
            "`components` is empty",
            "write at least one component; the official CLI fails here as well",
        ),
        (
            "components:\n".to_owned(),
            "",
            "`components` is null, not a list",
            "start each component with `-`",
        ),
        (
            "- a\n".to_owned(),
            "- a",
            "a component is a list, not an object",
            "",
        ),
    ] {
        let (found, said, hint) = only(&text);
        assert_eq!(
            (found, said.as_str(), hint.as_str()),
            (position, message, help)
        );
    }
}

#[test]
fn an_access_needs_version_and_digest() {
    let text = with_resource("name: rr, type: x, access: { type: a }");
    let found = refused(&text);
    assert_eq!(
        messages(&found),
        [
            "resource `rr` with `access` has no `version`",
            "resource `rr` with `access` has no `digest`"
        ]
    );
    let digest = "digest: { hashAlgorithm: SHA-256, normalisationAlgorithm: genericBlobDigest/v1, value: x }";
    let constructor = read(&with_resource(&format!(
        "name: rr, type: x, version: 1.0.0, access: {{ type: a, b: 1 }}, {digest}"
    )));
    let Content::Access(access) = &constructor.components[0].resources[0].content.value else {
        panic!();
    };
    assert_eq!(
        Value::Object(access.0.clone()),
        json!({"type": "a", "b": 1})
    );
}

#[test]
fn a_null_digest_is_no_digest() {
    let text = with_reference("name: lib, version: 1.0.0, componentName: acme.org/b, digest: null");
    let reference = &read(&text).components[0].references[0];
    assert!(reference.digest.is_none());
    assert!(reference.to_reference().digest.is_unset());
}

#[test]
fn all_problems_are_found_in_the_order_of_the_text() {
    let text = "version: 1.0\nname: a\nprovider: {}\nfoo: 1\nlabels:\n- { name: x }\nresources:\n- { name: r }\n";
    let found = refused(text);
    assert!(found.len() >= 7, "{found:?}");
    assert!(found.is_sorted_by_key(|finding| finding.span.start));
    assert!(
        constructor::parse(text)
            .unwrap_err()
            .to_string()
            .ends_with(" more")
    );
}

#[test]
fn label_members_that_would_be_lost_cause_warnings() {
    let text = format!(
        "{HEAD}labels: [{{ name: x, value: a, version: v1, merge: {{ algorithm: default }}, more: 1, signing: true }}]\n"
    );
    let constructor = read(&text);
    assert_eq!(
        messages(&constructor.warnings),
        [
            "`version` of label `x` of the component does not get into the descriptor",
            "`merge` of label `x` of the component does not get into the descriptor",
            "key `more` of label `x` of the component is ignored",
        ]
    );
    let labels = values(&constructor.components[0].labels);
    assert_eq!(
        serde_json::to_value(labels).unwrap(),
        json!([{"name": "x", "value": "a", "signing": true}])
    );
}

#[test]
fn equal_identities_are_refused() {
    let reference = |version: &str, more: &str| {
        format!("  - {{ name: lib, version: \"{version}\", componentName: acme.org/b{more} }}\n")
    };
    let both = |one: &str, other: &str, more: &str| {
        format!(
            "{HEAD}componentReferences:\n{}{}",
            reference(one, ""),
            reference(other, more)
        )
    };
    for (one, other, message) in [
        (
            "1.0.0",
            "1.0.0",
            "another reference has the identity `name=lib,version=1.0.0`",
        ),
        (
            "1.0.0",
            "v1.0.0",
            "`lib` is here in `1.0.0` and `v1.0.0`, the same version",
        ),
        (
            "1.0",
            "1.0.0+b",
            "`lib` is here in `1.0` and `1.0.0+b`, the same version",
        ),
    ] {
        assert_eq!(only(&both(one, other, "")).1, message);
        read(&both(one, other, ", extraIdentity: { os: linux }"));
    }
    read(&both("1.0.0", "1.0.0-rc.1", ""));
    let resource = "  - { name: rr, type: x, input: { type: utf8, text: a } }\n";
    let text = format!("{HEAD}resources:\n{resource}{resource}");
    assert_eq!(
        only(&text).1,
        "another resource has the identity `name=rr,version=1.0.0`"
    );
    let component = |version: &str| {
        format!("- {{ name: acme.org/a, version: \"{version}\", provider: {{ name: x }} }}\n")
    };
    let list = |one, other| format!("components:\n{}{}", component(one), component(other));
    assert_eq!(
        only(&list("1.0.0", "1.0.0")).1,
        "component `acme.org/a:1.0.0` stands here twice"
    );
    assert_eq!(
        only(&list("1", "v1.0")).1,
        "`acme.org/a` is here in `1` and `v1.0`, the same version"
    );
    read(&list("1.0.0", "1.0.1"));
}

/// A constructor of components `a`, `b`, … with references to each other.
fn graph(edges: &[(&str, &str)]) -> String {
    let mut text = String::from("components:\n");
    for name in ["a", "b", "c", "d"] {
        text += &format!(
            "- name: acme.org/{name}\n  version: 1.0.0\n  provider: {{ name: x }}\n  componentReferences:\n"
        );
        for (_, to) in edges.iter().filter(|(from, _)| *from == name) {
            text +=
                &format!("  - {{ name: to-{to}, version: 1.0.0, componentName: acme.org/{to} }}\n");
        }
    }
    text
}

#[test]
fn cycles_are_refused_with_their_path() {
    read(&graph(&[
        ("a", "b"),
        ("a", "c"),
        ("b", "d"),
        ("c", "d"),
        ("a", "other"),
    ]));
    let text = graph(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")]);
    let (position, message, _) = only(&text);
    assert_eq!(position, "acme.org/b");
    assert_eq!(
        message,
        "the references go in a circle: acme.org/b:1.0.0 -> acme.org/c:1.0.0 -> acme.org/b:1.0.0"
    );
    let text = graph(&[("a", "a")]);
    assert_eq!(
        only(&text).1,
        "the references go in a circle: acme.org/a:1.0.0 -> acme.org/a:1.0.0"
    );
}

#[test]
fn a_long_chain_of_components_is_read() {
    let mut text = String::from("components:\n");
    for number in 0..3_000 {
        text += &format!(
            "- name: acme.org/c{number}\n  version: 1.0.0\n  provider: {{ name: x }}\n  componentReferences:\n  \
             - {{ name: next, version: 1.0.0, componentName: acme.org/c{} }}\n",
            number + 1
        );
    }
    assert_eq!(read(&text).components.len(), 3_000);
}

#[test]
fn a_dollar_sign_and_a_second_document_cause_warnings() {
    let text = format!("# $HOME\n{HEAD}labels: [{{ name: x, value: \"a $b\\x24\" }}]\n---\nx: 1\n");
    let constructor = read(&text);
    let styles: Vec<_> = constructor
        .warnings
        .iter()
        .map(|w| w.span.slice(&text))
        .collect();
    assert_eq!(styles, ["\"a $b\\x24\"", "---"]);
}

#[test]
fn merges_and_aliases_are_read() {
    let text = "components:\n- &one\n  name: acme.org/a\n  version: 1.0.0\n  provider: { name: x }\n\
                - <<: *one\n  name: acme.org/b\n";
    let constructor = read(text);
    assert_eq!(constructor.components[1].name.value, "acme.org/b");
    assert_eq!(constructor.components[1].version.span.slice(text), "*one");
}

#[test]
fn ten_thousand_references_are_read_quickly() {
    let mut text = format!("{HEAD}componentReferences:\n");
    for number in 0..10_000 {
        text += &format!(
            "  - name: plugin\n    version: 1.2.{number}\n    componentName: acme.org/plugins/p\n    digest:\n      \
             hashAlgorithm: SHA-256\n      normalisationAlgorithm: jsonNormalisation/v4alpha1\n      \
             value: \"{number:064x}\"\n    labels:\n      - name: ocm.software/pluginInfo\n        signing: true\n        \
             value: {{description: \"a plugin\", platforms: [linux/amd64, darwin/arm64]}}\n"
        );
    }
    let start = std::time::Instant::now();
    assert_eq!(read(&text).components[0].references.len(), 10_000);
    // Generous, for builds without optimisation on busy machines.
    assert!(start.elapsed().as_secs() < 20);
}

proptest! {
    #[test]
    fn random_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = constructor::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn broken_constructors_do_not_panic(
        (at, cut, put) in (any::<prop::sample::Index>(), 0..40_usize, "[-:{}\\[\\]'\"|>&*!#\n \\PC]{0,6}"),
        file in 0..3_usize,
    ) {
        let text = [
            include_str!("vectors/constructor/original-sketch.yaml"),
            include_str!("vectors/official-cli/add-cv-refused/duplicate-resource.yaml"),
            include_str!("vectors/official-cli/add-cv-refused/wrong-digest.yaml"),
        ][file];
        let characters: Vec<char> = text.chars().collect();
        let start = at.index(characters.len());
        let end = (start + cut).min(characters.len());
        let broken: String = characters[..start]
            .iter()
            .copied()
            .chain(put.chars())
            .chain(characters[end..].iter().copied())
            .collect();
        let findings = match constructor::parse(&broken) {
            Ok(constructor) => [constructor.warnings, constructor.sketch_spellings].concat(),
            Err(error) => error.diagnostics,
        };
        for finding in findings {
            prop_assert!(broken.get(finding.span.start..finding.span.end).is_some());
            prop_assert!(!finding.message.ends_with('.'));
        }
    }
}
