//! Publishing a constructor.

use keeper::publish::{Pins, Refusal, Request};
use oci::Http;
use ocm::ComponentDigest;
use ocm::repository::Outcome;

use crate::workspace::{FIRST, Settings, Workspace};

fn unpublished() -> Workspace {
    let mut workspace = Workspace::new();
    workspace.plugin(crate::workspace::DEMO, "1.0.0");
    workspace.add(crate::workspace::DEMO).unwrap();
    workspace
}

#[test]
fn the_first_version_must_be_asked_for() {
    let workspace = unpublished();
    let refused = workspace.publish_with(Settings {
        first: false,
        ..FIRST
    });
    assert!(matches!(refused, Err(Refusal::First { .. })), "{refused:?}");
    let published = workspace
        .publish_with(Settings {
            first: true,
            ..FIRST
        })
        .unwrap();
    assert_eq!(published[0].status, Outcome::Published);
    let again = workspace
        .publish_with(Settings {
            first: false,
            ..FIRST
        })
        .unwrap();
    assert_eq!(again[0].status, Outcome::Unchanged);
    assert_eq!(again[0].reference, published[0].reference);
}

#[test]
fn a_dry_run_gives_the_same_digests_and_writes_nothing() {
    let workspace = unpublished();
    let index = workspace.path("store/artifact-index.json");
    let before = fs_err::read(&index).unwrap();
    let planned = workspace
        .publish_with(Settings {
            dry_run: true,
            ..FIRST
        })
        .unwrap();
    assert_eq!(fs_err::read(&index).unwrap(), before);
    let published = workspace.publish().unwrap();
    assert_eq!(planned[0].status, Outcome::Planned);
    assert_eq!(planned[0].reference, published[0].reference);
    assert_eq!(planned[0].component_digest, published[0].component_digest);
    assert_eq!(planned[0].manifest_digest, published[0].manifest_digest);
    let again = workspace
        .publish_with(Settings {
            dry_run: true,
            ..FIRST
        })
        .unwrap();
    assert_eq!(again[0].status, Outcome::Unchanged);
    // A repository that does not exist is not created.
    let http = Http::default();
    let spec = workspace.store("new");
    let lookup = ocm::Lookup::new([workspace.store("store")], &http);
    let constructor = ocm::constructor::parse(&workspace.text).unwrap();
    let request = Request {
        constructor: &constructor,
        folder: &workspace.path(""),
        repository: &spec,
        http: &http,
        lookup: &lookup,
        first: true,
        dry_run: true,
        expect: None,
        pins: Pins::Required,
    };
    let planned = crate::workspace::run(keeper::publish::publish(&request, &oci::Silent));
    assert_eq!(planned.unwrap()[0].status, Outcome::Planned);
    assert!(!workspace.path("new").exists());
}

#[test]
fn the_expected_digest_is_that_of_the_latest_version() {
    let mut workspace = unpublished();
    let digest = workspace.publish().unwrap()[0].component_digest.clone();
    let digest: ComponentDigest = digest.parse().unwrap();
    workspace.text = workspace.text.replace("v0.1.0", "v0.2.0");
    let publish = |workspace: &Workspace| {
        workspace.publish_with(Settings {
            expect: Some(&digest),
            ..FIRST
        })
    };
    assert_eq!(publish(&workspace).unwrap()[0].status, Outcome::Published);
    // A repeat finds what it was to publish.
    assert_eq!(publish(&workspace).unwrap()[0].status, Outcome::Unchanged);
    workspace.text = workspace.text.replace("v0.2.0", "v0.3.0");
    let refused = publish(&workspace);
    assert!(
        matches!(refused, Err(Refusal::Expectation { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_published_version_is_never_changed() {
    let mut workspace = unpublished();
    workspace.publish().unwrap();
    workspace.text = workspace
        .text
        .replace("Plugin registry of acme.org", "Ours");
    for dry_run in [true, false] {
        let refused = workspace.publish_with(Settings { dry_run, ..FIRST });
        let Err(Refusal::Taken(taken)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(taken.version, "v0.1.0");
        assert_ne!(taken.published, taken.ours);
    }
}

#[test]
fn an_entry_must_be_pinned_to_the_component_that_exists() {
    let mut workspace = unpublished();
    let right = workspace.text.clone();
    let start = right.find("    digest:\n").unwrap();
    let end = right.find("    labels:\n      - name: ocm").unwrap();
    let hex = right[start..end].trim_end().rsplit(' ').next().unwrap();
    for text in [
        right.replace(&right[start..end], ""),
        right.replace(hex, &"ab".repeat(32)),
        right.replace(hex, "ab"),
    ] {
        workspace.text = text;
        let refused = workspace.publish();
        let Err(Refusal::Entries(findings)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(findings.len(), 1);
    }
    // The official constructor fills in what is missing.
    workspace.text = right.replace(&right[start..end], "");
    let filled = workspace
        .publish_with(Settings {
            pins: Pins::FilledIn,
            ..FIRST
        })
        .unwrap();
    workspace.text = right;
    let pinned = workspace.publish().unwrap();
    assert_eq!(pinned[0].status, Outcome::Unchanged);
    assert_eq!(pinned[0].component_digest, filled[0].component_digest);
}

#[test]
fn a_list_is_published_children_first() {
    let plugin = "  - name: acme.org/plugins/notes
    version: 1.0.0
    provider: { name: acme.org }
    resources:
      - name: binary
        type: ocmPlugin
        relation: local
        extraIdentity: { os: linux, architecture: amd64 }
        input: { type: file, path: notes, mediaType: application/octet-stream }
";
    let registry = "  - name: acme.org/plugin-registry
    version: v0.1.0
    provider: { name: acme.org }
    componentReferences:
      - name: notes
        version: 1.0.0
        componentName: acme.org/plugins/notes
";
    for text in [[plugin, registry], [registry, plugin]] {
        let mut workspace = Workspace::new();
        fs_err::write(workspace.path("notes"), "#!/bin/sh\n").unwrap();
        workspace.text = format!("components:\n{}{}", text[0], text[1]);
        let fill_in = Settings {
            pins: Pins::FilledIn,
            ..FIRST
        };
        let published = workspace.publish_with(fill_in).unwrap();
        assert_eq!(published.len(), 2);
        assert!(published[0].reference.contains("plugins/notes:1.0.0@"));
        assert!(published[1].reference.contains("plugin-registry:v0.1.0@"));
        let again = workspace.publish_with(fill_in).unwrap();
        assert!(again.iter().all(|one| one.status == Outcome::Unchanged));
    }
}
