//! Reading what is published of the components that a constructor makes besides the registry.

use ocm::constructor::{ComponentConstructor, Constructor};
use ocm::{ComponentVersionId, Descriptor, Repository, RepositoryError};

use super::cause::Cause;
use super::context::{Entry, FurtherComponent, PublishedState};
use super::local::LocalComponents;
use super::request::Request;

/// Collects the components of a constructor besides the registry, with what is published of each
/// where the registry is published.
pub(super) async fn read<'a>(
    request: &Request<'_>,
    constructor: &'a Constructor,
    registry: &ComponentConstructor,
    local: &LocalComponents,
) -> Vec<FurtherComponent<'a>> {
    let mut further = Vec::new();
    let mut repository: Option<Result<Option<Repository>, RepositoryError>> = None;
    for component in &constructor.components {
        if std::ptr::eq(component, registry) {
            continue;
        }
        let repository = repository
            .get_or_insert_with(|| Repository::open_if_there(request.repository, request.http));
        let (name, version) = (&component.name.value, component.version.value.as_str());
        let published = match (repository, local.get(name, version)) {
            (Err(error), _) => Err(Cause::new(error, error.hint())),
            (_, Some(Err(cause))) => Err(cause.clone()),
            (Ok(repository), Some(Ok(ours))) => {
                published(repository.as_ref(), component, &ours.descriptor).await
            }
            (Ok(repository), None) => {
                published(repository.as_ref(), component, &component.descriptor(&[])).await
            }
        };
        further.push(FurtherComponent {
            component,
            references: component.references.iter().map(Entry::new).collect(),
            published,
        });
    }
    further
}

/// Reads what is published of a component, and compares it with the component that the constructor
/// makes. Nothing is published where there is no repository yet.
async fn published(
    repository: Option<&Repository>,
    component: &ComponentConstructor,
    ours: &Descriptor,
) -> Result<PublishedState, Cause> {
    let (name, version) = (&component.name.value, &component.version.value);
    let id = ComponentVersionId::new(name.clone(), version.clone());
    let Some(repository) = repository else {
        return Ok(PublishedState {
            latest: None,
            is_same: None,
        });
    };
    let versions = repository.versions(name).await?;
    let is_same = match repository.get(&id, None).await? {
        Some(found) => Some(found.descriptor()?.same_content(ours)),
        None => None,
    };
    Ok(PublishedState {
        latest: ocm::version::latest(&versions).cloned(),
        is_same,
    })
}
