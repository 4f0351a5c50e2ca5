//! Differences between two registries, and the version class of each.
#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::assigning_clones,
    clippy::too_many_lines,
    reason = "tests may panic, be long, and be slow"
)]

use registry::diff::{Content, Diff, Kind, diff};
use registry::version_class::VersionClass;

/// A registry with entries such as `demo@1.0.0 linux/amd64 [yanked]`.
fn content(entries: &[&str]) -> Content {
    with(entries, "")
}

fn with(entries: &[&str], labels: &str) -> Content {
    let mut text = format!(
        "name: acme.org/registry\nversion: v1.0.0\nprovider: {{ name: acme.org }}\n{labels}componentReferences:"
    );
    if entries.is_empty() {
        text.push_str(" []");
    }
    for entry in entries {
        let mut words = entry.split(' ');
        let (name, version) = words.next().unwrap().split_once('@').unwrap();
        let mut component = format!("acme.org/plugins/{name}");
        let mut platforms = None;
        let (mut own, mut more, mut pin) = (Vec::new(), String::new(), 'a');
        for word in words {
            match word.split_once('=') {
                None if word == "yanked" => own.push("yanked: { reason: broken }"),
                None if word == "moving" => own.push("moving: true"),
                None if word == "able" => {
                    own.push("capabilities: [{ type: inputRepository, types: [a/v1] }]");
                }
                None => platforms = Some(word),
                Some(("of", other)) => component = other.to_owned(),
                Some(("pin", digit)) => pin = digit.chars().next().unwrap(),
                Some((key, value)) => {
                    more = format!("\n      - {{ name: {key}, value: {value}, signing: true }}");
                }
            }
        }
        text.push_str(&format!(
            "\n  - name: {name}\n    version: {version}\n    componentName: {component}\n    digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {} }}",
            pin.to_string().repeat(64)
        ));
        if platforms.is_some() || !own.is_empty() || !more.is_empty() {
            text.push_str("\n    labels:");
        }
        if let Some(platforms) = platforms {
            text.push_str(&format!("\n      - {{ name: ocm.software/pluginInfo, value: {{ description: d, platforms: [{platforms}] }}, signing: true }}"));
        }
        if !own.is_empty() {
            text.push_str(&format!(
                "\n      - {{ name: plugyard/entry, value: {{ schema: 1, {} }}, signing: true }}",
                own.join(", ")
            ));
        }
        text.push_str(&more);
    }
    text.push('\n');
    let constructor =
        ocm::constructor::parse(&text).unwrap_or_else(|error| panic!("{text}{error}"));
    keeper::content::of_constructor(&constructor.components[0])
}

fn removed(component: &str, version: &str) -> String {
    format!(
        "labels:\n  - {{ name: plugyard/registry, value: {{ schema: 1, removed: [{{ name: demo, component: {component}, version: {version}, reason: bad }}] }}, signing: true }}\n"
    )
}

/// The changes, one per line, after the class.
fn summary(diff: &Diff) -> String {
    let mut text = diff.class.word().to_owned();
    for change in &diff.changes {
        let kind = match change.kind {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Updated => "updated",
            Kind::Yanked => "yanked",
            Kind::Metadata => "metadata",
        };
        let name = change.name.as_deref().unwrap_or("registry");
        let version = |version: &Option<String>| version.clone().unwrap_or_default();
        text.push_str(&format!(
            "; {kind} {name} {}>{}",
            version(&change.old),
            version(&change.new)
        ));
        for (sign, list) in [
            ("+", &change.platforms_gained),
            ("-", &change.platforms_lost),
        ] {
            for platform in list {
                text.push_str(&format!(" {sign}{platform}"));
            }
        }
    }
    text
}

