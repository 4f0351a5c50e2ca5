//! Publishing a plugin: one component with a program for each platform.

use std::path::PathBuf;

use oci::file::{self, FileError, Reason};
use oci::{Content, Digest, Http, Reporter, Staged};
use ocm::descriptor::Access;
use ocm::repository::{CREATOR, LocalBlobs, Outcome, Prepared, PublishError};
use ocm::{
    ComponentDigest, ComponentName, ComponentVersionId, Descriptor, ElementDigest, Label, Provider,
    Repository, RepositoryError, RepositorySpec, Resource, Version,
};

use crate::publication::Publication;
use registry::capabilities::{Capabilities, CapabilitiesError, PATIENCE};
use registry::labels;
use registry::platform::{Header, Platform};
use registry::plugin::RESOURCE_TYPE;

/// The one name of all program resources: the official `download plugin` takes the wrong one
/// where names differ.
const RESOURCE_NAME: &str = "binary";
const MEDIA_TYPE: &str = "application/octet-stream";

/// What an author releases.
#[derive(Clone, Debug)]
pub struct Release {
    /// Name of the component.
    pub component: String,
    /// Version.
    pub version: Version,
    /// Programs by platform.
    pub programs: Vec<(Platform, PathBuf)>,
    /// Who provides it; the domain of the component if absent.
    pub provider: Option<String>,
    /// A text for people.
    pub description: Option<String>,
    /// A file with the answer to `capabilities`; otherwise the native program is asked.
    pub capabilities: Option<PathBuf>,
}

