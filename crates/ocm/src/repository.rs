//! Component versions in an OCI registry or an archive.
//!
//! A component is the OCI repository `component-descriptors/NAME`, and each version is a tag. The
//! first layer of the manifest is the descriptor, the others are local blobs (OCM specification,
//! "OCI Registries").

mod layout;
mod publish;

use oci::manifest::MANIFEST_LIMIT;
use oci::{
    Descriptor as Blob, Digest, Fault, Http, Index, Manifest, Remote, Reporter, Store, StoreError,
    media_type,
};

pub use layout::{CREATOR, LocalBlobs, Prepared};
pub use publish::{Outcome, PublishError};

use crate::component_name::ComponentName;
use crate::component_ref::RepositorySpec;
use crate::component_version_id::{ComponentVersionId, InvalidComponentVersionId};
use crate::descriptor::{Descriptor, DescriptorError, Limits, MediaType};
use crate::version::{self, Version};

/// An OCI registry or an archive that holds component versions.
#[derive(Debug)]
pub struct Repository {
    spec: RepositorySpec,
    store: Store,
    path: String,
}

/// A stored component version: what its tag points to, and the bytes of its descriptor, whose
/// digest was verified.
#[derive(Clone, Debug)]
pub struct ComponentVersion {
    /// The requested component version.
    pub id: ComponentVersionId,
    /// The repository it was found in, for messages.
    pub repository: String,
    /// What the tag points to: a manifest or an index.
    pub root: Blob,
    /// The layer that is the descriptor.
    pub layer: Blob,
    /// Bytes of the descriptor layer.
    pub bytes: Vec<u8>,
    limits: Limits,
    blobs: Vec<Blob>,
}

/// Why a component version could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The registry or archive failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tag points to something other than a component version.
    #[error("{repository}: {component}:{tag} is not a component version: {reason}")]
    Malformed {
        /// The repository.
        repository: String,
        /// The requested component.
        component: String,
        /// The requested tag.
        tag: String,
        /// The problem.
        reason: String,
    },
    /// The descriptor names another component version.
    #[error("{repository}: {asked} holds the descriptor of {found}")]
    Other {
        /// The repository.
        repository: String,
        /// The requested component version.
        asked: String,
        /// The component version that the descriptor names.
        found: String,
    },
    /// A component has tags, but none of them points to anything.
    #[error("{repository}: none of the listed versions of {component} exists")]
    NoneListedExists {
        /// The repository.
        repository: String,
        /// The requested component.
        component: ComponentName,
    },
    /// The request does not name a valid component version, so no repository can contain it.
    #[error(transparent)]
    Invalid(#[from] InvalidComponentVersionId),
    /// The tag points to another manifest than the reference is pinned to.
    #[error(
        "{repository}: {component}:{tag} is manifest {found}, and the reference is pinned to {pinned}"
    )]
    Pin {
        /// The repository.
        repository: String,
        /// The requested component.
        component: String,
        /// The requested tag.
        tag: String,
        /// The digest in the reference.
        pinned: Digest,
        /// The digest of the manifest that the tag points to.
        found: Digest,
    },
}

impl RepositoryError {
    /// How the user can fix it, if known.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Store(error) => return error.hint(),
            Self::Malformed { .. } | Self::Invalid(_) => return None,
            Self::NoneListedExists { .. } => {
                "the registry lists tags whose content was deleted, or is not available yet: try again later"
            }
            Self::Other { .. } => {
                "the archive was put together wrongly: copy the component version again"
            }
            Self::Pin { .. } => {
                "the version was published again with other content: check it, then use its new digest or drop the pin"
            }
        };
        Some(text.to_owned())
    }

    /// Returns whether there is no archive at the path.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Store(error) if matches!(error.fault, Fault::Absent))
    }

    /// Returns whether a registry refused access, as some do for content that does not exist.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Store(error) if matches!(&error.fault, Fault::Remote(fault) if fault.is_denied()))
    }
}

