//! What a hostile change can try: whatever `publish` would store is judged.

use keeper::check::{Status, Verdict, known_rules};
use keeper::policy::Policy;
use keeper::severity::Severity;
use serde_json::{Value, json};

use crate::yard::{DEMO, REGISTRY, WRONG, Yard, failed, rules};

/// Turns the constructor into its list form, with further components.
pub(crate) fn with_further(yard: &Yard, further: &str) {
    let text = yard.text();
    let (comments, registry) = text.split_once("name: acme.org").unwrap();
    let registry = format!("name: acme.org{registry}");
    let indented: Vec<String> = registry.lines().map(|line| format!("  {line}\n")).collect();
    let registry = indented.concat().replacen("  name", "- name", 1);
    yard.set_text(format!("{comments}components:\n{registry}{further}"));
}

/// A plugin that the constructor makes.
pub(crate) fn plugin(component: &str, version: &str, references: &str) -> String {
    format!(
        "- name: {component}
  version: {version}
  provider: {{ name: acme.org }}
  resources:
  - name: binary
    type: ocmPlugin
    extraIdentity: {{ os: linux, architecture: amd64 }}
    input: {{ type: utf8, text: '#!/bin/sh' }}
  componentReferences: {references}
"
    )
}

/// An entry for a plugin that the constructor makes.
pub(crate) fn entry(name: &str, component: &str, version: &str) -> String {
    format!(
        "  - name: {name}
    version: {version}
    componentName: {component}
    digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {WRONG} }}
    labels:
      - name: ocm.software/pluginInfo
        value: {{ description: '', platforms: [linux/amd64] }}
        signing: true
"
    )
}

/// Replaces wrong digests by those that findings name, as an attacker would.
pub(crate) fn pin_all(yard: &Yard) -> Verdict {
    loop {
        let verdict = yard.check();
        let mut findings = verdict.findings.iter();
        let Some(wrong) = findings.find(|finding| finding.rule == "digest-correct") else {
            return verdict;
        };
        let right = wrong.message.split("is sha256:").nth(1).unwrap();
        let text = yard.text();
        let pin = &text[wrong.span.start..wrong.span.end];
        let mut words = pin.split(|character: char| !character.is_ascii_hexdigit());
        let digits = words.find(|word| word.len() == 64).unwrap();
        let (before, after) = (&text[..wrong.span.start], &text[wrong.span.end..]);
        yard.set_text(format!("{before}{}{after}", pin.replace(digits, right)));
    }
}

/// A reference that is pinned, wrongly at first.
pub(crate) fn reference(name: &str, component: &str, version: &str) -> String {
    format!(
        "[{{ name: {name}, version: {version}, componentName: {component}, digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {WRONG} }} }}]"
    )
}

#[test]
fn a_plugin_beside_the_registry_is_judged_like_any_other() {
    let yard = Yard::good();
    yard.append(&entry("near", "acme.org/plugins/near", "1.0.0"));
    yard.replace("version: v0.1.1", "version: v0.2.0");
    with_further(&yard, &plugin("acme.org/plugins/near", "1.0.0", "[]"));
    assert_eq!(failed(&yard.check()), ["digest-correct", "entries-sorted"]);
    assert_eq!(failed(&pin_all(&yard)), ["entries-sorted"]);
    yard.set_policy("allow: ['*/demo', '*/other']");
    assert_eq!(
        failed(&yard.check()),
        ["component-allowed", "entries-sorted"]
    );
    assert_eq!(
        yard.check()
            .findings
            .iter()
            .filter(|finding| finding.rule == "component-allowed")
            .count(),
        2,
        "the component and its entry"
    );
}

#[test]
fn another_version_of_the_registry_cannot_be_published_along() {
    let yard = Yard::good();
    yard.append(&entry("near", "acme.org/plugins/near", "1.0.0"));
    yard.replace("version: v0.1.1", "version: v0.2.0");
    let base = reference("base", REGISTRY, "v9.0.0");
    let evil = format!(
        "- name: {REGISTRY}\n  version: v9.0.0\n  provider: {{ name: acme.org }}\n  componentReferences: []\n"
    );
    let near = plugin("acme.org/plugins/near", "1.0.0", &base);
    with_further(&yard, &format!("{near}{evil}"));
    let failed = failed(&pin_all(&yard));
    assert!(failed.contains(&"further-components-listed"), "{failed:?}");
}

