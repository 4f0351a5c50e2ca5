//! Verifying a component version: every digest down the tree is computed again.

use std::collections::BTreeSet;

use oci::Fault;
use ocm::{
    ComponentDigest, ComponentVersion, Descriptor, Lookup, LookupError, Repository, RepositoryError,
};
use serde::Serialize;

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
/// refers to are compared with their pins, and not entered.
///
/// # Errors
/// Its own descriptor is none.
pub async fn verify(
    repository: &Repository,
    found: &ComponentVersion,
    lookup: &Lookup,
    shallow: bool,
) -> Result<Verification, RepositoryError> {
    let mut verification = Verification::default();
    let descriptor = found.descriptor()?;
    let mut seen = BTreeSet::from([spelled(&descriptor)]);
    verification.blobs(repository, found, &descriptor).await;
    verification.components = 1;
    // Depth first, with a stack of its own: a tree may be deep.
    let mut waiting = vec![(descriptor, Vec::new())];
    while let Some((descriptor, path)) = waiting.pop() {
        let mut path: Vec<String> = path;
        path.push(spelled(&descriptor));
        for reference in descriptor.component.references() {
            let child = format!("{}:{}", reference.component_name, reference.version);
            if path.contains(&child) {
                let message = format!("refers to itself: {} -> {child}", path.join(" -> "));
                verification.add(&descriptor, &reference.name, Status::Differs, message);
                continue;
            }
            let Some((place, found, referred)) =
                verification.reference(&descriptor, reference, lookup).await
            else {
                continue;
            };
            if !shallow && seen.insert(child) {
                verification.components += 1;
                verification.blobs(place, &found, &referred).await;
                waiting.push((referred, path.clone()));
            }
        }
    }
    Ok(verification)
}

impl Verification {
    fn add(&mut self, of: &Descriptor, element: &str, status: Status, message: String) {
        self.findings.push(Finding {
            component: spelled(of),
            element: element.to_owned(),
            status,
            message,
        });
    }

    /// Reads what a reference points at and compares it with the pin.
    async fn reference<'a>(
        &mut self,
        of: &Descriptor,
        reference: &ocm::Reference,
        lookup: &'a Lookup,
    ) -> Option<(&'a Repository, ComponentVersion, Descriptor)> {
        self.references += 1;
        let name = format!("reference {}@{}", reference.name, reference.version);
        let (place, found) = match lookup
            .find(
                &reference.component_name,
                &reference.version,
                !reference.digest.is_unset(),
            )
            .await
        {
            Ok(found) => found,
            Err(error) => {
                let status = match &error {
                    LookupError::NotFound { .. } => Status::NotFound,
                    LookupError::Unreadable { source, .. } => status(source),
                    LookupError::Unresolved { .. } => Status::Unreadable,
                };
                self.add(of, &name, status, error.to_string());
                return None;
            }
        };
        let descriptor = match found.descriptor() {
            Ok(descriptor) => descriptor,
            Err(error) => {
                self.add(of, &name, Status::Differs, error.to_string());
                return None;
            }
        };
        let actual = ComponentDigest::of(&descriptor);
        match ComponentDigest::from_pin(&reference.digest) {
            Some(pinned) if pinned == actual => {}
            Some(pinned) => {
                let message = format!("is {actual}, and pinned to {pinned}");
                self.add(of, &name, Status::Differs, message);
            }
            None => {
                let message = format!("has no digest that can be compared; it is {actual}");
                self.add(of, &name, Status::Unpinned, message);
            }
        }
        Some((place, found, descriptor))
    }

    /// Hashes the local blobs of a component version.
    async fn blobs(
        &mut self,
        place: &Repository,
        found: &ComponentVersion,
        descriptor: &Descriptor,
    ) {
        for resource in descriptor.component.resources() {
            let local = resource
                .access
                .as_ref()
                .and_then(|access| access.as_local_blob());
            let Some((reference, _)) = local else {
                continue;
            };
            self.blobs += 1;
            let identity = ocm::identity::identity(
                &resource.name,
                &resource.version,
                &resource.extra_identity,
            );
            let name = format!("resource {}", ocm::identity::spell(&identity));
            match place
                .copy_local_blob(found, reference, &mut std::io::sink())
                .await
            {
                Ok(true) => {}
                Ok(false) => {
                    let message = format!("its content {reference} is not there");
                    self.add(descriptor, &name, Status::NotFound, message);
                    continue;
                }
                Err(error) => {
                    self.add(descriptor, &name, status(&error), error.to_string());
                    continue;
                }
            }
            let hex = reference.rsplit(':').next().unwrap_or_default();
            match &resource.digest {
                Some(digest) if digest.hash_algorithm == "SHA-256" && digest.value == hex => {}
                // Over something else than the bytes of the blob, or left out on purpose.
                Some(digest) if digest.normalisation_algorithm != BLOB_DIGEST => {}
                Some(digest) => {
                    let message = format!(
                        "its content is {reference}, and its digest says {} {}",
                        digest.hash_algorithm, digest.value
                    );
                    self.add(descriptor, &name, Status::Differs, message);
                }
                None => {
                    let message = "has no digest that can be compared".to_owned();
                    self.add(descriptor, &name, Status::Unpinned, message);
                }
            }
        }
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
        | RepositoryError::Malformed { .. } => Status::Differs,
    }
}

fn spelled(descriptor: &Descriptor) -> String {
    let component = &descriptor.component;
    format!("{}:{}", component.name, component.version)
}
