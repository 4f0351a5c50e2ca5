//! What a constructor is compared with.

use keeper::check::{Against, Status};

use crate::yard::{DEMO, Yard, failed, rules};

#[test]
fn what_only_the_latest_version_has_can_be_taken_back_by_a_patch() {
    let yard = Yard::good();
    yard.plugin("acme.org/plugins/bad", "1.0.0", "bad/v1");
    yard.add("acme.org/plugins/bad", "1.0.0");
    yard.publish();
    yard.cut("bad", "1.0.0");
    yard.replace("version: v0.2.0", "version: v0.2.1");
    assert_eq!(yard.failed(), ["nothing-lost", "registry-version"]);
    yard.label(
        "{ name: plugyard/registry, signing: true, value: { schema: 1, removed: \
         [{ name: bad, component: acme.org/plugins/bad, version: 1.0.0, reason: broken }] } }",
    );
    assert_eq!(yard.failed(), [""; 0]);
    // What the version before had, too, is no mistake of yesterday.
    let other = yard.cut("other", "2.0.0");
    yard.replace(
        "removed: [",
        "removed: [{ name: other, component: acme.org/plugins/other, version: 2.0.0, reason: x }, ",
    );
    assert_eq!(yard.failed(), ["registry-version"]);
    yard.append(&other);
    assert_eq!(yard.failed(), ["not-removed"]);
}

#[test]
fn only_what_has_changed_is_read_unless_all_is_asked_for() {
    let yard = Yard::good();
    yard.publish();
    // A published plugin that has gone meanwhile.
    yard.unpublish(DEMO, "1.0.0");
    assert_eq!(yard.failed(), [""; 0]);
    assert_eq!(
        failed(&yard.check_with(&Against::Latest, true)),
        ["component-exists"]
    );
    // A label that changes is a change.
    yard.replace("description: Demo", "description: Better");
    assert_eq!(yard.failed(), ["component-exists", "registry-version"]);
}

#[test]
fn a_plugin_beside_the_registry_in_one_file_is_judged_like_any_other() {
    let yard = Yard::good();
    let entry = yard.entry("demo", "1.1.0");
    let digits = entry.split("value: ").nth(1).unwrap()[..64].to_owned();
    yard.write("program", "MZ");
    yard.set_text(format!(
        "components:
- name: acme.org/plugins/near
  version: 1.0.0
  provider: {{ name: acme.org }}
  resources:
  - name: binary
    type: ocmPlugin
    extraIdentity: {{ os: linux, architecture: amd64 }}
    input: {{ type: file, path: program, mediaType: application/octet-stream }}
- name: acme.org/near-registry
  version: v0.1.0
  provider: {{ name: acme.org }}
  componentReferences:
  - name: near
    version: 1.0.0
    componentName: acme.org/plugins/near
    digest: {{ hashAlgorithm: SHA-256, normalisationAlgorithm: jsonNormalisation/v4alpha1, value: {digits} }}
    labels:
    - {{ name: ocm.software/pluginInfo, signing: true, value: {{ description: \"\", platforms: [linux/amd64] }} }}
"
    ));
    assert_eq!(yard.failed(), ["binary-platform", "digest-correct"]);
    yard.write("program", "#!/bin/sh");
    let found = yard.check().findings;
    let message = &found[0].message;
    let right = message.split("is sha256:").nth(1).unwrap()[..64].to_owned();
    yard.replace(&digits, &right);
    assert_eq!(yard.failed(), [""; 0]);
    fs_err::remove_file(yard.path("program")).unwrap();
    let found = yard.check().findings;
    assert!(
        rules(&found, Status::Unknown).contains(&"component-exists"),
        "{found:#?}"
    );
}

#[test]
fn ten_thousand_entries_are_judged_as_one_is() {
    let yard = Yard::good();
    let new = yard.cut("demo", "1.1.0");
    let other = yard.cut("other", "2.0.0");
    let many: String = (10_000..20_000)
        .map(|number| other.replace("- name: other", &format!("- name: other{number}")))
        .collect();
    yard.append(&many);
    yard.append(&new);
    yard.replace("version: v0.1.1", "version: v0.2.0");
    yard.append_policy("rules: { capability-unique: off }");
    let main = Against::Text {
        name: "git:main".to_owned(),
        text: Some(yard.text()),
    };
    assert_eq!(failed(&yard.check_with(&main, false)), ["entries-sorted"]);
    // A finding at every entry.
    yard.append_policy("allow: [evil.org/*]");
    let verdict = yard.check_with(&main, false);
    let not_allowed = verdict.findings.iter();
    let not_allowed = not_allowed.filter(|finding| finding.rule == "component-allowed");
    assert_eq!(not_allowed.count(), 10_002);
    assert!(verdict.is_negative());
}