impl Repository {
    /// Opens a repository for reading. Nothing is requested from a registry yet.
    ///
    /// # Errors
    /// It cannot be read; [`RepositoryError::is_absent`] if there is no archive.
    pub fn open(spec: &RepositorySpec, http: &Http) -> Result<Self, RepositoryError> {
        Self::with(spec, http, oci::Ctf::open)
    }

    /// Opens a repository for reading; `None` if there is no archive.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open_if_there(
        spec: &RepositorySpec,
        http: &Http,
    ) -> Result<Option<Self>, RepositoryError> {
        match Self::open(spec, http) {
            Ok(repository) => Ok(Some(repository)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a repository, and creates an empty archive if there is none.
    ///
    /// # Errors
    /// It cannot be created or read.
    pub fn create(spec: &RepositorySpec, http: &Http) -> Result<Self, RepositoryError> {
        Self::with(spec, http, oci::Ctf::create)
    }

    fn with(
        spec: &RepositorySpec,
        http: &Http,
        open: fn(&std::path::Path) -> Result<oci::Ctf, StoreError>,
    ) -> Result<Self, RepositoryError> {
        match spec {
            RepositorySpec::Ctf { path, .. } => {
                let path = path.strip_prefix("file://").unwrap_or(path);
                Ok(Self {
                    spec: spec.clone(),
                    store: Store::Ctf(open(path.as_ref())?),
                    path: String::new(),
                })
            }
            RepositorySpec::Oci {
                base_url, sub_path, ..
            } => {
                let path = match sub_path.trim_matches('/') {
                    "" => String::new(),
                    path => format!("{path}/"),
                };
                Ok(Self {
                    spec: spec.clone(),
                    store: Store::Remote(Remote::new(http, base_url)?.below(sub_path)),
                    path,
                })
            }
        }
    }

    /// The location of the repository.
    pub fn spec(&self) -> &RepositorySpec {
        &self.spec
    }

    /// Opens the repository for writing; see [`Store::writer`].
    ///
    /// # Errors
    /// It cannot be written to.
    pub async fn writer(&self, reporter: &dyn Reporter) -> Result<oci::Writer<'_>, StoreError> {
        self.store.writer(reporter).await
    }

    /// The OCI repository of a component.
    fn repository(&self, component: &str) -> String {
        format!("{}component-descriptors/{component}", self.path)
    }

    fn malformed(&self, component: &str, tag: &str, reason: impl Into<String>) -> RepositoryError {
        RepositoryError::Malformed {
            repository: self.spec.to_string(),
            component: component.to_owned(),
            tag: tag.to_owned(),
            reason: reason.into(),
        }
    }

    /// Lists the versions of a component from its tags, ignoring tags that are not versions. An
    /// unknown component has none.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub async fn versions(
        &self,
        component: &ComponentName,
    ) -> Result<Vec<Version>, RepositoryError> {
        let tags = self.store.tags(&self.repository(component)).await?;
        Ok(tags
            .iter()
            .filter_map(|tag| Version::from_tag(tag))
            .collect())
    }

    /// Describes what the tag of a version points to.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub async fn resolve(&self, id: &ComponentVersionId) -> Result<Option<Blob>, RepositoryError> {
        Ok(self
            .store
            .resolve(&self.repository(&id.name), &id.version.tag())
            .await?)
    }

    /// Reads a component version: its manifest and descriptor, nothing else.
    ///
    /// With a `pin`, the tag must point to that manifest.
    ///
    /// # Errors
    /// It cannot be read, or is invalid.
    pub async fn get(
        &self,
        id: &ComponentVersionId,
        pin: Option<Digest>,
    ) -> Result<Option<ComponentVersion>, RepositoryError> {
        self.get_within(id, pin, Limits::REGISTRY).await
    }

    /// Reads a component version whose descriptor is within `limits`; see [`Repository::get`].
    pub(crate) async fn get_within(
        &self,
        id: &ComponentVersionId,
        pin: Option<Digest>,
        limits: Limits,
    ) -> Result<Option<ComponentVersion>, RepositoryError> {
        let component = id.name.as_str();
        let tag = id.version.tag();
        let fetched = self.store.fetch(&self.repository(component), &tag).await?;
        let Some((root, bytes)) = fetched else {
            return Ok(None);
        };
        if let Some(pinned) = pin
            && pinned != root.digest
        {
            return Err(RepositoryError::Pin {
                repository: self.spec.to_string(),
                component: component.to_owned(),
                tag,
                pinned,
                found: root.digest,
            });
        }
        let (manifest, further) = self.manifest(component, &tag, &root, &bytes).await?;
        let layer = self.descriptor_layer(component, &tag, &manifest).await?;
        let bytes = self.content(component, &layer, limits.bytes).await?;
        let mut blobs = manifest.layers;
        blobs.extend(further);
        Ok(Some(ComponentVersion {
            id: id.clone(),
            repository: self.spec.to_string(),
            root,
            layer,
            bytes,
            limits,
            blobs,
        }))
    }

    /// Reads the latest of these versions of a component, see [`version::latest`], that is there.
    /// Returns `None` if `versions` is empty. Those that were listed and do not exist are removed
    /// from `versions`: some registries list a tag a moment before it points to anything, or after
    /// its manifest was deleted.
    ///
    /// # Errors
    /// It cannot be read, is not what it should be, or none of the versions exists: this must not
    /// be mistaken for a component without versions.
    pub async fn latest_of(
        &self,
        component: &ComponentName,
        versions: &mut Vec<Version>,
    ) -> Result<Option<(Version, ComponentVersion)>, RepositoryError> {
        if versions.is_empty() {
            return Ok(None);
        }
        while let Some(latest) = version::latest(versions.iter()).cloned() {
            let id = ComponentVersionId::new(component.clone(), latest.clone());
            if let Some(found) = self.get(&id, None).await? {
                return Ok(Some((latest, found)));
            }
            versions.retain(|version| *version != latest);
        }
        Err(RepositoryError::NoneListedExists {
            repository: self.spec.to_string(),
            component: component.clone(),
        })
    }

    async fn content(
        &self,
        component: &str,
        blob: &Blob,
        limit: u64,
    ) -> Result<Vec<u8>, RepositoryError> {
        let repository = self.repository(component);
        match self.store.read(&repository, blob, limit).await? {
            Some(bytes) => Ok(bytes),
            None => Err(StoreError::new(
                self.store.name(),
                Fault::Missing {
                    digest: blob.digest,
                },
            )
            .into()),
        }
    }

    /// Reads the manifest that holds the descriptor, and the other artifacts of its index, if any.
    async fn manifest(
        &self,
        component: &str,
        tag: &str,
        root: &Blob,
        bytes: &[u8],
    ) -> Result<(Manifest, Vec<Blob>), RepositoryError> {
        let parse = |bytes: &[u8]| {
            serde_json::from_slice::<Manifest>(bytes)
                .map_err(|error| self.malformed(component, tag, format!("its manifest: {error}")))
        };
        match root.media_type.as_str() {
            media_type::OCI_MANIFEST => Ok((parse(bytes)?, Vec::new())),
            media_type::OCI_INDEX => {
                let index: Index = serde_json::from_slice(bytes).map_err(|error| {
                    self.malformed(component, tag, format!("its index: {error}"))
                })?;
                let mut manifests = index.manifests.into_iter();
                let first = manifests
                    .next()
                    .filter(|first| first.media_type == media_type::OCI_MANIFEST)
                    .ok_or_else(|| {
                        self.malformed(component, tag, "its index does not begin with a manifest")
                    })?;
                let bytes = self.content(component, &first, MANIFEST_LIMIT).await?;
                Ok((parse(&bytes)?, manifests.collect()))
            }
            other => Err(self.malformed(component, tag, format!("it has media type `{other}`"))),
        }
    }

    /// The only layer with a descriptor's media type, otherwise the layer that the config names.
    async fn descriptor_layer(
        &self,
        component: &str,
        tag: &str,
        manifest: &Manifest,
    ) -> Result<Blob, RepositoryError> {
        let mut candidates = manifest
            .layers
            .iter()
            .filter(|layer| MediaType::of(&layer.media_type).is_some());
        if let (Some(only), None) = (candidates.next(), candidates.next()) {
            return Ok(only.clone());
        }
        if !layout::is_config(&manifest.config.media_type) {
            return Err(self.malformed(component, tag, "it has no component descriptor"));
        }
        let bytes = self
            .content(component, &manifest.config, MANIFEST_LIMIT)
            .await?;
        let config: layout::Config = serde_json::from_slice(&bytes)
            .map_err(|error| self.malformed(component, tag, format!("its config: {error}")))?;
        let layer = config.component_descriptor_layer;
        if MediaType::of(&layer.media_type).is_none() {
            let reason = format!("its descriptor has media type `{}`", layer.media_type);
            return Err(self.malformed(component, tag, reason));
        }
        Ok(layer)
    }

    /// Reads the first `limit` bytes of a local blob; see [`Store::start`].
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn local_blob_start(
        &self,
        version: &ComponentVersion,
        reference: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, RepositoryError> {
        let Some(blob) = version.local_blob(reference) else {
            return Ok(None);
        };
        let repository = self.repository(&version.id.name);
        Ok(self.store.start(&repository, blob, limit).await?)
    }

    /// Streams a local blob of a component version to `out`; see [`Store::copy`]. Returns `false`
    /// if it does not exist.
    ///
    /// # Errors
    /// It cannot be read, or its bytes do not have the digest in the manifest.
    pub async fn copy_local_blob(
        &self,
        version: &ComponentVersion,
        reference: &str,
        out: &mut (dyn std::io::Write + Send),
    ) -> Result<bool, RepositoryError> {
        let Some(blob) = version.local_blob(reference) else {
            return Ok(false);
        };
        let repository = self.repository(&version.id.name);
        Ok(self.store.copy(&repository, blob, out).await?)
    }
}

