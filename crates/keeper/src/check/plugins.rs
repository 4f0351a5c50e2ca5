//! Reading the components of entries.

use futures_util::stream::{self, StreamExt};
use ocm::constructor::ReferenceConstructor;
use ocm::{ComponentDigest, ComponentVersion, Descriptor, Repository, RepositorySpec, Resource};

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
            let programs = local.programs();
            finish(resolver, None, local.descriptor.clone(), programs).await
        }
        Ok(Found::Published(published)) => {
            let (repository, version) = (published.repository, &published.version);
            let mut programs = Vec::new();
            for resource in plugin::programs(&published.descriptor) {
                programs.push(Program {
                    platform: plugin::platform(resource),
                    header: header(repository, version, resource).await,
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
    repository: &Repository,
    found: &ComponentVersion,
    resource: &Resource,
) -> ProgramHeader {
    let Some(access) = &resource.access else {
        return ProgramHeader::External("none".to_owned());
    };
    let Some((reference, _)) = access.as_local_blob() else {
        return ProgramHeader::External(access.kind().to_owned());
    };
    match repository
        .local_blob_start(found, reference, HEADER_BYTES)
        .await
    {
        Ok(Some(bytes)) => ProgramHeader::Known(Header::parse(&bytes)),
        Ok(None) => ProgramHeader::Missing(reference.to_owned()),
        Err(error) if is_about_content(&error) => ProgramHeader::Missing(reference.to_owned()),
        Err(error) => ProgramHeader::Unreadable(error.into()),
    }
}
