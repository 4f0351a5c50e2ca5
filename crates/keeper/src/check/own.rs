//! Components that stand in the same constructor as the registry.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use ocm::construct::{InputError, LocalContent, blobs};
use ocm::constructor::{ComponentConstructor, Constructor, Content};
use ocm::{ComponentDigest, Descriptor};

use super::Trouble;
use super::facts::{HEADER, Program, ProgramHeader};
use crate::root;
use registry::platform::Header;
use registry::plugin;

/// Components of the constructor, by name and version.
#[derive(Debug, Default)]
pub(super) struct Own {
    made: HashMap<(String, String), Result<OwnComponent, Trouble>>,
    /// Whether there are more than the registry, to which nothing refers.
    several: bool,
}

/// A component as it would be published.
#[derive(Debug)]
pub(super) struct OwnComponent {
    pub(super) descriptor: Descriptor,
    /// How each resource begins; nothing for those that are stored elsewhere.
    starts: Vec<Option<Vec<u8>>>,
}

impl Own {
    /// Reads the inputs of all components, children first.
    pub(super) fn read(constructor: &Constructor, folder: &Path) -> Self {
        let mut own = Self {
            made: HashMap::new(),
            several: constructor.components.len() > 1,
        };
        for component in root::children_first(constructor) {
            let made = own.make(component, folder);
            let key = (
                component.name.value.clone(),
                component.version.value.to_string(),
            );
            own.made.insert(key, made);
        }
        own
    }

    /// A component of the constructor, if it has it.
    pub(super) fn get(
        &self,
        component: &str,
        version: &str,
    ) -> Option<&Result<OwnComponent, Trouble>> {
        if !self.several {
            return None;
        }
        self.made.get(&(component.to_owned(), version.to_owned()))
    }

    /// Takes a component out.
    pub(super) fn take(&mut self, component: &ComponentConstructor) -> Result<Descriptor, Trouble> {
        let key = (
            component.name.value.clone(),
            component.version.value.to_string(),
        );
        match self.made.remove(&key) {
            Some(made) => made.map(|component| component.descriptor),
            None => Ok(component.descriptor(&[])),
        }
    }

    fn make(
        &self,
        component: &ComponentConstructor,
        folder: &Path,
    ) -> Result<OwnComponent, Trouble> {
        let contents = component.contents(folder)?;
        let mut descriptor = component.descriptor(&blobs(&contents)?);
        for reference in descriptor.component.references.iter_mut().flatten() {
            if reference.digest.is_unset()
                && let Some(Ok(child)) = self.get(&reference.component_name, &reference.version)
            {
                reference.digest = ComponentDigest::of(&child.descriptor).to_pin();
            }
        }
        let mut inputs = contents.iter();
        let mut starts = Vec::new();
        for resource in &component.resources {
            starts.push(match resource.content.value {
                Content::Input(_) => inputs.next().map(start).transpose()?,
                Content::Access(_) => None,
            });
        }
        Ok(OwnComponent { descriptor, starts })
    }
}

impl OwnComponent {
    /// The programs among its resources.
    pub(super) fn programs(&self) -> Vec<Program> {
        let resources = self.descriptor.component.resources().iter();
        resources
            .zip(&self.starts)
            .filter(|(resource, _)| resource.kind == plugin::RESOURCE_TYPE)
            .map(|(resource, start)| Program {
                platform: plugin::platform(resource),
                header: match start {
                    Some(bytes) => ProgramHeader::Known(Header::parse(bytes)),
                    None => ProgramHeader::Elsewhere(
                        resource
                            .access
                            .as_ref()
                            .map_or("nothing", ocm::descriptor::Access::kind)
                            .to_owned(),
                    ),
                },
            })
            .collect()
    }
}

fn start(content: &LocalContent) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let read = content
        .content
        .open()
        .and_then(|opened| opened.take(HEADER).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Trouble::new(&error, None)),
    }
}

impl From<InputError> for Trouble {
    fn from(error: InputError) -> Self {
        let help = Some(error.hint().to_owned());
        Self::new(&error, help)
    }
}