/// Why a release was not published.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The component has no valid name.
    #[error("`{0}` is not a component name such as acme.org/plugins/demo")]
    Name(String),
    /// Two programs for one platform.
    #[error("two programs are given for {0}")]
    Twice(Platform),
    /// A program cannot be read.
    #[error(transparent)]
    Unreadable(#[from] FileError),
    /// A program is for another platform.
    #[error("{file} is given for {platform}, and its header says: {header}")]
    Header {
        /// The program.
        file: String,
        /// The platform it was given for.
        platform: Platform,
        /// What its header says.
        header: Header,
    },
    /// The capabilities cannot be had.
    #[error(transparent)]
    Capabilities(#[from] CapabilitiesError),
    /// No program can be asked for its capabilities.
    #[error("no program for {0} is given that could be asked for its capabilities")]
    NobodyToAsk(Platform),
    /// The version is taken.
    #[error(
        "{place}: {component}:{version} is published already, with other content ({published}, and this is {ours})"
    )]
    Taken {
        /// Where.
        place: String,
        /// Name of the component.
        component: String,
        /// Version.
        version: Version,
        /// Component digest of what is there.
        published: ComponentDigest,
        /// Component digest of what was to be published.
        ours: ComponentDigest,
    },
    /// The place cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The place cannot be written to.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl ReleaseError {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Name(_) => "use your domain and a path in lower case",
            Self::Twice(_) => "give one FILE for each OS/ARCH",
            Self::Unreadable(_) => "check the path of the program",
            Self::Header { .. } => "check which file belongs to which platform",
            Self::NobodyToAsk(_) => {
                "give the output of `PLUGIN capabilities` as a file with --capabilities"
            }
            Self::Taken { .. } => {
                "a published version never changes: release it under a new version"
            }
            Self::Capabilities(error) => return Some(error.hint().to_owned()),
            Self::Repository(error) => return error.hint(),
            Self::Publish(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

impl Release {
    /// Checks the release without reading more than the headers of its programs, and finds out
    /// its capabilities.
    ///
    /// # Errors
    /// A name is malformed, a program is for another platform, or the capabilities cannot be
    /// had.
    pub fn check(&mut self) -> Result<Capabilities, ReleaseError> {
        if !ocm::name::is_component_name(&self.component) {
            return Err(ReleaseError::Name(self.component.clone()));
        }
        self.programs.sort();
        for pair in self.programs.windows(2) {
            if pair[0].0 == pair[1].0 {
                return Err(ReleaseError::Twice(pair[0].0.clone()));
            }
        }
        for (platform, path) in &self.programs {
            let header = Header::read(path)?;
            if !header.fits(platform) {
                return Err(ReleaseError::Header {
                    file: path.display().to_string(),
                    platform: platform.clone(),
                    header,
                });
            }
        }
        if let Some(path) = &self.capabilities {
            return Ok(Capabilities::read(path)?);
        }
        let native = Platform::native();
        let program = self
            .programs
            .iter()
            .find(|(platform, _)| *platform == native);
        let Some((_, program)) = program else {
            return Err(ReleaseError::NobodyToAsk(native));
        };
        Ok(Capabilities::ask(program, PATIENCE)?)
    }

    /// What the official CLI will not like about the name, if anything.
    pub fn warning(&self) -> Option<String> {
        let file = self.component.rsplit('/').next().unwrap_or_default();
        file.contains('.').then(|| {
            format!(
                "`ocm download plugin` calls the file `{file}`, and the official CLI skips files with a dot in their name: end the component in a name without one"
            )
        })
    }

    /// Publishes a release that was checked. With `dry_run` nothing is written.
    ///
    /// Every program is read once. A version that is there already is left alone, and compared.
    ///
    /// # Errors
    /// The version is there with other content, or the place cannot be read or written.
    pub async fn publish(
        &self,
        capabilities: &Capabilities,
        spec: &RepositorySpec,
        http: &Http,
        dry_run: bool,
        reporter: &dyn Reporter,
    ) -> Result<Publication, ReleaseError> {
        if dry_run {
            let existing = match Repository::open_if_there(spec, http)? {
                Some(repository) => self.existing(&repository).await?,
                None => None,
            };
            let blobs = self.hash()?;
            let (descriptor, prepared) = self.prepare(capabilities, &blobs);
            return match existing {
                Some(existing) => self.compare(spec, &existing, &descriptor),
                None => Ok(Publication::new(
                    spec,
                    &descriptor,
                    &ComponentDigest::of(&descriptor),
                    prepared.manifest_digest(),
                    Outcome::Planned,
                )),
            };
        }
        let repository = Repository::create(spec, http)?;
        let mut writer = repository
            .writer(reporter)
            .await
            .map_err(PublishError::from)?;
        if let Some(existing) = self.existing(&repository).await? {
            let (descriptor, _) = self.prepare(capabilities, &self.hash()?);
            return self.compare(spec, &existing, &descriptor);
        }
        let mut staged: Vec<Staged> = Vec::new();
        for (_, path) in &self.programs {
            let content = Content::File(path.clone());
            staged.push(writer.stage(&content).await.map_err(PublishError::from)?);
        }
        let blobs: Vec<_> = staged.iter().map(|blob| (blob.digest, blob.size)).collect();
        let (descriptor, prepared) = self.prepare(capabilities, &blobs);
        repository.publish(&mut writer, &prepared, staged).await?;
        Ok(Publication::new(
            spec,
            &descriptor,
            &ComponentDigest::of(&descriptor),
            prepared.manifest_digest(),
            Outcome::Published,
        ))
    }

    async fn existing(
        &self,
        repository: &Repository,
    ) -> Result<Option<(Digest, Descriptor)>, RepositoryError> {
        let name = ComponentName::parse(&self.component)?;
        let id = ComponentVersionId::new(name, self.version.clone());
        let found = repository.get(&id, None).await?;
        found
            .map(|found| Ok((found.root.digest, found.descriptor()?)))
            .transpose()
    }

    fn compare(
        &self,
        spec: &RepositorySpec,
        (manifest, existing): &(Digest, Descriptor),
        ours: &Descriptor,
    ) -> Result<Publication, ReleaseError> {
        if existing.same_content(ours) {
            let digest = ComponentDigest::of(ours);
            return Ok(Publication::new(
                spec,
                ours,
                &digest,
                *manifest,
                Outcome::Unchanged,
            ));
        }
        Err(ReleaseError::Taken {
            place: spec.to_string(),
            component: self.component.clone(),
            version: self.version.clone(),
            published: ComponentDigest::of(existing),
            ours: ComponentDigest::of(ours),
        })
    }

    fn hash(&self) -> Result<Vec<(Digest, u64)>, ReleaseError> {
        let hash = |path: &PathBuf| {
            oci::digest::of_reader(file::open(path)?).map_err(|error| {
                ReleaseError::Unreadable(FileError {
                    path: path.clone(),
                    reason: Reason::System(error),
                })
            })
        };
        self.programs.iter().map(|(_, path)| hash(path)).collect()
    }

    fn prepare(
        &self,
        capabilities: &Capabilities,
        blobs: &[(Digest, u64)],
    ) -> (Descriptor, Prepared) {
        let descriptor = self.descriptor(capabilities, blobs);
        let sizes: LocalBlobs = blobs.iter().copied().collect();
        #[expect(
            clippy::expect_used,
            reason = "the descriptor refers to exactly these blobs"
        )]
        let prepared =
            Prepared::new(&descriptor, &sizes, CREATOR).expect("every blob has its size");
        (descriptor, prepared)
    }

    fn descriptor(&self, capabilities: &Capabilities, blobs: &[(Digest, u64)]) -> Descriptor {
        let domain = self.component.split('/').next().unwrap_or_default();
        let provider = Provider::named(self.provider.as_deref().unwrap_or(domain));
        let mut descriptor = Descriptor::new(&self.component, self.version.as_str(), provider);
        let mut labels = vec![Label::signed(labels::CATEGORY, capabilities.category())];
        if let Some(description) = self.description.as_deref().filter(|text| !text.is_empty()) {
            labels.push(Label::signed(labels::DESCRIPTION, description));
        }
        labels.extend(labels::plugin(&capabilities.list));
        descriptor.component.labels = Some(labels);
        let resources = self
            .programs
            .iter()
            .zip(blobs)
            .map(|((platform, _), (digest, _))| Resource {
                name: RESOURCE_NAME.to_owned(),
                version: self.version.to_string(),
                kind: RESOURCE_TYPE.to_owned(),
                relation: "local".to_owned(),
                extra_identity: [
                    ("architecture".to_owned(), platform.architecture.clone()),
                    ("os".to_owned(), platform.os.clone()),
                ]
                .into(),
                labels: None,
                src_refs: None,
                access: Some(Access::local_blob(MEDIA_TYPE, *digest)),
                digest: Some(ElementDigest::of_blob(*digest)),
                rest: serde_json::Map::new(),
            });
        descriptor.component.resources = Some(resources.collect());
        descriptor
    }
}
