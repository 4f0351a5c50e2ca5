//! The files that a repository starts with when it adopts a published registry.

use keeper::init::{Adoption, NewRegistry};
use oci::{Http, Silent};
use ocm::{ComponentRef, Lookup, Repository, RepositorySpec};

use crate::workspace::{DEMO, REGISTRY, Workspace, run};

/// Adopts the latest published registry of a workspace.
fn adopt(
    workspace: &Workspace,
    name: Option<&str>,
    repository: Option<&RepositorySpec>,
) -> (NewRegistry, Vec<RepositorySpec>) {
    let http = Http::default();
    let spec = workspace.store("store");
    let from: ComponentRef = format!("{spec}//{REGISTRY}").parse().unwrap();
    run(async {
        let store = Repository::open(&spec, &http).unwrap();
        let mut versions = store.versions(&from.component).await.unwrap();
        let latest = store
            .latest_of(&from.component, &mut versions)
            .await
            .unwrap();
        let registry = latest.unwrap().1.descriptor().unwrap();
        let adoption = Adoption {
            registry: &registry,
            from: &from,
            name,
            repository,
        };
        let mut repositories = Vec::new();
        let lookup = |specs: Vec<RepositorySpec>| {
            repositories.clone_from(&specs);
            Lookup::new(specs, &http)
        };
        let files = adoption.files(lookup, Clone::clone, &Silent).await;
        (files.unwrap(), repositories)
    })
}

#[test]
fn it_is_published_where_it_was_and_its_plugins_are_looked_up_there() {
    let mut workspace = Workspace::with_demo(&["1.0.0"], &[]);
    let sources = "  - { name: plugyard/registry, value: { schema: 1, sources: [ghcr.io/acme/more] }, signing: true }\ncomponentReferences:";
    workspace.text = workspace.text.replace("componentReferences:", sources);
    workspace.bump(None).unwrap();
    workspace.publish().unwrap();
    let (files, repositories) = adopt(&workspace, None, None);
    let store = workspace.store("store");
    let more: RepositorySpec = RepositorySpec::parse("ghcr.io/acme/more").unwrap();
    assert_eq!(repositories, [store.clone(), store.clone(), more]);
    assert!(
        files.policy.contains(&format!("\nrepository: {store}\n")),
        "{}",
        files.policy
    );
    assert!(
        files.policy.contains("\nsources:\n  - ghcr.io/acme/more\n"),
        "{}",
        files.policy
    );
    let head = format!("\nname: {REGISTRY}\nversion: v0.1.1\n");
    assert!(files.constructor.contains(&head), "{}", files.constructor);
    assert!(
        files
            .constructor
            .contains(&format!("componentName: {DEMO}\n"))
    );
}

#[test]
fn elsewhere_the_repository_of_the_published_registry_becomes_a_source() {
    let workspace = Workspace::with_demo(&["1.0.0"], &[]);
    let new = workspace.store("new");
    let (files, repositories) = adopt(&workspace, Some("acme.com/registry"), Some(&new));
    let store = workspace.store("store");
    assert_eq!(repositories, [store.clone(), new.clone(), store.clone()]);
    assert!(
        files.policy.contains(&format!("\nrepository: {new}\n")),
        "{}",
        files.policy
    );
    assert!(
        files.policy.contains(&format!("\nsources:\n  - {store}\n")),
        "{}",
        files.policy
    );
    let head = "\nname: acme.com/registry\nversion: v0.1.0\n";
    assert!(files.constructor.contains(head), "{}", files.constructor);
}
