//! Turns a constructor into a descriptor: inputs become local blobs, everything else is copied.

mod content;
mod folder;

use std::path::Path;

use oci::Digest;

pub use content::{InputError, LocalContent};

use crate::constructor::{ComponentConstructor, Content, Input, values};
use crate::descriptor::{Access, Descriptor, ElementDigest, Label, Resource, Source};

impl ComponentConstructor {
    /// The inputs, in the order in which their blobs follow the descriptor: first those of
    /// resources, then those of sources.
    fn inputs(&self) -> impl Iterator<Item = &Input> {
        let resources = self
            .resources
            .iter()
            .map(|resource| &resource.content.value);
        let sources = self.sources.iter().map(|source| &source.content.value);
        resources
            .chain(sources)
            .filter_map(|content| match content {
                Content::Input(input) => Some(input),
                Content::Access(_) => None,
            })
    }

    /// Finds the content of all inputs; paths are relative to `folder`.
    ///
    /// # Errors
    /// A file cannot be read, is outside the directory through a link, or is not a regular file.
    pub fn contents(&self, folder: &Path) -> Result<Vec<LocalContent>, InputError> {
        self.inputs()
            .map(|input| content::of(input, folder))
            .collect()
    }

    /// Builds the descriptor with the inputs in `folder`.
    ///
    /// # Errors
    /// See [`Self::contents`].
    pub fn descriptor_in(&self, folder: &Path) -> Result<Descriptor, InputError> {
        Ok(self.descriptor(&blobs(&self.contents(folder)?)?))
    }

    /// Builds the descriptor. `blobs` are the digests and media types of the inputs, in
    /// order. References are copied unchanged, without digests if none are given.
    ///
    /// # Panics
    /// Never, if `blobs` comes from [`Self::contents`].
    pub fn descriptor(&self, blobs: &[(Digest, String)]) -> Descriptor {
        let mut descriptor = Descriptor::new(
            &self.name.value,
            self.version.value.as_str(),
            self.provider.value.clone(),
        );
        let component = &mut descriptor.component;
        component.labels = list(labels(&self.labels));
        component.creation_time = self.creation_time.as_ref().map(|time| time.value.clone());
        let mut blobs = blobs.iter();
        let mut access = |content: &Content| match content {
            Content::Access(access) => (Some(access.clone()), None),
            Content::Input(_) => match blobs.next() {
                Some((digest, media_type)) => {
                    (Some(Access::local_blob(media_type, *digest)), Some(*digest))
                }
                None => (None, None),
            },
        };
        let resources: Vec<Resource> = self
            .resources
            .iter()
            .map(|resource| {
                let (access, blob) = access(&resource.content.value);
                let given = resource.digest.as_ref().map(|digest| digest.value.clone());
                Resource {
                    name: resource.name.value.clone(),
                    version: resource.version.to_string(),
                    kind: resource.kind.value.clone(),
                    relation: resource.relation.as_str().to_owned(),
                    extra_identity: resource.extra_identity.clone(),
                    labels: list(labels(&resource.labels)),
                    // The official constructor also drops them for inputs.
                    src_refs: match blob {
                        Some(_) => None,
                        None => list(resource.src_refs.clone()),
                    },
                    access,
                    digest: blob.map(ElementDigest::of_blob).or(given),
                    rest: serde_json::Map::new(),
                }
            })
            .collect();
        let sources: Vec<Source> = self
            .sources
            .iter()
            .map(|source| Source {
                name: source.name.value.clone(),
                version: source.version.to_string(),
                kind: source.kind.value.clone(),
                extra_identity: source.extra_identity.clone(),
                labels: list(labels(&source.labels)),
                access: access(&source.content.value).0,
                rest: serde_json::Map::new(),
            })
            .collect();
        component.resources = list(resources);
        component.sources = list(sources);
        let references = self
            .references
            .iter()
            .map(crate::constructor::ReferenceConstructor::to_reference);
        component.references = list(references.collect());
        descriptor
    }
}

/// Hashes inputs and returns their digests and media types.
///
/// # Errors
/// A file cannot be read.
pub fn blobs(contents: &[LocalContent]) -> Result<Vec<(Digest, String)>, InputError> {
    contents
        .iter()
        .map(|content| Ok((content.hash()?.0, content.media_type.clone())))
        .collect()
}

fn labels(labels: &[crate::constructor::Spanned<Label>]) -> Vec<Label> {
    values(labels)
}

/// An empty list in a constructor becomes an absent one in the descriptor.
fn list<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}