#[test]
fn each_change_has_the_documented_version_class() {
    let cases: &[(&[&str], &[&str], &str)] = &[
        (&[], &[], "none"),
        (&["demo@1.0.0"], &["demo@1.0.0"], "none"),
        (&[], &["demo@1.0.0"], "minor; added demo >1.0.0"),
        (&["demo@1.0.0"], &[], "major; removed demo 1.0.0>"),
        (
            &["demo@1.0.0"],
            &["demo@1.0.0", "demo@1.1.0"],
            "patch; updated demo 1.0.0>1.1.0",
        ),
        // Pruned by `keep`: the name stays.
        (
            &["demo@1.0.0"],
            &["demo@1.1.0"],
            "patch; updated demo 1.0.0>1.1.0",
        ),
        (
            &["demo@1.0.0", "demo@1.1.0"],
            &["demo@1.1.0", "demo@1.2.0"],
            "patch; updated demo 1.1.0>1.2.0; removed demo 1.0.0>",
        ),
        (
            &["demo@1.0.0", "demo@2.0.0"],
            &["demo@1.0.0", "demo@1.1.0", "demo@2.0.0"],
            "patch; added demo >1.1.0",
        ),
        // A pre-release is not the newest if there is a stable version.
        (
            &["demo@1.0.0"],
            &["demo@1.0.0", "demo@2.0.0-rc.1"],
            "patch; added demo >2.0.0-rc.1",
        ),
        (
            &["demo@1.0.0 linux/amd64,darwin/arm64"],
            &["demo@1.1.0 linux/amd64,windows/amd64"],
            "major; updated demo 1.0.0>1.1.0 +windows/amd64 -darwin/arm64",
        ),
        // An older version may lose platforms.
        (
            &[
                "demo@1.0.0 linux/amd64,darwin/arm64",
                "demo@1.1.0 linux/amd64",
            ],
            &["demo@1.0.0 linux/amd64 pin=b", "demo@1.1.0 linux/amd64"],
            "patch; updated demo 1.0.0>1.0.0 -darwin/arm64",
        ),
        (
            &["demo@1.0.0 linux/amd64,darwin/arm64"],
            &["demo@1.0.0 linux/amd64 pin=b"],
            "major; updated demo 1.0.0>1.0.0 -darwin/arm64",
        ),
        (
            &["demo@1.0.0"],
            &["demo@1.0.0 yanked"],
            "patch; yanked demo 1.0.0>1.0.0",
        ),
        (
            &["demo@1.0.0 yanked"],
            &["demo@1.0.0"],
            "patch; metadata demo 1.0.0>1.0.0",
        ),
        (
            &["demo@1.0.0 linux/amd64"],
            &["demo@1.0.0 linux/amd64,linux/arm64"],
            "patch; metadata demo 1.0.0>1.0.0 +linux/arm64",
        ),
        (
            &["demo@1.0.0 team=one"],
            &["demo@1.0.0 team=two"],
            "patch; metadata demo 1.0.0>1.0.0",
        ),
        (
            &["demo@1.0.0"],
            &["demo@1.0.0 able"],
            "patch; metadata demo 1.0.0>1.0.0",
        ),
        (
            &["demo@1.0.0"],
            &["demo@1.0.0 of=evil.org/plugins/demo"],
            "major; updated demo 1.0.0>1.0.0",
        ),
        (
            &["aa@1.0.0", "bb@1.0.0"],
            &["bb@1.0.0", "aa@1.0.0"],
            "patch; metadata registry >",
        ),
        // Equal versions by semver.
        (
            &["demo@1.0.0"],
            &["demo@v1.0.0"],
            "patch; updated demo 1.0.0>v1.0.0",
        ),
        (
            &["aa@1.0.0", "bb@1.0.0"],
            &["aa@1.0.1", "cc@1.0.0"],
            "major; updated aa 1.0.0>1.0.1; removed bb 1.0.0>; added cc >1.0.0",
        ),
        // What one side does not state is not reported as lost.
        (
            &["demo@1.0.0 linux/amd64"],
            &["demo@1.0.0"],
            "patch; metadata demo 1.0.0>1.0.0",
        ),
    ];
    for (old, new, expected) in cases {
        let outcome = diff(&content(old), &content(new), None);
        assert_eq!(summary(&outcome), *expected, "{old:?} {new:?}");
        assert_eq!(outcome.reasons.is_empty(), outcome.is_empty());
        assert_eq!(outcome.class == VersionClass::None, outcome.is_empty());
    }
}

#[test]
fn removing_what_the_previous_release_lacked_is_a_rollback() {
    let stone = removed("acme.org/plugins/demo", "2.0.0");
    let old = content(&[
        "demo@1.0.0 linux/amd64",
        "demo@2.0.0 linux/amd64,linux/arm64",
    ]);
    let new = with(&["demo@1.0.0 linux/amd64"], &stone);
    let lacking = content(&["demo@1.0.0 linux/amd64"]);
    let class = |old: &Content, new: &Content, before| diff(old, new, before).class;
    assert_eq!(class(&old, &new, Some(&lacking)), VersionClass::Patch);
    // The previous release also had it, or is unknown; or there is no tombstone.
    assert_eq!(class(&old, &new, Some(&old)), VersionClass::Major);
    assert_eq!(class(&old, &new, None), VersionClass::Major);
    let silent = content(&["demo@1.0.0 linux/amd64"]);
    assert_eq!(class(&old, &silent, Some(&lacking)), VersionClass::Major);
    // A plugin that the latest version added may be removed completely.
    let old = content(&["aa@1.0.0", "demo@2.0.0"]);
    let new = with(&["aa@1.0.0"], &stone);
    let before = content(&["aa@1.0.0"]);
    let taken_back = diff(&old, &new, Some(&before));
    assert_eq!(summary(&taken_back), "patch; removed demo 2.0.0>");
    assert_eq!(
        taken_back.reasons,
        ["`demo` 2.0.0 is rolled back: the previous release did not contain it"]
    );
    assert_eq!(
        taken_back.changes[0].details.reason.as_deref(),
        Some("bad"),
        "the tombstone tells why"
    );
}

