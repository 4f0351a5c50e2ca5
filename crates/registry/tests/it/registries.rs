//! Several registries: which are read, and what they have together.

use oci::Http;
use ocm::{ComponentRef, Descriptor};
use registry::labels::{EntryLabel, Yanked};
use registry::listing::{Listing, Notice, Selection};
use registry::registries::{FindError, ReferencesError, find_plugin, references};
use registry::{EntryId, Registries};
use serde_json::json;

use crate::archive::{DEMO, Folder, REGISTRY, descriptor, entry, plugin, registry};

fn reference(text: &str) -> ComponentRef {
    text.parse().unwrap()
}

#[test]
fn flags_come_before_the_environment_and_the_configuration() {
    let [one, two, three] = [
        "./a//acme.org/one",
        "./a//acme.org/two",
        "./a//acme.org/three",
    ];
    let configured = || Ok::<_, ()>(vec![reference(three)]);
    let never = || -> Result<Vec<ComponentRef>, ()> { panic!("the configuration is read") };
    let named = [reference(one)];
    let environment = format!("{one}, {two}");
    assert_eq!(
        references(&named, Some(two), never),
        Ok(vec![reference(one)])
    );
    let both = Ok(vec![reference(one), reference(two)]);
    assert_eq!(references(&[], Some(&environment), never), both);
    assert_eq!(
        references(&[], None, configured),
        Ok(vec![reference(three)])
    );
    assert_eq!(
        references(&[], None, || Ok::<_, ()>(Vec::new())),
        Err(ReferencesError::None)
    );
    assert_eq!(
        references(&[], None, || Err("broken")),
        Err(ReferencesError::Configuration("broken"))
    );
    assert!(matches!(
        references(&[], Some("acme.org"), never),
        Err(ReferencesError::Environment(_))
    ));
}

/// Two registries: the first has `demo` 1.0.0, the second `demo` 2.0.0 and 3.0.0 from another
/// component, and `other`.
async fn two() -> (Folder, [ComponentRef; 2]) {
    let folder = Folder::new();
    let label = EntryLabel::default();
    let first = vec![entry("demo", &plugin(DEMO, "1.0.0"), &label)];
    folder
        .publish("a", &registry(REGISTRY, "v1.0.0", first))
        .await;
    let second =
        [("demo", "2.0.0"), ("demo", "3.0.0"), ("other", "1.0.0")].map(|(name, version)| {
            let component = format!("evil.example/{name}");
            entry(name, &plugin(&component, version), &label)
        });
    let second = registry("evil.example/registry", "1.0.0", second.to_vec());
    folder.publish("b", &second).await;
    let references = [
        folder.reference("a", REGISTRY),
        folder.reference("b", "evil.example/registry"),
    ];
    (folder, references)
}

/// `NAME@VERSION`, with `!` for an ambiguous name.
fn rows(listing: &Listing<'_>) -> Vec<String> {
    let row = |row: &registry::listing::Row<'_>| {
        let mark = if row.ambiguous { "!" } else { "" };
        format!("{}{mark}", EntryId::new(&*row.name, &row.version))
    };
    listing.rows.iter().map(row).collect()
}

#[tokio::test]
async fn every_registry_has_its_own_newest_version() {
    let (_folder, [first, second]) = two().await;
    let http = Http::default();
    let newest = ["demo@1.0.0!", "demo@3.0.0!", "other@1.0.0"];
    let all = ["demo@1.0.0!", "demo@2.0.0!", "demo@3.0.0!", "other@1.0.0"];
    for order in [[&first, &second], [&second, &first]] {
        let registries = Registries::open(&order.map(Clone::clone), &http)
            .await
            .unwrap();
        let listing = registries.listing(&Selection::default()).unwrap();
        assert_eq!(rows(&listing), newest);
        let everything = Selection {
            all: true,
            ..Selection::default()
        };
        assert_eq!(rows(&registries.listing(&everything).unwrap()), all);
        // What a pattern hides is ambiguous all the same.
        let pattern = Some("dem*".to_owned());
        let listing = registries
            .listing(&Selection {
                pattern,
                ..Selection::default()
            })
            .unwrap();
        assert_eq!(rows(&listing), newest[..2]);
    }
    // The same registry twice is listed once, and one registry is never ambiguous.
    let twice = [second.clone(), second.clone()];
    let registries = Registries::open(&twice, &http).await.unwrap();
    assert_eq!(registries.len(), 1);
    let listing = registries.listing(&Selection::default()).unwrap();
    assert_eq!(rows(&listing), ["demo@3.0.0", "other@1.0.0"]);
}

