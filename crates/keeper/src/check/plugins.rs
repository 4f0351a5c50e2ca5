//! Reading the components of entries.

use futures_util::stream::{self, StreamExt};
use ocm::constructor::ReferenceConstructor;
use ocm::coverage::{Covered, covered};
use ocm::descriptor::Access;
use ocm::{
    ComponentDigest, ComponentVersion, Descriptor, Repository, RepositoryError, RepositorySpec,
    Resource,
};

use super::component::{ComponentState, HEADER_BYTES, PluginComponent, Program, ProgramHeader};
use super::cycle;
use super::resolver::{Found, Resolver, Unresolved, is_about_content};
use crate::publish::CONCURRENCY;
use registry::plugin::{self, Plugin};
use registry::program_header::Header;

/// Reads the components of these references, at most [`CONCURRENCY`] at once. Each comes with
/// the index it was given, in no particular order.
pub(super) async fn read_all(
    resolver: Resolver<'_>,
    references: Vec<(usize, &ReferenceConstructor)>,
) -> Vec<(usize, ComponentState)> {
    stream::iter(references)
        .map(async |(index, reference)| (index, read(resolver, reference).await))
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await
}

async fn read(resolver: Resolver<'_>, reference: &ReferenceConstructor) -> ComponentState {
    let component = &reference.component.value;
    let version = reference.version.value.as_str();
    let found = resolver
        .find(component, version, reference.digest.is_some())
        .await;
    match found {
        Ok(Found::Local(local)) => {
            let mut programs = Vec::new();
            for (resource, start) in local.programs() {
                programs.push(Program {
                    platform: plugin::platform(resource),
                    header: match start {
                        Some(bytes) => ProgramHeader::Known(Header::parse(bytes)),
                        None => external_header(resolver, resource).await,
                    },
                });
            }
            finish(resolver, None, local.descriptor.clone(), programs).await
        }
        Ok(Found::Published(published)) => {
            let (repository, version) = (published.repository, &published.version);
            let mut programs = Vec::new();
            for resource in plugin::programs(&published.descriptor) {
                programs.push(Program {
                    platform: plugin::platform(resource),
                    header: header(resolver, repository, version, resource).await,
                });
            }
            let location = Some(repository.spec().clone());
            finish(resolver, location, published.descriptor, programs).await
        }
        Err(Unresolved::Absent(cause)) => ComponentState::Absent(cause),
        Err(Unresolved::Unreadable(cause)) => ComponentState::Unreadable(cause),
    }
}

async fn finish(
    resolver: Resolver<'_>,
    location: Option<RepositorySpec>,
    descriptor: Descriptor,
    programs: Vec<Program>,
) -> ComponentState {
    let plugin = Plugin::of(&descriptor);
    let digest = match &plugin {
        Ok(plugin) => plugin.digest.clone(),
        Err(_) => ComponentDigest::of(&descriptor),
    };
    let cycle = cycle::find(resolver, &descriptor).await;
    ComponentState::Read(Box::new(PluginComponent {
        location,
        descriptor,
        digest,
        plugin,
        programs,
        cycle,
    }))
}

/// Reads the first bytes of a program, and no more of it.
async fn header(
    resolver: Resolver<'_>,
    repository: &Repository,
    found: &ComponentVersion,
    resource: &Resource,
) -> ProgramHeader {
    let local = resource.access.as_ref().and_then(Access::as_local_blob);
    let Some((reference, _)) = local else {
        return external_header(resolver, resource).await;
    };
    let start = repository.local_blob_start(found, reference, HEADER_BYTES);
    known(start.await, reference)
}

/// Reads the first bytes of a program that is not stored with the component: those of the only
/// layer of an OCI artifact.
async fn external_header(resolver: Resolver<'_>, resource: &Resource) -> ProgramHeader {
    let Ok(Covered::Artifact(reference)) = covered(resource) else {
        let access = resource.access.as_ref();
        return ProgramHeader::External(access.map_or("none", Access::kind).to_owned());
    };
    let artifact = match reference.read(resolver.lookup.http()).await {
        Ok(Some(artifact)) => artifact,
        Ok(None) => return ProgramHeader::Missing(reference.to_string()),
        Err(error) => return known(Err(error.into()), &reference.to_string()),
    };
    let [layer] = artifact.layers() else {
        return ProgramHeader::Layers(artifact.layers().len());
    };
    let start = artifact.layer_start(layer, HEADER_BYTES).await;
    known(start.map_err(RepositoryError::from), &reference.to_string())
}

fn known(start: Result<Option<Vec<u8>>, RepositoryError>, reference: &str) -> ProgramHeader {
    match start {
        Ok(Some(bytes)) => ProgramHeader::Known(Header::parse(&bytes)),
        Ok(None) => ProgramHeader::Missing(reference.to_owned()),
        Err(error) if is_about_content(&error) => ProgramHeader::Missing(reference.to_owned()),
        Err(error) => ProgramHeader::Unreadable(error.into()),
    }
}
