//! Everything in every captured archive.

use serde_json::Value;
use testkit::Archive;

use crate::official::case::{Case, names};

/// Archives with deliberate errors, and those that a digest detects.
const TAMPERED: [(&str, &str, &str); 2] = [
    // The referenced version was replaced with other content.
    (
        "moving-version",
        "ctf",
        "ocm.software/plugin-registry:v1.0.0",
    ),
    // The digest of an entry was changed by hand.
    (
        "verify-tampered",
        "entry-digest",
        "ocm.software/plugin-registry:v1.0.0",
    ),
];

#[test]
fn every_component_version_is_read_and_every_pin_is_its_component_digest() {
    let (mut read, mut pins, mut wrong) = (0, 0, Vec::new());
    for name in names() {
        let case = Case::after(&name);
        let folder = case.folder();
        for path in testkit::files::archives(&folder) {
            let repository = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            let archive = Archive::read(&path);
            for component in archive.components() {
                let version = component.tag.replacen(".build-", "+", 1);
                let own = format!("{}:{version}", component.name);
                let reference = format!("{repository}//{own}");
                let raw = case.done(&["component", "get", &reference, "-o", "raw"]);
                assert_eq!(raw.as_bytes(), component.layer, "{name}: {reference}");
                let descriptor: Value = serde_json::from_str(&case.done(&[
                    "component",
                    "get",
                    &reference,
                    "-o",
                    "json",
                ]))
                .unwrap();
                let normal_form = case.done(&["component", "hash", "--normal-form", &reference]);
                assert_eq!(
                    normal_form,
                    testkit::normal_form::v4alpha1(&descriptor),
                    "{name}: {reference}"
                );
                read += 1;
                for entry in descriptor["component"]["componentReferences"]
                    .as_array()
                    .into_iter()
                    .flatten()
                {
                    let pin = entry["digest"]["value"].as_str().unwrap_or_default();
                    let entry = format!(
                        "{repository}//{}:{}",
                        entry["componentName"].as_str().unwrap(),
                        entry["version"].as_str().unwrap()
                    );
                    let outcome = case.plugyard(&["component", "hash", &entry]);
                    // Not pinned, or in another archive.
                    if pin.is_empty() || outcome.code != Some(0) {
                        continue;
                    }
                    if outcome.stdout == format!("sha256:{pin}\n") {
                        pins += 1;
                    } else {
                        wrong.push((name.clone(), repository.to_owned(), own.clone()));
                    }
                }
            }
        }
    }
    let expected = TAMPERED
        .map(|(name, repository, own)| (name.to_owned(), repository.to_owned(), own.to_owned()));
    assert_eq!(wrong, expected);
    assert!(read >= 100, "{read} component versions were read");
    assert!(pins >= 40, "{pins} pins were compared");
}
