//! Publishing a registry: what its constructor says becomes a component version.
//!
//! Order: all entries are resolved and compared with their pins; then the descriptors are put
//! together; then the place is locked, looked at, and written to, children first. Until then
//! nothing is written anywhere.

use std::collections::HashMap;
use std::path::Path;

use futures_util::stream::{self, StreamExt};
use oci::{Digest, Http, Staged};
use ocm::construct::{InputError, LocalContent};
use ocm::constructor::{ComponentConstructor, Constructor, Finding, ReferenceConstructor};
use ocm::repository::{CREATOR, LocalBlobs, Outcome, Prepared, PublishError};
use ocm::{
    ComponentDigest, Descriptor, Lookup, LookupError, Repository, RepositoryError, RepositorySpec,
    Version,
};

use crate::publication::Publication;
use crate::root::{self, SeveralRoots};

/// Entries that are looked up at once.
const CONCURRENCY: usize = 16;

/// What is to be published, and how.
#[derive(Debug)]
pub struct Request<'a> {
    /// The constructor.
    pub constructor: &'a Constructor,
    /// The folder that its inputs are relative to.
    pub folder: &'a Path,
    /// Where it is published.
    pub repository: &'a RepositorySpec,
    /// The way to registries.
    pub http: &'a Http,
    /// Where its plugins are looked for.
    pub lookup: &'a Lookup,
    /// Whether this may be the first version.
    pub first: bool,
    /// Whether to write nothing.
    pub dry_run: bool,
    /// What the latest published version must be.
    pub expect: Option<&'a ComponentDigest>,
    /// What is done about entries without a digest.
    pub pins: Pins,
}

/// What is done about entries without a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pins {
    /// They are refused: the digest belongs into the review.
    Required,
    /// The digest of what is found is filled in, as the official constructor does.
    FilledIn,
}

/// Why a registry was not published.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not clear which component is the registry.
    #[error(transparent)]
    Roots(#[from] SeveralRoots),
    /// Entries are not pinned, or to something else.
    #[error("{} of the constructor cannot be published", entries(.0.len()))]
    Entries(Vec<Finding>),
    /// An entry could not be looked up.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The content of an input cannot be had.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The content of an input has another digest than the constructor gives.
    #[error("resource `{name}` has digest {actual}, and the constructor says {given}")]
    InputDigest {
        /// The resource.
        name: String,
        /// The digest of its content.
        actual: String,
        /// The digest in the constructor.
        given: String,
    },
    /// A resource refers to a blob that is nowhere.
    #[error("{component} refers to the local blob {reference}, which is not one of its inputs")]
    LocalBlob {
        /// The component.
        component: String,
        /// The reference.
        reference: String,
    },
    /// No version is published yet, and nobody said that this is right.
    #[error("{place}: no version of {component} is published yet")]
    First {
        /// Where.
        place: String,
        /// The registry.
        component: String,
    },
    /// The latest published version is not the expected one.
    #[error(
        "{place}: the latest published version of {component} is {found}, and {expected} was expected"
    )]
    Expectation {
        /// Where.
        place: String,
        /// The registry.
        component: String,
        /// The digest that was expected.
        expected: ComponentDigest,
        /// What is there.
        found: String,
    },
    /// The version is published already, with other content.
    #[error(
        "{place}: {component}:{version} is published already, with other content ({published}, and this is {ours})"
    )]
    Taken {
        /// Where.
        place: String,
        /// The component.
        component: String,
        /// The version.
        version: String,
        /// Component digest of what is there.
        published: ComponentDigest,
        /// Component digest of what the constructor says.
        ours: ComponentDigest,
    },
    /// The place cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The place cannot be written to.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

fn entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        _ => format!("{count} entries"),
    }
}