impl ComponentVersion {
    /// Decodes the descriptor and checks that it belongs to the requested component version.
    ///
    /// # Errors
    /// It is not a descriptor, or belongs to another component version.
    pub fn descriptor(&self) -> Result<Descriptor, RepositoryError> {
        let media_type = MediaType::of(&self.layer.media_type).unwrap_or(MediaType::Json);
        let descriptor = Descriptor::decode(media_type, &self.bytes, self.limits)
            .map_err(|DescriptorError(reason)| self.malformed(reason))?;
        self.check_identity(&descriptor.component.name, &descriptor.component.version)?;
        Ok(descriptor)
    }

    /// Checks that a descriptor has the requested name and version.
    ///
    /// # Errors
    /// They differ.
    pub fn check_identity(&self, name: &str, version: &str) -> Result<(), RepositoryError> {
        if self.id.name == *name && self.id.version.as_str() == version {
            return Ok(());
        }
        Err(RepositoryError::Other {
            repository: self.repository.clone(),
            asked: self.id.to_string(),
            found: format!("{name}:{version}"),
        })
    }

    /// An error about the descriptor of this component version.
    pub fn malformed(&self, reason: String) -> RepositoryError {
        RepositoryError::Malformed {
            repository: self.repository.clone(),
            component: self.id.name.to_string(),
            tag: self.id.version.to_string(),
            reason,
        }
    }

    /// Finds the local blob that an access refers to.
    pub fn local_blob(&self, reference: &str) -> Option<&Blob> {
        let digest: Digest = reference.parse().ok()?;
        self.blobs.iter().find(|blob| blob.digest == digest)
    }
}
