//! `plugyard component verify` on changed archives.

use snapbox::{assert_data_eq, str};

use crate::official::case::Case;

const REGISTRY: &str = "ocm.software/plugin-registry:v1.0.0";

/// Verifies a component version, expects this exit code, and returns the output.
fn verify(case: &Case, code: i32, reference: &str) -> String {
    let outcome = case.plugyard(&["component", "verify", reference]);
    assert_eq!(
        outcome.code,
        Some(code),
        "{}: {reference}: {outcome:?}",
        case.name
    );
    format!("{}{}", outcome.stdout, outcome.stderr)
}

#[test]
fn an_unchanged_archive_verifies() {
    for (name, reference) in [
        ("seed-registry-list", format!("ctf//{REGISTRY}")),
        ("verify-tampered", format!("ctf//{REGISTRY}")),
        ("references", format!("ctf.tgz//{REGISTRY}")),
        (
            "list-many-versions",
            "ctf//ocm.software/plugin-registry".to_owned(),
        ),
    ] {
        let said = verify(&Case::open(name), 0, &reference);
        assert!(said.contains("all digests match"), "{name}: {said}");
    }
}

#[test]
fn a_changed_digest_of_an_entry_is_detected() {
    let case = Case::open("verify-tampered");
    assert_data_eq!(
        verify(&case, 3, &format!("entry-digest//{REGISTRY}")),
        str![[r#"
ocm.software/plugin-registry:v1.0.0: reference helminput@1.0.0: has component digest sha256:d01653236da53e024435cba5f1b6379b87af4b8c441b17ea9fd38a1b88125eed, but is pinned to sha256:dee52188b1a83df9ae71b144c8b4fa78b9736b1f5abc534420e35ad63235610d
entry-digest//ocm.software/plugin-registry:v1.0.0@sha256:5f15e4a96e47edb2d75507a328ca79d8a5401ae8e08b7939066a3ee16005a443: 1 finding in 2 component versions, 1 reference and 1 local blob

"#]]
    );
}

#[test]
fn parts_covered_only_by_signatures_are_not_verified() {
    // Labels of the registry itself are not covered by any digest in the archive.
    let case = Case::open("verify-tampered");
    for archive in ["entry-label", "unsigned-label", "signature-digest"] {
        let reference = format!("{archive}//{REGISTRY}");
        verify(&case, 0, &reference);
        let digest = case.done(&["component", "hash", &reference]);
        let right = case.done(&["component", "hash", &format!("ctf//{REGISTRY}")]);
        // But the component digest, which a signature covers, differs.
        assert_eq!(digest != right, archive == "entry-label", "{archive}");
    }
}

#[test]
fn a_replaced_version_is_detected() {
    let case = Case::open("moving-version");
    assert_data_eq!(
        verify(&case, 3, &format!("ctf//{REGISTRY}")),
        str![[r#"
ocm.software/plugin-registry:v1.0.0: reference helminput@0.0.1: has component digest sha256:8cbc0820b196658a1458f2c7821815d2ce8bc2cf37534f6bdeb255e43dae9d4b, but is pinned to sha256:a05444583a4b2d69203bfc1af2629d5a2d5eea2eeb9bcf7b3c8fa4da39d335f4
ctf//ocm.software/plugin-registry:v1.0.0@sha256:52aab0b9ff224f67216ab5d7e417f13fe771e8f0c1c90faadbbfc6d349492575: 1 finding in 2 component versions, 1 reference and 1 local blob

"#]]
    );
}

#[test]
fn a_wrong_resource_digest_is_detected() {
    // The official `download plugin` does not notice.
    let case = Case::open("download-plugin-tampered");
    let reference = "ctf//ocm.software/plugins/gitinput:1.0.0";
    assert_data_eq!(
        verify(&case, 3, reference),
        str![[r#"
ocm.software/plugins/gitinput:1.0.0: resource architecture=amd64,name=binary,os=linux,version=1.0.0: its content is sha256:b7c2dcad24f4b403725e1e3c03a7422b0af74d23c804dc2a1470ae15d61fb1d5, but its digest is SHA-256 0000000000000000000000000000000000000000000000000000000000000000
ctf//ocm.software/plugins/gitinput:1.0.0@sha256:2bdd31f0f6389960541584d9da19568701663a30ac9acab359404fc72f116b9f: 1 finding in 1 component version, 0 references and 1 local blob

"#]]
    );
}

#[test]
fn a_changed_blob_is_detected() {
    let case = Case::open("download-plugin-blob-changed");
    let reference = "ctf//ocm.software/plugins/gitinput:1.0.0";
    assert_data_eq!(
        verify(&case, 3, reference),
        str![[r#"
ocm.software/plugins/gitinput:1.0.0: resource architecture=amd64,name=binary,os=linux,version=1.0.0: ctf/blobs/sha256.b7c2dcad24f4b403725e1e3c03a7422b0af74d23c804dc2a1470ae15d61fb1d5: expected sha256:b7c2dcad24f4b403725e1e3c03a7422b0af74d23c804dc2a1470ae15d61fb1d5, found sha256:d13f6dc8c8913a365c341faecae3ff309a7a156281a260c6d25c4c041c138151
ctf//ocm.software/plugins/gitinput:1.0.0@sha256:69212049b56cfb427daca119b748ced007fb2c5bdf607e9597750b54cbfbc290: 1 finding in 1 component version, 0 references and 1 local blob

"#]]
    );
}

#[test]
fn an_entry_without_a_digest_is_detected() {
    let case = Case::open("entry-without-digest");
    assert_data_eq!(
        verify(&case, 3, "ctf//ocm.software/plugin-registry"),
        str![[r#"
ocm.software/plugin-registry:v1.0.0: reference helminput@1.0.0: has no digest that can be compared; its component digest is sha256:d01653236da53e024435cba5f1b6379b87af4b8c441b17ea9fd38a1b88125eed
ctf//ocm.software/plugin-registry:v1.0.0@sha256:9d3422d6fe5327c6d36057e532839623a3575cd1644bffe6be799f89772c67cd: 1 finding in 3 component versions, 2 references and 2 local blobs, not compared: 1

"#]]
    );
}

#[test]
fn a_plugin_in_another_archive_is_reported_as_missing() {
    let case = Case::after("resolver-elsewhere");
    assert_data_eq!(
        verify(&case, 3, "ctf//ocm.software/plugin-registry"),
        str![[r#"
ocm.software/plugin-registry:v1.0.0: reference helminput@1.0.0: ocm.software/plugins/helminput:1.0.0 was not found in ctf
ctf//ocm.software/plugin-registry:v1.0.0@sha256:a4a112fe7ca6a708781fcfa54e5111f6517d2aaac825bf213d52e7932886d017: 1 finding in 1 component version, 1 reference and 0 local blobs

"#]]
    );
    verify(&case, 0, "moved//ocm.software/plugin-registry");
    let rows = case.done(&[
        "list",
        "--all",
        "--registry",
        "ctf//ocm.software/plugin-registry",
        "-o",
        "json",
    ]);
    assert!(rows.contains("\"helminput\""), "the list needs no plugin");
}
