//! Verifying a component version: every digest down the tree is computed again.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};
use oci::Fault;
use ocm::{
    ComponentVersion, Descriptor, Lookup, LookupError, PinnedError, Repository, RepositoryError,
    Resource,
};
use serde::Serialize;

use crate::EntryId;

/// Component versions that are read at once.
const CONCURRENCY: usize = 16;

/// Blobs of one component version that are hashed at once.
const BLOBS: usize = 4;

/// The digest of a resource that is one over the bytes of its blob.
const BLOB_DIGEST: &str = "genericBlobDigest/v1";

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Component versions whose descriptor was read.
    pub components: usize,
    /// References whose pin was compared.
    pub references: usize,
    /// Local blobs that were hashed.
    pub blobs: usize,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The component version it is about.
    pub component: String,
    /// The resource or reference it is about.
    pub element: String,
    /// What is the matter.
    pub status: Status,
    /// For people.
    pub message: String,
}

/// What is the matter with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is not what was promised.
    Differs,
    /// It is not there.
    NotFound,
    /// Nothing is promised, so nothing can be compared.
    Unpinned,
    /// It could not be read, so nothing is known.
    Unreadable,
}

impl Verification {
    /// Says whether something differs, is absent, or cannot be compared.
    pub fn is_negative(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.status != Status::Unreadable)
    }

    /// Says whether something could not be read.
    pub fn is_incomplete(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.status == Status::Unreadable)
    }
}

/// Verifies a component version that was found in `repository`. With `shallow`, the components it
/// refers to are compared with their pins, and not entered. Findings come in the order of the
/// references.
///
/// # Errors
/// Its own descriptor is none.
pub async fn verify(
    repository: &Repository,
    found: &ComponentVersion,
    lookup: &Lookup,
    shallow: bool,
) -> Result<Verification, RepositoryError> {
    let descriptor = found.descriptor()?;
    let mut seen = BTreeSet::from([spelled(&descriptor)]);
    let mut verification = hash_blobs(repository, found, &descriptor).await;
    verification.components = 1;
    // Depth first, with a stack of its own: a tree may be deep.
    let mut waiting = vec![(descriptor, Vec::new())];
    while let Some((descriptor, path)) = waiting.pop() {
        let mut path: Vec<String> = path;
        path.push(spelled(&descriptor));
        let (of, way) = (&descriptor, &path);
        let mut checks = stream::iter(of.component.references())
            .map(|reference| {
                let child = format!("{}:{}", reference.component_name, reference.version);
                let circle = way.contains(&child);
                let enter = !shallow && !circle && seen.insert(child.clone());
                async move {
                    if circle {
                        let message = format!("refers to itself: {} -> {child}", way.join(" -> "));
                        let finding = finding(of, &reference.name, Status::Differs, message);
                        return (Verification::of(finding), None);
                    }
                    check_reference(of, reference, lookup, enter).await
                }
            })
            .buffered(CONCURRENCY);
        while let Some((outcome, referred)) = checks.next().await {
            verification.add(outcome);
            // Plugins refer to nothing: a large registry must not be held in memory at once.
            let referred = referred.filter(|referred| !referred.component.references().is_empty());
            waiting.extend(referred.map(|referred| (referred, path.clone())));
        }
    }
    Ok(verification)
}

impl Verification {
    fn of(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            ..Self::default()
        }
    }

    fn add(&mut self, other: Self) {
        self.components += other.components;
        self.references += other.references;
        self.blobs += other.blobs;
        self.findings.extend(other.findings);
    }
}

fn finding(of: &Descriptor, element: &str, status: Status, message: String) -> Finding {
    Finding {
        component: spelled(of),
        element: element.to_owned(),
        status,
        message,
    }
}