#[tokio::test]
async fn one_registry_that_cannot_be_read_spoils_the_set() {
    let (folder, [first, second]) = two().await;
    for missing in [
        folder.reference("nowhere", REGISTRY),
        folder.reference("a", "acme.org/other"),
    ] {
        let references = [first.clone(), missing, second.clone()];
        assert!(
            Registries::open(&references, &Http::default())
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_name_means_the_first_registry_that_has_it() {
    let (folder, [first, second]) = two().await;
    let http = Http::default();
    let path = |archive| folder.path(archive);
    let (a, b) = (
        format!("{}//{REGISTRY}:v1.0.0", path("a")),
        format!("{}//evil.example/registry:1.0.0", path("b")),
    );
    let find = async |references: &[&ComponentRef], name: &str| {
        let references: Vec<ComponentRef> = references.iter().copied().cloned().collect();
        let found = find_plugin(&references, &http, name).await;
        found.map(|found| {
            let notices: Vec<String> = found.notices.iter().map(ToString::to_string).collect();
            (found.registry.name().to_owned(), notices)
        })
    };
    let (name, notices) = find(&[&first, &second], "demo").await.unwrap();
    assert_eq!(name, a);
    assert_eq!(
        notices,
        [format!(
            "plugin `demo` of {a} is shown; {b} also has one of this name, from another component: evil.example/demo"
        )]
    );
    let (name, notices) = find(&[&second, &first], "demo").await.unwrap();
    assert_eq!(name, b);
    assert_eq!(
        notices,
        [format!(
            "plugin `demo` of {b} is shown; {a} also has one of this name, from another component: {DEMO}"
        )]
    );
    assert_eq!(
        find(&[&first, &second], "other").await.unwrap(),
        (b.clone(), Vec::new())
    );
    // The same registry is no other one.
    assert_eq!(
        find(&[&first, &first], "demo").await.unwrap(),
        (a.clone(), Vec::new())
    );
    // A registry that is asked later may be unreadable, one that is asked before may not.
    let missing = folder.reference("nowhere", REGISTRY);
    let (name, notices) = find(&[&first, &missing], "demo").await.unwrap();
    assert_eq!((name, notices.len()), (a.clone(), 1));
    assert!(
        notices[0].contains("may also have plugin `demo`"),
        "{notices:?}"
    );
    assert!(matches!(
        find(&[&missing, &first], "demo").await,
        Err(FindError::Resolve(_))
    ));
    let error = find(&[&first, &second], "dmeo").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{a} and {b} have no plugin `dmeo`; did you mean `demo`?")
    );
}

fn with_yanked() -> Descriptor {
    let yanked = EntryLabel {
        yanked: Some(Yanked {
            reason: "leaks".to_owned(),
            instead: None,
        }),
        ..EntryLabel::default()
    };
    let moving = EntryLabel {
        moving: true,
        ..EntryLabel::default()
    };
    let fine = EntryLabel::default();
    registry(
        REGISTRY,
        "v1.0.0",
        vec![
            entry("demo", &plugin(DEMO, "10.0.0"), &yanked),
            entry("demo", &plugin(DEMO, "9.0.0"), &fine),
            entry("demo", &plugin(DEMO, "11.0.0-rc.1"), &fine),
            entry("demo", &plugin(DEMO, "12.0.0"), &moving),
            entry("gone", &plugin("acme.org/plugins/gone", "1.0.0"), &yanked),
        ],
    )
}

#[tokio::test]
async fn users_are_told_when_the_highest_version_is_yanked() {
    let folder = Folder::new();
    folder.publish("a", &with_yanked()).await;
    let references = [folder.reference("a", REGISTRY)];
    let registries = Registries::open(&references, &Http::default())
        .await
        .unwrap();
    let listing = registries.listing(&Selection::default()).unwrap();
    assert_eq!(rows(&listing), ["demo@9.0.0", "gone@1.0.0"]);
    let notices: Vec<String> = listing.notices.iter().map(ToString::to_string).collect();
    let name = format!("{}//{REGISTRY}:v1.0.0", folder.path("a"));
    assert_eq!(
        notices,
        [format!(
            "{name}: `demo` 10.0.0 is yanked, so 9.0.0 is the newest version: leaks"
        )]
    );
    let all = registries
        .listing(&Selection {
            all: true,
            ..Selection::default()
        })
        .unwrap();
    assert_eq!(
        rows(&all),
        [
            "demo@9.0.0",
            "demo@10.0.0",
            "demo@11.0.0-rc.1",
            "demo@12.0.0",
            "gone@1.0.0"
        ]
    );
    assert_eq!(all.notices, []);
}

#[tokio::test]
async fn odd_labels_are_listed_and_broken_ones_are_refused() {
    let folder = Folder::new();
    // (value of the label, platforms, notices, error)
    for (index, (label, platforms, unknown, error)) in [
        (
            json!({ "description": "x", "platforms": ["linux/amd64"] }),
            Some(1),
            &[][..],
            "",
        ),
        (
            json!({ "Description": "x", "PLATFORMS": [], "name": "y" }),
            Some(0),
            &[],
            "",
        ),
        (json!({ "vendor": "x" }), None, &["vendor"], ""),
        (json!(null), None, &[], ""),
        (
            json!({ "platforms": "linux/amd64" }),
            None,
            &[],
            "invalid type: string \"linux/amd64\", expected a sequence",
        ),
        (
            json!(["linux/amd64"]),
            None,
            &[],
            "invalid type: sequence, expected an object with description and platforms",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let archive = index.to_string();
        let registry = descriptor(&json!({
            "meta": { "schemaVersion": "v2" },
            "component": {
                "name": REGISTRY, "version": "1.0.0", "provider": "acme.org",
                "repositoryContexts": [], "resources": [], "sources": [],
                "componentReferences": [{
                    "name": "demo", "version": "1.0.0", "componentName": DEMO,
                    "labels": [{ "name": "ocm.software/pluginInfo", "value": label }],
                }],
            },
        }));
        folder.publish(&archive, &registry).await;
        let references = [folder.reference(&archive, REGISTRY)];
        let registries = Registries::open(&references, &Http::default())
            .await
            .unwrap();
        match registries.listing(&Selection::default()) {
            Ok(listing) => {
                assert_eq!(error, "", "{label}");
                assert_eq!(
                    listing.rows[0].platforms.as_ref().map(Vec::len),
                    platforms,
                    "{label}"
                );
                let keys = listing.notices.iter().map(|notice| match notice {
                    Notice::UnknownKey { key, .. } => key.as_str(),
                    other => panic!("{other}"),
                });
                assert_eq!(keys.collect::<Vec<_>>(), unknown, "{label}");
            }
            Err(found) => {
                let expected =
                    format!("its label `ocm.software/pluginInfo` cannot be read: {error}");
                assert!(
                    !error.is_empty() && found.to_string().ends_with(&expected),
                    "{found}"
                );
            }
        }
    }
}