#[test]
fn a_component_that_is_no_entry_cannot_be_published_along() {
    let yard = Yard::good();
    yard.append(&entry("near", "acme.org/plugins/near", "1.0.0"));
    yard.replace("version: v0.1.1", "version: v0.2.0");
    yard.set_policy("allow: [acme.org/plugins/*]");
    let base = reference("base", "victim.org/scanner", "9.9.9");
    let near = plugin("acme.org/plugins/near", "1.0.0", &base);
    let scanner = plugin("victim.org/scanner", "9.9.9", "[]");
    with_further(&yard, &format!("{near}{scanner}"));
    assert_eq!(
        failed(&pin_all(&yard)),
        [
            "component-allowed",
            "entries-sorted",
            "further-components-listed"
        ]
    );
}

#[test]
fn references_of_a_further_component_are_judged_like_entries() {
    let with = |base: &str| {
        let yard = Yard::good();
        yard.append(&entry("near", "acme.org/plugins/near", "1.0.0"));
        yard.replace("version: v0.1.1", "version: v0.2.0");
        with_further(&yard, &plugin("acme.org/plugins/near", "1.0.0", base));
        yard
    };
    let absent = reference("base", "acme.org/plugins/absent", "1.0.0");
    let found = rules(&pin_all(&with(&absent)).findings, Status::Fail);
    assert!(found.contains(&"component-exists"), "{found:?}");
    let yard = with(&reference("base", DEMO, "1.0.0"));
    let found = rules(&yard.check().findings, Status::Fail);
    assert!(found.contains(&"digest-correct"), "{found:?}");
    assert_eq!(failed(&pin_all(&yard)), ["entries-sorted"]);
}

#[test]
fn a_further_component_must_be_above_what_is_published() {
    for (version, expected) in [
        ("1.1.0", true),
        ("1.0.5", true),
        ("0.9.0", true),
        ("1.1.2001", true),
        ("1.1.1", false),
        ("2.0.0", false),
    ] {
        let yard = Yard::good();
        if version == "1.1.0" {
            yard.cut("demo", "1.1.0");
        }
        yard.append(&entry("demo", DEMO, version));
        with_further(&yard, &plugin(DEMO, version, "[]"));
        let failed = rules(&pin_all(&yard).findings, Status::Fail);
        let found = failed.contains(&"further-components-publishable");
        assert_eq!(found, expected, "{version}: {failed:?}");
    }
}

#[test]
fn the_version_cannot_use_up_the_numbers() {
    for (version, expected) in [
        ("v1001.0.0", &["registry-version"][..]),
        ("v0.1002.0", &["registry-version"]),
        ("v0.1.1001", &["registry-version"]),
        (
            "v18446744073709551615.18446744073709551615.18446744073709551615",
            &["registry-version"],
        ),
        ("v1000.1001.1000", &[]),
        ("v0.9.0", &[]),
    ] {
        let yard = Yard::good();
        yard.replace("version: v0.1.1", &format!("version: {version}"));
        assert_eq!(yard.failed(), expected, "{version}");
    }
    let yard = Yard::empty();
    yard.replace("version: v0.1.0", "version: v0.4294967296.0");
    assert_eq!(yard.failed(), ["registry-version"]);
}

#[test]
fn a_version_that_cannot_be_raised_any_more_is_not_taken_for_raised() {
    let last = "v18446744073709551615.18446744073709551615.18446744073709551615";
    let yard = Yard::empty();
    yard.replace("version: v0.1.0", &format!("version: {last}"));
    yard.publish();
    yard.plugin(DEMO, "1.0.0", "demo/v1");
    yard.add(DEMO, "1.0.0");
    assert!(yard.text().contains(last), "nothing is higher");
    assert_eq!(yard.failed(), ["registry-version"]);
}

#[test]
fn a_pre_release_does_not_replace_the_only_stable_version() {
    let yard = Yard::good();
    yard.plugin("acme.org/plugins/other", "3.0.0-alpha", "other/v1");
    yard.cut("other", "2.0.0");
    yard.add("acme.org/plugins/other", "3.0.0-alpha");
    yard.replace("version: v0.2.0", "version: v0.1.1");
    assert_eq!(yard.failed(), ["nothing-lost"]);
    // A stable version does, and a pre-release replaces a pre-release.
    let yard = Yard::good();
    yard.cut("demo", "1.0.0");
    assert_eq!(yard.failed(), [""; 0]);
}

