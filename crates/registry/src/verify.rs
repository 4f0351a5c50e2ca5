//! Verifying a component version: every digest down the tree of references is recomputed.

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt};
use oci::{Fault, StoreError};
use ocm::coverage::{Covered, Uncovered, covered};
use ocm::descriptor::Access;
use ocm::{
    ComponentVersion, Descriptor, Lookup, LookupError, PinnedError, Reference, Repository,
    RepositoryError, Resource,
};
use serde::Serialize;

use crate::EntryId;

/// Component versions that are read concurrently.
const CONCURRENCY: usize = 16;

/// Blobs of one component version that are hashed concurrently.
const BLOBS: usize = 4;

/// Maximum number of references of a tree that are checked.
pub const REFERENCE_LIMIT: usize = 200_000;
/// Maximum size in bytes of all descriptors of a tree.
pub const BYTE_LIMIT: u64 = 1 << 30;
/// Maximum size in bytes of references that are held at once.
pub const HELD_LIMIT: usize = 128 << 20;
/// Maximum number of findings that are kept; further ones are only counted.
pub const FINDING_LIMIT: usize = 10_000;

/// The outcome of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Number of component versions whose descriptor was read.
    pub components: usize,
    /// Number of references whose pin was compared.
    pub references: usize,
    /// Number of local blobs that were hashed.
    pub blobs: usize,
    /// Number of references and resources whose content was not compared with a digest, because
    /// they have none that covers it. Each is a finding.
    pub not_compared: usize,
    /// What is wrong, up to [`FINDING_LIMIT`].
    pub findings: Vec<Finding>,
    /// Number of findings that are left out.
    #[serde(rename = "findingsOmitted", skip_serializing_if = "is_zero")]
    pub omitted: usize,
    #[serde(skip)]
    negative: bool,
    #[serde(skip)]
    incomplete: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks like this")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Something that is wrong, or that could not be verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The component version, as `NAME:VERSION`.
    pub component: String,
    /// The resource or reference.
    pub element: String,
    /// Its kind.
    pub status: Status,
    /// A text for people, to be read after the element.
    pub message: String,
}

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The content is not what its digest promises.
    Differs,
    /// The content is missing.
    NotFound,
    /// No digest covers the content, so it was not compared.
    Unpinned,
    /// It could not be read, so it may be right or wrong.
    Unreadable,
}

impl Verification {
    /// Returns whether something differs, is missing, or cannot be compared.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Returns whether something could not be read.
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }
}

/// Verifies a component version that was found in `repository`. With `shallow`, the components it
/// refers to are compared with their pins, but their content is not read. Findings come in the
/// order of the references.
///
/// Holds one descriptor at a time, and of the others only their references. Ends at
/// [`REFERENCE_LIMIT`], [`BYTE_LIMIT`] or [`HELD_LIMIT`] with a finding that says so.
///
/// # Errors
/// Its own descriptor is invalid.
pub async fn verify(
    repository: &Repository,
    found: &ComponentVersion,
    lookup: &Lookup,
    shallow: bool,
) -> Result<Verification, RepositoryError> {
    let descriptor = found.descriptor()?;
    let mut verification = hash_content(lookup, repository, found, &descriptor).await;
    verification.components = 1;
    let root = Node::new(descriptor);
    let id = root.id.clone();
    let mut walk = Walk {
        lookup,
        shallow,
        entered: HashSet::from([root.id.clone()]),
        path: Vec::new(),
        bytes: found.bytes.len() as u64,
        verification,
    };
    if let Err(limit) = walk.run(root).await {
        let message = format!("was not verified completely: {limit}");
        let finding = Finding {
            component: id,
            element: "tree of references".to_owned(),
            status: Status::Unreadable,
            message,
        };
        walk.verification.push(finding);
    }
    Ok(walk.verification)
}

/// A component version whose references are still to be checked.
struct Node {
    id: String,
    references: Vec<Reference>,
}

impl Node {
    fn new(descriptor: Descriptor) -> Self {
        let id = spelled(&descriptor);
        let mut references = descriptor.component.references.unwrap_or_default();
        for reference in &mut references {
            // Only what is compared is held.
            reference.labels = None;
            reference.rest.clear();
        }
        Self { id, references }
    }

    /// Bytes that it takes, roughly.
    fn weight(&self) -> usize {
        let weight = |reference: &Reference| {
            size_of::<Reference>()
                + reference.name.len()
                + reference.version.len()
                + reference.component_name.len()
                + reference.digest.value.len()
        };
        self.references.iter().map(weight).sum()
    }
}

/// A verification under way: depth first, with a stack of its own, because a tree may be deep.
struct Walk<'a> {
    lookup: &'a Lookup,
    shallow: bool,
    /// Component versions whose content was read, or is being read.
    entered: HashSet<String>,
    /// From the root to the component version whose references are being checked.
    path: Vec<String>,
    /// Bytes of descriptors that were read.
    bytes: u64,
    verification: Verification,
}