#[test]
fn a_change_of_the_registrys_own_metadata_is_found() {
    let one = "labels:\n  - { name: description, value: one, signing: true }\n";
    let two = "labels:\n  - { name: description, value: two, signing: true }\n";
    let unsigned = "labels:\n  - { name: description, value: one }\n";
    for (old, new, note) in [
        (one, two, "its label `description`"),
        (one, unsigned, "its label `description`"),
        ("", one, "its label `description`"),
        (
            "",
            removed("acme.org/plugins/x", "1.0.0").as_str(),
            "tombstone of acme.org/plugins/x:1.0.0",
        ),
        (
            removed("acme.org/plugins/x", "1.0.0").as_str(),
            "",
            "tombstone of acme.org/plugins/x:1.0.0 dropped",
        ),
        (
            "",
            "creationTime: \"2024-01-02T03:04:05Z\"\n",
            "its creationTime",
        ),
    ] {
        let outcome = diff(&with(&["aa@1.0.0"], old), &with(&["aa@1.0.0"], new), None);
        assert_eq!(
            summary(&outcome),
            "patch; metadata registry >",
            "{old}{new}"
        );
        assert_eq!(outcome.changes[0].details.notes, [note]);
    }
    let numbers = |number: &str| {
        let label =
            format!("labels:\n  - {{ name: size, value: {{ count: {number} }}, signing: true }}\n");
        with(&[], &label)
    };
    assert!(diff(&numbers("1"), &numbers("1.0"), None).is_empty());
}

#[test]
fn a_change_of_the_registrys_own_resources_is_found() {
    let access = |reference: &str| {
        format!(
            "resources:\n  - {{ name: readme, type: blob, version: 1.0.0, access: {{ type: ociArtifact/v1, imageReference: {reference} }}, digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: genericBlobDigest/v1, value: {} }} }}\n",
            "c".repeat(64)
        )
    };
    let input = "resources:\n  - { name: readme, type: blob, relation: local, input: { type: utf8, text: hello } }\n";
    let typed = input.replace("type: blob,", "type: text,");
    let source = "sources:\n  - { name: code, type: git, access: { type: gitHub, repoUrl: acme.org/x, commit: abc } }\n";
    let other_source = source.replace("abc", "def");
    let (one, other) = (access("acme.org/x:1"), access("acme.org/x:2"));
    for (old, new, note) in [
        ("", one.as_str(), "its resources"),
        (&one, "", "its resources"),
        (&one, &other, "its resources"),
        (input, &typed, "its resources"),
        (source, &other_source, "its sources"),
    ] {
        let outcome = diff(&with(&[], old), &with(&[], new), None);
        assert_eq!(
            summary(&outcome),
            "patch; metadata registry >",
            "{old}{new}"
        );
        assert_eq!(outcome.changes[0].details.notes, [note]);
        assert!(diff(&with(&[], old), &with(&[], old), None).is_empty());
    }
    // Without a version, a resource has that of the registry and changes with it.
    let raised = |text: &str| {
        let text = format!(
            "name: acme.org/registry\nversion: v1.0.1\nprovider: {{ name: acme.org }}\n{text}"
        );
        let constructor = ocm::constructor::parse(&text).unwrap();
        keeper::content::of_constructor(&constructor.components[0])
    };
    assert!(diff(&with(&[], input), &raised(input), None).is_empty());
    let versioned = |version: &str| input.replace("blob,", &format!("blob, version: {version},"));
    let same = versioned("v1.0.0");
    assert!(diff(&with(&[], input), &with(&[], &same), None).is_empty());
    let other = versioned("v7.0.0");
    assert!(!diff(&with(&[], input), &raised(&other), None).is_empty());
}