#[test]
fn a_misspelt_label_is_found_and_its_fix_keeps_the_yank() {
    let yard = Yard::good();
    yard.yank("demo", "1.1.0");
    assert_eq!(yard.failed(), [""; 0]);
    let good = yard.text();
    yard.replace_last("plugyard/entry", "plugyard/entri");
    let verdict = yard.check();
    let failed = rules(&verdict.findings, Status::Fail);
    assert!(failed.contains(&"own-labels-spelled"), "{failed:?}");
    let yanked = yard.entry("demo", "1.1.0");
    assert!(good.contains(&yanked.replace("entri", "entry")));
    for finding in &verdict.findings {
        assert!(!finding.help.contains("repin"), "{finding:#?}");
    }
    // Whatever differs from one of ours by two letters.
    for name in ["plugyard/registri", "plugyard/regstri", "Plugyard/registry"] {
        let yard = Yard::good();
        yard.label(&format!(
            "{{ name: {name}, signing: true, value: {{ schema: 1 }} }}"
        ));
        assert_eq!(yard.failed(), ["own-labels-spelled"], "{name}");
    }
}

#[test]
fn what_nobody_reads_is_a_note() {
    let yard = Yard::good();
    yard.label("{ name: colour, signing: true, value: blue }");
    let findings = yard.check().findings;
    assert_eq!(rules(&findings, Status::Fail), ["labels-known"]);
    assert_eq!(findings[0].severity, Severity::Note);
    let yard = Yard::good();
    yard.replace(
        "labels:\n",
        "resources: [{ name: readme, type: blob, input: { type: utf8, text: hello } }]\nlabels:\n",
    );
    let findings = yard.check().findings;
    assert_eq!(rules(&findings, Status::Fail), ["references-only"]);
    assert_eq!(findings[0].severity, Severity::Note);
}

#[test]
fn characters_that_a_review_does_not_show_are_refused() {
    for (from, to, expected) in [
        ("# The plugin", "# \u{202e}The plugin", true),
        ("Plugin registry of", "\"Plugin\u{200b} registry\" #", true),
        ("Plugin registry of", "\"Plugin \\u200b registry\" #", false),
        (
            "version: v0.1.1",
            "version: v0.1.1 # \u{2066}0.0.2\u{2069}",
            true,
        ),
        ("version: v0.1.1", "version: v0.1.1 # \u{e0041}", true),
        ("# The plugin", "\u{feff}# The plugin", false),
        ("version: v0.1.1\n", "version: v0.1.1\r\n", false),
        ("# The plugin", "# größe, 大: the plugin", false),
    ] {
        let yard = Yard::good();
        yard.replace(from, to);
        let failed = yard.failed();
        let found = failed.contains(&"characters-visible");
        assert_eq!(found, expected, "{to:?}: {failed:?}");
    }
}

#[test]
fn characters_that_a_review_does_not_show_are_refused_in_plugyard_yaml() {
    for (text, refused) in [
        ("# \u{202e}keep: 3\n", true),
        ("allow: [\"acme.org/\u{200b}*\"]\n", true),
        ("\u{feff}allow: [acme.org/*]\r\n", false),
    ] {
        let parsed = Policy::parse(text, "".as_ref(), &known_rules());
        assert_eq!(parsed.is_err(), refused, "{text:?}");
    }
}

#[test]
fn an_exception_that_applies_to_nothing_is_a_note() {
    let yard = Yard::good();
    for (exception, expected) in [
        ("{ rule: binary-platform, entry: gone, reason: x }", true),
        (
            "{ rule: binary-platform, entry: demo@1.1.0, reason: x }",
            true,
        ),
        // Its component was not read, so the exception may still be needed.
        ("{ rule: binary-platform, entry: other, reason: x }", false),
    ] {
        yard.set_policy(&format!("exceptions:\n- {exception}"));
        let findings = yard.check().findings;
        let found = rules(&findings, Status::Fail) == ["exceptions-used"];
        assert_eq!(found, expected, "{exception}: {findings:#?}");
        assert!(
            findings
                .iter()
                .all(|finding| finding.severity == Severity::Note)
        );
    }
    yard.replace_last("description: Demo", "description: Better");
    yard.set_policy("exceptions:\n- { rule: labels-computed, entry: '*', reason: x }");
    yard.check();
}

/// Sets members of both programs of `demo` 1.1.0, pins the result, and gives what is found.
fn with_programs(yard: &Yard, access: &Value, digest: &Value) -> Verdict {
    yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
        for resource in descriptor["component"]["resources"].as_array_mut().unwrap() {
            if !access.is_null() {
                resource["access"] = access.clone();
            }
            resource["digest"] = digest.clone();
        }
    });
    yard.repin("demo");
    yard.check()
}

fn digest(algorithm: &str, normalisation: &str, value: &str) -> Value {
    json!({
        "hashAlgorithm": algorithm,
        "normalisationAlgorithm": normalisation,
        "value": value,
    })
}