/// What is left to be done.
enum Step {
    Check(Node),
    /// All that is below a component version was checked.
    Leave,
}

impl Walk<'_> {
    /// Checks everything below the root. Gives the limit that it ended at, if there was one.
    async fn run(&mut self, root: Node) -> Result<(), String> {
        let mut held = root.weight();
        let mut ancestors = HashSet::new();
        let mut steps = vec![Step::Check(root)];
        while let Some(step) = steps.pop() {
            let Step::Check(node) = step else {
                if let Some(left) = self.path.pop() {
                    ancestors.remove(&left);
                }
                continue;
            };
            held -= node.weight().min(held);
            ancestors.insert(node.id.clone());
            self.path.push(node.id.clone());
            steps.push(Step::Leave);
            let total = self.verification.references + node.references.len();
            if total > REFERENCE_LIMIT {
                return Err(format!("it has more than {REFERENCE_LIMIT} references"));
            }
            for child in self.check(&node, &ancestors).await? {
                held += child.weight();
                steps.push(Step::Check(child));
            }
            if held > HELD_LIMIT {
                return Err(format!(
                    "references of more than {HELD_LIMIT} bytes are left to be checked"
                ));
            }
        }
        Ok(())
    }

    /// Checks the references of one component version. Gives those children whose own references
    /// are to be checked.
    async fn check(
        &mut self,
        node: &Node,
        ancestors: &HashSet<String>,
    ) -> Result<Vec<Node>, String> {
        let (path, entered) = (&self.path, &mut self.entered);
        let (lookup, shallow) = (self.lookup, self.shallow);
        let mut children = Vec::new();
        let mut checks = stream::iter(&node.references)
            .map(|reference| {
                let child = format!("{}:{}", reference.component_name, reference.version);
                let is_cycle = ancestors.contains(&child);
                let enter = !shallow && !is_cycle && entered.insert(child.clone());
                async move {
                    if is_cycle {
                        let message = format!("refers to itself: {} -> {child}", path.join(" -> "));
                        let finding = finding(&node.id, &reference.name, Status::Differs, message);
                        return Outcome::of(Verification::of(finding));
                    }
                    check_reference(&node.id, reference, lookup, enter).await
                }
            })
            .buffered(CONCURRENCY);
        while let Some(outcome) = checks.next().await {
            self.verification.add(outcome.verification);
            self.bytes = self.bytes.saturating_add(outcome.bytes);
            if self.bytes > BYTE_LIMIT {
                return Err(format!("its descriptors have more than {BYTE_LIMIT} bytes"));
            }
            // Plugins refer to nothing: a large registry must not be held in memory at once.
            children.extend(outcome.child.filter(|child| !child.references.is_empty()));
        }
        Ok(children)
    }
}

/// What came of one reference.
struct Outcome {
    verification: Verification,
    /// What it refers to, if that was entered.
    child: Option<Node>,
    /// Bytes of descriptors that were read.
    bytes: u64,
}

impl Outcome {
    fn of(verification: Verification) -> Self {
        Self {
            verification,
            child: None,
            bytes: 0,
        }
    }
}

impl Verification {
    fn of(finding: Finding) -> Self {
        let mut verification = Self::default();
        verification.push(finding);
        verification
    }

    fn push(&mut self, finding: Finding) {
        match finding.status {
            Status::Unreadable => self.incomplete = true,
            Status::Differs | Status::NotFound => self.negative = true,
            Status::Unpinned => {
                self.negative = true;
                self.not_compared += 1;
            }
        }
        self.keep(finding);
    }

    fn keep(&mut self, finding: Finding) {
        if self.findings.len() < FINDING_LIMIT {
            self.findings.push(finding);
        } else {
            self.omitted += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.components += other.components;
        self.references += other.references;
        self.blobs += other.blobs;
        self.not_compared += other.not_compared;
        self.omitted += other.omitted;
        self.negative |= other.negative;
        self.incomplete |= other.incomplete;
        for finding in other.findings {
            self.keep(finding);
        }
    }
}

fn finding(component: &str, element: &str, status: Status, message: String) -> Finding {
    Finding {
        component: component.to_owned(),
        element: element.to_owned(),
        status,
        message,
    }
}

/// Reads what a reference points to and compares it with the pin; with `enter`, hashes its content,
/// and gives its descriptor.
async fn check_reference(of: &str, reference: &Reference, lookup: &Lookup, enter: bool) -> Outcome {
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
                    format!(
                        "has component digest {}, but is pinned to {pinned}",
                        found.digest
                    )
                }
                PinnedError::Unpinned(found) | PinnedError::Unusable(found) => {
                    format!(
                        "has no digest that can be compared; its component digest is {}",
                        found.digest
                    )
                }
                other => other.to_string(),
            };
            verification.add(Verification::of(finding(of, &name, status, message)));
            match error {
                PinnedError::Unpinned(found)
                | PinnedError::Unusable(found)
                | PinnedError::Differs { found, .. } => *found,
                _ => return Outcome::of(verification),
            }
        }
    };
    let bytes = found.version.bytes.len() as u64;
    if !enter {
        return Outcome {
            verification,
            child: None,
            bytes,
        };
    }
    verification.components += 1;
    let content = hash_content(lookup, found.repository, &found.version, &found.descriptor).await;
    verification.add(content);
    Outcome {
        verification,
        child: Some(Node::new(found.descriptor)),
        bytes,
    }
}