/// Reads what a reference points at and compares it with the pin; with `enter`, hashes its
/// content, and gives its descriptor.
async fn check_reference(
    of: &Descriptor,
    reference: &ocm::Reference,
    lookup: &Lookup,
    enter: bool,
) -> (Verification, Option<Descriptor>) {
    let name = format!("reference {}", EntryId::from(reference));
    let mut verification = Verification {
        references: 1,
        ..Verification::default()
    };
    let found = match lookup.pinned(reference).await {
        Ok(found) => found,
        Err(error) => {
            let status = pinned_status(&error);
            let message = match &error {
                PinnedError::Differs { pinned, found } => {
                    format!("is {}, and pinned to {pinned}", found.digest)
                }
                PinnedError::Unpinned(found) => {
                    format!("has no digest that can be compared; it is {}", found.digest)
                }
                other => other.to_string(),
            };
            verification.add(Verification::of(finding(of, &name, status, message)));
            match error {
                PinnedError::Unpinned(found) | PinnedError::Differs { found, .. } => *found,
                _ => return (verification, None),
            }
        }
    };
    if !enter {
        return (verification, None);
    }
    verification.components += 1;
    let blobs = hash_blobs(found.repository, &found.version, &found.descriptor).await;
    verification.add(blobs);
    (verification, Some(found.descriptor))
}

fn pinned_status(error: &PinnedError<'_>) -> Status {
    match error {
        PinnedError::Differs { .. } | PinnedError::Descriptor(_) | PinnedError::Invalid(_) => {
            Status::Differs
        }
        PinnedError::Unpinned(_) => Status::Unpinned,
        PinnedError::Lookup(LookupError::NotFound { .. }) => Status::NotFound,
        PinnedError::Lookup(LookupError::Unreadable { source, .. }) => status(source),
        PinnedError::Lookup(LookupError::Unresolved { .. }) => Status::Unreadable,
    }
}

/// Hashes the local blobs of a component version.
async fn hash_blobs(
    place: &Repository,
    found: &ComponentVersion,
    descriptor: &Descriptor,
) -> Verification {
    let local = descriptor
        .component
        .resources()
        .iter()
        .filter_map(|resource| {
            let access = resource.access.as_ref();
            let (reference, _) = access.and_then(|access| access.as_local_blob())?;
            Some((resource, reference))
        });
    let mut checks = stream::iter(local)
        .map(async |(resource, reference)| {
            let identity = ocm::identity::identity(
                &resource.name,
                &resource.version,
                &resource.extra_identity,
            );
            let name = format!("resource {}", ocm::identity::spell(&identity));
            let wrong = hash_blob(place, found, resource, reference).await.err();
            wrong.map(|(status, message)| finding(descriptor, &name, status, message))
        })
        .buffered(BLOBS);
    let mut verification = Verification::default();
    while let Some(wrong) = checks.next().await {
        verification.blobs += 1;
        verification.findings.extend(wrong);
    }
    verification
}

/// Hashes the content of a resource and compares it with the resource's digest.
async fn hash_blob(
    place: &Repository,
    found: &ComponentVersion,
    resource: &Resource,
    reference: &str,
) -> Result<(), (Status, String)> {
    let mut nowhere = std::io::sink();
    match place.copy_local_blob(found, reference, &mut nowhere).await {
        Ok(true) => {}
        Ok(false) => {
            let message = format!("its content {reference} is not there");
            return Err((Status::NotFound, message));
        }
        Err(error) => return Err((status(&error), error.to_string())),
    }
    let hex = reference.rsplit(':').next().unwrap_or_default();
    match &resource.digest {
        Some(digest) if digest.hash_algorithm == "SHA-256" && digest.value == hex => Ok(()),
        // Over something else than the bytes of the blob, or left out on purpose.
        Some(digest) if digest.normalisation_algorithm != BLOB_DIGEST => Ok(()),
        Some(digest) => Err((
            Status::Differs,
            format!(
                "its content is {reference}, and its digest says {} {}",
                digest.hash_algorithm, digest.value
            ),
        )),
        None => Err((
            Status::Unpinned,
            "has no digest that can be compared".to_owned(),
        )),
    }
}

/// What an error says of the content it is about: there but wrong, not there, or unknown.
pub fn status(error: &RepositoryError) -> Status {
    match error {
        RepositoryError::Store(error) => match &error.fault {
            Fault::Digest { .. } | Fault::Size { .. } => Status::Differs,
            Fault::Missing { .. } | Fault::Absent => Status::NotFound,
            _ => Status::Unreadable,
        },
        RepositoryError::Other { .. }
        | RepositoryError::Pin { .. }
        | RepositoryError::Invalid(_)
        | RepositoryError::Malformed { .. } => Status::Differs,
    }
}

fn spelled(descriptor: &Descriptor) -> String {
    let component = &descriptor.component;
    format!("{}:{}", component.name, component.version)
}
