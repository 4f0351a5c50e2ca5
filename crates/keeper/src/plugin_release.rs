//! Publishing a plugin: one component with a program for each platform.

use std::path::PathBuf;

use oci::file::{self, FileError, Reason};
use oci::{Content, Digest, Http, Reporter};
use ocm::descriptor::Access;
use ocm::repository::{CREATOR, LocalBlobs, Outcome, Prepared, PublishError};
use ocm::{
    ComponentName, ComponentVersionId, Descriptor, ElementDigest, Label, Provider, Repository,
    RepositoryError, RepositorySpec, Resource, Version,
};

use crate::publication::{Existing, Publication, Ready, VersionTaken, stage};
use registry::capabilities::{Capabilities, CapabilitiesError, PATIENCE};
use registry::labels;
use registry::platform::Platform;
use registry::plugin::RESOURCE_TYPE;
use registry::program_header::Header;

/// The name of all program resources: the official `download plugin` chooses the wrong one
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
    /// The component's provider; the domain of its name if absent.
    pub provider: Option<String>,
    /// One sentence about the plugin, which lists show.
    pub description: Option<String>,
    /// A file with the output of `PLUGIN capabilities`; if absent, the native program is run.
    pub capabilities: Option<PathBuf>,
}

/// Why a release was not published.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The name is not a valid component name.
    #[error("`{0}` is not a component name such as acme.org/plugins/demo")]
    Name(String),
    /// Two programs are given for one platform.
    #[error("two programs are given for {0}")]
    Twice(Platform),
    /// A program cannot be read.
    #[error(transparent)]
    Unreadable(#[from] FileError),
    /// A program's header is for another platform.
    #[error("{file} is given for {platform}, but its header says {header}")]
    Header {
        /// The program.
        file: String,
        /// The platform it was given for.
        platform: Platform,
        /// What its header says.
        header: Header,
    },
    /// The capabilities cannot be read.
    #[error(transparent)]
    Capabilities(#[from] CapabilitiesError),
    /// No program can be run to ask for its capabilities.
    #[error(
        "the capabilities are unknown: no program for {0} is given that could be run to ask for them"
    )]
    NoNativeProgram(Platform),
    /// The version is already published with different content.
    #[error(transparent)]
    Taken(#[from] VersionTaken),
    /// The repository cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The repository cannot be written to.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl ReleaseError {
    /// How to fix it, where that is known.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Name(_) => "use your domain and a path in lower case",
            Self::Twice(_) => "give exactly one FILE for each OS/ARCH",
            Self::Unreadable(_) => "check the path of the program",
            Self::Header { .. } => "check which file is for which platform",
            Self::NoNativeProgram(_) => {
                "save the output of `PLUGIN capabilities` to a file, and name it with --capabilities"
            }
            Self::Taken { .. } => "published versions are never changed: publish a new version",
            Self::Capabilities(error) => return Some(error.hint().to_owned()),
            Self::Repository(error) => return error.hint(),
            Self::Publish(error) => return error.hint(),
        };
        Some(text.to_owned())
    }
}

impl Release {
    /// Checks the release by its names and the headers of its programs, and reads or asks for its
    /// capabilities.
    ///
    /// # Errors
    /// A name is malformed, a program is for another platform, or the capabilities cannot be
    /// read.
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
            return Err(ReleaseError::NoNativeProgram(native));
        };
        Ok(Capabilities::ask(program, PATIENCE)?)
    }

    /// A problem that the official CLI has with the name, if there is one.
    pub fn warning(&self) -> Option<String> {
        let file = self.component.rsplit('/').next().unwrap_or_default();
        file.contains('.').then(|| {
            format!(
                "`ocm download plugin` names the file `{file}`, and the official CLI skips files with a dot in their name: choose a component name whose last segment has no dot"
            )
        })
    }

    /// Publishes a release that was checked. With `dry_run` nothing is written.
    ///
    /// Every program is read once. A version that is already published is compared, never changed.
    ///
    /// # Errors
    /// The version is published with different content, or the repository cannot be read or
    /// written.
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
            let ready = self.ready(capabilities, &self.hash()?);
            return match existing {
                Some(existing) => Ok(existing.compare(spec, &ready.descriptor)?),
                None => Ok(ready.publication(spec, Outcome::Planned)),
            };
        }
        let repository = Repository::create(spec, http)?;
        let mut writer = repository
            .writer(reporter)
            .await
            .map_err(PublishError::from)?;
        if let Some(existing) = self.existing(&repository).await? {
            let ready = self.ready(capabilities, &self.hash()?);
            return Ok(existing.compare(spec, &ready.descriptor)?);
        }
        let programs = self.programs.iter();
        let contents: Vec<Content> = programs
            .map(|(_, path)| Content::File(path.clone()))
            .collect();
        let staged = stage(&mut writer, contents.iter()).await?;
        let blobs: Vec<_> = staged.iter().map(|blob| (blob.digest, blob.size)).collect();
        let ready = self.ready(capabilities, &blobs);
        Ok(ready.publish(&repository, &mut writer, staged).await?)
    }

    async fn existing(&self, repository: &Repository) -> Result<Option<Existing>, RepositoryError> {
        let name = ComponentName::parse(&self.component)?;
        let id = ComponentVersionId::new(name, self.version.clone());
        Existing::find(repository, &id).await
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

    fn ready(&self, capabilities: &Capabilities, blobs: &[(Digest, u64)]) -> Ready {
        let descriptor = self.descriptor(capabilities, blobs);
        let sizes: LocalBlobs = blobs.iter().copied().collect();
        #[expect(
            clippy::expect_used,
            reason = "the descriptor refers to exactly these blobs"
        )]
        let prepared =
            Prepared::new(&descriptor, &sizes, CREATOR).expect("every blob has its size");
        Ready::new(descriptor, prepared)
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