impl Refusal {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Roots(_) => {
                "let one component refer to the others, or keep them in files of their own"
            }
            Self::Entries(_) => return None,
            Self::Lookup(error) => return error.hint(),
            Self::Input(error) => error.hint(),
            Self::InputDigest { .. } => "take the digest out, or give the right file",
            Self::LocalBlob { .. } => "give the content as an `input`",
            Self::First { .. } => {
                "check the name and the place; if this is to be the very first version, say so with --first"
            }
            Self::Expectation { .. } => {
                "somebody else published meanwhile: look at what they changed, then publish again"
            }
            Self::Taken { .. } => {
                "a published version never changes: raise `version` in the constructor"
            }
            Self::Repository(error) => return error.hint(),
            Self::Publish(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

/// A component version that is ready to be published.
struct Ready {
    descriptor: Descriptor,
    prepared: Prepared,
    contents: Vec<LocalContent>,
}

/// Publishes a constructor; gives one publication for each component, children first. `note` is
/// told what the user should know, `waiting` when another writer is waited for.
///
/// # Errors
/// See [`Refusal`]. Whatever it is, no reader sees a part of a version.
pub async fn publish(
    request: &Request<'_>,
    note: &mut dyn FnMut(String),
    waiting: &(dyn Fn() + Sync),
) -> Result<Vec<Publication>, Refusal> {
    let registry = root::registry(request.constructor)?;
    let order = root::children_first(request.constructor);
    let ready = prepare(request, &order).await?;
    let name = &registry.name.value;
    if request.dry_run {
        let repository = match Repository::open(request.repository, request.http) {
            Ok(repository) => Some(repository),
            Err(error) if error.is_absent() => None,
            Err(error) => return Err(error.into()),
        };
        check_latest(request, repository.as_ref(), name, note).await?;
        let mut publications = Vec::new();
        for component in &ready {
            let outcome = match &repository {
                Some(repository) => existing(request, repository, component).await?,
                None => None,
            };
            publications
                .push(outcome.unwrap_or_else(|| component.publication(request, Outcome::Planned)));
        }
        return Ok(publications);
    }
    // Before anything is made: a refusal must leave nothing behind.
    match Repository::open(request.repository, request.http) {
        Ok(repository) => check_latest(request, Some(&repository), name, note).await?,
        Err(error) if error.is_absent() => check_latest(request, None, name, note).await?,
        Err(error) => return Err(error.into()),
    }
    let repository = Repository::create(request.repository, request.http)?;
    let mut writer = repository
        .writer(waiting)
        .await
        .map_err(PublishError::from)?;
    check_latest(request, Some(&repository), name, &mut |_| {}).await?;
    let mut publications = Vec::new();
    // All are compared before one is written.
    for component in &ready {
        publications.push(existing(request, &repository, component).await?);
    }
    let mut done = Vec::new();
    for (component, existing) in ready.iter().zip(publications) {
        if let Some(unchanged) = existing {
            done.push(unchanged);
            continue;
        }
        let mut staged: Vec<Staged> = Vec::new();
        for content in &component.contents {
            staged.push(
                writer
                    .stage(&content.content)
                    .await
                    .map_err(PublishError::from)?,
            );
        }
        repository
            .publish(&mut writer, &component.prepared, staged)
            .await?;
        done.push(component.publication(request, Outcome::Published));
    }
    Ok(done)
}

impl Ready {
    fn publication(&self, request: &Request<'_>, outcome: Outcome) -> Publication {
        Publication::new(
            request.repository,
            &self.descriptor,
            self.prepared.manifest_digest(),
            outcome,
        )
    }
}

/// Checks what the latest published version of the registry allows.
async fn check_latest(
    request: &Request<'_>,
    repository: Option<&Repository>,
    registry: &str,
    note: &mut dyn FnMut(String),
) -> Result<(), Refusal> {
    let place = request.repository.to_string();
    let latest = match repository {
        Some(repository) => latest(repository, registry).await?,
        None => None,
    };
    let Some((repository, version)) = repository.zip(latest) else {
        if !request.first {
            return Err(Refusal::First {
                place,
                component: registry.to_owned(),
            });
        }
        return match request.expect {
            Some(expected) => Err(Refusal::Expectation {
                place,
                component: registry.to_owned(),
                expected: expected.clone(),
                found: "absent".to_owned(),
            }),
            None => Ok(()),
        };
    };
    if request.first {
        note(format!(
            "--first is ignored: {registry}:{version} is published already"
        ));
    }
    let Some(expected) = request.expect else {
        return Ok(());
    };
    let found = repository.get(registry, version.as_str(), None).await?;
    let digest = found
        .map(|found| found.descriptor())
        .transpose()?
        .map(|descriptor| ComponentDigest::of(&descriptor));
    if digest.as_ref() == Some(expected) {
        return Ok(());
    }
    Err(Refusal::Expectation {
        place,
        component: registry.to_owned(),
        expected: expected.clone(),
        found: match digest {
            Some(digest) => format!("{version} with {digest}"),
            None => "absent".to_owned(),
        },
    })
}

/// The latest published version of a component.
///
/// # Errors
/// The place cannot be read.
pub async fn latest(
    repository: &Repository,
    component: &str,
) -> Result<Option<Version>, RepositoryError> {
    let versions = repository.versions(component).await?;
    Ok(ocm::version::latest(&versions).cloned())
}

/// What is published under the version already: nothing, or the same.
async fn existing(
    request: &Request<'_>,
    repository: &Repository,
    ready: &Ready,
) -> Result<Option<Publication>, Refusal> {
    let component = &ready.descriptor.component;
    let found = repository
        .get(&component.name, &component.version, None)
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let published = found.descriptor()?;
    if published.same_content(&ready.descriptor) {
        return Ok(Some(Publication::new(
            request.repository,
            &published,
            found.root.digest,
            Outcome::Unchanged,
        )));
    }
    Err(Refusal::Taken {
        place: request.repository.to_string(),
        component: component.name.clone(),
        version: component.version.clone(),
        published: ComponentDigest::of(&published),
        ours: ComponentDigest::of(&ready.descriptor),
    })
}

/// Hashes the inputs, compares all pins, and lays the component versions out.
async fn prepare(
    request: &Request<'_>,
    order: &[&ComponentConstructor],
) -> Result<Vec<Ready>, Refusal> {
    let references = order.iter().flat_map(|component| &component.references);
    let unpinned: Vec<Finding> = references
        .filter(|reference| request.pins == Pins::Required || reference.digest.is_some())
        .filter_map(unpinned)
        .collect();
    if !unpinned.is_empty() {
        return Err(Refusal::Entries(unpinned));
    }
    let mut own: HashMap<(String, String), ComponentDigest> = HashMap::new();
    let mut ready = Vec::new();
    let mut wrong = Vec::new();
    for component in order {
        let (pins, findings) = pins(request, component, &own).await?;
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
        for (reference, pin) in references.zip(pins) {
            if reference.digest.is_unset() {
                reference.digest = pin.map(|pin| pin.to_pin()).unwrap_or_default();
            }
        }
        check_given_digests(component, &descriptor)?;
        let prepared = Prepared::new(&descriptor, &sizes, CREATOR).map_err(|reference| {
            Refusal::LocalBlob {
                component: component.name.value.clone(),
                reference,
            }
        })?;
        let key = (
            component.name.value.clone(),
            component.version.value.to_string(),
        );
        own.insert(key, ComponentDigest::of(&descriptor));
        ready.push(Ready {
            descriptor,
            prepared,
            contents,
        });
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

/// Says what is missing where an entry has no digest that can be compared.
fn unpinned(reference: &ReferenceConstructor) -> Option<Finding> {
    let name = &reference.name.value;
    let help = Some(format!(
        "`plugyard update {name} --repin` computes it from the plugin's component"
    ));
    match &reference.digest {
        None => Some(Finding {
            span: reference.name.span,
            message: format!("entry `{name}` has no digest, so nobody can check what it refers to"),
            help,
        }),
        Some(digest) if ComponentDigest::from_pin(&digest.value).is_none() => Some(Finding {
            span: digest.span,
            message: format!(
                "the digest of entry `{name}` cannot be compared: it is {} of {}, `{}`, and must be SHA-256 of jsonNormalisation/v4alpha1 with 64 lower-case hex digits",
                digest.value.hash_algorithm,
                digest.value.normalisation_algorithm,
                digest.value.value
            ),
            help,
        }),
        Some(_) => None,
    }
}

/// Looks all entries of a component up: their digests, and what is wrong with their pins.
async fn pins(
    request: &Request<'_>,
    component: &ComponentConstructor,
    own: &HashMap<(String, String), ComponentDigest>,
) -> Result<(Vec<Option<ComponentDigest>>, Vec<Finding>), Refusal> {
    let mut comparisons = stream::iter(&component.references)
        .map(|reference| compare(request.lookup, reference, own))
        .buffered(CONCURRENCY);
    let mut pins = Vec::new();
    let mut wrong = Vec::new();
    while let Some(comparison) = comparisons.next().await {
        match comparison? {
            Ok(digest) => pins.push(Some(digest)),
            Err(finding) => {
                pins.push(None);
                wrong.push(finding);
            }
        }
    }
    Ok((pins, wrong))
}

/// Compares one entry with what it refers to: its digest, or what is wrong.
async fn compare(
    lookup: &Lookup,
    reference: &ReferenceConstructor,
    own: &HashMap<(String, String), ComponentDigest>,
) -> Result<Result<ComponentDigest, Finding>, Refusal> {
    let component = &reference.component.value;
    let version = reference.version.value.to_string();
    let key = (component.clone(), version.clone());
    let actual = match own.get(&key) {
        Some(digest) => digest.clone(),
        None => match lookup
            .find(component, &version, reference.digest.is_some())
            .await
        {
            Ok((_, found)) => ComponentDigest::of(&found.descriptor()?),
            Err(error @ LookupError::NotFound { .. }) => {
                return Ok(Err(Finding {
                    span: reference.component.span,
                    help: error.hint(),
                    message: error.to_string(),
                }));
            }
            Err(error) => return Err(error.into()),
        },
    };
    let Some(digest) = &reference.digest else {
        return Ok(Ok(actual));
    };
    if ComponentDigest::from_pin(&digest.value).as_ref() == Some(&actual) {
        return Ok(Ok(actual));
    }
    let name = &reference.name.value;
    Ok(Err(Finding {
        span: digest.span,
        message: format!(
            "the digest of entry `{name}` is wrong: {component}:{version} is {actual}"
        ),
        help: Some(format!(
            "if the plugin is the right one, `plugyard update {name} --repin` pins it anew"
        )),
    }))
}
