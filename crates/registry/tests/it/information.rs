//! What a registry and the plugin's own component say about one plugin.

use oci::Http;
use ocm::{Descriptor, Lookup};
use registry::information::{Information, InformationError, information};
use registry::labels::{EntryLabel, Yanked};

use serde_json::json;

use crate::archive::{DEMO, Folder, REGISTRY, descriptor, entry, plugin, registry};

const CALLED: &str = "./a//acme.org/plugin-registry:v1.0.0";

/// A directory with plugin versions, and a registry that has them.
async fn with_versions() -> (Folder, Descriptor) {
    let folder = Folder::new();
    let fine = EntryLabel::default();
    let yanked = EntryLabel {
        yanked: Some(Yanked {
            reason: "leaks".to_owned(),
            instead: Some("demo@9.0.0".to_owned()),
        }),
        ..EntryLabel::default()
    };
    let mut entries = Vec::new();
    for (version, label) in [
        ("9.0.0", &fine),
        ("10.0.0", &yanked),
        ("11.0.0-rc.1", &fine),
        ("v2.0.0", &fine),
    ] {
        let plugin = plugin(DEMO, version);
        folder.publish("a", &plugin).await;
        entries.push(entry("demo", &plugin, label));
    }
    (folder, registry(REGISTRY, "v1.0.0", entries))
}

async fn ask(
    folder: &Folder,
    registry: &Descriptor,
    asked: &str,
) -> Result<Information, InformationError> {
    let lookup = Lookup::new([folder.spec("a")], &Http::default());
    information(registry, CALLED, &asked.parse().unwrap(), &lookup).await
}

#[tokio::test]
async fn a_version_is_chosen_by_semver() {
    let (folder, registry) = with_versions().await;
    for (asked, expected, withheld) in [
        (
            "demo",
            "9.0.0",
            Some("`demo` 10.0.0 is yanked, so 9.0.0 is the newest version: leaks (use demo@9.0.0)"),
        ),
        ("demo@v9.0.0", "9.0.0", None),
        ("demo@10", "10.0.0", None),
        ("demo@2.0.0", "v2.0.0", None),
        ("demo@11.0.0-rc.1", "11.0.0-rc.1", None),
    ] {
        let found = ask(&folder, &registry, asked).await.unwrap();
        assert_eq!(found.version, expected, "{asked}");
        assert_eq!(
            found
                .withheld
                .map(|withheld| withheld.to_string())
                .as_deref(),
            withheld,
            "{asked}"
        );
        assert_eq!(found.versions, ["11.0.0-rc.1", "10.0.0", "9.0.0", "v2.0.0"]);
        assert_eq!(
            (found.registry.as_str(), found.component.as_str()),
            (CALLED, DEMO)
        );
        assert_eq!(found.yanked.is_some(), expected == "10.0.0");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_as_pinned_is_refused() {
    let (folder, mut registry) = with_versions().await;
    let error = ask(&folder, &registry, "dmeo").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{CALLED} has no plugin `dmeo`; did you mean `demo`?")
    );
    let error = ask(&folder, &registry, "demo@3.0.0").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{CALLED} has no version 3.0.0 of plugin `demo`, but 10.0.0, 11.0.0-rc.1, 9.0.0, v2.0.0"
        )
    );
    let entries = registry.component.references.as_mut().unwrap();
    entries[0].digest = entries[1].digest.clone();
    entries[3].version = "8.0.0".to_owned();
    let error = ask(&folder, &registry, "demo@9.0.0").await.unwrap_err();
    assert!(matches!(error, InformationError::Pin { .. }), "{error}");
    let error = ask(&folder, &registry, "demo@8.0.0").await.unwrap_err();
    assert!(matches!(error, InformationError::Lookup(_)), "{error}");
}

#[tokio::test]
async fn the_digest_of_a_program_is_given_only_if_it_covers_the_program() {
    let hex = "aa".repeat(32);
    let blob = "genericBlobDigest/v1";
    for (algorithm, normalisation, covers) in [
        ("SHA-256", blob, true),
        ("SHA-256", "foo/v1", false),
        ("NO-DIGEST", "EXCLUDE-FROM-SIGNATURE", false),
    ] {
        let folder = Folder::new();
        let plugin = descriptor(&json!({
            "meta": { "schemaVersion": "v2" },
            "component": {
                "name": DEMO,
                "version": "1.0.0",
                "provider": "acme.org",
                "resources": [{
                    "name": "binary",
                    "version": "1.0.0",
                    "type": "ocmPlugin",
                    "extraIdentity": { "os": "linux", "architecture": "amd64" },
                    "access": { "type": "OCIImage/v1", "imageReference": format!("acme.org/demo@sha256:{hex}") },
                    "digest": {
                        "hashAlgorithm": algorithm,
                        "normalisationAlgorithm": normalisation,
                        "value": hex,
                    },
                }],
            },
        }));
        folder.publish("a", &plugin).await;
        let entries = vec![entry("demo", &plugin, &EntryLabel::default())];
        let registry = registry(REGISTRY, "v1.0.0", entries);
        let found = ask(&folder, &registry, "demo").await.unwrap();
        let program = &found.platforms[0];
        let expected = covers.then(|| format!("sha256:{hex}"));
        assert_eq!(program.digest, expected, "{normalisation}");
        assert_eq!(program.uncovered.is_none(), covers, "{normalisation}");
    }
}
