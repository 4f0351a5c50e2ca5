//! Publishing a registry: what its constructor says becomes a component version.
//!
//! Order: all entries are resolved and compared with their pins; then the descriptors are
//! assembled; then the repository is locked, checked, and written to, children first. Until then
//! nothing is written anywhere.

mod pins;
mod refusal;

use std::collections::HashMap;
use std::path::Path;

use oci::{Digest, Http, Reporter, Silent};
use ocm::construct::LocalContent;
use ocm::constructor::{ComponentConstructor, Constructor};
use ocm::repository::{CREATOR, LocalBlobs, Outcome, Prepared, PublishError};
use ocm::{
    ComponentDigest, ComponentName, ComponentVersionId, Descriptor, Diagnostic, Lookup, Repository,
    RepositoryError, RepositorySpec, Version,
};

use crate::publication::{Existing, Publication, Ready, stage};
use crate::root;

pub(crate) use self::pins::unpinned;
pub use self::refusal::Refusal;

/// Number of entries looked up concurrently.
pub(crate) const CONCURRENCY: usize = 16;

/// What is to be published, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The constructor.
    pub constructor: &'a Constructor,
    /// The directory that its inputs are relative to.
    pub folder: &'a Path,
    /// Where it is published.
    pub repository: &'a RepositorySpec,
    /// The way to registries.
    pub http: &'a Http,
    /// Where its plugins are looked up.
    pub lookup: &'a Lookup,
    /// Whether this may be the first version.
    pub first: bool,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
    /// Component digest that the latest published version must have.
    pub expect: Option<&'a ComponentDigest>,
    /// What is done about entries without a digest.
    pub pins: Pins,
}

/// What is done about entries without a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pins {
    /// They are refused: the digest must be part of the review.
    Required,
    /// The digest of the component that is found is filled in, as the official CLI does.
    FilledIn,
}

/// A component version that may be published, and the content of its inputs.
struct Component {
    ready: Ready,
    contents: Vec<LocalContent>,
}

/// Publishes a constructor; returns one publication for each component, children first.
///
/// # Errors
/// See [`Refusal`]. Whatever it is, no reader sees a part of a version.
pub async fn publish(
    request: &Request<'_>,
    reporter: &dyn Reporter,
) -> Result<Vec<Publication>, Refusal> {
    let registry = &root::registry(request.constructor)?.name.value;
    let order = root::children_first(request.constructor);
    let ready = prepare(request, &order).await?;
    // Checked before anything is created: a refusal must leave nothing behind.
    let repository = Repository::open_if_there(request.repository, request.http)?;
    let state = look(request, repository.as_ref(), registry, &ready, reporter).await?;
    if request.dry_run {
        let planned = ready.iter().zip(state).map(|(component, existing)| {
            let planned = || {
                component
                    .ready
                    .publication(request.repository, Outcome::Planned)
            };
            existing.unwrap_or_else(planned)
        });
        return Ok(planned.collect());
    }
    let repository = Repository::create(request.repository, request.http)?;
    let mut writer = repository
        .writer(reporter)
        .await
        .map_err(PublishError::from)?;
    let state = if writer.is_exclusive() {
        // Again, now that nobody else can write.
        look(request, Some(&repository), registry, &ready, &Silent).await?
    } else {
        state
    };
    let mut publications = Vec::new();
    for (component, existing) in ready.iter().zip(state) {
        publications.push(if let Some(unchanged) = existing {
            unchanged
        } else {
            let contents = component.contents.iter().map(|local| &local.content);
            let staged = stage(&mut writer, contents).await?;
            let ready = &component.ready;
            ready.publish(&repository, &mut writer, staged).await?
        });
    }
    Ok(publications)
}

/// Compares every component version with what is published, and checks that the registry may be
/// published on top of it. Returns those that are already published with the same content.
async fn look(
    request: &Request<'_>,
    repository: Option<&Repository>,
    registry: &str,
    components: &[Component],
    reporter: &dyn Reporter,
) -> Result<Vec<Option<Publication>>, Refusal> {
    let mut state = Vec::new();
    let mut registry_is_there = false;
    let versions = match repository {
        Some(repository) => {
            let registry = ComponentName::parse(registry).map_err(RepositoryError::from)?;
            repository.versions(&registry).await?
        }
        None => Vec::new(),
    };
    for Component { ready, .. } in components {
        let component = &ready.descriptor.component;
        let is_registry = component.name == registry;
        let existing = match repository {
            // Its versions are known already: one that is not among them needs no request.
            Some(_) if is_registry && !is_among(&component.version, &versions) => None,
            Some(repository) => {
                let id = component.id().map_err(RepositoryError::from)?;
                Existing::find(repository, &id).await?
            }
            None => None,
        };
        let existing = existing
            .map(|existing| existing.compare(request.repository, &ready.descriptor))
            .transpose()?;
        registry_is_there |= existing.is_some() && is_registry;
        state.push(existing);
    }
    // A repeat changes nothing, so the state before it does not matter.
    let request = Request {
        expect: request.expect.filter(|_| !registry_is_there),
        ..*request
    };
    check_latest(&request, repository, versions, registry, reporter).await?;
    Ok(state)
}