fn pinned_status(error: &PinnedError<'_>) -> Status {
    match error {
        PinnedError::Differs { .. } | PinnedError::Descriptor(_) | PinnedError::Invalid(_) => {
            Status::Differs
        }
        PinnedError::Unpinned(_) | PinnedError::Unusable(_) => Status::Unpinned,
        PinnedError::Lookup(LookupError::NotFound { .. }) => Status::NotFound,
        PinnedError::Lookup(LookupError::Unreadable { source, .. }) => status(source),
        PinnedError::Lookup(LookupError::Unresolved { .. }) => Status::Unreadable,
    }
}

/// Hashes the content of a component version's resources and compares it with their digests.
async fn hash_content(
    lookup: &Lookup,
    repository: &Repository,
    found: &ComponentVersion,
    descriptor: &Descriptor,
) -> Verification {
    let id = &spelled(descriptor);
    let mut checks = stream::iter(descriptor.component.resources())
        .map(async |resource| {
            let identity = ocm::identity::identity(
                &resource.name,
                &resource.version,
                &resource.extra_identity,
            );
            let name = format!("resource {}", ocm::identity::spell(&identity));
            let local = resource.access.as_ref().and_then(Access::as_local_blob);
            let is_local = local.is_some();
            let wrong = match local {
                Some((reference, _)) => hash_local(repository, found, resource, reference)
                    .await
                    .err(),
                None => hash_elsewhere(lookup, resource).await.err(),
            };
            let wrong = wrong.map(|(status, message)| finding(id, &name, status, message));
            (is_local, wrong)
        })
        .buffered(BLOBS);
    let mut verification = Verification::default();
    while let Some((is_local, wrong)) = checks.next().await {
        verification.blobs += usize::from(is_local);
        if let Some(finding) = wrong {
            verification.push(finding);
        }
    }
    verification
}

/// Hashes a blob that is stored with the descriptor.
async fn hash_local(
    repository: &Repository,
    found: &ComponentVersion,
    resource: &Resource,
    reference: &str,
) -> Result<(), (Status, String)> {
    let mut nowhere = std::io::sink();
    let copied = repository.copy_local_blob(found, reference, &mut nowhere);
    match copied.await {
        Ok(true) => {}
        Ok(false) => {
            let message = format!("its content {reference} is missing");
            return Err((Status::NotFound, message));
        }
        Err(error) => return Err((status(&error), error.to_string())),
    }
    compare(resource).map(|_| ())
}

/// Hashes an OCI artifact that is stored elsewhere. No other content can be compared.
async fn hash_elsewhere(lookup: &Lookup, resource: &Resource) -> Result<(), (Status, String)> {
    let Covered::Artifact(reference) = compare(resource)? else {
        return Ok(());
    };
    let failed = |error: StoreError| {
        let error = RepositoryError::from(error);
        (status(&error), error.to_string())
    };
    let missing = |what: &str| (Status::NotFound, format!("its content {what} is missing"));
    let read = reference.read(lookup.http()).await.map_err(failed)?;
    let artifact = read.ok_or_else(|| missing(&reference.to_string()))?;
    match artifact.verify().await.map_err(failed)? {
        None => Ok(()),
        Some(digest) => Err(missing(&digest.to_string())),
    }
}

/// Compares the digest of a resource with the one of its content.
fn compare(resource: &Resource) -> Result<Covered, (Status, String)> {
    covered(resource).map_err(|reason| {
        let status = match reason {
            Uncovered::Differs { .. } => Status::Differs,
            _ => Status::Unpinned,
        };
        (status, reason.to_string())
    })
}

/// What an error means for the content: it is wrong, missing, or unknown.
pub fn status(error: &RepositoryError) -> Status {
    match error {
        RepositoryError::Store(error) => match &error.fault {
            Fault::Digest { .. } | Fault::Size { .. } => Status::Differs,
            Fault::Missing { .. } | Fault::Absent => Status::NotFound,
            _ => Status::Unreadable,
        },
        RepositoryError::NoneListedExists { .. } => Status::NotFound,
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