#[test]
fn published_content_that_the_constructor_lacks_is_found() {
    let text = "name: acme.org/registry\nversion: v1.0.0\nprovider: { name: acme.org }\nresources:\n  - { name: readme, type: blob, input: { type: utf8, text: hello } }\n";
    let constructor = ocm::constructor::parse(text).unwrap();
    let component = &constructor.components[0];
    let ours = keeper::content::of_constructor(component);
    let blob = |text: &str| (oci::Digest::of(text.as_bytes()), "text/plain".to_owned());
    let published = component.descriptor(&[blob("hello")]);
    let content = Content::of_descriptor(&published);
    // The content of an input is unknown here; two digests of it can be compared.
    assert!(diff(&content, &ours, None).is_empty());
    let other = Content::of_descriptor(&component.descriptor(&[blob("bye")]));
    let outcome = diff(&content, &other, None);
    assert_eq!(outcome.changes[0].details.notes, ["its resources"]);
    let note = |change: &dyn Fn(&mut ocm::Descriptor)| {
        let mut changed = published.clone();
        change(&mut changed);
        let outcome = diff(&Content::of_descriptor(&changed), &ours, None);
        outcome
            .changes
            .first()
            .map(|change| change.details.notes[0].clone())
    };
    let value = || serde_json::json!("x");
    assert_eq!(
        note(&|descriptor| _ = descriptor.rest.insert("nestedDigests".to_owned(), value())),
        Some("its nestedDigests".to_owned())
    );
    assert_eq!(
        note(&|descriptor| _ = descriptor.component.rest.insert("more".to_owned(), value())),
        Some("its more".to_owned())
    );
    assert_eq!(
        note(&|descriptor| descriptor.component.repository_contexts = Some(vec![value()])),
        Some("its repositoryContexts".to_owned())
    );
    assert_eq!(
        note(&|descriptor| descriptor.signatures = Some(vec![value()])),
        None
    );
    assert_eq!(
        note(&|descriptor| descriptor.component.sources = Some(Vec::new())),
        None
    );
}

#[test]
fn a_change_visible_only_in_a_digest_is_found() {
    let label = |name: &str| format!("  - {{ name: {name}, value: x, signing: true }}\n");
    let (one, two) = (label("one"), label("two"));
    let labels =
        |first: &str, second: &str| with(&["aa@1.0.0"], &format!("labels:\n{first}{second}"));
    let outcome = diff(&labels(&one, &two), &labels(&two, &one), None);
    assert_eq!(summary(&outcome), "patch; metadata registry >");
    assert_eq!(
        outcome.changes[0].details.notes,
        ["only the formatting of its labels changed"]
    );
    // Platforms that were not listed before do not count as added.
    let platforms = "value: { description: d, platforms: [linux/amd64] }";
    let entry = |value: &str| {
        let text = format!(
            "name: acme.org/registry\nversion: v1.0.0\nprovider: {{ name: acme.org }}\ncomponentReferences:\n  - name: aa\n    version: 1.0.0\n    componentName: acme.org/aa\n    labels: [{{ name: ocm.software/pluginInfo, {value}, signing: true }}]\n"
        );
        let constructor = ocm::constructor::parse(&text).unwrap();
        keeper::content::of_constructor(&constructor.components[0])
    };
    let outcome = diff(&entry("value: { description: d }"), &entry(platforms), None);
    assert_eq!(
        (
            summary(&outcome),
            outcome.changes[0].details.notes.as_slice()
        ),
        (
            "patch; metadata aa 1.0.0>1.0.0".to_owned(),
            ["only formatting changed".to_owned()].as_slice()
        )
    );
    let numbers = |number: &str| entry(&format!("value: {{ description: d, count: {number} }}"));
    assert!(diff(&numbers("1"), &numbers("1.0"), None).is_empty());
    // One of two entries that differ only in `extraIdentity`.
    let twins = |keep: usize| {
        let mut content = content(&["aa@1.0.0", "aa@1.0.0"][..1]);
        let mut twin = content.entries[0].clone();
        twin.extra_identity
            .insert("os".to_owned(), "linux".to_owned());
        content.entries.push(twin);
        content.entries.truncate(keep);
        content
    };
    assert!(diff(&twins(2), &twins(2), None).is_empty());
    assert_eq!(
        summary(&diff(&twins(2), &twins(1), None)),
        "patch; metadata registry >"
    );
}

#[test]
fn everything_is_new_if_nothing_is_published() {
    let nothing = Content::nothing("acme.org/registry");
    let outcome = diff(
        &nothing,
        &with(&["aa@1.0.0"], &removed("acme.org/x", "1")),
        None,
    );
    assert_eq!(summary(&outcome), "minor; added aa >1.0.0");
    assert_eq!(outcome.reasons, ["plugin `aa` is new"]);
}

#[test]
fn added_and_removed_capabilities_are_named() {
    let outcome = diff(
        &content(&["demo@1.0.0 able"]),
        &content(&["demo@1.1.0"]),
        None,
    );
    let details = &outcome.changes[0].details;
    assert_eq!(details.capabilities_lost, ["inputRepository a/v1"]);
    assert!(details.capabilities_gained.is_empty());
}
