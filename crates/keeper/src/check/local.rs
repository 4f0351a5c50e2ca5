//! Components that the constructor itself makes.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use ocm::construct::{LocalContent, blobs};
use ocm::constructor::{ComponentConstructor, Constructor, Content};
use ocm::{ComponentDigest, Descriptor, Resource};

use super::cause::Cause;
use super::component::HEADER_BYTES;
use crate::root;
use registry::plugin;

/// The components of a constructor as they would be published, by name and version.
#[derive(Debug, Default)]
pub(super) struct LocalComponents {
    built: HashMap<(String, String), Result<LocalComponent, Cause>>,
    /// Whether the constructor has more components than the registry. Nothing refers to the
    /// registry itself, so with a single component there is nothing to look up.
    several: bool,
}

/// A component as it would be published.
#[derive(Debug)]
pub(super) struct LocalComponent {
    pub(super) descriptor: Descriptor,
    /// The first bytes of each resource; `None` for resources that are stored elsewhere.
    starts: Vec<Option<Vec<u8>>>,
}

impl LocalComponents {
    /// Reads the inputs of all components, referenced ones first.
    pub(super) fn read(constructor: &Constructor, folder: &Path) -> Self {
        let mut local = Self {
            built: HashMap::new(),
            several: constructor.components.len() > 1,
        };
        for component in root::children_first(constructor) {
            let built = local.build(component, folder);
            local.built.insert(key(component), built);
        }
        local
    }

    /// A component of the constructor; `None` if the constructor does not have it.
    pub(super) fn get(
        &self,
        component: &str,
        version: &str,
    ) -> Option<&Result<LocalComponent, Cause>> {
        if !self.several {
            return None;
        }
        self.built.get(&(component.to_owned(), version.to_owned()))
    }

    /// Removes a component and returns its descriptor.
    pub(super) fn take(&mut self, component: &ComponentConstructor) -> Result<Descriptor, Cause> {
        match self.built.remove(&key(component)) {
            Some(built) => built.map(|component| component.descriptor),
            None => Ok(component.descriptor(&[])),
        }
    }

    fn build(
        &self,
        component: &ComponentConstructor,
        folder: &Path,
    ) -> Result<LocalComponent, Cause> {
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
        Ok(LocalComponent { descriptor, starts })
    }
}

impl LocalComponent {
    /// The programs among its resources, each with its first bytes; `None` for those that are
    /// stored elsewhere.
    pub(super) fn programs(&self) -> impl Iterator<Item = (&Resource, Option<&[u8]>)> {
        let resources = self.descriptor.component.resources().iter();
        resources
            .zip(&self.starts)
            .filter(|(resource, _)| resource.kind == plugin::RESOURCE_TYPE)
            .map(|(resource, start)| (resource, start.as_deref()))
    }
}

fn key(component: &ComponentConstructor) -> (String, String) {
    let version = component.version.value.to_string();
    (component.name.value.to_string(), version)
}

fn start(content: &LocalContent) -> Result<Vec<u8>, Cause> {
    let mut bytes = Vec::new();
    let read = content
        .content
        .open()
        .and_then(|opened| opened.take(HEADER_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Cause::new(&error, None)),
    }
}
