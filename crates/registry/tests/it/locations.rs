//! Where the plugins of a published registry are looked for.

use ocm::{Label, RepositorySpec};
use registry::Locations;
use registry::labels::REGISTRY;
use serde_json::{Value, json};

fn locations(sources: &Value, read_from: &str) -> (Vec<String>, Vec<String>) {
    let labels = [Label::signed(
        REGISTRY,
        json!({ "schema": 1, "sources": sources }),
    )];
    let locations = Locations::new(&labels, &RepositorySpec::parse(read_from).unwrap());
    let texts = |items: Vec<String>| items;
    (
        texts(locations.sources.iter().map(ToString::to_string).collect()),
        texts(locations.unused.iter().map(ToString::to_string).collect()),
    )
}

#[test]
fn a_label_cannot_lead_to_local_files_or_plain_http() {
    let all = json!([
        "ghcr.io/acme",
        "https://ghcr.io/acme",
        "http://ghcr.io/acme",
        "HTTP://127.0.0.1:5000/acme",
        "oci::http://ghcr.io/acme",
        "./archive",
        "/srv/archive",
        "ctf::archive",
        "file:///srv/archive",
    ]);
    let over_tls = ["ghcr.io/acme", "https://ghcr.io/acme"];
    let over_plain_http = [
        "http://ghcr.io/acme",
        "HTTP://127.0.0.1:5000/acme",
        "http://ghcr.io/acme",
    ];
    let local = [
        "./archive",
        "/srv/archive",
        "archive",
        "file:///srv/archive",
    ];
    for (read_from, further) in [
        ("ghcr.io/acme/plugins", &[][..]),
        ("https://ghcr.io/acme/plugins", &[]),
        ("http://127.0.0.1:5000/acme", &over_plain_http),
        ("Http://127.0.0.1:5000/acme", &over_plain_http),
        ("./transport-archive", &local),
        ("file:///srv/other", &local),
    ] {
        let (used, unused) = locations(&all, read_from);
        let expected: Vec<&str> = over_tls.iter().chain(further).copied().collect();
        assert_eq!(used, expected, "{read_from}");
        assert_eq!(used.len() + unused.len(), 9, "{read_from}");
    }
}

#[test]
fn what_is_not_used_is_reported() {
    let sources = json!([
        "ghcr.io/acme",
        "s3::bucket",
        "",
        7,
        "ctf::",
        "bob:hunter2@ghcr.io/acme",
        "./archive",
        "http://ghcr.io"
    ]);
    let (used, unused) = locations(&sources, "ghcr.io/acme/plugins");
    assert_eq!(used, ["ghcr.io/acme"]);
    assert_eq!(
        unused,
        [
            "the registry's label `plugyard/registry` is used only in part: `sources` is not a list of repositories",
            "the registry's label `plugyard/registry` is used only in part: `sources` is not a list of repositories",
            "source `s3::bucket` of the registry is not used: `s3` is not a type of repository",
            "source `ctf::` of the registry is not used: it names no repository",
            "a source of the registry is not used: its address contains credentials",
            "source `./archive` of the registry is not used: it is a path on this machine, and the registry was not read from one",
            "source `http://ghcr.io` of the registry is not used: it would be read over plain HTTP, and the registry was not",
        ]
    );
}
