//! What the components of entries say, read before the rules are asked.

use futures_util::stream::{self, StreamExt};
use ocm::{
    ComponentDigest, ComponentVersion, Descriptor, Lookup, LookupError, Repository,
    RepositoryError, RepositorySpec, Resource,
};

use super::Trouble;
use super::circle;
use super::own::Own;
use crate::publish::CONCURRENCY;
use registry::platform::{Header, Platform};
use registry::plugin::{self, NoPlugin, Plugin};
use registry::verify::{self, Status};

/// Bytes at the beginning of a program that are read; the headers of real programs lie within.
pub(super) const HEADER: u64 = 4096;

/// What is known about the component of an entry.
#[derive(Debug)]
pub(super) enum Facts {
    /// Nothing was read: the entry is as it was published.
    NotRead,
    /// Nobody has the component, or what is there is none.
    Absent(Trouble),
    /// It could not be read.
    Unreadable(Trouble),
    /// It was read.
    Read(Box<PluginFacts>),
}

/// What was read of a plugin's component.
#[derive(Debug)]
pub(super) struct PluginFacts {
    /// The place that has it; nothing for a component of the same constructor.
    pub(super) place: Option<RepositorySpec>,
    pub(super) descriptor: Descriptor,
    pub(super) digest: ComponentDigest,
    pub(super) plugin: Result<Plugin, NoPlugin>,
    pub(super) programs: Vec<Program>,
    /// References that lead back to the registry or to themselves.
    pub(super) circle: Result<Option<String>, Trouble>,
}

/// A program of a plugin.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) platform: Option<Platform>,
    pub(super) header: ProgramHeader,
}

/// How a program begins.
#[derive(Debug)]
pub(super) enum ProgramHeader {
    Known(Header),
    /// It is stored elsewhere; the type of its access.
    Elsewhere(String),
    /// It is not there.
    Missing(String),
    Unreadable(Trouble),
}

/// The way to components.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) lookup: &'a Lookup,
    pub(super) own: &'a Own,
    /// Name and version of the registry.
    pub(super) registry: (&'a str, &'a str),
}

/// A component that an entry refers to.
pub(super) struct Wanted<'a> {
    pub(super) index: usize,
    pub(super) component: &'a str,
    pub(super) version: &'a str,
    pub(super) pinned: bool,
}

/// Reads the components that are wanted, a bounded number at once.
pub(super) async fn read_all(way: Way<'_>, wanted: Vec<Wanted<'_>>) -> Vec<(usize, Facts)> {
    stream::iter(wanted)
        .map(async |wanted: Wanted<'_>| (wanted.index, read(way, &wanted).await))
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await
}

async fn read(way: Way<'_>, wanted: &Wanted<'_>) -> Facts {
    if let Some(own) = way.own.get(wanted.component, wanted.version) {
        return match own {
            Ok(component) => {
                let programs = component.programs();
                finish(way, None, component.descriptor.clone(), programs).await
            }
            Err(trouble) => Facts::Unreadable(trouble.clone()),
        };
    }
    let (place, found, descriptor) = match find(way.lookup, wanted).await {
        Ok(found) => found,
        Err(facts) => return *facts,
    };
    let mut programs = Vec::new();
    for resource in plugin::programs(&descriptor) {
        programs.push(Program {
            platform: plugin::platform(resource),
            header: header(place, &found, resource).await,
        });
    }
    finish(way, Some(place.spec().clone()), descriptor, programs).await
}

async fn find<'a>(
    lookup: &'a Lookup,
    wanted: &Wanted<'_>,
) -> Result<(&'a Repository, ComponentVersion, Descriptor), Box<Facts>> {
    let found = lookup
        .find(wanted.component, wanted.version, wanted.pinned)
        .await;
    let (place, found) = found.map_err(|error| Box::new(outcome(&error)))?;
    match found.descriptor() {
        Ok(descriptor) => Ok((place, found, descriptor)),
        Err(error) => Err(Box::new(Facts::Absent(error.into()))),
    }
}

/// What a failed look-up says: the component is not there, or nobody knows.
pub(super) fn outcome(error: &LookupError) -> Facts {
    let trouble = Trouble::new(error, error.hint());
    match error {
        LookupError::NotFound { .. } => Facts::Absent(trouble),
        LookupError::Unreadable { source, .. } if is_certain(source) => Facts::Absent(trouble),
        LookupError::Unreadable { .. } | LookupError::Unresolved { .. } => {
            Facts::Unreadable(trouble)
        }
    }
}

/// Says whether an error is about what is stored, and not about getting at it: content that
/// differs from its digest may have been changed on the way.
fn is_certain(error: &RepositoryError) -> bool {
    match error {
        RepositoryError::Store(_) => verify::status(error) == Status::NotFound,
        RepositoryError::Malformed { .. }
        | RepositoryError::Other { .. }
        | RepositoryError::Pin { .. } => true,
    }
}

async fn finish(
    way: Way<'_>,
    place: Option<RepositorySpec>,
    descriptor: Descriptor,
    programs: Vec<Program>,
) -> Facts {
    let plugin = Plugin::of(&descriptor);
    let digest = match &plugin {
        Ok(plugin) => plugin.digest.clone(),
        Err(_) => ComponentDigest::of(&descriptor),
    };
    let circle = circle::find(way, &descriptor).await;
    Facts::Read(Box::new(PluginFacts {
        place,
        descriptor,
        digest,
        plugin,
        programs,
        circle,
    }))
}

/// Reads how a program begins, and no more of it.
async fn header(
    place: &Repository,
    found: &ComponentVersion,
    resource: &Resource,
) -> ProgramHeader {
    let Some(access) = &resource.access else {
        return ProgramHeader::Elsewhere("nothing".to_owned());
    };
    let Some((reference, _)) = access.as_local_blob() else {
        return ProgramHeader::Elsewhere(access.kind().to_owned());
    };
    match place.local_blob_start(found, reference, HEADER).await {
        Ok(Some(bytes)) => ProgramHeader::Known(Header::parse(&bytes)),
        Ok(None) => ProgramHeader::Missing(reference.to_owned()),
        Err(error) if is_certain(&error) => ProgramHeader::Missing(reference.to_owned()),
        Err(error) => ProgramHeader::Unreadable(error.into()),
    }
}