/// Whether one of these versions has the tag of a version.
fn is_among(version: &str, versions: &[Version]) -> bool {
    let tag = ocm::version::tag(version);
    versions
        .iter()
        .any(|version| ocm::version::tag(version.as_str()) == tag)
}

/// Checks that the latest published version of the registry allows another one.
async fn check_latest(
    request: &Request<'_>,
    repository: Option<&Repository>,
    mut versions: Vec<Version>,
    registry: &str,
    reporter: &dyn Reporter,
) -> Result<(), Refusal> {
    let location = request.repository.to_string();
    let latest = ocm::version::latest(&versions);
    let Some((repository, version)) = repository.zip(latest) else {
        if !request.first {
            return Err(Refusal::First {
                repository: location,
                component: registry.to_owned(),
            });
        }
        return match request.expect {
            Some(expected) => Err(Refusal::Expectation {
                repository: location,
                component: registry.to_owned(),
                expected: expected.clone(),
                found: "absent".to_owned(),
            }),
            None => Ok(()),
        };
    };
    if request.first {
        reporter.note(&format!(
            "--first is ignored: {registry}:{version} is already published"
        ));
    }
    let Some(expected) = request.expect else {
        return Ok(());
    };
    let name = ComponentName::parse(registry).map_err(RepositoryError::from)?;
    let found = match repository.latest_of(&name, &mut versions).await? {
        Some((version, found)) => {
            let digest = ComponentDigest::of(&found.descriptor()?);
            if digest == *expected {
                return Ok(());
            }
            format!("{version} with {digest}")
        }
        None => "absent".to_owned(),
    };
    Err(Refusal::Expectation {
        repository: location,
        component: registry.to_owned(),
        expected: expected.clone(),
        found,
    })
}

/// Hashes the inputs, compares all pins, and assembles the component versions.
async fn prepare(
    request: &Request<'_>,
    order: &[&ComponentConstructor],
) -> Result<Vec<Component>, Refusal> {
    let references = order.iter().flat_map(|component| &component.references);
    let unpinned: Vec<Diagnostic> = references
        .filter(|reference| request.pins == Pins::Required || reference.digest.is_some())
        .filter_map(pins::unpinned)
        .collect();
    if !unpinned.is_empty() {
        return Err(Refusal::Entries(unpinned));
    }
    let mut own: HashMap<ComponentVersionId, ComponentDigest> = HashMap::new();
    let mut ready = Vec::new();
    let mut wrong = Vec::new();
    for component in order {
        let (digests, findings) = pins::compare_all(request, component, &own).await?;
        wrong.extend(findings);
        let contents = component.contents(request.folder)?;
        let mut blobs: Vec<(Digest, String)> = Vec::new();
        let mut sizes = LocalBlobs::new();
        for content in &contents {
            let (digest, size) = content.hash()?;
            sizes.insert(digest, size);
            blobs.push((digest, content.media_type.clone()));
        }
        let mut descriptor = component.descriptor(&blobs);
        let references = descriptor.component.references.iter_mut().flatten();
        for (reference, digest) in references.zip(digests) {
            if reference.digest.is_unset() {
                reference.digest = digest.map(|digest| digest.to_pin()).unwrap_or_default();
            }
        }
        check_given_digests(component, &descriptor)?;
        let prepared = Prepared::new(&descriptor, &sizes, CREATOR).map_err(|reference| {
            Refusal::LocalBlob {
                component: component.name.value.to_string(),
                reference,
            }
        })?;
        let id = component.id();
        let component = Component {
            ready: Ready::new(descriptor, prepared),
            contents,
        };
        own.insert(id, component.ready.digest.clone());
        ready.push(component);
    }
    if wrong.is_empty() {
        Ok(ready)
    } else {
        Err(Refusal::Entries(wrong))
    }
}

fn check_given_digests(
    component: &ComponentConstructor,
    descriptor: &Descriptor,
) -> Result<(), Refusal> {
    for (resource, made) in component
        .resources
        .iter()
        .zip(descriptor.component.resources())
    {
        if let (Some(given), Some(made)) = (&resource.digest, &made.digest)
            && given.value != *made
        {
            return Err(Refusal::InputDigest {
                name: resource.name.value.clone(),
                actual: made.value.clone(),
                given: format!("{} {}", given.value.hash_algorithm, given.value.value),
            });
        }
    }
    Ok(())
}
