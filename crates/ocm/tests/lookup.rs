//! What a look-up gives for a reference: what was compared with its pin, or why there is nothing.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use ocm::descriptor::MediaType;
use ocm::{
    ComponentDigest, ComponentVersionId, Descriptor, ElementDigest, Lookup, LookupError,
    PinnedError, Provider, Reference, RepositorySpec,
};
use serde_json::json;
use testkit::Archive;

const DEMO: &str = "acme.org/plugins/demo";

fn demo() -> Descriptor {
    Descriptor::new(DEMO, "1.0.0", Provider::named("acme.org"))
}

fn reference(component: &str, version: &str, digest: ElementDigest) -> Reference {
    let mut reference: Reference = serde_json::from_value(json!({
        "name": "demo",
        "version": version,
        "componentName": component,
    }))
    .unwrap();
    reference.digest = digest;
    reference
}

/// A look-up in an archive with one component version.
fn lookup(descriptor: &[u8]) -> (tempfile::TempDir, Lookup) {
    let mut archive = Archive::new();
    archive.component(DEMO, "1.0.0", descriptor, MediaType::WRITTEN);
    let folder = tempfile::tempdir().unwrap();
    archive.write_folder(folder.path());
    let spec = RepositorySpec::ctf(folder.path().to_str().unwrap());
    (folder, Lookup::new([spec], &oci::Http::default()))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

#[test]
fn a_reference_gives_what_it_is_pinned_to_or_the_reason_why_not() {
    let (_folder, lookup) = lookup(&demo().to_json());
    let actual = ComponentDigest::of(&demo());
    let other = ComponentDigest::of(&Descriptor::new(DEMO, "2.0.0", Provider::named("acme.org")));
    let look = |component, version, digest| {
        let reference = reference(component, version, digest);
        run(lookup.pinned(&reference)).map(|found| found.digest)
    };
    assert_eq!(look(DEMO, "1.0.0", actual.to_pin()).unwrap(), actual);
    let Err(PinnedError::Differs { pinned, found }) = look(DEMO, "1.0.0", other.to_pin()) else {
        panic!("it differs");
    };
    assert_eq!((pinned, found.digest), (other, actual.clone()));
    let unset = look(DEMO, "1.0.0", ElementDigest::default());
    assert!(matches!(unset, Err(PinnedError::Unpinned(found)) if found.digest == actual));
    let mut sha512 = actual.to_pin();
    sha512.hash_algorithm = "SHA-512".to_owned();
    let unusable = look(DEMO, "1.0.0", sha512);
    assert!(matches!(unusable, Err(PinnedError::Unusable(_))));
    let absent = look(DEMO, "3.0.0", actual.to_pin());
    assert!(matches!(
        absent,
        Err(PinnedError::Lookup(LookupError::NotFound { .. }))
    ));
    for (component, version) in [("../../x", "1.0.0"), (DEMO, "latest")] {
        let invalid = look(component, version, actual.to_pin());
        assert!(matches!(invalid, Err(PinnedError::Invalid(_))));
    }
}

#[test]
fn a_plugin_with_too_many_values_is_refused_with_the_limit() {
    let mut value = demo().to_value();
    value["x"] = vec![0; 300_000].into();
    let (_folder, lookup) = lookup(value.to_string().as_bytes());
    let id = ComponentVersionId::parse(DEMO, "1.0.0").unwrap();
    let (_, found) = run(lookup.find(&id, false)).unwrap();
    let error = found.descriptor().unwrap_err().to_string();
    assert!(
        error.ends_with("it has more than 100000 JSON values"),
        "{error}"
    );
}
