//! A registry's descriptor is listed or refused.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ocm::repository::{LocalBlobs, Prepared};
use ocm::{
    ComponentRef, ComponentVersion, ComponentVersionId, Descriptor, Provider, Repository,
    RepositorySpec,
};
use registry::Registry;
use registry::listing::Selection;

/// A component version read from an archive; its bytes are replaced.
static FOUND: LazyLock<ComponentVersion> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let spec = RepositorySpec::ctf(folder.path().join("ctf").display().to_string());
    let provider = Provider::named("acme.org");
    let descriptor = Descriptor::new("acme.org/registry", "1.0.0", provider);
    let prepared = Prepared::new(&descriptor, &LocalBlobs::new(), "fuzz").expect("no blobs");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let repository = Repository::create(&spec, &oci::Http::default()).expect("an archive");
        let mut writer = repository.writer(&oci::Silent).await.expect("a writer");
        repository
            .publish(&mut writer, &prepared, Vec::new())
            .await
            .expect("published");
        let id = ComponentVersionId::parse("acme.org/registry", "1.0.0").expect("an id");
        let found = repository.get(&id, None).await;
        found.expect("readable").expect("there")
    })
});

static REFERENCE: LazyLock<ComponentRef> =
    LazyLock::new(|| "./ctf//acme.org/registry".parse().expect("a reference"));

fuzz_target!(|bytes: &[u8]| {
    let mut found = FOUND.clone();
    found.bytes = bytes.to_vec();
    let registry = Registry::new(&REFERENCE, "1.0.0", found);
    let Ok(listing) = registry.listing() else {
        return;
    };
    let selected = |selection: Selection| {
        let mut listing = listing.clone();
        selection.apply(&mut listing);
        listing.rows
    };
    let all = selected(Selection {
        all: true,
        ..Selection::default()
    });
    assert_eq!(all.len(), listing.rows.len());
    let newest = selected(Selection::default());
    assert!(newest.windows(2).all(|pair| pair[0].name < pair[1].name));
    let pattern = listing.rows.first().map(|row| row.name.to_string());
    selected(Selection {
        pattern,
        ..Selection::default()
    });
});