#[test]
fn the_digest_of_a_program_must_be_that_of_its_bytes() {
    for digest in [
        json!(null),
        digest("SHA-256", "genericBlobDigest/v1", WRONG),
        digest("NO-DIGEST", "EXCLUDE-FROM-SIGNATURE", "NO-DIGEST"),
        digest("SHA-256", "foo/v1", "ab"),
        digest("x", "", ""),
        digest("SHA-256", "ociArtifactDigest/v1", WRONG),
    ] {
        let verdict = with_programs(&Yard::good(), &Value::Null, &digest);
        assert_eq!(failed(&verdict), ["resource-digests-cover"], "{digest}");
    }
}

#[test]
fn what_nothing_runs_may_be_excluded_or_stored_elsewhere() {
    let url = json!({ "type": "Wget/v1", "url": "https://acme.org/readme" });
    let excluded = digest("NO-DIGEST", "EXCLUDE-FROM-SIGNATURE", "NO-DIGEST");
    let pinned = digest("SHA-256", "genericBlobDigest/v1", WRONG);
    for (kind, digest, expected) in [
        ("blob", &excluded, &[][..]),
        ("blob", &pinned, &[]),
        ("blob", &Value::Null, &["resource-digests-cover"]),
        (
            "ocmPlugin",
            &pinned,
            &["binary-platform", "resource-digests-cover"],
        ),
    ] {
        let yard = Yard::good();
        yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
            let resources = descriptor["component"]["resources"].as_array_mut().unwrap();
            let mut further = resources[0].clone();
            further["type"] = json!(kind);
            further["extraIdentity"] = json!({ "os": "linux", "architecture": "riscv64" });
            further["access"] = url.clone();
            further["digest"] = digest.clone();
            resources.push(further);
        });
        yard.repin("demo");
        assert_eq!(yard.failed(), expected, "{kind} {digest}");
    }
}

/// Stores an OCI artifact with these layers, and gives its digest as hex digits.
fn artifact(server: &testkit::registry::Registry, layers: &[&str]) -> String {
    let blob = |text: &str| {
        let digest = server.put_blob("acme/demo", text.as_bytes());
        json!({ "mediaType": "application/octet-stream", "digest": digest, "size": text.len() })
    };
    let layers: Vec<Value> = layers.iter().map(|layer| blob(layer)).collect();
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": kind,
        "config": blob("{}"),
        "layers": layers,
    });
    let bytes = manifest.to_string().into_bytes();
    let digest = server.put_manifest("acme/demo", "1.1.0", kind, &bytes);
    digest.trim_start_matches("sha256:").to_owned()
}

#[test]
fn a_program_that_is_an_oci_artifact_is_judged_by_its_only_layer() {
    let server = testkit::registry::Registry::start();
    let program = "#!/bin/sh\n";
    for (layers, expected) in [
        (&[program][..], &[][..]),
        (&["not a program"], &["binary-platform"]),
        (&[program, program], &["binary-platform"]),
        (&[], &["binary-platform"]),
    ] {
        let hex = artifact(&server, layers);
        let image = format!("{}/acme/demo:1.1.0@sha256:{hex}", server.url());
        let access = json!({ "type": "OCIImage/v1", "imageReference": image });
        let digest = digest("SHA-256", "genericBlobDigest/v1", &hex);
        let verdict = with_programs(&Yard::good(), &access, &digest);
        assert_eq!(failed(&verdict), expected, "{layers:?}");
    }
    let hex = artifact(&server, &[program]);
    let digest = digest("SHA-256", "ociArtifactDigest/v1", &hex);
    for image in [
        format!("{}/acme/demo:1.1.0", server.url()),
        format!("{}/acme/demo@sha256:{WRONG}", server.url()),
    ] {
        let access = json!({ "type": "ociArtifact", "imageReference": image });
        let verdict = with_programs(&Yard::good(), &access, &digest);
        let rules = failed(&verdict);
        assert_eq!(
            rules,
            ["binary-platform", "resource-digests-cover"],
            "{image}"
        );
    }
}

#[test]
fn two_programs_for_one_platform_are_found() {
    let yard = Yard::good();
    yard.change_descriptor(DEMO, "1.1.0", |descriptor| {
        let resources = descriptor["component"]["resources"].as_array_mut().unwrap();
        let mut twin = resources[0].clone();
        twin["extraIdentity"]["variant"] = json!("v3");
        resources.push(twin);
    });
    yard.pin("demo", DEMO, "1.1.0");
    let verdict = yard.check();
    assert_eq!(failed(&verdict), ["plugin-resources-valid"]);
    let message = &verdict.findings[0].message;
    assert!(
        message.ends_with("it has two programs for darwin/arm64"),
        "{message}"
    );
}
