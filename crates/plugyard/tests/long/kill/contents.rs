//! The content of a registry, read without the code under test.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::Server;

/// The digests that tags point to, by repository and tag.
pub(crate) type Tags = BTreeMap<String, String>;

/// Reads all tags, and checks that all their content exists and has the right digest.
pub(crate) fn read(server: &Server) -> Tags {
    let mut tags = Tags::new();
    let (_, catalogue) = server.get("/v2/_catalog?n=1000");
    let catalogue: Value = serde_json::from_slice(&catalogue).unwrap();
    for repository in catalogue["repositories"].as_array().unwrap() {
        let repository = repository.as_str().unwrap();
        let (status, list) = server.get(&format!("/v2/{repository}/tags/list"));
        // Without a manifest so far, but with blobs.
        if status == 404 {
            continue;
        }
        let list: Value = serde_json::from_slice(&list).unwrap();
        for tag in list["tags"].as_array().into_iter().flatten() {
            let tag = tag.as_str().unwrap();
            let digest = whole(server, repository, tag);
            tags.insert(format!("{repository}:{tag}"), digest);
        }
    }
    tags
}

/// Checks a manifest and its blobs, and returns its digest.
fn whole(server: &Server, repository: &str, tag: &str) -> String {
    let (status, bytes) = server.get(&format!("/v2/{repository}/manifests/{tag}"));
    assert_eq!(status, 200, "{repository}:{tag}");
    let manifest: Value = serde_json::from_slice(&bytes).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    for blob in layers.iter().chain([&manifest["config"]]) {
        let digest = blob["digest"].as_str().unwrap();
        let (status, content) = server.get(&format!("/v2/{repository}/blobs/{digest}"));
        assert_eq!(status, 200, "{repository}:{tag}: {digest}");
        assert_eq!(format!("sha256:{}", testkit::sha256(&content)), digest);
        assert_eq!(content.len() as u64, blob["size"].as_u64().unwrap());
    }
    format!("sha256:{}", testkit::sha256(&bytes))
}
